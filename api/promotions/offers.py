"""Offers in the schema: rules of the brand that make goods cheaper, and what shipping costs."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.kernel.money import Money
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.kernel.version_reviews import VersionState
from api.people.persons import Person, person, person_if_any
from api.promotions.offer_inputs import OfferInput
from domain.catalogue.catalogue import Channel
from domain.kernel.money import Fen
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.promotions import offer_versions, offering, scopes
from domain.promotions import offers as rules
from domain.promotions import shipping_fees as fees
from domain.promotions.offering import PromotionPorts
from domain.promotions.offers import ClaimWay, Measure, OfferKind


@strawberry.type(description="A part of the price, in percent of it, rounded down to the fen.")
class PercentOff(Packed[rules.PercentOff]):
    percent: int = strawberry.field(description="How many percent are taken off.")
    most: Money | None = strawberry.field(description="At most so much; null for no bound.")


@strawberry.type(description="So much less.")
class AmountOff(Packed[rules.AmountOff]):
    amount: Money = strawberry.field(
        description="Of each piece where the offer is for goods, else of all together."
    )


@strawberry.type(description="What each piece costs, where that is less than the catalogue says.")
class FixedPrice(Packed[rules.FixedPrice]):
    price: Money = strawberry.field(description="The price.")


@strawberry.type(description="Nothing is asked for the shipping, or less of it.")
class FreeShipping(Packed[rules.FreeShipping]):
    most: Money | None = strawberry.field(description="At most so much; null for all of it.")


@strawberry.type(description="Pieces that come with the order for nothing, while there are any.")
class Gift(Packed[rules.Gift]):
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    pieces: int = strawberry.field(description="How many.")


Reward = Annotated[
    PercentOff | AmountOff | FreeShipping | Gift,
    strawberry.union("OfferReward", description="What a step of an offer gives."),
]
REWARDS: dict[type, Any] = {
    rules.PercentOff: PercentOff,
    rules.AmountOff: AmountOff,
    rules.FreeShipping: FreeShipping,
    rules.Gift: Gift,
}


@strawberry.type(description="What is given from so much on.")
class Tier:
    at: int = strawberry.field(description="So many fen, or pieces.")
    gives: Reward = strawberry.field(description="What is given.")

    @classmethod
    def of(cls, tier: rules.Tier) -> "Tier":
        """Pack a step."""
        return cls(at=tier.at, gives=REWARDS[type(tier.gives)].of(tier.gives))


@strawberry.type(description="The highest step that is reached gives its reward.")
class Tiers(Packed[rules.Tiers]):
    by: Measure = strawberry.field(description="What is counted, after the offers on goods.")
    tiers: list[Tier] = strawberry.field(description="The steps, each above the last.")
    every: bool = strawberry.field(description="Whether it is given each time it is reached.")


@strawberry.type(description="Of every n pieces, the dearest first, the last one costs less.")
class NthPiece(Packed[rules.NthPiece]):
    n: int = strawberry.field(description="Of how many pieces.")
    percent: int = strawberry.field(description="How many percent less it costs.")


@strawberry.type(description="A choice of goods: all where nothing is named.")
class OfferGoods(Packed[scopes.Goods]):
    products: list[strawberry.ID] = strawberry.field(description="Products' codes.")
    skus: list[strawberry.ID] = strawberry.field(description="SKUs.")
    categories: list[list[str]] = strawberry.field(
        description="Categories, each by its way down the tree."
    )
    except_products: list[strawberry.ID] = strawberry.field(
        description="Products that are never meant."
    )

    @classmethod
    def of(cls, goods: scopes.Goods) -> "OfferGoods":
        """Pack a choice, in the order of the codes."""
        return cls(
            products=[strawberry.ID(one) for one in sorted(goods.products)],
            skus=[strawberry.ID(one) for one in sorted(goods.skus)],
            categories=[list(one) for one in sorted(goods.categories)],
            except_products=[strawberry.ID(one) for one in sorted(goods.except_products)],
        )


@strawberry.type(description="So many pieces of some goods.")
class BundlePart(Packed[rules.BundlePart]):
    goods: OfferGoods = strawberry.field(description="Of which goods.")
    pieces: int = strawberry.field(description="How many.")


@strawberry.type(description="Pieces that together cost one price.")
class Bundle(Packed[rules.Bundle]):
    parts: list[BundlePart] = strawberry.field(description="What belongs to it.")
    price: Money = strawberry.field(description="What all of them cost together.")


Effect = Annotated[
    PercentOff | AmountOff | FixedPrice | Tiers | NthPiece | Bundle,
    strawberry.union("OfferEffect", description="What an offer does."),
]
EFFECTS: dict[type, Any] = {
    rules.PercentOff: PercentOff,
    rules.AmountOff: AmountOff,
    rules.FixedPrice: FixedPrice,
    rules.Tiers: Tiers,
    rules.NthPiece: NthPiece,
    rules.Bundle: Bundle,
}


@strawberry.type(
    description="Where and for whom an offer holds; everywhere and for all where nothing is named."
)
class OfferEligibility:
    channels: list[Channel] = strawberry.field(description="Through which channels.")
    regions: list[strawberry.ID] = strawberry.field(description="In which regions.")
    stores: list[strawberry.ID] = strawberry.field(
        description="In which stores, beside those of the regions."
    )
    levels: list[strawberry.ID] = strawberry.field(description="For members of which levels.")
    segments: list[strawberry.ID] = strawberry.field(
        description="For members of any of which segments."
    )

    @classmethod
    def of(cls, eligibility: scopes.Eligibility) -> "OfferEligibility":
        """Pack it, in the order of the codes."""
        return cls(
            channels=sorted(eligibility.channels),
            regions=[strawberry.ID(one) for one in sorted(eligibility.regions)],
            stores=[strawberry.ID(one) for one in sorted(eligibility.stores)],
            levels=[strawberry.ID(one) for one in sorted(eligibility.levels)],
            segments=[strawberry.ID(one) for one in sorted(eligibility.segments)],
        )


@strawberry.type(name="CouponPurchase", description="A purchase that a coupon follows.")
class Purchase:
    goods: OfferGoods = strawberry.field(description="Which goods were bought.")
    paid: Money = strawberry.field(description="What was paid for them at least.")
    channels: list[Channel] = strawberry.field(
        description="Through which channels; through any if empty."
    )

    @classmethod
    def of(cls, purchase: rules.Purchase) -> "Purchase":
        """Pack it."""
        return cls(
            goods=OfferGoods.of(purchase.goods),
            paid=Money.of(purchase.paid),
            channels=sorted(purchase.channels),
        )


@strawberry.type(name="CouponClaiming", description="How members come by a coupon.")
class Claiming:
    total: int = strawberry.field(description="How many there are in all.")
    each: int = strawberry.field(description="How many one member may have.")
    days: int | None = strawberry.field(
        description="For how many days after the day of the claim it can be used; null for as long "
        "as the offer lasts."
    )
    back_on_refund: bool = strawberry.field(
        description="Whether the member has it back when all of the order is paid back."
    )
    way: ClaimWay = strawberry.field(description="What brings it to a member.")
    after: Purchase | None = strawberry.field(
        description="After which purchase it comes; null for every other way."
    )
    levels: list[strawberry.ID] = strawberry.field(
        description="Which levels bring it, by code; none for every other way."
    )

    @classmethod
    def of(cls, claiming: rules.Claiming) -> "Claiming":
        """Pack it."""
        return cls(
            total=claiming.total,
            each=claiming.each,
            days=claiming.days,
            back_on_refund=claiming.back_on_refund,
            way=claiming.way,
            after=Purchase.of(claiming.after) if claiming.after else None,
            levels=[strawberry.ID(one) for one in sorted(claiming.levels)],
        )


@strawberry.type(description="What all orders together may have of an offer.")
class OfferBudget(Packed[rules.Budget]):
    fen: Money | None = strawberry.field(description="So much off; null for no bound.")
    uses: int | None = strawberry.field(description="So many orders; null for no bound.")


@strawberry.type(description="One version of an offer; it never changes.")
class OfferVersion:
    number: int = strawberry.field(description="Counts from 1.")
    name: str = strawberry.field(description="What buyers read.")
    kind: OfferKind = strawberry.field(description="At which stage of a price it speaks.")
    effect: Effect = strawberry.field(description="What it does.")
    begins_at: datetime = strawberry.field(description="From when it holds.")
    ends_at: datetime = strawberry.field(description="Until before when it holds.")
    hours: str | None = strawberry.field(
        description="Within which hours in China; null for all day."
    )
    goods: OfferGoods = strawberry.field(description="For which goods.")
    eligibility: OfferEligibility = strawberry.field(description="Where it holds.")
    combines_with: list[OfferKind] = strawberry.field(
        description="With which kinds it may hold for the same goods."
    )
    claiming: Claiming | None = strawberry.field(
        description="How members come by it; null for what is no coupon."
    )
    budget: OfferBudget | None = strawberry.field(
        description="What all orders together may have of all versions; null for no bound."
    )
    recheck: bool = strawberry.field(
        description="Whether what stays of an order must still reach its threshold when goods come "
        "back; else each piece gives back what was paid for it, whatever becomes of the others."
    )
    state: VersionState = strawberry.field(description="Where it stands.")
    author: Person = strawberry.field(description="Who wrote it.")
    made_at: datetime = strawberry.field(description="When it was saved.")
    reviewer: Person | None = strawberry.field(
        description="Who approved or rejected it; null before that."
    )
    comment: str = strawberry.field(description="Why it was rejected or withdrawn; may be empty.")
    holds_from: datetime | None = strawberry.field(
        description="The instant at which every process took it up; null before it is approved."
    )

    @classmethod
    def of(cls, version: offer_versions.OfferVersion) -> "OfferVersion":
        """Pack a version."""
        rule = version.rule
        hours = rule.window.hours
        return cls(
            number=version.number,
            state=version.state,
            author=person(version.author_id),
            made_at=version.made_at,
            reviewer=person_if_any(version.reviewer_id),
            comment=version.comment,
            holds_from=version.holds_from,
            name=rule.name,
            kind=rule.kind,
            effect=EFFECTS[type(rule.effect)].of(rule.effect),
            begins_at=rule.window.begins_at,
            ends_at=rule.window.ends_at,
            hours=None if hours is None else str(hours),
            goods=OfferGoods.of(rule.goods),
            eligibility=OfferEligibility.of(rule.eligibility),
            combines_with=sorted(rule.combines_with),
            claiming=Claiming.of(rule.claiming) if rule.claiming else None,
            budget=OfferBudget.of(rule.budget) if rule.budget else None,
            recheck=rule.recheck,
        )


@strawberry.type(description="A rule of the brand that makes goods cheaper, with its history.")
class Offer(Packed[offer_versions.OfferHistory]):
    value: strawberry.Private[offer_versions.OfferHistory]
    id: strawberry.ID = strawberry.field(description="The offer's id.")
    version: int = strawberry.field(description="Goes up with every change; send it back as one.")
    versions: list[OfferVersion] = strawberry.field(description="The oldest first.")

    @field("The number of the version that is let out now; null where none is.")
    def let_out(self, act: Act) -> int | None:
        rule = self.value.rule_at(act.at)
        return rule.version if rule else None


@strawberry.type(description="What is asked beyond a weight.")
class HeavierFee(Packed[fees.Heavier]):
    beyond_g: int = strawberry.field(description="Up to so many grams nothing more is asked.")
    step_g: int = strawberry.field(description="Of so many grams is each step beyond that.")
    fee: Money = strawberry.field(description="What each step that is begun costs.")


@strawberry.type(description="What shipping costs in some places.")
class ShippingZone(Packed[fees.Zone]):
    prefixes: list[str] = strawberry.field(
        description="Beginnings of division codes of GB/T 2260; an empty one is everywhere."
    )
    fee: Money = strawberry.field(description="What is asked.")
    free_from: Money | None = strawberry.field(
        description="Nothing is asked where the goods cost so much, after offers; null for never."
    )
    heavier: HeavierFee | None = strawberry.field(
        description="What is asked beyond a weight; null where it makes no difference."
    )


@strawberry.type(description="What shipping costs; nothing where no zone fits.")
class ShippingFees(Packed[fees.ShippingFees]):
    version: int = strawberry.field(description="Counts up each time they are set; 0 at first.")
    zones: list[ShippingZone] = strawberry.field(
        description="Of those that fit a district, the one with the longest beginning counts."
    )


@strawberry.input(description="What is asked beyond a weight.")
class HeavierFeeInput:
    beyond_g: int = strawberry.field(
        description="Up to so many grams of what is ordered nothing more is asked; at most "
        "1,000,000. Goods whose weight nobody told weigh nothing, nor do gifts."
    )
    step_g: int = strawberry.field(
        description="Of so many grams is each step beyond that; 100 to 1,000,000."
    )
    fee_fen: int = strawberry.field(
        description="What each step that is begun costs, in fen; the whole fee is ¥1,000 at most."
    )

    def value(self) -> fees.Heavier:
        """As the domain knows it."""
        return fees.Heavier(beyond_g=self.beyond_g, step_g=self.step_g, fee=Fen(self.fee_fen))


@strawberry.input(description="What shipping costs in some places.")
class ShippingZoneInput:
    prefixes: list[str] = strawberry.field(
        description="Beginnings of division codes of GB/T 2260, such as 65; an empty one is "
        "everywhere."
    )
    fee_fen: int = strawberry.field(description="What is asked, in fen; at most 100,000.")
    free_from_fen: int | None = strawberry.field(
        description="Nothing is asked where the goods cost so many fen, after offers.", default=None
    )
    heavier: HeavierFeeInput | None = strawberry.field(
        description="What is asked beyond a weight, if that makes a difference.", default=None
    )

    def value(self) -> fees.Zone:
        """As the domain knows it."""
        return fees.Zone(
            prefixes=tuple(self.prefixes),
            fee=Fen(self.fee_fen),
            free_from=None if self.free_from_fen is None else Fen(self.free_from_fen),
            heavier=self.heavier.value() if self.heavier else None,
        )


Id = Annotated[strawberry.ID, strawberry.argument(description="The offer's id.")]
Number = Annotated[int, strawberry.argument(description="The version's number.")]
Comment = Annotated[str, strawberry.argument(description="Why; 1 to 500 characters.")]
Rule = Annotated[OfferInput, strawberry.argument(description="The rule.")]


@query("All offers, by id; for the brand's own people.")
async def offers(
    ports: PromotionPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Offer]:
    page = await offering.listed(ports, act, PageRequest(first=first, after=after))
    return connection(page, Offer.of)


@query("One offer; null where there is none.")
async def offer(ports: PromotionPorts, act: Act, id: Id) -> Offer | None:
    found = await offering.looked_up(ports, act, id)
    return Offer.of(found) if found else None


@query("What shipping costs.", public=True)
def shipping_fees(ports: PromotionPorts, act: Act) -> ShippingFees:
    return ShippingFees.of(offering.shipping_fees(ports, act))


@mutation("Keep a new offer as a draft.", offer="The draft.")
async def offer_create(ports: PromotionPorts, act: Act, input: Rule) -> Offer:
    return Offer.of(await offering.create(ports, act, input.value()))


@mutation(
    "Change an offer; the change is a draft with a review of its own, and what was approved holds "
    "until that.",
    offer="With its draft.",
)
async def offer_revise(
    ports: PromotionPorts,
    act: Act,
    id: Id,
    input: Rule,
    expected_version: Annotated[
        int, strawberry.argument(description="The offer's version as you loaded it.")
    ],
) -> Offer:
    rule = input.value()
    return Offer.of(await offering.revise(ports, act, id, rule, expected=expected_version))


@mutation("Hand a draft in for review.", offer="As it is now.")
async def offer_submit(ports: PromotionPorts, act: Act, id: Id, number: Number) -> Offer:
    return Offer.of(await offering.submit(ports, act, id, number))


@mutation(
    "Let a version out, 2 seconds from now and everywhere at one instant; nobody approves an offer "
    "that they wrote any version of.",
    offer="As it is now.",
)
async def offer_approve(ports: PromotionPorts, act: Act, id: Id, number: Number) -> Offer:
    return Offer.of(await offering.approve(ports, act, id, number))


@mutation("Send a version back.", offer="As it is now.")
async def offer_reject(
    ports: PromotionPorts, act: Act, id: Id, number: Number, comment: Comment
) -> Offer:
    return Offer.of(await offering.reject(ports, act, id, number, comment))


@mutation(
    "End an offer before its time, 2 seconds from now; what was ordered by it keeps its price.",
    offer="As it is now.",
)
async def offer_withdraw(
    ports: PromotionPorts, act: Act, id: Id, number: Number, comment: Comment
) -> Offer:
    return Offer.of(await offering.withdraw(ports, act, id, number, comment))


@mutation(
    "Ask other fees for shipping from now on; orders that are placed keep theirs.",
    shipping_fees="The fees as they are now.",
)
async def shipping_fees_set(
    ports: PromotionPorts,
    act: Act,
    zones: Annotated[
        list[ShippingZoneInput], strawberry.argument(description="All zones; at most 100.")
    ],
    expected_version: Annotated[
        int, strawberry.argument(description="The fees' version that you loaded.")
    ],
) -> ShippingFees:
    wanted = fees.ShippingFees(zones=tuple(zone.value() for zone in zones))
    return ShippingFees.of(
        await offering.set_shipping_fees(ports, act, wanted, expected=expected_version)
    )


QUERIES = (offers, offer, shipping_fees)
MUTATIONS = (
    offer_create,
    offer_revise,
    offer_submit,
    offer_approve,
    offer_reject,
    offer_withdraw,
    shipping_fees_set,
)
