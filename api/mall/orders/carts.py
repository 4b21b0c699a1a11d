"""Carts, and what an order would cost."""

from typing import Annotated

import strawberry

from api.catalogue.catalogue import Product
from api.kernel.context import Info
from api.kernel.money import Money
from api.kernel.payloads import Payload, mutation
from api.mall.orders.orders import OrderLine, ShortLine
from api.mall.routing.candidates import RoutingCandidate
from api.mall.stock.lines import OrderLineInput
from api.network.places import PositionInput
from api.network.stores import Store
from domain.mall.orders import carts, quoting
from domain.mall.orders.requests import RequestedLine


@strawberry.type(description="A line of a cart as it stands now.")
class CartLine:
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    quantity: int = strawberry.field(description="How many the buyer wants.")
    product: Product | None = strawberry.field(
        description="What it is; null if it is not in the catalogue any more."
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
        return cls(
            sku=strawberry.ID(checked.line.sku),
            quantity=checked.line.quantity,
            product=Product.of(checked.product) if checked.product else None,
            price=Money(fen=checked.price),
            seen_price=Money(fen=checked.line.seen_price),
            price_changed=checked.price_changed,
            available=checked.available,
            short=checked.short,
            for_sale=checked.for_sale,
        )


@strawberry.type(description="What a buyer means to order, at today's prices and stock.")
class Cart:
    value: strawberry.Private[carts.CheckedCart]
    total: Money = strawberry.field(
        description="What the lines cost that can be ordered as they are."
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
            share_code=credit.share_code if credit else None,
        )

    @strawberry.field(description="The storefront that its stock is looked up for.")
    def store(self, info: Info) -> Store:
        return Store.of(info.context.world.reference.now().store(self.value.cart.store_id))

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
    lines: list[QuotedLine] = strawberry.field(description="The lines at today's prices.")
    total: Money = strawberry.field(description="What all of them cost.")
    can_deliver: bool = strawberry.field(description="Whether the region's stores can send it.")
    short_lines: list[ShortLine] = strawberry.field(description="What there is too little of.")
    shipping_stores: list[Store] = strawberry.field(
        description="The stores that would be asked to send it, were it ordered now."
    )
    candidates: list[RoutingCandidate] = strawberry.field(
        description="Every store that was considered for that, and why it was or was not chosen."
    )
    pickup: list[PickupChoice] = strawberry.field(
        description="Where it could be picked up: stores that have everything first, then the "
        "nearest; at most 20."
    )


@strawberry.input(description="What a quote is for.")
class OrderQuoteInput:
    store_id: strawberry.ID = strawberry.field(description="The storefront.")
    lines: list[OrderLineInput] = strawberry.field(description="What to buy; 1 to 50 lines.")
    position: PositionInput | None = strawberry.field(
        description="Where the buyer is, or the parcel goes.", default=None
    )


@strawberry.input(description="So many units of a SKU in the cart.")
class CartLineInput:
    store_id: strawberry.ID = strawberry.field(description="The storefront that the buyer is in.")
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    quantity: int = strawberry.field(description="How many in all; 0 takes the line out.")
    share_code: str | None = strawberry.field(
        description="The code of the share link that the buyer came through.", default=None
    )


@strawberry.type(description="The answer to a change of a cart.")
class CartLineSetPayload(Payload):
    cart: Cart | None = strawberry.field(description="The cart after it.", default=None)


@strawberry.type(description="The answer to emptying a cart.")
class CartClearPayload(Payload):
    pass


@strawberry.type
class CartQuery:
    @strawberry.field(
        description="The viewer's cart, checked against today's prices and stock, in another "
        "storefront if one is named; null while nothing was put in."
    )
    async def cart(
        self,
        info: Info,
        store_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="The store whose cart it is; the one last used if left out."
            ),
        ] = None,
    ) -> Cart | None:
        context = info.context
        found = await carts.view(context.world.carting, context.viewer, store_id, now=context.now)
        return Cart.of(found) if found else None

    @strawberry.field(
        description="What an order would cost and how it could reach the buyer; it reserves "
        "nothing."
    )
    async def order_quote(
        self,
        info: Info,
        input: Annotated[
            OrderQuoteInput,
            strawberry.argument(description="What is wanted, where from and where to."),
        ],
    ) -> OrderQuote:
        context = info.context
        found = await quoting.quote(
            context.world.ordering,
            input.store_id,
            [RequestedLine(sku=line.sku, quantity=line.quantity) for line in input.lines],
            destination=input.position.value() if input.position else None,
            now=context.now,
        )
        stores = context.world.reference.now().stores
        delivery = found.delivery
        return OrderQuote(
            lines=[
                QuotedLine(line=OrderLine.of(one.line), available=one.available)
                for one in found.lines
            ],
            total=Money(fen=found.total),
            can_deliver=not delivery.short,
            short_lines=[
                ShortLine(sku=strawberry.ID(sku), left=left) for sku, left in delivery.short.items()
            ],
            shipping_stores=[Store.of(stores[share.store_id]) for share in delivery.shares],
            candidates=[RoutingCandidate.of(one) for one in delivery.considered],
            pickup=[
                PickupChoice(
                    store=Store.of(one.store), distance_m=one.distance_m, has_all=one.has_all
                )
                for one in found.pickup
            ],
        )


@strawberry.type
class CartMutation:
    @mutation("Put so many units of a SKU into the viewer's cart, or take them out.")
    async def cart_line_set(
        self,
        info: Info,
        input: Annotated[
            CartLineInput, strawberry.argument(description="The line, and how many it is to have.")
        ],
    ) -> CartLineSetPayload:
        context = info.context
        checked = await carts.set_line(
            context.world.carting,
            context.viewer,
            input.store_id,
            input.sku,
            input.quantity,
            share_code=input.share_code,
            now=context.now,
        )
        return CartLineSetPayload(cart=Cart.of(checked))

    @mutation("Empty the viewer's cart.")
    async def cart_clear(self, info: Info) -> CartClearPayload:
        await carts.clear(info.context.world.carting, info.context.viewer)
        return CartClearPayload()
