"""Sitting exams, and what came of them."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.learning.learning_types import Exam
from domain.learning import results as result_rules
from domain.learning import sitting as use_cases
from domain.learning.attempts import AttemptState, ExamMark
from domain.learning.papers import TopicMark
from domain.learning.results import ResultPorts
from domain.learning.sitting import ExamPorts, Paper, PaperQuestion
from domain.people.act import Act

enum(
    AttemptState,
    "Whether an attempt at an exam goes on.",
    OPEN="It goes on.",
    HANDED_IN="It was handed in, or its time is over.",
)
AttemptArgument = Annotated[strawberry.ID, strawberry.argument(description="The attempt.")]


@strawberry.type(description="An option of a question; its number is what is sent back.")
class ExamOption:
    number: int = strawberry.field(description="Its number.")
    text: str = strawberry.field(description="What it says.")


@strawberry.type(description="A question of a paper; what is right is never told.")
class ExamQuestion:
    value: strawberry.Private[PaperQuestion]

    @strawberry.field(description="The question.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.value.question.id)

    @strawberry.field(description="What is asked.")
    def text(self) -> str:
        return self.value.question.work.text

    @strawberry.field(description="Whether several options are to be chosen.")
    def several(self) -> bool:
        return len(self.value.question.work.right) > 1

    @strawberry.field(description="What can be chosen, in this paper's order.")
    def options(self) -> list[ExamOption]:
        texts = self.value.question.work.options
        return [ExamOption(number=one, text=texts[one]) for one in self.value.order]

    @strawberry.field(description="What was chosen so far.")
    def chosen(self) -> list[int]:
        return list(self.value.chosen)


@strawberry.type(description="How well a topic was answered.")
class ExamTopicMark(Packed[TopicMark]):
    topic: strawberry.ID = strawberry.field(description="The topic's code.")
    asked: int = strawberry.field(description="How many questions there were.")
    right: int = strawberry.field(description="How many were answered well.")


@strawberry.type(description="What an attempt was worth at one time.")
class AttemptMark(Packed[ExamMark]):
    percent: int = strawberry.field(description="After what is taken off for being late.")
    passed: bool = strawberry.field(description="Whether it passed.")
    topics: list[ExamTopicMark] = strawberry.field(description="By topic.")
    at: datetime = strawberry.field(description="When it was marked.")
    reason: str = strawberry.field(description="Why it was marked anew; else empty.")


@strawberry.type(description="One sitting of an exam, by the service's own clock.")
class ExamAttempt:
    value: strawberry.Private[Paper]

    @classmethod
    def of(cls, value: Paper) -> "ExamAttempt":
        """Pack an attempt with its paper."""
        return cls(value=value)

    @strawberry.field(description="Its id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.value.attempt.id)

    @strawberry.field(description="The exam.")
    def exam(self) -> Exam:
        return Exam.of(self.value.exam)

    @strawberry.field(description="Whether it goes on.")
    def state(self) -> AttemptState:
        return self.value.attempt.state

    @strawberry.field(description="Until when answers count, but for a minute on their way.")
    def deadline(self) -> datetime:
        return self.value.attempt.deadline

    @strawberry.field(description="Whether it was begun too late for the whole mark.")
    def late(self) -> bool:
        return self.value.attempt.late

    @strawberry.field(description="Its questions, in order.")
    def questions(self) -> list[ExamQuestion]:
        return [ExamQuestion(value=one) for one in self.value.questions]

    @strawberry.field(description="What it was worth, the first mark first; none before its end.")
    def marks(self) -> list[AttemptMark]:
        return [AttemptMark.of(one) for one in self.value.attempt.marks]


@strawberry.type(description="What came of an exam in a store, in all or for one topic.")
class ExamResult(Packed[result_rules.ExamResult]):
    store_id: strawberry.ID = strawberry.field(description="The store.")
    topic: strawberry.ID | None = strawberry.field(
        description="The topic; null for attempts, and how many passed."
    )
    asked: int = strawberry.field(description="How many questions were asked.")
    right: int = strawberry.field(description="How many were answered well.")


@query("An attempt of the viewer's.")
async def own_exam(ports: ExamPorts, act: Act, id: AttemptArgument) -> ExamAttempt:
    return ExamAttempt.of(await use_cases.own_paper(ports, act, id))


@query("What came of an exam in the stores that the viewer looks after.")
async def exam_results(
    ports: ResultPorts,
    act: Act,
    exam_id: Annotated[strawberry.ID, strawberry.argument(description="The exam.")],
) -> list[ExamResult]:
    found = await result_rules.exam_results(ports, act, exam_id)
    return [ExamResult.of(one) for one in found]


@mutation("Begin an exam, or go on with it.", attempt="With the questions of its paper.")
async def exam_start(
    ports: ExamPorts,
    act: Act,
    course: Annotated[strawberry.ID, strawberry.argument(description="The map's course.")],
    node: Annotated[strawberry.ID, strawberry.argument(description="The stop, by its key.")],
) -> ExamAttempt:
    return ExamAttempt.of(await use_cases.start_exam(ports, act, course, node))


@mutation("Answer a question; the last answer in time counts.", attempt="As it is now.")
async def exam_answer(
    ports: ExamPorts,
    act: Act,
    id: AttemptArgument,
    question_id: Annotated[strawberry.ID, strawberry.argument(description="The question.")],
    options: Annotated[
        list[int], strawberry.argument(description="The numbers of all that is chosen.")
    ],
) -> ExamAttempt:
    return ExamAttempt.of(await use_cases.answer_question(ports, act, id, question_id, options))


@mutation("End an attempt and have it marked.", attempt="With its mark.")
async def exam_hand_in(ports: ExamPorts, act: Act, id: AttemptArgument) -> ExamAttempt:
    return ExamAttempt.of(await use_cases.hand_in_exam(ports, act, id))


@mutation("Give somebody all tries of an exam once more.", times="How often that was done.")
async def exam_reset(
    ports: ExamPorts,
    act: Act,
    exam_id: Annotated[strawberry.ID, strawberry.argument(description="The exam.")],
    person_id: Annotated[strawberry.ID, strawberry.argument(description="Who.")],
) -> int:
    return (await use_cases.reset_exam(ports, act, exam_id, person_id)).times


QUERIES = (own_exam, exam_results)
MUTATIONS = (exam_start, exam_answer, exam_hand_in, exam_reset)
