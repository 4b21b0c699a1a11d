"""Who has a part in an order or a purchase and how much of it, frozen when it is paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.catalogue.catalogue import Catalogue, ProductId
from domain.earnings.journals import BRAND, PROVIDER, Account
from domain.earnings.split_rules import THOUSAND, GuideTier, SplitRule
from domain.kernel.ids import PersonId
from domain.kernel.money import NOTHING, Fen
from domain.network.directory import Directory
from domain.network.stores import OwnerKind, StoreId
from domain.people.accounts import Guide, GuideId, Member


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRates:
    """What guides have of one line, in ten-thousandths.

    For whoever shared the order, whoever serves the buyer, and whoever stood at the till.
    """

    sku: str
    share: int
    service: int
    serving: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who has a part in an order, and by which version of the rule; frozen when it is paid.

    `weights` divide what guides leave among the seller, those who fulfil, and all others; of the
    last the owner of whose member it is has `home_permille`. `guide_id` shared the order,
    `service_id` serves the buyer, `serving_id` stood at the till; those of them who bought it
    themselves are in `own`. Guides have `most` together, 0 for no limit. A line without rates is
    one of before there were any: 5 % for the link. `holder` has the money: the provider of
    payments, or the seller what is paid at a till. `share_code` is of the link that it came by.
    `tiers` are what the three had reached whose rates they set, in their order; none of before
    they were kept.
    """

    rule_version: int
    weights: tuple[int, int, int]
    seller: Account
    guide_id: GuideId | None
    store_id: str = ""
    service_id: GuideId | None = None
    home: Account = BRAND
    home_permille: int = 0
    rates: tuple[LineRates, ...] = ()
    most: Fen = NOTHING
    own: tuple[GuideId, ...] = ()
    serving_id: GuideId | None = None
    holder: Account = PROVIDER
    share_code: str | None = None
    tiers: tuple[GuideTier | None, ...] = ()

    def rates_of(self, sku: str) -> LineRates:
        """What guides have of a line."""
        found = (one for one in self.rates if one.sku == sku)
        return next(found, LineRates(sku=sku, share=500 if self.guide_id else 0, service=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyers:
    """What is known of those who buy and of those who may be credited.

    `earned` is what guides earned in months by now, where there are tiers.
    """

    guides: Mapping[GuideId, Guide]
    members: Mapping[PersonId, Member]
    earned: Mapping[tuple[GuideId, str], Fen] = field(default_factory=dict)

    def bought_by(self, guide_id: GuideId, buyer_id: PersonId) -> bool:
        """Whether a guide is who buys, under the member that they are to the brand."""
        guide = self.guides.get(guide_id)
        if guide is None or guide.member_id is None:
            return False
        return self._live(guide.member_id) == self._live(buyer_id)

    def store_of(self, buyer_id: PersonId) -> str | None:
        """Where a buyer joined, if they are a member."""
        member = self.members.get(self._live(buyer_id)) or self.members.get(buyer_id)
        return member.store_id if member else None

    def _live(self, id: PersonId) -> PersonId:
        member = self.members.get(id)
        return member.merged_into or id if member else id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What was sold by whom to whom, as far as it says who has a part in it.

    `claims` are of whoever shared it, by `share_code`, serves the buyer and stood at the till;
    `lines` are SKUs and their products', `month` is that of the sale in China. A store that is not
    told is the brand's.
    """

    store_id: str
    buyer_id: PersonId | None
    lines: Sequence[tuple[str, str | None]]
    claims: tuple[GuideId | None, GuideId | None, GuideId | None]
    at_till: bool = False
    share_code: str | None = None
    month: str = ""


def terms_of(
    rule: SplitRule, sale: Sale, buyers: Buyers, directory: Directory, catalogue: Catalogue
) -> Terms:
    """The terms of an order that is paid, or of a purchase at a till.

    There the seller keeps what was paid and owes the guides and the franchisee whose member it is
    their parts.
    """
    buyer = sale.buyer_id
    own = {one for one in sale.claims if one and buyer and buyers.bought_by(one, buyer)}
    claims = [one is not None and one not in own for one in sale.claims]
    tiers = [
        rule.tier_for(buyers.earned.get((one, sale.month), NOTHING)) if one else None
        for one in sale.claims
    ]
    rates = []
    for sku, product_id in sale.lines:
        product = catalogue.products.get(ProductId(product_id)) if product_id else None
        category = product.category if product else ()
        found = rule.rates_for(category, _kind(directory, sale.store_id))
        shared, served, serving = (
            n * tier.factor_permille // THOUSAND if tier else n
            for tier, n in zip(tiers, rule.shared_out(found, claims), strict=True)
        )
        rates.append(LineRates(sku=sku, share=shared, service=served, serving=serving))
    home_store = buyers.store_of(buyer) if buyer else None
    home = owner_account(directory, home_store) if home_store else BRAND
    seller = owner_account(directory, sale.store_id)
    weights, for_home = rule.weights, rule.member_permille
    if sale.at_till:
        for_home = 0 if home == BRAND else for_home
        weights = (THOUSAND - for_home, 0, for_home)
    share_id, service_id, serving_id = sale.claims
    return Terms(
        rule_version=rule.version,
        weights=weights,
        seller=seller,
        guide_id=share_id,
        store_id=sale.store_id,
        service_id=service_id,
        home=home,
        home_permille=for_home,
        rates=tuple(rates),
        most=rule.most_for_guides,
        own=tuple(sorted(own)),
        serving_id=serving_id,
        holder=seller if sale.at_till else PROVIDER,
        share_code=sale.share_code,
        tiers=tuple(tiers),
    )


def owner_account(directory: Directory, store_id: str) -> Account:
    """Whose the earnings of a store are: its franchisee's, or else the brand's own."""
    store = directory.stores.get(StoreId(store_id))
    if store is None or _kind(directory, store_id) is not OwnerKind.FRANCHISEE:
        return BRAND
    return Account(f"owner:{store.owner_id}")


def _kind(directory: Directory, store_id: str) -> OwnerKind:
    store = directory.stores.get(StoreId(store_id))
    owner = directory.owners.get(store.owner_id) if store else None
    return owner.kind if owner else OwnerKind.BRAND
