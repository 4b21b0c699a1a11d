"""Whatever the content team, stores and time do: only what was approved reaches anybody else."""

import contextlib
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from domain.content import adapting, categorising, depositing, finding, planning, reviewing
from domain.content.adaptation import Changes
from domain.content.bank import ContentPorts
from domain.content.loading import load
from domain.content.reviews.review import Comment
from domain.content.revisions import ContentField, Revision, RevisionId
from domain.content.scenes import Scene
from domain.content.searches import PostFilter, PostOrder
from domain.content.submitting import submit
from domain.content.tending import tend_calendar
from domain.content.withdrawing import withdraw
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Refusal
from domain.kernel.text import fold
from domain.people.act import by_the_clock
from domain.people.viewer import ANONYMOUS
from qianmian import composition
from qianmian.clock import new_id
from qianmian.wiring.content import content_ports
from storage.mongo.kernel.database import Database
from tests.support.content import (
    EDITOR,
    GUIDE,
    GUIDE_ELSEWHERE,
    HEAD_OFFICE,
    MANAGER,
    MEMBER,
    REVIEWER,
    an_act,
    some_content,
)
from tests.support.foundations import a_foundation

pytestmark = pytest.mark.anyio

OUTSIDERS = (GUIDE, GUIDE_ELSEWHERE, MEMBER, ANONYMOUS)
STEPS = 45


