"""Scheduling posts, alone and in campaigns."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from domain.content import campaigns, posts
from domain.content.bank import ContentPorts
from domain.content.campaigns import Campaign, Campaigns
from domain.content.history import CLOCK
from domain.content.keeping import change, keep_on_show
from domain.content.loading import asset_ends, latest, load
from domain.content.permissions import require_author
from domain.content.posts import Post, PostState
from domain.content.revisions import PostId
from domain.content.searches import FoundPost
from domain.content.showings import CampaignId, Schedule
from domain.kernel.paging import Page, PageRequest
from domain.kernel.records import Subject, Values
from domain.kernel.refusals import Conflict, Invalid, NotFound, WrongState, refuse_all
from domain.media.assets import AssetId
from domain.people.act import Act


async def schedule(
    ports: ContentPorts,
    act: Act,
    id: str,
    publish_at: datetime | None,
    retire_at: datetime | None,
) -> FoundPost:
    """Say when a post goes on and off show, once its latest revision is approved.

    A time to go on that has come is at once; one to go off that has come is refused.
    """
    act.viewer.require("post.change")
    post = await load(ports.posts, id)
    require_author(act.viewer, post)
    if post.schedule.campaign_id is not None:
        raise WrongState("This post goes with its campaign; take it out of that first.")
    if retire_at is not None and retire_at <= act.at:
        raise Invalid("Let it go off show later, or withdraw it at once.", field=["retireAt"])
    wanted = Schedule(publish_at=publish_at, retire_at=retire_at)
    scheduled = posts.schedule(post, wanted, await asset_ends(ports.assets, post), now=act.at)
    return await latest(ports, act, await keep_on_show(ports, act, "postSchedule", post, scheduled))


async def calendar(
    ports: ContentPorts, act: Act, since: datetime, page: PageRequest
) -> Page[Campaign]:
    """The campaigns that start at or after a moment, the earliest first."""
    act.viewer.require("campaign.plan")
    return await ports.campaigns.page(since, page)


async def campaign(ports: ContentPorts, act: Act, id: str) -> Campaign | None:
    """One campaign; None where there is none of this id."""
    act.viewer.require("campaign.plan")
    return await ports.campaigns.by_id(CampaignId(id))


async def line_ups(
    ports: ContentPorts, act: Act, planned: Sequence[Campaign]
) -> Mapping[Campaign, Mapping[PostId, bool]]:
    """The posts of campaigns in the order in which they were added, and whether each is ready."""
    wanted = dict.fromkeys(one for campaign in planned for one in campaign.post_ids)
    there = await ports.posts.by_ids(list(wanted)) if wanted else {}
    return {
        campaign: {one: one in there and campaign.ready(there[one]) for one in campaign.post_ids}
        for campaign in planned
    }


async def plan_campaign(
    ports: ContentPorts, act: Act, name: str, starts_at: datetime, ends_at: datetime | None
) -> Campaign:
    """Put a campaign on the calendar."""
    act.viewer.require("campaign.plan")
    campaign_id = CampaignId(act.new_id("campaign"))
    planned = campaigns.plan(campaign_id, name, starts_at, ends_at, now=act.at)
    refuse_all(ports.claims.refused(planned.name, ["name"]))
    await ports.campaigns.save(planned, expected=0)
    await _record(ports, act, "campaignPlan", None, planned)
    return planned


async def add_to_campaign(ports: ContentPorts, act: Act, id: str, post_id: str) -> Campaign:
    """Let a post go on show with a campaign, if its latest revision is approved by then."""
    act.viewer.require("campaign.plan")
    post = await load(ports.posts, post_id)
    require_author(act.viewer, post)
    if post.schedule.campaign_id not in (None, id):
        raise WrongState("This post is in another campaign; take it out of that first.")
    if post.state is PostState.APPROVED and post.showing(act.at) is not None:
        raise WrongState("This post is on show already; revise it for the campaign.")
    planned = campaigns.add(await load_campaign(ports.campaigns, id), post.id, now=act.at)
    posts.schedule(post, planned.schedule_of(post.id), {}, now=act.at)
    add = partial(campaigns.add, post_id=post.id, now=act.at)
    return await _change(ports, act, "campaignAdd", id, add)


async def remove_from_campaign(ports: ContentPorts, act: Act, id: str, post_id: str) -> Campaign:
    """Take a post out of a campaign; it is held back until it is scheduled anew."""
    remove = partial(campaigns.remove, post_id=PostId(post_id), now=act.at)
    return await _change(ports, act, "campaignRemove", id, remove)


async def move_campaign(
    ports: ContentPorts, act: Act, id: str, starts_at: datetime, ends_at: datetime | None
) -> Campaign:
    """Give a campaign and all its posts another time."""
    move = partial(campaigns.move, starts_at=starts_at, ends_at=ends_at, now=act.at)
    return await _change(ports, act, "campaignMove", id, move)


async def cancel_campaign(ports: ContentPorts, act: Act, id: str) -> Campaign:
    """Give a campaign up before it begins."""
    cancel = partial(campaigns.cancel, now=act.at)
    return await _change(ports, act, "campaignCancel", id, cancel)


async def settle(ports: ContentPorts, act: Act, campaign: Campaign) -> Campaign:
    """Bring a campaign's change to its posts, and to those that are in it no more."""
    clock = replace(act, viewer=CLOCK)
    former = await ports.posts.of_campaign(campaign.id)
    current = await ports.posts.by_ids(campaign.post_ids)
    for post in {**former, **current}.values():
        ends = await asset_ends(ports.assets, post)
        follow = partial(_scheduled, campaign=campaign, ends=ends, now=act.at)
        await change(ports, clock, "campaignSettle", post, follow)
    done = replace(campaign, settled=True, version=campaign.version + 1)
    await ports.campaigns.save(done, expected=campaign.version)
    return done


