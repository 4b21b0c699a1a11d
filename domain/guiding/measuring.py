"""Measuring tasks: progress follows what happened, and nobody declares it.

Each visitor, sale and refund is one movement of its assignment's count, under an id that it makes,
so that it counts once. What the count then comes to decides whether the assignment is done.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.contact.contact_facts import FRIEND_VALID
from domain.content.scenes import Scene
from domain.guiding.contest_scores import ScorePorts, count_for_contests, count_reports
from domain.guiding.figures import FigurePorts, count_sales, count_visits
from domain.guiding.guide_sales import SALE_FACTS, GuideSale, GuideSales, with_sale
from domain.guiding.sale_report_facts import SALE_APPROVED
from domain.guiding.task_facts import facts_of_assignment
from domain.guiding.task_templates import ProofKind, TaskUnit, TaskWork
from domain.guiding.tasks import (
    COUNT,
    Assignment,
    AssignmentId,
    Assignments,
    AssignmentState,
    Task,
    TaskDoer,
    TaskId,
    Tasks,
    assignment_id,
    stepped,
)
from domain.kernel.apply_once import Ledger, Posting, apply_all, finish_open
from domain.kernel.facts import Batch, Fact
from domain.kernel.ports import Ports
from domain.learning.certificates import CertificatePorts, holders
from domain.learning.learning_facts import EXAM_MARKED
from domain.media.assets import AssetId
from domain.messaging.errand_facts import ERRAND_SENT
from domain.messaging.errands import ErrandKind
from domain.people.accounts import GuideId, Guides
from domain.people.act import Act
from domain.people.roles import Role
from domain.sharing.link_facts import LINK_TOUCHED

# What is counted as it is told, each by the guide of its fact.
TOLD_FACTS = frozenset({ERRAND_SENT, FRIEND_VALID})
MEASURED_FACTS = SALE_FACTS | {LINK_TOUCHED, EXAM_MARKED, SALE_APPROVED} | TOLD_FACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurePorts(Ports):
    """The tasks, the counts of their assignments, contests, and what is counted."""

    tasks: Tasks
    assignments: Assignments
    counts: Ledger[Posting]
    sales: GuideSales
    guides: Guides
    contests: ScorePorts
    certificates: CertificatePorts
    figures: FigurePorts


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A guide's copy of a task for one occurrence, or their store's."""

    task: Task
    doer: TaskDoer
    occurrence: str

    @property
    def id(self) -> AssignmentId:
        """Its id, whether anything came of it or not."""
        return assignment_id(self.task, self.occurrence, self.doer)

    def moved(self, source: str, at: datetime, count: int) -> Posting:
        """A movement of its count, which has the source's id."""
        return Posting(id=f"{self.id}|{source}", target=self.id, at=at, add={COUNT: count})

    def came_to(
        self, to: AssignmentState, *, measured: int = 0, asset_id: AssetId | None = None
    ) -> Assignment:
        """Its assignment in a state, with what shows it; guides alone are paid."""
        together = self.task.work.unit is TaskUnit.STORE
        paid = together or self.doer.role == Role.GUIDE
        return Assignment(
            id=self.id,
            task_id=self.task.id,
            occurrence=self.occurrence,
            guide_id=None if together else self.doer.guide_id,
            store_id=self.doer.store_id,
            coins=self.task.work.coins if paid else 0,
            state=to,
            measured=measured,
            asset_id=asset_id,
            coupon=self.task.work.coupon if paid else None,
        )


