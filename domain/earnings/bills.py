"""Holding the ledger to what the provider of payments has on its bill of each day.

Money that is on one side shortly before midnight and on the other shortly after is a difference of
both days, which even out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Protocol

from domain.earnings.journals import (
    FEE,
    PROVIDER,
    Account,
    Journal,
    JournalId,
    JournalLine,
    LedgerPorts,
    post_journals,
)
from domain.earnings.notes import read_note
from domain.kernel.days import beijing_day, day_begins, day_ends, read_day
from domain.kernel.each import each
from domain.kernel.money import NOTHING, Fen
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.kernel.states import SYSTEM, Cause, Machine, Step
from domain.kernel.versions import risen
from domain.people.act import Act

DIFFERENCES = Cursors("differences of bills", str)
# A bill is there from ten in the morning of the next day: pay.weixin.qq.com 4012791839.
READY_AT = timedelta(days=1, hours=10)
LOOKED_BACK = 7
EVENED_OUT = "on another day's bill"


class DifferenceState(StrEnum):
    """Whether somebody is still to look at a difference."""

    OPEN = "OPEN"
    SETTLED = "SETTLED"


BILL_DIFFERENCE: Machine[DifferenceState] = Machine(
    "bill difference",
    begins=frozenset({DifferenceState.OPEN}),
    next={
        DifferenceState.OPEN: frozenset({DifferenceState.SETTLED}),
        DifferenceState.SETTLED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """What came in for an order, or below 0 was given back, and what the provider took for it."""

    order_id: str
    amount: Fen
    fee: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class BillDay:
    """One day's bill that was held against the ledger: its rows and what they come to."""

    day: str
    rows: int
    total: Fen
    fees: Fen
    booked: Fen
    differences: int
    done_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BillDifference:
    """What of an order is on a day's bill and in the ledger of that day, where that differs.

    The last of its steps says who settled it and what it was.
    """

    id: str
    day: str
    order_id: str
    billed: Fen
    booked: Fen
    state: DifferenceState = DifferenceState.OPEN
    steps: tuple[Step, ...] = ()
    version: int = 1


class BillSource(Protocol):
    """Whoever moves the money. Unavailable while the bill is not there yet."""

    async def of_day(self, day: date) -> Sequence[BillRow]:
        """All rows of the bill of a day in China."""


