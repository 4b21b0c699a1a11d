"""What is on show depends on the clock alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.content import posts
from domain.content.kinds import Department, PostKind
from domain.content.posts import Post, PostState
from domain.content.reviews import review as reviews
from domain.content.reviews.review import Review, ReviewId, ReviewStep
from domain.content.revisions import PostId, RevisionId, make_revision
from domain.content.scenes import Scene
from domain.content.showings import Schedule, events
from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING, NEVER
from domain.kernel.refusals import WrongState
from domain.media.assets import AssetId
from domain.people.viewer import Role
from tests.support.builders import NOON
from tests.support.content import EDITOR, REVIEWER, an_asset_id, some_content

HOUR = timedelta(hours=1)


def a_revision(number=1, **changes):
    return make_revision(
        RevisionId(f"revision_{number}"),
        PostId("post_1"),
        number,
        some_content(**changes),
        author_id=EDITOR.id,
        now=NOON,
    )


def a_post(revision):
    return posts.deposit(revision, kind=PostKind.MATERIAL, department=Department.BRAND)


def a_review(revision, **changes):
    fields = {
        "id": ReviewId("review_1"),
        "revision_id": revision.id,
        "hash": revision.hash,
        "scenes": revision.content.scenes,
        "author_id": revision.author_id,
        "submitted_by": revision.author_id,
        "submitted_at": NOON,
        "due_at": NOON + HOUR,
        "steps": (ReviewStep(role=Role.REVIEWER),),
    }
    return Review(**{**fields, **changes})


def approved(post: Post, revision, now=NOON, ends=None, scenes=None) -> Post:
    submitted = posts.submit(post, a_review(revision), now=now)
    allowed = revision.content.scenes if scenes is None else scenes
    review = reviews.approve(submitted.open_review(), REVIEWER, allowed, revision.hash, now=now)
    return posts.approve(submitted, review, revision, ends or {}, now=now)


def test_an_approved_revision_is_on_show_at_once_and_for_good():
    revision = a_revision()
    post = approved(a_post(revision), revision)
    assert post.showing(NOON).facets.revision_id == revision.id
    assert post.showing(NOON - timedelta(milliseconds=1)) is None
    assert post.showing(NEVER - HOUR)


def test_the_next_revision_takes_over_at_the_moment_when_it_is_scheduled():
    first = a_revision()
    post = approved(a_post(first), first)
    second = a_revision(2, title="下一季")
    post = posts.revise(post, second)
    post = posts.schedule(post, Schedule(publish_at=NOON + HOUR), {}, now=NOON)
    post = approved(post, second)
    assert post.showing(NOON + HOUR - timedelta(milliseconds=1)).facets.revision_id == first.id
    assert post.showing(NOON + HOUR).facets.revision_id == second.id
    later = posts.schedule(post, Schedule(publish_at=NOON + 3 * HOUR), {}, now=NOON)
    assert later.showing(NOON + 2 * HOUR).facets.revision_id == first.id
    assert later.showing(NOON + 3 * HOUR).facets.revision_id == second.id


def test_what_is_on_show_can_not_be_put_off_only_retired():
    revision = a_revision()
    post = approved(a_post(revision), revision)
    with pytest.raises(WrongState):
        posts.schedule(post, Schedule(publish_at=NOON + HOUR), {}, now=NOON)
    retired = posts.schedule(post, Schedule(retire_at=NOON + HOUR), {}, now=NOON)
    assert retired.showing(NOON)
    assert retired.showing(NOON + HOUR) is None


def test_a_post_held_back_is_approved_but_not_on_show():
    revision = a_revision()
    held = posts.schedule(a_post(revision), Schedule(publish_at=NEVER), {}, now=NOON)
    post = approved(held, revision)
    assert (post.state, post.showings) == (PostState.APPROVED, ())
    assert posts.schedule(post, Schedule(), {}, now=NOON).showing(NOON)


def test_an_asset_whose_rights_end_takes_the_post_along_and_brings_it_back():
    asset_id = an_asset_id()
    revision = a_revision(cover=asset_id)
    post = approved(a_post(revision), revision, ends={asset_id: NOON + HOUR})
    assert post.showing(NOON)
    assert post.showing(NOON + HOUR) is None
    withdrawn = posts.follow_assets(post, {asset_id: BEGINNING}, now=NOON)
    assert withdrawn.showing(NOON) is None
    restored = posts.follow_assets(withdrawn, {asset_id: NEVER}, now=NOON)
    assert restored.showing(NOON + 2 * HOUR)
    assert posts.follow_assets(post, {AssetId("asset_other"): BEGINNING}, now=NOON).showing(NOON)


def test_the_scenes_on_show_are_those_that_everybody_allowed():
    revision = a_revision()
    post = a_post(revision)
    steps = (ReviewStep(role=Role.REVIEWER, people=2),)
    review = a_review(revision, steps=steps)
    second = type(REVIEWER)(id=PersonId("staff_second"), role=Role.REVIEWER)
    review = reviews.approve(review, REVIEWER, revision.content.scenes, revision.hash, now=NOON)
    with pytest.raises(WrongState):
        reviews.approve(review, REVIEWER, revision.content.scenes, revision.hash, now=NOON)
    review = reviews.approve(review, second, frozenset({Scene.MOMENTS}), revision.hash, now=NOON)
    post = posts.approve(posts.submit(post, review, now=NOON), review, revision, {}, now=NOON)
    assert post.showing(NOON).facets.scenes == {Scene.MOMENTS}


@given(st.lists(st.tuples(st.sampled_from("arwsx"), st.integers(0, 8)), max_size=14))
def test_whatever_is_done_only_what_was_approved_is_on_show_one_revision_at_a_time(steps):
    revision, number, hours = a_revision(), 1, 0
    post, allowed = a_post(revision), set()
    asset_id = an_asset_id()
    for step, after in steps:
        hours += after % 3
        now = NOON + hours * HOUR
        try:
            if step == "a":
                post = approved(post, revision, now=now)
                allowed.add(revision.id)
            elif step == "r":
                revision = a_revision(number + 1, title=f"第{number}版", cover=asset_id)
                post, number = posts.revise(post, revision), number + 1
            elif step == "w":
                post = posts.withdraw(post, now=now)
                allowed.clear()
            elif step == "s":
                wanted = Schedule(publish_at=now + after * HOUR, retire_at=now + 2 * after * HOUR)
                post = posts.schedule(post, wanted, {}, now=now)
            else:
                until = (BEGINNING, NEVER)[after % 2]
                post = posts.follow_assets(post, {asset_id: until}, now=now)
        except WrongState:
            continue
        for moment in range(24):
            on_show = [one for one in post.showings if one.at(NOON + moment * HOUR)]
            assert len(on_show) <= 1
            assert all(one.facets.revision_id in allowed for one in on_show)


def test_what_time_brings_is_told_in_order_and_each_thing_once():
    first = a_revision()
    post = approved(a_post(first), first)
    post = posts.schedule(post, Schedule(retire_at=NOON + HOUR), {}, now=NOON)
    told = [(at, event.value) for at, event, _ in events(post.showings, after=BEGINNING)]
    assert told == [(NOON, "postPublish"), (NOON + HOUR, "postRetire")]
    assert len(events(post.showings, after=NOON)) == 1


def test_every_state_of_a_post_can_be_reached_and_every_other_step_is_refused():
    reached, waiting = {PostState.DRAFT}, [PostState.DRAFT]
    while waiting:
        waiting += (found := posts.POST.next[waiting.pop()] - reached)
        reached |= found
    assert reached == set(PostState) == set(posts.POST.next)
    revision = a_revision()
    draft = a_post(revision)
    withdrawn = posts.withdraw(draft, now=NOON)
    with pytest.raises(WrongState, match="WITHDRAWN"):
        posts.submit(withdrawn, a_review(revision), now=NOON)
    with pytest.raises(WrongState, match="nothing to review"):
        draft.open_review()
    with pytest.raises(WrongState, match="WITHDRAWN"):
        posts.withdraw(withdrawn, now=NOON)
    assert posts.revise(withdrawn, a_revision(2, title="再来")).state is PostState.DRAFT
