"""What the book of records says of a post."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.content.posts import Post
from domain.content.showings import events
from domain.kernel.ids import PersonId
from domain.kernel.records import Record, Subject, Values
from domain.people.act import Act
from domain.people.viewer import Role, Viewer

# Who does what nobody does: the time that a schedule named has come.
CLOCK = Viewer(id=PersonId("clock"), role=Role.FEED)
_INSTANT = timedelta(milliseconds=1)


def subject(post_id: str) -> Subject:
    """A post, as records name it."""
    return Subject(kind="post", id=post_id)


def noted(before: Post | None, after: Post, at: datetime, *done: Record) -> Post:
    """A post as it is to be saved: with records of what was done, and what time brings.

    They are in the same write as the change, so that the book comes to say all that was written
    and nothing that was refused.
    """
    earlier = (*before.unrecorded, *of_time(before, until=at)) if before else ()
    begun = replace(after, recorded_until=at - _INSTANT)
    unrecorded = (*earlier, *done, *of_time(begun, until=at))
    return replace(after, recorded_until=at, unrecorded=unrecorded)


def change_of(act: Act, action: str, before: Post | None, after: Post) -> Record:
    """The record of an action on a post."""
    known = values_of(before) if before else {}
    return act.record(action, subject(after.id), before=known, after=values_of(after))


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


def values_of(post: Post) -> Values:
    """What an action can change of a post, as records keep it."""
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
