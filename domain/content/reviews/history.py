"""What the book of records says of a post."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.content.bank import ContentPorts
from domain.content.posts import Post
from domain.content.showings import events
from domain.kernel.ids import NewId, PersonId
from domain.kernel.records import Record, Subject, record
from domain.people.viewer import Role, Viewer

# Who does what nobody does: the time that a schedule named has come.
CLOCK = Viewer(id=PersonId("clock"), role=Role.FEED)
_INSTANT = timedelta(milliseconds=1)


def subject(post_id: str) -> Subject:
    """A post, as records name it."""
    return Subject(kind="post", id=post_id)


async def keep(
    bank: ContentPorts,
    action: str,
    before: Post | None,
    after: Post,
    *,
    viewer: Viewer,
    now: datetime,
    new_id: NewId,
) -> Post:
    """Save a post over the version that it was made from, and record what was done to it.

    What time has brought to the version before is recorded first, since it has happened whatever
    becomes of the save.
    """
    if before is not None:
        await bank.records.append(*of_time(before, until=now))
    saved = replace(after, recorded_until=now)
    await bank.posts.save(saved, expected=before.version if before else 0)
    made = record(
        action,
        subject(after.id),
        viewer=viewer,
        before=_values(before) if before else {},
        after=_values(after),
        now=now,
        new_id=new_id,
    )
    begun = replace(after, recorded_until=now - _INSTANT)
    await bank.records.append(made, *of_time(begun, until=now))
    return saved


def of_time(post: Post, *, until: datetime) -> list[Record]:
    """Records of what time has brought to a post; the same ones, by their ids, however often."""
    return [
        Record(
            id=f"record_{showing.facets.revision_id}_{event}_{at:%Y%m%d%H%M%S%f}",
            at=at,
            actor_id=CLOCK.id,
            actor_role=CLOCK.role,
            action=event.value,
            subject=subject(post.id),
            before={},
            after={
                "revisionId": showing.facets.revision_id,
                "scenes": sorted(showing.facets.scenes),
            },
        )
        for at, event, showing in events(post.showings, after=post.recorded_until)
        if at <= until
    ]


def _values(post: Post) -> Mapping[str, Any]:
    review = post.review
    return {
        "state": post.state.value,
        "revisionId": post.latest.revision_id,
        "hash": post.latest.hash,
        "reuseConsent": post.reuse_consent,
        "review": review
        and {
            "id": review.id,
            "outcome": review.outcome.value,
            "claimedBy": review.claim and review.claim.person_id,
            "approvedBy": [vote.person_id for vote in review.votes],
            "comments": [[comment.field, comment.message] for comment in review.comments],
        },
        "schedule": {
            "publishAt": _moment(post.schedule.publish_at),
            "retireAt": _moment(post.schedule.retire_at),
            "campaignId": post.schedule.campaign_id,
        },
        "onShow": [
            {
                "revisionId": showing.facets.revision_id,
                "scenes": sorted(showing.facets.scenes),
                "startsAt": _moment(showing.starts_at),
                "endsAt": _moment(showing.ends_at),
            }
            for showing in post.showings
        ],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
