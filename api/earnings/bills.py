"""Holding the ledger to the provider's bills."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.earnings.ledger import LedgerSum
from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.earnings import bills
from domain.earnings.bills import BillPorts, DifferenceState
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    DifferenceState,
    "Whether somebody is still to look at a difference.",
    name="BillDifferenceState",
    OPEN="Somebody is to look at it.",
    SETTLED="Somebody settled it, or another day's bill did.",
)


@strawberry.type(description="One day's bill of the provider, held against the ledger.")
class BillDay(Packed[bills.BillDay]):
    day: str = strawberry.field(description="The day in China.")
    rows: int = strawberry.field(description="How many rows it has.")
    total: LedgerSum = strawberry.field(description="What was paid by it, less what was refunded.")
    fees: LedgerSum = strawberry.field(description="What the provider took, which is booked.")
    booked: LedgerSum = strawberry.field(description="What the ledger has of that day.")
    differences: int = strawberry.field(description="Of how many orders the two differ.")
    done_at: datetime = strawberry.field(description="When that was looked at.")


@strawberry.type(description="An order of which a day's bill and the ledger differ.")
class BillDifference(Packed[bills.BillDifference]):
    value: strawberry.Private[bills.BillDifference]
    id: strawberry.ID = strawberry.field(description="Its id, of the day and the order.")
    day: str = strawberry.field(description="The day in China.")
    order_id: strawberry.ID = strawberry.field(description="The order, as the bill names it.")
    billed: LedgerSum = strawberry.field(description="What the bill has of it.")
    booked: LedgerSum = strawberry.field(description="What the ledger has of it.")
    state: DifferenceState = strawberry.field(description="Whether it is settled.")

    @strawberry.field(description="What it was; empty while it is open.")
    def note(self) -> str:
        return self.value.steps[-1].reason


@query("What differs between bills and ledger, by day; for head office and finance.")
async def bill_differences(
    ports: BillPorts,
    act: Act,
    state: Annotated[
        DifferenceState, strawberry.argument(description="Open ones, or settled ones.")
    ] = DifferenceState.OPEN,
    first: First = 20,
    after: After = None,
) -> Connection[BillDifference]:
    page = await bills.bill_differences(ports, act, state, PageRequest(first=first, after=after))
    return connection(page, BillDifference.of)


@mutation(
    "Hold the ledger to the bill of a day, which the clock does each morning; for head office and "
    "finance. Sent again, it is the same.",
    bill="The bill, and how far the two agree.",
)
async def bill_reconcile(
    ports: BillPorts,
    act: Act,
    day: Annotated[str, strawberry.argument(description="A day such as 2026-10-31, in China.")],
) -> BillDay:
    return BillDay.of(await bills.reconcile_day(ports, act, day))


@mutation(
    "Say what a difference was, for head office and finance; the books are mended by journals. "
    "Sent again, it is the same.",
    difference="The difference.",
)
async def bill_difference_settle(
    ports: BillPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The difference.")],
    note: Annotated[str, strawberry.argument(description="What it was, in 1 to 200 characters.")],
) -> BillDifference:
    return BillDifference.of(await bills.settle_difference(ports, act, id, note))


QUERIES = (bill_differences,)
MUTATIONS = (bill_reconcile, bill_difference_settle)