async def measure(ports: MeasurePorts, act: Act, batch: Batch) -> None:
    """Count what happened for whatever it concerns, and see which assignments are done by it."""
    visits = [one for one in batch.facts if one.kind == LINK_TOUCHED and one.data["consumer"]]
    told = [one for one in batch.facts if one.kind in TOLD_FACTS and one.data["guide"]]
    marks = [one for one in batch.facts if one.kind == EXAM_MARKED]
    known = await _sales(ports, batch)
    ids = {GuideId(one.data["guide"]) for one in (*visits, *told)}
    ids |= {one.guide_id for one in known if one.guide_id}
    ids |= {GuideId(one.data["personId"]) for one in marks}
    guides = await ports.guides.by_ids(sorted(ids)) if ids else {}
    # As whom guides buy and look for themselves.
    own = {one.id: one.member_id for one in guides.values() if one.member_id}
    sales = [one for one in known if one.guide_id and own.get(one.guide_id) != one.buyer_id]
    await count_for_contests(ports.contests, act, sales)
    if approved := [one for one in batch.facts if one.kind == SALE_APPROVED]:
        await count_reports(ports.contests, act, approved)
    await count_sales(ports.figures, act, sales, guides)
    await count_visits(ports.figures, act, visits, guides)
    heard = [one.at for one in (*visits, *told, *marks)]
    moments = heard + [one.sold_at for one in sales if one.sold_at]
    if not moments:
        return
    asked = await _asked(ports, act, ids, min(moments))
    moved: dict[str, Copy] = {}
    postings: list[Posting] = []
    for fact in visits:
        for copy in _visited(asked, fact, act.at):
            if fact.data["person"] != own.get(copy.doer.guide_id):
                postings.append(copy.moved(fact.data["person"], fact.at, 1))
                moved[copy.id] = copy
    for fact in told:
        for copy in _told(asked, fact, act.at):
            postings.append(copy.moved(fact.id, fact.at, fact.data.get("sent", 1)))
            moved[copy.id] = copy
    for fact in marks:
        for copy in _examined(asked, fact, act.at):
            postings.append(_exam_moved(copy, fact))
            moved[copy.id] = copy
    await apply_all(ports.counts, postings)
    sold = [(copy, sale) for sale in sales for copy in _sold(asked, sale)]
    await _count_sales(ports, act, sold)
    moved |= {copy.id: copy for copy, _ in sold}
    await _settle(ports, act, moved)


async def with_certificates(
    ports: CertificatePorts, act: Act, tasks: Mapping[TaskId, Task], doers: Sequence[TaskDoer]
) -> list[TaskDoer]:
    """Those of whom a task is asked, without who lacks the certificate that it needs."""
    needed: dict[str, list[TaskDoer]] = {}
    for one in doers:
        task = tasks.get(one.task_id)
        if task and task.work.certificate:
            needed.setdefault(task.work.certificate, []).append(one)
    lacking: set[str] = set()
    for certificate, some in needed.items():
        people = sorted({one.guide_id for one in some})
        held = await holders(ports, act, certificate, people)
        lacking |= {one.id for one in some if one.guide_id not in held}
    return [one for one in doers if one.id not in lacking]


async def finish_counts(ports: MeasurePorts, act: Act) -> None:
    """Finish the movements that a crash has cut short."""
    await finish_open(ports.counts, act.at)


async def _sales(ports: MeasurePorts, batch: Batch) -> Sequence[GuideSale]:
    """What is known by now of the orders that a batch tells of."""
    concerned: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        if fact.kind in SALE_FACTS:
            concerned.setdefault(fact.data["orderId"], []).append(fact)
    if not concerned:
        return ()
    await ports.sales.fold(batch, concerned, with_sale)
    return await ports.sales.by_ids(list(concerned))


async def _asked(
    ports: MeasurePorts, act: Act, guide_ids: set[GuideId], since: datetime
) -> Mapping[GuideId, list[tuple[Task, TaskDoer]]]:
    """What was asked of guides since a moment, and they may do."""
    doers = await ports.tasks.of_guides(guide_ids, since)
    tasks = await ports.tasks.by_ids({one.task_id for one in doers})
    asked: dict[GuideId, list[tuple[Task, TaskDoer]]] = {}
    for one in await with_certificates(ports.certificates, act, tasks, doers):
        if task := tasks.get(one.task_id):
            asked.setdefault(one.guide_id, []).append((task, one))
    return asked


def _visited(
    asked: Mapping[GuideId, list[tuple[Task, TaskDoer]]], fact: Fact, now: datetime
) -> Iterator[Copy]:
    """The copies for which a visit by the guide's link to what they are to share counts."""
    for task, doer in asked.get(GuideId(fact.data["guide"]), ()):
        occurrence = doer.occurrence_at(task, fact.at)
        if occurrence and _shown_by(task.work, fact) and not task.closed(occurrence, now):
            yield Copy(task=task, doer=doer, occurrence=occurrence)


def _shown_by(work: TaskWork, fact: Fact) -> bool:
    """Whether a visit shows it: of anybody to the content, or of a customer who was written to."""
    if work.proof is ProofKind.FOLLOW_UPS:
        alone = fact.data.get("scene") == Scene.ONE_TO_ONE
        if not (alone and fact.data["person"].startswith("member_")):
            return False
    elif work.proof is not ProofKind.VISITORS:
        return False
    target = work.content and work.content.target
    return not target or (target.kind, target.id) == (fact.data["kind"], fact.data["target"])


