"""What is counted: the registry of metrics, each of one event, by at most six sets of dimensions.

What happened is a row; a figure is the sum of the rows of its scope and period, so that whoever
doubts a figure can open the rows behind it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.kernel.days import BEIJING, beijing_day, month_of

MOST_DIMENSIONS = 6
# Stands for the store, region or guide of what has none, so that parts sum to the whole.
NONE = "-"
_HASH_LENGTH = 24


class Dimension(StrEnum):
    """A set of dimensions that figures are kept by."""

    BRAND = "brand"
    REGION = "region"
    STORE = "store"
    SELLER = "seller"  # a guide in a store
    CONTENT = "content"
    CAMPAIGN = "campaign"


class RowKind(StrEnum):
    """What happened."""

    SALE = "SALE"
    REFUND = "REFUND"  # on the day on which it was paid back
    ORDER_REFUND = "ORDER_REFUND"  # the same, on the day of the order that it is of
    VISIT = "VISIT"
    JOIN = "JOIN"
    FRIEND = "FRIEND"
    OFFER = "OFFER"
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    TIMEOUT = "TIMEOUT"
    SHIP = "SHIP"


EVERYWHERE = frozenset(Dimension)
PLACES = frozenset({Dimension.BRAND, Dimension.REGION, Dimension.STORE})
PEOPLE = PLACES | {Dimension.SELLER}
# By what each kind of row is counted.
DIMENSIONS: Mapping[RowKind, frozenset[Dimension]] = {
    RowKind.SALE: EVERYWHERE,
    RowKind.REFUND: EVERYWHERE,
    RowKind.ORDER_REFUND: EVERYWHERE,
    RowKind.VISIT: EVERYWHERE,
    RowKind.JOIN: PLACES,
    RowKind.FRIEND: PEOPLE,
    RowKind.OFFER: PLACES,
    RowKind.ACCEPT: PLACES,
    RowKind.REJECT: PLACES,
    RowKind.TIMEOUT: PLACES,
    RowKind.SHIP: PLACES,
}


class Metric(StrEnum):
    """A figure, in units, fen or seconds."""

    ORDERS = "ORDERS"
    UNITS = "UNITS"
    SALES_FEN = "SALES_FEN"
    REFUNDS = "REFUNDS"
    REFUND_FEN = "REFUND_FEN"
    ORDER_REFUND_FEN = "ORDER_REFUND_FEN"
    VISITS = "VISITS"
    VISITORS = "VISITORS"
    JOINS = "JOINS"
    FRIENDS = "FRIENDS"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    ACCEPT_SECONDS = "ACCEPT_SECONDS"
    REJECTED = "REJECTED"
    TIMED_OUT = "TIMED_OUT"
    SHIPPED = "SHIPPED"


class Summed(StrEnum):
    """What is summed of a row: 1, 1 where it is a first one, or one of its fields."""

    COUNT = "count"
    FIRST = "first"
    FEN = "fen"
    UNITS = "units"
    SECONDS = "seconds"


REGISTRY: Mapping[Metric, tuple[RowKind, Summed]] = {
    Metric.ORDERS: (RowKind.SALE, Summed.COUNT),
    Metric.UNITS: (RowKind.SALE, Summed.UNITS),
    Metric.SALES_FEN: (RowKind.SALE, Summed.FEN),
    Metric.REFUNDS: (RowKind.REFUND, Summed.COUNT),
    Metric.REFUND_FEN: (RowKind.REFUND, Summed.FEN),
    Metric.ORDER_REFUND_FEN: (RowKind.ORDER_REFUND, Summed.FEN),
    Metric.VISITS: (RowKind.VISIT, Summed.COUNT),
    Metric.VISITORS: (RowKind.VISIT, Summed.FIRST),
    Metric.JOINS: (RowKind.JOIN, Summed.COUNT),
    Metric.FRIENDS: (RowKind.FRIEND, Summed.COUNT),
    Metric.OFFERED: (RowKind.OFFER, Summed.COUNT),
    Metric.ACCEPTED: (RowKind.ACCEPT, Summed.COUNT),
    Metric.ACCEPT_SECONDS: (RowKind.ACCEPT, Summed.SECONDS),
    Metric.REJECTED: (RowKind.REJECT, Summed.COUNT),
    Metric.TIMED_OUT: (RowKind.TIMEOUT, Summed.COUNT),
    Metric.SHIPPED: (RowKind.SHIP, Summed.COUNT),
}

MEASURES: Mapping[RowKind, tuple[tuple[Metric, Summed], ...]] = {
    one: tuple((metric, measure) for metric, (kind, measure) in REGISTRY.items() if kind is one)
    for one in RowKind
}

Figures = Mapping[Metric, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where, by whom and through what something happened; content is as `POST:post_01jd…`."""

    region: str | None = None
    store: str | None = None
    guide: str | None = None
    content: str | None = None
    campaign: str | None = None


