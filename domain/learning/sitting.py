"""Sitting exams: beginning, answering one by one, handing in, and what the clock does to it."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from domain.kernel.days import beijing_day
from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Conflict, NotFound, WrongState
from domain.kernel.states import Cause
from domain.kernel.versions import risen
from domain.learning.attempts import (
    Attempt,
    AttemptId,
    Attempts,
    AttemptState,
    ExamReset,
    begun,
    handed_in,
    marked_anew,
    no_reset,
    once_more,
    read_answer,
    require_time,
    tries_left,
)
from domain.learning.exams import Exam
from domain.learning.learning_facts import fact_of_mark
from domain.learning.learning_items import LearningItems
from domain.learning.maps import NodeState, day_of
from domain.learning.papers import drawn, options_in_order
from domain.learning.questions import Question, RescoringQueue, rescored_up_to
from domain.learning.studying import (
    ExamStop,
    StudyPorts,
    Walked,
    course_of_viewer,
    sitter_of,
)
from domain.learning.writing import item_of
from domain.people.act import Act

AT_ONCE = 100
# How often who hands in looks again where an answer comes in at the same moment.
MOST_TRIES = 20

WAITS = {
    NodeState.BEFORE: "Finish what comes before it on the map first.",
    NodeState.DAY: "It opens on a later day; look at the map.",
    NodeState.MANAGER: "It opens once the manager of your store, or of your region, has passed it.",
    NodeState.LEARN_AGAIN: "Read again what you answered badly first; ownLearning says what.",
    NodeState.NO_TRIES: "There are no tries left; ask head office for another.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamPorts(Ports):
    """The attempts, and what they are about."""

    study: StudyPorts
    attempts: Attempts
    questions: LearningItems[Question]
    exams: LearningItems[Exam]
    rescoring: RescoringQueue
    records: Records


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperQuestion:
    """A question as a paper shows it: the numbers of its options in order, and what was chosen.

    What is right is never told: whoever tries again may be asked the same.
    """

    question: Question
    order: Sequence[int]
    chosen: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An attempt with its questions."""

    attempt: Attempt
    exam: Exam
    questions: Sequence[PaperQuestion]


async def start_exam(ports: ExamPorts, act: Act, course: str, node: str) -> Paper:
    """Begin an exam of a map, or go on with the attempt that is open."""
    act.viewer.require("exam.sit")
    walked, stop = await _stop(ports, act, course, node)
    if stop.attempts and stop.attempts[-1].state is AttemptState.OPEN:
        if stop.attempts[-1].answerable(act.at):
            return await _paper(ports, stop.attempts[-1], stop.exam)
        await _ended(ports, act, stop.attempts[-1], stop.exam)  # the clock has not come to it yet
        walked, stop = await _stop(ports, act, course, node)
    exam, attempts = stop.exam, stop.attempts
    if stop.waits:
        raise WrongState(WAITS[stop.waits], field=["node"])
    bank = await ports.questions.approved([one.topic for one in exam.work.topics])
    seed = act.new_id("seed")
    due = stop.node.due_day
    assert walked.begun_on, "what is open was begun"
    if stop.anew_on:
        await _begin_anew(ports, stop)
    again = stop.anew_on is not None or stop.reset.times > 0
    late = not again and due is not None and beijing_day(act.at) > day_of(walked.begun_on, due)
    n, sitter = len(attempts) + 1, sitter_of(ports.study, act)
    paper = drawn(exam.work, seed, bank)
    fresh = begun(exam, sitter, n, paper, seed=seed, late=late, cause=act.cause())
    return await _paper(ports, await ports.attempts.begin(fresh), exam)


async def answer_question(
    ports: ExamPorts, act: Act, id: str, question_id: str, options: Sequence[int]
) -> Paper:
    """Keep an answer, over an older one to the same question."""
    attempt = await _own(ports, act, id)
    question = await item_of(ports.questions, question_id, ["questionId"])
    chosen = read_answer(attempt, question, options)
    require_time(attempt, act.at)
    after = await ports.attempts.answer(attempt.id, question.id, chosen, act.at)
    if after is None:  # another phone, or the clock, has handed it in meanwhile
        after = await _own(ports, act, id)
        require_time(after, act.at)
        raise Conflict("Your answer was not kept; send it again.")
    return await _paper(ports, after, await item_of(ports.exams, after.exam_id))


async def own_paper(ports: ExamPorts, act: Act, id: str) -> Paper:
    """An attempt of the viewer's with what they answered."""
    attempt = await _own(ports, act, id)
    return await _paper(ports, attempt, await item_of(ports.exams, attempt.exam_id))


async def hand_in_exam(ports: ExamPorts, act: Act, id: str) -> Paper:
    """End an attempt of the viewer's and mark it; one that has ended is as it was marked."""
    attempt = await _own(ports, act, id)
    exam = await item_of(ports.exams, attempt.exam_id)
    return await _paper(ports, await _ended(ports, act, attempt, exam), exam)


