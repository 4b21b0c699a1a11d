"""Doing tasks: what a guide finds to do, the photographs they hand in, and who has done what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.guiding.measuring import Copy, with_certificates
from domain.guiding.publishing_tasks import TaskPorts, task_of
from domain.guiding.rewarding_tasks import StoreCount, TaskCounts
from domain.guiding.task_facts import facts_of_assignment
from domain.guiding.task_templates import ProofKind
from domain.guiding.tasks import (
    Assignment,
    AssignmentId,
    AssignmentState,
    Task,
    TaskDoer,
    doer_id,
    stepped,
)
from domain.kernel.days import beijing_day, read_day
from domain.kernel.lines import read_line
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.kernel.uses import User, UserKind, Uses, asset_use, saving
from domain.kernel.version_reviews import VersionState
from domain.learning.certificates import CertificatePorts
from domain.media.assets import AssetId, Assets
from domain.network.stores import RegionId, StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act

LONGEST_COMMENT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DoingPorts(Ports):
    """The tasks, the counts of stores, and the photographs that are handed in."""

    publishing: TaskPorts
    counts: TaskCounts
    assets: Assets
    certificates: CertificatePorts
    uses: Uses


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTask:
    """A guide's copy of a task: what was counted by now, and what came of it, if anything did."""

    copy: Copy
    measured: int
    assignment: Assignment | None

    @property
    def done(self) -> bool:
        """Whether it is done."""
        return self.assignment is not None and self.assignment.state is AssignmentState.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """How many guides are asked, in stores, and how many of them have done an occurrence."""

    task: Task
    occurrence: str
    stores: tuple[StoreCount, ...]


async def own_tasks(ports: DoingPorts, act: Act) -> Sequence[AskedTask]:
    """What the viewer is asked to do now, what is not done and pays most first."""
    act.viewer.require("task.do")
    doers = await ports.publishing.tasks.of_guides({GuideId(act.viewer.id)}, act.at)
    asked_tasks = await _asked_now(ports, act, doers)
    return sorted(asked_tasks, key=lambda one: (one.done, -one.copy.task.work.coins, one.copy.id))


async def hand_in_photograph(ports: DoingPorts, act: Act, id: str, asset_id: str) -> AskedTask:
    """Hand in what shows that the viewer has done a task, for its review."""
    act.viewer.require("task.do")
    task = await task_of(ports.publishing, act, id)
    doers = await ports.publishing.tasks.of_guides({GuideId(act.viewer.id)}, act.at)
    mine = [one for one in doers if one.task_id == task.id]
    asked_tasks = await _asked_now(ports, act, mine)
    if not asked_tasks:
        raise NotFound("This is not asked of you today; look at ownTasks.", field=["id"])
    [asked_task] = asked_tasks
    if task.work.proof is not ProofKind.PHOTOGRAPH:
        raise WrongState("No photograph shows this; it is measured.", field=["id"])
    asset = (await ports.assets.by_ids([asset_id])).get(AssetId(asset_id))
    if asset is None or asset.uploaded_by != act.viewer.id:
        raise NotFound("Upload a photograph of your own first.", field=["assetId"])
    to = asked_task.copy.came_to(AssignmentState.HANDED_IN, asset_id=asset.id)
    return await _saved(ports, act, asked_task, to)


async def judge_photograph(
    ports: DoingPorts, act: Act, id: str, *, good: bool, comment: str = ""
) -> AskedTask:
    """Let a photograph show that a task is done, or not; of one that did, take that back."""
    act.viewer.require("task.judge")
    found = (await ports.publishing.assignments.by_ids([AssignmentId(id)])).get(AssignmentId(id))
    if found is None or found.asset_id is None:
        raise NotFound("No photograph was handed in under this id.", field=["id"])
    act.viewer.require("task.judge", store=found.store_id)
    if not good:
        read_line(comment, most=LONGEST_COMMENT, least=1, field=["comment"])
    task = await task_of(ports.publishing, act, found.task_id)
    by = next(one.actor for one in reversed(found.steps) if one.after == AssignmentState.HANDED_IN)
    if by == act.viewer.id:
        raise Forbidden("Nobody judges a photograph of their own; ask somebody above you.")
    [doer] = await ports.publishing.tasks.doers_by_ids([doer_id(task.id, GuideId(by))])
    copy = Copy(task=task, doer=doer, occurrence=found.occurrence)
    bad = AssignmentState.FELL if found.state is AssignmentState.DONE else AssignmentState.REJECTED
    state = AssignmentState.DONE if good else bad
    to = copy.came_to(state, measured=int(good), asset_id=found.asset_id)
    asked_task = AskedTask(copy=copy, measured=found.measured, assignment=found)
    return await _saved(ports, act, asked_task, to, comment)