class Bills(Protocol):
    """The bills that were held against the ledger, and the differences that were found."""

    async def day(self, day: str) -> BillDay | None:
        """The bill of a day."""

    async def add_day(self, day: BillDay) -> None:
        """Write a day down; one that is there stays."""

    async def booked(self, since: datetime, until: datetime) -> Mapping[str, Fen]:
        """What the ledger has of payments and refunds of a time, by order."""

    async def add(self, differences: Sequence[BillDifference]) -> None:
        """Write differences down; one that is there stays."""

    async def of_orders(self, order_ids: Sequence[str]) -> Sequence[BillDifference]:
        """All differences of orders."""

    async def by_id(self, id: str) -> BillDifference | None:
        """The difference of this id."""

    async def page(self, state: DifferenceState, request: PageRequest) -> Page[BillDifference]:
        """Those that are open, or settled, by day and order."""

    async def save(self, difference: BillDifference, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillPorts(Ports):
    """What reconciling needs; there is no `source` where nobody sends bills."""

    bills: Bills
    source: BillSource | None
    ledger: LedgerPorts


async def reconcile_day(ports: BillPorts, act: Act, day: str) -> BillDay:
    """Hold the ledger to the bill of a day; done again, it is the same."""
    act.viewer.require("bills.reconcile")
    named = read_day(day, ["day"])
    if act.at < day_begins(named) + READY_AT:
        raise Invalid("This bill is not there before ten the next morning.", field=["day"])
    return await _reconciled(ports, act, named)


async def reconcile_by_the_clock(ports: BillPorts, act: Act) -> None:
    """Hold the ledger to the bills of the last days that were not looked at yet."""
    last = beijing_day(act.at - READY_AT)
    days = [last - timedelta(days=n) for n in range(LOOKED_BACK)]
    missing = [one for one in days if await ports.bills.day(one.isoformat()) is None]
    await each(missing, partial(_reconciled, ports, act))


async def bill_differences(
    ports: BillPorts, act: Act, state: DifferenceState, request: PageRequest
) -> Page[BillDifference]:
    """What differs and nobody has settled, or what was."""
    act.viewer.require("bills.reconcile")
    return await ports.bills.page(state, request)


async def settle_difference(ports: BillPorts, act: Act, id: str, note: str) -> BillDifference:
    """Say what a difference was; said again, it is the same. The books are mended by a journal."""
    act.viewer.require("bills.reconcile")
    said = read_note(note, "note")
    found = await ports.bills.by_id(id)
    if found is None:
        raise NotFound(f"There is no difference {id}; look its id up in the list.", field=["id"])
    if found.state is DifferenceState.SETTLED:
        if found.steps[-1].reason == said:
            return found
        raise WrongState("It is settled already; what was said of it stands.", field=["id"])
    done = _settled(found, Cause(actor=act.viewer.id, at=act.at, reason=said))
    await ports.bills.save(done, expected=found.version)
    return done


async def _reconciled(ports: BillPorts, act: Act, day: date) -> BillDay:
    name = day.isoformat()
    if known := await ports.bills.day(name):
        return known
    if ports.source is None:
        raise WrongState("Nobody sends bills here; set WeChat Pay up first.")
    rows = await ports.source.of_day(day)
    billed = Counter[str]()
    for row in rows:
        billed[row.order_id] += row.amount
    since = day_begins(day)
    booked = await ports.bills.booked(since, day_ends(day))
    cause = Cause(actor=SYSTEM, at=act.at)
    found = [
        _difference(name, order_id, Fen(billed[order_id]), booked.get(order_id, NOTHING), cause)
        for order_id in sorted({*billed, *booked})
        if billed[order_id] != booked.get(order_id, NOTHING)
    ]
    await ports.bills.add(found)
    await _even_out(ports, act, [one.order_id for one in found])
    fees = Fen(sum(row.fee for row in rows))
    if fees:
        await post_journals(ports.ledger, act, [_fees(name, fees, since)])
    done = BillDay(
        day=name,
        rows=len(rows),
        total=Fen(sum(billed.values())),
        fees=fees,
        booked=Fen(sum(booked.values())),
        differences=len(found),
        done_at=act.at,
    )
    await ports.bills.add_day(done)
    return done


async def _even_out(ports: BillPorts, act: Act, order_ids: Sequence[str]) -> None:
    """Settle the differences of orders of which several days together have none.

    What was settled by that before counts, too: whoever did it may have been cut short.
    """
    by_order: dict[str, list[BillDifference]] = {}
    for one in await ports.bills.of_orders(order_ids):
        if one.state is DifferenceState.OPEN or one.steps[-1].reason == EVENED_OUT:
            by_order.setdefault(one.order_id, []).append(one)
    cause = Cause(actor=SYSTEM, at=act.at, reason=EVENED_OUT)
    for found in by_order.values():
        if sum(one.billed - one.booked for one in found) == 0:
            for one in found:
                if one.state is DifferenceState.OPEN:
                    await ports.bills.save(_settled(one, cause), expected=one.version)


def _difference(day: str, order_id: str, billed: Fen, booked: Fen, cause: Cause) -> BillDifference:
    id_ = f"{day}|{order_id}"
    return BillDifference(
        id=id_,
        day=day,
        order_id=order_id,
        billed=billed,
        booked=booked,
        steps=(BILL_DIFFERENCE.begin(id_, DifferenceState.OPEN, cause),),
    )


def _settled(difference: BillDifference, cause: Cause) -> BillDifference:
    step = BILL_DIFFERENCE.step(difference.id, difference.state, DifferenceState.SETTLED, cause)
    after = replace(difference, state=DifferenceState.SETTLED, steps=(*difference.steps, step))
    return risen(after)


def _fees(day: str, fees: Fen, at: datetime) -> Journal:
    """What the provider has kept of a day's payments, and so does not hold for others any more."""
    lines = ((PROVIDER, fees), (FEE, Fen(-fees)))
    return Journal(
        id=JournalId(f"bill:{day}"),
        order_id=None,
        cause="fees of the provider",
        at=at,
        lines=tuple(JournalLine(account=Account(name), amount=fen) for name, fen in lines),
    )