def _told(
    asked: Mapping[GuideId, list[tuple[Task, TaskDoer]]], fact: Fact, now: datetime
) -> Iterator[Copy]:
    """The copies for which what a guide's hand did, or a new friend, counts as it is told."""
    proof = ProofKind.FRIENDS
    if fact.kind == ERRAND_SENT:
        moment = fact.data["kind"] == ErrandKind.MOMENT
        proof = ProofKind.MOMENTS if moment else ProofKind.HAND_SENDS
    for task, doer in asked.get(GuideId(fact.data["guide"]), ()):
        occurrence = doer.occurrence_at(task, fact.at)
        if occurrence and task.work.proof is proof and not task.closed(occurrence, now):
            yield Copy(task=task, doer=doer, occurrence=occurrence)


def _examined(
    asked: Mapping[GuideId, list[tuple[Task, TaskDoer]]], fact: Fact, now: datetime
) -> Iterator[Copy]:
    """The copies for which a mark of an exam counts: that it passes now, or does no more."""
    if fact.data["passed"] == fact.data["passedBefore"]:
        return
    for task, doer in asked.get(GuideId(fact.data["personId"]), ()):
        occurrence = doer.occurrence_at(task, fact.at)
        if occurrence is None or task.work.exam_id != fact.data["examId"]:
            continue
        if not task.closed(occurrence, now):
            yield Copy(task=task, doer=doer, occurrence=occurrence)


def _exam_moved(copy: Copy, fact: Fact) -> Posting:
    """One pass more, or one of those that counted less."""
    if fact.data["passed"]:
        return copy.moved(fact.id, fact.at, 1)
    return replace(copy.moved(fact.id, fact.at, -1), at_least={COUNT: 1})


def _sold(asked: Mapping[GuideId, list[tuple[Task, TaskDoer]]], sale: GuideSale) -> Iterator[Copy]:
    """The copies for which a sale counts, or did before it was paid back."""
    for task, doer in asked.get(sale.guide_id, ()) if sale.guide_id and sale.sold_at else ():
        assert sale.sold_at is not None
        occurrence = doer.occurrence_at(task, sale.sold_at)
        wanted = any(task.work.wants(one.product) for one in sale.lines)
        if occurrence is not None and task.work.proof is ProofKind.SALES and wanted:
            yield Copy(task=task, doer=doer, occurrence=occurrence)


async def _count_sales(
    ports: MeasurePorts, act: Act, sold: Sequence[tuple[Copy, GuideSale]]
) -> None:
    """Count sales, unless they are told too late, and each refund of those that counted."""
    if not sold:
        return
    firsts = [_first(copy, sale) for copy, sale in sold]
    open_still = [
        first
        for first, (copy, _) in zip(firsts, sold, strict=True)
        if not copy.task.closed(copy.occurrence, act.at)
    ]
    await apply_all(ports.counts, open_still)
    counted = await ports.counts.entries([one.id for one in firsts])
    refunds = [
        copy.moved(f"{sale.id}|{one.id}", one.at, -one.of(first.add[COUNT]))
        for first, (copy, sale) in zip(firsts, sold, strict=True)
        if first.id in counted
        for one in sale.refunds
    ]
    await apply_all(ports.counts, refunds)


def _first(copy: Copy, sale: GuideSale) -> Posting:
    """A sale as it counts before anything of it is paid back."""
    assert sale.sold_at is not None, "what nobody sold counts for nothing"
    wanted = sum(one.paid for one in sale.lines if copy.task.work.wants(one.product))
    return copy.moved(sale.id, sale.sold_at, wanted)


async def _settle(ports: MeasurePorts, act: Act, moved: Mapping[str, Copy]) -> None:
    """Let each assignment be done or not, as its count says by now."""
    ids = [copy.id for copy in moved.values()]
    counted = await ports.assignments.measured(ids)
    known = await ports.assignments.by_ids(ids)
    for copy in moved.values():
        before, count = known.get(copy.id), counted.get(copy.id, 0)
        done = count >= copy.task.work.target
        if done == (before is not None and before.state is AssignmentState.DONE):
            continue
        to = AssignmentState.DONE if done else AssignmentState.FELL
        after = stepped(before, copy.came_to(to, measured=count), act.cause())
        await ports.assignments.save(
            after, expected=before.version if before else 0, facts=facts_of_assignment(after)
        )
