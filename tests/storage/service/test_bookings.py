"""Bookings in the database: one for each minute, whoever asks, is paused, or ends half-way."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, TooMany, WrongState
from domain.network.hours import parse_hours
from domain.network.stores import StoreState
from domain.people.viewer import Role, Viewer
from domain.service.bookings import GRACE, HELD_FOR, BookingState
from domain.service.free_slots import free_slots
from domain.service.holding import HOLDS
from domain.service.visiting import (
    cancel_booking,
    confirm_booking,
    move_booking,
    note_arrival,
    note_no_show,
    store_bookings,
)
from storage.mongo.kernel.database import Database
from tests.support.crashing import Crash, Crashing, Sleeping
from tests.support.salon import (
    DAY,
    EVE,
    FITTING,
    MEASURING,
    Salon,
    Stores,
    act_of,
    an_advisor,
    at,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
S = BookingState
MANAGER = Viewer(id=PersonId("manager"), role=Role.STORE_MANAGER, store_id="S1")


@pytest.fixture
async def salon(database: Database) -> Salon:
    salon = Salon(database)
    await salon.open()
    return salon


async def gathered(*asked):
    """What came of each: a booking or a refusal; anything else is a fault."""
    found = await asyncio.gather(*asked, return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException) and not isinstance(one, Conflict):
            raise one
    return [one for one in found if not isinstance(one, Conflict)]


async def free_times(salon: Salon, **changes) -> list[str]:
    fields = {"service_id": "fitting", "store_id": "S1", "day": str(DAY), **changes}
    now = fields.pop("now", EVE)
    found = await free_slots(salon.holding.slots, act_of("x", now), **fields)
    return [f"{one.starts_at:%H:%M}" for one in found]


async def test_of_twenty_at_one_slot_one_gets_it_and_others_hear_what_is_free_next(salon: Salon):
    asked = [salon.hold(f"m{n}", "15:00") for n in range(20)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    held = [one for one in found if not isinstance(one, Exception)]
    told = [one for one in found if isinstance(one, Conflict)]
    assert (len(held), len(told)) == (1, 19)
    assert {one.message for one in told} == {
        "15:00 is not free; the next free time is 15:30 with 导购G1."
    }
    assert held[0].state is S.HELD
    # What overlaps is refused; the neighbours are taken.
    with pytest.raises(Conflict):
        await salon.hold("n", "15:15")
    await salon.hold("o", "15:30")
    await salon.hold("p", "14:30")
    await salon.check()


async def test_buffers_of_both_count_and_touch(salon: Salon):
    first = await salon.hold("a", "12:00", service="measuring")
    assert first.service.after_min == 5
    # 12:00 to 12:30 with buffers is 11:50 to 12:35; the next needs 10 minutes before.
    times = await free_times(salon, service_id="measuring", advisor_id="G1")
    assert [one for one in times if "11" <= one < "14"] == ["11:00", "11:15", "12:45", "13:00",
        "13:15", "13:30", "13:45"]  # fmt: skip
    with pytest.raises(Conflict):
        await salon.hold("b", "12:30", service="measuring")
    await salon.hold("b", "12:45", service="measuring")
    await salon.check()


async def test_one_room_is_never_had_twice_and_two_rooms_are_by_two(salon: Salon):
    wishes = [
        salon.hold(f"m{n}", "15:00", service="measuring", advisor="G1" if n % 2 else "G2")
        for n in range(6)
    ]
    assert len(await gathered(*wishes)) == 1
    point = (await salon.holding.slots.book.points())["S1"]
    two = replace(point, resources=(replace(point.resources[0], count=2),), version=2)
    await salon.holding.slots.book.save_point(two, expected=1)
    wishes = [
        salon.hold(f"n{n}", "17:00", service="measuring", advisor="G1" if n % 2 else "G2")
        for n in range(6)
    ]
    assert {one.stay.advisor_id for one in await gathered(*wishes)} == {"G1", "G2"}
    await salon.check()


async def test_whoever_is_free_is_found_and_of_those_who_has_least_to_do(salon: Salon):
    await salon.hold("a", "11:00")
    assert (await salon.hold("b", "15:00", advisor=None)).stay.advisor_id == "G2"
    asked = [salon.hold(f"m{n}", "16:00", advisor=None) for n in range(8)]
    assert {one.stay.advisor_id for one in await gathered(*asked)} == {"G1", "G2"}
    await salon.check()


async def test_a_customer_is_in_one_place_at_a_time(salon: Salon):
    both = [
        salon.hold("a", "15:00", key="here"),
        salon.hold("a", "15:15", key="there", store="S2", advisor="G3"),
    ]
    assert len(await gathered(*both)) == 1
    with pytest.raises(Conflict, match="another booking at this time"):
        await salon.hold("a", "15:00", key="again", advisor="G2")
    await salon.check()


async def test_the_same_key_is_the_same_booking_whatever_came_of_it(salon: Salon):
    same = await asyncio.gather(*(salon.hold("a", "15:00") for _ in range(8)))
    assert len({one.id for one in same}) == 1
    assert len(await salon.all()) == 1
    with pytest.raises(Conflict, match="another request"):
        await salon.hold("a", "16:00")
    await cancel_booking(salon.visits, act_of("a"), same[0].id)
    assert (await salon.hold("a", "15:00")).state is S.CANCELLED
    # Another's key of the same name is another's.
    assert (await salon.hold("b", "15:00")).state is S.HELD
    await salon.check()


async def test_a_hold_ends_and_its_time_is_free(salon: Salon):
    held = await salon.hold("a", "15:00")
    over = EVE + HELD_FOR
    with pytest.raises(WrongState, match="until a moment ago"):
        await confirm_booking(salon.visits, act_of("a", over), held.id)
    await salon.mind(over)
    assert [one.state for one in await salon.all()] == [S.LAPSED]
    assert [kind for kind, _ in await salon.facts()] == [
        "booking.held",
        "booking.lapsed",
        "booking.freed",
    ]
    await salon.hold("b", "15:00")
    # What is confirmed does not end.
    kept = await salon.hold("c", "16:00")
    for _ in range(2):
        await confirm_booking(salon.visits, act_of("c"), kept.id)
    await salon.mind(EVE + timedelta(hours=1))
    assert {one.state for one in await salon.all()} == {S.LAPSED, S.BOOKED}
    await salon.check()


async def test_a_cancelled_time_is_free_at_once(salon: Salon):
    held = await salon.hold("a", "15:00")
    for _ in range(2):
        await cancel_booking(salon.visits, act_of("a"), held.id)
    await salon.hold("a", "15:00", key="anew")
    twice = [
        cancel_booking(salon.visits, act_of("a"), held.id),
        salon.hold("b", "16:00"),
        salon.hold("c", "16:00"),
    ]
    await gathered(*twice)
    await salon.check()


async def test_a_move_takes_the_new_time_first_and_keeps_the_old_where_that_is_taken(
    salon: Salon,
):
    mine = await salon.hold("a", "15:00")
    await confirm_booking(salon.visits, act_of("a"), mine.id)
    await salon.hold("b", "16:00")
    with pytest.raises(Conflict, match="16:00 is not free; the next free time is 16:30"):
        await move_booking(salon.visits, act_of("a"), mine.id, starts_at=at("16:00"))
    assert "15:00" not in await free_times(salon, advisor_id="G1")
    # It overlaps nothing but itself.
    moved = await move_booking(salon.visits, act_of("a"), mine.id, starts_at=at("15:15"))
    assert (moved.state, moved.stay.starts_at) == (S.BOOKED, at("15:15"))
    again = await move_booking(salon.visits, act_of("a"), mine.id, starts_at=at("15:15"))
    assert again.version == moved.version
    moved = await move_booking(
        salon.visits, act_of("a"), mine.id, starts_at=at("11:00"), store_id="S2"
    )
    assert moved.stay.advisor_id == "G3"
    assert "15:00" in await free_times(salon, advisor_id="G1")
    await salon.check()


async def test_two_who_move_to_one_time_at_once_are_never_both_there(salon: Salon):
    held = [await salon.hold(f"m{n}", time) for n, time in enumerate(["10:00", "10:30", "11:00"])]
    moves = [
        move_booking(salon.visits, act_of(f"m{n}"), one.id, starts_at=at("15:00"))
        for n, one in enumerate(held)
    ]
    assert len(await gathered(*moves)) == 1
    # One of them moved by two phones, and cancelled by a third.
    mine = held[0]
    await asyncio.gather(
        move_booking(salon.visits, act_of("m0"), mine.id, starts_at=at("17:00")),
        move_booking(salon.visits, act_of("m0"), mine.id, starts_at=at("18:00")),
        cancel_booking(salon.visits, act_of("m0"), mine.id),
        return_exceptions=True,
    )
    await salon.mind(EVE + GRACE * 2)
    await salon.check()


async def test_who_comes_is_noted_on_the_day_and_who_does_not_once_it_is_time(salon: Salon):
    mine = await salon.hold("a", "15:00")
    manager = act_of(MANAGER, at("15:20"))
    with pytest.raises(WrongState):
        await note_arrival(salon.visits, manager, mine.id)
    await confirm_booking(salon.visits, act_of("a"), mine.id)
    with pytest.raises(WrongState, match="2037-11-28"):
        await note_arrival(salon.visits, act_of(MANAGER, EVE), mine.id)
    with pytest.raises(WrongState, match="not come yet"):
        await note_no_show(salon.visits, act_of(MANAGER, at("14:59")), mine.id)
    with pytest.raises(Forbidden):
        await note_arrival(salon.visits, act_of("a", at("15:00")), mine.id)
    elsewhere = Viewer(id=PersonId("other"), role=Role.STORE_MANAGER, store_id="S2")
    with pytest.raises(NotFound):
        await note_arrival(salon.visits, act_of(elsewhere, at("15:00")), mine.id)
    for _ in range(2):
        arrived = await note_arrival(salon.visits, manager, mine.id)
    # Who comes late has the whole time.
    assert (arrived.state, arrived.visit_ends_at) == (S.ARRIVED, at("15:50"))
    with pytest.raises(WrongState):
        await note_no_show(salon.visits, manager, mine.id)
    for act in (act_of("a"), manager):
        with pytest.raises(WrongState):
            await cancel_booking(salon.visits, act, mine.id)
        with pytest.raises(WrongState):
            await move_booking(salon.visits, act, mine.id, starts_at=at("18:00"))
    said = await salon.facts()
    assert [kind for kind, _ in said].count("booking.arrived") == 1
    gone = await salon.hold("b", "16:00")
    await confirm_booking(salon.visits, act_of("b"), gone.id)
    await note_no_show(salon.visits, act_of(MANAGER, at("16:10")), gone.id)
    await salon.check()


async def test_what_is_said_of_an_arrival_is_what_crediting_the_advisor_needs(salon: Salon):
    mine = await salon.hold("a", "15:00")
    await confirm_booking(salon.visits, act_of("a"), mine.id)
    await note_arrival(salon.visits, act_of(MANAGER, at("14:50")), mine.id)
    [found] = await salon.documents("bookings")
    said = found["outbox"]["facts"][-1]
    assert (said["kind"], said["subject"]) == ("booking.arrived", f"booking:{mine.id}")
    assert said["data"] == {
        "booking": mine.id,
        "member": "member_a",
        "service": "fitting",
        "store": "S1",
        "guide": "G1",
        "day": "2037-11-28",
        "startsAt": "2037-11-28T15:00:00+08:00",
        "endsAt": "2037-11-28T15:30:00+08:00",
        "visitFrom": "2037-11-28T14:50:00+08:00",
        "visitTo": "2037-11-28T15:30:00+08:00",
    }


async def test_others_see_and_change_nothing(salon: Salon):
    mine = await salon.hold("a", "15:00")
    elsewhere = Viewer(id=PersonId("other"), role=Role.GUIDE, store_id="S2")
    for act in (act_of("b"), act_of(elsewhere)):
        for change in (cancel_booking, confirm_booking):
            with pytest.raises((NotFound, Forbidden)):
                await change(salon.visits, act, mine.id)
        with pytest.raises(NotFound):
            await move_booking(salon.visits, act, mine.id, starts_at=at("16:00"))
    # Its own store's people move it, but not into a store of others, nor confirm it for them.
    with pytest.raises(NotFound):
        await move_booking(
            salon.visits, act_of(MANAGER), mine.id, starts_at=at("16:00"), store_id="S2"
        )
    with pytest.raises(Forbidden):
        await confirm_booking(salon.visits, act_of(MANAGER), mine.id)
    await move_booking(salon.visits, act_of(MANAGER), mine.id, starts_at=at("16:00"))
    kept = await salon.database["records"].find({"subject.id": mine.id}).to_list(None)
    assert [one["action"] for one in kept] == ["bookingMove"]


async def test_reminders_are_told_of_once_each_and_only_in_time(salon: Salon):
    mine = await salon.hold("a", "15:00")
    await confirm_booking(salon.visits, act_of("a"), mine.id)
    short = await salon.hold("b", "16:00", now=at("11:00"))
    await confirm_booking(salon.visits, act_of("b", at("11:00")), short.id)

    async def reminders() -> list[str]:
        return [who for kind, who in await salon.facts() if kind == "booking.reminded"]

    eve = at("15:00") - timedelta(hours=24)
    for now in (eve - timedelta(seconds=1), eve, eve + timedelta(hours=1)):
        await salon.mind(now)
    assert await reminders() == [mine.id]
    await asyncio.gather(*(salon.mind(at("14:00")) for _ in range(4)))
    assert sorted(await reminders()) == sorted([mine.id, mine.id, short.id])
    await salon.mind(at("20:00"))
    assert len(await reminders()) == 3
    # Who was away when it was time is not reminded of what is over.
    late = await salon.hold("c", "18:00")
    await confirm_booking(salon.visits, act_of("c"), late.id)
    await salon.mind(at("19:00"))
    assert late.id not in await reminders()


async def test_a_day_that_shuts_and_leave_displace_what_is_booked_and_say_so_once(salon: Salon):
    mine = await salon.hold("a", "15:00")
    await confirm_booking(salon.visits, act_of("a"), mine.id)
    other = await salon.hold("b", "15:00", advisor="G2")
    await salon.compare(EVE)

    async def to_move() -> list[str]:
        page = await store_bookings(
            salon.visits, act_of(MANAGER), "S1", PageRequest(), day="2037-11-27", displaced=True
        )
        return [one.id for one in page.items]

    async def told() -> list[str]:
        return [who for kind, who in await salon.facts() if kind == "booking.displaced"]

    assert (await to_move(), await told()) == ([], [])
    salon.stores.change("S1", opening_hours=parse_hours("10:00-22:00; 2037-11-28 closed"))
    assert await free_times(salon) == []
    for _ in range(3):
        await asyncio.gather(salon.compare(EVE), salon.compare(EVE), return_exceptions=True)
    assert sorted(await to_move()) == sorted(await told()) == sorted([mine.id, other.id])
    # Moved to another day, it is well again.
    sunday = at("15:00") + timedelta(days=1)
    await move_booking(salon.visits, act_of(MANAGER), mine.id, starts_at=sunday)
    assert await to_move() == [other.id]
    # Open again after all; then the advisor falls ill.
    salon.stores.change("S1", opening_hours=parse_hours("10:00-22:00"))
    await salon.compare(EVE)
    assert await to_move() == []
    book = salon.holding.slots.book
    await book.save_advisor(an_advisor("G2", "10:00-20:00; 2037-11-28 closed", 2), expected=1)
    point = (await book.points())["S1"]
    await book.save_point(replace(point, version=point.version + 1), expected=point.version)
    await salon.compare(EVE)
    assert await to_move() == [other.id]
    assert (await told()).count(mine.id) == 1
    # A shop that is paused keeps nobody's time.
    salon.stores.change("S1", state=StoreState.PAUSED)
    await salon.compare(EVE)
    assert sorted(await to_move()) == sorted([mine.id, other.id])
    await salon.check()


async def test_hours_and_shifts_bound_what_is_free_over_midnight_too(database: Database):
    salon = Salon(database, Stores("S1", "S2", hours="22:00-02:00; 2037-11-28 22:00-24:00"))
    await salon.open(shifts="00:00-24:00")
    saturday = await free_times(salon, service_id="fitting")
    assert saturday == [
        *("00:00", "00:15", "00:30", "00:45", "01:00", "01:15", "01:30"),
        *("22:00", "22:15", "22:30", "22:45", "23:00", "23:15", "23:30"),
    ]
    assert await free_times(salon, day="2037-11-29") == saturday[7:]
    # A visit that needs minutes of two days can't be had.
    assert await free_times(salon, service_id="measuring") == [
        *("00:15", "00:30", "00:45", "01:00", "01:15", "01:30"),
        *("22:00", "22:15", "22:30", "22:45", "23:00", "23:15"),
    ]
    await salon.hold("a", "23:30")
    await salon.hold("b", "00:00")
    await salon.check()


@pytest.mark.parametrize(
    ("time", "changes", "refusal"),
    [
        ("15:01", {}, Invalid),
        ("09:00", {}, Conflict),
        ("19:45", {}, Conflict),
        ("15:00", {"now": at("15:00")}, Invalid),
        ("15:00", {"now": EVE - timedelta(days=61)}, Invalid),
        ("15:00", {"service": "nothing"}, NotFound),
        ("15:00", {"store": "S9"}, NotFound),
        ("15:00", {"advisor": "G3"}, NotFound),
        ("15:00", {"advisor": "nobody"}, NotFound),
        ("15:00", {"key": ""}, Invalid),
        ("15:00", {"key": "k" * 65}, Invalid),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(salon: Salon, time, changes, refusal):
    with pytest.raises(refusal):
        await salon.hold("a", time, **changes)
    assert [one for one in await salon.all() if one.stay] == []


@pytest.mark.parametrize("day", ["2037-02-31", "2037-11-31", "", "tomorrow", "2037-1-1", "9" * 99])
async def test_a_day_that_there_is_not_is_refused(salon: Salon, day: str):
    with pytest.raises(Invalid, match="not a day"):
        await free_times(salon, day=day)


async def test_nobody_holds_times_without_end(salon: Salon):
    for n in range(HOLDS.most):
        held = await salon.hold("a", "15:00", key=f"k{n}")
        await cancel_booking(salon.visits, act_of("a"), held.id)
    with pytest.raises(TooMany):
        await salon.hold("a", "15:00", key="one more")


WRITES = [("bookings", "save"), ("slots.calendars", "save")]


def with_port(salon: Salon, path: str, port) -> Salon:
    """The same salon with one port in another's place."""
    other = Salon(salon.database, salon.stores)
    if path == "bookings":
        other.holding = replace(salon.holding, bookings=port(salon.holding.bookings))
    else:
        slots = replace(salon.holding.slots, calendars=port(salon.holding.slots.calendars))
        other.holding = replace(salon.holding, slots=slots)
    other.visits = replace(salon.visits, holding=other.holding)
    return other


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("spared", [0, 1, 2, 4])
@pytest.mark.parametrize(("path", "method"), WRITES)
async def test_whatever_ends_half_way_is_finished_or_undone(
    salon: Salon, path: str, method: str, spared: int, after: bool
):
    async def visit(some: Salon) -> None:
        mine = await some.hold("a", "15:00", service="measuring")
        await move_booking(some.visits, act_of("a"), mine.id, starts_at=at("17:00"))
        await cancel_booking(some.visits, act_of("a"), mine.id)

    crashing = with_port(
        salon, path, lambda port: Crashing(port, method, after=after, spared=spared)
    )
    with pytest.raises(Crash):
        await visit(crashing)
    later = EVE + HELD_FOR + GRACE
    await salon.mind(later)
    await salon.check()
    # All of it can be had again, but what an old booking still has.
    times = await free_times(salon, service_id="measuring", advisor_id="G1")
    kept = [one.stay.visit.start for one in await salon.all() if one.state in {S.HELD, S.BOOKED}]
    assert kept == []
    assert {"15:00", "17:00"} <= set(times)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("spared", [0, 1, 3])
