"""Scheduling posts, alone and in campaigns, and writing down what time has brought."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.content import posts
from domain.content.bank import ContentPorts
from domain.content.depositing import asset_ends, load, require_author
from domain.content.planning import campaigns
from domain.content.planning.campaigns import Campaign
from domain.content.posts import Post, PostState
from domain.content.reviews import history
from domain.content.revisions import PostId
from domain.content.showings import CampaignId, Schedule
from domain.kernel.ids import NewId
from domain.kernel.records import Subject, record
from domain.kernel.refusals import Conflict, NotFound, WrongState
from domain.people.viewer import Role, Viewer

PLANNERS = (Role.EDITOR, Role.REVIEWER, Role.HEAD_OFFICE)
# How many posts one round of recording takes up.
ROUND = 200


async def schedule(
    bank: ContentPorts,
    viewer: Viewer,
    id: str,
    publish_at: datetime | None,
    retire_at: datetime | None,
    *,
    now: datetime,
    new_id: NewId,
) -> Post:
    """Say when a post goes on and off show, once its latest revision is approved."""
    post = await load(bank, id)
    require_author(viewer, post)
    if post.schedule.campaign_id is not None:
        raise WrongState("This post goes with its campaign; take it out of that first.")
    wanted = Schedule(publish_at=publish_at, retire_at=retire_at)
    scheduled = posts.schedule(post, wanted, await asset_ends(bank, post), now=now)
    return await history.keep(
        bank, "postSchedule", post, scheduled, viewer=viewer, now=now, new_id=new_id
    )


async def plan_campaign(
    bank: ContentPorts,
    viewer: Viewer,
    name: str,
    starts_at: datetime,
    ends_at: datetime | None,
    *,
    now: datetime,
    new_id: NewId,
) -> Campaign:
    """Put a campaign on the calendar."""
    viewer.require(*PLANNERS)
    planned = campaigns.plan(CampaignId(new_id("campaign")), name, starts_at, ends_at, now=now)
    await bank.campaigns.save(planned, expected=0)
    await _record(bank, viewer, "campaignPlan", None, planned, now=now, new_id=new_id)
    return planned


async def add_to_campaign(
    bank: ContentPorts, viewer: Viewer, id: str, post_id: str, *, now: datetime, new_id: NewId
) -> Campaign:
    """Let a post go on show with a campaign, if its latest revision is approved by then."""
    post = await load(bank, post_id)
    require_author(viewer, post)
    if post.schedule.campaign_id not in (None, id):
        raise WrongState("This post is in another campaign; take it out of that first.")
    if post.state is PostState.APPROVED and post.showing(now) is not None:
        raise WrongState("This post is on show already; revise it for the campaign.")
    planned = campaigns.add(await load_campaign(bank, id), post.id, now=now)
    posts.schedule(post, planned.schedule_of(post.id), {}, now=now)
    return await _change(
        bank,
        viewer,
        "campaignAdd",
        id,
        lambda campaign: campaigns.add(campaign, post.id, now=now),
        now=now,
        new_id=new_id,
    )


async def remove_from_campaign(
    bank: ContentPorts, viewer: Viewer, id: str, post_id: str, *, now: datetime, new_id: NewId
) -> Campaign:
    """Take a post out of a campaign; it is held back until it is scheduled anew."""
    return await _change(
        bank,
        viewer,
        "campaignRemove",
        id,
        lambda campaign: campaigns.remove(campaign, PostId(post_id), now=now),
        now=now,
        new_id=new_id,
    )


async def move_campaign(
    bank: ContentPorts,
    viewer: Viewer,
    id: str,
    starts_at: datetime,
    ends_at: datetime | None,
    *,
    now: datetime,
    new_id: NewId,
) -> Campaign:
    """Give a campaign and all its posts another time."""
    return await _change(
        bank,
        viewer,
        "campaignMove",
        id,
        lambda campaign: campaigns.move(campaign, starts_at, ends_at, now=now),
        now=now,
        new_id=new_id,
    )


async def cancel_campaign(
    bank: ContentPorts, viewer: Viewer, id: str, *, now: datetime, new_id: NewId
) -> Campaign:
    """Give a campaign up before it begins."""
    return await _change(
        bank,
        viewer,
        "campaignCancel",
        id,
        lambda campaign: campaigns.cancel(campaign, now=now),
        now=now,
        new_id=new_id,
    )


async def tend_calendar(bank: ContentPorts, *, now: datetime, new_id: NewId) -> int:
    """Finish what a crash left half done, and record what time has brought; tell how much.

    Any number of processes may do this at once: what two of them try, one of them does.
    """
    done = 0
    for campaign in await bank.campaigns.unsettled():
        done += await _tried(settle(bank, campaign, now=now, new_id=new_id))
    for post in await bank.posts.due(now, ROUND):
        done += await _tried(_record_time(bank, post, now=now))
    return done


async def settle(
    bank: ContentPorts, campaign: Campaign, *, now: datetime, new_id: NewId
) -> Campaign:
    """Bring a campaign's change to its posts, and to those that are in it no more."""
    former = await bank.posts.of_campaign(campaign.id)
    current = await bank.posts.by_ids(campaign.post_ids)
    for post in {**former, **current}.values():
        wanted = campaign.schedule_of(post.id)
        foreign = post.schedule.campaign_id not in (None, campaign.id)
        if foreign or post.state is PostState.WITHDRAWN or post.schedule == wanted:
            continue
        try:
            scheduled = posts.schedule(post, wanted, await asset_ends(bank, post), now=now)
        except WrongState:
            continue  # it will not be ready; the campaign says so
        await history.keep(
            bank,
            "campaignSettle",
            post,
            scheduled,
            viewer=history.CLOCK,
            now=now,
            new_id=new_id,
        )
    done = replace(campaign, settled=True, version=campaign.version + 1)
    await bank.campaigns.save(done, expected=campaign.version)
    return done


