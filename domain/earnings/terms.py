"""Who has a part in an order and how much of it, frozen when it is paid."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.catalogue.catalogue import Catalogue
from domain.earnings.journals import BRAND, Account
from domain.earnings.split_rules import SplitRule
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.money import NOTHING, Fen
from domain.network.directory import Directory
from domain.network.stores import OwnerKind, StoreId
from domain.people.accounts import Guide, GuideId, Member


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRates:
    """What guides have of one line, in ten-thousandths: who shared the order, and who serves."""

    sku: str
    share: int
    service: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who has a part in an order, and by which version of the rule; frozen when it is paid.

    `weights` divide what guides leave among the seller, those who fulfil, and all others; of the
    last the owner of whose member it is has `home_permille`. `guide_id` shared the order,
    `service_id` serves the buyer; those of them who bought it themselves are in `own`. Guides have
    `most` together, 0 for no limit. A line without rates is one of before there were any: 5 % for
    the link.
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

    def rates_of(self, sku: str) -> LineRates:
        """What guides have of a line."""
        found = (one for one in self.rates if one.sku == sku)
        return next(found, LineRates(sku=sku, share=500 if self.guide_id else 0, service=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyers:
    """What is known of those who buy and of those who may be credited."""

    guides: Mapping[GuideId, Guide]
    members: Mapping[PersonId, Member]

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


def terms_of(
    rule: SplitRule, fact: Fact, buyers: Buyers, directory: Directory, catalogue: Catalogue
) -> Terms:
    """The terms of an order that is paid."""
    data = fact.data
    buyer, store_id = data["buyerId"], data["storeId"]
    claims: tuple[GuideId | None, ...] = (data["guideId"], data.get("bondedGuideId"))
    own = {one for one in claims if one and buyers.bought_by(one, buyer)}
    share, service = (one is not None and one not in own for one in claims)
    rates = []
    for line in data["lines"]:
        product = catalogue.products.get(line["productId"])
        found = rule.rates_for(product.category if product else (), _kind(directory, store_id))
        shared, served = rule.shared_out(found, share=share, service=service)
        rates.append(LineRates(sku=line["sku"], share=shared, service=served))
    home = buyers.store_of(buyer)
    return Terms(
        rule_version=rule.version,
        weights=rule.weights,
        seller=owner_account(directory, store_id),
        guide_id=claims[0],
        store_id=store_id,
        service_id=claims[1],
        home=owner_account(directory, home) if home else BRAND,
        home_permille=rule.member_permille,
        rates=tuple(rates),
        most=rule.most_for_guides,
        own=tuple(sorted(own)),
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
