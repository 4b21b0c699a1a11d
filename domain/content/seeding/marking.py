"""Liking, saving and reporting what is on show in the seeding zone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from domain.content.finding import all_visible
from domain.content.finding import one as visible
from domain.content.history import subject
from domain.content.revisions import PostId
from domain.content.searches import FoundPost
from domain.content.seeding.marks import MarkChange, PostMark, is_left
from domain.content.seeding.zone import SeedingPorts
from domain.kernel.apply_once import Entry, Posting, apply_once, finish_open
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.kernel.refusals import Invalid, TooMany
from domain.people.act import Act
from domain.people.viewer import Role

MAX_REASON = 200
MAX_SAVED = 500
# The milliseconds from the saving to the end of time, so that the newest comes first.
SAVED = Cursors("savedPosts", int, str)


async def mark(ports: SeedingPorts, act: Act, id: str, kind: PostMark, on: bool) -> FoundPost:
    """Leave or take back a like or a save; a repeat changes nothing."""
    act.viewer.require(Role.MEMBER)
    found = await visible(ports.bank, act, id)
    if on and kind is PostMark.SAVE and len(await ports.marks.saved(act.viewer.id)) >= MAX_SAVED:
        raise TooMany(f"You have saved {MAX_SAVED} posts; take one of them back first.")
    changes = await ports.marks.changes(found.post.id, act.viewer.id, kind)
    if on is not is_left(changes):
        change = MarkChange(
            post_id=found.post.id,
            person_id=act.viewer.id,
            mark=kind,
            number=changes + 1,
            at=act.at,
        )
        await apply_once(ports.mark_counts, [change.posting()], first=partial(_note, ports))
    return await visible(ports.bank, act, id)


async def finish_marks(ports: SeedingPorts, act: Act) -> None:
    """Count and note the likes and saves that were cut short."""
    await finish_open(ports.mark_counts, act.at, first=partial(_note, ports))


async def _note(ports: SeedingPorts, counted: Sequence[Entry[Posting]]) -> None:
    for entry in counted:
        await ports.marks.note(MarkChange.of(entry.movement))


async def marks_left(
    ports: SeedingPorts, act: Act, ids: Sequence[PostId]
) -> Mapping[PostId, frozenset[PostMark]]:
    """What the person who asks has left on some posts."""
    left: dict[PostId, set[PostMark]] = defaultdict(set)
    for post_id, kind in await ports.marks.of(act.viewer.id, ids):
        left[post_id].add(kind)
    return {one: frozenset(left[one]) for one in ids}


async def saved(ports: SeedingPorts, act: Act, request: PageRequest) -> Page[FoundPost]:
    """What a consumer has saved and may still see, the newest first."""
    act.viewer.require(Role.MEMBER)
    places = {
        one.post_id: ((NEVER - one.at) // timedelta(milliseconds=1), one.post_id)
        for one in await ports.marks.saved(act.viewer.id)
    }
    found = await all_visible(ports.bank, act, sorted(places, key=places.__getitem__))
    return page_in_order(found, lambda one: places[one.post.id], request, SAVED)


async def report(ports: SeedingPorts, act: Act, id: str, reason: str) -> FoundPost:
    """Tell the content team that a post should not be there."""
    act.viewer.require(Role.MEMBER)
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise Invalid(f"Give a reason of 1 to {MAX_REASON} characters.", field=["reason"])
    found = await visible(ports.bank, act, id)
    await ports.marks.report(found.post.id, act.viewer.id, reason.strip(), act.at)
    return found


async def dismiss_reports(ports: SeedingPorts, act: Act, id: str) -> FoundPost:
    """Find a reported post in order; what is not is withdrawn instead."""
    act.viewer.require(Role.REVIEWER, Role.HEAD_OFFICE)
    found = await visible(ports.bank, act, id)
    about = subject(found.post.id)
    known = {"reports": list(await ports.marks.clear_reports(found.post.id))}
    await ports.bank.records.append(
        act.record("postReportsDismiss", about, before=known, after={"reports": []})
    )
    return await visible(ports.bank, act, id)
