"""What head office does with offers and shipping fees, each step written down."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from domain.audiences.trait_ports import TraitPorts
from domain.catalogue.catalogue import CatalogueSource
from domain.kernel.apply_once import Ledger, Posting
from domain.kernel.lines import read_line
from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Invalid, NotFound, Refusal, refuse_all
from domain.kernel.wording import Wording
from domain.network.directory import DirectorySource
from domain.people.act import Act
from domain.promotions import offer_versions
from domain.promotions.bounds import open_bound
from domain.promotions.coupons import open_claims
from domain.promotions.offer_versions import OfferHistory, Promotions
from domain.promotions.offers import Gift, Offer, OfferId, Tiers
from domain.promotions.shipping_fees import ShippingFees

OFFERS = Cursors("offers", str)
LONGEST_NAME = 40
LONGEST_COMMENT = 500
# Each priced basket looks at all of them.
MOST_OFFERS = 1_000


class PromotionSource(Protocol):
    """Keeps the promotions of this process fresh, stale by under a second."""

    def promotions(self) -> Promotions:
        """All of them, as they are known now."""


class PromotionWriter(Protocol):
    """Writes promotions over the version that was seen; Conflict if somebody else was faster."""

    async def save_offer(self, offer: OfferHistory, *, expected: int) -> None:
        """Write an offer over the expected version, 0 for a new one."""

    async def save_shipping_fees(self, fees: ShippingFees, *, expected: int) -> None:
        """Write the fees over the expected version, 0 for the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionPorts(Ports):
    """Promotions, their writing, and what they speak of.

    `totals` count the coupons of each offer that are claimed, `spending` what is taken of budgets.
    """

    source: PromotionSource
    writer: PromotionWriter
    catalogue: CatalogueSource
    directory: DirectorySource
    records: Records
    wording: Wording
    traits: TraitPorts
    totals: Ledger[Posting]
    spending: Ledger[Posting]


async def listed(ports: PromotionPorts, act: Act, request: PageRequest) -> Page[OfferHistory]:
    """All offers in the order of their ids, for those who work with them."""
    act.viewer.require("offer.see")
    offers = sorted(ports.source.promotions().offers.values(), key=_by_id)
    return page_in_order(offers, _by_id, request, OFFERS)


async def looked_up(ports: PromotionPorts, act: Act, id: str) -> OfferHistory | None:
    """One offer; None where there is none."""
    act.viewer.require("offer.see")
    return ports.source.promotions().offers.get(OfferId(id))


async def create(ports: PromotionPorts, act: Act, rule: Offer) -> OfferHistory:
    """Keep a new offer as a draft; the rule's id and version are given here."""
    act.viewer.require("offer.write")
    if len(ports.source.promotions().offers) >= MOST_OFFERS:
        raise Invalid(f"There are {MOST_OFFERS:,} offers already; revise one that is over.")
    named = replace(_checked(ports, rule), id=OfferId(act.new_id("offer")), version=1)
    offer = offer_versions.begun(named, act.cause())
    await ports.writer.save_offer(offer, expected=0)
    return await _recorded(ports, act, "offerCreate", None, offer)


async def revise(
    ports: PromotionPorts, act: Act, id: str, rule: Offer, *, expected: int
) -> OfferHistory:
    """Keep a changed rule as a new draft."""
    act.viewer.require("offer.write")
    before = _load(ports, id)
    after = offer_versions.revised(before, _checked(ports, rule), act.cause())
    await ports.writer.save_offer(after, expected=expected)
    return await _recorded(ports, act, "offerRevise", before, after)


async def submit(ports: PromotionPorts, act: Act, id: str, number: int) -> OfferHistory:
    """Hand a draft in for review."""
    act.viewer.require("offer.write")
    return await _step(
        ports,
        act,
        "offerSubmit",
        id,
        lambda one: offer_versions.submitted(one, number, act.cause()),
    )


async def approve(ports: PromotionPorts, act: Act, id: str, number: int) -> OfferHistory:
    """Let a version out that somebody else wrote; it holds everywhere at one instant."""
    act.viewer.require("offer.review")
    rule = _checked(ports, _load(ports, id).numbered(number).rule)
    if rule.claiming is not None:
        await open_claims(ports.totals, rule.id, act.at)
    if rule.budget is not None:
        await open_bound(ports.spending, rule.id, act.at, "fen", "uses")
    return await _step(
        ports,
        act,
        "offerApprove",
        id,
        lambda one: offer_versions.approved(one, number, act.cause()),
    )


async def reject(
    ports: PromotionPorts, act: Act, id: str, number: int, comment: str
) -> OfferHistory:
    """Send a version back with the reason."""
    act.viewer.require("offer.review")
    cause = act.cause(_comment(comment))
    return await _step(
        ports, act, "offerReject", id, lambda one: offer_versions.rejected(one, number, cause)
    )