@pytest.mark.parametrize(("path", "method"), WRITES[:1])
async def test_a_request_that_is_sent_again_after_a_crash_comes_to_the_same(
    salon: Salon, path: str, method: str, spared: int, after: bool
):
    crashing = with_port(
        salon, path, lambda port: Crashing(port, method, after=after, spared=spared)
    )
    try:
        held = await crashing.hold("a", "15:00", service="measuring")
        await move_booking(crashing.visits, act_of("a"), held.id, starts_at=at("17:00"))
    except Crash:
        held = await salon.hold("a", "15:00", service="measuring")
        await move_booking(salon.visits, act_of("a"), held.id, starts_at=at("17:00"))
    [mine] = await salon.all()
    assert (mine.state, mine.stay.starts_at) == (S.HELD, at("17:00"))
    await salon.mind(EVE + GRACE)
    await salon.check()


class SleepingAt:
    """Calendars of which one write sleeps, after so many that don't, until it is woken."""

    def __init__(self, calendars, spared: int) -> None:
        self._calendars, self._spared = calendars, spared
        sleeping = Sleeping(calendars, "save")
        self.asleep, self.woken, self._sleep = sleeping.asleep, sleeping.woken, sleeping.save

    def __getattr__(self, name: str):
        return getattr(self._calendars, name)

    async def save(self, *args, **kwargs):
        self._spared -= 1
        await (self._sleep if self._spared == -1 else self._calendars.save)(*args, **kwargs)


