"""What the book of records says of a post."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.content.bank import ContentBank, NewId
from domain.content.posts import Post
from domain.people.viewer import Viewer
from domain.records import Subject, record


def subject(post_id: str) -> Subject:
    """A post, as records name it."""
    return Subject(kind="post", id=post_id)


async def keep(
    bank: ContentBank,
    action: str,
    before: Post | None,
    after: Post,
    *,
    viewer: Viewer,
    now: datetime,
    new_id: NewId,
) -> Post:
    """Save a post over the version that it was made from, and record what was done to it."""
    await bank.posts.save(after, expected=before.version if before else 0)
    made = record(
        action,
        subject(after.id),
        viewer=viewer,
        before=_values(before) if before else {},
        after=_values(after),
        now=now,
        new_id=new_id,
    )
    await bank.records.append(made)
    return after


def _values(post: Post) -> Mapping[str, Any]:
    review = post.review
    return {
        "state": post.state.value,
        "revisionId": post.latest.revision_id,
        "hash": post.latest.hash,
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