def _scheduled(
    post: Post, campaign: Campaign, ends: Mapping[AssetId, datetime], now: datetime
) -> Post:
    """A post as its campaign asks, if it is the campaign's and will be ready for it."""
    wanted = campaign.schedule_of(post.id)
    foreign = post.schedule.campaign_id not in (None, campaign.id)
    if foreign or post.state is PostState.WITHDRAWN or post.schedule == wanted:
        return post
    try:
        return posts.schedule(post, wanted, ends, now=now)
    except WrongState:
        return post  # it will not be ready; the campaign says so


async def load_campaign(there: Campaigns, id: str) -> Campaign:
    """The campaign of this id, or NotFound."""
    found = await there.by_id(CampaignId(id))
    if found is None:
        raise NotFound(f"There is no campaign {id}; look its id up on the calendar.", field=["id"])
    return found


async def _change(
    ports: ContentPorts, act: Act, action: str, id: str, change: Callable[[Campaign], Campaign]
) -> Campaign:
    act.viewer.require("campaign.plan")
    before = await load_campaign(ports.campaigns, id)
    changed = change(before)
    await ports.campaigns.save(changed, expected=before.version)
    await _record(ports, act, action, before, changed)
    # Where somebody is at the same campaign or post, the clock brings the change to the rest.
    with contextlib.suppress(Conflict):
        return await settle(ports, act, changed)
    return changed


async def _record(
    ports: ContentPorts, act: Act, action: str, before: Campaign | None, after: Campaign
) -> None:
    subject = Subject(kind="campaign", id=after.id)
    known = _values(before) if before else {}
    await ports.records.append(act.record(action, subject, before=known, after=_values(after)))


def _values(campaign: Campaign) -> Values:
    ends_at: Any = campaign.ends_at.isoformat() if campaign.ends_at else None
    return {
        "name": campaign.name,
        "startsAt": campaign.starts_at.isoformat(),
        "endsAt": ends_at,
        "postIds": list(campaign.post_ids),
        "cancelled": campaign.cancelled,
    }
