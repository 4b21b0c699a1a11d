"""What a buyer asks for, checked and priced before anything is reserved."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.catalogue import Channel, Sku
from domain.catalogue.units import Units
from domain.kernel.lines import read_line
from domain.kernel.money import MOST_SUM, Fen, yuan
from domain.kernel.places import Position
from domain.kernel.refusals import Invalid, NotFound, OutOfStock, Refusal, refuse_all
from domain.mall.consumers.profiles import Address
from domain.mall.orders.order import NO_WISHES, Order, OrderLine, Recipient, Wishes
from domain.mall.orders.order_prices import order_line
from domain.mall.reference import Reference
from domain.network.addresses import SaidAddress, read_address
from domain.network.divisions import Divisions
from domain.network.stores import Store, StoreKind, StoreState

MOST_LINES = 50
MOST_UNITS = 999
LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedLine:
    """So many units of one SKU."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """What a buyer asks for in a storefront: sent to a recipient, or picked up in a store.

    `address_id` is one of the buyer's own addresses, in place of a recipient.
    `points` is how many to pay with at most. `shown_total` is what they were told that it costs;
    None where nobody says.
    """

    store_id: str
    lines: tuple[RequestedLine, ...]
    recipient: Recipient | None = None
    address_id: str | None = None
    destination: Position | None = None
    pickup_store_id: str | None = None
    share_code: str | None = None
    coupon_ids: tuple[str, ...] = ()
    points: int = 0
    shown_total: Fen | None = None
    wishes: Wishes = NO_WISHES


def order_lines(
    reference: Reference,
    lines: Sequence[RequestedLine],
    now: datetime,
    channel: Channel = Channel.MINI_PROGRAM,
) -> tuple[OrderLine, ...]:
    """Price what is asked for; lines of one SKU become one.

    Refuses what is not for sale through the channel.
    """
    if not 1 <= len(lines) <= MOST_LINES:
        raise Invalid(f"Order 1 to {MOST_LINES} lines at once.", field=["input", "lines"])
    wanted: dict[str, int] = {}
    for line in lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    refuse_all(_line_faults(reference, lines, wanted, now, channel))
    priced = tuple(order_line(reference, sku, quantity, now) for sku, quantity in wanted.items())
    require_payable(Fen(sum(line.amount for line in priced)), field=["input", "lines"])
    return priced


def require_payable(total: Fen, *, field: Sequence[str]) -> None:
    """Refuse to sell at once what costs more than can be paid at once."""
    if total > MOST_SUM:
        raise Invalid(
            f"This costs {yuan(total)}, and at most {yuan(MOST_SUM)} can be paid at once; take "
            "fewer units or lines, or make several orders.",
            field=field,
        )


def to_address(request: OrderRequest, addresses: Iterable[Address]) -> OrderRequest:
    """The request with the recipient of the address that it names, among those of its buyer."""
    if request.recipient is not None:
        raise Invalid("Give a delivery or an address, not both.", field=["input", "addressId"])
    found = next((one for one in addresses if one.id == request.address_id), None)
    if found is None:
        raise NotFound(
            "You have no such address; choose one of consumer.addresses, or give a delivery.",
            field=["input", "addressId"],
        )
    to = Recipient(
        name=found.name,
        phone=found.phone,
        district=found.district,
        address=found.detail,
        names=found.names,
    )
    return replace(request, recipient=to)


def checked_recipient(divisions: Divisions, said: Recipient) -> Recipient:
    """Who gets the parcel, held to what an address book holds its addresses to."""
    read = read_address(
        divisions,
        SaidAddress(
            name=said.name,
            phone=said.phone,
            district=said.district,
            names=said.names,
            detail=said.address,
        ),
        at=["input", "delivery"],
        detail="address",
    )
    return Recipient(
        name=read.name,
        phone=read.phone,
        district=read.district,
        address=read.detail,
        names=read.names,
    )


def checked_wishes(wishes: Wishes) -> Wishes:
    """The buyer's wishes, the note as one line."""
    note = read_line(wishes.note, most=LONGEST_NOTE, field=["input", "note"])
    return replace(wishes, note=note)


def pickup_store(reference: Reference, request: OrderRequest, store: Store) -> Store | None:
    """Where an order is picked up; None if it is sent. It is one or the other."""
    if (request.recipient is None) == (request.pickup_store_id is None):
        raise Invalid("Give either a delivery, an address or a pickup store.", field=["input"])
    if request.pickup_store_id is None:
        return None
    pickup = reference.store(request.pickup_store_id)
    if not pickup.hands_over:
        raise Invalid(
            f"{pickup.name} {_why_not(pickup)}; choose one of the stores that a quote lists for "
            "picking up, or a delivery.",
            field=["input", "pickupStoreId"],
        )
    if pickup.region_id != store.region_id:
        raise Invalid(
            f"{pickup.name} does not sell from this storefront's stock; choose a store near it.",
            field=["input", "pickupStoreId"],
        )
    return pickup


def line_numbers(request: OrderRequest) -> Mapping[str, int]:
    """The number of the line that first asks for each SKU; a gift's, which none asks for, is 0."""
    numbers = {line.sku: number for number, line in reversed([*enumerate(request.lines)])}
    return defaultdict(int, numbers)


def shortages(
    reference: Reference, request: OrderRequest, order: Order, short: Units
) -> list[Refusal]:
    """What to tell of each line of which too few units are left."""
    where = reference.regions[order.region_id].name
    if order.pickup_store_id is not None:
        where = reference.stores[order.pickup_store_id].name
    number_of = line_numbers(request)
    return [
        OutOfStock(
            f"Only {short[line.sku]} of {line.sku} {line.name} {line.options} are left in {where}; "
            "lower the quantity or remove the line.",
            sku=line.sku,
            left=short[line.sku],
            field=["input", "lines", str(number_of[line.sku]), "quantity"],
        )
        for line in order.lines
        if line.sku in short
    ]


def _why_not(store: Store) -> str:
    """Why nothing is handed over in a store."""
    if store.state is StoreState.CLOSED:
        return "has closed for good"
    if store.kind is StoreKind.WAREHOUSE:
        return "is a warehouse, where nothing is handed over"
    if store.state is StoreState.PAUSED:
        return "is paused and hands nothing over for now"
    return "hands no orders over"


def _line_faults(
    reference: Reference,
    lines: Sequence[RequestedLine],
    wanted: Mapping[str, int],
    now: datetime,
    channel: Channel,
) -> list[Refusal]:
    faults: list[Refusal] = []
    for number, line in enumerate(lines):
        path = ["input", "lines", str(number)]
        found = reference.variants.get(Sku(line.sku))
        if found is None:
            faults.append(NotFound(f"There is no SKU {line.sku}.", field=[*path, "sku"]))
        elif not found[0].on_shelf(now, channel):
            message = f"{found[0].name} is not for sale now; remove the line."
            faults.append(Invalid(message, field=[*path, "sku"]))
        if line.quantity < 1 or wanted[line.sku] > MOST_UNITS:
            message = f"Order 1 to {MOST_UNITS} units of a SKU."
            faults.append(Invalid(message, field=[*path, "quantity"]))
    return faults
