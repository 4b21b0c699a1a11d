"""Which advisor a visitor is shown, by real touches, shifts and bookings."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.contact.rules import ContactRules
from domain.kernel.ids import PersonId
from domain.kernel.places import Datum, Position
from domain.kernel.refusals import NotFound
from domain.learning.attempts import Attempt, AttemptId, AttemptState, Sitter
from domain.network.stores import StoreKind, StoreState
from domain.people.accounts import GuideId
from domain.people.viewer import ANONYMOUS, Role, Viewer
from domain.service.matching import BOND_LASTS, MatchPorts, match_advisor
from storage.mongo.contact.contact import MongoWays
from storage.mongo.kernel.database import Database
from storage.mongo.learning.learning_items import exams_of
from storage.mongo.people.people import MongoGuides
from storage.mongo.sharing.touches import MongoTouches
from tests.support.learning import an_exam
from tests.support.salon import EVE, FITTING, Salon, a_member, act_of, an_advisor, at

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]

NOON = at("12:00")
HERE = Position(longitude=120.63, latitude=31.31, datum=Datum.GCJ02)
KM = 1 / 111.195


@pytest.fixture
async def salon(database: Database) -> Salon:
    """S1 is where the visitor is, S2 five kilometres north."""
    salon = Salon(database)
    await salon.open()
    north = Position(longitude=120.63, latitude=31.31 + 5 * KM, datum=Datum.GCJ02)
    salon.stores.change("S2", position=north)
    return salon


class SetRules:
    """The rules of contact, with somebody as the brand's own account."""

    def __init__(self, brand: str | None) -> None:
        self._rules = ContactRules(brand_guide_id=GuideId(brand) if brand else None)

    def now(self) -> ContactRules:
        return self._rules


async def matched(salon: Salon, who=ANONYMOUS, now=NOON, **changes):
    ports = MatchPorts(
        slots=salon.holding.slots,
        touches=MongoTouches(salon.database),
        rules=SetRules(changes.pop("brand", None)),
        ways=MongoWays(salon.database),
    )
    position = changes.pop("position", HERE)
    found = await match_advisor(ports, act_of(who, now), position, **changes)
    return (found.guide.id, found.reason.value, round(found.distance_m)) if found else None


async def touch(salon: Salon, who: str, guide: str, when) -> None:
    document = {"person_id": f"member_{who}", "guide_id": guide, "touched_at": when}
    more = {"code": "c", "store_id": "S2", "_id": f"{who} {guide} {when}"}
    await salon.database["touches"].insert_one(document | more)


async def test_the_nearest_open_shop_has_whoever_is_free_with_least_to_do(salon: Salon):
    assert await matched(salon) == ("G1", "NEAREST", 0)
    await salon.hold("a", "18:00", advisor="G1")
    assert await matched(salon) == ("G2", "NEAREST", 0)
    # Who is with a customer is not free, nor who has one within a quarter of an hour.
    await salon.hold("b", "12:00", advisor="G2")
    assert await matched(salon) == ("G1", "NEAREST", 0)
    assert await matched(salon, now=at("11:46")) == ("G1", "NEAREST", 0)
    assert await matched(salon, now=at("12:30")) == ("G1", "NEAREST", 0)
    await salon.hold("c", "12:00", advisor="G1")
    assert await matched(salon) == ("G3", "NEAREST", 5000)
    await salon.hold("d", "12:00", advisor="G3", store="S2")
    assert await matched(salon) is None


async def test_shut_shops_and_those_who_are_not_at_work_are_left_out(salon: Salon):
    salon.stores.change("S1", state=StoreState.PAUSED)
    assert await matched(salon) == ("G3", "NEAREST", 5000)
    salon.stores.change("S1", state=StoreState.OPEN, kind=StoreKind.WAREHOUSE)
    assert await matched(salon) == ("G3", "NEAREST", 5000)
    salon.stores.change("S1", kind=StoreKind.SHOP)
    book = salon.holding.slots.book
    for guide in ("G1", "G2"):
        advisor = an_advisor(guide, "10:00-20:00; 2037-11-28 closed", version=2)
        await book.save_advisor(advisor, expected=1)
    assert await matched(salon) == ("G3", "NEAREST", 5000)
    for now in (at("09:59"), at("20:00"), at("23:59"), at("00:00")):
        assert await matched(salon, now=now) is None
    far = replace(HERE, latitude=HERE.latitude + 60 * KM)
    assert await matched(salon, position=far) is None


