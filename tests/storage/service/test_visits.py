"""What is bought within a visit is the advisor's with whom it was booked, and nothing else is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from domain.service.visiting import confirm_booking, note_arrival
from qianmian.wiring.earnings import bookkeeping_ports
from storage.mongo.kernel.database import Database
from storage.mongo.service.bookings import MongoBookings
from storage.mongo.service.service_book import MongoServiceBook
from storage.mongo.service.visits import MongoVisits
from tests.domain.earnings.test_till_books import a_purchase
from tests.storage.earnings.test_bookkeeping import FixedDirectory
from tests.storage.earnings.test_till_credits import LINE, credited, ruled, told
from tests.support.foundations import a_foundation
from tests.support.salon import FITTING, Salon, act_of, at
from tests.support.selling import COAT, SmallMall, a_reference, stores_in_a_row

pytestmark = pytest.mark.anyio

MEI = [PersonId("member_mei")]
GUIDE = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")


async def test_a_visit_lasts_from_the_arrival_as_long_as_the_service(database: Database):
    salon = Salon(database)
    visits = MongoVisits(MongoServiceBook(database), MongoBookings(database))
    assert await visits.advisor_of(MEI, at("12:00")) is None
    await salon.open()
    visits = MongoVisits(MongoServiceBook(database), MongoBookings(database))
    booking = await salon.hold("mei", "12:00")
    await confirm_booking(salon.visits, act_of("mei"), booking.id)
    assert await visits.advisor_of(MEI, at("12:00")) is None  # she is not there
    late = at("12:20")
    await note_arrival(salon.visits, act_of(GUIDE, late), booking.id)
    ends = late + timedelta(minutes=FITTING.length_min)
    moments = (late - timedelta(seconds=1), late, ends - timedelta(seconds=1), ends)
    found = [await visits.advisor_of(MEI, one) for one in moments]
    assert found == [None, "G1", "G1", None]
    assert await visits.advisor_of([PersonId("member_lan")], late) is None
    assert await visits.advisor_of([PersonId("member_lan"), *MEI], late) == "G1"


async def test_an_order_within_a_visit_is_the_advisors_and_another_is_not(database: Database):
    mall = SmallMall(database, a_reference(stores_in_a_row(1)))
    await mall.stock(S1={COAT: 5})

    class AtTheAdvisors:
        async def advisor_of(self, ids, at):
            return "G7" if self.there else None

    visits = AtTheAdvisors()
    mall.ordering = replace(mall.ordering, visits=visits)
    visits.there = True
    within = await mall.buy({COAT: 1}, key="within")
    visits.there = False
    after = await mall.buy({COAT: 1}, key="after")
    assert (within.bonded_to, after.bonded_to) == ("G7", None)


async def test_what_is_bought_at_a_till_within_a_visit_is_the_advisors_too(database: Database):
    salon = Salon(database)
    await salon.open()
    booking = await salon.hold("mei", "12:00")
    await confirm_booking(salon.visits, act_of("mei"), booking.id)
    await note_arrival(salon.visits, act_of(GUIDE, at("12:00")), booking.id)
    made = bookkeeping_ports(a_foundation(database))
    books = replace(made, directory=FixedDirectory())
    await ruled(books)
    for number, time in enumerate(("12:10", "15:00"), 1):
        bought = a_purchase(LINE, buyer="member_mei")
        bought = replace(bought, id=f"POS:{number}", bought=replace(bought.bought, at=at(time)))
        await told(books, bought)
    # For whose customer it is 200, and 100 for who stood at the till.
    within, after = await credited(books, "POS:1"), await credited(books, "POS:2")
    assert within == {"guide:G1:pending": 200, "guide:G3:pending": 100, "owner:O1:pending": -300}
    assert after == {"guide:G3:pending": 100, "owner:O1:pending": -100}
