"""Touchpoints: codes of doors, tills, cards and pages, what comes of each, and how they compare."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.contact.ways import Way, Ways
from domain.insight.boards import days_of
from domain.insight.outcomes import (
    BUY_WINDOW,
    FRIEND_WINDOW,
    JOIN_WINDOW,
    TOUCHPOINT,
    ArmSums,
    Cohort,
    OutcomePorts,
    way_key,
)
from domain.insight.statistics import wilson
from domain.kernel.lines import read_line
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.network.directory import Directory
from domain.network.stores import Store, StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.sharing.creating_links import LinkOrder, create_link
from domain.sharing.shareable import SharingPorts

MOST_LABEL = 40
# Stores that may be asked to send so many orders a day are of one size; regions with so many
# stores of one tier, for what a city is to the brand shows in how many stores it has there.
SIZES = ((100, "S"), (300, "M"))
TIERS = ((10, "3"), (50, "2"))
_ID_LENGTH = 20


class TouchpointKind(StrEnum):
    """Where a code is found."""

    DOOR = "DOOR"
    TILL = "TILL"
    PICKUP = "PICKUP"
    SHELF = "SHELF"
    PARCEL_CARD = "PARCEL_CARD"
    ARTICLE = "ARTICLE"
    HOME = "HOME"
    PRODUCT = "PRODUCT"
    # Codes in WeCom, by which one becomes a friend.
    GUIDE_CODE = "GUIDE_CODE"
    STORE_CODE = "STORE_CODE"


IN_WECOM = frozenset({TouchpointKind.GUIDE_CODE, TouchpointKind.STORE_CODE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Touchpoint:
    """A code at a place of a store; its share link carries its id as campaign.

    A code in WeCom is one too, with its state for a share code; a store's is nobody's own.
    """

    id: str
    kind: TouchpointKind
    label: str
    store_id: StoreId
    guide_id: GuideId | None
    code: str
    made_at: datetime | None = None


class Touchpoints(Protocol):
    """The touchpoints that were made."""

    async def keep(self, touchpoint: Touchpoint) -> Touchpoint:
        """Keep one; one that is there stays as it is, and is the answer."""

    async def of_kind(self, kind: TouchpointKind) -> Sequence[Touchpoint]:
        """Those of a kind."""

    async def of_store(self, store_id: StoreId) -> Sequence[Touchpoint]:
        """Those of a store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchpointPorts(Ports):
    """The touchpoints, their links, the codes in WeCom, and what comes of them."""

    touchpoints: Touchpoints
    ways: Ways
    sharing: SharingPorts
    outcomes: OutcomePorts


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many of those who entered, and the interval in which the rate lies, by Wilson at 95 %."""

    count: int
    out_of: int

    @property
    def interval(self) -> tuple[float, float]:
        """From and to."""
        return wilson(self.count, self.out_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """What came of who entered; each rate is of the days whose window has closed."""

    entered: int
    joined: Rate
    friends: Rate
    bought: Rate
    net_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchpointResult:
    """A touchpoint with what came of it, in total and by day of first entry."""

    touchpoint: Touchpoint
    funnel: Funnel
    days: tuple[Cohort, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Stores that may be compared: of one size, in regions of one tier."""

    name: str
    results: tuple[TouchpointResult, ...]


async def make_touchpoint(
    ports: TouchpointPorts, act: Act, kind: TouchpointKind, label: str, order: LinkOrder
) -> Touchpoint:
    """Give a place of a store its code, in the name of a guide; asked again, the same."""
    act.viewer.require("touchpoint.make")
    if kind in IN_WECOM:
        message = "Open codes in WeCom by contactWaysOpen or contactWaySet; they are counted so."
        raise Invalid(message, field=["input", "kind"])
    label = read_line(label, most=MOST_LABEL, least=1, field=["input", "label"])
    asked = "|".join((kind, label, str(order.guide_id), order.target.kind, order.target.id))
    name = TOUCHPOINT + hashlib.sha256(asked.encode()).hexdigest()[:_ID_LENGTH]
    wanted = LinkOrder(
        target=order.target, scene=order.scene, campaign=name, guide_id=order.guide_id
    )
    link = await create_link(ports.sharing, act, wanted)
    return await ports.touchpoints.keep(
        Touchpoint(
            id=name,
            kind=kind,
            label=label,
            store_id=link.store_id,
            guide_id=link.guide_id,
            code=link.code,
            made_at=act.at,
        )
    )


