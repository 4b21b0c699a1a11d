"""What an operator sees and does of the followers of facts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.kernel.facts import Follower, Stream
from domain.kernel.following import Held, Places
from domain.kernel.refusals import NotFound, WrongState


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerStanding:
    """How one follower stands: how many facts it is behind, and since when it should know them."""

    name: str
    place: int
    behind: int
    late_by: timedelta
    held: tuple[Held, ...]
    resting: str
    rebuilding: bool

    @property
    def parked(self) -> tuple[Held, ...]:
        """What waits for an operator."""
        return tuple(one for one in self.held if one.parked)


async def standings(
    places: Places, stream: Stream, followers: Sequence[Follower], *, now: datetime
) -> Sequence[FollowerStanding]:
    """How each follower stands; one that has never run is behind by the whole stream."""
    head = await stream.head()
    began = {place.follower: place for place in await places.all()}
    found = []
    for follower in followers:
        place = began.get(follower.name)
        n = place.n if place else 0
        waiting = await stream.by_numbers([n + 1]) if n < head else []
        found.append(
            FollowerStanding(
                name=follower.name,
                place=n,
                behind=max(0, head - n),
                late_by=max(timedelta(), now - waiting[0].at) if waiting else timedelta(),
                held=tuple(await places.held(follower.name)),
                resting=place.error if place else "",
                rebuilding=place.rebuild if place else False,
            )
        )
    return found


async def retry(places: Places, name: str, subject: str | None, *, now: datetime) -> int:
    """Have what is held for a follower, or one subject of it, tried again at once; tell how much.

    What was parked counts its failures from the beginning.
    """
    chosen = await _chosen(places, name, subject)
    for held in chosen:
        await places.hold(replace(held, failures=0, parked=False, next_at=now))
    return len(chosen)


async def skip(places: Places, name: str, subject: str, *, now: datetime) -> int:
    """Give up the fact that a subject fails at, and go on with those behind it; its number."""
    [held] = await _chosen(places, name, subject)
    given_up, *waiting = held.waiting
    if waiting:
        on = replace(held, waiting=tuple(waiting), failures=0, parked=False, next_at=now)
        await places.hold(on)
    else:
        await places.let_go(held)
    return given_up


async def rebuild(places: Places, follower: Follower) -> None:
    """Have a follower forget what it has made and begin anew with the first fact."""
    if follower.forget is None:
        raise WrongState(f"What {follower.name} does can't be forgotten, and so not be rebuilt.")
    if not await places.ask_for_rebuild(follower.name):
        raise NotFound(f"{follower.name} has never begun; start the service, which begins it.")


def named(followers: Sequence[Follower], name: str) -> Follower:
    """The follower of a name, or NotFound."""
    for follower in followers:
        if follower.name == name:
            return follower
    names = ", ".join(follower.name for follower in followers)
    raise NotFound(f"There is no follower {name!r}; there are: {names}.")


async def _chosen(places: Places, name: str, subject: str | None) -> list[Held]:
    held = [one for one in await places.held(name) if subject in (None, one.subject)]
    if not held:
        of = f" of {subject}" if subject else ""
        raise NotFound(f"Nothing{of} is held for {name}; `scripts/facts list` shows what is.")
    return held