@pytest.mark.parametrize("spared", range(3))
async def test_who_wakes_up_after_the_booking_was_given_up_takes_nothing(salon: Salon, spared: int):
    taking = SleepingAt(salon.holding.slots.calendars, spared)
    sleepy = with_port(salon, "slots.calendars", lambda _: taking)
    asked = asyncio.ensure_future(sleepy.hold("a", "15:00", service="measuring"))
    await taking.asleep.wait()
    await salon.mind(EVE + GRACE)
    assert [one.state for one in await salon.all()] == [S.REFUSED]
    other = await salon.hold("b", "15:00", service="measuring")
    taking.woken.set()
    with pytest.raises(Conflict):
        await asked
    assert other.state is S.HELD
    await salon.check()


@pytest.mark.parametrize("spared", range(3))
@pytest.mark.parametrize("ends", ["cancelled", "arrived"])
async def test_what_ends_while_it_is_being_moved_keeps_no_place_that_it_does_not_have(
    salon: Salon, ends: str, spared: int
):
    mine = await salon.hold("a", "15:00", service="measuring")
    await confirm_booking(salon.visits, act_of("a"), mine.id)
    taking = SleepingAt(salon.holding.slots.calendars, spared)
    sleepy = with_port(salon, "slots.calendars", lambda _: taking)
    move = move_booking(sleepy.visits, act_of("a"), mine.id, starts_at=at("17:00"))
    asked = asyncio.ensure_future(move)
    await taking.asleep.wait()
    if ends == "cancelled":
        await cancel_booking(salon.visits, act_of("a"), mine.id)
    else:
        await note_arrival(salon.visits, act_of(MANAGER, at("15:00")), mine.id)
    taking.woken.set()
    with pytest.raises(WrongState):
        await asked
    await salon.check()
    assert "17:00" in await free_times(salon, service_id="measuring", advisor_id="G1")


