"""Following maps: how far somebody has come, and what each stop waits for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.content.revisions import PostId
from domain.kernel.days import beijing_day
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound, WrongState
from domain.kernel.version_reviews import VersionState
from domain.learning.attempts import (
    Attempt,
    Attempts,
    ExamReset,
    Sitter,
    anew_on,
    best_of,
    no_reset,
    tries_left,
    weak_topics,
)
from domain.learning.exams import Exam
from domain.learning.learning_items import LearningItems
from domain.learning.maps import (
    Enrolment,
    Enrolments,
    LearningMap,
    LessonRead,
    MapNode,
    NodeState,
    day_of,
    enrolment_id,
)
from domain.learning.questions import LearningTopic, Topics
from domain.network.directory import DirectorySource
from domain.people.accounts import StaffAccounts
from domain.people.act import Act
from domain.people.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPorts(Ports):
    """The maps, what is on them, and how far people have come."""

    maps: LearningItems[LearningMap]
    exams: LearningItems[Exam]
    topics: Topics
    enrolments: Enrolments
    attempts: Attempts
    staff: StaffAccounts
    directory: DirectorySource


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A node as somebody finds it; `waits` is why it can't be gone on with."""

    node: MapNode
    waits: NodeState | None
    done: bool

    @property
    def state(self) -> NodeState:
        """What it is called: what is done stays so."""
        return NodeState.DONE if self.done else self.waits or NodeState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamStop(Stop):
    """An exam with the attempts at it, the first first, and the posts to read again before more.

    Where all tries are used up without a pass, they come anew `anew_on`, once those are read.
    """

    exam: Exam
    attempts: tuple[Attempt, ...]
    left: int
    read_again: tuple[PostId, ...]
    reset: ExamReset
    anew_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A map as somebody follows it; `begun_on` is None before they do."""

    map: LearningMap
    begun_on: str | None
    enrolment: Enrolment | None
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """All that decides how far somebody has come."""

    exams: Mapping[str, Exam]
    topics: Mapping[str, LearningTopic]
    attempts: Mapping[str, Sequence[Attempt]]
    resets: Mapping[str, ExamReset]
    held_up: frozenset[str]
    today: date


async def own_learning(ports: StudyPorts, act: Act) -> Sequence[Walked]:
    """The maps for the viewer's role, as far as they have come."""
    act.viewer.require("learning.do")
    maps = await ports.maps.approved([act.viewer.role])
    ids = {one.id: enrolment_id(one.course, act.viewer.id) for one in maps}
    enrolments = await ports.enrolments.by_ids(list(ids.values()))
    known = await _known(ports, act, maps)
    return [_walked(one, enrolments.get(ids[one.id]), known) for one in maps]


async def course_of_viewer(ports: StudyPorts, act: Act, course: str) -> Walked:
    """One map for the viewer's role, by its course, or NotFound."""
    for one in await own_learning(ports, act):
        if one.map.course == course:
            return one
    raise NotFound("There is no such map for you; look at ownLearning.", field=["course"])


async def begin_course(ports: StudyPorts, act: Act, course: str) -> Walked:
    """Begin a map: today is its first day. One that was begun stays as it is."""
    walked = await course_of_viewer(ports, act, course)
    if walked.begun_on is None:
        await ports.enrolments.save(_enrolment(act, walked), expected=0)
        walked = await course_of_viewer(ports, act, course)
    return walked


async def read_lesson(ports: StudyPorts, act: Act, course: str, post_id: str) -> Walked:
    """Note that the viewer has read a post of a map that is open, or one to be read again."""
    walked = await course_of_viewer(ports, act, course)
    nodes = [one for one in walked.stops if one.node.post_id == post_id]
    again = {post for one in walked.stops if isinstance(one, ExamStop) for post in one.read_again}
    if not nodes and post_id not in again:
        raise NotFound("This post is not on the map.", field=["postId"])
    if post_id not in again and all(one.waits for one in nodes):
        raise WrongState("This is not open yet; look at ownLearning.", field=["postId"])
    before = walked.enrolment
    enrolment = before or _enrolment(act, walked)
    others = tuple(one for one in enrolment.read if one.post_id != post_id)
    after = replace(
        enrolment,
        read=(*others, LessonRead(post_id=PostId(post_id), at=act.at)),
        version=before.version + 1 if before else 1,
    )
    await ports.enrolments.save(after, expected=before.version if before else 0)
    return await course_of_viewer(ports, act, course)


def sitter_of(ports: StudyPorts, act: Act) -> Sitter:
    """The viewer as who sits an exam, with where they work now."""
    store, region = act.viewer.store_id, act.viewer.region_id
    if store and not region:
        region = ports.directory.directory().store(store).region_id
    return Sitter(person_id=act.viewer.id, role=act.viewer.role, store_id=store, region_id=region)


