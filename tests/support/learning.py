"""A bank of questions, an exam and a map, as they are once somebody has approved them."""

from datetime import datetime, timedelta
from typing import Any

from domain.kernel.days import beijing_day
from domain.kernel.ids import PersonId
from domain.kernel.version_reviews import VersionState
from domain.learning.attempts import Attempt
from domain.learning.exams import Exam, ExamWork, TopicCount
from domain.learning.maps import LearningMap, MapNode, MapWork
from domain.learning.questions import LearningTopic, Question, QuestionWork
from domain.learning.sitting import ExamPorts, Paper, answer_question, hand_in_exam, start_exam
from domain.people.act import Act
from domain.people.roles import Role
from domain.people.viewer import Viewer
from qianmian.clock import new_id
from qianmian.foundation import Foundation
from qianmian.wiring.learning import exam_ports
from storage.mongo.learning.learning_items import MongoQuestions, MongoTopics, exams_of, maps_of
from tests.support.guiding import beijing

AUTHOR = PersonId("staff_trainer")
MONDAY = beijing("2026-11-23", "10:00:00")
TOPICS = ("care", "sizes")


def a_question(number: int, topic: str = "care", **changes: Any) -> Question:
    """A question of which the option numbered `number` % 4 is right."""
    fields = {
        "id": f"question_{topic}_{number}",
        "group": topic,
        "author_id": AUTHOR,
        "made_at": MONDAY,
        "state": VersionState.APPROVED,
        "work": QuestionWork(
            text=f"{topic} {number}?", options=("甲", "乙", "丙", "丁"), right=(number % 4,)
        ),
    }
    return Question(**{**fields, **changes})


def an_exam(exam: str = "exam_1", **work: Any) -> Exam:
    """An exam of five questions about care and five about sizes."""
    topics = tuple(TopicCount(topic=one, questions=5) for one in TOPICS)
    asked = ExamWork(**{"title": "羽绒服护理", "topics": topics, **work})
    return Exam(
        id=exam,
        group=asked.certificate,
        author_id=AUTHOR,
        made_at=MONDAY,
        state=VersionState.APPROVED,
        work=asked,
    )


def a_map(*nodes: MapNode, course: str = "map_1", **work: Any) -> LearningMap:
    """A map with an exam that is always open, or with other nodes."""
    stops = nodes or (MapNode(key="exam", title="考试", exam_id="exam_1"),)
    fields = {"title": "新人第一周", "role": Role.GUIDE, "nodes": stops}
    starts = {"starts_on": beijing_day(MONDAY).isoformat()}
    asked = MapWork(**{**fields, **starts, **work})
    return LearningMap(
        id=course,
        course=course,
        group=asked.role,
        author_id=AUTHOR,
        made_at=MONDAY,
        state=VersionState.APPROVED,
        work=asked,
    )


async def keep(base: Foundation, *exams: Exam, maps: tuple[LearningMap, ...] = ()) -> ExamPorts:
    """A bank of seven questions about each topic, with lessons, some exams, and maps of them."""
    for topic in TOPICS:
        kept = LearningTopic(id=topic, name=topic, lessons=(f"post_{topic}",))
        await base.made(MongoTopics).save(kept, expected=0)
        for number in range(7):
            await base.made(MongoQuestions).save(a_question(number, topic), expected=0)
    for one in exams or (an_exam(),):
        await base.made(exams_of).save(one, expected=0)
    for kept_map in maps or (a_map(),):
        await base.made(maps_of).save(kept_map, expected=0)
    return exam_ports(base)


def at(moment: datetime = MONDAY, person: str = "G1", **changes: Any) -> Act:
    """A guide of S1, or somebody else, at a moment."""
    fields = {"id": PersonId(person), "role": Role.GUIDE, "store_id": "S1"}
    return Act(viewer=Viewer(**{**fields, **changes}), at=moment, new_id=new_id)


async def sit(
    ports: ExamPorts, act: Act, well: int, *, node: str = "exam", course: str = "map_1"
) -> Attempt:
    """Begin an exam, answer so many of its questions well and the others badly, and hand it in."""
    paper = await start_exam(ports, act, course, node)
    for number, one in enumerate(paper.questions):
        right = one.question.work.right
        chosen = right if number < well else ((right[0] + 1) % 4,)
        await answer_question(ports, act, paper.attempt.id, one.question.id, chosen)
    later = Act(viewer=act.viewer, at=act.at + timedelta(minutes=5), new_id=new_id)
    return (await hand_in_exam(ports, later, paper.attempt.id)).attempt


def first(paper: Paper) -> Question:
    """The first question of a paper."""
    return paper.questions[0].question
