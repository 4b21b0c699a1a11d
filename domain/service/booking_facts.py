"""What is said of bookings: each step, moves, reminders, and what was given back."""

from datetime import datetime
from typing import Any

from domain.kernel.facts import Fact, FactId, FactKind, kind_of
from domain.service import bookings
from domain.service.bookings import BOOKING, Booking, Stay

BOOKING_STEPS = frozenset(kind_of(BOOKING.kind, state) for state in bookings.SHOWN)
BOOKING_MOVED = FactKind("booking.moved")
BOOKING_REMINDED = FactKind("booking.reminded")
BOOKING_DISPLACED = FactKind("booking.displaced")
BOOKING_FREED = FactKind("booking.freed")


def stepped(booking: Booking, at: datetime) -> tuple[Fact, ...]:
    """That a booking came into its state, such as `booking.arrived`.

    Of one that arrived it has all that crediting the advisor needs: what the customer buys from
    `visitFrom` to before `visitTo` is the visit's.
    """
    return (_said(booking, kind_of(BOOKING.kind, booking.state), at),)


def moved(booking: Booking, at: datetime) -> tuple[Fact, ...]:
    """That a booking has another place or time."""
    return (_said(booking, BOOKING_MOVED, at),)


def reminded_of(booking: Booking, at: datetime) -> tuple[Fact, ...]:
    """That the customer is to be reminded now."""
    return (_said(booking, BOOKING_REMINDED, at),)


def displaced_from(booking: Booking, at: datetime) -> tuple[Fact, ...]:
    """That nobody can keep a booking at its time; said once until it is good again."""
    return (_said(booking, BOOKING_DISPLACED, at),)


def freed(booking: Booking, stay: Stay, at: datetime) -> tuple[Fact, ...]:
    """That the minutes of a stay can be had again."""
    return (_said(booking, BOOKING_FREED, at, left=stay),)


def _said(booking: Booking, kind: FactKind, at: datetime, *, left: Stay | None = None) -> Fact:
    stay = left or booking.place
    visit: dict[str, Any] = {}
    if booking.arrived_at and booking.visit_ends_at:
        visit = {
            "visitFrom": booking.arrived_at.isoformat(),
            "visitTo": booking.visit_ends_at.isoformat(),
        }
    return Fact(
        id=FactId(f"booking:{booking.id}:{booking.version}"),
        subject=f"booking:{booking.id}",
        kind=kind,
        at=at,
        data={
            "booking": booking.id,
            "member": booking.customer_id,
            "service": booking.service.id,
            "store": stay.store_id,
            "guide": stay.advisor_id,
            "day": stay.day.isoformat(),
            "startsAt": stay.starts_at.isoformat(),
            "endsAt": stay.ends_at.isoformat(),
            **visit,
        },
    )
