"""Templates of tasks as people write and review them."""

from dataclasses import dataclass
from functools import partial

from domain.guiding import task_templates
from domain.guiding.task_templates import (
    TaskTemplate,
    TaskTemplateId,
    TaskTemplates,
    TaskWork,
    checked_work,
)
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Invalid, NotFound
from domain.kernel.request_keys import RequestKey, made_by, made_once, request_key
from domain.kernel.version_reviews import VersionState
from domain.kernel.wording import Wording, sayable
from domain.learning.exams import Exam
from domain.learning.learning_items import LearningItems
from domain.people.act import Act
from domain.promotions.claiming import CouponPorts, coming_by
from domain.promotions.offers import ClaimWay
from domain.sharing.shareable import SharingPorts, behind


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTemplatePorts(Ports):
    """The templates, what they may share and pay, and the check of their words."""

    templates: TaskTemplates
    sharing: SharingPorts
    coupons: CouponPorts
    exams: LearningItems[Exam]
    records: Records
    wording: Wording


async def task_templates_in(
    ports: TaskTemplatePorts, act: Act, state: VersionState | None, request: PageRequest
) -> Page[TaskTemplate]:
    """The templates, the newest first; who only publishes sees those that are approved."""
    act.viewer.require("task_template.see")
    states = [state] if state else list(VersionState)
    if not act.viewer.may("task_template.write"):
        states = [VersionState.APPROVED]
    return await ports.templates.page(states, request)


async def write_task_template(
    ports: TaskTemplatePorts, act: Act, work: TaskWork, *, idempotency_key: str
) -> TaskTemplate:
    """Hand in a template for review; what it shares can be shared now.

    The same key again is the same template.
    """
    act.viewer.require("task_template.write")
    asked = request_key(idempotency_key, work)
    known_as = TaskTemplateId(made_by("tasktemplate", act.viewer.id, asked.key))

    async def find() -> TaskTemplate | None:
        return next(iter(await ports.templates.by_ids([known_as])), None)

    return await made_once(asked, find, partial(_write, ports, act, known_as, work, asked))


async def _write(
    ports: TaskTemplatePorts, act: Act, id: TaskTemplateId, work: TaskWork, asked: RequestKey
) -> TaskTemplate:
    work = checked_work(work)
    sayable(ports.wording, work.title, None, ["input", "title"])
    sayable(ports.wording, work.text, None, ["input", "text"])
    catalogue = ports.sharing.catalogue.catalogue()
    for product in work.products:
        if product not in catalogue.products:
            raise Invalid(f"There is no product {product}.", field=["input", "productIds"])
    known = {one.id for one in coming_by(ports.coupons, act, ClaimWay.TASK)}
    if work.coupon is not None and work.coupon not in known:
        raise NotFound(
            f"No coupon {work.coupon} whose way is TASK is let out now.",
            field=["input", "couponId"],
        )
    await _sat(ports, work)
    if work.content:
        await behind(ports.sharing, act, work.content.target, work.content.scene)
    template = task_templates.handed_in(id, work, asked, act.cause())
    await ports.templates.save(template, expected=0)
    return await _recorded(ports, act, "taskTemplateCreate", None, template)


async def review_task_template(
    ports: TaskTemplatePorts, act: Act, id: str, to: VersionState, comment: str = ""
) -> TaskTemplate:
    """Approve a template, send it back with the reason, or withdraw it with all of its tasks."""
    act.viewer.require("task_template.review")
    before = await template_of(ports.templates, id)
    after = task_templates.reviewed(before, to, act.cause(comment))
    await ports.templates.save(after, expected=before.version)
    return await _recorded(ports, act, _ACTIONS[to], before, after)


async def template_of(templates: TaskTemplates, id: str) -> TaskTemplate:
    """One template, or NotFound."""
    for found in await templates.by_ids([TaskTemplateId(id)]):
        return found
    raise NotFound(f"There is no template {id}; look at taskTemplates.", field=["id"])


async def _sat(ports: TaskTemplatePorts, work: TaskWork) -> None:
    """Refuse an exam or a certificate that there is not."""
    if work.exam_id:
        exam = (await ports.exams.by_ids([work.exam_id])).get(work.exam_id)
        if exam is None or exam.state is not VersionState.APPROVED:
            raise Invalid("There is no such approved exam.", field=["input", "examId"])
    if work.certificate and not await ports.exams.approved([work.certificate]):
        raise Invalid("No approved exam gives this certificate.", field=["input", "certificate"])


_ACTIONS = {
    VersionState.APPROVED: "taskTemplateApprove",
    VersionState.REJECTED: "taskTemplateReject",
    VersionState.WITHDRAWN: "taskTemplateWithdraw",
}


async def _recorded(
    ports: TaskTemplatePorts,
    act: Act,
    action: str,
    before: TaskTemplate | None,
    after: TaskTemplate,
) -> TaskTemplate:
    subject = Subject(kind="taskTemplate", id=after.id)
    values = {"state": before.state.value} if before else {}
    now = {"state": after.state.value}
    await ports.records.append(act.record(action, subject, before=values, after=now))
    return after
