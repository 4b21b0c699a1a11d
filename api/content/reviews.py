"""Reviews in the schema."""

from dataclasses import asdict
from datetime import datetime

import strawberry

from api.content.post_enums import Scene
from api.kernel.enums import enum
from api.kernel.packing import pack
from api.people.roles import Role
from domain.content.reviews import review as reviews
from domain.content.reviews.review import FindingKind, Outcome

enum(
    Outcome,
    "How a review ended.",
    name="ReviewOutcome",
    OPEN="It goes on.",
    APPROVED="The revision was approved.",
    REJECTED="The revision was sent back.",
    SUPERSEDED="Another revision, or a withdrawal, overtook it.",
)
enum(
    FindingKind,
    "What the machine check looks for.",
    FORBIDDEN_CLAIM="An absolute or otherwise forbidden claim.",
    DOUBTFUL_CLAIM="A claim that proof can justify.",
    MISSING_DISCLAIMER="A sentence that the policy asks for is not there.",
    DEAD_PRODUCT="It links to a product that is not on the shelf.",
    IMAGE_TOO_SMALL="A picture is too small for the frame of a scene.",
    IMAGE_SHAPE="Too much of a picture would be cropped away in the frame of a scene.",
    UNUSABLE_ASSET="A file was withdrawn or deleted, or its rights have expired.",
    CONTENT_CHECK="The check of consumers' texts is in doubt.",
)


@strawberry.type(description="What the machine check found in a revision.")
class Finding:
    kind: FindingKind = strawberry.field(description="What kind of fault it is.")
    field: str = strawberry.field(description="The path of the field, such as body.2.text.")
    start: int | None = strawberry.field(
        description="The first character concerned, from 0; null where it is no text."
    )
    end: int | None = strawberry.field(description="The character after the last one concerned.")
    message: str = strawberry.field(description="What is wrong.")
    advice: str = strawberry.field(description="What to do about it.")
    source: str = strawberry.field(description="The rule that it offends; may be empty.")
    blocking: bool = strawberry.field(description="Whether it bars the approval.")

    @classmethod
    def of(cls, finding: reviews.Finding) -> "Finding":
        """Pack a finding."""
        return cls(**asdict(finding))


@strawberry.type(description="A reviewer's remark on a field.")
class ReviewComment:
    field: str = strawberry.field(description="The path of the field, such as body.2.text.")
    message: str = strawberry.field(description="What to change.")
    start: int | None = strawberry.field(
        description="The first character concerned, from 0; null where it is about all of it."
    )
    end: int | None = strawberry.field(description="The character after the last one concerned.")


@strawberry.type(description="One step of a review: so many different people of a role.")
class ReviewStep:
    role: Role = strawberry.field(description="Who decides.")
    people: int = strawberry.field(description="How many different people must approve.")
    approved_by: list[strawberry.ID] = strawberry.field(description="Those who have approved.")


@strawberry.type(description="The review of exactly one revision.")
class Review:
    id: strawberry.ID = strawberry.field(description="Its id.")
    revision_id: strawberry.ID = strawberry.field(description="The revision under review.")
    hash: str = strawberry.field(description="The content that an approval is bound to.")
    outcome: Outcome = strawberry.field(description="How it stands.")
    scenes: list[Scene] = strawberry.field(
        description="The scenes that everybody so far has allowed; at first, all asked for."
    )
    steps: list[ReviewStep] = strawberry.field(description="What it goes through, in order.")
    step: int = strawberry.field(description="The step that waits now, counted from 0.")
    submitted_by: strawberry.ID = strawberry.field(description="Who asked for it.")
    submitted_at: datetime = strawberry.field(description="When they did.")
    due_at: datetime = strawberry.field(description="When it is to be decided.")
    decided_at: datetime | None = strawberry.field(description="When it was; null until then.")
    claimed_by: strawberry.ID | None = strawberry.field(description="Who has taken it up.")
    claim_expires_at: datetime | None = strawberry.field(description="Until when it is theirs.")
    findings: list[Finding] = strawberry.field(description="What the machine check found.")
    comments: list[ReviewComment] = strawberry.field(description="Why it was rejected.")

    @classmethod
    def of(cls, review: reviews.Review) -> "Review":
        """Pack a review."""
        return pack(
            cls,
            review,
            scenes=sorted(review.allowed_scenes()),
            steps=[_step(review, i) for i in range(len(review.steps))],
            step=review.step(),
            claimed_by=strawberry.ID(review.claim.person_id) if review.claim else None,
            claim_expires_at=review.claim.expires_at if review.claim else None,
            comments=[ReviewComment(**asdict(comment)) for comment in review.comments],
        )


def _step(review: reviews.Review, i: int) -> ReviewStep:
    step = review.steps[i]
    votes = (vote for vote in review.votes if vote.step == i)
    return ReviewStep(
        role=step.role,
        people=step.people,
        approved_by=[strawberry.ID(vote.person_id) for vote in votes],
    )


__all__ = ["Finding", "FindingKind", "Review", "ReviewComment"]
