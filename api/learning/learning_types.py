"""What the schema says of topics, questions, exams and maps."""

import strawberry

from api.content.post_types import Post
from api.kernel.context import Load
from api.kernel.operations import field
from api.kernel.packing import Packed
from api.kernel.version_reviews import VersionState
from api.people.roles import Role
from domain.content.finding import posts_by_ids
from domain.content.revisions import PostId
from domain.learning import exams, maps, questions
from domain.learning.exams import ExamWork
from domain.learning.maps import MapWork
from domain.learning.questions import QuestionWork


@strawberry.type(description="What questions are about, and the posts that teach it.")
class LearningTopic(Packed[questions.LearningTopic]):
    value: strawberry.Private[questions.LearningTopic]
    id: strawberry.ID = strawberry.field(description="The topic's code.")
    name: str = strawberry.field(description="What it is called.")
    version: int = strawberry.field(description="Send it back with a change.")

    @field("The posts that teach it, without those that are not on show.")
    async def posts(self, load: Load) -> list[Post]:
        return await lessons(load, self.value.lessons)


@strawberry.interface(description="Something that one writes and another approves.")
class Reviewed:
    value: strawberry.Private[questions.Question | exams.Exam | maps.LearningMap]
    id: strawberry.ID = strawberry.field(description="Its id.")
    state: VersionState = strawberry.field(description="Where its review stands.")
    author_id: strawberry.ID = strawberry.field(description="Who wrote it.")
    comment: str = strawberry.field(description="Why it was sent back; else empty.")
    replaces: strawberry.ID | None = strawberry.field(
        description="What it takes the place of once it is approved."
    )


@strawberry.type(description="A question of the bank.")
class Question(Reviewed, Packed[questions.Question]):
    value: strawberry.Private[questions.Question]

    @strawberry.field(description="Its topic.")
    def topic_id(self) -> strawberry.ID:
        return strawberry.ID(self.value.group)

    @strawberry.field(description="What is asked.")
    def text(self) -> str:
        return self.value.work.text

    @strawberry.field(description="What can be chosen, numbered from 0.")
    def options(self) -> list[str]:
        return list(self.value.work.options)

    @strawberry.field(description="The numbers of what is to be chosen, and of nothing else.")
    def right(self) -> list[int]:
        return list(self.value.work.right)

    @strawberry.field(description="Whether what was answered is being marked anew just now.")
    def rescoring(self) -> bool:
        return self.value.rescoring is not None


@strawberry.type(description="So many questions about a topic.")
class ExamTopic(Packed[exams.TopicCount]):
    topic: strawberry.ID = strawberry.field(description="The topic's code.")
    questions: int = strawberry.field(description="How many.")


@strawberry.type(description="An exam: what is asked, and what a pass needs and gives.")
class Exam(Reviewed, Packed[exams.Exam]):
    value: strawberry.Private[exams.Exam]

    @strawberry.field(description="What it is called.")
    def title(self) -> str:
        return self.value.work.title

    @strawberry.field(description="How many questions of each topic.")
    def topics(self) -> list[ExamTopic]:
        return [ExamTopic.of(one) for one in self.value.work.topics]

    @strawberry.field(description="How many percent are needed.")
    def pass_percent(self) -> int:
        return self.value.work.pass_percent

    @strawberry.field(description="How often it may be begun; the best counts.")
    def tries(self) -> int:
        return self.value.work.tries

    @strawberry.field(description="How long a sitting lasts.")
    def minutes(self) -> int:
        return self.value.work.minutes

    @strawberry.field(description="So many percent of their mark have those who begin too late.")
    def late_percent(self) -> int:
        return self.value.work.late_percent

    @strawberry.field(description="The certificate that it gives, which others ask for, if any.")
    def certificate(self) -> str | None:
        return self.value.work.certificate or None

    @strawberry.field(description="How many months the certificate holds; null for good.")
    def months(self) -> int | None:
        return self.value.work.months

    @strawberry.field(description="Whether managers have to pass it before their guides may.")
    def managers_first(self) -> bool:
        return self.value.work.managers_first


@strawberry.type(description="A stop of a map: a post to read, or an exam to pass.")
class MapNode(Packed[maps.MapNode]):
    value: strawberry.Private[maps.MapNode]
    key: strawberry.ID = strawberry.field(description="Its name on the map.")
    title: str = strawberry.field(description="What it is called.")
    exam_id: strawberry.ID | None = strawberry.field(description="The exam, if it is one.")
    post_id: strawberry.ID | None = strawberry.field(description="The post, if it is one.")
    opens_day: int = strawberry.field(description="From which day on; 0 is the first.")
    due_day: int | None = strawberry.field(description="After which day it is late, if ever.")

    @strawberry.field(description="The nodes that are to be done before.")
    def after(self) -> list[strawberry.ID]:
        return [strawberry.ID(one) for one in self.value.after]

    @field("The post, if it is one and on show.")
    async def post(self, load: Load) -> Post | None:
        found = await lessons(load, [self.value.post_id] if self.value.post_id else [])
        return found[0] if found else None


