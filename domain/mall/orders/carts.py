"""What a buyer means to order, checked anew at each look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.catalogue.catalogue import Catalogue, Product, Sku, Variant
from domain.kernel.ids import PersonId
from domain.kernel.money import MOST_SUM, Fen
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, TooMany
from domain.kernel.versions import risen
from domain.mall.consumers.remembering import FORGOTTEN_AFTER
from domain.mall.orders.order_audience import standing_of
from domain.mall.orders.order_coupons import candidates_of
from domain.mall.orders.order_prices import PricedOrder, order_line, priced_order
from domain.mall.orders.placing import OrderPorts
from domain.mall.orders.requests import MOST_LINES, MOST_UNITS, require_payable
from domain.mall.stock.showing import ShownStock
from domain.network.stores import StoreId
from domain.people.act import Act
from domain.people.viewer import Role
from domain.sharing.attribution import Credit, claims_to

MOST_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """So many units of a SKU, with the price that the buyer saw when they put them in."""

    sku: Sku
    quantity: int
    seen_price: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """One buyer's cart; `store_id` is the storefront that they were in last.

    `credit` is whose share link brought the buyer when they last put something in. A visitor's is
    forgotten at a moment, if they stay away.
    """

    id: PersonId
    store_id: StoreId
    lines: tuple[CartLine, ...] = ()
    credit: Credit | None = None
    forget_at: datetime | None = None
    version: int = 0

    def with_line(self, line: CartLine) -> "Cart":
        """The cart with a line set anew, in its old place; one of no units is taken out."""
        lines = {one.sku: one for one in self.lines} | {line.sku: line}
        kept = tuple(one for one in lines.values() if one.quantity > 0)
        if len(kept) > MOST_LINES:
            raise TooMany(f"A cart holds {MOST_LINES} lines; order these first.")
        return replace(self, lines=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLine:
    """A line as it stands now; `product` is None for what is not in the catalogue any more."""

    line: CartLine
    product: Product | None
    variant: Variant | None
    price: Fen
    available: int
    for_sale: bool

    @property
    def price_changed(self) -> bool:
        """Whether it costs another price than the buyer saw."""
        return self.for_sale and self.price != self.line.seen_price

    @property
    def short(self) -> bool:
        """Whether fewer units are left than the buyer wants."""
        return self.for_sale and self.available < self.line.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCart:
    """A cart at today's prices and stock."""

    cart: Cart
    lines: tuple[CheckedLine, ...]
    priced: PricedOrder

    @property
    def total(self) -> Fen:
        """What the lines cost that can be ordered as they are, up to what can be paid at once.

        No line makes it more than that when it is put in, but prices may rise after that.
        """
        return Fen(min(MOST_SUM, self.priced.payable))


