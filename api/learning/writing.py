"""Topics, questions, exams and maps as people write and look at them."""

from typing import Annotated

import strawberry

from api.kernel.keys import IdempotencyKey
from api.kernel.operations import mutation, query
from api.kernel.paging import After, Connection, First, connection
from api.kernel.version_reviews import VersionState
from api.learning.learning_types import (
    Exam,
    ExamInput,
    LearningMap,
    LearningMapInput,
    LearningTopic,
    LearningTopicInput,
    Question,
    QuestionInput,
)
from domain.kernel.paging import PageRequest
from domain.learning import writing as use_cases
from domain.learning.writing import LearningPorts
from domain.people.act import Act

State = Annotated[VersionState | None, strawberry.argument(description="Only those in this state.")]
WAITS = "It waits for its review."


@query("All topics of learning, by code.")
async def learning_topics(ports: LearningPorts, act: Act) -> list[LearningTopic]:
    return [LearningTopic.of(one) for one in await use_cases.topics_of_learning(ports, act)]


@query("The bank of questions, the newest first.")
async def questions(
    ports: LearningPorts,
    act: Act,
    state: State = None,
    topic_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only those about this topic.")
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[Question]:
    request = PageRequest(first=first, after=after)
    page = await use_cases.questions_in(ports, act, state, topic_id, request)
    return connection(page, Question.of)


@query("The exams, the newest first.")
async def exams(
    ports: LearningPorts, act: Act, state: State = None, first: First = 20, after: After = None
) -> Connection[Exam]:
    request = PageRequest(first=first, after=after)
    return connection(await use_cases.exams_in(ports, act, state, request), Exam.of)


@query("The maps of learning, the newest first.")
async def learning_maps(
    ports: LearningPorts, act: Act, state: State = None, first: First = 20, after: After = None
) -> Connection[LearningMap]:
    request = PageRequest(first=first, after=after)
    return connection(await use_cases.maps_in(ports, act, state, request), LearningMap.of)


@mutation("Keep a topic, or change one.", topic="As it is now.")
async def learning_topic_save(
    ports: LearningPorts,
    act: Act,
    input: Annotated[LearningTopicInput, strawberry.argument(description="The topic.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The version that you loaded; 0 for a new one.")
    ],
) -> LearningTopic:
    saved = await use_cases.save_topic(
        ports, act, input.id, input.name, input.post_ids, expected=expected_version
    )
    return LearningTopic.of(saved)


@mutation("Hand in a question for review; it never changes.", question=WAITS)
async def question_create(
    ports: LearningPorts,
    act: Act,
    input: Annotated[QuestionInput, strawberry.argument(description="The question.")],
    idempotency_key: IdempotencyKey,
) -> Question:
    work, replaces = input.value(), input.replaces
    made = await use_cases.write_question(
        ports, act, input.topic_id, work, replaces, idempotency_key=idempotency_key
    )
    return Question.of(made)


@mutation("Hand in an exam for review; it never changes.", exam=WAITS)
async def exam_create(
    ports: LearningPorts,
    act: Act,
    input: Annotated[ExamInput, strawberry.argument(description="The exam.")],
    idempotency_key: IdempotencyKey,
) -> Exam:
    made = await use_cases.write_exam(
        ports, act, input.value(), input.replaces, idempotency_key=idempotency_key
    )
    return Exam.of(made)


@mutation("Hand in a map for review; it never changes.", map=WAITS)
async def learning_map_create(
    ports: LearningPorts,
    act: Act,
    input: Annotated[LearningMapInput, strawberry.argument(description="The map.")],
    idempotency_key: IdempotencyKey,
) -> LearningMap:
    made = await use_cases.write_map(
        ports, act, input.value(), input.replaces, idempotency_key=idempotency_key
    )
    return LearningMap.of(made)


@mutation(
    "Say what is right after all. What was answered is marked anew, in a while; both marks stay.",
    question="As it is now.",
)
async def question_correct(
    ports: LearningPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The question.")],
    right: Annotated[
        list[int], strawberry.argument(description="The numbers of what is to be chosen.")
    ],
    reason: Annotated[str, strawberry.argument(description="Why, in 1 to 300 characters.")],
    take_passes_away: Annotated[
        bool,
        strawberry.argument(description="Whether whoever would not have passed has not."),
    ] = False,
) -> Question:
    corrected = await use_cases.correct_question(
        ports, act, id, right, reason=reason, harsh=take_passes_away
    )
    return Question.of(corrected)


QUERIES = (learning_topics, questions, exams, learning_maps)
MUTATIONS = (
    learning_topic_save,
    question_create,
    exam_create,
    learning_map_create,
    question_correct,
)
