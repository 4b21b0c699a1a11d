"""Who waits for a full day is held one place, by whichever processes hear what comes free."""

import asyncio
from dataclasses import replace

import pytest

from domain.kernel.facts import Batch
from domain.kernel.refusals import Conflict
from domain.people.act import by_the_clock
from domain.service import waiting_list
from domain.service.booking_facts import freed
from domain.service.bookings import BookingState
from domain.service.visiting import cancel_booking
from domain.service.waiting_list import follow_freed, join_waiting_list
from qianmian.clock import new_id
from storage.mongo.kernel.database import Database
from tests.support.salon import DAY, EVE, FITTING, Salon, act_of, an_advisor

pytestmark = pytest.mark.anyio


class Full(Salon):
    """A day on which each of two advisors has one time, one after the other, that is taken."""

    async def open(self, *whos: str) -> None:
        await super().open()
        book = self.holding.slots.book
        self.first = []
        for advisor, begins, ends in (("G1", "10:00", "10:30"), ("G2", "10:30", "11:00")):
            shift = an_advisor(advisor, f"{begins}-{ends}", 2)
            await book.save_advisor(shift, expected=1)
            self.first.append(await self.hold(f"first{advisor}", begins, advisor=advisor))
        for n, who in enumerate(whos):
            act = replace(act_of(who), at=EVE.replace(minute=n))
            await join_waiting_list(
                self.waits, act, service_id=FITTING.id, store_id="S1", day=DAY.isoformat()
            )

    async def free(self) -> list[Batch]:
        """What is said once both are cancelled, each alone."""
        for one in self.first:
            await cancel_booking(
                self.visits, act_of(one.customer_id.removeprefix("member_")), one.id
            )
        facts = [freed(one, one.place, EVE)[0] for one in self.first]
        return [Batch(facts=(replace(fact, n=n),), upto=n) for n, fact in enumerate(facts, 1)]

    async def served(self) -> list[str]:
        """Who was held a place by waiting."""
        held = [one for one in await self.all() if one.waited]
        return sorted(one.customer_id for one in held if one.state is BookingState.HELD)

    async def waiting(self) -> list[str]:
        return sorted(one["customer_id"] for one in await self.documents("booking_waits"))


def clock():
    return by_the_clock(EVE, new_id)


async def test_two_processes_with_a_free_place_each_hold_one_for_whoever_waits(database: Database):
    full, other = Full(database), Salon(database)
    await full.open("mei")
    batches = await full.free()
    told = ((full, batches[0]), (other, batches[1]), (full, batches[0]), (other, batches[1]))
    await asyncio.gather(*(follow_freed(one.waits, clock(), batch) for one, batch in told))
    assert (await full.served(), await full.waiting()) == (["member_mei"], [])
    await full.check()


async def test_who_waited_longest_is_first_and_each_has_one(database: Database):
    full = Full(database)
    await full.open("mei", "lan", "bai")
    for batch in await full.free():
        for _ in range(2):
            await follow_freed(full.waits, clock(), batch)
    assert await full.served() == ["member_lan", "member_mei"]
    assert await full.waiting() == ["member_bai"]
    await full.check()


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_death_about_the_hold_loses_nobody_and_holds_nothing_twice(
    database: Database, moment: str, monkeypatch: pytest.MonkeyPatch
):
    full = Full(database)
    await full.open("mei")
    first, second = await full.free()
    seek = waiting_list.seek_place

    async def dies(*args, **named):
        if moment == "after":
            await seek(*args, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(waiting_list, "seek_place", dies)
    with pytest.raises(KeyboardInterrupt):
        await follow_freed(full.waits, clock(), first)
    monkeypatch.setattr(waiting_list, "seek_place", seek)
    # Another hears of the other place meanwhile; what was cut short is told again.
    await follow_freed(full.waits, clock(), second)
    await follow_freed(full.waits, clock(), first)
    assert (await full.served(), await full.waiting()) == (["member_mei"], [])
    await full.check()


async def test_whoever_was_too_late_for_one_place_waits_for_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    full = Full(database)
    await full.open("mei")
    first, second = await full.free()
    seek = waiting_list.seek_place

    async def taken(*args, **named):
        raise Conflict("Somebody else has it.")

    monkeypatch.setattr(waiting_list, "seek_place", taken)
    await follow_freed(full.waits, clock(), first)
    monkeypatch.setattr(waiting_list, "seek_place", seek)
    assert await full.waiting() == ["member_mei"]
    await follow_freed(full.waits, clock(), second)
    assert (await full.served(), await full.waiting()) == (["member_mei"], [])