async def completion_of(ports: DoingPorts, act: Act, id: str, day: str | None = None) -> Completion:
    """How far the stores that the viewer looks after are with a task; two round trips."""
    act.viewer.require("task.follow")
    task = await task_of(ports.publishing, act, id)
    occurrence = _occurrence(task, day, act)
    counts = await ports.counts.of(task.id, occurrence)
    seen = [one for one in counts if act.viewer.may("task.follow", store=one.store_id)]
    return Completion(task=task, occurrence=occurrence, stores=tuple(seen))


async def guides_of_task(
    ports: DoingPorts,
    act: Act,
    id: str,
    store_id: str,
    request: PageRequest,
    day: str | None = None,
) -> Page[AskedTask]:
    """Who in a store has done a task, and who has not."""
    act.viewer.require("task.follow", store=store_id)
    task = await task_of(ports.publishing, act, id)
    asked = _occurrence(task, day, act)
    page = await ports.publishing.tasks.doers(task.id, StoreId(store_id), request)
    asked_tasks = await _with_counts(ports, page.items, date.fromisoformat(asked))
    by_guide = {one.copy.doer.guide_id: one for one in asked_tasks}
    return page.map(lambda one: by_guide[one.guide_id])


def by_region(
    ports: DoingPorts, act: Act, counts: Sequence[StoreCount]
) -> Mapping[RegionId, StoreCount]:
    """The counts of stores summed by the region that each is in, for whoever may see them."""
    directory = ports.publishing.sharing.directory.directory()
    regions: dict[RegionId, StoreCount] = {}
    for one in counts:
        region = directory.store(one.store_id).region_id
        before = regions.get(region, StoreCount(store_id=one.store_id))
        regions[region] = replace(
            before, asked=before.asked + one.asked, done=before.done + one.done
        )
    return regions


def _occurrence(task: Task, day: str | None, act: Act) -> str:
    """The occurrence of a day, today's where none is named."""
    asked = task.occurrence_on(read_day(day, ["day"]) if day else beijing_day(act.at))
    if asked is None:
        raise Invalid(
            f"Name a day from {task.starts_on} to {task.ends_on}, in which this is asked.",
            field=["day"],
        )
    return asked


async def _asked_now(ports: DoingPorts, act: Act, doers: Sequence[TaskDoer]) -> list[AskedTask]:
    """The copies of today that nobody has called off, of templates that are still approved."""
    asked_tasks = await _with_counts(ports, doers, beijing_day(act.at))
    standing = [one for one in asked_tasks if act.at < one.copy.task.cancelled_at]
    tasks = {one.copy.task.id: one.copy.task for one in standing}
    may = await with_certificates(
        ports.certificates, act, tasks, [one.copy.doer for one in standing]
    )
    allowed = {one.id for one in may}
    standing = [one for one in standing if one.copy.doer.id in allowed]
    templates = {one.copy.task.template_id for one in standing}
    known = await ports.publishing.templates.by_ids(sorted(templates))
    usable = {one.id for one in known if one.state is VersionState.APPROVED}
    return [one for one in standing if one.copy.task.template_id in usable]


async def _with_counts(ports: DoingPorts, doers: Sequence[TaskDoer], day: date) -> list[AskedTask]:
    """The copies of a day, with what was counted and what came of each."""
    tasks = await ports.publishing.tasks.by_ids({one.task_id for one in doers})
    copies = [
        Copy(task=tasks[one.task_id], doer=one, occurrence=occurrence)
        for one in doers
        if one.task_id in tasks
        and (occurrence := tasks[one.task_id].occurrence_on(day)) is not None
    ]
    ids = [one.id for one in copies]
    known: Mapping[AssignmentId, Assignment] = await ports.publishing.assignments.by_ids(ids)
    counted = await ports.publishing.assignments.measured(ids)
    return [
        AskedTask(copy=one, measured=counted.get(one.id, 0), assignment=known.get(one.id))
        for one in copies
    ]


def _photograph(asked_task: AskedTask, after: Assignment) -> User:
    """A copy as a user of the photograph that shows it."""
    assert after.asset_id is not None, "only photographs are handed in and judged"
    return User(
        kind=UserKind.TASK_COPY,
        id=after.id,
        label=asked_task.copy.task.work.title,
        uses=(asset_use(after.asset_id, "photograph"),),
        version=after.version,
    )


async def _saved(
    ports: DoingPorts, act: Act, asked_task: AskedTask, to: Assignment, reason: str = ""
) -> AskedTask:
    before = asked_task.assignment
    after = stepped(before, to, act.cause(reason))
    async with saving(ports.uses, [_photograph(asked_task, after)]):
        await ports.publishing.assignments.save(
            after, expected=before.version if before else 0, facts=facts_of_assignment(after)
        )
    return AskedTask(copy=asked_task.copy, measured=asked_task.measured, assignment=after)