async def test_a_slot_that_is_shown_free_can_be_booked(salon: Salon):
    for n, time in enumerate(["10:30", "12:00", "13:15"]):
        await salon.hold(f"m{n}", time, service="measuring")
    for n, time in enumerate(await free_times(salon, service_id="measuring", advisor_id="G1")):
        held = await salon.hold(f"n{n}", time, service="measuring")
        await cancel_booking(salon.visits, act_of(f"n{n}"), held.id)
    await salon.check()


async def test_free_times_cost_two_round_trips(salon: Salon, round_trips: list[str]):
    book = salon.holding.slots.book
    for held in book.held:
        await held.known()
        held.in_step()
    round_trips.clear()
    assert await free_times(salon, service_id="measuring")
    assert round_trips == ["find guides", "find booking_days"]


async def test_services_are_kept_as_they_were_booked(salon: Salon):
    mine = await salon.hold("a", "15:00", service="measuring")
    longer = replace(MEASURING, length_min=60, version=2)
    await salon.holding.slots.book.save_service(longer, expected=1)
    moved = await move_booking(salon.visits, act_of("a"), mine.id, starts_at=at("16:00"))
    assert moved.stay.ends_at == at("16:30")
    gone = replace(FITTING, offered=False, version=2)
    await salon.holding.slots.book.save_service(gone, expected=1)
    with pytest.raises(NotFound):
        await salon.hold("b", "12:00")
    await salon.check()
