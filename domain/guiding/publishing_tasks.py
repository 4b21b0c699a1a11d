"""Publishing tasks part by part, and reminding those who have not done them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from domain.guiding.guiding_rules import GuidingRule
from domain.guiding.measuring import with_certificates
from domain.guiding.rewarding_tasks import asked_of
from domain.guiding.task_audiences import guides_meant, managers_meant
from domain.guiding.task_facts import reminded
from domain.guiding.task_templates import OWN_PROOFS, TaskTemplates, TaskUnit, TaskWork
from domain.guiding.tasks import (
    AGAIN_AFTER,
    DOING,
    LEASE,
    ORPHANED_AFTER,
    REMIND_HOURS,
    Assignments,
    AssignmentState,
    Recurrence,
    Task,
    TaskAudience,
    TaskDoer,
    TaskId,
    TaskPart,
    Tasks,
    assignment_id,
    cut_into_parts,
    doer_id,
    next_reminder,
    read_days,
)
from domain.guiding.writing_tasks import template_of
from domain.kernel.apply_once import Ledger, Posting, apply_once
from domain.kernel.days import BEIJING, beijing_day
from domain.kernel.each import each
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, Refusal, Unavailable, WrongState
from domain.kernel.request_keys import request_key
from domain.kernel.rule_versions import RuleVersions
from domain.kernel.version_reviews import VersionState
from domain.kernel.versions import risen
from domain.learning.certificates import CertificatePorts, who_passed
from domain.network.stores import StoreId
from domain.people.accounts import Guide, GuideId, Staff, StaffAccounts
from domain.people.act import Act
from domain.people.roles import Role
from domain.sharing.creating_links import LinkOrder, create_links
from domain.sharing.share_links import ShareCode
from domain.sharing.shareable import SharingPorts, behind

PARTS_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """That a guide is to be reminded of a task in an hour; `key` is the same each time."""

    guide_id: GuideId
    day: str
    key: str
    fact: Fact


class Reminders(Protocol):
    """The reminders, so many for a guide and day at most."""

    async def send(self, reminders: Sequence[Reminder], most: int) -> None:
        """Keep those that are new and that their guides may still have, each with its fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPorts(Ports):
    """The tasks, their templates, and those of whom they are asked."""

    tasks: Tasks
    templates: TaskTemplates
    assignments: Assignments
    reminders: Reminders
    counts: Ledger[Posting]
    sharing: SharingPorts
    staff: StaffAccounts
    certificates: CertificatePorts
    rules: RuleVersions[GuidingRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTask:
    """What is to be published: which template, for whom, when, and when to remind of it.

    `roles` are whom of the audience's stores it means.
    """

    template_id: str
    audience: TaskAudience
    recurrence: Recurrence
    starts_on: str
    ends_on: str
    remind_hours: tuple[int, ...] = ()
    roles: tuple[Role, ...] = (Role.GUIDE,)


async def publish_task(
    ports: TaskPorts, act: Act, wanted: WantedTask, *, idempotency_key: str
) -> Task:
    """Ask guides to do what an approved template says; the same key again is the same task."""
    act.viewer.require("task.publish")
    asked = request_key(idempotency_key, wanted)
    task_id = TaskId(f"task_{act.viewer.id}_{asked.key}")
    if known := (await ports.tasks.by_ids([task_id])).get(task_id):
        asked.is_among([known.asked])
        return known
    starts_on, ends_on = read_days(wanted.starts_on, wanted.ends_on, act.at)
    for hour in wanted.remind_hours:
        REMIND_HOURS.read(hour, ["input", "remindHours"])
    template = await template_of(ports.templates, wanted.template_id)
    if template.state is not VersionState.APPROVED:
        raise WrongState("Only an approved template is published.", field=["input", "templateId"])
    roles = _checked_roles(wanted.roles, template.work)
    if content := template.work.content:
        await behind(ports.sharing, act, content.target, content.scene)
    people = await _people_meant(ports, act, wanted.audience, roles)
    task = Task(
        id=task_id,
        template_id=template.id,
        work=template.work,
        audience=wanted.audience,
        recurrence=wanted.recurrence,
        starts_on=starts_on,
        ends_on=ends_on,
        remind_hours=tuple(sorted(set(wanted.remind_hours))),
        published_by=act.viewer.id,
        published_at=act.at,
        asked=asked,
        store_id=StoreId(act.viewer.store_id) if act.viewer.store_id else None,
        roles=roles,
        guides=len(people),
    )
    try:
        await ports.tasks.add(task, cut_into_parts(task, people, act.at))
    except Conflict:  # its twin was faster
        task = (await ports.tasks.by_ids([task_id]))[task_id]
        asked.is_among([task.asked])
    return task


def _checked_roles(roles: Iterable[Role], work: TaskWork) -> tuple[Role, ...]:
    """Of whom it can be asked: what is measured is measured by what guides do."""
    field = ["input", "roles"]
    asked = tuple(one for one in DOING if one in roles)
    if not asked or set(asked) != set(roles):
        raise Invalid("Name GUIDE, STORE_MANAGER or both.", field=field)
    if work.unit is TaskUnit.STORE and Role.GUIDE not in asked:
        raise Invalid("What a store does together is asked of its guides too.", field=field)
    own = work.unit is TaskUnit.GUIDE and work.proof not in OWN_PROOFS
    if own and Role.STORE_MANAGER in asked:
        raise Invalid(
            "A manager's own task shows by a photograph or an exam; what is counted is for guides, "
            "or for a store together.",
            field=field,
        )
    return asked


async def _people_meant(
    ports: TaskPorts, act: Act, audience: TaskAudience, roles: Sequence[Role]
) -> list[tuple[StoreId, GuideId]]:
    """Those whom an audience names, each with their store, by store."""
    people: list[tuple[StoreId, GuideId]] = []
    if Role.GUIDE in roles:
        guides = await guides_meant(ports.sharing, act, audience)
        people += [(StoreId(one.store_id), one.id) for one in guides]
    if Role.STORE_MANAGER in roles:
        managers = await managers_meant(ports.sharing, act, ports.staff, audience)
        people += [(StoreId(one.store_id or ""), GuideId(one.id)) for one in managers]
    if not people:
        raise NotFound("Nobody who is active is meant; name others.", field=["input"])
    return sorted(people)


async def cancel_task(ports: TaskPorts, act: Act, id: str, *, expected: int) -> Task:
    """Ask for it no more from now on; what is done stays done and paid."""
    act.viewer.require("task.publish")
    task = await task_of(ports, act, id)
    act.viewer.require("task.publish", store=task.store_id)
    if task.cancelled_at <= act.at:
        raise WrongState("This task is called off already.")
    off = risen(replace(task, cancelled_at=act.at))
    await ports.tasks.save(off, expected=expected)
    return off


async def tasks_of(
    ports: TaskPorts, act: Act, store_id: str | None, request: PageRequest
) -> Page[Task]:
    """The brand's tasks, or those that a store's manager published, the newest first."""
    if store_id is None:
        act.viewer.require("task.follow")
        return await ports.tasks.page(None, request)
    act.viewer.require("task.follow", store=store_id)
    return await ports.tasks.page(StoreId(store_id), request)


async def task_of(ports: TaskPorts, act: Act, id: str) -> Task:
    """One task, or NotFound, for whoever may see something of it."""
    found = (await ports.tasks.by_ids([TaskId(id)])).get(TaskId(id))
    if found is None:
        raise NotFound(f"There is no task {id}; look at tasks.", field=["id"])
    return found


async def work_on_tasks(ports: TaskPorts, act: Act) -> int:
    """Tell the guides of parts of new tasks, and remind those of others; tell of how many parts."""
    return await each(
        await ports.tasks.due_parts(act.at, PARTS_AT_ONCE), partial(_work, ports, act)
    )


async def _work(ports: TaskPorts, act: Act, part: TaskPart) -> None:
    held = risen(replace(part, due_at=act.at + LEASE))
    await ports.tasks.save_part(held, expected=part.version)
    task = (await ports.tasks.by_ids([part.task_id])).get(part.task_id)
    if task is None:
        if act.at < part.cut_at + ORPHANED_AFTER:
            return  # it is being written, or never will be
        next_at = NEVER
    elif part.asked not in ("", task.asked.fingerprint):
        next_at = NEVER  # of a request under the same key that came too late
    else:
        try:
            await _tell(ports, act, task, part)
        except Exception:
            # Whoever comes next need not wait until nobody can be at it any more.
            again = risen(replace(held, due_at=act.at + AGAIN_AFTER))
            await ports.tasks.save_part(again, expected=held.version)
            raise
        next_at = next_reminder(task, part, act.at)
    done = risen(replace(held, due_at=next_at, published=True))
    await ports.tasks.save_part(done, expected=held.version)


async def _tell(ports: TaskPorts, act: Act, task: Task, part: TaskPart) -> None:
    """Ask the people of a part, or remind them once they are asked."""
    guides = await ports.sharing.guides.by_ids(list(part.guide_ids))
    others = [PersonId(one) for one in part.guide_ids if one not in guides]
    managers = await ports.staff.by_ids(others) if others else {}
    people: list[Guide | Staff] = [*guides.values(), *managers.values()]
    if part.published:
        await _remind(ports, act, task, people)
    else:
        await _ask(ports, act, task, part, people)


async def _ask(
    ports: TaskPorts, act: Act, task: Task, part: TaskPart, people: Sequence[Guide | Staff]
) -> None:
    """Let those of a part find a task in their lists, each guide with a link of their own.

    Whoever has passed an exam already is not asked to.
    """
    if task.work.exam_id:
        everybody = [PersonId(one.id) for one in people]
        passed = await who_passed(ports.certificates, act, [task.work.exam_id], everybody)
        people = [one for one in people if one.id not in passed]
    codes = await links_to(ports, act, task, [one for one in people if isinstance(one, Guide)])
    await ports.tasks.ask(
        [
            TaskDoer(
                id=doer_id(task.id, GuideId(one.id)),
                task_id=task.id,
                guide_id=GuideId(one.id),
                store_id=StoreId(one.store_id or ""),
                ends_at=task.ends_at,
                code=codes.get(GuideId(one.id)),
                role=Role.GUIDE if isinstance(one, Guide) else one.role,
            )
            for one in people
        ]
    )
    stores = Counter(one.store_id or "" for one in people)
    if task.work.unit is TaskUnit.STORE:
        stores = Counter(stores.keys())
    await apply_once(ports.counts, asked_of(task.id, part.id, stores, act))


async def links_to(
    ports: TaskPorts, act: Act, task: Task, guides: Sequence[Guide]
) -> dict[GuideId, ShareCode]:
    """The guides' links; none while what they are to share may not go out."""
    content = task.work.content
    if content is None:
        return {}
    order = LinkOrder(target=content.target, scene=content.scene)
    try:
        links = await create_links(ports.sharing, act, guides, order)
    except Unavailable:
        raise
    except Refusal:
        return {}
    return {one.guide_id: one.code for one in links}


async def _remind(ports: TaskPorts, act: Act, task: Task, people: Sequence[Guide | Staff]) -> None:
    """Remind those of whom it is asked and who have neither done a task nor handed anything in.

    In place of who handed over it is whoever comes after them.
    What no process was there to do in the hour that was named is left out, and so is what was
    withdrawn meanwhile.
    """
    occurrence, day = task.occurrence_at(act.at), beijing_day(act.at)
    in_time = act.at.astimezone(BEIJING).hour in task.remind_hours
    if occurrence is None or not in_time or day != task.last_day(occurrence):
        return
    template = await template_of(ports.templates, task.template_id)
    if template.state is not VersionState.APPROVED:
        return
    doers = await _asked_by_now(ports, act, task, people)
    doers = await with_certificates(ports.certificates, act, {task.id: task}, doers)
    ids = {one.id: assignment_id(task, occurrence, one) for one in doers}
    known = await ports.assignments.by_ids(set(ids.values()))
    busy = {AssignmentState.DONE, AssignmentState.HANDED_IN}
    hour = f"{day.isoformat()}T{act.at.astimezone(BEIJING).hour:02d}"
    reminders = []
    for one in doers:
        found = known.get(ids[one.id])
        if found is None or found.state not in busy:
            key = f"{task.id}|{occurrence}|{one.guide_id}|{hour}"
            fact = reminded(key, task, one, occurrence, act.at)
            day_of = day.isoformat()
            reminders.append(Reminder(guide_id=one.guide_id, day=day_of, key=key, fact=fact))
    await ports.reminders.send(reminders, ports.rules.now().terms.reminders_a_day)


async def _asked_by_now(
    ports: TaskPorts, act: Act, task: Task, people: Sequence[Guide | Staff]
) -> list[TaskDoer]:
    """Those of some people of whom a task is asked, or who come after them, and who are there."""
    ids = {GuideId(one.id) for one in people}
    active = {GuideId(one.id) for one in people if one.active}
    asked = await ports.tasks.doers_by_ids([doer_id(task.id, one) for one in ids])
    doers = list(asked)
    while heirs := {one.passed_to for one in asked if one.passed_to} - ids:
        ids |= heirs
        found = await ports.sharing.guides.by_ids(sorted(heirs))
        active |= {one.id for one in found.values() if one.active}
        asked = await ports.tasks.doers_by_ids([doer_id(task.id, one) for one in heirs])
        doers += asked
    return [one for one in doers if one.guide_id in active and act.at < one.ends_at]
