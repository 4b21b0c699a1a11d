"""Offers as head office writes them."""

from datetime import datetime

import strawberry

from api.kernel.choices import one_of_these, unpacked
from api.kernel.enums import enum
from domain.catalogue.catalogue import Channel, ProductId, Sku
from domain.kernel.money import Fen
from domain.kernel.refusals import Refusal, Several
from domain.network.hours import read_hours
from domain.network.stores import RegionId, StoreId
from domain.promotions import offers
from domain.promotions.offers import ClaimWay, Measure, OfferKind
from domain.promotions.scopes import EVERYTHING, Eligibility, Goods, OfferWindow

enum(
    OfferKind,
    "At which stage of a price an offer speaks.",
    GOODS="For each piece of some goods.",
    ORDER="For the order.",
    GOODS_COUPON="As a coupon, for some goods.",
    ORDER_COUPON="As a coupon, for the order.",
    SHIPPING_COUPON="As a coupon, for the shipping fee.",
)
enum(
    Measure,
    "What a threshold counts.",
    AMOUNT="Fen, after the offers before it.",
    PIECES="Pieces.",
)
enum(
    ClaimWay,
    "What brings a coupon to a member.",
    OPEN="They see it among those to claim.",
    LINK="They have its id from a link, and no list has it.",
    GUIDE="A guide gives it to customers of their own.",
    PURCHASE="They pay for something that it names.",
    REFERRAL="A referral of which they are one of the two is rewarded.",
    FRIEND="They count as a guide's new friend in WeCom.",
    LEVEL="They reach a level that it names.",
    TASK="They do a task that names it, as a guide.",
    JOURNEY="A step of a journey gives it.",
)


@strawberry.input(description="A part of the price, in percent of it, rounded down to the fen.")
class PercentOffInput:
    percent: int = strawberry.field(description="How many percent are taken off; 1 to 100.")
    most_fen: int | None = strawberry.field(
        description="What is taken off at most, in fen.", default=None
    )

    def value(self) -> offers.PercentOff:
        """As the domain knows it."""
        most = None if self.most_fen is None else Fen(self.most_fen)
        return offers.PercentOff(percent=self.percent, most=most)


@strawberry.input(description="So much less.")
class AmountOffInput:
    amount_fen: int = strawberry.field(
        description="In fen; of each piece where the offer is for goods, else of all together."
    )

    def value(self) -> offers.AmountOff:
        """As the domain knows it."""
        return offers.AmountOff(amount=Fen(self.amount_fen))


@strawberry.input(description="What each piece costs, where that is less than the catalogue says.")
class FixedPriceInput:
    price_fen: int = strawberry.field(description="In fen.")

    def value(self) -> offers.FixedPrice:
        """As the domain knows it."""
        return offers.FixedPrice(price=Fen(self.price_fen))


@strawberry.input(description="Nothing is asked for the shipping, or less of it.")
class FreeShippingInput:
    most_fen: int | None = strawberry.field(
        description="What is taken off the fee at most, in fen; all of it if left out.",
        default=None,
    )

    def value(self) -> offers.FreeShipping:
        """As the domain knows it."""
        return offers.FreeShipping(most=None if self.most_fen is None else Fen(self.most_fen))


@strawberry.input(description="Pieces that come with the order for nothing, while there are any.")
class GiftInput:
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    pieces: int = strawberry.field(description="How many; 1 to 999.", default=1)

    def value(self) -> offers.Gift:
        """As the domain knows it."""
        return offers.Gift(sku=Sku(self.sku), pieces=self.pieces)


@strawberry.input(description="What a step gives; one of these.", one_of=True)
class RewardInput:
    percent_off: PercentOffInput | None = one_of_these("A part of the price.")
    amount_off: AmountOffInput | None = one_of_these("So much less.")
    free_shipping: FreeShippingInput | None = one_of_these("The shipping for nothing.")
    gift: GiftInput | None = one_of_these("Pieces for nothing.")


@strawberry.input(description="What is given from so much on.")
class TierInput:
    at: int = strawberry.field(description="So many fen, or pieces.")
    gives: RewardInput = strawberry.field(description="What is given.")

    def value(self) -> offers.Tier:
        """As the domain knows it."""
        return offers.Tier(at=self.at, gives=unpacked(self.gives))


@strawberry.input(description="The highest step that is reached gives its reward.")
class TiersInput:
    by: Measure = strawberry.field(description="What is counted, after the offers on goods.")
    tiers: list[TierInput] = strawberry.field(description="1 to 5 steps, each above the last.")
    every: bool = strawberry.field(
        description="Whether the one step gives its amount or gift each time it is reached.",
        default=False,
    )

    def value(self) -> offers.Tiers:
        """As the domain knows it."""
        tiers = tuple(tier.value() for tier in self.tiers)
        return offers.Tiers(by=self.by, tiers=tiers, every=self.every)


