"""Share links and touches in the database."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from domain.kernel.ids import PersonId
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.sharing.attribution import claims_to
from domain.sharing.link_facts import link_made
from domain.sharing.share_links import ShareCode
from domain.sharing.touches import TOUCH_INTERVAL, Touch, friend_touch
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoOutboxes
from storage.mongo.sharing.share_links import MongoShareLinks
from storage.mongo.sharing.touches import MongoTouches
from tests.domain.sharing.test_share_links import a_link
from tests.support.builders import NOON
from tests.support.round_trips import ROUND_TRIPS

pytestmark = pytest.mark.anyio


def codes_from(start: int) -> Callable[[], ShareCode]:
    numbers = count(start)
    return lambda: ShareCode(f"code{next(numbers):06d}")


def a_touch(person: str = "may", after: timedelta = timedelta(), **changes):
    link = a_link()
    fields = {
        "code": link.code,
        "guide_id": link.guide_id,
        "store_id": link.store_id,
        "scene": link.scene,
        "person_id": PersonId(person),
        "touched_at": NOON + after,
    }
    return Touch(**{**fields, **changes})


async def test_a_link_is_found_by_its_code_in_one_read(database: Database):
    links = MongoShareLinks(database)
    await links.keep([a_link()], codes_from(1))
    before = len(ROUND_TRIPS.of(database.name))
    assert await links.by_code(a_link().code) == a_link()
    assert ROUND_TRIPS.of(database.name)[before:] == ["find share_links"]
    assert await links.by_code(ShareCode("nothing")) is None


async def test_the_first_code_for_a_wish_stays(database: Database):
    links = MongoShareLinks(database)
    await links.keep([a_link()], codes_from(1))
    (again,) = await links.keep([a_link(code=ShareCode("other"))], codes_from(1))
    assert again == a_link()


async def test_many_who_wish_the_same_at_once_get_one_code(database: Database):
    links = MongoShareLinks(database)
    wishes = [a_link(code=ShareCode(f"racer{n}")) for n in range(10)]
    kept = await asyncio.gather(
        *(links.keep([one], codes_from(100 * n)) for n, one in enumerate(wishes))
    )
    assert len({link.code for (link,) in kept}) == 1
    assert await database["share_links"].count_documents({}) == 1


async def test_a_link_says_once_that_it_was_made(database: Database):
    links = MongoShareLinks(database)
    racers = [a_link(code=ShareCode(f"racer{n}")) for n in range(5)]
    kept = await asyncio.gather(*(links.keep([one], codes_from(1)) for one in racers))
    (waiting,) = await MongoOutboxes(database, ["share_links"]).waiting(10)
    assert waiting.facts == (link_made(kept[0][0]),)


async def test_a_code_that_another_link_has_is_replaced(database: Database):
    links = MongoShareLinks(database)
    taken = a_link(campaign="first")
    await links.keep([taken], codes_from(1))
    (kept,) = await links.keep([a_link(campaign="second")], codes_from(1))
    assert kept.code == "code000001"
    assert await links.by_code(taken.code) == taken


async def test_links_for_many_guides_come_back_in_their_order(database: Database):
    links = MongoShareLinks(database)
    new_code = codes_from(1)
    wanted = [a_link(guide_id=GuideId(f"G{n}"), code=new_code()) for n in range(1_000)]
    await links.keep(wanted[200:500], new_code)
    kept = await links.keep([replace(one, code=new_code()) for one in wanted], new_code)
    assert [one.guide_id for one in kept] == [one.guide_id for one in wanted]
    assert kept[200:500] == wanted[200:500]
    assert len({one.code for one in kept}) == 1_000
    assert await asyncio.gather(*(links.by_code(one.code) for one in kept)) == kept


async def test_a_touch_is_counted_once_in_its_interval_and_credits_its_last_moment(
    database: Database,
):
    touches = MongoTouches(database)
    later = timedelta(minutes=10)
    for touch in (a_touch(), a_touch(after=later), a_touch("june"), a_touch(after=TOUCH_INTERVAL)):
        await touches.add(touch)
    assert await touches.counts([a_link().code]) == {a_link().code: 3}


async def test_visits_at_once_are_one_touch_at_the_latest_moment_of_all(database: Database):
    touches = MongoTouches(database)
    visits = [a_touch(after=timedelta(seconds=n)) for n in (5, 9, 0, 7, 3, 1)]
    await asyncio.gather(*map(touches.add, visits))
    assert await touches.counts([a_link().code]) == {a_link().code: 1}
    credit = await touches.last_credit([PersonId("may")], since=NOON)
    assert credit is not None
    assert credit.touched_at == NOON + timedelta(seconds=9)


async def test_a_touch_that_was_handed_over_stays_the_members(database: Database):
    touches = MongoTouches(database)
    await touches.add(a_touch("visitor_1"))
    await touches.hand_over(PersonId("visitor_1"), PersonId("may"))
    await touches.add(a_touch("visitor_1", after=timedelta(minutes=5)))
    assert await touches.last_credit([PersonId("visitor_1")], since=NOON) is None
    credit = await touches.last_credit([PersonId("may")], since=NOON)
    assert credit is not None
    assert credit.touched_at == NOON + timedelta(minutes=5)


async def test_the_newest_touch_within_the_window_gets_the_credit(database: Database):
    touches = MongoTouches(database)
    await touches.add(a_touch(after=timedelta(days=-3)))
    await touches.add(a_touch(after=timedelta(days=-1), guide_id=GuideId("G2")))
    await touches.add(a_touch("june", guide_id=GuideId("G3")))
    credit = await touches.last_credit([PersonId("may")], since=NOON - timedelta(days=15))
    assert credit is not None
    assert (credit.guide_id, credit.touched_at) == ("G2", NOON - timedelta(days=1))
    assert await touches.last_credit([PersonId("may")], since=NOON) is None
    assert await touches.last_credit([PersonId("july")], since=NOON - timedelta(days=15)) is None


async def test_who_becomes_a_guides_friend_is_theirs_and_orders_are_still_the_links(
    database: Database,
):
    touches = MongoTouches(database)
    friend = friend_touch(GuideId("G9"), StoreId("S9"), PersonId("may"), NOON)
    await touches.add(a_touch(after=timedelta(days=-3)))
    await touches.add(friend)

    async def claims(days_later: int, window: int):
        now = NOON + timedelta(days=days_later)
        return await claims_to(
            touches, [PersonId("may")], share_code=None, now=now, window=timedelta(days=window)
        )

    both = await claims(1, window=15)
    assert both.shared is not None
    assert (both.shared.guide_id, both.bonded_to) == ("G1", "G9")
    late = await claims(1, window=2)
    assert (late.shared, late.bonded_to) == (None, "G9")
    # A link that is followed afterwards takes them over.
    await touches.add(a_touch(after=timedelta(hours=1), guide_id=GuideId("G2")))
    after = await claims(1, window=15)
    assert after.shared is not None
    assert (after.shared.guide_id, after.bonded_to) == ("G2", "G2")


async def test_a_share_code_credits_its_guide_without_a_touch(database: Database):
    await MongoShareLinks(database).keep([a_link()], codes_from(1))
    touches = MongoTouches(database)
    credit = await touches.shared_by(a_link().code, now=NOON)
    assert credit is not None
    assert (credit.guide_id, credit.share_code, credit.touched_at) == ("G1", a_link().code, NOON)
    assert await touches.shared_by("nothing", now=NOON) is None
