"""How fast lists of posts answer, as editors, guides and consumers ask, with a bank of 20,000.

Everything runs in this process, on an embedded database of its own; the posts are written straight
into it, each with one revision or two.
"""

import asyncio
import random
import tempfile
from argparse import Namespace
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from domain.content.kinds import Department, PostKind
from domain.content.posts import Counts, Post, PostState
from domain.content.revisions import (
    CategoryId,
    Content,
    PostId,
    Revision,
    RevisionId,
    TextBlock,
    make_revision,
)
from domain.content.scenes import Scene
from domain.content.searches import PostFilter, PostOrder, Search
from domain.content.showings import Showing, facets_of
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.paging import PageRequest
from domain.kernel.text import terms
from domain.network.stores import StoreId
from qianmian.clock import now
from scripts.benching import (
    APART,
    Figure,
    Part,
    arguments,
    counted_trips,
    database,
    measured,
    meter_here,
    report,
    spend,
)
from storage.mongo.content.post_list import MongoPostList, MongoPostWords
from storage.mongo.content.post_search import MongoPostSearch
from storage.mongo.content.posts import MongoPosts, MongoRevisions
from storage.mongo.kernel.changes import ChangeStream
from storage.mongo.kernel.database import Database, connect
from storage.mongo.kernel.documents import to_document
from storage.mongo.kernel.indexing import prepare

WORDS = ("寒风", "羽绒", "清晨", "地铁", "薄雾", "冲锋衣", "暖和", "通勤", "雪山", "城市")
CATEGORIES = [CategoryId(f"category_{number}") for number in range(20)]
AT_ONCE = 100


def a_post(dice: random.Random, number: int, at: datetime) -> tuple[Post, list[Revision]]:
    """A post of one revision or two, the last but one of which is on show."""
    revisions = [
        make_revision(
            RevisionId(f"revision_{number}_{n}"),
            PostId(f"post_{number:05}"),
            n,
            Content(
                title=f"{dice.choice(WORDS)}{number}",
                body=(TextBlock(text=" ".join(dice.choices(WORDS, k=40))),),
                category_id=dice.choice(CATEGORIES),
                scenes=frozenset(Scene),
            ),
            author_id=PersonId("editor"),
            now=at,
        )
        for n in range(1, dice.randint(2, 3))
    ]
    scenes = frozenset(dice.sample(list(Scene), 2))
    starts = at - timedelta(minutes=number)
    shown = Showing(
        facets=facets_of(revisions[0], scenes), starts_at=starts, planned_end=NEVER, ends_at=NEVER
    )
    return Post(
        id=PostId(f"post_{number:05}"),
        kind=PostKind.MATERIAL,
        department=dice.choice(list(Department)),
        author_id=PersonId("editor"),
        created_at=starts,
        changed_at=starts,
        latest=facets_of(revisions[-1], scenes),
        number=len(revisions),
        state=PostState.APPROVED,
        showings=(shown,),
        counts=Counts(uses=dice.randint(0, 500)),
    ), revisions


async def fill(bank: Database, how_many: int) -> None:
    """Write the posts, so many at once."""
    dice, at = random.Random(how_many), now()
    revisions = MongoRevisions(bank)
    for start in range(0, how_many, AT_ONCE):
        made = [a_post(dice, number, at) for number in range(start, start + AT_ONCE)]
        await revisions.add([(one, one.words([])) for _, many in made for one in many])
        await bank["posts"].insert_many([to_document(post) for post, _ in made])
        if start % 2_000 == 0:
            print(f"{start:,} of {how_many:,} posts", flush=True)


def searches(at: datetime) -> dict[str, tuple[Search, PostOrder]]:
    """What people ask for, by its name in the table."""
    team = Search(
        asked=PostFilter(),
        terms=(),
        on_show_at=None,
        scenes=frozenset(Scene),
        stores=None,
        categories=None,
    )
    guide = replace(team, on_show_at=at, stores=frozenset({None, StoreId("S1")}))
    consumer = replace(guide, scenes=frozenset({Scene.SEEDING_ZONE}), stores=frozenset({None}))

    def words(text: str) -> Search:
        return replace(guide, asked=PostFilter(text=text), terms=terms(text))

    return {
        "everything, for the team": (team, PostOrder.NEWEST),
        "a guide's, whatever is on show": (guide, PostOrder.NEWEST),
        "of one scene, the most used": (
            replace(guide, scenes=frozenset({Scene.MOMENTS})),
            PostOrder.MOST_USED,
        ),
        "a consumer's seeding zone": (consumer, PostOrder.NEWEST),
        "two categories of twenty": (
            replace(team, categories=frozenset(CATEGORIES[:2])),
            PostOrder.NEWEST,
        ),
        "a number in 1 of 20 titles": (words("12"), PostOrder.RELEVANCE),
        "a word of most posts": (words("寒风"), PostOrder.RELEVANCE),
    }


async def measure(uri: str, pid: int, options: Namespace) -> list[Figure]:
    """Fill the bank, and ask for first pages by turns."""
    meter = meter_here(counted_trips(), pid)
    bank = connect(uri, "bench_content")
    await prepare(bank)
    await fill(bank, options.posts)
    listed, held_words = MongoPostList(bank), MongoPostWords(bank)
    search = MongoPostSearch(MongoPosts(bank), MongoRevisions(bank), listed, held_words)
    changes = ChangeStream(bank, [listed, held_words])
    token = APART.set(True)
    await changes.start()
    APART.reset(token)
    await asyncio.gather(listed.all(), held_words.all())

    async def ask(wanted: Search, order: PostOrder, _: int) -> None:
        page = await search.search(wanted, order, PageRequest(first=20))
        assert page.items

    parts = [
        Part(
            name=name, run=partial(spend, partial(ask, *asked), seconds=options.seconds, clients=1)
        )
        for name, asked in searches(now()).items()
    ]
    try:
        return await measured(parts, meter, rounds=options.rounds)
    finally:
        await changes.stop()
        bank.client.close()


def main() -> int:
    """Measure and print."""
    parser = arguments("content", __doc__, seconds=1.0)
    parser.add_argument("--posts", type=int, default=20_000, help="in the bank (%(default)s)")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        database(Path(name) / "data") as (uri, pid),
    ):
        figures = asyncio.run(measure(uri, pid, options))
    report(figures, options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
