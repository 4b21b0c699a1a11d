"""What an order would cost, and how it could reach the buyer, before anything is reserved."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.catalogue.units import Units
from domain.kernel.places import Position, distance_m
from domain.mall.orders.order import OrderLine, Recipient
from domain.mall.orders.order_audience import standing_of
from domain.mall.orders.order_coupons import candidates_of, chosen
from domain.mall.orders.order_points import own_tender
from domain.mall.orders.order_prices import PricedOrder, free_units, priced_order, with_gifts
from domain.mall.orders.placing import OrderPorts
from domain.mall.orders.requests import RequestedLine, checked_recipient, order_lines
from domain.mall.orders.unpaid import order_allowance
from domain.mall.routing.candidates import candidates
from domain.mall.routing.routing import Decision, route
from domain.mall.stock.pools import Pool
from domain.network.stores import Store
from domain.people.act import Act

MOST_PICKUP_STORES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """A line at today's price, and how many units the region has."""

    line: OrderLine
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupChoice:
    """A store that hands orders over, and whether it has everything; metres if a place is known."""

    store: Store
    distance_m: int | None
    has_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The answer to "what if I ordered this now"; by the time of the order it may be another."""

    lines: tuple[QuotedLine, ...]
    priced: PricedOrder
    delivery: Decision
    pickup: tuple[PickupChoice, ...]


async def quote(
    ports: OrderPorts,
    act: Act,
    store_id: str,
    lines: Sequence[RequestedLine],
    *,
    destination: Position | None,
    recipient: Recipient | None = None,
    coupon_ids: Sequence[str] | None = None,
    use_points: bool = False,
) -> Quote:
    """Price some lines in a storefront and preview who would ship, and where they could be had.

    A recipient is held to what the order will hold them to. Without `coupon_ids` the buyer's best
    coupons are used.
    """
    if recipient is not None:
        checked_recipient(ports.divisions, recipient)
    reference = ports.reference.now()
    store = reference.store(store_id)
    asked = order_lines(reference, lines, act.at)
    district = recipient.district if recipient else None
    promotions = reference.promotions
    if coupon_ids is None:
        coupons = await candidates_of(ports.coupons, promotions, act)
    else:
        coupons = await chosen(ports.coupons, promotions, act, coupon_ids)
    tender = await own_tender(ports.wallets, act) if use_points else None
    priced = priced_order(
        reference,
        store,
        asked,
        act.at,
        district=district,
        coupons=coupons,
        tender=tender,
        standing=await standing_of(ports.traits, act, promotions.rules_at(act.at), coupons),
    )
    skus = {line.sku for line in asked} | priced.gifts
    pools = await ports.pools.load(store.region_id, list(skus))
    free = free_units(pools, None)
    priced = with_gifts(reference, priced, free, act.at, most=order_allowance(act))
    units = {line.sku: line.quantity for line in priced.lines}
    pools = {sku: pools[sku] for sku in units}
    stores = reference.stores_of_region[store.region_id]
    found = candidates(stores, pools, act.at, ports.workload.full(act.at))
    return Quote(
        lines=tuple(
            QuotedLine(line=one, available=pools[one.sku].available) for one in priced.lines
        ),
        priced=priced,
        delivery=route(units, found, destination=destination or store.position),
        pickup=_pickup_choices(stores, units, list(pools.values()), destination),
    )


def _pickup_choices(
    stores: Sequence[Store], units: Units, pools: Sequence[Pool], place: Position | None
) -> tuple[PickupChoice, ...]:
    """The stores that hand orders over: those that have everything first, then the nearest."""
    choices = [
        PickupChoice(
            store=store,
            distance_m=None if place is None else round(distance_m(store.position, place)),
            has_all=all(pool.store(store.id).available >= units[pool.sku] for pool in pools),
        )
        for store in stores
        if store.hands_over
    ]
    choices.sort(key=lambda one: (not one.has_all, one.distance_m or 0, one.store.id))
    return tuple(choices[:MOST_PICKUP_STORES])
