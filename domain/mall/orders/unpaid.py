"""How much may be held without being paid: by a buyer, and by all buyers of one address."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from domain.kernel.refusals import Invalid, Refusal, TooMany, refuse_all
from domain.mall.orders.order import Order
from domain.mall.orders.order_prices import UnitBound
from domain.mall.orders.requests import OrderRequest, line_numbers
from domain.mall.stock.pools import OrderId
from domain.people.act import Act
from domain.people.viewer import Role

# What is entered is looked up in the orders, so it only has to be kept a little longer than they
# can be paid.
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidBound:
    """So many unpaid orders at most, with so many units in all of them together."""

    orders: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidBounds:
    """What a kind of buyer may hold: in a line, alone, and together with others of the address."""

    line: int
    own: UnpaidBound
    address: UnpaidBound


# A visitor is made by anyone, a member is somebody whom WeChat knows.
VISITORS = UnpaidBounds(
    line=10, own=UnpaidBound(orders=2, units=20), address=UnpaidBound(orders=10, units=100)
)
MEMBERS = UnpaidBounds(
    line=100, own=UnpaidBound(orders=5, units=200), address=UnpaidBound(orders=60, units=1_200)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The units of one unpaid order in the book of one holder, a buyer or an address."""

    holder: str
    order_id: OrderId
    units: int


class UnpaidBook(Protocol):
    """Who holds which unpaid orders, and perhaps some that are paid or over by now."""

    async def enter(
        self, entries: Sequence[tuple[Holding, UnpaidBound]], *, keep_until: datetime
    ) -> Collection[str]:
        """Enter each where its holder has room for it; the holders that have none."""

    async def of(self, holders: Collection[str]) -> Sequence[Holding]:
        """All that is entered for some holders."""

    async def strike(self, entries: Collection[Holding]) -> None:
        """Take entries out; one that is out already is no error."""


class UnpaidOrders(Protocol):
    """Which orders are unpaid, as they are written down."""

    async def unpaid_among(self, ids: Collection[OrderId]) -> Collection[OrderId]:
        """Those of the ids that are being placed, or are placed and not paid."""


def order_allowance(act: Act) -> UnitBound:
    """How many units an order of the viewer may have; gifts beyond that are not given."""
    allowed = _allowances(act)
    return UnitBound(line=allowed.line, units=allowed.own.units)


def require_modest(act: Act, request: OrderRequest, order: Order) -> None:
    """Refuse lines and orders that are larger than the buyer may hold unpaid."""
    allowed = _allowances(act)
    refuse_all(_too_large(request, order, allowed, ", or sign in" if _visits(act) else ""))


def _too_large(
    request: OrderRequest, order: Order, allowed: UnpaidBounds, or_else: str
) -> list[Refusal]:
    number_of = line_numbers(request)
    faults: list[Refusal] = [
        Invalid(
            f"Order at most {allowed.line} units of a SKU at once; lower the quantity{or_else}.",
            field=["input", "lines", str(number_of[line.sku]), "quantity"],
        )
        for line in order.lines
        if line.quantity > allowed.line
    ]
    if not faults and sum(order.units.values()) > allowed.own.units:
        message = f"An unpaid order has at most {allowed.own.units} units; lower quantities"
        faults.append(Invalid(f"{message}{or_else}.", field=["input", "lines"]))
    return faults


async def enter(book: UnpaidBook, orders: UnpaidOrders, act: Act, order: Order) -> None:
    """Enter an order that is written down already; TooMany where there is no room for it.

    What is paid or over by now is struck out only when there seems to be no room, so that neither
    paying nor ending an order has anything to do with it.
    """
    wanted = _entries(act, order)
    until = order.expires_at + KEPT_FOR
    full = await book.enter(wanted, keep_until=until)
    if not full:
        return
    entered = await book.of(full)
    unpaid = await orders.unpaid_among([one.order_id for one in entered])
    await book.strike([one for one in entered if one.order_id not in unpaid])
    again = [(entry, allowance) for entry, allowance in wanted if entry.holder in full]
    if still := await book.enter(again, keep_until=until):
        raise _no_room(act, still)


async def leave(book: UnpaidBook, act: Act, order: Order) -> None:
    """Strike out an order that was given up."""
    await book.strike([entry for entry, _ in _entries(act, order)])


def _entries(act: Act, order: Order) -> list[tuple[Holding, UnpaidBound]]:
    allowed = _allowances(act)
    holders = {f"buyer:{order.buyer_id}": allowed.own}
    if act.address is not None:
        kind = "visitors" if _visits(act) else "members"
        holders[f"{kind}:{act.address}"] = allowed.address
    # Gifts are bounded with the order they come with, and keep nobody from ordering.
    units = sum(order.units.values()) - order.gifts
    return [
        (Holding(holder=holder, order_id=order.id, units=units), allowance)
        for holder, allowance in holders.items()
    ]


def _no_room(act: Act, full: Collection[str]) -> TooMany:
    allowed = _allowances(act)
    if any(holder.startswith("buyer:") for holder in full):
        most = f"{allowed.own.orders} unpaid orders with {allowed.own.units} units in all"
        or_else = ", or sign in" if _visits(act) else ""
        return TooMany(f"You may have {most}; pay or cancel one of yours first{or_else}.")
    or_else = "sign in, or " if _visits(act) else ""
    return TooMany(
        f"Very many orders from your address wait to be paid; {or_else}try again in some minutes."
    )


def _visits(act: Act) -> bool:
    return act.viewer.role is Role.VISITOR


def _allowances(act: Act) -> UnpaidBounds:
    return VISITORS if _visits(act) else MEMBERS
