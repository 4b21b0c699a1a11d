"""What is said of runs: that one began, what became of a step of it, and that it ended."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from domain.journeys.runs import MemberJourneys, Run
from domain.kernel.facts import Fact, FactId, FactKind

JOURNEY_ENTERED = FactKind("journey.entered")
JOURNEY_ACTED = FactKind("journey.acted")
JOURNEY_ENDED = FactKind("journey.ended")


def facts_of_change(before: MemberJourneys | None, after: MemberJourneys) -> Sequence[Fact]:
    """What a change of a member's runs says; of runs that came from another nothing."""
    known = {one.id: one for one in before.runs} if before else {}
    return [fact for run in after.runs for fact in _of_run(known.get(run.id), run, after)]


def _of_run(before: Run | None, run: Run, member: MemberJourneys) -> Iterator[Fact]:
    if before is None:
        if f"|{member.id}|" not in run.id:
            return
        yield _fact(JOURNEY_ENTERED, run, member, "entered", run.entered_at, {})
    for record in run.records[len(before.records) if before else 0 :]:
        data = {"step": record.step, "outcome": record.outcome.value, "why": record.why}
        yield _fact(JOURNEY_ACTED, run, member, f"acted:{record.step}", record.at, data)
    if run.ended_at and not (before and before.ended_at):
        end = {"state": run.state.value, "why": run.why, "arms": dict(run.arms)}
        yield _fact(JOURNEY_ENDED, run, member, "ended", run.ended_at, end)


def _fact(
    kind: FactKind, run: Run, member: MemberJourneys, name: str, at: datetime, data: dict[str, Any]
) -> Fact:
    return Fact(
        id=FactId(f"journey:{run.id}:{name}"),
        subject=f"journeys:{member.id}",
        kind=kind,
        at=at,
        data={
            "run": run.id,
            "journey": run.journey_id,
            "number": run.number,
            "member": member.id,
            **data,
        },
    )
