"""What can be booked in a store: services, who is there for them, and what they need."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NewType, Protocol

from domain.network.hours import MINUTES_A_DAY, OpeningHours, Span, Spans
from domain.network.stores import Store, StoreId
from domain.people.accounts import GuideId

BookableId = NewType("BookableId", str)
ALL_DAY = Span(start=0, end=MINUTES_A_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookable:
    """A service that customers book: how long it takes, and what is kept free round it.

    `before_min` and `after_min` are the buffers, in which the advisor and the resource prepare and
    tidy up. `resource` names what a store needs one of for it, such as a fitting room; None for
    nothing but the advisor. Where it names a `certificate`, only advisors who hold it can be booked
    for it. One that is not `offered` any more keeps the bookings that it has.
    """

    id: BookableId
    name: str
    length_min: int
    before_min: int = 0
    after_min: int = 0
    resource: str | None = None
    certificate: str | None = None
    offered: bool = True
    version: int = 1

    def visit(self, start: int) -> Span:
        """The customer's time, from a minute of the day on."""
        return Span(start=start, end=start + self.length_min)

    def kept(self, visit: Span) -> Span:
        """What is kept free for a visit, its buffers included."""
        return Span(start=visit.start - self.before_min, end=visit.end + self.after_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisor:
    """A guide who can be booked: when they are at work, and for which services.

    Shifts are written as opening hours are: breaks are between two spans, leave is a closed date.
    """

    id: GuideId
    shifts: OpeningHours
    services: frozenset[BookableId]
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreResource:
    """How many of a resource a store has."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePoint:
    """How many of each resource a store has for services.

    `checked` says as of which versions of the store and of this its bookings were last compared
    with the hours and shifts.
    """

    id: StoreId
    resources: tuple[StoreResource, ...] = ()
    checked: str = ""
    version: int = 0

    def count_of(self, resource: str) -> int:
        """How many it has of a resource."""
        return next((one.count for one in self.resources if one.name == resource), 0)

    def as_of(self, store: Store) -> str:
        """What `checked` says once bookings were compared with all that is known now."""
        return f"{store.version}:{self.version}"


class ServiceBook(Protocol):
    """The services, advisors and service points, in memory, stale by under a second.

    What was written is in this process's next answer. Each is saved over the expected version, 0
    for a new one; else Conflict.
    """

    async def services(self) -> Mapping[BookableId, Bookable]:
        """All services."""

    async def advisors(self) -> Mapping[GuideId, Advisor]:
        """All advisors."""

    async def points(self) -> Mapping[StoreId, ServicePoint]:
        """All service points."""

    async def save_service(self, service: Bookable, *, expected: int) -> None:
        """Write a service."""

    async def save_advisor(self, advisor: Advisor, *, expected: int) -> None:
        """Write an advisor."""

    async def save_point(self, point: ServicePoint, *, expected: int) -> None:
        """Write a service point."""

    async def note_checked(self, point: ServicePoint, as_of: str) -> None:
        """Write as of when it was checked, unless it has another version by now."""


def open_spans(store: Store, day: date) -> Spans:
    """When customers find a store open on a day, cut at its midnights."""
    if not store.receives:
        return ()
    return store.opening_hours.within(day) if store.opening_hours else (ALL_DAY,)


def at_work(store: Store, advisor: Advisor, day: date, visit: Span) -> bool:
    """Whether an advisor is at work in an open store for the whole of a visit."""
    return any(one.holds(visit) for one in open_spans(store, day)) and any(
        one.holds(visit) for one in advisor.shifts.within(day)
    )
