"""Counting: each fact once in each figure that it concerns, whatever is repeated or cut short.

Rows are written first, under ids that what happened makes, then every counter in a write that
carries the marks of what is in it. So a crash between any two writes counts nothing twice, and
what is handed over again adds what is missing.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from domain.contact.contact_facts import FRIEND_ADDED
from domain.insight.cases import CASE_FACTS, Case, Lookup, case_of, with_case
from domain.insight.metrics import Dimension, FigureRow, Metric, RowKind, Where, hashed, period_key
from domain.kernel.facts import Batch, Fact
from domain.kernel.folding import Folds
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.members.member_facts import MEMBER_JOINED
from domain.network.directory import DirectorySource
from domain.network.stores import StoreId
from domain.people.act import Act
from domain.sharing.share_links import ShareCode, ShareLink, ShareLinks

COUNTED_FACTS = CASE_FACTS | {MEMBER_JOINED, FRIEND_ADDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The figures of one scope in a day, with its hours, or in a month of Beijing."""

    key: str
    scope: str
    period: str
    parent: str | None
    guide: str | None
    values: Mapping[Metric, int]
    hours: Mapping[int, Mapping[Metric, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upto:
    """How far the counters have come: in the stream, and by the clock; how much is held up."""

    n: int
    at: datetime
    pending: int


class Cases(Folds[Case], Protocol):
    """What is known of orders, purchases and visits, by their ids."""

    async def by_ids(self, ids: Sequence[str]) -> Sequence[Case]:
        """Those of which anything is known."""


class Rows(Protocol):
    """What happened, each once."""

    async def add(self, rows: Sequence[FigureRow]) -> Sequence[FigureRow]:
        """Write rows; answer those that stand as they were handed in.

        One that is there already stays, and counts only if it came of the same fact.
        """

    async def page(
        self,
        scopes: Collection[str],
        kind: RowKind,
        days: tuple[str, str],
        request: PageRequest,
        *,
        first_of: Dimension | None = None,
    ) -> Page[FigureRow]:
        """The rows of a kind in some scopes from a day to a day, the newest first.

        With `first_of`, those alone that are first ones in their scope of that dimension.
        """


class Counters(Folds[Counter], Protocol):
    """The figures by scope and period."""

    async def by_keys(self, keys: Sequence[str]) -> tuple[Mapping[str, Counter], Upto | None]:
        """Those of some keys, and how far all have come; one round trip for up to fifty."""

    async def of_parent(self, parent: str, period: str) -> Sequence[Counter]:
        """The parts of a scope in a period; one round trip."""

    async def of_guide(self, guide: str, period: str) -> Sequence[Counter]:
        """What a guide has in each store in a period; one round trip."""

    async def came_to(self, upto: Upto) -> None:
        """Note how far they have come, never back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPorts(Ports):
    """What is counted, and what it is counted from."""

    cases: Cases
    rows: Rows
    counters: Counters
    links: ShareLinks
    directory: DirectorySource


async def count(ports: CounterPorts, act: Act, batch: Batch) -> None:
    """Count what happened in whatever scopes and periods it concerns."""
    lookup = await _lookup(ports, batch.facts)
    rows = await _of_cases(ports, batch, lookup)
    for fact in batch.facts:
        rows += rows_of(fact, lookup)
    standing = await ports.rows.add(list({row.id: row for row in reversed(rows)}.values()))
    await ports.counters.fold(batch, postings(standing, batch), with_postings)
    newest = max((fact.at for fact in batch.facts), default=act.at)
    await ports.counters.came_to(Upto(n=batch.upto, at=newest, pending=len(batch.pending)))


def rows_of(fact: Fact, lookup: Lookup) -> list[FigureRow]:
    """What a fact that needs no other one makes."""
    if fact.kind == MEMBER_JOINED:
        return [_of_person(fact, RowKind.JOIN, None, lookup)]
    if fact.kind == FRIEND_ADDED:
        return [_of_person(fact, RowKind.FRIEND, fact.data["guide"], lookup)]
    return []


def postings(rows: Sequence[FigureRow], batch: Batch) -> Mapping[str, Sequence[Fact]]:
    """The facts that each counter has to have, each with what it adds there as its data."""
    facts = {fact.n: fact for fact in batch.facts}
    found: dict[str, dict[int, Fact]] = defaultdict(dict)
    for row in rows:
        periods = ((row.day, row.hour), (row.month, None))
        for dimension, scope in row.scopes().items():
            adds = list(row.adds(dimension))
            for period, hour in periods:
                entries = found[period_key(scope.key, period)]
                if row.n not in entries:
                    data = {"scope": scope, "period": period, "adds": []}
                    entries[row.n] = replace(facts[row.n], data=data)
                entries[row.n].data["adds"].extend(
                    (metric, hour, amount)
                    for metric, amount in adds
                    # Who comes on two days is one visitor of each, and of the month not two.
                    if hour is not None or metric is not Metric.VISITORS
                )
    return {key: list(entries.values()) for key, entries in found.items()}


def with_postings(counter: Counter | None, facts: Sequence[Fact]) -> Counter:
    """A counter with more in it."""
    scope, period = facts[0].data["scope"], facts[0].data["period"]
    values = dict(counter.values) if counter else {}
    hours = {hour: dict(some) for hour, some in counter.hours.items()} if counter else {}
    for fact in facts:
        for metric, hour, amount in fact.data["adds"]:
            values[metric] = values.get(metric, 0) + amount
            if hour is not None:
                some = hours.setdefault(hour, {})
                some[metric] = some.get(metric, 0) + amount
    return Counter(
        key=period_key(scope.key, period),
        scope=scope.key,
        period=period,
        parent=scope.parent,
        guide=scope.guide,
        values=values,
        hours=hours,
    )


def where_of(link: ShareLink) -> Where:
    """What somebody came through."""
    content = f"{link.target.kind}:{link.target.id}"
    return Where(content=content, campaign=link.campaign)


async def _lookup(ports: CounterPorts, facts: Sequence[Fact]) -> Lookup:
    codes = {ShareCode(code) for fact in facts if (code := fact.data.get("shareCode"))}
    found = await ports.links.by_codes(codes) if codes else {}
    stores = ports.directory.directory().stores

    def region_of(store: str | None) -> str | None:
        known = stores.get(StoreId(store)) if store else None
        return known.region_id if known else None

    links = {str(code): where_of(link) for code, link in found.items()}
    return Lookup(region_of=region_of, links=links)


async def _of_cases(ports: CounterPorts, batch: Batch, lookup: Lookup) -> list[FigureRow]:
    """The rows of orders and visits that came to be known with a fact of this batch."""
    concerned: dict[str, list[Fact]] = defaultdict(list)
    for fact in batch.facts:
        if (case := case_of(fact)) is not None:
            concerned[case].append(fact)
    if not concerned:
        return []
    await ports.cases.fold(batch, concerned, partial(with_case, lookup=lookup))
    numbers = {fact.n for fact in batch.facts}
    cases = await ports.cases.by_ids(list(concerned))
    return [row for case in cases for row in case.rows if row.n in numbers]


def _of_person(fact: Fact, kind: RowKind, guide: str | None, lookup: Lookup) -> FigureRow:
    """That somebody joined or became a friend, which says of whom only that it was somebody."""
    store = fact.data["store"]
    who = hashed(fact.id)
    where = Where(region=lookup.region_of(store), store=store, guide=guide)
    return FigureRow(id=f"person:{who}", kind=kind, at=fact.at, n=fact.n, about=who, where=where)
