"""Which products sold most lately: in each store, in each region and in the whole brand."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from domain.catalogue.catalogue import ProductId
from domain.kernel.days import beijing_day
from domain.kernel.facts import Batch, Fact, FactKind
from domain.kernel.folding import Folds
from domain.kernel.ports import Ports
from domain.network.stores import RegionId, StoreId
from domain.people.act import Act

# Paid orders that were placed on one of so many days count, today among them.
DAYS = 30
# The rankings are made anew when they are as old as this.
RANK_EVERY = timedelta(minutes=10)
# Counts of so long before the last rankings are looked at once more: clocks differ.
MARGIN = timedelta(minutes=1)
MOST_RANKED = 200
SCOPES_TOGETHER = 20

BRAND = "brand"
SALES_FACTS = frozenset({FactKind("order.paid")})

UnitsSold = Mapping[ProductId, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySales:
    """Units of each product in paid orders that were placed in one scope on one day."""

    units: UnitsSold
    changed_at: datetime


class Sales(Folds[DaySales], Protocol):
    """Sales by the names of their scopes and days."""

    async def scopes_changed(self, since: datetime) -> Collection[str]:
        """The scopes in which a day's sales changed at or after a moment."""

    async def since(self, scopes: Sequence[str], day: date) -> Sequence[tuple[str, UnitsSold]]:
        """What was sold in some scopes on a day and after it, each with its scope."""


class Rankings(Protocol):
    """The rankings by their scopes' names."""

    async def claim(self, *, made_before: datetime, now: datetime) -> datetime | None:
        """Take it on to make rankings anew, if they are older than that; one process alone may.

        The answer is the moment from which on they may lack something; None if somebody else does.
        """

    async def scopes(self) -> Collection[str]:
        """The scopes that have a ranking."""

    async def replace(self, rankings: Mapping[str, Sequence[ProductId]]) -> None:
        """Write each ranking over the one of its name; the others stay."""

    async def made(self, *, claimed_at: datetime) -> None:
        """Note that the rankings lack nothing of what was there when they were claimed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingPorts(Ports):
    """What ranking what sells best needs."""

    sales: Sales
    rankings: Rankings


async def count_sales(ports: RankingPorts, act: Act, batch: Batch) -> None:
    """Count what paid orders sold in each scope on the day on which they were placed."""
    oldest = first_day(act.at)
    concerned: dict[str, list[Fact]] = defaultdict(list)
    for fact in batch.facts:
        day = _day(fact)
        if day >= oldest:
            for scope in _scopes(fact):
                concerned[sales_key(scope, day)].append(fact)
    await ports.sales.fold(batch, concerned, lambda *found: _with_sales(*found, now=act.at))


async def rank_best_sellers(ports: RankingPorts, act: Act) -> bool:
    """Make those rankings anew in which something changed, if it is time; tell whether it was.

    With a new day they all change, since the oldest one counts no more.
    """
    complete_at = await ports.rankings.claim(made_before=act.at - RANK_EVERY, now=act.at)
    if complete_at is None:
        return False
    changed = set(await ports.sales.scopes_changed(complete_at - MARGIN))
    if beijing_day(complete_at) != beijing_day(act.at):
        changed |= set(await ports.rankings.scopes())
    scopes = sorted(changed)
    for start in range(0, len(scopes), SCOPES_TOGETHER):
        some = scopes[start : start + SCOPES_TOGETHER]
        found = await ports.sales.since(some, first_day(act.at))
        await ports.rankings.replace(ranked(some, found))
    await ports.rankings.made(claimed_at=act.at)
    return True


def first_day(now: datetime) -> date:
    """The first of the days that count."""
    return beijing_day(now) - timedelta(days=DAYS - 1)


def store_scope(id: StoreId) -> str:
    """The name of a store's ranking."""
    return f"store:{id}"


def region_scope(id: RegionId) -> str:
    """The name of a region's ranking."""
    return f"region:{id}"


def sales_key(scope: str, day: date) -> str:
    """What names the sales of a scope on a day."""
    return f"{scope} {day}"


def ranked(
    scopes: Collection[str], sales: Collection[tuple[str, UnitsSold]]
) -> Mapping[str, Sequence[ProductId]]:
    """The products of each scope, most units first, the smaller id first among equals."""
    units: dict[str, Counter[ProductId]] = {scope: Counter() for scope in scopes}
    for scope, sold in sales:
        units[scope].update(sold)
    return {
        scope: sorted(counts, key=lambda product: (-counts[product], product))[:MOST_RANKED]
        for scope, counts in units.items()
    }


def _scopes(fact: Fact) -> tuple[str, str, str]:
    region, store = RegionId(fact.data["regionId"]), StoreId(fact.data["storeId"])
    return BRAND, region_scope(region), store_scope(store)


def _day(fact: Fact) -> date:
    return beijing_day(datetime.fromisoformat(fact.data["placedAt"]))


def _with_sales(before: DaySales | None, facts: Sequence[Fact], *, now: datetime) -> DaySales:
    units: Counter[ProductId] = Counter(before.units if before else {})
    for fact in facts:
        for line in fact.data["lines"]:
            units[ProductId(line["productId"])] += line["quantity"]
    return DaySales(units=units, changed_at=now)
