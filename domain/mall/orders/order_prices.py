"""What the lines of an order cost in a storefront: prices, and what offers make of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.catalogue import Channel, Sku
from domain.kernel.money import Fen
from domain.mall.orders.order import OrderLine
from domain.mall.reference import Reference
from domain.mall.stock.pools import Pool
from domain.network.stores import Store, StoreId
from domain.promotions.baskets import BasketLine, Shopper
from domain.promotions.calculating import Priced, Tender, price
from domain.promotions.offers import Coupon
from domain.promotions.reckoning import Allocation
from domain.promotions.standing import NOBODY, BuyerStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedOrder:
    """Lines with what offers take off them, in the order in which they were asked for, gifts last.

    `priced` tells how that came to be, `given` how many of the units are gifts.
    """

    lines: tuple[OrderLine, ...]
    discounts: tuple[Allocation, ...]
    priced: Priced
    given: int = 0

    @property
    def gifts(self) -> frozenset[Sku]:
        """The SKUs that its offers would give, whether there are any or not."""
        return frozenset(gift.sku for _, gift in self.priced.gifts)

    @property
    def payable(self) -> Fen:
        """What is to be paid in all; gifts cost nothing."""
        return self.priced.payable


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitBound:
    """How many units one order may have, in a line and in all."""

    line: int
    units: int


def priced_order(
    reference: Reference,
    store: Store,
    lines: Sequence[OrderLine],
    now: datetime,
    *,
    district: str | None,
    coupons: Sequence[Coupon] = (),
    tender: Tender | None = None,
    standing: BuyerStanding = NOBODY,
) -> PricedOrder:
    """Price lines by the offers that hold in a storefront, the best of coupons, and points.

    The way to a district may cost something; None is a pickup, or a way that nobody knows yet.
    """
    promotions = reference.promotions
    shopper = Shopper(
        at=now,
        channel=Channel.MINI_PROGRAM,
        region_id=store.region_id,
        store_id=store.id,
        level=standing.level,
        segments=standing.segments,
    )
    priced = price(
        [_basket_line(reference, line) for line in lines],
        shopper,
        promotions.rules_at(now),
        coupons=coupons,
        tender=tender,
        zone=None if district is None else promotions.shipping_fees.zone(district),
    )
    off = {one.line.sku: Fen(one.line.amount - one.payable) for one in priced.lines}
    by_points = {one.line.sku: one.by_points for one in priced.lines}
    return PricedOrder(
        lines=tuple(
            replace(line, off=off[line.sku], by_points=by_points[line.sku]) for line in lines
        ),
        discounts=priced.allocations,
        priced=priced,
    )


def with_gifts(
    reference: Reference,
    order: PricedOrder,
    available: Mapping[Sku, int],
    now: datetime,
    *,
    most: UnitBound,
) -> PricedOrder:
    """The order with the gifts that its offers give, as far as there are any and may be held.

    A gift is a line at the catalogue's price, all of which its offer takes off.
    """
    lines = {line.sku: line for line in order.lines}
    discounts = list(order.discounts)
    asked = sum(line.quantity for line in order.lines)
    given = 0
    for offer, gift in order.priced.gifts:
        known = lines.get(gift.sku)
        left = min(available.get(gift.sku, 0), most.line) - (known.quantity if known else 0)
        pieces = min(gift.pieces, left, most.units - asked - given)
        if pieces <= 0 or gift.sku not in reference.variants:
            continue
        given += pieces
        line = known or order_line(reference, gift.sku, 0, now)
        worth = Fen(pieces * line.price)
        lines[gift.sku] = replace(line, quantity=line.quantity + pieces, off=Fen(line.off + worth))
        discounts.append(Allocation.by(offer, gift.sku, worth))
    return replace(order, lines=tuple(lines.values()), discounts=tuple(discounts), given=given)


def free_units(pools: Mapping[Sku, Pool], pickup_store_id: str | None) -> Mapping[Sku, int]:
    """How many of each SKU could be had, in one store if they are to be fetched there."""
    if pickup_store_id is None:
        return {sku: pool.available for sku, pool in pools.items()}
    store_id = StoreId(pickup_store_id)
    return {sku: pool.store(store_id).available for sku, pool in pools.items()}


def order_line(reference: Reference, sku: str, quantity: int, now: datetime) -> OrderLine:
    """Units of a SKU that is in the catalogue, at its price of a moment."""
    product, variant = reference.variants[Sku(sku)]
    return OrderLine(
        sku=variant.sku,
        product_id=product.id,
        name=product.name,
        options=" ".join(variant.options.values()),
        quantity=quantity,
        price=reference.catalogue.price_at(sku, now).amount,
    )


def _basket_line(reference: Reference, line: OrderLine) -> BasketLine:
    return BasketLine(
        sku=line.sku,
        product_id=line.product_id,
        category=reference.products[line.product_id].category,
        quantity=line.quantity,
        price=line.price,
        weight_g=reference.variants[line.sku][1].weight_g,
    )
