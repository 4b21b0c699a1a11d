"""Following maps of learning."""

from typing import Annotated

import strawberry

from api.content.post_types import Post
from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.learning.learning_types import LearningMap, MapNode, lessons
from domain.learning import studying as use_cases
from domain.learning.attempts import best_of
from domain.learning.maps import NodeState
from domain.learning.studying import ExamStop, Stop, StudyPorts, Walked
from domain.people.act import Act

enum(
    NodeState,
    "How a stop of a map stands.",
    name="MapNodeState",
    DONE="It is read or passed.",
    OPEN="It can be read or tried now.",
    BEFORE="What comes before it, or the map itself, is to be begun or done first.",
    DAY="Its day has not come.",
    MANAGER="The manager has to pass it first.",
    LEARN_AGAIN="There is something to read again before the next try.",
    NO_TRIES="No tries are left, or the exam has ended.",
)
Course = Annotated[strawberry.ID, strawberry.argument(description="The map's course.")]


@strawberry.type(description="A stop of a map as the viewer finds it.")
class MapStop:
    value: strawberry.Private[Stop]

    @strawberry.field(description="The stop.")
    def node(self) -> MapNode:
        return MapNode.of(self.value.node)

    @strawberry.field(description="Whether it is done or open, or what it waits for.")
    def state(self) -> NodeState:
        return self.value.state

    @strawberry.field(description="Of an exam, how often it may be begun still.")
    def tries_left(self) -> int | None:
        return max(self.value.left, 0) if isinstance(self.value, ExamStop) else None

    @strawberry.field(description="Of an exam, the percent that count; null before the first.")
    def best(self) -> int | None:
        found = best_of(self.value.attempts) if isinstance(self.value, ExamStop) else None
        return found.percent if found else None

    @strawberry.field(description="Of an exam, the attempts at it, the first first.")
    def attempt_ids(self) -> list[strawberry.ID]:
        found = self.value.attempts if isinstance(self.value, ExamStop) else ()
        return [strawberry.ID(one.id) for one in found]

    @strawberry.field(
        description="Of an exam that was not passed in all its tries, the day in China from which "
        "on all of them come anew, once what was answered badly is read again."
    )
    def anew_on(self) -> str | None:
        found = self.value.anew_on if isinstance(self.value, ExamStop) else None
        return found.isoformat() if found else None

    @field("Of an exam, the posts about what was answered badly, to be read again.")
    async def read_again(self, load: Load) -> list[Post]:
        found = self.value.read_again if isinstance(self.value, ExamStop) else ()
        return await lessons(load, found)


@strawberry.type(description="A map as the viewer follows it.")
class WalkedMap:
    value: strawberry.Private[Walked]

    @classmethod
    def of(cls, value: Walked) -> "WalkedMap":
        """Pack a map."""
        return cls(value=value)

    @strawberry.field(description="The map.")
    def map(self) -> LearningMap:
        return LearningMap.of(self.value.map)

    @strawberry.field(description="The day from which its days count; null before it is begun.")
    def begun_on(self) -> str | None:
        return self.value.begun_on

    @strawberry.field(description="Its stops, in order.")
    def stops(self) -> list[MapStop]:
        return [MapStop(value=one) for one in self.value.stops]


@query("The maps for the viewer's role, as far as they have come.")
async def own_learning(ports: StudyPorts, act: Act) -> list[WalkedMap]:
    return [WalkedMap.of(one) for one in await use_cases.own_learning(ports, act)]


@mutation("Begin a map; today is its first day.", map="As far as the viewer has come.")
async def learning_begin(ports: StudyPorts, act: Act, course: Course) -> WalkedMap:
    return WalkedMap.of(await use_cases.begin_course(ports, act, course))


@mutation("Note that the viewer has read a post.", map="As far as the viewer has come.")
async def learning_lesson_read(
    ports: StudyPorts,
    act: Act,
    course: Course,
    post_id: Annotated[strawberry.ID, strawberry.argument(description="The post.")],
) -> WalkedMap:
    return WalkedMap.of(await use_cases.read_lesson(ports, act, course, post_id))


QUERIES = (own_learning,)
MUTATIONS = (learning_begin, learning_lesson_read)
