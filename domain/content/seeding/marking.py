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
from domain.content.seeding.marks import MarkChange, PostMark, Report, is_left
from domain.content.seeding.zone import SeedingPorts
from domain.kernel.apply_once import Entry, Posting, apply_once, finish_open
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.kernel.refusals import Invalid, TooMany
from domain.people.act import Act

MAX_REASON = 200
MAX_SAVED = 500
# The milliseconds from the saving to the end of time, so that the newest comes first.
MARKED = {
    PostMark.SAVE: Cursors("savedPosts", int, str),
    PostMark.LIKE: Cursors("likedPosts", int, str),
}


async def mark(ports: SeedingPorts, act: Act, id: str, kind: PostMark, on: bool) -> FoundPost:
    """Leave or take back a like or a save; a repeat changes nothing."""
    act.viewer.require("seeding.take_part")
    found = await visible(ports.bank, act, id)
    if on and kind is PostMark.SAVE and await _has_saved_all_they_may(ports, act):
        raise TooMany(f"You have saved {MAX_SAVED} posts; take one of them back first.")
    changes = await ports.marks.changes(found.post.id, act.viewer.id, kind)
    if on is not is_left(changes):
        await _change(ports, act, found.post.id, act.viewer.id, kind, changes + 1)
    return await visible(ports.bank, act, id)


async def _has_saved_all_they_may(ports: SeedingPorts, act: Act) -> bool:
    return len(await ports.marks.left_by(act.viewer.id, PostMark.SAVE)) >= MAX_SAVED


async def _change(
    ports: SeedingPorts, act: Act, id: PostId, person_id: PersonId, kind: PostMark, number: int
) -> None:
    """Count a person's nth change of a mark and note it."""
    change = MarkChange(post_id=id, person_id=person_id, mark=kind, number=number, at=act.at)
    await apply_once(ports.mark_counts, [change.posting()], first=partial(_note, ports))


async def finish_marks(ports: SeedingPorts, act: Act) -> None:
    """Count and note the likes, saves and reports that were cut short."""
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


async def marked(
    ports: SeedingPorts, act: Act, kind: PostMark, request: PageRequest
) -> Page[FoundPost]:
    """What a consumer has liked or saved and may still see, the newest first.

    Of those who like without end it is the newest, as many as one may save.
    """
    act.viewer.require("seeding.take_part")
    places = {
        one.post_id: ((NEVER - one.at) // timedelta(milliseconds=1), one.post_id)
        for one in await ports.marks.left_by(act.viewer.id, kind)
    }
    newest = sorted(places, key=places.__getitem__)[:MAX_SAVED]
    found = await all_visible(ports.bank, act, newest)
    return page_in_order(found, lambda one: places[one.post.id], request, MARKED[kind])


async def report(ports: SeedingPorts, act: Act, id: str, reason: str) -> FoundPost:
    """Tell the content team that a post should not be there; again, only the reason is another.

    The reason is kept before it is counted, so that none is counted that nobody can read.
    """
    act.viewer.require("seeding.take_part")
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise Invalid(f"Give a reason of 1 to {MAX_REASON} characters.", field=["reason"])
    post_id = (await visible(ports.bank, act, id)).post.id
    known = partial(ports.marks.changes, post_id, act.viewer.id, PostMark.REPORT)
    number = None
    # Somebody may dismiss it amid this: then it is another report.
    while number != (changes := await known()):
        number = changes if is_left(changes) else changes + 1
        said = Report(
            post_id=post_id,
            person_id=act.viewer.id,
            number=number,
            reason=reason.strip(),
            at=act.at,
        )
        await ports.marks.keep_report(said)
        if number > changes:
            await _change(ports, act, post_id, act.viewer.id, PostMark.REPORT, number)
    return await visible(ports.bank, act, id)


async def dismiss_reports(ports: SeedingPorts, act: Act, id: str) -> FoundPost:
    """Find a reported post in order; what is not is withdrawn instead.

    A report that comes meanwhile is neither told nor forgotten.
    """
    act.viewer.require("seeding.judge")
    post_id = (await visible(ports.bank, act, id)).post.id
    marks = ports.marks
    for one in await marks.reports(post_id):
        if one.number == await marks.changes(post_id, one.person_id, PostMark.REPORT):
            await _change(ports, act, post_id, one.person_id, PostMark.REPORT, one.number + 1)
    dismissed = [
        one
        for one in await marks.reports(post_id)
        if one.number < await marks.changes(post_id, one.person_id, PostMark.REPORT)
    ]
    known = {"reports": [one.reason for one in dismissed]}
    await ports.bank.records.append(
        act.record("postReportsDismiss", subject(post_id), before=known, after={"reports": []})
    )
    for one in dismissed:
        await marks.forget_report(one)
    return await visible(ports.bank, act, id)
