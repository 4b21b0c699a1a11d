"""Lists in memory: they find what one query over all posts finds, and follow what is written."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.content.kinds import Department, PostKind
from domain.content.posts import Counts, Post, PostState
from domain.content.revisions import (
    AgeBand,
    PostAudience,
    Revision,
    RevisionId,
    TextBlock,
    make_revision,
)
from domain.content.scenes import Scene
from domain.content.searchable import PostWords
from domain.content.searches import PostFilter, PostOrder, Search
from domain.content.showings import Showing, facets_of
from domain.kernel.paging import PageRequest
from domain.kernel.text import terms
from storage.mongo.content.post_list import MongoPostList, MongoPostWords
from storage.mongo.content.post_search import MongoPostSearch
from storage.mongo.content.posts import MongoPosts, MongoRevisions
from storage.mongo.kernel import changes
from storage.mongo.kernel.changes import ChangeStream
from storage.mongo.kernel.database import Database, PyMongoError
from tests.support.builders import NOON
from tests.support.content import some_content
from tests.support.post_pipeline import PipelineSearch
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio
WORDS = ("寒风", "羽绒", "清晨", "地铁", "薄雾", "gore tex", "冲锋衣", "暖和")
STORES = (None, None, "S1", "S2")
PRODUCTS = ("10001", "10002", "10003")
CATEGORIES = ("category_a", "category_b", "category_c")


def some(dice: random.Random, of: Any, most: int = 2) -> Any:
    everything = list(of)
    return frozenset(dice.sample(everything, dice.randint(0, min(most, len(everything)))))


def a_post(dice: random.Random, number: int) -> tuple[Post, list[Revision]]:
    """A post of some revisions, of which some were, are or will be on show."""
    revisions, showings, facets = [], [], None
    moment = NOON - timedelta(hours=dice.randint(0, 40))
    for n in range(1, dice.randint(1, 3) + 1):
        words = " ".join(dice.choices(WORDS, k=3))
        content = some_content(
            title=f"{dice.choice(WORDS)}{number}",
            body=(TextBlock(text=words),),
            tags=tuple(some(dice, WORDS)),
            category_id=dice.choice(CATEGORIES),
            audiences=some(dice, PostAudience),
            age_bands=some(dice, AgeBand),
            products=tuple(some(dice, PRODUCTS)),
            valid_until=dice.choice([None, None, NOON + timedelta(days=1)]),
        )
        revision = make_revision(
            RevisionId(f"r{number}-{n}"),
            f"post_{number:04}",
            n,
            content,
            author_id=dice.choice(["ann", "bob"]),
            now=NOON,
        )
        revisions.append(revision)
        facets = facets_of(revision, frozenset(dice.sample(list(Scene), dice.randint(1, 3))))
        if dice.random() < 0.7:
            ends = moment + timedelta(hours=dice.randint(1, 60))
            showings.append(
                Showing(facets=facets, starts_at=moment, planned_end=ends, ends_at=ends)
            )
            moment = ends
    assert facets is not None
    return Post(
        id=f"post_{number:04}",
        kind=dice.choice(list(PostKind)),
        department=dice.choice(list(Department)),
        author_id=revisions[-1].author_id,
        created_at=NOON,
        changed_at=NOON - timedelta(minutes=dice.randint(0, 30)),
        latest=facets,
        number=len(revisions),
        state=dice.choice(list(PostState)),
        showings=tuple(showings),
        store_id=dice.choice(STORES),
        counts=Counts(
            uses=dice.randint(0, 3), likes=dice.randint(0, 3), reports=dice.randint(0, 2)
        ),
    ), revisions


def a_search(dice: random.Random) -> Search:
    def perhaps(value: Any, chance: float = 0.2) -> Any:
        return value if dice.random() < chance else None

    text = perhaps(" ".join(dice.sample([*WORDS, "qc", "寒", "没有"], dice.randint(1, 2))), 0.5)
    asked = PostFilter(
        text=text,
        audience=perhaps(dice.choice(list(PostAudience))),
        age_band=perhaps(dice.choice(list(AgeBand))),
        department=perhaps(dice.choice(list(Department))),
        kind=perhaps(dice.choice(list(PostKind))),
        product_id=perhaps(dice.choice(PRODUCTS)),
        store_id=perhaps("S1"),
        state=perhaps(dice.choice(list(PostState))),
        author_id=perhaps("ann"),
        valid_at=perhaps(NOON + timedelta(days=dice.randint(0, 2))),
    )
    return Search(
        asked=asked,
        terms=terms(text or ""),
        on_show_at=perhaps(NOON, 0.6),
        scenes=perhaps(frozenset({dice.choice(list(Scene))}), 0.4) or frozenset(Scene),
        stores=None if asked.store_id else perhaps(frozenset({None, "S1"}), 0.4),
        categories=perhaps(frozenset(dice.sample(CATEGORIES, 2)), 0.3),
        best_sellers=("10002", "10001"),
    )


async def write(database: Database, dice: random.Random, numbers: range) -> None:
    posts, revisions = MongoPosts(database), MongoRevisions(database)
    for number in numbers:
        post, made = a_post(dice, number)
        await revisions.add([(one, one.words([])) for one in made])
        await posts.save(post, expected=0)


@contextlib.asynccontextmanager
async def listing(database: Database) -> AsyncIterator[tuple[MongoPostSearch, MongoPosts]]:
    listed, words = MongoPostList(database), MongoPostWords(database)
    posts, revisions = MongoPosts(database), MongoRevisions(database)
    changes = ChangeStream(database, [listed, words])
    await changes.start()
    try:
        yield MongoPostSearch(posts, revisions, listed, words), posts
    finally:
        await changes.stop()


async def test_it_finds_what_one_query_over_all_posts_finds(database: Database):
    dice = random.Random(20_000)
    await write(database, dice, range(120))
    plain, found_some = PipelineSearch(database), 0
    async with listing(database) as (search, _):
        for _ in range(150):
            wanted, order = a_search(dice), dice.choice(list(PostOrder))
            after = None
            while True:
                request = PageRequest(first=dice.choice([1, 3, 20]), after=after)
                mine = await search.search(wanted, order, request)
                theirs = await plain.search(wanted, order, request)
                assert [(post.id, one) for post, one in mine.items] == [
                    (post.id, one) for post, one in theirs.items
                ]
                assert (mine.cursors, mine.has_next, mine.total) == (
                    theirs.cursors,
                    theirs.has_next,
                    theirs.total,
                )
                found_some += bool(mine.items)
                if not mine.has_next or dice.random() < 0.4:
                    break
                after = mine.cursors[-1]
    assert found_some > 100


EVERYTHING = Search(
    asked=PostFilter(),
    terms=(),
    on_show_at=None,
    scenes=frozenset(Scene),
    stores=None,
    categories=None,
)


async def ids(search: MongoPostSearch, wanted: Search = EVERYTHING) -> list[str]:
    page = await search.search(wanted, PostOrder.NEWEST, PageRequest(first=100))
    return sorted(post.id for post, _ in page.items)


async def test_it_follows_what_others_write(database: Database):
    dice = random.Random(1)
    await write(database, dice, range(2))
    async with listing(database) as (search, _):
        assert await ids(search) == ["post_0000", "post_0001"]
        await write(database, dice, range(2, 4))
        await comes_to(["post_0000", "post_0001", "post_0002", "post_0003"], lambda: ids(search))
        await database["posts"].delete_one({"_id": "post_0001"})
        await comes_to(["post_0000", "post_0002", "post_0003"], lambda: ids(search))
        await database["posts"].update_one({"_id": "post_0000"}, {"$inc": {"counts.likes": 9}})

        async def most_liked() -> str:
            request = PageRequest(first=1)
            page = await search.search(EVERYTHING, PostOrder.MOST_LIKED, request)
            return page.items[0][0].id

        await comes_to("post_0000", most_liked)


async def test_what_was_withdrawn_a_moment_ago_is_not_shown_though_the_list_has_it(
    database: Database,
):
    dice = random.Random(2)
    await write(database, dice, range(6))
    async with listing(database) as (search, _):
        on_show = replace(EVERYTHING, on_show_at=NOON)
        before = await ids(search, on_show)
        assert before
        search._listed.changed = _hears_nothing
        await database["posts"].update_one({"_id": before[0]}, {"$set": {"showings": []}})
        assert await ids(search, on_show) == before[1:]
        page = await search.search(on_show, PostOrder.NEWEST, PageRequest(first=100))
        assert page.total == len(before) - 1


async def test_words_follow_what_is_added_reworded_and_taken_back(database: Database):
    dice = random.Random(7)
    revisions = MongoRevisions(database)
    other = replace(EVERYTHING, terms=("别名",))
    async with listing(database) as (search, _):
        assert await ids(search, other) == []
        await write(database, dice, range(2))
        await comes_to(["post_0000", "post_0001"], lambda: ids(search))
        [first, _] = sorted(await search._listed.all(), key=lambda one: one.id)
        words = PostWords(title="别名", tags="", text="别名")
        await revisions.reword(first.latest.revision_id, words)
        await comes_to([first.id], lambda: ids(search, other))
        await revisions.forget([first.latest.revision_id])

        async def known() -> bool:
            return first.latest.revision_id in await search._words.all()

        await comes_to(False, known)


async def test_words_of_ones_own_are_found_at_once_and_never_overwrite_newer_ones(
    database: Database,
):
    revisions = MongoRevisions(database)
    async with listing(database) as (search, _):
        revisions.listen(search._words.heard)
        search._words.changed = _hears_nothing
        _, made = a_post(random.Random(8), 1)
        first = PostWords(title="甲", tags="", text="甲")
        await revisions.add([(made[0], first)])
        assert (await search._words.all())[made[0].id] == first
        search._words.heard([(made[0], PostWords(title="乙", tags="", text="乙"))])
        assert (await search._words.all())[made[0].id] == first


async def _hears_nothing(collection: str, changed: Any) -> None:
    pass


async def test_ones_own_writes_are_in_the_list_at_once(database: Database):
    dice = random.Random(3)
    async with listing(database) as (search, posts):
        assert await ids(search) == []
        posts.listen(search._listed.heard)
        search._listed.changed = _hears_nothing
        post, made = a_post(dice, 1)
        await MongoRevisions(database).add([(one, one.words([])) for one in made])
        await posts.save(post, expected=0)
        assert await ids(search) == [post.id]
        await database["posts"].update_one({"_id": post.id}, {"$inc": {"counts.likes": 5}})
        later = replace(post, version=2, state=PostState.WITHDRAWN)
        await posts.save(later, expected=1)
        gone = replace(EVERYTHING, asked=PostFilter(state=PostState.WITHDRAWN))
        assert await ids(search, gone) == [post.id]
        [known] = await search._listed.all()
        assert known.counts.likes == post.counts.likes
        # What was read before is older than what is known.
        search._listed._put(post.id, replace(known, version=1, state=PostState.DRAFT))
        assert await ids(search, gone) == [post.id]


async def test_what_is_written_while_all_is_read_is_newer(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    dice = random.Random(6)
    post, made = a_post(dice, 1)
    await MongoRevisions(database).add([(one, one.words([])) for one in made])
    await MongoPosts(database).save(post, expected=0)
    read = MongoPostList._read

    async def late(self: MongoPostList) -> Any:
        found = await read(self)
        self.heard(replace(post, version=2))
        return found

    monkeypatch.setattr(MongoPostList, "_read", late)
    async with listing(database) as (search, _):
        [known] = await search._listed.all()
        assert known.version == 2


async def test_without_the_stream_all_is_read_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    dice = random.Random(4)
    async with listing(database) as (search, _):
        monkeypatch.setattr(changes, "FRESH_S", -1.0)
        search._listed.changed = _hears_nothing
        await write(database, dice, range(3))
        assert len(await ids(search)) == 3


async def test_a_reading_that_fails_is_done_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    await write(database, random.Random(5), range(2))
    read, broken = MongoPostList._read, [True]

    async def at_first_broken(self: MongoPostList) -> Any:
        if broken.pop() if broken else False:
            raise PyMongoError("no")
        return await read(self)

    monkeypatch.setattr(MongoPostList, "_read", at_first_broken)
    async with listing(database) as (search, _):
        assert len(await asyncio.wait_for(ids(search), 10)) == 2
    assert "posts could not be read" in caplog.text