NOWHERE = Where()


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """Something that happened once, at the moment by which its day is told.

    `n` is the number of the fact with which it came to be known. `first_of` are the dimensions in
    whose scope a visit is somebody's first of the day.
    """

    id: str
    kind: RowKind
    at: datetime
    n: int
    about: str
    where: Where = NOWHERE
    fen: int = 0
    units: int = 0
    seconds: int = 0
    first_of: tuple[Dimension, ...] = ()

    def measured(self, by: Summed) -> int:
        """What it adds to a metric that sums this of it."""
        counted = by in {Summed.COUNT, Summed.FIRST}
        return 1 if counted else int(getattr(self, by.value))

    def adds(self, dimension: Dimension) -> Iterator[tuple[Metric, int]]:
        """What it adds to which metrics of its scope of a dimension."""
        for metric, measure in MEASURES[self.kind]:
            if measure is not Summed.FIRST or dimension in self.first_of:
                yield metric, self.measured(measure)

    def scopes(self) -> dict[Dimension, "CounterScope"]:
        """The scopes in which it counts."""
        wanted = DIMENSIONS[self.kind]
        found = {one: scope_of(one, self.where) for one in Dimension if one in wanted}
        return {one: scope for one, scope in found.items() if scope is not None}

    @property
    def day(self) -> str:
        """Its day in Beijing."""
        return beijing_day(self.at).isoformat()

    @property
    def month(self) -> str:
        """Its month in Beijing."""
        return month_of(self.at)

    @property
    def hour(self) -> int:
        """Its hour in Beijing."""
        return self.at.astimezone(BEIJING).hour


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterScope:
    """One value of a set of dimensions, and the scope that it is a part of, if any."""

    key: str
    parent: str | None = None
    guide: str | None = None


BRAND = CounterScope(key="brand")


def region_key(region: str | None) -> str:
    """What names a region's figures."""
    return f"region:{region or NONE}"


def store_key(store: str | None) -> str:
    """What names a store's figures."""
    return f"store:{store or NONE}"


def seller_key(store: str | None, guide: str | None) -> str:
    """What names the figures of a guide in a store."""
    return f"seller:{store or NONE}/{guide or NONE}"


def content_key(content: str) -> str:
    """What names the figures of what was shared, as `POST:post_01jd…`."""
    return f"content:{content}"


def campaign_key(campaign: str) -> str:
    """What names a campaign's figures."""
    return f"campaign:{campaign}"


def scope_of(dimension: Dimension, where: Where) -> CounterScope | None:
    """The scope of something that happened; None where it has none, as what nobody shared."""
    match dimension:
        case Dimension.BRAND:
            return BRAND
        case Dimension.REGION:
            return CounterScope(key=region_key(where.region), parent=BRAND.key)
        case Dimension.STORE:
            # One that has moved since counts for both regions, each for its time.
            return CounterScope(key=store_key(where.store), parent=region_key(where.region))
        case Dimension.SELLER:
            key = seller_key(where.store, where.guide)
            return CounterScope(key=key, parent=store_key(where.store), guide=where.guide)
        case Dimension.CONTENT:
            content = where.content
            return CounterScope(key=content_key(content), parent="content") if content else None
        case Dimension.CAMPAIGN:
            name = where.campaign
            return CounterScope(key=campaign_key(name), parent="campaign") if name else None


def period_key(key: str, period: str) -> str:
    """What names the figures of a scope in a day or a month: `store:S1|2026-11-28`."""
    return f"{key}|{period}"


def hashed(text: str) -> str:
    """What stands for somebody: a digest alone, for rows outlive what they may have erased."""
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