@strawberry.type(description="One version of a map of learning, for one role.")
class LearningMap(Reviewed, Packed[maps.LearningMap]):
    value: strawberry.Private[maps.LearningMap]
    course: strawberry.ID = strawberry.field(
        description="What all its versions share, and what people follow."
    )

    @strawberry.field(description="What it is called.")
    def title(self) -> str:
        return self.value.work.title

    @strawberry.field(description="Who follows it.")
    def role(self) -> Role:
        return self.value.work.role

    @strawberry.field(description="Its first day in China; null where each begins on their own.")
    def starts_on(self) -> str | None:
        return self.value.work.starts_on

    @strawberry.field(description="Its stops, in order.")
    def nodes(self) -> list[MapNode]:
        return [MapNode.of(one) for one in self.value.work.nodes]


@strawberry.input(description="What a topic is called, and which posts teach it.")
class LearningTopicInput:
    id: strawberry.ID = strawberry.field(description="A code of your own.")
    name: str = strawberry.field(description="1 to 40 characters.")
    post_ids: list[strawberry.ID] = strawberry.field(
        description="Posts that are approved for INTERNAL, 10 at most.", default_factory=list
    )


@strawberry.input(description="A question with its options.")
class QuestionInput:
    topic_id: strawberry.ID = strawberry.field(description="Its topic.")
    text: str = strawberry.field(description="1 to 300 characters.")
    options: list[str] = strawberry.field(description="2 to 8, of 1 to 120 characters each.")
    right: list[int] = strawberry.field(
        description="The numbers of those that are to be chosen, from 0."
    )
    replaces: strawberry.ID | None = strawberry.field(
        description="A question that is withdrawn once this one is approved.", default=None
    )

    def value(self) -> QuestionWork:
        return QuestionWork(text=self.text, options=tuple(self.options), right=tuple(self.right))


@strawberry.input(description="So many questions about a topic.")
class ExamTopicInput:
    topic: strawberry.ID = strawberry.field(description="The topic's code.")
    questions: int = strawberry.field(description="1 to 100.")


@strawberry.input(description="What an exam asks, and what a pass needs and gives.")
class ExamInput:
    title: str = strawberry.field(description="1 to 60 characters.")
    topics: list[ExamTopicInput] = strawberry.field(description="100 questions in all at most.")
    pass_percent: int = strawberry.field(description="1 to 100.", default=60)
    tries: int = strawberry.field(description="1 to 20.", default=3)
    minutes: int = strawberry.field(description="1 to 240.", default=20)
    late_percent: int = strawberry.field(
        description="Of their mark for those who begin too late, 1 to 100.", default=100
    )
    certificate: str = strawberry.field(
        description="A code of your own, if it gives a certificate.", default=""
    )
    months: int | None = strawberry.field(
        description="How long the certificate holds, 1 to 60.", default=None
    )
    managers_first: bool = strawberry.field(
        description="Whether managers pass it before their guides may.", default=False
    )
    replaces: strawberry.ID | None = strawberry.field(
        description="An exam that is withdrawn once this one is approved.", default=None
    )

    def value(self) -> ExamWork:
        return ExamWork(
            title=self.title,
            topics=tuple(
                exams.TopicCount(topic=str(one.topic), questions=one.questions)
                for one in self.topics
            ),
            pass_percent=self.pass_percent,
            tries=self.tries,
            minutes=self.minutes,
            late_percent=self.late_percent,
            certificate=self.certificate,
            months=self.months,
            managers_first=self.managers_first,
        )


@strawberry.input(description="A stop of a map: a post to read, or an exam to pass.")
class MapNodeInput:
    key: str = strawberry.field(description="A code of your own.")
    title: str = strawberry.field(description="1 to 60 characters.")
    post_id: strawberry.ID | None = strawberry.field(
        description="A post that is approved for INTERNAL.", default=None
    )
    exam_id: strawberry.ID | None = strawberry.field(
        description="Or an approved exam.", default=None
    )
    after: list[str] = strawberry.field(
        description="Keys of nodes before it that are to be done first.", default_factory=list
    )
    opens_day: int = strawberry.field(description="0 is the first day.", default=0)
    due_day: int | None = strawberry.field(description="After it an exam is late.", default=None)

    def value(self) -> maps.MapNode:
        return maps.MapNode(
            key=self.key,
            title=self.title,
            post_id=PostId(str(self.post_id)) if self.post_id else None,
            exam_id=str(self.exam_id) if self.exam_id else None,
            after=tuple(self.after),
            opens_day=self.opens_day,
            due_day=self.due_day,
        )


@strawberry.input(description="For whom a map is, and its stops.")
class LearningMapInput:
    title: str = strawberry.field(description="1 to 60 characters.")
    role: Role = strawberry.field(description="GUIDE, STORE_MANAGER or REGION_MANAGER.")
    nodes: list[MapNodeInput] = strawberry.field(description="1 to 60, in order.")
    starts_on: str | None = strawberry.field(
        description="Its first day in China; left out where each begins on their own.",
        default=None,
    )
    replaces: strawberry.ID | None = strawberry.field(
        description="A map that is withdrawn once this one is approved; what was done stays done.",
        default=None,
    )

    def value(self) -> MapWork:
        return MapWork(
            title=self.title,
            role=self.role,
            nodes=tuple(one.value() for one in self.nodes),
            starts_on=self.starts_on,
        )


async def lessons(load: Load, ids: tuple[PostId, ...] | list[PostId]) -> list[Post]:
    """Posts in order, without those that the viewer may not see now."""
    found = await load.many(posts_by_ids, list(ids))
    return [Post.of(found[one]) for one in ids if one in found]
