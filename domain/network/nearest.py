"""The stores nearest to a position."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import radians

from domain.kernel.places import EARTH_RADIUS_M, Position, distance_m
from domain.network.stores import Store

# Far more than the rounding of two ways to compute one distance, far less than anybody sees.
ROUNDING_M = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A store and how far it is from the position asked about."""

    store: Store
    distance_m: float


class StoreMap:
    """Stores sorted by latitude, to be searched outwards from a position.

    Two points are never closer than the arc between their latitudes, so that the search ends as
    soon as that arc is longer than the farthest of the stores found.
    """

    def __init__(self, stores: Iterable[Store]) -> None:
        placed = sorted(
            ((store.position.to_gcj02(), store) for store in stores),
            key=lambda one: (one[0].latitude, one[1].id),
        )
        self._positions: Sequence[Position] = [position for position, _ in placed]
        self._stores: Sequence[Store] = [store for _, store in placed]
        self._latitudes = [position.latitude for position in self._positions]

    def nearest(
        self,
        position: Position,
        *,
        most: int,
        within_m: float = float("inf"),
        where: Callable[[Store], bool] = lambda _: True,
    ) -> list[Near]:
        """At most so many stores that meet a condition, the nearest first, ties by id."""
        here = position.to_gcj02()
        found: list[tuple[float, str, Store]] = []
        for index, arc_m in self._outwards(here.latitude):
            farthest_m = found[-1][0] if len(found) == most else within_m
            if arc_m > farthest_m + ROUNDING_M:
                break
            store = self._stores[index]
            away_m = distance_m(here, self._positions[index])
            if away_m <= within_m and where(store):
                insort(found, (away_m, store.id, store), key=lambda near: near[:2])
                del found[most:]
        return [Near(store=store, distance_m=away_m) for away_m, _, store in found]

    def _outwards(self, latitude: float) -> Iterator[tuple[int, float]]:
        """Indices by growing distance of their latitudes, with that distance in metres."""
        above = bisect_left(self._latitudes, latitude)
        below = above - 1
        while below >= 0 or above < len(self._latitudes):
            up = self._latitudes[above] - latitude if above < len(self._latitudes) else 360.0
            down = latitude - self._latitudes[below] if below >= 0 else 360.0
            if up <= down:
                yield above, radians(up) * EARTH_RADIUS_M
                above += 1
            else:
                yield below, radians(down) * EARTH_RADIUS_M
                below -= 1
