"""Templates of tasks in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.content.post_enums import Scene
from api.kernel.enums import enum
from api.kernel.keys import IdempotencyKey
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.kernel.version_reviews import VersionState
from api.people.persons import Person, person, person_if_any
from api.sharing.share_links import ShareTarget
from domain.catalogue.catalogue import ProductId
from domain.guiding import task_templates as rules
from domain.guiding import writing_tasks as use_cases
from domain.guiding.task_templates import ProofKind, TaskUnit
from domain.guiding.writing_tasks import TaskTemplatePorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.promotions.offers import OfferId
from domain.sharing import share_links
from domain.sharing.share_links import ShareKind

enum(
    ProofKind,
    "What shows that a task is done.",
    name="TaskProof",
    VISITORS="So many different visitors of the guide's links to the content.",
    SALES="So many fen of what the guide is credited for, net of refunds.",
    PHOTOGRAPH="A photograph that somebody looked at.",
    HAND_SENDS="So many friends and groups had what the guide was asked in WeCom to send.",
    MOMENTS="So many moments were published so.",
    FRIENDS="So many new friends count by then.",
    FOLLOW_UPS="So many different members opened what the guide sent to them alone.",
    EXAM="A pass of an exam.",
)
enum(
    TaskUnit,
    "Whose a task's target is.",
    GUIDE="Each guide's.",
    STORE="All guides' of a store together.",
)
Id = Annotated[strawberry.ID, strawberry.argument(description="The template.")]


@strawberry.type(description="What guides share for a task.")
class TaskContent(Packed[rules.TaskContent]):
    value: strawberry.Private[rules.TaskContent]
    scene: Scene = strawberry.field(description="In which scene.")

    @strawberry.field(description="What it leads to.")
    def target(self) -> ShareTarget:
        target = self.value.target
        return ShareTarget(kind=target.kind, id=strawberry.ID(target.id))


@strawberry.type(description="What is to be done, how it shows, and what it pays.")
class TaskWork(Packed[rules.TaskWork]):
    value: strawberry.Private[rules.TaskWork]
    title: str = strawberry.field(description="In a few words.")
    text: str = strawberry.field(description="In all words.")
    proof: ProofKind = strawberry.field(description="What shows that it is done.")
    target: int = strawberry.field(description="So many visitors, fen, photographs, or passes.")
    unit: TaskUnit = strawberry.field(description="Whose the target is.")
    coins: int = strawberry.field(description="What it pays, once for each occurrence.")
    coupon: strawberry.ID | None = strawberry.field(
        description="The offer of which it pays a copy too, once for each occurrence, if any."
    )
    content: TaskContent | None = strawberry.field(description="What guides share, if anything.")
    exam_id: strawberry.ID | None = strawberry.field(description="The exam to pass, if it is that.")
    certificate: str | None = strawberry.field(
        description="The certificate without which it is not asked, if any."
    )

    @strawberry.field(description="The products whose sales count; of none, all.")
    def product_ids(self) -> list[strawberry.ID]:
        return [strawberry.ID(one) for one in self.value.products]


@strawberry.type(description="What may be asked of guides, once it is approved; it never changes.")
class TaskTemplate(Packed[rules.TaskTemplate]):
    id: strawberry.ID = strawberry.field(description="The template's id.")
    work: TaskWork = strawberry.field(description="What it asks.")
    author_id: strawberry.Private[str]
    reviewer_id: strawberry.Private[str | None]
    made_at: datetime = strawberry.field(description="When.")
    state: VersionState = strawberry.field(description="Where its review stands.")
    comment: str = strawberry.field(description="Why it was sent back; else empty.")

    @strawberry.field(description="Who wrote it.")
    def author(self) -> Person:
        return person(self.author_id)

    @strawberry.field(description="Who reviewed it; null before that.")
    def reviewer(self) -> Person | None:
        return person_if_any(self.reviewer_id)


@strawberry.input(description="What guides share for a task.")
class TaskContentInput:
    kind: ShareKind = strawberry.field(description="A post, a product or a campaign.")
    target_id: strawberry.ID = strawberry.field(description="Its id.")
    scene: Scene = strawberry.field(description="In which scene.")

    def value(self) -> rules.TaskContent:
        target = share_links.ShareTarget(kind=self.kind, id=str(self.target_id))
        return rules.TaskContent(target=target, scene=self.scene)


@strawberry.input(description="What is to be done, how it shows, and what it pays.")
class TaskTemplateInput:
    title: str = strawberry.field(description="1 to 60 characters.")
    text: str = strawberry.field(description="At most 1,000 characters.", default="")
    proof: ProofKind = strawberry.field(description="What shows that it is done.")
    target: int = strawberry.field(
        description="Of VISITORS and HAND_SENDS 1 to 10,000, of SALES 1 to 1,000,000,000 fen, of "
        "MOMENTS 1 to 100, of FRIENDS and FOLLOW_UPS 1 to 1,000, else 1."
    )
    unit: TaskUnit = strawberry.field(
        description="Whose the target is; what a store does together pays each of its guides.",
        default=TaskUnit.GUIDE,
    )
    coins: int = strawberry.field(description="What it pays, 0 to 10,000.")
    coupon_id: strawberry.ID | None = strawberry.field(
        description="The offer of which it pays a copy too, to the member as whom the guide buys; "
        "one whose way is TASK.",
        default=None,
    )
    content: TaskContentInput | None = strawberry.field(
        description="What guides share; VISITORS need it.", default=None
    )
    product_ids: list[strawberry.ID] = strawberry.field(
        description="The products whose sales count; of none, all.", default_factory=list
    )

    exam_id: strawberry.ID | None = strawberry.field(
        description="The exam to pass, where that shows it.", default=None
    )
    certificate: str | None = strawberry.field(
        description="Ask it of those alone who hold this certificate.", default=None
    )

    def value(self) -> rules.TaskWork:
        return rules.TaskWork(
            title=self.title,
            text=self.text,
            proof=self.proof,
            target=self.target,
            coins=self.coins,
            unit=self.unit,
            coupon=OfferId(self.coupon_id) if self.coupon_id else None,
            content=self.content.value() if self.content else None,
            products=tuple(ProductId(str(one)) for one in self.product_ids),
            exam_id=str(self.exam_id) if self.exam_id else None,
            certificate=self.certificate or None,
        )


@query("Templates of tasks, the newest first; who only publishes them sees the approved ones.")
async def task_templates(
    ports: TaskTemplatePorts,
    act: Act,
    state: Annotated[
        VersionState | None, strawberry.argument(description="Only those in this state.")
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[TaskTemplate]:
    request = PageRequest(first=first, after=after)
    page = await use_cases.task_templates_in(ports, act, state, request)
    return connection(page, TaskTemplate.of)


@mutation("Hand in a template of tasks for review.", template="It waits for its review.")
async def task_template_create(
    ports: TaskTemplatePorts,
    act: Act,
    input: Annotated[TaskTemplateInput, strawberry.argument(description="What it asks.")],
    idempotency_key: IdempotencyKey,
) -> TaskTemplate:
    made = await use_cases.write_task_template(
        ports, act, input.value(), idempotency_key=idempotency_key
    )
    return TaskTemplate.of(made)


@mutation("Let a template be published; for reviewers, but for who wrote it.", template="As it is.")
async def task_template_approve(ports: TaskTemplatePorts, act: Act, id: Id) -> TaskTemplate:
    to = VersionState.APPROVED
    return TaskTemplate.of(await use_cases.review_task_template(ports, act, id, to))


@mutation("Send a template back; for reviewers.", template="As it is now.")
async def task_template_reject(
    ports: TaskTemplatePorts,
    act: Act,
    id: Id,
    comment: Annotated[str, strawberry.argument(description="Why, in 1 to 300 characters.")],
) -> TaskTemplate:
    to = VersionState.REJECTED
    return TaskTemplate.of(await use_cases.review_task_template(ports, act, id, to, comment))


@mutation(
    "Take an approved template back, and with it all tasks that were published of it.",
    template="As it is now.",
)
async def task_template_withdraw(ports: TaskTemplatePorts, act: Act, id: Id) -> TaskTemplate:
    to = VersionState.WITHDRAWN
    return TaskTemplate.of(await use_cases.review_task_template(ports, act, id, to))


QUERIES = (task_templates,)
MUTATIONS = (
    task_template_create,
    task_template_approve,
    task_template_reject,
    task_template_withdraw,
)