class Carts(Protocol):
    """Carts by their owners."""

    async def of(self, buyer_id: PersonId) -> Cart | None:
        """A buyer's cart."""

    async def of_all(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Cart]:
        """The carts of those ids that have one."""

    async def save(self, cart: Cart, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else raise Conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CartPorts(Ports):
    """The ports that carts need."""

    carts: Carts
    ordering: OrderPorts
    stock: ShownStock


async def set_line(
    ports: CartPorts, act: Act, store_id: str, sku: str, quantity: int, *, share_code: str | None
) -> CheckedCart:
    """Put so many units of a SKU into the viewer's cart; none takes the line out."""
    act.viewer.require("cart.fill")
    reference = ports.ordering.reference.now()
    store = reference.store(store_id)
    if not 0 <= quantity <= MOST_UNITS:
        raise Invalid(f"Put 0 to {MOST_UNITS} units in.", field=["input", "quantity"])
    line = CartLine(sku=Sku(sku), quantity=quantity, seen_price=Fen(0))
    if quantity:
        product, _ = reference.catalogue.variant(sku)
        if not product.on_shelf(act.at):
            raise Invalid(f"{product.name} is not for sale now.", field=["input", "sku"])
        line = replace(line, seen_price=reference.catalogue.price_at(sku, act.at).amount)
    claims = await claims_to(
        ports.ordering.touches,
        act.viewer.ids,
        share_code=share_code,
        now=act.at,
        window=ports.ordering.credit_window.window(),
    )

    forget_at = act.at + FORGOTTEN_AFTER if act.viewer.role is Role.VISITOR else None

    def put_in(cart: Cart) -> Cart:
        after = cart.with_line(line)
        cost = _cost(reference.catalogue, after, act.at)
        # Prices may have risen since: a cart that costs too much can be made smaller bit by bit.
        if cost > _cost(reference.catalogue, cart, act.at):
            require_payable(cost, field=["input", "quantity"])
        return replace(
            after, store_id=store.id, credit=claims.shared or cart.credit, forget_at=forget_at
        )

    if not quantity:
        await _change_others(ports.carts, act, lambda cart: cart.with_line(line))
    cart = await _change(ports.carts, act.viewer.id, store.id, put_in)
    if act.viewer.also:
        cart = await whole_cart(ports.carts, act.viewer.ids) or cart
    return await _check(ports, act, cart)


async def view(ports: CartPorts, act: Act, store_id: str | None) -> CheckedCart | None:
    """The viewer's cart, in another storefront if one is named; None where nothing is in it."""
    act.viewer.require("cart.fill")
    cart = await whole_cart(ports.carts, act.viewer.ids)
    if cart is None or not cart.lines:
        return None
    if store_id is not None:
        cart = replace(cart, store_id=ports.ordering.reference.now().store(store_id).id)
    return await _check(ports, act, cart)


async def clear(ports: CartPorts, act: Act) -> None:
    """Empty the viewer's cart."""
    act.viewer.require("cart.fill")
    cart = await ports.carts.of(act.viewer.id)
    await _change_others(ports.carts, act, _emptied)
    if cart is not None:
        await _change(ports.carts, cart.id, cart.store_id, _emptied)


async def whole_cart(carts: Carts, ids: Sequence[PersonId]) -> Cart | None:
    """The cart of a person by all ids that lead to them: their own lines, then the others'.

    Of a SKU that is in several the own line counts, which is where lines are set; nothing is
    rewritten, so that each has their own cart again where a merge is undone.
    """
    found = await carts.of_all(ids)
    filled = [found[one] for one in ids if one in found]
    if not filled:
        return None
    first = next((one for one in filled if one.lines), filled[0])
    lines = {line.sku: line for cart in reversed(filled) for line in cart.lines}
    order = dict.fromkeys(line.sku for cart in filled for line in cart.lines)
    return replace(first, id=ids[0], lines=tuple(lines[sku] for sku in order)[:MOST_LINES])


async def take_over(carts: Carts, visitor_id: PersonId, member_id: PersonId) -> None:
    """Put what a visitor had in their cart into the cart of the member that they turned out to be.

    The member's own lines stay as they are. Again, it changes nothing.
    """
    found = await carts.of(visitor_id)
    if found is None or not found.lines:
        return
    visitor: Cart = found

    def joined(cart: Cart) -> Cart:
        own = {line.sku for line in cart.lines}
        lines = [*cart.lines, *(line for line in visitor.lines if line.sku not in own)]
        return replace(
            cart,
            store_id=visitor.store_id,
            lines=tuple(lines[:MOST_LINES]),
            credit=visitor.credit or cart.credit,
        )

    await _change(carts, member_id, visitor.store_id, joined)
    await _change(carts, visitor_id, visitor.store_id, _emptied)


async def _check(ports: CartPorts, act: Act, cart: Cart) -> CheckedCart:
    """Look up today's price and stock of every line."""
    reference = ports.ordering.reference.now()
    store = reference.store(cart.store_id)
    skus = [line.sku for line in cart.lines]
    left = await ports.stock.available(store.region_id, skus) if skus else {}
    checked = []
    for line in cart.lines:
        product, variant = reference.variants.get(line.sku, (None, None))
        for_sale = product is not None and product.on_shelf(act.at)
        price = (
            reference.catalogue.price_at(line.sku, act.at).amount if product else line.seen_price
        )
        checked.append(
            CheckedLine(
                line=line,
                product=product,
                variant=variant,
                price=price,
                available=left[line.sku],
                for_sale=for_sale,
            )
        )
    ready = [
        order_line(reference, one.line.sku, one.line.quantity, act.at)
        for one in checked
        if one.for_sale and not one.short
    ]
    coupons = await candidates_of(ports.ordering.coupons, reference.promotions, act)
    offers = reference.promotions.rules_at(act.at)
    standing = await standing_of(ports.ordering.traits, act, offers, coupons)
    priced = priced_order(
        reference, store, ready, act.at, district=None, coupons=coupons, standing=standing
    )
    return CheckedCart(cart=cart, lines=tuple(checked), priced=priced)


async def _change(
    carts: Carts, buyer_id: PersonId, store_id: StoreId, rule: Callable[[Cart], Cart]
) -> Cart:
    for _ in range(MOST_TRIES):
        before = await carts.of(buyer_id) or Cart(id=buyer_id, store_id=store_id)
        after = risen(rule(before))
        try:
            await carts.save(after, expected=before.version)
        except Conflict:
            continue
        return after
    raise Conflict("Your cart is being changed elsewhere at the same time; try again.")


async def _change_others(carts: Carts, act: Act, rule: Callable[[Cart], Cart]) -> None:
    """Change what lies in carts of the viewer's other ids, where it does."""
    for cart in (await carts.of_all(act.viewer.also)).values() if act.viewer.also else ():
        if rule(cart) != cart:
            await _change(carts, cart.id, cart.store_id, rule)


def _cost(catalogue: Catalogue, cart: Cart, now: datetime) -> Fen:
    """What all lines of a cart cost that are in the catalogue."""
    known = (line for line in cart.lines if line.sku in catalogue.variants)
    return Fen(sum(catalogue.price_at(line.sku, now).amount * line.quantity for line in known))


def _emptied(cart: Cart) -> Cart:
    """The cart without what was in it: it goes on, so that its versions never begin again."""
    return replace(cart, lines=(), credit=None)