async def touchpoints_of(
    ports: TouchpointPorts, act: Act, store_id: str, period: str
) -> Sequence[TouchpointResult]:
    """A store's touchpoints, with what came of who first entered in a month or up to a day."""
    act.viewer.require("touchpoint.see")
    store = ports.sharing.directory.directory().store(store_id)
    act.viewer.require("touchpoint.see", store=store.id)
    places = await ports.touchpoints.of_store(store.id)
    codes = [_of_way(one) for one in await ports.ways.of_stores([store.id])]
    return await _results(ports, act, [*places, *codes], period)


async def compare(
    ports: TouchpointPorts, act: Act, kind: TouchpointKind, period: str
) -> Sequence[Cluster]:
    """Touchpoints of a kind, each beside those of stores alike; of the stores that one may see."""
    act.viewer.require("touchpoint.see")
    directory = ports.sharing.directory.directory()
    stores = [one for one in directory.stores if act.viewer.may("touchpoint.see", store=one)]
    if kind in IN_WECOM:
        found = [_of_way(one) for one in await ports.ways.of_stores(stores)]
    else:
        found = list(await ports.touchpoints.of_kind(kind))
    known = set(stores)
    seen = [one for one in found if one.kind is kind and one.store_id in known]
    clusters: dict[str, list[TouchpointResult]] = defaultdict(list)
    for one in await _results(ports, act, seen, period):
        store = directory.store(one.touchpoint.store_id)
        clusters[cluster_of(directory, store)].append(one)
    return [Cluster(name=name, results=tuple(some)) for name, some in sorted(clusters.items())]


def cluster_of(directory: Directory, store: Store) -> str:
    """The stores with which one may be compared, such as `M2`."""
    stores = len(directory.stores_of_region.get(store.region_id, ()))
    size = next((name for most, name in SIZES if store.capacity_a_day < most), "L")
    return size + next((name for most, name in TIERS if stores < most), "1")


def funnel_of(cohorts: Sequence[Cohort], now: datetime) -> Funnel:
    """What came of cohorts; who can still join, befriend or buy counts in no rate of it."""
    joined = _whole(one for one in cohorts if one.closed(JOIN_WINDOW, now))
    friends = _whole(one for one in cohorts if one.closed(FRIEND_WINDOW, now))
    bought = _whole(one for one in cohorts if one.closed(BUY_WINDOW, now))
    return Funnel(
        entered=_whole(cohorts).entered,
        joined=Rate(count=joined.joined, out_of=joined.entered),
        friends=Rate(count=friends.friends, out_of=friends.entered),
        bought=Rate(count=bought.bought, out_of=bought.entered),
        net_fen=bought.fen,
    )


def _of_way(way: Way) -> Touchpoint:
    """A code in WeCom as a touchpoint: a guide's own has no name."""
    own = way.name is None
    return Touchpoint(
        id=way_key(way.id),
        kind=TouchpointKind.GUIDE_CODE if own else TouchpointKind.STORE_CODE,
        label=way.name or "",
        store_id=way.store_id,
        guide_id=way.guide_ids[0] if own else None,
        code=way.id,
    )


def _whole(cohorts: Iterable[Cohort]) -> ArmSums:
    return sum((one.total for one in cohorts), start=ArmSums())


async def _results(
    ports: TouchpointPorts, act: Act, touchpoints: Sequence[Touchpoint], period: str
) -> list[TouchpointResult]:
    days = days_of(period)
    keys = [one.id for one in touchpoints]
    found = await ports.outcomes.entries.cohorts(keys, days[0], days[-1])
    of: dict[str, list[Cohort]] = defaultdict(list)
    for cohort in sorted(found, key=lambda one: one.day):
        of[cohort.key].append(cohort)
    return [
        TouchpointResult(
            touchpoint=one, funnel=funnel_of(of[one.id], act.at), days=tuple(of[one.id])
        )
        for one in touchpoints
    ]
