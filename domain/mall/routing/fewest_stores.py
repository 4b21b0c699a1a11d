"""The fewest givers that together have what is needed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=str)
Wanted = Mapping[K, int]
Cost = tuple[int, ...]

# Finding the fewest is as hard as set cover. Real orders take a few dozen steps; beyond this many
# the best found so far is taken, at worst the greedy one. A step of the largest order among 100
# stores takes less than a millisecond.
MOST_STEPS = 1_000


def smallest_cover(
    needs: Wanted[K], gives: Sequence[Wanted[K]], costs: Sequence[Cost]
) -> tuple[int, ...]:
    """Choose the fewest givers for the needs; among equally many, the least sum of costs.

    Givers are in order of preference: where the costs are equal too, the earlier ones are chosen.
    `gives` has no giver of more than is needed, and all of them together have enough. Answers the
    indexes in `gives`, ascending.
    """
    search = _Search(needs, gives, costs)
    best = _greedy(needs, gives)
    for size in range(_at_least(needs, gives), len(best) + 1):
        found = search.best_of(size)
        if found is not None:
            return found
        if search.exhausted:
            break
    return best


class _Search(Generic[K]):
    """A depth-first search over sets of one size, which stops after so many steps in all."""

    def __init__(self, needs: Wanted[K], gives: Sequence[Wanted[K]], costs: Sequence[Cost]) -> None:
        self._needs = needs
        self._gives = gives
        self._costs = costs
        self._steps = 0

    @property
    def exhausted(self) -> bool:
        """Whether the steps have run out."""
        return self._steps >= MOST_STEPS

    def best_of(self, size: int) -> tuple[int, ...] | None:
        """The cheapest set of this size that covers the needs, if there is any."""
        useful = _not_outdone(self._gives, size)
        sets = {tuple(sorted(found)) for found in self._covers(self._needs, size, useful)}
        return min(sets, key=self._price, default=None)

    def _price(self, chosen: tuple[int, ...]) -> tuple[Cost, tuple[int, ...]]:
        parts = zip(*(self._costs[i] for i in chosen), strict=True)
        return tuple(map(sum, parts)), chosen

    def _covers(
        self, left: Wanted[K], size: int, useful: Sequence[int]
    ) -> Iterator[tuple[int, ...]]:
        """Every set of at most this size; each step settles the need with the fewest givers."""
        if not left:
            yield ()
            return
        rarest = min(left, key=lambda key: sum(key in self._gives[i] for i in useful))
        for i in useful:
            if self.exhausted:
                return
            if rarest in self._gives[i]:
                self._steps += 1
                rest = _less(left, self._gives[i])
                others = [other for other in useful if other != i]
                if _reachable(rest, [self._gives[other] for other in others], size - 1):
                    for more in self._covers(rest, size - 1, others):
                        yield (i, *more)


def _greedy(needs: Wanted[K], gives: Sequence[Wanted[K]]) -> tuple[int, ...]:
    """Take whoever has most of what is still needed, until nothing is."""
    left, chosen = needs, list[int]()
    while left:
        best = max(
            (i for i in range(len(gives)) if i not in chosen),
            key=lambda i: sum(min(n, left.get(key, 0)) for key, n in gives[i].items()),
        )
        chosen.append(best)
        left = _less(left, gives[best])
    return tuple(sorted(chosen))


def _at_least(needs: Wanted[K], gives: Sequence[Wanted[K]]) -> int:
    """A number of givers below which no cover can be."""
    size = 0
    while not _reachable(needs, gives, size):
        size += 1
    return size


def _reachable(left: Wanted[K], gives: Sequence[Wanted[K]], size: int) -> bool:
    """Whether, for each need by itself, the `size` largest givers have enough."""
    return all(
        sum(sorted((give.get(key, 0) for give in gives), reverse=True)[:size]) >= n
        for key, n in left.items()
    )


def _less(left: Wanted[K], given: Wanted[K]) -> dict[K, int]:
    rest = {key: n - given.get(key, 0) for key, n in left.items()}
    return {key: n for key, n in rest.items() if n > 0}


def _not_outdone(gives: Sequence[Wanted[K]], size: int) -> list[int]:
    """The givers that a best set of this size may need.

    Whoever has as many givers before them as the set is large, each with at least as much of
    everything, can be replaced by one of those that is not in the set.
    """
    useful: list[int] = []
    for i, give in enumerate(gives):
        outdone_by = sum(
            all(gives[other].get(key, 0) >= n for key, n in give.items()) for other in useful
        )
        if give and outdone_by < size:
            useful.append(i)
    return useful
