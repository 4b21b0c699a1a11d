"""Tasks in the schema: publishing them, doing them, and how far who is."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.guiding.task_templates import TaskWork
from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.media.asset_types import Asset, usable_asset_of
from api.people.guides import guide_name_shown
from domain.guiding import doing_tasks, publishing_tasks
from domain.guiding import tasks as rules
from domain.guiding.doing_tasks import AskedTask, Completion, DoingPorts
from domain.guiding.publishing_tasks import TaskPorts, WantedTask
from domain.guiding.tasks import AssignmentState, Recurrence, TaskAudience
from domain.kernel.moments import NEVER
from domain.kernel.paging import PageRequest
from domain.network.stores import OwnerId, RegionId, StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.roles import Role
from domain.sharing.share_links import share_url
from domain.sharing.shareable import SharingPorts

enum(
    Recurrence,
    "How often a task is asked from its first day to its last.",
    name="TaskRecurrence",
    ONCE="Once in all that time.",
    DAILY="On each day.",
    WEEKLY="In each week; weeks begin with its first day.",
)
enum(
    AssignmentState,
    "What came of a guide's copy of a task.",
    HANDED_IN="A photograph waits for somebody to look at it.",
    REJECTED="The photograph does not show it.",
    DONE="It is done and paid.",
    FELL="What showed it has fallen away, and the coins with it.",
)
Id = Annotated[strawberry.ID, strawberry.argument(description="The task.")]
Day = Annotated[
    str | None,
    strawberry.argument(
        description="A day of the occurrence, such as 2026-11-28; today's if none."
    ),
]
CopyId = Annotated[strawberry.ID, strawberry.argument(description="The guide's copy of a task.")]


@strawberry.type(description="A template that was published to guides for some days.")
class Task(Packed[rules.Task]):
    value: strawberry.Private[rules.Task]
    id: strawberry.ID = strawberry.field(description="The task's id.")
    template_id: strawberry.ID = strawberry.field(description="The template.")
    work: TaskWork = strawberry.field(description="What it asks.")
    recurrence: rules.Recurrence = strawberry.field(description="How often.")
    starts_on: str = strawberry.field(description="Its first day in China.")
    ends_on: str = strawberry.field(description="Its last day in China.")
    store_id: strawberry.ID | None = strawberry.field(
        description="The store whose manager published it; null for the brand's."
    )
    published_at: datetime = strawberry.field(description="When.")
    guides: int = strawberry.field(description="Of how many people it is asked.")
    version: int = strawberry.field(description="Send it back with a change.")

    @strawberry.field(description="The hours of an occurrence's last day to remind guides in.")
    def remind_hours(self) -> list[int]:
        return list(self.value.remind_hours)

    @strawberry.field(description="Of whom in the stores it is asked.")
    def roles(self) -> list[Role]:
        return list(self.value.roles)

    @strawberry.field(description="From when on it is asked no more, if it was called off.")
    def cancelled_at(self) -> datetime | None:
        return None if self.value.cancelled_at == NEVER else self.value.cancelled_at


@strawberry.type(description="A guide's copy of a task, for one occurrence.")
class TaskCopy:
    value: strawberry.Private[AskedTask]

    @classmethod
    def of(cls, value: AskedTask) -> "TaskCopy":
        """Pack a copy."""
        return cls(value=value)

    @strawberry.field(description="Its id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.value.copy.id)

    @strawberry.field(description="The task.")
    def task(self) -> Task:
        return Task.of(self.value.copy.task)

    @strawberry.field(description="The occurrence, by its first day.")
    def occurrence(self) -> str:
        return self.value.copy.occurrence

    @strawberry.field(description="The last day on which what happens counts.")
    def last_day(self) -> str:
        return self.value.copy.task.last_day(self.value.copy.occurrence).isoformat()

    @strawberry.field(description="The guide.")
    def guide_id(self) -> strawberry.ID:
        return strawberry.ID(self.value.copy.doer.guide_id)

    @strawberry.field(
        description="Who comes after the guide, who has handed over: what was open of it is theirs."
    )
    def passed_to(self) -> strawberry.ID | None:
        passed_to = self.value.copy.doer.passed_to
        return strawberry.ID(passed_to) if passed_to else None

    @field("The guide's name; null once we do not know them any more.")
    async def guide_name(self, load: Load) -> str | None:
        return await guide_name_shown(load, self.value.copy.doer.guide_id)

    @strawberry.field(
        description="What was counted, in its proof's unit, as decimal digits; never declared."
    )
    def measured(self) -> str:
        return str(self.value.measured)

    @strawberry.field(description="What came of it; null while nothing did.")
    def state(self) -> AssignmentState | None:
        return self.value.assignment.state if self.value.assignment else None

    @strawberry.field(description="Why it is so, as whoever looked at it said; may be empty.")
    def reason(self) -> str:
        return self.value.assignment.steps[-1].reason if self.value.assignment else ""

    @strawberry.field(description="The photograph that was handed in, an asset.")
    def asset_id(self) -> strawberry.ID | None:
        found = self.value.assignment and self.value.assignment.asset_id
        return strawberry.ID(found) if found else None

    @field("That photograph; null where there is none to show.")
    async def asset(self, load: Load) -> Asset | None:
        handed_in = self.value.assignment
        return await usable_asset_of(load, handed_in.asset_id if handed_in else None)

    @field("The guide's link to what they are to share; null where there is nothing.")
    def url(self, ports: SharingPorts) -> str | None:
        code = self.value.copy.doer.code
        return share_url(ports.public_url, code) if code else None

    @field("The poster with that link's code; null where there is nothing to share.")
    def poster_url(self, ports: SharingPorts) -> str | None:
        code = self.value.copy.doer.code
        return f"{ports.public_url}/posters/{code}.jpg" if code else None


@strawberry.type(description="How far the guides of a region are with a task.")
class RegionCompletion:
    region_id: strawberry.ID = strawberry.field(description="The region.")
    guides: int = strawberry.field(
        description="Of how many people it is asked, or stores where they do it together."
    )
    done: int = strawberry.field(description="How many have done it.")


@strawberry.type(description="How far the guides of a store are with a task.")
class StoreCompletion:
    store_id: strawberry.ID = strawberry.field(description="The store.")
    guides: int = strawberry.field(description="Of how many people it is asked; 1 if together.")
    done: int = strawberry.field(description="How many have done it.")


@strawberry.type(description="How far those whom the viewer looks after are with a task, by now.")
class TaskCompletion:
    value: strawberry.Private[Completion]

    @strawberry.field(description="The task.")
    def task(self) -> Task:
        return Task.of(self.value.task)

    @strawberry.field(description="The occurrence, by its first day.")
    def occurrence(self) -> str:
        return self.value.occurrence

    @strawberry.field(description="Of how many guides it is asked.")
    def guides(self) -> int:
        return sum(one.asked for one in self.value.stores)

    @strawberry.field(description="How many have done it.")
    def done(self) -> int:
        return sum(one.done for one in self.value.stores)

    @field("The same by region, by id.")
    def regions(self, ports: DoingPorts, act: Act) -> list[RegionCompletion]:
        regions = doing_tasks.by_region(ports, act, self.value.stores)
        return [
            RegionCompletion(region_id=strawberry.ID(region), guides=one.asked, done=one.done)
            for region, one in sorted(regions.items())
        ]

    @strawberry.field(description="The same by store, by id.")
    def stores(self) -> list[StoreCompletion]:
        return [
            StoreCompletion(store_id=strawberry.ID(one.store_id), guides=one.asked, done=one.done)
            for one in self.value.stores
        ]


@strawberry.input(description="Whose guides are meant; where nothing is named, all of them.")
class TaskAudienceInput:
    store_ids: list[strawberry.ID] = strawberry.field(
        description="The guides of these stores.", default_factory=list
    )
    region_ids: list[strawberry.ID] = strawberry.field(
        description="And those of these regions.", default_factory=list
    )
    owner_ids: list[strawberry.ID] = strawberry.field(
        description="And those of these owners' stores.", default_factory=list
    )
    guide_ids: list[strawberry.ID] = strawberry.field(
        description="And these guides, 2,000 at most.", default_factory=list
    )

    def value(self) -> TaskAudience:
        return TaskAudience(
            store_ids=tuple(StoreId(str(one)) for one in self.store_ids),
            region_ids=tuple(RegionId(str(one)) for one in self.region_ids),
            owner_ids=tuple(OwnerId(str(one)) for one in self.owner_ids),
            guide_ids=tuple(GuideId(str(one)) for one in self.guide_ids),
        )


@strawberry.input(description="What to publish.")
class TaskPublishInput:
    template_id: strawberry.ID = strawberry.field(description="An approved template.")
    audience: TaskAudienceInput = strawberry.field(description="Whose guides are meant.")
    recurrence: Recurrence = strawberry.field(description="How often.")
    starts_on: str = strawberry.field(description="The first day in China, such as 2026-11-28.")
    ends_on: str = strawberry.field(description="The last day in China.")
    remind_hours: list[int] = strawberry.field(
        description="In which hours of an occurrence's last day, 8 to 21, those who have not done "
        "it are reminded.",
        default_factory=list,
    )

    roles: list[Role] = strawberry.field(
        description="Of whom in the stores: GUIDE if nothing is said, STORE_MANAGER, or both.",
        default_factory=lambda: [Role.GUIDE],
    )

    def value(self) -> WantedTask:
        return WantedTask(
            template_id=str(self.template_id),
            audience=self.audience.value(),
            recurrence=self.recurrence,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            remind_hours=tuple(self.remind_hours),
            roles=tuple(self.roles),
        )


@query("The brand's tasks, or those of a store's manager, the newest first.")
async def tasks(
    ports: TaskPorts,
    act: Act,
    store_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The store; none for the brand's.")
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[Task]:
    request = PageRequest(first=first, after=after)
    return connection(await publishing_tasks.tasks_of(ports, act, store_id, request), Task.of)


@mutation("Ask guides to do what an approved template says.", task="The task.")
async def task_publish(
    ports: TaskPorts,
    act: Act,
    input: Annotated[TaskPublishInput, strawberry.argument(description="What to publish.")],
    idempotency_key: Annotated[
        str, strawberry.argument(description="A text of your own for this request.")
    ],
) -> Task:
    wanted = input.value()
    return Task.of(
        await publishing_tasks.publish_task(ports, act, wanted, idempotency_key=idempotency_key)
    )


@mutation("Ask for a task no more; what is done stays done and paid.", task="As it is now.")
async def task_cancel(
    ports: TaskPorts,
    act: Act,
    id: Id,
    expected_version: Annotated[
        int, strawberry.argument(description="The version of the task that you loaded.")
    ],
) -> Task:
    return Task.of(await publishing_tasks.cancel_task(ports, act, id, expected=expected_version))


@query("How far those whom the viewer looks after are with a task.")
async def task_completion(ports: DoingPorts, act: Act, id: Id, day: Day = None) -> TaskCompletion:
    return TaskCompletion(value=await doing_tasks.completion_of(ports, act, id, day))


@query("Who in a store has done a task, and who has not; for who looks after it.")
async def task_guides(
    ports: DoingPorts,
    act: Act,
    id: Id,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The store.")],
    day: Day = None,
    first: First = 20,
    after: After = None,
) -> Connection[TaskCopy]:
    request = PageRequest(first=first, after=after)
    page = await doing_tasks.guides_of_task(ports, act, id, store_id, request, day)
    return connection(page, TaskCopy.of)


@query("What the viewer, a guide, is asked to do now; what is not done and pays most first.")
async def own_tasks(ports: DoingPorts, act: Act) -> list[TaskCopy]:
    return [TaskCopy.of(one) for one in await doing_tasks.own_tasks(ports, act)]


@mutation("Hand in a photograph that shows that a task is done; for guides.", copy="As it is now.")
async def task_photograph_hand_in(
    ports: DoingPorts,
    act: Act,
    id: Id,
    asset_id: Annotated[
        strawberry.ID, strawberry.argument(description="A picture that the guide has uploaded.")
    ],
) -> TaskCopy:
    return TaskCopy.of(await doing_tasks.hand_in_photograph(ports, act, id, asset_id))


@mutation("Let a photograph show that a task is done; for the store's manager.", copy="As it is.")
async def task_photograph_approve(ports: DoingPorts, act: Act, id: CopyId) -> TaskCopy:
    return TaskCopy.of(await doing_tasks.judge_photograph(ports, act, id, good=True))


@mutation(
    "Say that a photograph shows nothing; of one that did, the coins are taken back.",
    copy="As it is now.",
)
async def task_photograph_reject(
    ports: DoingPorts,
    act: Act,
    id: CopyId,
    comment: Annotated[str, strawberry.argument(description="Why; the guide sees it.")],
) -> TaskCopy:
    judged = await doing_tasks.judge_photograph(ports, act, id, good=False, comment=comment)
    return TaskCopy.of(judged)


QUERIES = (tasks, task_completion, task_guides, own_tasks)
MUTATIONS = (
    task_publish,
    task_cancel,
    task_photograph_hand_in,
    task_photograph_approve,
    task_photograph_reject,
)
