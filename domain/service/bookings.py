"""Bookings: a customer's time with an advisor, from the wish to the visit.

A booking is written down before it has any minutes. It is then `moving` to a stay, which is a place
and time; once all calendars have given it their minutes, that is its `stay`, and the one before is
`leaving`. So the new place is taken before the old one is free, and whoever finds a booking that
was cut short knows what to finish and what to give back.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.days import day_begins
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause, Machine
from domain.kernel.versions import risen
from domain.network.hours import Span
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.service.calendars import Need, advisor_day, customer_day, resource_day
from domain.service.services import Bookable

BookingId = NewType("BookingId", str)

BOOKINGS_OF_A_CUSTOMER = Cursors("bookings of a customer", datetime, str)
BOOKINGS_OF_A_STORE = Cursors("bookings of a store", datetime, str)
# How long a customer has to confirm, and one who waited for a place.
HELD_FOR = timedelta(minutes=10)
HELD_FOR_WAITING = timedelta(minutes=30)
# How long whoever began to move a booking has to finish it, before the clock undoes it.
GRACE = timedelta(seconds=15)
# What customers are reminded by, before their time.
REMINDERS = (timedelta(hours=24), timedelta(hours=2))
REFUSED_KEPT = timedelta(days=1)


class BookingState(StrEnum):
    """Where a booking stands; while it is SEEKING it has no place yet, and REFUSED it got none."""

    SEEKING = "SEEKING"
    REFUSED = "REFUSED"
    HELD = "HELD"
    BOOKED = "BOOKED"
    ARRIVED = "ARRIVED"
    NO_SHOW = "NO_SHOW"
    CANCELLED = "CANCELLED"
    LAPSED = "LAPSED"


BOOKING: Machine[BookingState] = Machine(
    "booking",
    begins=frozenset({BookingState.SEEKING}),
    next={
        BookingState.SEEKING: frozenset({BookingState.HELD, BookingState.REFUSED}),
        BookingState.REFUSED: frozenset(),
        BookingState.HELD: frozenset(
            {BookingState.BOOKED, BookingState.CANCELLED, BookingState.LAPSED}
        ),
        BookingState.BOOKED: frozenset(
            {BookingState.ARRIVED, BookingState.NO_SHOW, BookingState.CANCELLED}
        ),
        BookingState.ARRIVED: frozenset(),
        BookingState.NO_SHOW: frozenset(),
        BookingState.CANCELLED: frozenset(),
        BookingState.LAPSED: frozenset(),
    },
)
# In these it is somebody's: shown to them and to the store.
SHOWN = frozenset(BookingState) - {BookingState.SEEKING, BookingState.REFUSED}
# In these a place is kept for the customer.
STANDING = frozenset({BookingState.HELD, BookingState.BOOKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A place and time of a booking; its number tells it from the booking's other ones."""

    number: int
    store_id: StoreId
    advisor_id: GuideId
    day: date
    visit: Span

    @property
    def starts_at(self) -> datetime:
        """When the visit begins."""
        return moment_of(self.day, self.visit.start)

    @property
    def ends_at(self) -> datetime:
        """When the visit ends."""
        return moment_of(self.day, self.visit.end)

    def is_at(self, other: "Stay") -> bool:
        """Whether it is the same place and time."""
        return replace(self, number=other.number) == other


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One customer's booking of a service, which is kept as it was when it was asked for.

    `asked` is the place and time that was asked for first, `choice` the advisor, if the customer
    named one; `tried` are those who turned out not to be free. It had so many `stays` by now, and
    came from the waiting list if it `waited`. `reminded_at` is until when reminders were told of,
    `displaced_at` since when the store or the advisor is not there at its time any more, and
    `visit_ends_at` until when what the customer buys is the visit's.
    """

    id: BookingId
    customer_id: PersonId
    service: Bookable
    request: RequestKey
    asked_at: datetime
    asked: Stay
    choice: GuideId | None = None
    waited: bool = False
    state: BookingState = BookingState.SEEKING
    stay: Stay | None = None
    moving: Stay | None = None
    moving_since: datetime | None = None
    leaving: tuple[Stay, ...] = ()
    tried: tuple[GuideId, ...] = ()
    stays: int = 1
    held_until: datetime | None = None
    reminded_at: datetime | None = None
    displaced_at: datetime | None = None
    arrived_at: datetime | None = None
    visit_ends_at: datetime | None = None
    version: int = 1

    @property
    def place(self) -> Stay:
        """Where it is, or wants to be while it has no place."""
        return self.stay or self.moving or self.asked

    @property
    def held_for(self) -> timedelta:
        """How long the customer has to confirm."""
        return HELD_FOR_WAITING if self.waited else HELD_FOR

    def needs(self, stay: Stay, resources: int) -> tuple[Need, ...]:
        """What a stay needs, the advisor first; the store has so many of the resource."""
        kept = self.service.kept(stay.visit)
        found = [Need(calendar=advisor_day(stay.advisor_id, stay.day), span=kept)]
        if name := self.service.resource:
            calendar = resource_day(stay.store_id, name, stay.day)
            found.append(Need(calendar=calendar, span=kept, most=resources))
        customer = customer_day(self.customer_id, stay.day)
        return (*found, Need(calendar=customer, span=stay.visit))

    @property
    def due_at(self) -> datetime:
        """When the clock has to look at it next; NEVER where it need not."""
        due = [NEVER]
        if self.moving and self.moving_since:
            due.append(self.moving_since + GRACE)
        elif self.leaving or self.state is BookingState.SEEKING:
            due.append((self.moving_since or self.asked_at) + GRACE)
        if self.state is BookingState.HELD and self.held_until:
            due.append(self.held_until)
        if self.state is BookingState.BOOKED and (reminder := next_reminder(self)):
            due.append(reminder)
        return min(due)


class Bookings(Protocol):
    """The bookings, by their ids."""

    async def by_id(self, id: BookingId) -> Booking | None:
        """The booking of an id."""

    async def save(self, booking: Booking, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write a booking over the expected version, 0 for a new one, and what it says.

        Raises Conflict if it has another.
        """

    async def of_customer(self, ids: Sequence[PersonId], request: PageRequest) -> Page[Booking]:
        """A customer's bookings, by any id, the latest time first."""

    async def next_of_customer(self, ids: Sequence[PersonId], after: datetime) -> Booking | None:
        """A customer's next booking that stands, by any id; None where there is none."""

    async def visits_of(self, ids: Sequence[PersonId], at: datetime) -> Sequence[Booking]:
        """The visits that a customer, by any id, is at in a moment."""

    async def of_store(
        self,
        store_id: StoreId,
        since: datetime,
        until: datetime,
        request: PageRequest,
        *,
        displaced: bool,
    ) -> Page[Booking]:
        """A store's bookings that begin in a time, in order; or only those that are displaced."""

    async def standing(self, store_id: StoreId, after: datetime) -> Sequence[Booking]:
        """A store's bookings that stand and begin after a moment."""

    async def due(self, now: datetime, most: int) -> Sequence[Booking]:
        """Those that the clock has to look at by now, the longest overdue first."""


