"""Which store ships an order: ranked rules, and the reasons that they leave behind."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum

from domain.catalogue.units import Units
from domain.kernel.places import Position, distance_m
from domain.mall.routing.fewest_stores import smallest_cover
from domain.network.stores import Store, StoreId, StoreState


class Verdict(StrEnum):
    """Why a store was, or was not, chosen; the rules in the order in which they decide."""

    CHOSEN = "CHOSEN"
    NOT_SELLING = "NOT_SELLING"
    REFUSED_BEFORE = "REFUSED_BEFORE"
    NOT_THE_PICKUP_STORE = "NOT_THE_PICKUP_STORE"
    OFFERS_NO_PICKUP = "OFFERS_NO_PICKUP"
    HAS_NONE = "HAS_NONE"
    NEEDS_MORE_STORES = "NEEDS_MORE_STORES"
    SHUT_NOW = "SHUT_NOW"
    AT_CAPACITY = "AT_CAPACITY"
    FARTHER = "FARTHER"
    LATER_ID = "LATER_ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A store as routing sees it: what it could give, whether it is open, and whether it is full.

    A full store has got as many fulfilment orders today as it can do.
    """

    store: Store
    available: Units
    open_now: bool = True
    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one store is asked to give."""

    store_id: StoreId
    units: Units


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One candidate's distance in whole metres (None without a destination) and its verdict."""

    store_id: StoreId
    distance_m: int | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who gives what, and why; where `short` is not empty, nobody is asked.

    `short` tells for each SKU that can't be had in full how many there are.
    """

    shares: tuple[Share, ...]
    considered: tuple[Considered, ...]
    short: Units = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranked:
    """A candidate's place in the order of preference; a smaller `key` is better."""

    candidate: Candidate
    distance_m: int | None

    @property
    def id(self) -> StoreId:
        return self.candidate.store.id

    @property
    def ready(self) -> bool:
        return self.candidate.open_now and not self.candidate.full

    @property
    def key(self) -> tuple[bool, int, StoreId]:
        return (not self.ready, self.distance_m or 0, self.id)


def route(
    needs: Units,
    candidates: Iterable[Candidate],
    *,
    destination: Position | None = None,
    pickup_store_id: StoreId | None = None,
    refused: Set[StoreId] = frozenset(),
) -> Decision:
    """Choose the stores for what is needed.

    One store if any can give everything, else the fewest. Among equally many: those that are open
    and under their capacity, then the nearest by the sum of their distances, then the lowest ids.
    Whoever refused is left out; a pickup is for the chosen store alone.
    """
    ranked = sorted((_rank(one, destination) for one in candidates), key=lambda one: one.key)
    barred = {one.id: _bar(one.candidate.store, pickup_store_id, refused) for one in ranked}
    usable = [one for one in ranked if barred[one.id] is None]
    short = _short(needs, usable)
    chosen: list[_Ranked] = []
    if not short:
        gives = [_gives(one, needs) for one in usable]
        costs = [(int(not one.ready), one.distance_m or 0) for one in usable]
        chosen = [usable[i] for i in smallest_cover(needs, gives, costs)]
    considered = [
        Considered(
            store_id=one.id,
            distance_m=one.distance_m,
            verdict=barred[one.id] or _verdict(one, chosen, needs),
        )
        for one in ranked
    ]
    return Decision(
        shares=_share_out(needs, chosen),
        considered=tuple(sorted(considered, key=lambda one: (one.distance_m or 0, one.store_id))),
        short=short,
    )


def _rank(candidate: Candidate, destination: Position | None) -> _Ranked:
    away = None if destination is None else round(distance_m(candidate.store.position, destination))
    return _Ranked(candidate=candidate, distance_m=away)


def _bar(store: Store, pickup: StoreId | None, refused: Set[StoreId]) -> Verdict | None:
    """Why a store can't be asked at all, if so."""
    if store.state is not StoreState.OPEN:
        return Verdict.NOT_SELLING
    if store.id in refused:
        return Verdict.REFUSED_BEFORE
    if pickup is not None and store.id != pickup:
        return Verdict.NOT_THE_PICKUP_STORE
    if pickup is not None and not store.hands_over:
        return Verdict.OFFERS_NO_PICKUP
    return None


def _gives(one: _Ranked, needs: Units) -> Units:
    """How much of what is needed a store has, SKUs that it lacks left out."""
    had = {sku: min(one.candidate.available.get(sku, 0), n) for sku, n in needs.items()}
    return {sku: n for sku, n in had.items() if n > 0}


def _short(needs: Units, usable: Sequence[_Ranked]) -> Units:
    totals = {
        sku: sum(max(0, one.candidate.available.get(sku, 0)) for one in usable) for sku in needs
    }
    return {sku: totals[sku] for sku, n in needs.items() if totals[sku] < n}


def _covers(needs: Units, stores: Sequence[_Ranked]) -> bool:
    return not _short(needs, stores)


def _share_out(needs: Units, chosen: Sequence[_Ranked]) -> tuple[Share, ...]:
    """Let each store in its rank give all that it can of what is still needed."""
    left = dict(needs)
    shares = []
    for one in sorted(chosen, key=lambda one: one.key):
        units = _gives(one, left)
        for sku, n in units.items():
            left[sku] -= n
        shares.append(Share(store_id=one.id, units=units))
    return tuple(shares)


def _verdict(one: _Ranked, chosen: Sequence[_Ranked], needs: Units) -> Verdict:
    """Why a store is, or is not, among the chosen.

    One that could stand in for a chosen store lost to it by a later rule; one that could not would
    have made the order need more stores.
    """
    if any(one is other for other in chosen):
        return Verdict.CHOSEN
    if not _gives(one, needs):
        return Verdict.HAS_NONE
    beaten_by = [
        other
        for other in chosen
        if _covers(needs, [one, *(left for left in chosen if left is not other)])
    ]
    if not beaten_by:
        return Verdict.NEEDS_MORE_STORES
    rival = max(beaten_by, key=lambda other: other.key)
    if rival.ready and not one.candidate.open_now:
        return Verdict.SHUT_NOW
    if rival.ready and one.candidate.full:
        return Verdict.AT_CAPACITY
    return Verdict.FARTHER if one.distance_m != rival.distance_m else Verdict.LATER_ID
