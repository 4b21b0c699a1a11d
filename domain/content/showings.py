"""What is on show, from when to when; a matter of time alone.

Nothing happens at the moment when a revision goes on show: readers compare the clock with its
window. So all posts of a campaign appear at one instant, once, whatever processes run or restart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.catalogue.catalogue import ProductId
from domain.content.revisions import AgeBand, CategoryId, PostAudience, Revision, RevisionId
from domain.content.scenes import Scene
from domain.kernel.moments import BEGINNING, NEVER
from domain.media.assets import AssetId

CampaignId = NewType("CampaignId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What lists of posts are filtered by, taken from one revision."""

    revision_id: RevisionId
    hash: str
    category_id: CategoryId
    audiences: frozenset[PostAudience]
    age_bands: frozenset[AgeBand]
    products: frozenset[ProductId]
    assets: frozenset[AssetId]
    scenes: frozenset[Scene]
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When an approved revision is to go on and off show; None is at once, and for good.

    A post that is held back has NEVER to be published. A campaign's posts have its times.
    """

    publish_at: datetime | None = None
    retire_at: datetime | None = None
    campaign_id: CampaignId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """An approved revision on show for the scenes of its review, from `starts_at` to `ends_at`.

    It ends when it is planned to, when the next one starts, or when one of its assets may no
    longer be shown, whichever is first; `ends_at` is always that moment. So at each moment at most
    one revision of a post is on show.
    """

    facets: Facets
    starts_at: datetime
    planned_end: datetime
    asset_ends: Mapping[AssetId, datetime] = field(default_factory=dict)
    ends_at: datetime = NEVER

    def at(self, now: datetime) -> bool:
        """Whether it is on show at a moment."""
        return self.starts_at <= now < self.ends_at


class ShowingEvent(StrEnum):
    """What time brings; the values are the names of the records."""

    PUBLISH = "postPublish"
    RETIRE = "postRetire"


def facets_of(revision: Revision, scenes: frozenset[Scene]) -> Facets:
    """What a revision is found by, for some of its scenes."""
    content = revision.content
    return Facets(
        revision_id=revision.id,
        hash=revision.hash,
        category_id=content.category_id,
        audiences=content.audiences,
        age_bands=content.age_bands,
        products=frozenset(content.product_fields().values()),
        assets=frozenset(content.asset_fields().values()),
        scenes=scenes,
        valid_from=content.valid_from or BEGINNING,
        valid_until=content.valid_until or NEVER,
    )


def planned_end(facets: Facets, schedule: Schedule) -> datetime:
    """When a revision goes off show at the latest."""
    return min(schedule.retire_at or NEVER, facets.valid_until)


def put_on_show(
    showings: tuple[Showing, ...],
    facets: Facets,
    schedule: Schedule,
    asset_ends: Mapping[AssetId, datetime],
    *,
    now: datetime,
) -> tuple[Showing, ...]:
    """Add an approved revision as the schedule says; what comes after it now is dropped.

    The same revision before its start is moved; one that has started keeps its start.
    """
    starts_at = max(now, schedule.publish_at or BEGINNING, facets.valid_from)
    kept = []
    for earlier in showings:
        if earlier.facets.revision_id == facets.revision_id:
            if earlier.starts_at <= now:
                starts_at = earlier.starts_at
        elif earlier.starts_at < starts_at:
            kept.append(earlier)
    showing = Showing(
        facets=facets,
        starts_at=starts_at,
        planned_end=planned_end(facets, schedule),
        asset_ends=dict(asset_ends),
    )
    added = (showing,) if starts_at < showing.planned_end else ()
    return settled((*kept, *added), now=now)


def retire_all(
    showings: tuple[Showing, ...], schedule: Schedule, *, now: datetime
) -> tuple[Showing, ...]:
    """Let everything that is on show end when the schedule says."""
    ended = (
        replace(showing, planned_end=planned_end(showing.facets, schedule)) for showing in showings
    )
    return settled(tuple(ended), now=now)


def follow_assets(
    showings: tuple[Showing, ...], ends: Mapping[AssetId, datetime], *, now: datetime
) -> tuple[Showing, ...]:
    """Let what shows assets end, or go on, with the time that the assets have."""
    followed = tuple(_following(showing, ends) for showing in showings)
    return showings if followed == showings else settled(followed, now=now)


def _following(showing: Showing, ends: Mapping[AssetId, datetime]) -> Showing:
    other = {
        asset_id: until
        for asset_id, until in ends.items()
        if asset_id in showing.facets.assets and showing.asset_ends.get(asset_id, NEVER) != until
    }
    return replace(showing, asset_ends={**showing.asset_ends, **other}) if other else showing


def settled(showings: tuple[Showing, ...], *, now: datetime) -> tuple[Showing, ...]:
    """The showings with their ends worked out, without those that are over for good."""
    found = []
    for i, showing in enumerate(showings):
        next_start = showings[i + 1].starts_at if i + 1 < len(showings) else NEVER
        over = min(showing.planned_end, next_start)
        if over > now:
            found.append(replace(showing, ends_at=min(over, *showing.asset_ends.values(), NEVER)))
    return tuple(found)


def events(
    showings: tuple[Showing, ...], *, after: datetime
) -> list[tuple[datetime, ShowingEvent, Showing]]:
    """What time brings after a moment, in order."""
    found = []
    for showing in showings:
        if showing.starts_at < showing.ends_at:
            found.append((showing.starts_at, ShowingEvent.PUBLISH, showing))
            found.append((showing.ends_at, ShowingEvent.RETIRE, showing))
    return sorted(
        (event for event in found if after < event[0] < NEVER), key=lambda event: event[0]
    )