async def reset_exam(ports: ExamPorts, act: Act, exam_id: str, person_id: str) -> ExamReset:
    """Give a person who has none left all tries of an exam once more; the attempts that were stay.

    The same again, while there are tries left, changes nothing.
    """
    act.viewer.require("exam.reset")
    exam = await item_of(ports.exams, exam_id, ["examId"])
    person = PersonId(person_id)
    attempts = await ports.attempts.of_person(person, [exam.id])
    if not attempts:
        raise NotFound("Nobody of this id has sat it.", field=["personId"])
    known = (await ports.attempts.resets(person, [exam.id])).get(exam.id)
    before = known or no_reset(exam.id, person)
    if tries_left(exam, attempts, before.times) > 0:
        return before
    after = once_more(before)
    await ports.attempts.save_reset(after, expected=before.version)
    subject = Subject(kind="exam", id=exam.id)
    said = {"personId": person, "times": after.times}
    await ports.records.append(act.record("examReset", subject, before={}, after=said))
    return after


async def hand_in_what_is_over(ports: ExamPorts, act: Act) -> int:
    """Hand in the attempts whose time is over, with what was answered; tell of how many."""

    async def end(attempt: Attempt) -> None:
        await _ended(ports, act, attempt, await item_of(ports.exams, attempt.exam_id))

    return await each(await ports.attempts.due(act.at, AT_ONCE), end)


async def mark_anew(ports: ExamPorts, act: Act) -> int:
    """Mark anew what was answered to questions that were put right; tell of how many questions."""
    due = await ports.rescoring.due(act.at, AT_ONCE)
    return await each(due, partial(_mark_some, ports, act))


async def _mark_some(ports: ExamPorts, act: Act, question: Question) -> None:
    said = question.rescoring
    assert said is not None, "it is due because of it"
    cause = Cause(actor=said.by, at=act.at, reason=said.reason)
    some = await ports.attempts.with_question(question.id, said.after, AT_ONCE)
    for attempt in some:
        exam = await item_of(ports.exams, attempt.exam_id)
        asked = await _questions(ports, attempt)
        anew = marked_anew(attempt, exam, asked, cause, harsh=said.harsh)
        if attempt.state is AttemptState.OPEN:
            # Who is just marking it by what was right before begins again, and reads what is now.
            await ports.attempts.save(risen(attempt), expected=attempt.version, facts=())
        elif anew:
            facts = [fact_of_mark(anew)]
            await ports.attempts.save(anew, expected=attempt.version, facts=facts)
    done = rescored_up_to(question, some[-1].id if len(some) == AT_ONCE else None)
    await ports.questions.save(done, expected=question.version)


async def _ended(ports: ExamPorts, act: Act, attempt: Attempt, exam: Exam) -> Attempt:
    """An attempt that has ended, marked once, whoever ends it and whatever comes meanwhile."""
    for _ in range(MOST_TRIES):
        if attempt.state is AttemptState.HANDED_IN:
            return attempt
        after = handed_in(attempt, exam, await _questions(ports, attempt), act.cause())
        try:
            await ports.attempts.save(after, expected=attempt.version, facts=[fact_of_mark(after)])
        except Conflict:
            found = await ports.attempts.by_id(attempt.id)
            assert found is not None, "attempts are never taken away"
            attempt = found
        else:
            return after
    raise Conflict("Answers are coming in still; hand it in once more.")


async def _begin_anew(ports: ExamPorts, stop: ExamStop) -> None:
    """Give whoever has read again what they did badly all tries once more."""
    with contextlib.suppress(Conflict):  # their other phone did, or head office
        await ports.attempts.save_reset(once_more(stop.reset), expected=stop.reset.version)


async def _stop(ports: ExamPorts, act: Act, course: str, node: str) -> tuple[Walked, ExamStop]:
    walked = await course_of_viewer(ports.study, act, course)
    for one in walked.stops:
        if isinstance(one, ExamStop) and one.node.key == node:
            return walked, one
    raise NotFound("There is no such exam on this map.", field=["node"])


async def _own(ports: ExamPorts, act: Act, id: str) -> Attempt:
    act.viewer.require("exam.sit")
    attempt = await ports.attempts.by_id(AttemptId(id))
    if attempt is None or attempt.sitter.person_id != act.viewer.id:
        raise NotFound("You have no such attempt.", field=["id"])
    return attempt


async def _questions(ports: ExamPorts, attempt: Attempt) -> list[Question]:
    found = await ports.questions.by_ids(attempt.questions)
    return [found[one] for one in attempt.questions]


async def _paper(ports: ExamPorts, attempt: Attempt, exam: Exam) -> Paper:
    return Paper(
        attempt=attempt,
        exam=exam,
        questions=[
            PaperQuestion(
                question=one,
                order=options_in_order(attempt.seed, one),
                chosen=attempt.answers.get(one.id, ()),
            )
            for one in await _questions(ports, attempt)
        ],
    )