@strawberry.input(description="Of every n pieces, the dearest first, the last one costs less.")
class NthPieceInput:
    n: int = strawberry.field(description="2 to 10.")
    percent: int = strawberry.field(description="How many percent less it costs; 1 to 100.")

    def value(self) -> offers.NthPiece:
        """As the domain knows it."""
        return offers.NthPiece(n=self.n, percent=self.percent)


@strawberry.input(
    description="A choice of goods: all where nothing is named, less what is excepted."
)
class GoodsInput:
    products: list[strawberry.ID] = strawberry.field(
        description="Products' codes.", default_factory=list
    )
    skus: list[strawberry.ID] = strawberry.field(description="SKUs.", default_factory=list)
    categories: list[list[str]] = strawberry.field(
        description="Categories, each by its way down the tree; all below it is meant too.",
        default_factory=list,
    )
    except_products: list[strawberry.ID] = strawberry.field(
        description="Products that are never meant.", default_factory=list
    )

    def value(self) -> Goods:
        """As the domain knows it."""
        return Goods(
            products=frozenset(map(ProductId, self.products)),
            skus=frozenset(map(Sku, self.skus)),
            categories=frozenset(map(tuple, self.categories)),
            except_products=frozenset(map(ProductId, self.except_products)),
        )


@strawberry.input(description="So many pieces of some goods.")
class BundlePartInput:
    goods: GoodsInput = strawberry.field(description="Of which goods.")
    pieces: int = strawberry.field(description="How many; 1 to 999.", default=1)

    def value(self) -> offers.BundlePart:
        """As the domain knows it."""
        return offers.BundlePart(goods=self.goods.value(), pieces=self.pieces)


@strawberry.input(description="Pieces that together cost one price.")
class BundleInput:
    parts: list[BundlePartInput] = strawberry.field(description="1 to 5 parts.")
    price_fen: int = strawberry.field(description="What all of them cost together, in fen.")

    def value(self) -> offers.Bundle:
        """As the domain knows it."""
        parts = tuple(part.value() for part in self.parts)
        return offers.Bundle(parts=parts, price=Fen(self.price_fen))


@strawberry.input(
    description="What an offer does: the first three to single goods, the others to an order; one "
    "of these.",
    one_of=True,
)
class EffectInput:
    percent_off: PercentOffInput | None = one_of_these("A part of each piece's price.")
    amount_off: AmountOffInput | None = one_of_these("So much less for each piece.")
    fixed_price: FixedPriceInput | None = one_of_these("A price of its own.")
    tiers: TiersInput | None = one_of_these("Something from so much, or so many, on.")
    nth_piece: NthPieceInput | None = one_of_these("Every nth piece for less.")
    bundle: BundleInput | None = one_of_these("Pieces that together cost one price.")


@strawberry.input(
    description="Where and for whom an offer holds; everywhere and for all where nothing is named."
)
class EligibilityInput:
    channels: list[Channel] = strawberry.field(
        description="Through which channels.", default_factory=list
    )
    regions: list[strawberry.ID] = strawberry.field(
        description="In which regions.", default_factory=list
    )
    stores: list[strawberry.ID] = strawberry.field(
        description="In which stores, beside those of the regions.", default_factory=list
    )
    levels: list[strawberry.ID] = strawberry.field(
        description="For members of which levels.", default_factory=list
    )
    segments: list[strawberry.ID] = strawberry.field(
        description="For members of any of which segments.", default_factory=list
    )

    def value(self) -> Eligibility:
        """As the domain knows it."""
        return Eligibility(
            channels=frozenset(self.channels),
            regions=frozenset(map(RegionId, self.regions)),
            stores=frozenset(map(StoreId, self.stores)),
            levels=frozenset(self.levels),
            segments=frozenset(self.segments),
        )


@strawberry.input(description="A purchase that a coupon follows.")
class PurchaseInput:
    goods: GoodsInput | None = strawberry.field(
        description="Which goods were bought; any if left out.", default=None
    )
    paid_fen: int = strawberry.field(
        description="What was paid for them at least, in fen, after all offers.", default=0
    )
    channels: list[Channel] = strawberry.field(
        description="Through which channels: MINI_PROGRAM is the mall, STORE what tills tell, "
        "ECOMMERCE what other shops tell. Through any if none is named.",
        default_factory=list,
    )

    def value(self) -> offers.Purchase:
        """As the domain knows it."""
        return offers.Purchase(
            goods=self.goods.value() if self.goods else EVERYTHING,
            paid=Fen(self.paid_fen),
            channels=frozenset(self.channels),
        )