async def _record_time(bank: ContentPorts, post: Post, *, now: datetime) -> None:
    await bank.records.append(*history.of_time(post, until=now))
    recorded = replace(post, recorded_until=now, version=post.version + 1)
    await bank.posts.save(recorded, expected=post.version)


async def load_campaign(bank: ContentPorts, id: str) -> Campaign:
    """The campaign of this id, or NotFound."""
    found = await bank.campaigns.by_id(CampaignId(id))
    if found is None:
        raise NotFound(f"There is no campaign {id}; look its id up on the calendar.", field=["id"])
    return found


async def _change(
    bank: ContentPorts,
    viewer: Viewer,
    action: str,
    id: str,
    change: Callable[[Campaign], Campaign],
    *,
    now: datetime,
    new_id: NewId,
) -> Campaign:
    viewer.require(*PLANNERS)
    before = await load_campaign(bank, id)
    changed = change(before)
    await bank.campaigns.save(changed, expected=before.version)
    await _record(bank, viewer, action, before, changed, now=now, new_id=new_id)
    return await settle(bank, changed, now=now, new_id=new_id)


async def _tried(work: Awaitable[Any]) -> int:
    """Do a piece of work, unless somebody else has just done it."""
    try:
        await work
    except Conflict:
        return 0
    return 1


async def _record(
    bank: ContentPorts,
    viewer: Viewer,
    action: str,
    before: Campaign | None,
    after: Campaign,
    *,
    now: datetime,
    new_id: NewId,
) -> None:
    made = record(
        action,
        Subject(kind="campaign", id=after.id),
        viewer=viewer,
        before=_values(before) if before else {},
        after=_values(after),
        now=now,
        new_id=new_id,
    )
    await bank.records.append(made)


def _values(campaign: Campaign) -> dict[str, Any]:
    return {
        "name": campaign.name,
        "startsAt": campaign.starts_at.isoformat(),
        "endsAt": campaign.ends_at.isoformat() if campaign.ends_at else None,
        "postIds": list(campaign.post_ids),
        "cancelled": campaign.cancelled,
    }
