"""Tasks, of whom they are asked, and what came of it, in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from domain.guiding.publishing_tasks import Reminder
from domain.guiding.rewarding_tasks import ALL, ASKED, DONE, StoreCount
from domain.guiding.task_templates import TASK_TEMPLATES, TaskTemplate, TaskTemplateId
from domain.guiding.tasks import (
    COUNT,
    DOERS,
    TASKS,
    Assignment,
    AssignmentId,
    Task,
    TaskDoer,
    TaskId,
    TaskPart,
)
from domain.kernel.facts import Fact
from domain.kernel.paging import Page, PageRequest
from domain.kernel.version_reviews import VersionState
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from storage.mongo.kernel.database import ASCENDING, DESCENDING, EARLIEST, Database
from storage.mongo.kernel.documents import (
    IN_AT_MOST,
    all_of,
    find_by_ids,
    from_document,
    insert_new,
    save_version,
    saying,
    to_document,
)
from storage.mongo.kernel.pages import page

BY_ID = (("_id", ASCENDING),)


class MongoTaskTemplates:
    """See `domain.guiding.task_templates.TaskTemplates`."""

    def __init__(self, database: Database) -> None:
        self._templates = database["task_templates"]

    async def by_ids(self, ids: Sequence[TaskTemplateId]) -> Sequence[TaskTemplate]:
        """Those of these ids."""
        found = await find_by_ids(self._templates, ids)
        return [from_document(TaskTemplate, one) for one in found]

    async def page(
        self, states: Sequence[VersionState], request: PageRequest
    ) -> Page[TaskTemplate]:
        """Those in some states, the newest first."""
        order = (("made_at", DESCENDING), ("_id", DESCENDING))
        read = partial(from_document, TaskTemplate)
        wanted = {"state": {"$in": list(states)}}
        return await page(self._templates, wanted, order, request, TASK_TEMPLATES, read)

    async def save(self, template: TaskTemplate, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._templates, to_document(template), expected=expected)


class MongoTasks:
    """See `domain.guiding.tasks.Tasks`."""

    def __init__(self, database: Database) -> None:
        self._tasks = database["tasks"]
        self._parts = database["task_parts"]
        self._doers = database["task_doers"]

    async def add(self, task: Task, parts: Sequence[TaskPart]) -> None:
        """Keep the parts of a new task, then itself; Conflict where there is one of the id."""
        await insert_new(self._parts, [to_document(one) for one in parts])
        await save_version(self._tasks, to_document(task), expected=0)

    async def by_ids(self, ids: Collection[TaskId]) -> Mapping[TaskId, Task]:
        """Those of these ids."""
        found = await find_by_ids(self._tasks, list(ids))
        return {one["_id"]: from_document(Task, one) for one in found}

    async def page(self, store_id: StoreId | None, request: PageRequest) -> Page[Task]:
        """Those of a store's manager, or the brand's, the newest first."""
        order = (("published_at", DESCENDING), ("_id", DESCENDING))
        read = partial(from_document, Task)
        return await page(self._tasks, {"store_id": store_id}, order, request, TASKS, read)

    async def save(self, task: Task, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""
        await save_version(self._tasks, to_document(task), expected=expected)

    async def due_parts(self, now: datetime, most: int) -> Sequence[TaskPart]:
        """Parts with which something is to be done."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._parts.find(wanted).sort("due_at").limit(most).to_list(None)
        return [from_document(TaskPart, one) for one in found]

    async def save_part(self, part: TaskPart, *, expected: int) -> None:
        """Write a part over the expected version; else Conflict."""
        await save_version(self._parts, to_document(part), expected=expected)

    async def ask(self, doers: Sequence[TaskDoer]) -> None:
        """Note of whom a task is asked; who is there already stays as they are."""
        await insert_new(self._doers, [to_document(one) for one in doers])

    async def pass_on(self, doer: TaskDoer) -> None:
        """Note until when a task is asked of somebody, and who comes after them."""
        passed = {"ends_at": doer.ends_at, "passed_to": doer.passed_to}
        await self._doers.update_one({"_id": doer.id}, {"$set": passed})

    async def of_guides(
        self, guide_ids: Collection[GuideId], ends_after: datetime
    ) -> Sequence[TaskDoer]:
        """What is asked of guides in tasks that end after a moment."""
        found = []
        ids = sorted(guide_ids)
        for start in range(0, len(ids), IN_AT_MOST):
            some = {"$in": ids[start : start + IN_AT_MOST]}
            wanted = {"guide_id": some, "ends_at": {"$gt": ends_after}}
            found += await self._doers.find(wanted).to_list(None)
        return [from_document(TaskDoer, one) for one in found]

    async def doers(
        self, task_id: TaskId, store_id: StoreId, request: PageRequest
    ) -> Page[TaskDoer]:
        """Of whom in a store a task is asked, by id."""
        wanted = {"task_id": task_id, "store_id": store_id}
        read = partial(from_document, TaskDoer)
        return await page(self._doers, wanted, BY_ID, request, DOERS, read)

    async def doers_of_store(self, task_id: TaskId, store_id: StoreId) -> Sequence[TaskDoer]:
        """All of them."""
        wanted = {"task_id": task_id, "store_id": store_id}
        return all_of(TaskDoer, await self._doers.find(wanted).to_list(None))

    async def doers_by_ids(self, ids: Collection[str]) -> Sequence[TaskDoer]:
        """Those of these ids of whom something is asked."""
        return all_of(TaskDoer, await find_by_ids(self._doers, list(ids)))