async def test_only_the_trained_are_shown_for_a_service(salon: Salon):
    book = salon.holding.slots.book
    for guide in ("G1", "G2"):
        other = an_advisor(guide, version=2, services=frozenset())
        await book.save_advisor(other, expected=1)
    assert await matched(salon, service_id="fitting") == ("G3", "NEAREST", 5000)
    assert await matched(salon) == ("G3", "NEAREST", 5000)
    with pytest.raises(NotFound):
        await matched(salon, service_id="nothing")
    await book.save_service(replace(FITTING, offered=False, version=2), expected=1)
    with pytest.raises(NotFound):
        await matched(salon, service_id="fitting")


async def test_the_trained_hold_the_certificate_that_a_service_asks_for(salon: Salon):
    book = salon.holding.slots.book
    await book.save_service(replace(FITTING, certificate="fitter", version=2), expected=1)
    assert await matched(salon, service_id="fitting") is None
    certificates = salon.holding.slots.certificates
    await exams_of(salon.database).save(an_exam(certificate="fitter"), expected=0)
    passed = Attempt(
        id=AttemptId("a"),
        exam_id="exam_1",
        n=1,
        sitter=Sitter(person_id=PersonId("G3"), role=Role.GUIDE),
        seed="",
        questions=(),
        started_at=EVE,
        deadline=EVE,
        due_at=EVE,
        state=AttemptState.HANDED_IN,
        handed_in_at=EVE,
        passed=True,
    )
    await certificates.attempts.begin(passed)
    assert await matched(salon, service_id="fitting") == ("G3", "NEAREST", 5000)
    # What asks for none is for all.
    assert await matched(salon, service_id="measuring") == ("G1", "NEAREST", 0)


async def test_whoever_brought_the_visitor_comes_first_and_the_last_of_them(salon: Salon):
    await touch(salon, "may", "G1", EVE - timedelta(days=2))
    await touch(salon, "may", "G3", EVE - timedelta(days=1))
    may = a_member("may")
    # Busy and far: still theirs.
    await salon.hold("d", "12:00", advisor="G3", store="S2")
    assert await matched(salon, may) == ("G3", "BONDED", 5000)
    assert await matched(salon, a_member("other")) == ("G1", "NEAREST", 0)
    visitor = Viewer(id=PersonId("member_may"), role=Role.VISITOR)
    assert await matched(salon, visitor) == ("G3", "BONDED", 5000)
    # The guide works elsewhere now.
    guides = MongoGuides(salon.database)
    found = await guides.by_id(GuideId("G3"))
    await guides.save_all([replace(found, store_id="S1", version=2)])
    assert await matched(salon, may) == ("G3", "BONDED", 0)
    # Gone, or too long ago: anybody.
    await guides.save_all([replace(found, active=False, version=3)])
    assert await matched(salon, may) == ("G1", "NEAREST", 0)
    await touch(salon, "old", "G2", NOON - BOND_LASTS - timedelta(seconds=1))
    assert await matched(salon, a_member("old")) == ("G1", "NEAREST", 0)


async def test_the_position_is_kept_nowhere(salon: Salon):
    odd = replace(HERE, longitude=120.6312345, latitude=31.3154321)
    assert await matched(salon, a_member("may"), position=odd) is not None
    for name in await salon.database.list_collection_names():
        for document in await salon.documents(name):
            assert "12345" not in str(document), name
            assert "54321" not in str(document), name


async def test_where_nobody_is_free_the_brands_own_account_answers(salon: Salon):
    night = at("23:00")
    assert await matched(salon, now=night) is None
    assert await matched(salon, now=night, brand="G3") == ("G3", "BRAND", 5000)
    assert await matched(salon, now=night, brand="nobody") is None
    assert await matched(salon, brand="G3") == ("G1", "NEAREST", 0)
