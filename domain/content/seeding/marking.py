"""Liking, saving and reporting what is on show in the seeding zone."""

from datetime import datetime

from domain.content.categories import Tree
from domain.content.reviews.history import subject
from domain.content.search import finding
from domain.content.search.searches import Found
from domain.content.seeding.buyer_shows import Mark, SeedingPorts
from domain.kernel.ids import NewId
from domain.kernel.paging import Page, PageRequest, page_of
from domain.kernel.records import record
from domain.kernel.refusals import Invalid, TooMany
from domain.people.viewer import Role, Viewer

MAX_REASON = 200
MAX_SAVED = 500


async def mark(
    zone: SeedingPorts, viewer: Viewer, id: str, kind: Mark, on: bool, *, now: datetime
) -> Found:
    """Leave or take back a like or a save; a repeat changes nothing."""
    viewer.require(Role.MEMBER)
    found = await finding.one(zone.bank, viewer, id, now=now)
    if on and kind is Mark.SAVE and len(await zone.marks.saved(viewer.id)) >= MAX_SAVED:
        raise TooMany(f"You have saved {MAX_SAVED} posts; take one of them back first.")
    if on:
        await zone.marks.leave(found.post.id, viewer.id, kind, now)
    else:
        await zone.marks.take_back(found.post.id, viewer.id, kind)
    return await finding.one(zone.bank, viewer, id, now=now)


async def saved(
    zone: SeedingPorts, viewer: Viewer, page: PageRequest, *, now: datetime
) -> tuple[Page[Found], Tree]:
    """What a consumer has saved and may still see, the newest first."""
    viewer.require(Role.MEMBER)
    ids = await zone.marks.saved(viewer.id)
    found = await finding.all_visible(zone.bank, viewer, ids, now=now)
    return page_of(found, page), await zone.bank.categories.tree()


async def report(
    zone: SeedingPorts, viewer: Viewer, id: str, reason: str, *, now: datetime
) -> Found:
    """Tell the content team that a post should not be there."""
    viewer.require(Role.MEMBER)
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        raise Invalid(f"Give a reason of 1 to {MAX_REASON} characters.", field=["reason"])
    found = await finding.one(zone.bank, viewer, id, now=now)
    await zone.marks.report(found.post.id, viewer.id, reason.strip(), now)
    return found


async def dismiss_reports(
    zone: SeedingPorts, viewer: Viewer, id: str, *, now: datetime, new_id: NewId
) -> Found:
    """Find a reported post in order; what is not is withdrawn instead."""
    viewer.require(Role.REVIEWER, Role.HEAD_OFFICE)
    found = await finding.one(zone.bank, viewer, id, now=now)
    reasons = list(await zone.marks.reports(found.post.id))
    await zone.marks.clear_reports(found.post.id)
    made = record(
        "postReportsDismiss",
        subject(found.post.id),
        viewer=viewer,
        before={"reports": reasons},
        after={"reports": []},
        now=now,
        new_id=new_id,
    )
    await zone.bank.records.append(made)
    return await finding.one(zone.bank, viewer, id, now=now)
