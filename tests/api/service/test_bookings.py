"""Bookings over HTTP: all that the page shows, who may, and hostile requests."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import pytest

from domain.kernel.days import BEIJING, beijing_day
from domain.kernel.ids import PersonId
from domain.people.accounts import Guide, GuideId
from domain.people.viewer import Role, Viewer
from domain.service.bookings import moment_of
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides
from tests.api.members.test_staff import somebody
from tests.conftest import Service, serving, settings_for
from tests.support.content import GUIDE, GUIDE_ELSEWHERE, HEAD_OFFICE, MANAGER, MEMBER
from tests.support.documents import documents_of
from tests.support.network import a_store_row, counts, open_stores
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

SHOWN = documents_of("service.md")
MEMBERS = documents_of("members.md")
OTHER = Viewer(id=PersonId("member_other"), role=Role.MEMBER)


def tomorrow() -> str:
    return str(beijing_day(now()) + timedelta(days=1))


def at(hour: float) -> str:
    """An hour of tomorrow in Beijing."""
    day = beijing_day(now()) + timedelta(days=1)
    return moment_of(day, round(hour * 60)).isoformat()


async def ask(service: Service, name: str, viewer, **variables):
    answer = await service.query(SHOWN[name], viewer, **variables)
    [payload] = answer.data.values()
    return payload


async def done(service: Service, name: str, viewer, **variables):
    payload = await ask(service, name, viewer, **variables)
    assert payload["userErrors"] == [], payload
    return payload


async def open_salon(service: Service, database: Database) -> None:
    """Store S1 with the guides G1 and G9, who are at work all day but for noon."""
    counts(await open_stores(service, a_store_row("S1", opening_hours="")))
    guides = [
        Guide(id=GuideId(code), name=name, store_id="S1", wecom_user_id=code)
        for code, name in (("G1", "林小雨"), ("G9", "陈一诺"))
    ]
    await MongoGuides(database).save_all(guides)
    await done(service, "Offer", HEAD_OFFICE)
    await done(service, "Resources", MANAGER, store="S1")
    for guide in guides:
        await done(service, "Shifts", MANAGER, guide=guide.id)


@pytest.fixture
async def salon(service: Service, database: Database) -> Service:
    await open_salon(service, database)
    return service


async def hold(service: Service, hour: float, viewer=MEMBER, key="k"):
    return await ask(service, "Hold", viewer, store="S1", at=at(hour), key=key)


async def test_all_that_the_page_shows_works_in_its_order(salon: Service, database: Database):
    ran = {"Offer", "Resources", "Shifts"}

    async def run(name: str, viewer=MEMBER, **variables):
        ran.add(name)
        payload = await ask(salon, name, viewer, **variables)
        assert isinstance(payload, list) or not payload.get("userErrors"), payload
        return payload

    assert [one["guide"]["id"] for one in await run("Advisors", GUIDE, store="S1")] == ["G1", "G9"]
    assert await run("Services", None) == [{"id": "fitting", "name": "一对一试穿", "lengthMin": 30}]
    slots = await run("Slots", store="S1", day=tomorrow())
    assert [one["id"] for one in slots[0]["advisors"]] == ["G1", "G9"]
    starts = [datetime.fromisoformat(one["startsAt"]).astimezone(BEIJING) for one in slots]
    assert f"{starts[0]:%H:%M}" == "00:00"
    assert not [one for one in starts if one.hour == 12]

    held = (await run("Hold", store="S1", at=at(15), key="k1"))["booking"]
    assert (held["state"], held["advisor"]["id"]) == ("HELD", "G1")
    confirmed = await run("Confirm", id=held["id"])
    assert confirmed["booking"] == {"state": "BOOKED", "heldUntil": None}
    moved = await run("Move", id=held["id"], at=at(16))
    assert datetime.fromisoformat(moved["booking"]["startsAt"]).isoformat() == at(16)
    mine = await run("Mine")
    assert (mine["totalCount"], mine["nodes"][0]["store"]["name"]) == (1, "店 S1")
    [seen] = (await run("Day", GUIDE, store="S1", day=tomorrow()))["nodes"]
    assert (seen["id"], seen["memberId"]) == (held["id"], MEMBER.id)
    assert (await run("ToMove", GUIDE, store="S1", day=tomorrow()))["totalCount"] == 0

    # The day has come.
    today = {"stay.day": str(beijing_day(now()))}
    await database["bookings"].update_one({"_id": held["id"]}, {"$set": today})
    assert (await run("Arrive", GUIDE, id=held["id"]))["booking"]["state"] == "ARRIVED"
    second = (await run("Hold", OTHER, store="S1", at=at(18), key="k2"))["booking"]["id"]
    await run("Confirm", OTHER, id=second)
    past = {"stay.day": str(beijing_day(now()) - timedelta(days=1))}
    await database["bookings"].update_one({"_id": second}, {"$set": past})
    assert (await run("NoShow", MANAGER, id=second))["booking"]["state"] == "NO_SHOW"
    third = (await run("Hold", store="S1", at=at(20), key="k3"))["booking"]["id"]
    assert (await run("Cancel", id=third))["booking"]["state"] == "CANCELLED"
    wait = (await run("Wait", store="S1", day=tomorrow()))["wait"]
    assert [one["id"] for one in await run("Waits")] == [wait["id"]]
    await run("WaitNoMore", id=wait["id"])
    assert await run("Waits") == []
    position = {"longitude": 120.6173, "latitude": 31.3364, "datum": "GCJ02"}
    touch = {"person_id": MEMBER.id, "guide_id": "G9", "touched_at": now()}
    more = {"_id": "t", "code": "c", "store_id": "S1"}
    await database["touches"].insert_one(touch | more)
    match = await run("Match", position=position)
    assert (match["reason"], match["guide"]["id"]) == ("BONDED", "G9")
    assert match["distanceM"] < 20
    assert ran == set(SHOWN)


async def test_who_waits_is_held_what_comes_free_and_the_next_waits_on(
    salon: Service, database: Database
):
    taken = []
    for n, (hour, who) in enumerate([(10, MEMBER), (10, OTHER)]):
        held = await hold(salon, hour, who, key=f"k{n}")
        taken.append((held["booking"]["id"], who))
    # Nobody is free at another time.
    for guide in ("G1", "G9"):
        text = SHOWN["Shifts"].replace("00:00-12:00,13:00-24:00", "10:00-10:30")
        answer = await salon.query(text, MANAGER, guide=guide)
        assert answer.data["advisorSet"]["userErrors"] == []
    waiting = [Viewer(id=PersonId(f"member_w{n}"), role=Role.MEMBER) for n in range(2)]
    for who in waiting:
        for _ in range(2):
            await done(salon, "Wait", who, store="S1", day=tomorrow())
    assert len(await ask(salon, "Waits", waiting[0])) == 1
    refused = await hold(salon, 10, waiting[0])
    assert "nor is anything later that day" in refused["userErrors"][0]["message"]
    await done(salon, "Cancel", taken[0][1], id=taken[0][0])

    async def states(who) -> list[str]:
        return [one["state"] for one in (await ask(salon, "Mine", who))["nodes"]]

    await comes_to(["HELD"], partial(states, waiting[0]))
    await comes_to([], partial(ask, salon, "Waits", waiting[0]))
    assert len(await ask(salon, "Waits", waiting[1])) == 1
    # They do not want it after all: it is the next one's.
    [mine] = (await ask(salon, "Mine", waiting[0]))["nodes"]
    await done(salon, "Cancel", waiting[0], id=mine["id"])
    await comes_to(["HELD"], partial(states, waiting[1]))


async def test_the_next_booking_is_seen_of_a_member_by_whichever_id_it_was_made(salon: Service):
    may, lan = await somebody(salon, "may"), await somebody(salon, "lan")

    async def visits() -> list[str]:
        look = await salon.query(MEMBERS["Look"], HEAD_OFFICE, member=may.id)
        dates = look.data["customerView"]["nextDates"]
        return [one["on"] for one in dates if one["kind"] == "VISIT"]

    made = [
        (await hold(salon, hour, viewer, f"k{hour}"))["booking"]["id"]
        for hour, viewer in ((15, lan), (18, may))
    ]
    await done(salon, "Confirm", lan, id=made[0])
    await done(salon, "Cancel", may, id=made[1])
    assert await visits() == []
    merge = await salon.query(MEMBERS["MakeOne"], HEAD_OFFICE, loser=lan.id, survivor=may.id)
    assert merge.data["memberMerge"]["userErrors"] == []
    assert await visits() == [tomorrow()]
    await done(salon, "Cancel", lan, id=made[0])
    assert await visits() == []


async def test_a_store_that_shuts_a_day_has_its_bookings_to_move(salon: Service):
    held = (await hold(salon, 15))["booking"]["id"]
    await done(salon, "Confirm", MEMBER, id=held)
    text = """mutation($hours: String!) { storeHoursSet(id: "S1", openingHours: $hours) {
      store { id } userErrors { message } } }"""
    hours = f"00:00-24:00; {tomorrow()} closed"
    answer = await salon.query(text, MANAGER, hours=hours)
    assert answer.data["storeHoursSet"]["userErrors"] == []

    async def displaced() -> int:
        page = await ask(salon, "ToMove", GUIDE, store="S1", day=tomorrow())
        return page["totalCount"]

    await comes_to(1, displaced)
    assert await ask(salon, "Slots", MEMBER, store="S1", day=tomorrow()) == []
    [mine] = (await ask(salon, "Mine", MEMBER))["nodes"]
    assert mine["displacedAt"] is not None


async def test_two_processes_give_one_slot_once(
    salon: Service, mongodb_uri: str, database: Database, tmp_path
):
    async with serving(settings_for(mongodb_uri, database.name, tmp_path / "other")) as other:
        members = [Viewer(id=PersonId(f"member_{n}"), role=Role.MEMBER) for n in range(20)]
        answers = await asyncio.gather(
            *(hold([salon, other][n % 2], 15, who) for n, who in enumerate(members))
        )
        # There are two advisors and two rooms.
        got = [one for one in answers if one["booking"]]
        assert sorted(one["booking"]["advisor"]["id"] for one in got) == ["G1", "G9"]
        told = {one["userErrors"][0]["message"][:46] for one in answers if not one["booking"]}
        assert told == {"15:00 is not free; the next free time is 15:45"}
        again = [await hold(other, 15, who) for who in members]
        assert [bool(one["booking"]) for one in again] == [bool(one["booking"]) for one in answers]


async def test_who_may_not_is_told_so(salon: Service):
    held = (await hold(salon, 15))["booking"]["id"]
    visitor = Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)

    async def code(name: str, viewer, **variables) -> str:
        answer = await salon.query(SHOWN[name], viewer, **variables)
        if answer.body.get("errors"):
            return answer.errors[0]["extensions"]["code"]
        [payload] = answer.data.values()
        return payload["userErrors"][0]["code"]

    wanted = {"store": "S1", "at": at(16), "key": "k"}
    assert await code("Hold", visitor, **wanted) == "FORBIDDEN"
    assert await code("Hold", None, **wanted) == "UNAUTHENTICATED"
    assert await code("Hold", GUIDE, **wanted) == "FORBIDDEN"
    for who in (OTHER, GUIDE_ELSEWHERE):
        assert await code("Cancel", who, id=held) == "NOT_FOUND"
        assert await code("Move", who, id=held, at=at(16)) == "NOT_FOUND"
    assert await code("Arrive", MEMBER, id=held) == "FORBIDDEN"
    assert await code("Day", GUIDE_ELSEWHERE, store="S1", day=tomorrow()) == "FORBIDDEN"
    assert await code("Shifts", GUIDE, guide="G1") == "FORBIDDEN"
    assert await code("Offer", MANAGER) == "FORBIDDEN"
    assert await code("Slots", MEMBER, store="S1", day="2026-02-31") == "INVALID"
