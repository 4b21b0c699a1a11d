"""Topics, questions, exams and maps as people write and review them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from domain.content.bank import ContentPorts
from domain.content.finding import usable
from domain.content.revisions import PostId
from domain.content.scenes import Scene
from domain.kernel.codes import read_code
from domain.kernel.lines import read_line
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.kernel.request_keys import RequestKey, made_by, made_once, request_key
from domain.kernel.version_reviews import VersionState
from domain.kernel.wording import Wording, sayable
from domain.learning.exams import Exam, ExamWork, checked_exam, topics_short
from domain.learning.learning_items import D, LearningItems, written
from domain.learning.maps import LearningMap, MapWork, checked_map
from domain.learning.questions import (
    LONGEST_NAME,
    MOST_LESSONS,
    MOST_TOPICS,
    LearningTopic,
    Question,
    QuestionWork,
    Rescoring,
    Topics,
    checked_question,
    put_right,
)
from domain.people.act import Act

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningPorts(Ports):
    """What is learned and asked, the bank whose posts teach it, and the check of words."""

    topics: Topics
    questions: LearningItems[Question]
    exams: LearningItems[Exam]
    maps: LearningItems[LearningMap]
    content: ContentPorts
    records: Records
    wording: Wording


async def topics_of_learning(ports: LearningPorts, act: Act) -> Sequence[LearningTopic]:
    """All topics, by id."""
    act.viewer.require("learning.see")
    return [one for _, one in sorted((await ports.topics.all()).items())]


async def save_topic(
    ports: LearningPorts, act: Act, id: str, name: str, post_ids: Sequence[str], *, expected: int
) -> LearningTopic:
    """Say what a topic is called and which posts teach it."""
    act.viewer.require("learning.write")
    known = await ports.topics.all()
    code = read_code(id, ["input", "id"])
    before = known.get(code)
    if before is None and len(known) >= MOST_TOPICS:
        raise Invalid(f"There are {MOST_TOPICS} topics at most.", field=["input", "id"])
    if len(post_ids) > MOST_LESSONS:
        raise Invalid(f"Name {MOST_LESSONS} posts at most.", field=["input", "postIds"])
    topic = LearningTopic(
        id=code,
        name=read_line(name, most=LONGEST_NAME, least=1, field=["input", "name"]),
        lessons=tuple(dict.fromkeys(map(PostId, post_ids))),
        version=expected + 1,
    )
    sayable(ports.wording, topic.name, before.name if before else None, ["input", "name"])
    for post_id in topic.lessons:
        await _teaches(ports, act, post_id, ["input", "postIds"])
    await ports.topics.save(topic, expected=expected)
    values = {"name": before.name, "lessons": list(before.lessons)} if before else {}
    now = {"name": topic.name, "lessons": list(topic.lessons)}
    subject = Subject(kind="learningTopic", id=topic.id)
    await ports.records.append(act.record("learningTopicSave", subject, before=values, after=now))
    return topic


async def write_question(
    ports: LearningPorts,
    act: Act,
    topic: str,
    work: QuestionWork,
    replaces: str | None = None,
    *,
    idempotency_key: str,
) -> Question:
    """Hand in a question for review; the same key again is the same question."""
    asked = request_key(idempotency_key, topic, work, replaces)

    async def write(new: str) -> Question:
        checked = checked_question(work)
        if topic not in await ports.topics.all():
            message = f"There is no topic {topic}; save it first."
            raise NotFound(message, field=["input", "topicId"])
        for text in (checked.text, *checked.options):
            sayable(ports.wording, text, None, ["input", "text"])
        fields = {"group": topic, "work": checked, "replaces": replaces, "asked": asked}
        return await _handed_in(ports, act, ports.questions, Question, new, **fields)

    return await _written_once(act, ports.questions, Question, asked, write)


async def write_exam(
    ports: LearningPorts,
    act: Act,
    work: ExamWork,
    replaces: str | None = None,
    *,
    idempotency_key: str,
) -> Exam:
    """Hand in an exam for review, for which the bank has enough questions; a key is one exam."""
    asked = request_key(idempotency_key, work, replaces)

    async def write(new: str) -> Exam:
        checked = checked_exam(work)
        sayable(ports.wording, checked.title, None, ["input", "title"])
        await _enough(ports, checked)
        fields = {"work": checked, "replaces": replaces, "asked": asked}
        return await _handed_in(
            ports, act, ports.exams, Exam, new, group=checked.certificate, **fields
        )

    return await _written_once(act, ports.exams, Exam, asked, write)


async def write_map(
    ports: LearningPorts,
    act: Act,
    work: MapWork,
    replaces: str | None = None,
    *,
    idempotency_key: str,
) -> LearningMap:
    """Hand in a map for review; what it names is there and approved. A key is one map."""
    asked = request_key(idempotency_key, work, replaces)

    async def write(new: str) -> LearningMap:
        checked = checked_map(work)
        for text in (checked.title, *(one.title for one in checked.nodes)):
            sayable(ports.wording, text, None, ["input", "title"])
        await _walkable(ports, act, checked)
        before = await item_of(ports.maps, replaces, ["input", "replaces"]) if replaces else None
        if before and before.work.role != checked.role:
            raise Invalid("A map is replaced by one for the same role.", field=["input", "role"])
        fields = {"work": checked, "replaces": replaces, "asked": asked}
        # The first version of a map is its own course.
        course = before.course if before else new
        return await _handed_in(
            ports, act, ports.maps, LearningMap, new, group=checked.role, course=course, **fields
        )

    return await _written_once(act, ports.maps, LearningMap, asked, write)


async def questions_in(
    ports: LearningPorts,
    act: Act,
    state: VersionState | None,
    topic: str | None,
    request: PageRequest,
) -> Page[Question]:
    """The bank of questions, the newest first."""
    act.viewer.require("learning.see")
    return await ports.questions.page(_states(state), topic, request)


async def exams_in(
    ports: LearningPorts, act: Act, state: VersionState | None, request: PageRequest
) -> Page[Exam]:
    """The exams, the newest first."""
    act.viewer.require("learning.see")
    return await ports.exams.page(_states(state), None, request)


async def maps_in(
    ports: LearningPorts, act: Act, state: VersionState | None, request: PageRequest
) -> Page[LearningMap]:
    """The maps, the newest first."""
    act.viewer.require("learning.see")
    return await ports.maps.page(_states(state), None, request)


async def judge_question(
    ports: LearningPorts, act: Act, id: str, to: VersionState, comment: str = ""
) -> Question:
    """Let a question be asked, send it back, or ask it no more."""
    return await _judged(ports, act, ports.questions, id, to, comment)


async def judge_exam(
    ports: LearningPorts, act: Act, id: str, to: VersionState, comment: str = ""
) -> Exam:
    """Let an exam be sat, send it back, or end it, and with it what its passes were worth."""
    if to is VersionState.APPROVED:
        act.viewer.require("learning.review")
        await _enough(ports, (await item_of(ports.exams, id)).work)
    return await _judged(ports, act, ports.exams, id, to, comment)


async def judge_map(
    ports: LearningPorts, act: Act, id: str, to: VersionState, comment: str = ""
) -> LearningMap:
    """Let a map be followed, send it back, or take it away."""
    if to is VersionState.APPROVED:
        act.viewer.require("learning.review")
        await _walkable(ports, act, (await item_of(ports.maps, id)).work)
    return await _judged(ports, act, ports.maps, id, to, comment)


async def correct_question(
    ports: LearningPorts, act: Act, id: str, right: Sequence[int], *, reason: str, harsh: bool
) -> Question:
    """Say what is right after all; all answers are marked anew, in a while.

    A pass stays, unless it is `harsh`: then whoever would not have passed has not.
    """
    act.viewer.require("learning.correct")
    before = await item_of(ports.questions, id)
    if before.rescoring:
        raise WrongState("Its answers are being marked anew just now; try again in a while.")
    said = read_line(reason, most=LONGEST_REASON, least=1, field=["reason"])
    rescoring = Rescoring(at=act.at, by=act.viewer.id, reason=said, harsh=harsh)
    after = put_right(before, right, rescoring, ["right"])
    await ports.questions.save(after, expected=before.version)
    values = {"right": list(before.work.right)}
    now = {"right": list(after.work.right), "harsh": harsh, "reason": said}
    subject = Subject(kind="question", id=after.id)
    await ports.records.append(act.record("questionCorrect", subject, before=values, after=now))
    return after


async def item_of(items: LearningItems[D], id: str, field: Sequence[str] = ("id",)) -> D:
    """One question, exam or map, or NotFound."""
    found = (await items.by_ids([id])).get(id)
    if found is None:
        raise NotFound(f"There is no {id[:60]!r} here; look at the list.", field=field)
    return found


async def _written_once(
    act: Act,
    items: LearningItems[D],
    kind: type[D],
    asked: RequestKey,
    write: Callable[[str], Awaitable[D]],
) -> D:
    """What was handed in under a key before, or is written now under an id that follows from it."""
    act.viewer.require("learning.write")
    new = made_by(_NAMES[kind].lower(), act.viewer.id, asked.key)

    async def find() -> D | None:
        return (await items.by_ids([new])).get(new)

    return await made_once(asked, find, partial(write, new))


async def _handed_in(
    ports: LearningPorts, act: Act, items: LearningItems[D], kind: type[D], new: str, **fields: Any
) -> D:
    if fields["replaces"]:
        await item_of(items, fields["replaces"], ["input", "replaces"])
    item = written(kind, new, cause=act.cause(), **fields)
    await items.save(item, expected=0)
    await _recorded(ports, act, f"{_NAMES[kind]}Create", _NAMES[kind], None, item)
    return item


async def _judged(
    ports: LearningPorts, act: Act, items: LearningItems[D], id: str, to: VersionState, comment: str
) -> D:
    act.viewer.require("learning.review")
    before = await item_of(items, id)
    after = before.judged(to, act.cause(comment))
    await items.save(after, expected=before.version)
    name = _NAMES[type(after)]
    await _recorded(ports, act, f"{name}{_WORDS[to]}", name, before, after)
    old = (await items.by_ids([after.replaces])).get(after.replaces) if after.replaces else None
    if to is VersionState.APPROVED and old and old.state is VersionState.APPROVED:
        gone = old.judged(VersionState.WITHDRAWN, act.cause())
        await items.save(gone, expected=old.version)
        await _recorded(ports, act, f"{name}Withdraw", name, old, gone)
    return after


_NAMES: dict[type[Any], str] = {Question: "question", Exam: "exam", LearningMap: "learningMap"}
_WORDS = {
    VersionState.APPROVED: "Approve",
    VersionState.REJECTED: "Reject",
    VersionState.WITHDRAWN: "Withdraw",
}


async def _recorded(
    ports: LearningPorts, act: Act, action: str, kind: str, before: D | None, after: D
) -> None:
    subject = Subject(kind=kind, id=after.id)
    values = {"state": before.state.value} if before else {}
    now = {"state": after.state.value}
    await ports.records.append(act.record(action, subject, before=values, after=now))


async def _enough(ports: LearningPorts, work: ExamWork) -> None:
    bank: dict[str, int] = {}
    for one in await ports.questions.approved([one.topic for one in work.topics]):
        bank[one.group] = bank.get(one.group, 0) + 1
    if short := topics_short(work, bank):
        raise WrongState(
            f"The bank has too few approved questions about {', '.join(short)[:120]}.",
            field=["input", "topics"],
        )


async def _walkable(ports: LearningPorts, act: Act, work: MapWork) -> None:
    exams = [one.exam_id for one in work.nodes if one.exam_id]
    known = await ports.exams.by_ids(exams)
    for one in exams:
        if one not in known or known[one].state is not VersionState.APPROVED:
            raise Invalid(f"There is no approved exam {one[:60]!r}.", field=["input", "nodes"])
    for node in work.nodes:
        if node.post_id:
            await _teaches(ports, act, node.post_id, ["input", "nodes"])


async def _teaches(ports: LearningPorts, act: Act, post_id: str, field: Sequence[str]) -> None:
    if await usable(ports.content, act, post_id, Scene.INTERNAL) is None:
        raise Invalid(
            f"Post {post_id[:60]!r} is not approved for INTERNAL just now; choose one that is.",
            field=field,
        )


def _states(state: VersionState | None) -> Sequence[VersionState]:
    return [state] if state else list(VersionState)
