"""`scripts/facts`: what an operator sees and does of the followers."""

import argparse
from datetime import timedelta

import pytest

from domain.kernel.facts import Follower
from domain.kernel.operating_followers import named, rebuild, retry, skip, standings
from domain.kernel.refusals import NotFound, WrongState
from scripts import facts
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoStream
from storage.mongo.kernel.following import MongoPlaces
from tests.conftest import settings_for
from tests.support.builders import NOON
from tests.support.facts import Diary, Sums, follow_all, following, relay_all, say_one_each

pytestmark = pytest.mark.anyio
KINDS = frozenset({"thing.done"})


async def test_what_is_held_is_shown_tried_again_and_skipped(database: Database):
    places, stream = MongoPlaces(database), MongoStream(database)
    diary = Diary(fails=lambda fact: fact.subject == "thing:b")
    follower = Follower(name="diary", kinds=KINDS, handle=diary.take)
    one = following(database, follower)
    for number in (1, 2):
        await say_one_each(database, ["thing:a", "thing:b"], number)
        await relay_all(database)
        await follow_all(one)
    [shown] = await standings(places, stream, [follower], now=NOON)
    assert (shown.place, shown.behind, [held.waiting for held in shown.held]) == (4, 0, [(2, 4)])
    assert await retry(places, "diary", None, now=NOON) == 1
    with pytest.raises(NotFound, match="Nothing of thing:a is held"):
        await retry(places, "diary", "thing:a", now=NOON)
    assert await skip(places, "diary", "thing:b", now=NOON) == 2
    diary.fails = lambda _: False
    await follow_all(one, NOON + timedelta(seconds=2))
    assert (diary.of("thing:b"), await places.held("diary")) == ([4], [])
    with pytest.raises(NotFound):
        await skip(places, "diary", "thing:b", now=NOON)


async def test_how_far_a_follower_is_behind_is_told_in_facts_and_time(database: Database):
    await say_one_each(database, ["thing:a", "thing:b"], 1)
    await relay_all(database)
    follower = Follower(name="sums", kinds=KINDS, handle=Sums(database).add)
    later = NOON + timedelta(seconds=3)
    [shown] = await standings(MongoPlaces(database), MongoStream(database), [follower], now=later)
    assert (shown.behind, shown.late_by) == (2, timedelta(seconds=3))


async def test_only_what_can_be_forgotten_is_rebuilt(database: Database):
    sums, places = Sums(database), MongoPlaces(database)
    keeps = Follower(name="keeps", kinds=KINDS, handle=sums.add)
    with pytest.raises(WrongState):
        await rebuild(places, keeps)
    forgets = Follower(name="forgets", kinds=KINDS, handle=sums.add, forget=sums.forget)
    with pytest.raises(NotFound, match="has never begun"):
        await rebuild(places, forgets)
    with pytest.raises(NotFound, match="there are: keeps, forgets"):
        named([keeps, forgets], "other")


async def test_the_command_lists_the_service_s_followers_and_fails_for_unknown_ones(
    database: Database, mongodb_uri: str, tmp_path, capsys
):
    settings = settings_for(mongodb_uri, database.name, tmp_path)
    assert await facts.run(settings, argparse.Namespace(command="list")) == 0
    shown = capsys.readouterr().out
    for name in (
        "best sellers",
        "order books",
        "post uses",
        "product names",
        "safety by category",
        "webhooks",
    ):
        assert name in shown
    held = MongoPlaces(database)
    poisoned = Diary(fails=lambda _: True)
    one = following(database, Follower(name="webhooks", kinds=KINDS, handle=poisoned.take))
    await say_one_each(database, ["thing:a"], 1)
    await relay_all(database)
    await follow_all(one)
    [row] = await held.held("webhooks")
    await database["held_facts"].update_one({"subject": row.subject}, {"$set": {"parked": True}})
    assert await facts.run(settings, argparse.Namespace(command="parked")) == 1
    assert "webhooks: thing:a, fact 1, 0 behind it" in capsys.readouterr().out
    unknown = argparse.Namespace(command="rebuild", name="nobody")
    with pytest.raises(NotFound, match="There is no follower 'nobody'"):
        await facts.run(settings, unknown)
