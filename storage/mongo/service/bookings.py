"""Bookings, calendars and waiting lists in MongoDB."""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from domain.kernel.facts import Fact, FactId
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.network.hours import MINUTES_A_DAY
from domain.network.stores import StoreId
from domain.service.bookings import (
    BOOKINGS_OF_A_CUSTOMER,
    BOOKINGS_OF_A_STORE,
    REFUSED_KEPT,
    SHOWN,
    STANDING,
    Booking,
    BookingId,
    BookingState,
    moment_of,
)
from domain.service.calendars import CalendarDay, CalendarId
from domain.service.waiting_list import Wait, WaitId
from storage.mongo.kernel.database import (
    ASCENDING,
    DESCENDING,
    Database,
    Document,
    DuplicateKeyError,
)
from storage.mongo.kernel.documents import (
    all_of,
    find_by_ids,
    from_document,
    one_of,
    save_version,
    to_document,
)
from storage.mongo.kernel.pages import page

CALENDARS_KEPT = timedelta(days=7)
LATEST_FIRST = [("starts_at", DESCENDING), ("_id", DESCENDING)]
IN_ORDER = [("starts_at", ASCENDING), ("_id", ASCENDING)]


class MongoBookings:
    """See `domain.service.bookings.Bookings`; `store_id`, `starts_at` and `due_at` are found by."""

    def __init__(self, database: Database) -> None:
        self._bookings = database["bookings"]

    async def by_id(self, id: BookingId) -> Booking | None:
        """The booking of an id."""
        found = await self._bookings.find_one({"_id": id})
        return _booking(found) if found else None

    async def save(self, booking: Booking, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write a booking over the expected version, and what it says; else Conflict."""
        await save_version(self._bookings, _document(booking), expected=expected, facts=facts)

    async def of_customer(self, ids: Sequence[PersonId], request: PageRequest) -> Page[Booking]:
        """A customer's bookings, by any id, the latest time first."""
        wanted = {"customer_id": one_of(ids), "state": {"$in": sorted(SHOWN)}}
        return await page(
            self._bookings, wanted, LATEST_FIRST, request, BOOKINGS_OF_A_CUSTOMER, _booking
        )

    async def next_of_customer(self, ids: Sequence[PersonId], after: datetime) -> Booking | None:
        """A customer's next booking that stands, by any id; None where there is none."""
        wanted = {
            "customer_id": one_of(ids),
            "starts_at": {"$gt": after},
            "state": {"$in": sorted(STANDING)},
        }
        soonest = self._bookings.find(wanted).sort("starts_at").limit(1)
        return next(map(_booking, await soonest.to_list(1)), None)

    async def visits_of(self, ids: Sequence[PersonId], at: datetime) -> Sequence[Booking]:
        """The visits that a customer, by any id, is at in a moment."""
        wanted = {
            "customer_id": one_of(ids),
            # Who comes late has all of the service's time, and no visit lasts longer than a day.
            "starts_at": {"$gt": at - timedelta(days=2)},
            "state": BookingState.ARRIVED.value,
        }
        found = map(_booking, await self._bookings.find(wanted).to_list(None))
        return [
            one
            for one in found
            if one.arrived_at and one.visit_ends_at and one.arrived_at <= at < one.visit_ends_at
        ]

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
        wanted: Document = {
            "store_id": store_id,
            "starts_at": {"$gte": since, "$lt": until},
            "state": {"$in": sorted(STANDING if displaced else SHOWN)},
        }
        if displaced:
            wanted["displaced_at"] = {"$ne": None}
        return await page(self._bookings, wanted, IN_ORDER, request, BOOKINGS_OF_A_STORE, _booking)

    async def standing(self, store_id: StoreId, after: datetime) -> Sequence[Booking]:
        """A store's bookings that stand and begin after a moment."""
        wanted = {
            "store_id": store_id,
            "starts_at": {"$gt": after},
            "state": {"$in": sorted(STANDING)},
        }
        return [_booking(one) for one in await self._bookings.find(wanted).to_list(None)]

    async def due(self, now: datetime, most: int) -> Sequence[Booking]:
        """Those that the clock has to look at by now, the longest overdue first."""
        due = self._bookings.find({"due_at": {"$lte": now}}).sort("due_at").limit(most)
        return [_booking(one) for one in await due.to_list(None)]


class MongoCalendars:
    """See `domain.service.calendars.Calendars`; a day is forgotten a week after it."""

    def __init__(self, database: Database) -> None:
        self._days = database["booking_days"]

    async def by_ids(self, ids: Collection[CalendarId]) -> Mapping[CalendarId, CalendarDay]:
        """Those of the ids that were ever written."""
        found = await find_by_ids(self._days, list(ids))
        return {one["_id"]: from_document(CalendarDay, one) for one in found}

    async def save(self, day: CalendarDay, *, expected: int) -> None:
        """Write a day over the expected version, 0 for a new one; else Conflict."""
        ends_at = moment_of(date.fromisoformat(day.id.rpartition(":")[2]), MINUTES_A_DAY)
        document = {**to_document(day), "forget_at": ends_at + CALENDARS_KEPT}
        await save_version(self._days, document, expected=expected)


class MongoWaits:
    """See `domain.service.waiting_list.Waits`."""

    def __init__(self, database: Database) -> None:
        self._waits = database["booking_waits"]

    async def add(self, wait: Wait) -> None:
        """Keep a wish; one of the id stays as it is."""
        forget_at = moment_of(wait.day, MINUTES_A_DAY)
        with contextlib.suppress(DuplicateKeyError):
            await self._waits.insert_one({**to_document(wait), "forget_at": forget_at})

    async def remove(self, id: WaitId) -> None:
        """Forget a wish."""
        await self._waits.delete_one({"_id": id})

    async def claim(self, id: WaitId, fact: FactId) -> bool:
        """Have a wish served for one fact alone; False where it is for another, or is no more."""
        free = {"_id": id, "served_for": {"$in": [None, fact]}}
        return (
            await self._waits.update_one(free, {"$set": {"served_for": fact}})
        ).matched_count > 0

    async def let_go(self, id: WaitId, fact: FactId) -> None:
        """Have a wish that was claimed for a fact wait for any again."""
        claimed = {"_id": id, "served_for": fact}
        await self._waits.update_one(claimed, {"$set": {"served_for": None}})

    async def of_customer(self, customer_id: PersonId) -> Sequence[Wait]:
        """A customer's wishes, the oldest first; the server forgets those whose day is over."""
        found = self._waits.find({"customer_id": customer_id}).sort("since")
        return all_of(Wait, await found.to_list(None))

    async def of_store_day(self, store_id: StoreId, day: date) -> Sequence[Wait]:
        """The wishes for a store's day, the oldest first."""
        wanted = {"store_id": store_id, "day": day.isoformat()}
        found = self._waits.find(wanted).sort("since")
        return all_of(Wait, await found.to_list(None))


def _document(booking: Booking) -> Document:
    place = booking.place
    document = {
        **to_document(booking),
        "store_id": place.store_id,
        "starts_at": place.starts_at,
        "due_at": booking.due_at,
    }
    if booking.state is BookingState.REFUSED:
        # Kept only so that the same request is answered the same.
        document["forget_at"] = booking.asked_at + REFUSED_KEPT
    return document


def _booking(document: Document) -> Booking:
    return from_document(Booking, document)