@dataclass
class Story:
    """A random life of a content bank, with its own account of what reviewers have allowed."""

    bank: ContentPorts
    dice: random.Random
    now: datetime
    posts: list[str] = field(default_factory=list)
    allowed: set[tuple[RevisionId, Scene]] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    count: int = 0

    def act(self, viewer):
        """Somebody, now."""
        return an_act(viewer, self.now)

    def draft(self):
        """Content that nothing else has, valid now or not."""
        self.count += 1
        scenes = frozenset(self.dice.sample(list(Scene), self.dice.randint(1, 3)))
        begin = self.dice.choice([None, None, timedelta(hours=-1), timedelta(hours=2)])
        end = self.dice.choice([None, None, timedelta(hours=4)])
        content = some_content(
            title=f"第{self.count}篇文章",
            scenes=scenes,
            valid_from=None if begin is None else self.now + begin,
            valid_until=None if end is None else self.now + end,
            unlocked=frozenset({ContentField.TITLE}),
        )
        return lambda category_id: replace(content, category_id=category_id)

    async def step(self) -> None:
        """Do one thing that somebody might, allowed or not, and let some time pass."""
        acts = [self.deposit, self.revise, self.submit, self.approve, self.approve, self.reject]
        acts += [self.submit, self.approve, self.schedule, self.adapt, self.withdraw, self.tick]
        acts += [self.publish, self.publish]
        with contextlib.suppress(Refusal):
            await self.dice.choice(acts)()
        self.now += timedelta(minutes=self.dice.choice([0, 1, 30, 90]))

    async def deposit(self) -> None:
        made = await depositing.deposit(self.bank, self.act(EDITOR), "上新", self.draft())
        self.posts.append(made.post.id)

    async def publish(self) -> None:
        """A new post, or a stale one, as far as it comes on a straight way."""
        if self.dice.random() < 0.5:
            await self.deposit()
        post = await load(self.bank.posts, self.posts[-1])
        who = MANAGER if post.store_id else EDITOR
        await submit(self.bank, self.act(who), post.id)
        await reviewing.approve(
            self.bank,
            self.act(REVIEWER),
            post.id,
            post.latest.scenes,
            expected_hash=post.latest.hash,
        )
        self.allowed |= {(post.latest.revision_id, scene) for scene in post.latest.scenes}

    async def revise(self) -> None:
        post = await self.any_post()
        await depositing.revise(
            self.bank,
            self.act(EDITOR),
            post.id,
            "上新",
            self.draft(),
            expected_version=post.version,
        )
        self.withdrawn.discard(post.id)

    async def submit(self) -> None:
        post = await self.any_post()
        who = MANAGER if post.store_id else EDITOR
        await submit(self.bank, self.act(who), post.id)

    async def approve(self) -> None:
        post = await self.any_post()
        scenes = frozenset(self.dice.sample(list(Scene), self.dice.randint(1, 2)))
        who = self.dice.choice([REVIEWER, REVIEWER, EDITOR, HEAD_OFFICE, GUIDE])
        read = self.dice.choice([post.latest.hash, post.latest.hash, "0" * 64])
        await reviewing.approve(
            self.bank,
            self.act(who),
            post.id,
            scenes,
            expected_hash=read,
        )
        assert (who, read) == (REVIEWER, post.latest.hash)
        self.allowed |= {(post.latest.revision_id, scene) for scene in scenes}

    async def reject(self) -> None:
        post = await self.any_post()
        comments = (Comment(field="title", message="换"),)
        await reviewing.reject(self.bank, self.act(REVIEWER), post.id, comments)

    async def schedule(self) -> None:
        post = await self.any_post()
        later = self.now + timedelta(hours=self.dice.randint(1, 3))
        await planning.schedule(
            self.bank,
            self.act(EDITOR),
            post.id,
            self.dice.choice([None, later]),
            self.dice.choice([None, later + timedelta(hours=1)]),
        )

    async def adapt(self) -> None:
        post = await self.any_post()
        self.count += 1
        made = await adapting.adapt(
            self.bank,
            self.act(MANAGER),
            post.id,
            Changes(title=f"本店第{self.count}篇"),
        )
        self.posts.append(made.post.id)

    async def withdraw(self) -> None:
        if self.dice.random() < 0.6:
            return
        post = await self.any_post()
        await withdraw(self.bank, self.act(EDITOR), post.id)
        self.withdrawn |= {one for one in self.posts if one.startswith(post.id)}

    async def tick(self) -> None:
        await tend_calendar(self.bank, by_the_clock(self.now, new_id))

    async def any_post(self):
        id = self.dice.choice(self.posts)  # noqa: A001
        return await load(self.bank.posts, id)

    def check(self, revision: Revision, scenes: set[Scene]) -> None:
        """A revision that an outsider was given was approved for these scenes, and is valid."""
        content = revision.content
        for scene in scenes:
            assert (revision.id, scene) in self.allowed
        assert scenes
        assert revision.post_id not in self.withdrawn
        assert content.valid_from is None or content.valid_from <= self.now
        assert content.valid_until is None or self.now < content.valid_until

    async def check_all(self) -> int:
        """Look through every way in which posts reach outsiders; tell how many came through."""
        seen = 0
        for viewer in OUTSIDERS:
            for asked, order in self.queries(viewer):
                request = PageRequest(first=100)
                page = await finding.find(self.bank, self.act(viewer), asked, order, request)
                assert page.total == len(page.items)
                for one in page.items:
                    seen += 1
                    assert one.showing is not None
                    wanted = {asked.scene} if asked.scene else set()
                    self.check(one.revision, wanted | set(one.showing.facets.scenes))
                    assert one.post.store_id in (None, viewer.store_id)
                    if asked.text:
                        assert fold(asked.text) in fold(one.revision.content.title)
            shown = await finding.all_visible(self.bank, self.act(viewer), self.posts)
            listed = await finding.find(
                self.bank,
                self.act(viewer),
                PostFilter(),
                PostOrder.NEWEST,
                PageRequest(first=100),
            )
            assert {one.post.id for one in shown} == {one.post.id for one in listed.items}
        for id in self.posts:  # noqa: A001
            for scene in Scene:
                used = await finding.usable(self.bank, self.act(ANONYMOUS), id, scene)
                if used is not None:
                    self.check(used.revision, {scene})
        return seen

    def queries(self, viewer):
        """Every kind of question, some that would reach too far."""
        yield PostFilter(), PostOrder.NEWEST
        yield PostFilter(on_show=False), PostOrder.MOST_USED
        yield PostFilter(text="篇"), PostOrder.RELEVANCE
        yield PostFilter(text="第1"), PostOrder.NEWEST
        if viewer in (GUIDE, GUIDE_ELSEWHERE):
            for scene in Scene:
                yield PostFilter(scene=scene), PostOrder.NEWEST
        yield PostFilter(author_id=EDITOR.id), PostOrder.NEWEST


@pytest.mark.parametrize("seed", range(3))
async def test_no_unapproved_revision_or_scene_reaches_a_guide_or_a_consumer(
    database: Database, seed: int
):
    bank = content_ports(a_foundation(database))
    now = composition.now()
    await categorising.create(bank, an_act(HEAD_OFFICE, now), "上新")
    story = Story(bank=bank, dice=random.Random(seed), now=now)
    await story.deposit()
    await story.publish()
    seen = 0
    for step in range(STEPS):
        await story.step()
        if step % 5 == 4:
            seen += await story.check_all()
    assert seen, "a story in which nothing goes out tells nothing"