@strawberry.input(description="How members come by a coupon.")
class CouponInput:
    kind: OfferKind = strawberry.field(
        description="GOODS_COUPON, ORDER_COUPON or SHIPPING_COUPON; an order takes one of each."
    )
    total: int = strawberry.field(description="How many there are in all; 1 to 10,000,000.")
    each: int = strawberry.field(description="How many one member may have; 1 to 20.", default=1)
    days: int | None = strawberry.field(
        description="For how many days after the day of the claim it can be used, each until its "
        "end in China; 0 to 365. Until the offer ends if left out.",
        default=None,
    )
    back_on_refund: bool = strawberry.field(
        description="Whether the member has it back when all of the order is paid back.",
        default=False,
    )
    way: ClaimWay = strawberry.field(
        description="What brings it to a member.", default=ClaimWay.OPEN
    )
    after: PurchaseInput | None = strawberry.field(
        description="After which purchase it comes; for the way PURCHASE, and no other.",
        default=None,
    )
    levels: list[strawberry.ID] = strawberry.field(
        description="The levels that bring it, each a copy, as far as one member may have so many; "
        "for the way LEVEL, and no other.",
        default_factory=list,
    )

    def value(self) -> offers.Claiming:
        """As the domain knows it."""
        return offers.Claiming(
            total=self.total,
            each=self.each,
            days=self.days,
            back_on_refund=self.back_on_refund,
            way=self.way,
            after=self.after.value() if self.after else None,
            levels=frozenset(self.levels),
        )


@strawberry.input(description="What all orders together may have of an offer.")
class BudgetInput:
    fen: int | None = strawberry.field(
        description="So many fen off, gifts at their price; null for no bound.", default=None
    )
    uses: int | None = strawberry.field(
        description="So many orders; null for no bound.", default=None
    )

    def value(self) -> offers.Budget:
        """As the domain knows it."""
        return offers.Budget(fen=None if self.fen is None else Fen(self.fen), uses=self.uses)


@strawberry.input(description="A rule that makes goods cheaper.")
class OfferInput:
    name: str = strawberry.field(
        description="What buyers read; 1 to 40 characters, such as 双十一满300减50."
    )
    effect: EffectInput = strawberry.field(description="What it does.")
    begins_at: datetime = strawberry.field(description="From when it holds.")
    ends_at: datetime = strawberry.field(description="Until before when it holds.")
    hours: str | None = strawberry.field(
        description="Within which hours in China, written as opening hours are: 20:00-22:00, or "
        "Sat,Sun 10:00-22:00. All day if left out.",
        default=None,
    )
    goods: GoodsInput | None = strawberry.field(
        description="For which goods; for all if left out.", default=None
    )
    eligibility: EligibilityInput | None = strawberry.field(
        description="Where it holds; everywhere if left out.", default=None
    )
    combines_with: list[OfferKind] = strawberry.field(
        description="With which kinds it may hold for the same goods, if they allow its kind too.",
        default_factory=list,
    )
    coupon: CouponInput | None = strawberry.field(
        description="That it is a coupon, whose effect is steps; it holds by itself if left out.",
        default=None,
    )
    budget: BudgetInput | None = strawberry.field(
        description="What all orders together may have of all versions; no bound if left out. "
        "A coupon has a total instead.",
        default=None,
    )
    recheck: bool = strawberry.field(
        description="Whether what stays of an order must still reach its threshold when goods come "
        "back; else it gives back what it gained, as far as what comes back was paid. For one step "
        "above 0 that takes something off goods, or gives some.",
        default=False,
    )

    def value(self) -> offers.Offer:
        """As the domain knows it; its id and version are given later."""
        try:
            return self._value()
        except Refusal as refusal:
            raise Several(
                type(part)(part.message, field=("input", *part.field)) for part in refusal.parts()
            ) from None

    def _value(self) -> offers.Offer:
        effect = unpacked(self.effect)
        of_goods = isinstance(effect, offers.PercentOff | offers.AmountOff | offers.FixedPrice)
        kind = OfferKind.GOODS if of_goods else OfferKind.ORDER
        return offers.Offer(
            id=offers.OfferId(""),
            version=0,
            name=self.name,
            kind=self.coupon.kind if self.coupon else kind,
            effect=effect,
            window=OfferWindow(
                begins_at=self.begins_at,
                ends_at=self.ends_at,
                hours=None if self.hours is None else read_hours(self.hours, ["hours"]),
            ),
            goods=self.goods.value() if self.goods else EVERYTHING,
            eligibility=self.eligibility.value() if self.eligibility else Eligibility(),
            combines_with=frozenset(self.combines_with),
            claiming=self.coupon.value() if self.coupon else None,
            budget=self.budget.value() if self.budget else None,
            recheck=self.recheck,
        )