def _enrolment(act: Act, walked: Walked) -> Enrolment:
    begun_on = walked.begun_on or beijing_day(act.at).isoformat()
    return Enrolment(id=enrolment_id(walked.map.course, act.viewer.id), begun_on=begun_on)


async def _known(ports: StudyPorts, act: Act, maps: Sequence[LearningMap]) -> _Known:
    ids = sorted({node.exam_id for one in maps for node in one.work.nodes if node.exam_id})
    found = await ports.exams.by_ids(ids)
    exams = {one.id: one for one in found.values() if one.state is VersionState.APPROVED}
    attempts: dict[str, list[Attempt]] = {}
    for attempt in await ports.attempts.of_person(act.viewer.id, ids) if ids else ():
        attempts.setdefault(attempt.exam_id, []).append(attempt)
    first = [one.id for one in exams.values() if one.work.managers_first]
    resets = await ports.attempts.resets(act.viewer.id, ids) if ids else {}
    return _Known(
        exams=exams,
        topics=await ports.topics.all() if exams else {},
        attempts=attempts,
        resets={one: resets.get(one) or no_reset(one, act.viewer.id) for one in ids},
        held_up=await _held_up(ports, act, first) if first else frozenset(),
        today=beijing_day(act.at),
    )


async def _held_up(ports: StudyPorts, act: Act, exam_ids: Sequence[str]) -> frozenset[str]:
    """The exams that the viewer's manager has to pass before they may.

    That is a guide's store's manager, or where it has none, and for managers, the region's. Where
    there is nobody, nobody is waited for.
    """
    sitter = sitter_of(ports, act)
    own, region = sitter.store_id, sitter.region_id
    in_store = {"store_id": own} if sitter.role == Role.GUIDE else {}
    in_region = {"region_id": region} if sitter.role != Role.REGION_MANAGER else {}
    for place in (in_store, in_region):
        if any(place.values()) and await ports.staff.managers_of(**place):
            return frozenset(
                [one for one in exam_ids if not await ports.attempts.passed_at(one, **place)]
            )
    return frozenset()


def _walked(map: LearningMap, enrolment: Enrolment | None, known: _Known) -> Walked:
    begun_on = map.work.starts_on or (enrolment.begun_on if enrolment else None)
    read = {one.post_id: one.at for one in enrolment.read} if enrolment else {}
    stops: dict[str, Stop] = {}
    for node in map.work.nodes:
        waits = None
        if begun_on is None or not all(stops[key].done for key in node.after):
            waits = NodeState.BEFORE
        elif known.today < day_of(begun_on, node.opens_day):
            waits = NodeState.DAY
        if node.exam_id is None:
            stops[node.key] = Stop(node=node, waits=waits, done=node.post_id in read)
        elif exam := known.exams.get(node.exam_id):
            stops[node.key] = _exam_stop(node, exam, waits, read, known)
        else:  # it was withdrawn, and holds nobody up
            stops[node.key] = Stop(node=node, waits=NodeState.NO_TRIES, done=True)
    return Walked(map=map, begun_on=begun_on, enrolment=enrolment, stops=tuple(stops.values()))


def _exam_stop(
    node: MapNode,
    exam: Exam,
    waits: NodeState | None,
    read: Mapping[PostId, datetime],
    known: _Known,
) -> ExamStop:
    attempts = tuple(known.attempts.get(exam.id, ()))
    reset = known.resets[exam.id]
    left = tries_left(exam, attempts, reset.times)
    again = read_again(exam, attempts, known.topics, read)
    anew = anew_on(attempts, left)
    if waits is None:
        if exam.id in known.held_up:
            waits = NodeState.MANAGER
        elif left <= 0 and anew is None:
            waits = NodeState.NO_TRIES
        elif again:
            waits = NodeState.LEARN_AGAIN
        elif anew and known.today < anew:
            waits = NodeState.DAY
        elif anew:
            left = exam.work.tries
    best = best_of(attempts)
    return ExamStop(
        node=node,
        waits=waits,
        done=best is not None and best.passed,
        exam=exam,
        attempts=attempts,
        left=left,
        read_again=again,
        reset=reset,
        anew_on=anew,
    )


def read_again(
    exam: Exam,
    attempts: Sequence[Attempt],
    topics: Mapping[str, LearningTopic],
    read: Mapping[PostId, datetime],
) -> tuple[PostId, ...]:
    """The posts about what the last attempt answered badly that were not read since."""
    weak = weak_topics(exam, attempts)
    lessons = [post for topic in weak if topic in topics for post in topics[topic].lessons]
    ended = max((one.handed_in_at for one in attempts if one.handed_in_at), default=None)
    return tuple(
        post
        for post in dict.fromkeys(lessons)
        if ended is not None and (post not in read or read[post] <= ended)
    )
