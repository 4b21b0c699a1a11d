"""Two stores with advisors who can be booked, on a test's own database, at a day of the test's."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

from domain.kernel.ids import PersonId
from domain.learning.certificates import CertificatePorts
from domain.network.directory import Directory
from domain.network.hours import parse_hours
from domain.network.stores import StoreId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act, by_the_clock
from domain.people.viewer import Role, Viewer
from domain.service.bookings import STANDING, Booking, BookingState, moment_of
from domain.service.free_slots import SlotPorts
from domain.service.holding import BookingPorts, WantedVisit, hold_place
from domain.service.minding import MindingPorts, compare_with_hours, mind_bookings
from domain.service.services import (
    Advisor,
    Bookable,
    BookableId,
    ServicePoint,
    StoreResource,
)
from domain.service.visiting import VisitPorts
from domain.service.waiting_list import WaitPorts
from qianmian.clock import new_id
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import from_document
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.learning.attempts import MongoAttempts
from storage.mongo.learning.learning_items import exams_of
from storage.mongo.people.people import MongoGuides
from storage.mongo.people.sessions import MongoTallies
from storage.mongo.service.bookings import MongoBookings, MongoCalendars, MongoWaits
from storage.mongo.service.service_book import MongoServiceBook
from tests.support.builders import a_region, a_store
from tests.support.statements import looking_away

# A Saturday. Nothing here looks at the real time but the server, which forgets what is over.
DAY = date(2037, 11, 28)
EVE = datetime(2037, 11, 27, 2, tzinfo=UTC)
FITTING = Bookable(id=BookableId("fitting"), name="试穿", length_min=30)
MEASURING = Bookable(
    id=BookableId("measuring"),
    name="量体",
    length_min=30,
    before_min=10,
    after_min=5,
    resource="ROOM",
)
GUIDES = {"G1": "S1", "G2": "S1", "G3": "S2"}


class Stores:
    """The stores, whose hours a test changes."""

    def __init__(self, *ids: str, hours: str = "10:00-22:00") -> None:
        stores = [a_store(one, opening_hours=parse_hours(hours)) for one in ids]
        self._directory = Directory(
            regions={a_region().id: a_region()}, stores={one.id: one for one in stores}
        )

    def directory(self) -> Directory:
        return self._directory

    def change(self, id: str, **changes) -> None:
        store = self._directory.store(id)
        changed = replace(store, version=store.version + 1, **changes)
        stores = {**self._directory.stores, StoreId(id): changed}
        self._directory = replace(self._directory, stores=stores)


class Salon:
    """The ports of bookings, and short ways to use them."""

    def __init__(self, database: Database, stores: Stores | None = None) -> None:
        self.database = database
        self.stores = stores or Stores("S1", "S2")
        slots = SlotPorts(
            directory=self.stores,
            guides=MongoGuides(database),
            book=MongoServiceBook(database),
            calendars=MongoCalendars(database),
            certificates=CertificatePorts(
                exams=exams_of(database), attempts=MongoAttempts(database)
            ),
        )
        self.holding = BookingPorts(
            slots=slots, bookings=MongoBookings(database), tallies=MongoTallies(database)
        )
        self.visits = VisitPorts(holding=self.holding, records=MongoRecords(database))
        self.waits = WaitPorts(holding=self.holding, waits=MongoWaits(database))
        self.minding = MindingPorts(holding=self.holding)

    async def open(self, rooms: int = 1, shifts: str = "10:00-20:00") -> None:
        """Put the guides to work, each for everything."""
        book = self.holding.slots.book
        guides = [
            Guide(id=GuideId(one), name=f"导购{one}", store_id=store, wecom_user_id=one)
            for one, store in GUIDES.items()
        ]
        await MongoGuides(self.database).save_all(guides)
        for service in (FITTING, MEASURING):
            await book.save_service(service, expected=0)
        for one in GUIDES:
            await book.save_advisor(an_advisor(one, shifts), expected=0)
        for store in self.stores.directory().stores:
            resources = (StoreResource(name="ROOM", count=rooms),)
            point = ServicePoint(id=store, resources=resources, version=1)
            await book.save_point(point, expected=0)

    async def hold(self, who: str, time: str, *, key: str = "k", now=EVE, **changes) -> Booking:
        return await hold_place(
            self.holding, act_of(who, now), a_wish(time, **changes), idempotency_key=key
        )

    async def mind(self, now: datetime) -> None:
        await mind_bookings(self.minding, by_the_clock(now, new_id))

    async def compare(self, now: datetime) -> None:
        await compare_with_hours(self.minding, by_the_clock(now, new_id))

    async def all(self) -> list[Booking]:
        return [from_document(Booking, one) for one in await self.documents("bookings")]

    async def documents(self, collection: str) -> list[Document]:
        """A whole collection, as no service reads it."""
        with looking_away():
            return await self.database[collection].find({}).to_list(None)

    async def facts(self) -> list[tuple[str, str]]:
        """What was said, as far as no relay has taken it: kind and booking."""
        found = await self.documents("bookings")
        facts = [fact for one in found for fact in one.get("outbox", {}).get("facts", [])]
        return [(fact["kind"], fact["data"]["booking"]) for fact in facts]

    async def check(self) -> None:
        """Nothing overlaps, and calendars hold what bookings hold, no more and no less."""
        wanted = defaultdict(list)
        for booking in await self.all():
            assert booking.moving is None, booking
            assert booking.leaving == (), booking
            assert booking.state is not BookingState.SEEKING
            if booking.state in STANDING | {BookingState.ARRIVED}:
                for need in booking.needs(booking.stay, 1):
                    wanted[need.calendar].append((need.span, booking.id, booking.stay.number))
        found = {}
        for one in await self.documents("booking_days"):
            taken = [
                ((span := entry["span"])["start"], span["end"], entry["booking"], entry["stay"])
                for entry in one["taken"]
            ]
            if taken:
                found[one["_id"]] = sorted(taken)
        assert found == {
            calendar: sorted((span.start, span.end, *whose) for span, *whose in entries)
            for calendar, entries in wanted.items()
        }
        for calendar, entries in found.items():
            if not calendar.startswith("resource:"):
                for (_, end, *_), (start, *_) in pairwise(entries):
                    assert end <= start, calendar


def an_advisor(id: str, shifts: str = "10:00-20:00", version: int = 1, **changes) -> Advisor:
    fields = {"services": frozenset({FITTING.id, MEASURING.id}), **changes}
    return Advisor(id=GuideId(id), shifts=parse_hours(shifts), version=version, **fields)


def at(time: str, day: date = DAY) -> datetime:
    """A time of the day in Beijing."""
    hour, minute = map(int, time.split(":"))
    return moment_of(day, hour * 60 + minute)


def a_wish(time: str, *, service=FITTING.id, store="S1", advisor="G1", day=DAY) -> WantedVisit:
    return WantedVisit(
        service_id=service, store_id=store, starts_at=at(time, day), advisor_id=advisor
    )


def a_member(who: str) -> Viewer:
    return Viewer(id=PersonId(f"member_{who}"), role=Role.MEMBER)


def act_of(who: str | Viewer, now: datetime = EVE) -> Act:
    viewer = a_member(who) if isinstance(who, str) else who
    return Act(viewer=viewer, at=now, new_id=new_id)