class MongoAssignments:
    """See `domain.guiding.tasks.Assignments`."""

    def __init__(self, database: Database) -> None:
        self._assignments = database["assignments"]
        self._counts = database["assignment_counts"]

    async def by_ids(self, ids: Collection[AssignmentId]) -> Mapping[AssignmentId, Assignment]:
        """Those of which something came."""
        found = await find_by_ids(self._assignments, list(ids))
        return {one["_id"]: from_document(Assignment, one) for one in found}

    async def measured(self, ids: Collection[AssignmentId]) -> Mapping[AssignmentId, int]:
        """What was counted for them so far; nothing for those that are left out."""
        found = await find_by_ids(self._counts, list(ids), {COUNT: 1})
        return {one["_id"]: one[COUNT] for one in found}

    async def save(
        self, assignment: Assignment, *, expected: int, facts: Sequence[Fact] = ()
    ) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        document = to_document(assignment)
        await save_version(self._assignments, document, expected=expected, facts=facts)


class MongoTaskCounts:
    """See `domain.guiding.rewarding_tasks.TaskCounts`."""

    def __init__(self, database: Database) -> None:
        self._counts = database["task_counts"]

    async def of(self, task_id: str, occurrence: str) -> Sequence[StoreCount]:
        """Those of an occurrence, and of how many it is asked; one round trip."""
        lists = [f"{task_id}|{ALL}", f"{task_id}|{occurrence}"]
        fields = {"store_id": 1, ASKED: 1, DONE: 1}
        found = await self._counts.find({"list": {"$in": lists}}, fields).to_list(None)
        counts: dict[StoreId, StoreCount] = {}
        for one in found:
            store = StoreId(one["store_id"])
            before = counts.get(store, StoreCount(store_id=store))
            counts[store] = StoreCount(
                store_id=store,
                asked=before.asked + one.get(ASKED, 0),
                done=before.done + one.get(DONE, 0),
            )
        return [counts[store] for store in sorted(counts)]


class MongoReminders:
    """One document for each reminder that a guide may have in a day, by its number."""

    def __init__(self, database: Database) -> None:
        self._reminders = database["task_reminders"]

    async def send(self, reminders: Sequence[Reminder], most: int) -> None:
        """Keep those that are new and that their guides may still have, each with its fact."""
        slots = [f"{one.guide_id}|{one.day}|{n}" for one in reminders for n in range(most)]
        found = await find_by_ids(self._reminders, slots, {"key": 1})
        sent = {one["key"] for one in found}
        left = [one for one in reminders if one.key not in sent]
        for n in range(most):
            documents = [
                saying(
                    {
                        "_id": f"{one.guide_id}|{one.day}|{n}",
                        "key": one.key,
                        "at": one.fact.at,
                    },
                    [one.fact],
                )
                for one in left
            ]
            taken = {one["_id"] for one in await insert_new(self._reminders, documents)}
            left = [one for one in left if f"{one.guide_id}|{one.day}|{n}" in taken]
