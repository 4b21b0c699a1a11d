"""What whoever looks after a member sees of them, on one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.audiences.tagging import known_traits
from domain.audiences.traits import MemberTraits
from domain.kernel.days import beijing_day, month_ends
from domain.kernel.moments import NEVER
from domain.kernel.paging import PageRequest
from domain.mall.orders.carts import CartLine, whole_cart
from domain.members.phones import masked
from domain.members.profiles import Birthday
from domain.members.telling import KnownMember
from domain.people.act import Act
from domain.promotions.coupons import MemberCoupon
from domain.service.bookings import Booking
from domain.service.customers import (
    CustomerPorts,
    allows_profiling,
    looked_at,
    member_meant,
    write_down,
)
from domain.service.member_purchases import MemberPurchase, name_of, purchases_of
from domain.wallets.keeping import points_of_person
from domain.wallets.lots import lapsed
from domain.wallets.wallets import Wallet

LAST_PURCHASES = 5


class NextDateKind(StrEnum):
    """What is to come on a day."""

    VISIT = "VISIT"
    BIRTHDAY = "BIRTHDAY"
    COUPON_LAPSES = "COUPON_LAPSES"
    POINTS_LAPSE = "POINTS_LAPSE"
    LEVEL_ENDS = "LEVEL_ENDS"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDate:
    """A day in China on which something is to come."""

    kind: NextDateKind
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftLine:
    """A line of the cart that a member has left."""

    sku: str
    name: str | None
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """A member as seen by whoever looks after them.

    `cart` and the tags of `traits` are None and none where the member does not allow profiling.
    """

    id: str
    name: str | None
    phone: str | None
    traits: MemberTraits
    profiled: bool
    points: Wallet
    coupons: tuple[MemberCoupon, ...]
    purchases: tuple[MemberPurchase, ...]
    purchases_in_all: int
    cart: tuple[LeftLine, ...] | None
    next_dates: tuple[NextDate, ...]


async def customer_view(
    ports: CustomerPorts, act: Act, member_id: str | None, external_id: str | None = None
) -> CustomerView:
    """What the viewer may see of a member, or of who a customer in WeCom is.

    It is written down that they looked.
    """
    meant = await member_meant(ports, act, member_id, external_id)
    seen = await looked_at(ports, act, meant)
    member = seen.member.id
    traits = await known_traits(ports.traits, act, member)
    points = await points_of_person(ports.wallets, act, member)
    coupons = await ports.coupons.usable_of(seen.ids, act.at)
    bought = await purchases_of(ports, act, seen, PageRequest(first=LAST_PURCHASES))
    profiled = allows_profiling(act, seen)
    visit = await ports.bookings.next_of_customer(seen.ids, act.at)
    cart = await _cart_left(ports, seen) if profiled else None
    await write_down(ports, act, "customerView", seen)
    return CustomerView(
        id=member,
        name=seen.profile.name,
        phone=masked(seen.phone) if seen.phone else None,
        traits=traits,
        profiled=profiled,
        points=points,
        coupons=tuple(coupons),
        purchases=tuple(bought.items),
        purchases_in_all=bought.total,
        cart=cart,
        next_dates=_next_dates(act, visit, seen.profile.birthday, traits, points, coupons),
    )


async def _cart_left(ports: CustomerPorts, seen: KnownMember) -> tuple[LeftLine, ...]:
    found = await whole_cart(ports.carts, seen.ids)
    lines: Sequence[CartLine] = found.lines if found else ()
    catalogue = ports.reference.catalogue()
    return tuple(
        LeftLine(sku=one.sku, name=name_of(catalogue, one.sku), quantity=one.quantity)
        for one in lines
    )


def _next_dates(
    act: Act,
    visit: Booking | None,
    birthday: Birthday | None,
    traits: MemberTraits,
    points: Wallet,
    coupons: Sequence[MemberCoupon],
) -> tuple[NextDate, ...]:
    """The next day of each kind, the soonest first."""
    today = beijing_day(act.at)
    found: list[NextDate] = []
    if birthday:
        this_year = birthday.in_year(today.year)
        on = this_year if this_year >= today else birthday.in_year(today.year + 1)
        found.append(NextDate(kind=NextDateKind.BIRTHDAY, on=on))
    moments = {
        NextDateKind.VISIT: [visit.place.starts_at] if visit else [],
        NextDateKind.COUPON_LAPSES: [one.expires_at for one in coupons],
        NextDateKind.POINTS_LAPSE: [
            month_ends(one.key) for one in points.lots if not lapsed(one.key, act.at)
        ],
        NextDateKind.LEVEL_ENDS: [traits.level_until],
    }
    for kind, some in moments.items():
        soonest = min(some, default=NEVER)
        if soonest < NEVER:
            found.append(NextDate(kind=kind, on=beijing_day(soonest)))
    return tuple(sorted(found, key=lambda one: (one.on, one.kind)))
