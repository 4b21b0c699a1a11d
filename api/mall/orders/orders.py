"""Orders, as their buyers place and follow them."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.catalogue.catalogue import Product
from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.money import Money
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload, UserError
from api.mall.stock.lines import OrderLineInput
from api.network.places import PositionInput
from api.network.stores import Store, store_shown
from api.sharing.credits import Credit
from domain.catalogue.catalogue import Sku
from domain.catalogue.product_search import ProductSearchPorts, product_shown
from domain.catalogue.units import Units
from domain.kernel.money import Fen
from domain.kernel.paging import PageRequest
from domain.kernel.places import Position
from domain.kernel.refusals import OutOfStock, Refusal
from domain.mall.orders import order as values
from domain.mall.orders import own_orders
from domain.mall.orders.order import OrderState
from domain.mall.orders.placing import OrderPorts, place
from domain.mall.orders.requests import OrderRequest, RequestedLine
from domain.people.act import Act
from domain.promotions import reckoning

enum(
    OrderState,
    "Where an order stands.",
    PENDING="It is still being placed.",
    PLACED="It waits for its payment.",
    PAID="It is paid.",
    CANCELLED="It was called off before it was paid.",
    EXPIRED="It was not paid in time.",
)

IdempotencyKey = Annotated[
    str,
    strawberry.argument(
        description="A text of your own for this order, such as a UUID. Sent again with the same "
        "key, it is the same order and not another."
    ),
]


@strawberry.type(description="Units of one SKU as they were bought.")
class OrderLine(Packed[values.OrderLine]):
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    product_id: strawberry.ID = strawberry.field(description="The code of its product.")
    name: str = strawberry.field(description="The product's name when it was bought.")
    options: str = strawberry.field(description="What was chosen, such as 藏青 M.")
    quantity: int = strawberry.field(description="How many.")
    price: Money = strawberry.field(
        description="What each cost in the catalogue when it was bought."
    )
    amount: Money = strawberry.field(description="What the line costs at that price.")
    off: Money = strawberry.field(description="What offers and points take off it.")
    by_points: Money = strawberry.field(description="What of that points pay.")
    payable: Money = strawberry.field(description="What is to be paid for it.")

    @field("The product as it is now; null where it is not on the shelf any more.")
    async def product(self, ports: ProductSearchPorts, act: Act) -> Product | None:
        found = await product_shown(ports, act, self.product_id)
        return Product.of(found) if found else None


@strawberry.type(description="What one version of an offer takes off all pieces of a SKU.")
class OrderDiscount(Packed[reckoning.Allocation]):
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    offer_id: strawberry.ID = strawberry.field(description="The offer.")
    offer_version: int = strawberry.field(description="Its version, which never changes.")
    name: str = strawberry.field(description="What the offer was called.")
    amount: Money = strawberry.field(description="How much, of all pieces together.")


@strawberry.type(description="One step of an order.")
class OrderStep:
    state: str = strawberry.field(description="The state that it came into.")
    at: datetime = strawberry.field(description="When.")
    reason: str = strawberry.field(description="Why; may be empty.")


@strawberry.type(description="Who gets a parcel, and where.")
class Recipient(Packed[values.Recipient]):
    name: str = strawberry.field(description="The recipient's name.")
    phone: str = strawberry.field(description="The recipient's telephone number.")
    district: str = strawberry.field(description="The district's code of GB/T 2260.")
    names: list[str] = strawberry.field(description="Its divisions in words, the province first.")
    address: str = strawberry.field(description="Street and number, below the district.")


@strawberry.type(description="What was ordered at once from the stock of one region.")
class Order(Packed[values.Order]):
    value: strawberry.Private[values.Order]
    id: strawberry.ID = strawberry.field(description="The order's number.")
    state: OrderState = strawberry.field(description="Where it stands.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    expires_at: datetime = strawberry.field(
        description="Until when its units are kept for it unless it is paid."
    )

    @strawberry.field(description="What was bought.")
    def lines(self) -> list[OrderLine]:
        return [OrderLine.of(line) for line in self.value.lines]

    @strawberry.field(description="What is to be paid for all of it, the shipping included.")
    def total(self) -> Money:
        return Money(fen=self.value.total)

    @strawberry.field(description="How many points pay a part of it.")
    def points(self) -> int:
        return self.value.points

    @strawberry.field(description="What offers take off its lines, each by itself.")
    def discounts(self) -> list[OrderDiscount]:
        return [OrderDiscount.of(one) for one in self.value.discounts]

    @strawberry.field(
        description="What the way to the buyer costs; it comes back where all of the order is "
        "cancelled before any of it is sent."
    )
    def shipping_fee(self) -> Money:
        return Money(fen=self.value.shipping_fee)

    @strawberry.field(description="Who gets the parcel; null if it is picked up.")
    def recipient(self) -> Recipient | None:
        return Recipient.of(self.value.recipient) if self.value.recipient else None

    @strawberry.field(description="What the buyer asks of whoever packs it; may be empty.")
    def note(self) -> str:
        return self.value.wishes.note

    @strawberry.field(description="Whether it is to be wrapped as a gift.")
    def gift_wrap(self) -> bool:
        return self.value.wishes.gift_wrap

    @field("The storefront that it was ordered in.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, self.value.store_id)

    @field("The store where it is picked up; null if it is sent.")
    async def pickup_store(self, load: Load) -> Store | None:
        store_id = self.value.pickup_store_id
        return await store_shown(load, store_id) if store_id else None

    @strawberry.field(description="Every step that it took, in order.")
    def steps(self) -> list[OrderStep]:
        return [
            OrderStep(state=one.after, at=one.at, reason=one.reason) for one in self.value.steps
        ]

    @strawberry.field(description="The guide who is credited for it; null where nobody is.")
    def credit(self) -> Credit | None:
        return Credit.of(self.value.credit) if self.value.credit else None


def requested(lines: list[OrderLineInput]) -> tuple[RequestedLine, ...]:
    """The lines as the domain knows them."""
    return tuple(RequestedLine(sku=line.sku, quantity=line.quantity) for line in lines)


@strawberry.input(description="Who gets the parcel, and where.")
class DeliveryInput:
    name: str = strawberry.field(description="The recipient's name; at most 40 characters.")
    phone: str = strawberry.field(
        description="The recipient's number, mobile or with its area; it is kept in one spelling."
    )
    district: str = strawberry.field(
        description="The district's code of GB/T 2260; of one that is no more, the refusal names "
        "today's."
    )
    address: str = strawberry.field(
        description="Street and number, below the district; at most 200 characters."
    )
    names: list[str] | None = strawberry.field(
        description="Province, city and district in words; needed only for a code of an address "
        "book that our table does not have.",
        default=None,
    )
    position: PositionInput | None = strawberry.field(
        description="Where that is; the nearest store ships. Without it, the storefront's store "
        "counts as the place.",
        default=None,
    )

    def recipient(self) -> values.Recipient:
        """The recipient as the domain knows them."""
        return values.Recipient(
            name=self.name,
            phone=self.phone,
            district=self.district,
            address=self.address,
            names=tuple(self.names or ()),
        )

    def destination(self) -> Position | None:
        """Where that is, as the domain knows it."""
        return self.position.value() if self.position else None


@strawberry.input(description="What to order: sent to a recipient, or picked up in a store.")
class OrderInput:
    store_id: strawberry.ID = strawberry.field(description="The storefront that it is ordered in.")
    lines: list[OrderLineInput] = strawberry.field(description="What to buy; 1 to 50 lines.")
    delivery: DeliveryInput | None = strawberry.field(
        description="Who gets the parcel; leave it out for a pickup.", default=None
    )
    address_id: strawberry.ID | None = strawberry.field(
        description="One of the viewer's own addresses, in place of a delivery.", default=None
    )
    pickup_store_id: strawberry.ID | None = strawberry.field(
        description="Where it is picked up; leave it out for a delivery.", default=None
    )
    share_code: str | None = strawberry.field(
        description="The code of the share link that the buyer came through.", default=None
    )
    coupon_ids: list[strawberry.ID] = strawberry.field(
        description="The buyer's coupons to use, those that a quote has used; at most 6. One that "
        "would not be used is refused with the reason.",
        default_factory=list,
    )
    points: int = strawberry.field(
        description="How many of the buyer's points to pay with at most, such as a quote has used; "
        "as few are taken as pay for the part that points may pay. A CONFLICT where the buyer has "
        "fewer than are taken.",
        default=0,
    )
    total_fen: int | None = strawberry.field(
        description="What the buyer was shown that it costs, in fen; where it costs another sum by "
        "now, that is a CONFLICT and nothing is ordered. Not checked if left out.",
        default=None,
    )
    note: str = strawberry.field(
        description="What the buyer asks of whoever packs it; a line of at most 200 characters.",
        default="",
    )
    gift_wrap: bool = strawberry.field(
        description="Whether it is to be wrapped as a gift, which costs nothing.", default=False
    )

    def request(self) -> OrderRequest:
        """What the domain is asked for."""
        delivery = self.delivery
        return OrderRequest(
            store_id=self.store_id,
            lines=requested(self.lines),
            recipient=delivery.recipient() if delivery else None,
            address_id=self.address_id,
            destination=delivery.destination() if delivery else None,
            pickup_store_id=self.pickup_store_id,
            share_code=self.share_code,
            coupon_ids=tuple(self.coupon_ids),
            points=self.points,
            shown_total=None if self.total_fen is None else Fen(self.total_fen),
            wishes=values.Wishes(note=self.note, gift_wrap=self.gift_wrap),
        )


@strawberry.type(description="A SKU of which fewer units are left than were asked for.")
class ShortLine:
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    left: int = strawberry.field(description="How many units are left.")

    @classmethod
    def all_of(cls, short: Units) -> "list[ShortLine]":
        """Pack what is left of each SKU that is short."""
        return [cls(sku=strawberry.ID(sku), left=left) for sku, left in short.items()]


@strawberry.type(description="The answer to an order.")
class OrderPlacePayload(Payload):
    order: Order | None = strawberry.field(description="The order.", default=None)
    short_lines: list[ShortLine] = strawberry.field(
        description="What there is too little of, if that is why nothing was ordered.",
        default_factory=list,
    )


@query("One of the viewer's own orders; null for any other.")
async def order(
    ports: OrderPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The order's id.")],
) -> Order | None:
    found = await own_orders.view(ports, act, id)
    return Order.of(found) if found else None


@query("The viewer's own orders, the newest first.")
async def orders(
    ports: OrderPorts,
    act: Act,
    state: Annotated[
        OrderState | None, strawberry.argument(description="Those that stand so; null for all.")
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[Order]:
    page = await own_orders.listed(ports, act, state, PageRequest(first=first, after=after))
    return connection(page, Order.of)


@strawberry.type(description="How many of the viewer's own orders stand alike.")
class OrderCount:
    state: OrderState = strawberry.field(description="Where they stand.")
    count: int = strawberry.field(description="How many; never 0.")


@query("How many of the viewer's own orders there are of each state that any is in.")
async def order_counts(ports: OrderPorts, act: Act) -> list[OrderCount]:
    counts = await own_orders.counted(ports, act)
    return [OrderCount(state=state, count=n) for state, n in sorted(counts.items())]


@mutation(
    "Place an order: all of its units are kept for the buyer until it must be paid, or none "
    "are and the answer tells what is short."
)
async def order_place(
    ports: OrderPorts,
    act: Act,
    input: Annotated[
        OrderInput, strawberry.argument(description="What is ordered, for whom and where to.")
    ],
    idempotency_key: IdempotencyKey,
) -> OrderPlacePayload:
    try:
        placed = await place(ports, act, input.request(), idempotency_key=idempotency_key)
    except Refusal as refusal:
        short = {Sku(one.sku): one.left for one in refusal.parts() if isinstance(one, OutOfStock)}
        return OrderPlacePayload(
            user_errors=UserError.all_of(refusal), short_lines=ShortLine.all_of(short)
        )
    return OrderPlacePayload(order=Order.of(placed))


QUERIES = (order, orders, order_counts)
MUTATIONS = (order_place,)
