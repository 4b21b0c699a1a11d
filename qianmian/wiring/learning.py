"""Learning: topics, questions, exams, maps, and how far people have come."""

from functools import partial

from domain.content.bank import ContentPorts
from domain.kernel.facts import Follower
from domain.learning.certificates import CertificatePorts
from domain.learning.results import (
    RESULT_FACTS,
    CountPorts,
    ResultPorts,
    count_results,
    finish_results,
)
from domain.learning.sitting import ExamPorts, hand_in_what_is_over, mark_anew
from domain.learning.studying import StudyPorts
from domain.learning.writing import LearningPorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.advertising_claims import read_claims
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.learning.attempts import MongoAttempts, MongoEnrolments, MongoExamResults
from storage.mongo.learning.learning_items import MongoQuestions, MongoTopics, exams_of, maps_of
from storage.mongo.people.people import MongoStaff

END_EVERY_S = 5.0


def learning_ports(base: Foundation, content: ContentPorts) -> LearningPorts:
    """What is learned, as it is written and reviewed."""
    return LearningPorts(
        topics=base.made(MongoTopics),
        questions=base.made(MongoQuestions),
        exams=base.made(exams_of),
        maps=base.made(maps_of),
        content=content,
        records=base.made(MongoRecords),
        wording=read_claims(),
    )


def study_ports(base: Foundation) -> StudyPorts:
    """Maps as people follow them."""
    return StudyPorts(
        maps=base.made(maps_of),
        exams=base.made(exams_of),
        topics=base.made(MongoTopics),
        enrolments=base.made(MongoEnrolments),
        attempts=base.made(MongoAttempts),
        staff=base.made(MongoStaff),
        directory=base.reference,
    )


def exam_ports(base: Foundation) -> ExamPorts:
    """Exams as people sit them."""
    return ExamPorts(
        study=study_ports(base),
        attempts=base.made(MongoAttempts),
        questions=base.made(MongoQuestions),
        exams=base.made(exams_of),
        rescoring=base.made(MongoQuestions),
        records=base.made(MongoRecords),
    )


def certificate_ports(base: Foundation) -> CertificatePorts:
    """Who has passed what."""
    return CertificatePorts(exams=base.made(exams_of), attempts=base.made(MongoAttempts))


def result_ports(base: Foundation) -> ResultPorts:
    """What came of exams."""
    return ResultPorts(exams=base.made(exams_of), results=base.made(MongoExamResults))


def learning_followers(base: Foundation) -> tuple[Follower, ...]:
    """What came of exams follows their marks."""
    return (follower("results of exams", RESULT_FACTS, count_results, _counts(base)),)


def learning_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to exams."""
    return (
        Job(
            name="handing in of exams whose time is over",
            work=partial(hand_in_what_is_over, exam_ports(base)),
            every_s=END_EVERY_S,
        ),
        Job(
            name="marking anew of exams",
            work=partial(mark_anew, exam_ports(base)),
            every_s=END_EVERY_S,
        ),
        Job(
            name="finishing of results of exams",
            work=partial(finish_results, _counts(base)),
            every_s=END_EVERY_S,
        ),
    )


def _counts(base: Foundation) -> CountPorts:
    return CountPorts(
        counts=MongoApplyOnce(base.database, movements="exam_result_moves", targets="exam_results")
    )
