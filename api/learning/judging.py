"""The review of questions, exams and maps."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation
from api.learning.learning_types import Exam, LearningMap, Question
from domain.kernel.version_reviews import VersionState
from domain.learning import writing as use_cases
from domain.learning.writing import LearningPorts
from domain.people.act import Act

Id = Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
Comment = Annotated[str, strawberry.argument(description="Why, in 1 to 300 characters.")]
NOW = "As it is now."


@mutation("Let exams ask a question that somebody else wrote.", question=NOW)
async def question_approve(ports: LearningPorts, act: Act, id: Id) -> Question:
    return Question.of(await use_cases.judge_question(ports, act, id, VersionState.APPROVED))


@mutation("Send a question back.", question=NOW)
async def question_reject(ports: LearningPorts, act: Act, id: Id, comment: Comment) -> Question:
    return Question.of(
        await use_cases.judge_question(ports, act, id, VersionState.REJECTED, comment)
    )


@mutation("Ask a question no more; papers that have it keep it.", question=NOW)
async def question_withdraw(ports: LearningPorts, act: Act, id: Id) -> Question:
    return Question.of(await use_cases.judge_question(ports, act, id, VersionState.WITHDRAWN))


@mutation("Let an exam that somebody else wrote be put on maps.", exam=NOW)
async def exam_approve(ports: LearningPorts, act: Act, id: Id) -> Exam:
    return Exam.of(await use_cases.judge_exam(ports, act, id, VersionState.APPROVED))


@mutation("Send an exam back.", exam=NOW)
async def exam_reject(ports: LearningPorts, act: Act, id: Id, comment: Comment) -> Exam:
    return Exam.of(await use_cases.judge_exam(ports, act, id, VersionState.REJECTED, comment))


@mutation("End an exam; certificates that its passes gave hold no more.", exam=NOW)
async def exam_withdraw(ports: LearningPorts, act: Act, id: Id) -> Exam:
    return Exam.of(await use_cases.judge_exam(ports, act, id, VersionState.WITHDRAWN))


@mutation("Let people follow a map that somebody else wrote.", map=NOW)
async def learning_map_approve(ports: LearningPorts, act: Act, id: Id) -> LearningMap:
    return LearningMap.of(await use_cases.judge_map(ports, act, id, VersionState.APPROVED))


@mutation("Send a map back.", map=NOW)
async def learning_map_reject(
    ports: LearningPorts, act: Act, id: Id, comment: Comment
) -> LearningMap:
    return LearningMap.of(await use_cases.judge_map(ports, act, id, VersionState.REJECTED, comment))


@mutation("Take a map away.", map=NOW)
async def learning_map_withdraw(ports: LearningPorts, act: Act, id: Id) -> LearningMap:
    return LearningMap.of(await use_cases.judge_map(ports, act, id, VersionState.WITHDRAWN))


MUTATIONS = (
    question_approve,
    question_reject,
    question_withdraw,
    exam_approve,
    exam_reject,
    exam_withdraw,
    learning_map_approve,
    learning_map_reject,
    learning_map_withdraw,
)
