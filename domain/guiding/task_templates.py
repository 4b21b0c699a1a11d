"""Templates of tasks: what guides are asked to do, in words that somebody else has approved.

A template never changes; whoever wants another writes another. What is published of it is what it
says, so that nothing reaches a guide that was not reviewed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.catalogue.catalogue import ProductId
from domain.content.scenes import Scene
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line, read_paragraphs
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Forbidden, Invalid
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause
from domain.kernel.version_reviews import VersionState, version_review
from domain.kernel.within import Within
from domain.promotions.offers import OfferId
from domain.sharing.share_links import ShareKind, ShareTarget

TaskTemplateId = NewType("TaskTemplateId", str)
TASK_TEMPLATES = Cursors("task templates", datetime, str)
TASK_TEMPLATE = version_review("task template")

LONGEST_TITLE = 60
LONGEST_TEXT = 1_000
MOST_PRODUCTS = 200
COINS = Within(0, 10_000)
SHAREABLE = frozenset({ShareKind.POST, ShareKind.PRODUCT, ShareKind.CAMPAIGN})


class TaskUnit(StrEnum):
    """Whose the target is: each guide's, or all together's who work in a store."""

    GUIDE = "GUIDE"
    STORE = "STORE"


class ProofKind(StrEnum):
    """What shows that a task is done, and the unit of its target."""

    VISITORS = "VISITORS"
    SALES = "SALES"
    PHOTOGRAPH = "PHOTOGRAPH"
    HAND_SENDS = "HAND_SENDS"
    MOMENTS = "MOMENTS"
    FRIENDS = "FRIENDS"
    FOLLOW_UPS = "FOLLOW_UPS"
    EXAM = "EXAM"


# What anybody can show by themselves, without customers of their own.
OWN_PROOFS = frozenset({ProofKind.PHOTOGRAPH, ProofKind.EXAM})
TARGETS = {
    ProofKind.VISITORS: Within(1, 10_000),
    ProofKind.SALES: Within(1, 1_000_000_000),
    ProofKind.PHOTOGRAPH: Within(1, 1),
    ProofKind.HAND_SENDS: Within(1, 10_000),
    ProofKind.MOMENTS: Within(1, 100),
    ProofKind.FRIENDS: Within(1, 1_000),
    ProofKind.FOLLOW_UPS: Within(1, 1_000),
    ProofKind.EXAM: Within(1, 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContent:
    """What guides share, and in which scene."""

    target: ShareTarget
    scene: Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskWork:
    """What is to be done, how it shows, and what it pays: coins, and a copy of a coupon if any.

    The `target` is so many distinct visitors of the guide's links to the content, so many fen of
    sales of the `products` (of all where none are named) net of refunds, one photograph, so many
    friends and groups that what WeCom asked for went to, moments published, valid new friends,
    members who opened what the guide sent to them alone, or a pass of the exam. Of a `unit` of
    STORE all guides of a store reach it together, and each is paid. It is asked of those alone who
    hold the `certificate`, if it names one.
    """

    title: str
    text: str
    proof: ProofKind
    target: int
    coins: int
    unit: TaskUnit = TaskUnit.GUIDE
    coupon: OfferId | None = None
    content: TaskContent | None = None
    products: tuple[ProductId, ...] = ()
    exam_id: str | None = None
    certificate: str | None = None

    def wants(self, product: str) -> bool:
        """Whether a product's sales count."""
        return not self.products or product in self.products


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTemplate:
    """What may be asked of guides, once it is approved."""

    id: TaskTemplateId
    work: TaskWork
    author_id: PersonId
    made_at: datetime
    asked: RequestKey | None = None
    state: VersionState = VersionState.IN_REVIEW
    reviewer_id: PersonId | None = None
    comment: str = ""
    version: int = 1


class TaskTemplates(Protocol):
    """The templates."""

    async def by_ids(self, ids: Sequence[TaskTemplateId]) -> Sequence[TaskTemplate]:
        """Those of these ids."""

    async def page(
        self, states: Sequence[VersionState], request: PageRequest
    ) -> Page[TaskTemplate]:
        """Those in some states, the newest first."""

    async def save(self, template: TaskTemplate, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


def checked_work(work: TaskWork) -> TaskWork:
    """The work with its texts as they are kept, or Invalid by field."""
    field = ["input"]
    TARGETS[work.proof].read(work.target, [*field, "target"])
    COINS.read(work.coins, [*field, "coins"])
    if work.content and work.content.target.kind not in SHAREABLE:
        raise Invalid("Name a post, a product or a campaign.", field=[*field, "content"])
    if work.proof is ProofKind.VISITORS and work.content is None:
        raise Invalid("Say what guides share, whose visitors count.", field=[*field, "content"])
    alone = work.content is None or work.content.scene is Scene.ONE_TO_ONE
    if work.proof is ProofKind.FOLLOW_UPS and not alone:
        raise Invalid("What goes to one customer is ONE_TO_ONE.", field=[*field, "content"])
    if work.unit is TaskUnit.STORE and work.proof is ProofKind.EXAM:
        raise Invalid("Everybody sits an exam for themselves.", field=[*field, "unit"])
    if work.products and work.proof is not ProofKind.SALES:
        raise Invalid("Only sales are of products; leave them out.", field=[*field, "productIds"])
    if (work.exam_id is None) == (work.proof is ProofKind.EXAM):
        raise Invalid("Name the exam where a pass shows it, else none.", field=[*field, "examId"])
    if len(work.products) > MOST_PRODUCTS:
        raise Invalid(f"Name {MOST_PRODUCTS} products at most.", field=[*field, "productIds"])
    return replace(
        work,
        title=read_line(work.title, most=LONGEST_TITLE, least=1, field=[*field, "title"]),
        text=read_paragraphs(work.text, most=LONGEST_TEXT, field=[*field, "text"]),
    )


def handed_in(id: TaskTemplateId, work: TaskWork, asked: RequestKey, cause: Cause) -> TaskTemplate:
    """A new template that waits for its review."""
    TASK_TEMPLATE.begin(id, VersionState.DRAFT, cause)
    TASK_TEMPLATE.require(VersionState.DRAFT, VersionState.IN_REVIEW)
    author = PersonId(cause.actor)
    return TaskTemplate(id=id, work=work, author_id=author, made_at=cause.at, asked=asked)


def reviewed(template: TaskTemplate, to: VersionState, cause: Cause) -> TaskTemplate:
    """A template approved, sent back or withdrawn; nobody approves what they wrote."""
    if to is VersionState.APPROVED and cause.actor == template.author_id:
        raise Forbidden("Nobody approves words of their own; ask a colleague to review it.")
    if to is VersionState.REJECTED:
        read_line(cause.reason, most=LONGEST_TITLE * 5, least=1, field=["comment"])
    TASK_TEMPLATE.require(template.state, to)
    return replace(
        template,
        state=to,
        reviewer_id=PersonId(cause.actor),
        comment=cause.reason.strip(),
        version=template.version + 1,
    )
