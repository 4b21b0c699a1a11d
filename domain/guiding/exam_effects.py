"""What guides did before and after an exam, by how well they answered each topic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.guiding.figures import (
    FEN,
    ORDERS,
    VISITS,
    FigurePorts,
    WorkFigure,
    list_of_week,
    monday_of,
)
from domain.kernel.days import beijing_day
from domain.kernel.ports import Ports
from domain.learning.attempts import Attempt, Attempts, best_of
from domain.learning.exams import Exam
from domain.learning.learning_items import LearningItems
from domain.learning.writing import item_of
from domain.people.act import Act

# So many weeks after an exam are compared with as many before it, where they are over.
MOST_WEEKS = 4
COMPARED = (VISITS, ORDERS, FEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamEffectPorts(Ports):
    """The exams and their attempts, and the figures of guides' work."""

    exams: LearningItems[Exam]
    attempts: Attempts
    counting: FigurePorts


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicEffect:
    """Guides who answered a topic well enough, or did not: what they did in whole weeks together.

    As many `weeks` of guides count before the week of the exam as after it; that week itself does
    not. Where there are none, it is too early.
    """

    topic: str
    well: bool
    people: int = 0
    weeks: int = 0
    before: Mapping[str, int]
    after: Mapping[str, int]


async def exam_effects(
    ports: ExamEffectPorts, act: Act, exam_id: str, region_id: str
) -> Sequence[TopicEffect]:
    """What a region's guides did before and after an exam, by topic and by how well they did."""
    act.viewer.require("assessment.see", region=region_id)
    exam = await item_of(ports.exams, exam_id, ["examId"])
    by_person: dict[str, list[Attempt]] = {}
    for one in await ports.attempts.of_exam(exam.id, region_id):
        by_person.setdefault(one.sitter.person_id, []).append(one)
    best = [found for some in by_person.values() if (found := best_of(some))]
    weeks = {one.id: _weeks(one, beijing_day(act.at)) for one in best}
    mondays = {monday for before, after in weeks.values() for monday in (*before, *after)}
    figures = {
        monday: {
            one.subject: one
            for one in await ports.counting.figures.of([list_of_week(monday, region_id)])
        }
        for monday in sorted(mondays)
    }
    effects: dict[tuple[str, bool], TopicEffect] = {}
    for attempt in best:
        before, after = weeks[attempt.id]
        for mark in attempt.marks[-1].topics:
            key = mark.topic, not mark.weak(exam.work.pass_percent)
            known = effects.get(key) or TopicEffect(topic=key[0], well=key[1], before={}, after={})
            person = attempt.sitter.person_id
            effects[key] = replace(
                known,
                people=known.people + 1,
                weeks=known.weeks + len(after),
                before=_more(known.before, person, [figures[one] for one in before]),
                after=_more(known.after, person, [figures[one] for one in after]),
            )
    return [effects[key] for key in sorted(effects)]


def _weeks(attempt: Attempt, today: date) -> tuple[list[str], list[str]]:
    """The weeks before an attempt's and those after it, as many of each as are over."""
    assert attempt.handed_in_at is not None, "only what has ended is compared"
    week = date.fromisoformat(monday_of(beijing_day(attempt.handed_in_at)))
    this = date.fromisoformat(monday_of(today))
    over = min(MOST_WEEKS, max(0, (this - week).days // 7 - 1))
    spans = [timedelta(weeks=n) for n in range(1, over + 1)]
    return (
        [(week - one).isoformat() for one in spans],
        [(week + one).isoformat() for one in spans],
    )


def _more(
    known: Mapping[str, int], person: str, weeks: Sequence[Mapping[str, WorkFigure]]
) -> Mapping[str, int]:
    """Figures with what one more person did in some weeks."""
    theirs = [week[person] for week in weeks if person in week]
    return {name: known.get(name, 0) + sum(one.of(name) for one in theirs) for name in COMPARED}