async def withdraw(
    ports: PromotionPorts, act: Act, id: str, number: int, comment: str
) -> OfferHistory:
    """End an offer before its time; what was ordered by it keeps its price."""
    act.viewer.require("offer.review")
    cause = act.cause(_comment(comment))
    return await _step(
        ports, act, "offerWithdraw", id, lambda one: offer_versions.withdrawn(one, number, cause)
    )


def shipping_fees(ports: PromotionPorts, act: Act) -> ShippingFees:
    """What shipping costs now, for everybody."""
    return ports.source.promotions().shipping_fees


async def set_shipping_fees(
    ports: PromotionPorts, act: Act, fees: ShippingFees, *, expected: int
) -> ShippingFees:
    """Ask other fees for shipping from now on; orders that are placed keep theirs."""
    act.viewer.require("shipping_fees.set")
    before = ports.source.promotions().shipping_fees
    after = replace(fees, version=expected + 1)
    await ports.writer.save_shipping_fees(after, expected=expected)
    subject = Subject(kind="shipping_fees", id=after.id)
    record = act.record("shippingFeesSet", subject, before=_fees(before), after=_fees(after))
    await ports.records.append(record)
    return after


def _checked(ports: PromotionPorts, rule: Offer) -> Offer:
    """The rule with its name tidied, or a refusal of everything that is wrong with it."""
    name = read_line(rule.name, most=LONGEST_NAME, least=1, field=["input", "name"])
    refuse_all([*ports.wording.refused(name, ["input", "name"]), *_unknown(ports, rule)])
    return replace(rule, name=name)


def _unknown(ports: PromotionPorts, rule: Offer) -> Iterator[Refusal]:
    """What a rule speaks of and is not there."""
    catalogue, directory = ports.catalogue.catalogue(), ports.directory.directory()
    goods, eligibility = rule.goods, rule.eligibility
    chosen, where = ["input", "goods"], ["input", "eligibility"]
    categories = {
        product.category[:depth]
        for product in catalogue.products.values()
        for depth in range(1, len(product.category) + 1)
    }
    for product_id in sorted((goods.products | goods.except_products) - catalogue.products.keys()):
        yield NotFound(f"There is no product {product_id}.", field=chosen)
    for sku in sorted(goods.skus - catalogue.variants.keys()):
        yield NotFound(f"There is no SKU {sku}.", field=chosen)
    for category in sorted(goods.categories - categories):
        yield NotFound(f"There is no category {' / '.join(category)}.", field=chosen)
    for store_id in sorted(eligibility.stores - directory.stores.keys()):
        yield NotFound(f"There is no store {store_id}.", field=where)
    for region_id in sorted(eligibility.regions - directory.regions.keys()):
        yield NotFound(f"There is no region {region_id}.", field=where)
    members = ports.traits.book.rules()
    levels = {one.code for one in members.levels.levels}
    for level in sorted(eligibility.levels - levels):
        yield NotFound(f"There is no level {level}.", field=where)
    for level in sorted(rule.claiming.levels - levels if rule.claiming else ()):
        yield NotFound(f"There is no level {level}.", field=["input", "coupon", "levels"])
    for segment in sorted(eligibility.segments - members.segments.keys()):
        yield NotFound(f"There is no segment {segment}.", field=where)
    if isinstance(rule.effect, Tiers):
        for gift in (tier.gives for tier in rule.effect.tiers if isinstance(tier.gives, Gift)):
            if gift.sku not in catalogue.variants:
                yield NotFound(f"There is no SKU {gift.sku}.", field=["input", "effect"])


def _load(ports: PromotionPorts, id: str) -> OfferHistory:
    offer = ports.source.promotions().offers.get(OfferId(id))
    if offer is None:
        raise NotFound(f"There is no offer {id}; look its id up in the list.", field=["id"])
    return offer


async def _step(
    ports: PromotionPorts,
    act: Act,
    action: str,
    id: str,
    rule: Callable[[OfferHistory], OfferHistory],
) -> OfferHistory:
    before = _load(ports, id)
    after = rule(before)
    await ports.writer.save_offer(after, expected=before.version)
    return await _recorded(ports, act, action, before, after)


async def _recorded(
    ports: PromotionPorts,
    act: Act,
    action: str,
    before: OfferHistory | None,
    after: OfferHistory,
) -> OfferHistory:
    subject = Subject(kind="offer", id=after.id)
    record = act.record(action, subject, before=_values(before), after=_values(after))
    await ports.records.append(record)
    return after


def _values(offer: OfferHistory | None) -> Mapping[str, Any]:
    if offer is None:
        return {}
    newest = offer.versions[-1].rule
    return {
        "name": newest.name,
        "effect": str(newest.effect),
        **{f"version{one.number}": one.state.value for one in offer.versions},
    }


def _fees(fees: ShippingFees) -> Mapping[str, Any]:
    return {"zones": [str(zone) for zone in fees.zones]}


def _comment(text: str) -> str:
    return read_line(text, most=LONGEST_COMMENT, least=1, field=["comment"])


def _by_id(offer: OfferHistory) -> tuple[str]:
    return (offer.id,)
