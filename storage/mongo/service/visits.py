"""Visits that customers booked, for whoever credits what they buy."""

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.ids import PersonId
from domain.people.accounts import GuideId
from storage.mongo.service.bookings import MongoBookings
from storage.mongo.service.service_book import MongoServiceBook


class MongoVisits:
    """See `domain.sharing.attribution.Visits`; where nothing can be booked, nothing is asked."""

    def __init__(self, book: MongoServiceBook, bookings: MongoBookings) -> None:
        self._book = book
        self._bookings = bookings

    async def advisor_of(self, ids: Sequence[PersonId], at: datetime) -> GuideId | None:
        """With whom a consumer, by any id, is at a moment; None where they are with nobody."""
        if not await self._book.services():
            return None
        visits = await self._bookings.visits_of(ids, at)
        return next((one.place.advisor_id for one in visits), None)
