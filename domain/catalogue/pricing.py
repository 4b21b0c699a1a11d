"""Scheduling changes of prices, and calling them off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.catalogue.catalogue import Catalogue, Sku
from domain.catalogue.prices import MOST_FEN, PriceChange, PriceChangeId, PriceLine
from domain.catalogue.products import CataloguePorts
from domain.kernel.ids import NewId
from domain.kernel.paging import Page, PageRequest, page_of
from domain.kernel.records import Subject, record
from domain.kernel.refusals import Conflict, Invalid, NotFound, Refusal, WrongState, refuse_all
from domain.people.viewer import Role, Viewer

# By then every process has heard of it: their reference data is stale by under a second.
LEAD = timedelta(seconds=2)
MOST_LINES = 5_000
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePlan:
    """What head office wants: new prices from a moment on, under a name that people know."""

    name: str
    effective_at: datetime
    lines: tuple[PriceLine, ...]


async def schedule_price_change(
    assortment: CataloguePorts, viewer: Viewer, plan: PricePlan, *, now: datetime, new_id: NewId
) -> PriceChange:
    """Write a change down that takes effect everywhere at one moment, at least 2 s from now."""
    viewer.require(Role.HEAD_OFFICE, Role.FEED)
    catalogue = assortment.reference.now().catalogue
    refuse_all(_faults(catalogue, plan, now))
    change = PriceChange(
        id=PriceChangeId(new_id("pricechange")),
        name=plan.name.strip(),
        effective_at=plan.effective_at,
        lines=plan.lines,
        created_by=viewer.id,
        created_at=now,
    )
    await assortment.writer.save_price_change(change)
    await _record(assortment, viewer, "priceChangeSchedule", None, change, now, new_id)
    return change


async def cancel_price_change(
    assortment: CataloguePorts, viewer: Viewer, id: str, *, now: datetime, new_id: NewId
) -> PriceChange:
    """Call a change off while that can still reach every process; a second time, it is as it is."""
    viewer.require(Role.HEAD_OFFICE, Role.FEED)
    change = assortment.reference.now().catalogue.price_changes.get(PriceChangeId(id))
    if change is None:
        raise NotFound(f"There is no price change {id}; look its id up in the list.", field=["id"])
    if change.cancelled_at is not None:
        return change
    if change.effective_at < now + LEAD:
        raise WrongState(
            f"{change.name} took effect or is about to; schedule another change back.",
            field=["id"],
        )
    cancelled = replace(change, cancelled_at=now)
    await assortment.writer.save_price_change(cancelled)
    await _record(assortment, viewer, "priceChangeCancel", change, cancelled, now, new_id)
    return cancelled


def price_changes(catalogue: Catalogue, viewer: Viewer, page: PageRequest) -> Page[PriceChange]:
    """All changes, the one that takes effect last first; for those who may schedule them."""
    viewer.require(Role.HEAD_OFFICE, Role.FEED)
    changes = sorted(
        catalogue.price_changes.values(),
        key=lambda change: (change.effective_at, change.id),
        reverse=True,
    )
    return page_of(changes, page)


def _faults(catalogue: Catalogue, plan: PricePlan, now: datetime) -> Iterator[Refusal]:
    if not 1 <= len(plan.name.strip()) <= LONGEST_NAME:
        yield Invalid(f"Name it in 1 to {LONGEST_NAME} characters.", field=["input", "name"])
    if plan.effective_at < now + LEAD:
        yield Invalid(
            f"Choose a moment at least {LEAD.seconds} seconds from now, so that every process "
            "has heard of it by then.",
            field=["input", "effectiveAt"],
        )
    if not 1 <= len(plan.lines) <= MOST_LINES:
        yield Invalid(f"Give 1 to {MOST_LINES} lines.", field=["input", "lines"])
        return
    planned = _planned(catalogue, plan.effective_at)
    seen: set[str] = set()
    for i, line in enumerate(plan.lines):
        yield from _line_faults(catalogue, line, planned, seen, ["input", "lines", str(i)])
        seen.add(line.sku)


def _line_faults(
    catalogue: Catalogue,
    line: PriceLine,
    planned: dict[str, PriceChange],
    seen: Iterable[str],
    path: Sequence[str],
) -> Iterator[Refusal]:
    sku, amount = [*path, "sku"], [*path, "priceFen"]
    if Sku(line.sku) not in catalogue.variants:
        yield NotFound(f"There is no SKU {line.sku}.", field=sku)
    if line.sku in seen:
        yield Invalid(f"{line.sku} is on an earlier line already.", field=sku)
    if line.sku in planned:
        yield Conflict(
            f"{planned[line.sku].name} changes {line.sku} at the same moment; cancel it or choose "
            "another moment.",
            field=sku,
        )
    if not 1 <= line.amount <= MOST_FEN:
        yield Invalid(f"A price is 1 to {MOST_FEN} fen.", field=amount)
    if line.compare_at is not None and not line.amount < line.compare_at <= MOST_FEN:
        yield Invalid("It must be more than the price.", field=[*path, "compareAtFen"])


def _planned(catalogue: Catalogue, moment: datetime) -> dict[str, PriceChange]:
    """Which SKUs another change sets at the same moment."""
    return {
        line.sku: change
        for change in catalogue.price_changes.values()
        if change.effective_at == moment and change.cancelled_at is None
        for line in change.lines
    }


async def _record(
    assortment: CataloguePorts,
    viewer: Viewer,
    action: str,
    before: PriceChange | None,
    after: PriceChange,
    now: datetime,
    new_id: NewId,
) -> None:
    await assortment.records.append(
        record(
            action,
            Subject(kind="price_change", id=after.id),
            viewer=viewer,
            before=_values(before),
            after=_values(after),
            now=now,
            new_id=new_id,
        )
    )


def _values(change: PriceChange | None) -> dict[str, Any]:
    if change is None:
        return {}
    return {
        "name": change.name,
        "effectiveAt": change.effective_at.isoformat(),
        "cancelled": change.cancelled_at is not None,
        "prices": [{"sku": line.sku, "fen": line.amount} for line in change.lines],
    }
