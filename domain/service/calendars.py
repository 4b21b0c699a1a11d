"""Calendars: what of one day an advisor, a store's resource or a customer is taken for.

One small document for each of them and day. Whoever takes minutes reads it, asks `taken`, and
writes it over the version that was read: of two who want the same minutes one is refused, in
whatever process they are. What is given back leaves a note, so that somebody who was paused can't
take it again for a booking that has ended.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NewType, Protocol

from domain.kernel.refusals import Conflict
from domain.network.hours import Span

CalendarId = NewType("CalendarId", str)
# Longer than any writer sleeps.
NOTES_KEPT = timedelta(days=1)
# Each time another one has written the day, so somebody gets on.
ATTEMPTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenMinutes:
    """Minutes that one stay of a booking has, buffers included."""

    booking: str
    stay: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """That a stay of a booking is over with, and since when."""

    booking: str
    stay: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One day of one calendar; version 0 before anything was written."""

    id: CalendarId
    taken: tuple[TakenMinutes, ...] = ()
    given_back: tuple[GivenBack, ...] = ()
    version: int = 0

    def free(self, span: Span, *, most: int = 1, booking: str = "") -> bool:
        """Whether at most so many, with this one, are at it at any minute of a span.

        A booking's own minutes don't stand in its way.
        """
        others = [
            one.span for one in self.taken if one.booking != booking and one.span.overlaps(span)
        ]
        starts = {span.start, *(max(one.start, span.start) for one in others)}
        return most > 0 and all(
            sum(one.start <= minute < one.end for one in others) < most for minute in starts
        )

    def has(self, booking: str, stay: int) -> bool:
        """Whether a stay has minutes here."""
        return any((one.booking, one.stay) == (booking, stay) for one in self.taken)

    def is_over_with(self, booking: str, stay: int) -> bool:
        """Whether a stay was given back here."""
        return any((one.booking, one.stay) == (booking, stay) for one in self.given_back)

    @property
    def load_min(self) -> int:
        """How many minutes are taken."""
        return sum(one.span.end - one.span.start for one in self.taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Minutes of one calendar that a stay needs; `most` may have the same ones at once."""

    calendar: CalendarId
    span: Span
    most: int = 1


class Calendars(Protocol):
    """The days of all calendars, by their ids."""

    async def by_ids(self, ids: Collection[CalendarId]) -> Mapping[CalendarId, CalendarDay]:
        """Those of the ids that were ever written."""

    async def save(self, day: CalendarDay, *, expected: int) -> None:
        """Write a day over the expected version, 0 for a new one; else Conflict."""


def advisor_day(guide_id: str, day: date) -> CalendarId:
    """The calendar of an advisor on a day."""
    return CalendarId(f"advisor:{guide_id}:{day}")


def resource_day(store_id: str, resource: str, day: date) -> CalendarId:
    """The calendar of all that a store has of a resource on a day."""
    return CalendarId(f"resource:{store_id}:{resource}:{day}")


def customer_day(customer_id: str, day: date) -> CalendarId:
    """The calendar of a customer on a day, who is in one place at a time."""
    return CalendarId(f"customer:{customer_id}:{day}")


def with_stay(day: CalendarDay, need: Need, booking: str, stay: int) -> CalendarDay | None:
    """The day with the minutes of a stay; None where they are not free, or it is over with."""
    if day.has(booking, stay):
        return day
    if day.is_over_with(booking, stay):
        return None
    if not day.free(need.span, most=need.most, booking=booking):
        return None
    mine = TakenMinutes(booking=booking, stay=stay, span=need.span)
    taken = sorted([*day.taken, mine], key=lambda one: (one.span, one.booking, one.stay))
    return replace(day, taken=tuple(taken), version=day.version + 1)


def without_stay(day: CalendarDay, booking: str, stay: int, at: datetime) -> CalendarDay:
    """The day without the minutes of a stay, which can't be taken for it again."""
    if day.is_over_with(booking, stay):
        return day
    kept = (one for one in day.given_back if one.at > at - NOTES_KEPT)
    return replace(
        day,
        taken=tuple(one for one in day.taken if (one.booking, one.stay) != (booking, stay)),
        given_back=(*kept, GivenBack(booking=booking, stay=stay, at=at)),
        version=day.version + 1,
    )


async def take_minutes(calendars: Calendars, need: Need, booking: str, stay: int) -> bool:
    """Take minutes for a stay; False where they are not free. Again, it changes nothing."""

    def rule(day: CalendarDay) -> CalendarDay | None:
        return with_stay(day, need, booking, stay)

    return await _change(calendars, need.calendar, rule)


async def give_back(
    calendars: Calendars, calendar: CalendarId, booking: str, stay: int, at: datetime
) -> None:
    """Give back the minutes of a stay, whether it has them or not; again, it changes nothing."""

    def rule(day: CalendarDay) -> CalendarDay:
        return without_stay(day, booking, stay, at)

    await _change(calendars, calendar, rule)


async def _change(
    calendars: Calendars, id: CalendarId, rule: Callable[[CalendarDay], CalendarDay | None]
) -> bool:
    """Write what a rule makes of a day over the day that it saw; False where it makes nothing."""
    for _ in range(ATTEMPTS):
        day = (await calendars.by_ids([id])).get(id) or CalendarDay(id=id)
        after = rule(day)
        if after is None or after is day:
            return after is day
        try:
            await calendars.save(after, expected=day.version)
        except Conflict:
            continue
        return True
    raise Conflict("Very many are booking just now; repeat this in a moment.")