def moment_of(day: date, minute: int) -> datetime:
    """A minute of a day in Beijing, 1,440 being the midnight at its end."""
    return day_begins(day) + timedelta(minutes=minute)


def moves_to(booking: Booking, stay: Stay, at: datetime) -> Booking:
    """The booking on its way to a place and time."""
    return risen(replace(booking, moving=stay, moving_since=at, stays=stay.number))


def moved_in(booking: Booking, cause: Cause) -> Booking:
    """The booking at the place that it was moving to; what it leaves is to be given back."""
    state = booking.state
    held_until = booking.held_until
    if state is BookingState.SEEKING:
        state = _stepped(booking, BookingState.HELD, cause)
        held_until = cause.at + booking.held_for
    left = (booking.stay,) if booking.stay else ()
    return risen(
        replace(
            booking,
            state=state,
            held_until=held_until,
            stay=booking.moving,
            moving=None,
            moving_since=cause.at,
            leaving=(*booking.leaving, *left),
            reminded_at=cause.at,
            displaced_at=None,
        )
    )


def turned_away(booking: Booking, cause: Cause) -> Booking:
    """The booking whose wanted place is not free; where it had one, it keeps that."""
    assert booking.moving is not None, "it is on its way"
    return risen(
        replace(
            booking,
            moving=None,
            moving_since=cause.at,
            leaving=(*booking.leaving, booking.moving),
            tried=(*booking.tried, booking.moving.advisor_id),
        )
    )


def refused(booking: Booking, cause: Cause) -> Booking:
    """The booking that found no place."""
    return risen(replace(booking, state=_stepped(booking, BookingState.REFUSED, cause)))


def ended(booking: Booking, state: BookingState, cause: Cause) -> Booking:
    """The booking that comes to nothing; all that it has is to be given back."""
    left = [one for one in (booking.stay, booking.moving) if one]
    return risen(
        replace(
            booking,
            state=_stepped(booking, state, cause),
            moving=None,
            moving_since=cause.at,
            leaving=(*booking.leaving, *left),
        )
    )


def confirmed(booking: Booking, cause: Cause) -> Booking:
    """The booking that the customer has confirmed."""
    state = _stepped(booking, BookingState.BOOKED, cause)
    return risen(replace(booking, state=state, held_until=None, reminded_at=cause.at))


def arrived(booking: Booking, cause: Cause) -> Booking:
    """The booking whose customer is there; who comes late has the whole time of the service."""
    state = _stepped(booking, BookingState.ARRIVED, cause)
    assert booking.stay is not None, "one that is booked has a place"
    full = cause.at + timedelta(minutes=booking.service.length_min)
    ends_at = max(booking.stay.ends_at, full)
    return risen(replace(booking, state=state, arrived_at=cause.at, visit_ends_at=ends_at))


def without_left(booking: Booking, numbers: Collection[int]) -> Booking:
    """The booking once stays that it left are given back."""
    kept = tuple(one for one in booking.leaving if one.number not in numbers)
    return risen(replace(booking, leaving=kept))


def displaced(booking: Booking, at: datetime | None) -> Booking:
    """The booking that nobody can keep since a moment, or whose time is good again."""
    return risen(replace(booking, displaced_at=at))


def next_reminder(booking: Booking) -> datetime | None:
    """When the customer is to be reminded next; None where there is no time for it any more."""
    if booking.stay is None or booking.reminded_at is None:
        return None
    moments = (booking.stay.starts_at - before for before in REMINDERS)
    return next((one for one in moments if one > booking.reminded_at), None)


def reminded(booking: Booking, at: datetime) -> Booking:
    """The booking whose customer was reminded."""
    return risen(replace(booking, reminded_at=at))


def _stepped(booking: Booking, after: BookingState, cause: Cause) -> BookingState:
    BOOKING.step(booking.id, booking.state, after, cause)
    return after
