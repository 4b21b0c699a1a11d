"""Scheduling changes of prices, and calling them off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.catalogue.catalogue import Catalogue, Product, Sku
from domain.catalogue.ports import CataloguePorts
from domain.catalogue.prices import MOST_FEN, Price, PriceChange, PriceChangeId, PriceLine
from domain.kernel.lines import read_line
from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Invalid, NotFound, Refusal, WrongState, refuse_all
from domain.kernel.versions import risen
from domain.people.act import Act

CHANGES = Cursors("price changes", int, str)
LINES = Cursors("lines of a price change", int)
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


async def schedule_price_change(ports: CataloguePorts, act: Act, plan: PricePlan) -> PriceChange:
    """Write a change down that takes effect everywhere at one moment, at least 2 s from now."""
    act.viewer.require("price.plan")
    refuse_all(_faults(ports.source.catalogue(), plan, act.at))
    change = PriceChange(
        id=PriceChangeId(act.new_id("pricechange")),
        name=_name(plan),
        effective_at=plan.effective_at,
        lines=plan.lines,
        created_by=act.viewer.id,
        created_at=act.at,
    )
    try:
        await ports.writer.save_price_change(change)
    except Conflict:
        # The id is new: somebody else was first to plan one of the SKUs for this moment.
        raise Conflict(
            "Somebody has just planned a price of one of these SKUs for the same moment; look at "
            "priceChanges, and cancel that or choose another moment.",
            field=["input", "effectiveAt"],
        ) from None
    await _record(ports, act, "priceChangeSchedule", None, change)
    return change


async def cancel_price_change(ports: CataloguePorts, act: Act, id: str) -> PriceChange:
    """Call a change off while that can still reach every process; a second time, it is as it is."""
    act.viewer.require("price.plan")
    change = ports.source.catalogue().price_changes.get(PriceChangeId(id))
    if change is None:
        raise NotFound(f"There is no price change {id}; look its id up in the list.", field=["id"])
    if change.cancelled_at is not None:
        return change
    if change.effective_at < act.at + LEAD:
        raise WrongState(
            f"{change.name} took effect or is about to; schedule another change back.",
            field=["id"],
        )
    cancelled = risen(replace(change, cancelled_at=act.at))
    try:
        await ports.writer.save_price_change(cancelled)
    except Conflict:
        # Nothing but this happens to a change: somebody else has called it off.
        return ports.source.catalogue().price_changes[change.id]
    await _record(ports, act, "priceChangeCancel", change, cancelled)
    return cancelled


async def price_changes(ports: CataloguePorts, act: Act, request: PageRequest) -> Page[PriceChange]:
    """All changes, the one that takes effect last first; for those who may schedule them."""
    act.viewer.require("price.see")
    changes = sorted(ports.source.catalogue().price_changes.values(), key=_last_first)
    return page_in_order(changes, _last_first, request, CHANGES)


def lines_page(change: PriceChange, request: PageRequest) -> Page[PriceLine]:
    """The new prices of a change, in the order in which they were given."""
    numbered = list(enumerate(change.lines))
    return page_in_order(numbered, lambda one: one[:1], request, LINES).map(lambda one: one[1])


def price_shown(ports: CataloguePorts, act: Act, sku: str, at: datetime | None = None) -> Price:
    """What a SKU costs now, or at the moment that a preview is of."""
    return ports.source.catalogue().price_at(sku, at or act.at)


def lowest_price_shown(
    ports: CataloguePorts, act: Act, product: Product, at: datetime | None = None
) -> Price:
    """What a product's cheapest variant costs now, or at the moment that a preview is of."""
    return ports.source.catalogue().lowest_price(product, at or act.at)


def _last_first(change: PriceChange) -> tuple[int, str]:
    return -int(change.effective_at.timestamp() * 1000), change.id


def _faults(catalogue: Catalogue, plan: PricePlan, now: datetime) -> Iterator[Refusal]:
    try:
        _name(plan)
    except Invalid as refusal:
        yield refusal
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


def _name(plan: PricePlan) -> str:
    return read_line(plan.name, most=LONGEST_NAME, least=1, field=["input", "name"])


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
    ports: CataloguePorts, act: Act, action: str, before: PriceChange | None, after: PriceChange
) -> None:
    subject = Subject(kind="price_change", id=after.id)
    record = act.record(action, subject, before=_values(before), after=_values(after))
    await ports.records.append(record)


def _values(change: PriceChange | None) -> dict[str, Any]:
    if change is None:
        return {}
    return {
        "name": change.name,
        "effectiveAt": change.effective_at.isoformat(),
        "cancelled": change.cancelled_at is not None,
        "prices": [{"sku": line.sku, "fen": line.amount} for line in change.lines],
    }
