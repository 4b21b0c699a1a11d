"""Reviews: the steps that one revision goes through before it may be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from domain.content.revisions import Revision, RevisionId
from domain.content.scenes import Scene
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Forbidden, Invalid, WrongState
from domain.kernel.states import Machine
from domain.people.viewer import Role, Viewer

ReviewId = NewType("ReviewId", str)

# How long a claim keeps others from deciding; then the review is free again.
CLAIM_LASTS = timedelta(hours=2)
MAX_COMMENTS = 50
MAX_COMMENT = 1_000


class Outcome(StrEnum):
    """How a review ended; a superseded one was overtaken by another revision or a withdrawal."""

    OPEN = "OPEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    SUPERSEDED = "SUPERSEDED"


REVIEW: Machine[Outcome] = Machine(
    "review",
    begins=frozenset({Outcome.OPEN}),
    next={
        # Open again: another vote is wanted, or somebody has claimed or released it.
        Outcome.OPEN: frozenset(Outcome),
        Outcome.APPROVED: frozenset(),
        Outcome.REJECTED: frozenset(),
        Outcome.SUPERSEDED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStep:
    """One step of a policy: so many different people of a role."""

    role: Role
    people: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's approval within a review, for the scenes that they named."""

    person_id: PersonId
    step: int
    scenes: frozenset[Scene]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A reviewer's remark on a field of the revision, such as `body.2.text`.

    It may be about a part of a text: its characters from `start` up to `end`.
    """

    field: str
    message: str
    start: int | None = None
    end: int | None = None

    def check_place(self, texts: Mapping[str, str], field: Sequence[str]) -> None:
        """Refuse a part that the field's text does not have."""
        if self.start is None and self.end is None:
            return
        length = len(texts.get(self.field, ""))
        if self.start is None or self.end is None or not 0 <= self.start < self.end <= length:
            raise Invalid(
                f"Give start and end within the {length} characters of the text of {self.field}, "
                "or neither.",
                field=field,
            )


