"""Every order in which actors may take their turns, and every crash, over the code as it is.

An actor is a coroutine that does nothing but await methods of a `Shared` memory that are marked as
turns. The explorer decides whose turn is next, or who dies; it begins anew for each order, and
goes no further where the memory and all that each actor was told have been seen before.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

Make = Callable[["Shared"], Coroutine[Any, Any, Any]]
DIES = "dies"
DEAD = "ended: None"


class Turn:
    """Wait until it is this actor's turn."""

    def __await__(self) -> Generator[None]:
        yield


@dataclass
class Actor:
    """One coroutine: what it has been told so far, and how it ended."""

    run: Coroutine[Any, Any, Any]
    told: list[str] = field(default_factory=list)
    ended: bool = False
    answer: Any = None

    @property
    def key(self) -> str:
        """All that its future depends on."""
        return f"ended: {self.answer}" if self.ended else str(self.told)


class Shared:
    """What actors share; a subclass says what is in it and what must hold."""

    running: Actor

    def snapshot(self) -> str:
        """All of it, as text."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise AssertionError where something that always holds does not."""

    def check_end(self, answers: Mapping[str, Any]) -> None:
        """The same, after everybody has ended; with what each one answered."""


def turn(method: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Make a method of a shared memory one atomic step, before which anything may happen."""

    @wraps(method)
    async def stepped(self: Shared, *args: Any) -> Any:
        await Turn()
        told = method(self, *args)
        self.running.told.append(repr(told))
        return told

    return stepped


@dataclass(frozen=True, slots=True)
class Explored:
    """How much there was to see."""

    states: int
    ends: int


def explore(
    memory: Callable[[], Shared],
    actors: Mapping[str, Make],
    *,
    mortal: Sequence[str] = (),
    finish: Make,
) -> Explored:
    """Take the actors through every order of turns; those who are mortal may die before any.

    After each end `finish` runs alone, as the sweeper does in the end.
    """
    seen: set[tuple[str, ...]] = set()
    todo: list[tuple[tuple[str, str], ...]] = [()]
    ends = 0
    while todo:
        order = todo.pop()
        shared, cast = _replay(memory, actors, order)
        while (key := _state(shared, cast)) not in seen:
            shared.check()
            seen.add(key)
            left = [name for name, one in cast.items() if not one.ended]
            # Whoever dies changes nothing else, so that it is known where that leads to.
            dying = [one for one in mortal if one in left and _state(shared, cast, one) not in seen]
            todo += [(*order, (name, DIES)) for name in dying]
            if not left:
                ends += 1
                last = Actor(finish(shared))
                while not last.ended:
                    _go_on(shared, last)
                shared.check()
                answers = {name: one.answer for name, one in cast.items()}
                shared.check_end({**answers, "finish": last.answer})
                break
            # Whatever follows a turn of the last is gone on with as it stands, without a replay.
            todo += [(*order, (name, "")) for name in left[:-1]]
            order = (*order, (left[-1], ""))
            _go_on(shared, cast[left[-1]])
        for one in cast.values():
            one.run.close()
    return Explored(states=len(seen), ends=ends)


def _state(shared: Shared, cast: Mapping[str, Actor], dead: str | None = None) -> tuple[str, ...]:
    """All on which the future depends; as it would be if somebody were dead."""
    keys = (DEAD if name == dead else one.key for name, one in cast.items())
    return shared.snapshot(), *keys


def _replay(
    memory: Callable[[], Shared], actors: Mapping[str, Make], order: Sequence[tuple[str, str]]
) -> tuple[Shared, dict[str, Actor]]:
    shared = memory()
    cast = {name: Actor(make(shared)) for name, make in actors.items()}
    for one in cast.values():
        _go_on(shared, one)  # up to its first turn
    for name, how in order:
        if how == DIES:
            cast[name].ended = True
        else:
            _go_on(shared, cast[name])
    return shared, cast


def _go_on(shared: Shared, actor: Actor) -> None:
    shared.running = actor
    try:
        actor.run.send(None)
    except StopIteration as stopped:
        actor.ended, actor.answer = True, stopped.value
