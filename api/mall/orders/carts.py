"""Carts, and what an order would cost."""

from asyncio import gather
from typing import Annotated

import strawberry

from api.catalogue.catalogue import Product, Variant
from api.kernel.context import Load
from api.kernel.money import Money
from api.kernel.operations import field, mutation, query
from api.kernel.packing import pack
from api.mall.orders.orders import DeliveryInput, OrderLine, ShortLine, requested
from api.mall.routing.candidates import RoutingCandidate
from api.mall.stock.lines import OrderLineInput
from api.network.places import PositionInput
from api.network.stores import Store, store_shown
from api.promotions.traces import OfferTrace
from domain.mall.orders import carts, quoting
from domain.mall.orders.carts import CartPorts
from domain.mall.orders.placing import OrderPorts
from domain.people.act import Act


@strawberry.type(description="A line of a cart as it stands now.")
class CartLine:
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    quantity: int = strawberry.field(description="How many the buyer wants.")
    product: Product | None = strawberry.field(
        description="What it is; null if it is not in the catalogue any more."
    )
    variant: Variant | None = strawberry.field(
        description="Which one of it; null if it is not in the catalogue any more."
    )
    price: Money = strawberry.field(description="What each costs now.")
    seen_price: Money = strawberry.field(description="What each cost when it was put in.")
    price_changed: bool = strawberry.field(description="Whether the two differ.")
    available: int = strawberry.field(description="How many the region has.")
    short: bool = strawberry.field(description="Whether that is fewer than the buyer wants.")
    for_sale: bool = strawberry.field(description="Whether it is for sale at all now.")

    @classmethod
    def of(cls, checked: carts.CheckedLine) -> "CartLine":
        """Pack a line."""
        product, variant = checked.product, checked.variant
        return pack(
            cls,
            checked,
            sku=strawberry.ID(checked.line.sku),
            quantity=checked.line.quantity,
            variant=Variant(value=variant, owner=product) if product and variant else None,
            seen_price=Money(fen=checked.line.seen_price),
        )


