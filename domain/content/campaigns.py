"""Campaigns on the brand's calendar: posts that go on show together."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.content.posts import Post
from domain.content.revisions import PostId
from domain.content.showings import CampaignId, Schedule
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Invalid, WrongState
from domain.kernel.states import Machine

MAX_NAME = 60
MAX_POSTS = 200
# A change of a campaign reaches its posts one by one; so much time before the start is enough, so
# that no reader ever sees some of them moved and others not.
NOTICE = timedelta(seconds=10)


class CampaignState(StrEnum):
    """Where a campaign stands; but for the cancelling a matter of time alone."""

    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


CAMPAIGN: Machine[CampaignState] = Machine(
    "campaign",
    begins=frozenset({CampaignState.PLANNED}),
    next={
        # Planned again: it has moved, or its posts are others.
        CampaignState.PLANNED: frozenset(
            {CampaignState.PLANNED, CampaignState.RUNNING, CampaignState.CANCELLED}
        ),
        CampaignState.RUNNING: frozenset({CampaignState.ENDED}),
        CampaignState.ENDED: frozenset(),
        CampaignState.CANCELLED: frozenset(),
    },
)
CAMPAIGNS = Cursors("campaigns", datetime, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A plan by which posts go on show at one moment, and off again at another.

    `settled` is False while a change has not reached all of its posts yet.
    """

    id: CampaignId
    name: str
    starts_at: datetime
    ends_at: datetime | None
    post_ids: tuple[PostId, ...] = ()
    cancelled: bool = False
    settled: bool = True
    version: int = 1

    def state(self, now: datetime) -> CampaignState:
        """Where it stands at a moment."""
        if self.cancelled:
            return CampaignState.CANCELLED
        if now < self.starts_at:
            return CampaignState.PLANNED
        if self.ends_at is None or now < self.ends_at:
            return CampaignState.RUNNING
        return CampaignState.ENDED

    def ready(self, post: Post) -> bool:
        """Whether an approved revision of a post is to go on show with the campaign."""
        return any(
            showing.starts_at == self.starts_at and showing.starts_at < showing.ends_at
            for showing in post.showings
        )

    def schedule_of(self, post_id: PostId) -> Schedule:
        """What the campaign asks of a post; one that is in it no more is held back."""
        if self.cancelled or post_id not in self.post_ids:
            return Schedule(publish_at=NEVER)
        return Schedule(publish_at=self.starts_at, retire_at=self.ends_at, campaign_id=self.id)


class Campaigns(Protocol):
    """Where campaigns are kept."""

    async def by_id(self, id: CampaignId) -> Campaign | None:
        """One campaign."""

    async def save(self, campaign: Campaign, *, expected: int) -> None:
        """Write a campaign over the expected version, 0 for a new one; else raise Conflict."""

    async def unsettled(self) -> list[CampaignId]:
        """The campaigns with a change that has not reached all of their posts."""

    async def page(self, since: datetime, request: PageRequest) -> Page[Campaign]:
        """The campaigns that start at or after a moment, the earliest first."""


def plan(
    id: CampaignId, name: str, starts_at: datetime, ends_at: datetime | None, *, now: datetime
) -> Campaign:
    """A new campaign without posts."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid(f"Give it a name of 1 to {MAX_NAME} characters.", field=["name"])
    _check_times(starts_at, ends_at, now=now)
    return Campaign(id=id, name=name, starts_at=starts_at, ends_at=ends_at)


def move(
    campaign: Campaign, starts_at: datetime, ends_at: datetime | None, *, now: datetime
) -> Campaign:
    """Give a campaign that has not begun another time."""
    _require_changeable(campaign, CampaignState.PLANNED, now)
    _check_times(starts_at, ends_at, now=now)
    return _changed(replace(campaign, starts_at=starts_at, ends_at=ends_at))


def add(campaign: Campaign, post_id: PostId, *, now: datetime) -> Campaign:
    """Let a post go on show with the campaign."""
    _require_changeable(campaign, CampaignState.PLANNED, now)
    if post_id in campaign.post_ids:
        raise WrongState("This post is in the campaign already.")
    if len(campaign.post_ids) >= MAX_POSTS:
        raise Invalid(f"A campaign has at most {MAX_POSTS} posts.", field=["postId"])
    return _changed(replace(campaign, post_ids=(*campaign.post_ids, post_id)))


def remove(campaign: Campaign, post_id: PostId, *, now: datetime) -> Campaign:
    """Take a post out; it is held back until it is scheduled anew."""
    _require_changeable(campaign, CampaignState.PLANNED, now)
    if post_id not in campaign.post_ids:
        raise WrongState("This post is not in the campaign.")
    left = tuple(one for one in campaign.post_ids if one != post_id)
    return _changed(replace(campaign, post_ids=left))


def cancel(campaign: Campaign, *, now: datetime) -> Campaign:
    """Give a campaign up before it begins; its posts are held back."""
    _require_changeable(campaign, CampaignState.CANCELLED, now)
    return _changed(replace(campaign, cancelled=True))


def _changed(campaign: Campaign) -> Campaign:
    return replace(campaign, settled=False, version=campaign.version + 1)


def _require_changeable(campaign: Campaign, after: CampaignState, now: datetime) -> None:
    CAMPAIGN.require(campaign.state(now), after)
    if campaign.starts_at < now + NOTICE:
        raise WrongState("This campaign starts within seconds; it can't be changed any more.")


def _check_times(starts_at: datetime, ends_at: datetime | None, *, now: datetime) -> None:
    if starts_at < now + NOTICE:
        raise Invalid("Let it start at least ten seconds from now.", field=["startsAt"])
    if ends_at is not None and ends_at <= starts_at:
        raise Invalid("Let it end after it starts.", field=["endsAt"])