class FindingKind(StrEnum):
    """What the machine check looks for; a doubtful claim is one that proof can justify."""

    FORBIDDEN_CLAIM = "FORBIDDEN_CLAIM"
    DOUBTFUL_CLAIM = "DOUBTFUL_CLAIM"
    MISSING_DISCLAIMER = "MISSING_DISCLAIMER"
    DEAD_PRODUCT = "DEAD_PRODUCT"
    IMAGE_TOO_SMALL = "IMAGE_TOO_SMALL"
    IMAGE_SHAPE = "IMAGE_SHAPE"
    UNUSABLE_ASSET = "UNUSABLE_ASSET"
    CONTENT_CHECK = "CONTENT_CHECK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the machine check found: where, what to do about it, and whether it bars approval.

    `start` and `end` count the characters of the field's text; None where it is no text.
    """

    kind: FindingKind
    field: str
    message: str
    advice: str
    source: str = ""
    start: int | None = None
    end: int | None = None
    blocking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewClaim:
    """Somebody has taken a review up; until it expires nobody else decides."""

    person_id: PersonId
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The review of exactly one revision, by the steps that its policy had at the submission.

    `writers` are all whose words it has, `advisers` those of them whose comments on an earlier
    revision became words of a later one.
    """

    id: ReviewId
    revision_id: RevisionId
    hash: str
    scenes: frozenset[Scene]
    author_id: PersonId
    submitted_by: PersonId
    submitted_at: datetime
    due_at: datetime
    steps: tuple[ReviewStep, ...]
    writers: frozenset[PersonId] = frozenset()
    advisers: frozenset[PersonId] = frozenset()
    findings: tuple[Finding, ...] = ()
    votes: tuple[Vote, ...] = ()
    comments: tuple[Comment, ...] = ()
    claim: ReviewClaim | None = None
    outcome: Outcome = Outcome.OPEN
    decided_by: PersonId | None = None
    decided_at: datetime | None = None

    def step(self) -> int:
        """The step that waits for a vote; the number of steps when none does."""
        for i, step in enumerate(self.steps):
            if sum(vote.step == i for vote in self.votes) < step.people:
                return i
        return len(self.steps)

    def allowed_scenes(self) -> frozenset[Scene]:
        """The scenes that everybody has allowed so far."""
        return self.scenes.intersection(*(vote.scenes for vote in self.votes))

    def blocked(self) -> bool:
        """Whether a finding bars the approval."""
        return any(finding.blocking for finding in self.findings)

    def waits_for(self) -> Role | None:
        """The role whose vote it waits for; None once it has ended."""
        return self.steps[self.step()].role if self.outcome is Outcome.OPEN else None

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been decided by now."""
        return self.outcome is Outcome.OPEN and self.due_at <= now


def approve(
    review: Review, viewer: Viewer, scenes: frozenset[Scene], hash: str, *, now: datetime
) -> Review:
    """Cast a vote; with the last one that the steps ask for, the review is approved."""
    _require_decider(review, viewer, now=now)
    if review.hash != hash:
        raise Conflict(
            "This is not the revision that is under review; load it again and read it.",
            field=["expectedHash"],
        )
    if viewer.id in (review.author_id, review.submitted_by):
        raise Forbidden("Nobody approves their own revision; ask somebody else.")
    if viewer.id in review.writers | review.advisers:
        raise Forbidden("Some of its words are yours; ask somebody who wrote none of it.")
    if any(vote.person_id == viewer.id for vote in review.votes):
        raise WrongState("You have approved this already; the next vote must be another person's.")
    if review.blocked():
        raise WrongState(
            "The machine check found what bars the approval; reject it with a comment, so that "
            "it is put right."
        )
    _check_scenes(review, scenes)
    vote = Vote(person_id=viewer.id, step=review.step(), scenes=scenes, at=now)
    voted = replace(review, votes=(*review.votes, vote), claim=None)
    if voted.step() < len(voted.steps):
        return voted
    return replace(voted, outcome=Outcome.APPROVED, decided_at=now)


def reject(
    review: Review,
    viewer: Viewer,
    comments: tuple[Comment, ...],
    revision: Revision,
    *,
    now: datetime,
) -> Review:
    """End the review with what is to be changed; each comment is about a field that is there."""
    _require_decider(review, viewer, now=now)
    if not 1 <= len(comments) <= MAX_COMMENTS:
        raise Invalid(f"Say in 1 to {MAX_COMMENTS} comments what to change.", field=["comments"])
    fields, texts = _commentable(revision), revision.content.texts()
    for i, comment in enumerate(comments):
        if comment.field not in fields:
            raise Invalid(
                f"The revision has no field {comment.field}; use such as title or body.0.text.",
                field=["comments", str(i), "field"],
            )
        if not 1 <= len(comment.message.strip()) <= MAX_COMMENT:
            message = f"Write 1 to {MAX_COMMENT} characters."
            raise Invalid(message, field=["comments", str(i), "message"])
        comment.check_place(texts, ["comments", str(i), "start"])
    return replace(
        review,
        comments=comments,
        claim=None,
        outcome=Outcome.REJECTED,
        decided_by=viewer.id,
        decided_at=now,
    )


def claim(review: Review, viewer: Viewer, *, now: datetime) -> Review:
    """Take the review up, so that nobody else decides for a while; a repeat renews the claim."""
    _require_decider(review, viewer, now=now)
    return replace(review, claim=ReviewClaim(person_id=viewer.id, expires_at=now + CLAIM_LASTS))


def release(review: Review, viewer: Viewer) -> Review:
    """Give a claim back; head office can take it off anybody."""
    REVIEW.require(review.outcome, Outcome.OPEN)
    if review.claim is None:
        raise WrongState("Nobody has claimed this review.")
    if not viewer.may("review.oversee") and review.claim.person_id != viewer.id:
        raise Forbidden("Somebody else has claimed this review; head office can release it.")
    return replace(review, claim=None)


def supersede(review: Review | None, *, now: datetime) -> Review | None:
    """Close a review whose revision is no longer the one to decide about."""
    if review is None or review.outcome is not Outcome.OPEN:
        return review
    return replace(review, outcome=Outcome.SUPERSEDED, claim=None, decided_at=now)


def _require_decider(review: Review, viewer: Viewer, *, now: datetime) -> None:
    REVIEW.require(review.outcome, Outcome.OPEN)
    role = review.steps[review.step()].role
    if viewer.role is not role:
        decider = role.value.lower().replace("_", " ")
        raise Forbidden(f"Only {decider} may do this; sign in as one.")
    claimed = review.claim
    if claimed is not None and claimed.person_id != viewer.id and claimed.expires_at > now:
        raise Conflict("Somebody else has claimed this review; take another or ask them.")


def _check_scenes(review: Review, scenes: frozenset[Scene]) -> None:
    if not scenes:
        raise Invalid("Name at least one scene that it may be used for.", field=["scenes"])
    foreign = scenes - review.scenes
    if foreign:
        names = ", ".join(sorted(foreign))
        raise Invalid(
            f"The revision is not made for {names}; leave it out, or have it revised.",
            field=["scenes"],
        )
    if not scenes & review.allowed_scenes():
        raise Invalid(
            "Those before you allowed none of these scenes, so none would be left; reject it.",
            field=["scenes"],
        )


def _commentable(revision: Revision) -> set[str]:
    content = revision.content
    named = {"title", "body", "category", "scenes", "tags", "audiences", "ageBands", "products"}
    named |= {"cover", "validFrom", "validUntil", *(f"body.{i}" for i in range(len(content.body)))}
    return named | {*content.texts(), *content.asset_fields(), *content.product_fields()}