@strawberry.type(description="What a buyer means to order, at today's prices and stock.")
class Cart:
    value: strawberry.Private[carts.CheckedCart]
    total: Money = strawberry.field(
        description="What the lines cost that can be ordered as they are, after offers and without "
        "shipping; at most ¥21,474,836.47, which is all that can be paid at once."
    )
    offers: list[OfferTrace] = strawberry.field(
        description="What became of each offer that has a word in it, and what is missing to more."
    )
    share_code: str | None = strawberry.field(
        description="The share link that the buyer came through; send it with the order."
    )

    @classmethod
    def of(cls, checked: carts.CheckedCart) -> "Cart":
        """Pack a cart."""
        credit = checked.cart.credit
        return cls(
            value=checked,
            total=Money(fen=checked.total),
            offers=[OfferTrace.of(one) for one in checked.priced.priced.traced],
            share_code=credit.share_code if credit else None,
        )

    @field("The storefront that its stock is looked up for.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, self.value.cart.store_id)

    @strawberry.field(description="The lines, in the order in which they were put in.")
    def lines(self) -> list[CartLine]:
        return [CartLine.of(line) for line in self.value.lines]


@strawberry.type(description="A line at today's price.")
class QuotedLine:
    line: OrderLine = strawberry.field(description="What would be ordered.")
    available: int = strawberry.field(description="How many units the region has.")


@strawberry.type(description="A store where the order could be picked up.")
class PickupChoice:
    store: Store = strawberry.field(description="The store.")
    distance_m: int | None = strawberry.field(
        description="Metres from the buyer's place; null where none was given."
    )
    has_all: bool = strawberry.field(description="Whether it has everything in stock now.")


@strawberry.type(description="What an order would cost and how it could reach the buyer.")
class OrderQuote:
    value: strawberry.Private[quoting.Quote]
    lines: list[QuotedLine] = strawberry.field(description="The lines at today's prices.")
    total: Money = strawberry.field(
        description="What is to be paid for all of them, the shipping included."
    )
    shipping_fee: Money = strawberry.field(
        description="What the way to the recipient costs; nothing where none was given."
    )
    offers: list[OfferTrace] = strawberry.field(
        description="What became of each offer that has a word in it, and what is missing to more."
    )
    coupon_ids: list[strawberry.ID] = strawberry.field(
        description="The coupons that are used; send them with the order."
    )
    points: int = strawberry.field(
        description="How many points pay a part of it; send them with the order."
    )
    by_points: Money = strawberry.field(description="What points pay.")
    can_deliver: bool = strawberry.field(description="Whether the region's stores can send it.")
    short_lines: list[ShortLine] = strawberry.field(description="What there is too little of.")
    candidates: list[RoutingCandidate] = strawberry.field(
        description="Every store that was considered for that, and why it was or was not chosen."
    )
    pickup: list[PickupChoice] = strawberry.field(
        description="Where it could be picked up: stores that have everything first, then the "
        "nearest; at most 20."
    )

    @classmethod
    def of(cls, quote: quoting.Quote) -> "OrderQuote":
        """Pack a quote."""
        return cls(
            value=quote,
            lines=[
                QuotedLine(line=OrderLine.of(one.line), available=one.available)
                for one in quote.lines
            ],
            total=Money(fen=quote.priced.payable),
            shipping_fee=Money(fen=quote.priced.priced.shipping_fee),
            offers=[OfferTrace.of(one) for one in quote.priced.priced.traced],
            coupon_ids=[strawberry.ID(one) for one in quote.priced.priced.coupons],
            points=quote.priced.priced.points,
            by_points=Money(fen=quote.priced.priced.by_points),
            can_deliver=not quote.delivery.short,
            short_lines=ShortLine.all_of(quote.delivery.short),
            candidates=[RoutingCandidate.of(one) for one in quote.delivery.considered],
            pickup=[
                PickupChoice(
                    store=Store.of(one.store), distance_m=one.distance_m, has_all=one.has_all
                )
                for one in quote.pickup
            ],
        )

    @field("The stores that would be asked to send it, were it ordered now.")
    async def shipping_stores(self, load: Load) -> list[Store]:
        shares = self.value.delivery.shares
        return list(await gather(*(store_shown(load, share.store_id) for share in shares)))


@strawberry.input(description="What a quote is for.")
class OrderQuoteInput:
    store_id: strawberry.ID = strawberry.field(description="The storefront.")
    lines: list[OrderLineInput] = strawberry.field(description="What to buy; 1 to 50 lines.")
    position: PositionInput | None = strawberry.field(
        description="Where the buyer is, or the parcel goes.", default=None
    )
    delivery: DeliveryInput | None = strawberry.field(
        description="Who would get the parcel, checked as an order checks it; its position counts "
        "where none other is given.",
        default=None,
    )
    coupon_ids: list[strawberry.ID] | None = strawberry.field(
        description="The buyer's coupons to try; the best choice of all of theirs if left out.",
        default=None,
    )
    use_points: bool = strawberry.field(
        description="Whether to pay with as many of the buyer's points as may be.", default=False
    )


@strawberry.input(description="So many units of a SKU in the cart.")
class CartLineInput:
    store_id: strawberry.ID = strawberry.field(description="The storefront that the buyer is in.")
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    quantity: int = strawberry.field(description="How many in all; 0 takes the line out.")
    share_code: str | None = strawberry.field(
        description="The code of the share link that the buyer came through.", default=None
    )


@query(
    "The viewer's cart, checked against today's prices and stock, in another storefront if one is "
    "named; null while nothing is in it."
)
async def cart(
    ports: CartPorts,
    act: Act,
    store_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(
            description="The store whose cart it is; the one last used if left out."
        ),
    ] = None,
) -> Cart | None:
    found = await carts.view(ports, act, store_id)
    return Cart.of(found) if found else None


@query("What an order would cost and how it could reach the buyer; it reserves nothing.")
async def order_quote(
    ports: OrderPorts,
    act: Act,
    input: Annotated[
        OrderQuoteInput, strawberry.argument(description="What is wanted, where from and where to.")
    ],
) -> OrderQuote:
    lines = requested(input.lines)
    delivery = input.delivery
    place = input.position.value() if input.position else None
    quoted = await quoting.quote(
        ports,
        act,
        input.store_id,
        lines,
        destination=place or (delivery.destination() if delivery else None),
        recipient=delivery.recipient() if delivery else None,
        coupon_ids=input.coupon_ids,
        use_points=input.use_points,
    )
    return OrderQuote.of(quoted)


@mutation(
    "Put so many units of a SKU into the viewer's cart, or take them out.",
    cart="The cart after it.",
)
async def cart_line_set(
    ports: CartPorts,
    act: Act,
    input: Annotated[
        CartLineInput, strawberry.argument(description="The line, and how many it is to have.")
    ],
) -> Cart:
    return Cart.of(
        await carts.set_line(
            ports, act, input.store_id, input.sku, input.quantity, share_code=input.share_code
        )
    )


@mutation("Empty the viewer's cart.")
async def cart_clear(ports: CartPorts, act: Act) -> None:
    await carts.clear(ports, act)


QUERIES = (cart, order_quote)
MUTATIONS = (cart_line_set, cart_clear)
