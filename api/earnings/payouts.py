"""Payouts to owners."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.earnings.ledger import LedgerSum
from api.earnings.statements import OwnerAlone, Period, PeriodAlone
from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.earnings import paying_out, payouts
from domain.earnings.paying_out import PayoutPorts
from domain.earnings.payouts import PayoutState
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    PayoutState,
    "Where a payout stands.",
    PLANNED="It is not booked yet.",
    VOID="Less was payable by then, so it was not made.",
    BOOKED="It is booked, and is to leave.",
    PAID="It has left.",
    FAILING="It did not arrive, and becomes the owner's again.",
    FAILED="It did not arrive, and is the owner's again.",
)

PayoutIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The payout.")]


@strawberry.type(description="What one owner is paid for a statement.")
class Payout(Packed[payouts.Payout]):
    value: strawberry.Private[payouts.Payout]
    id: strawberry.ID = strawberry.field(description="Its id, which is its journal's, too.")
    statement_id: strawberry.ID = strawberry.field(description="The statement.")
    owner_id: strawberry.ID = strawberry.field(description="Whose it is.")
    period: str = strawberry.field(description="The month in China.")
    amount: LedgerSum = strawberry.field(description="What it is.")
    state: PayoutState = strawberry.field(description="Where it stands.")
    reference: str = strawberry.field(description="The bank's reference; empty until it has left.")

    @strawberry.field(description="When it came to be as it is.")
    def since(self) -> datetime:
        return self.value.steps[-1].at


@query(
    "The payouts of one owner, the latest first, for its franchisee too; or all of one month, for "
    "head office and finance. Say which."
)
async def payouts_of(
    ports: PayoutPorts,
    act: Act,
    owner_id: OwnerAlone = None,
    period: PeriodAlone = None,
    first: First = 20,
    after: After = None,
) -> Connection[Payout]:
    request = PageRequest(first=first, after=after)
    page = await paying_out.payouts_seen(ports, act, request, owner_id=owner_id, period=period)
    return connection(page, Payout.of)


@query(
    "The payouts of a month that are to leave, as rows for the bank; for head office and finance. "
    "Asked again, those that were confirmed meanwhile are not in it."
)
async def payout_file(ports: PayoutPorts, act: Act, period: Period) -> str:
    return await paying_out.payment_file(ports, act, period)


@mutation(
    "Make the payouts of the month that was settled last; for head office and finance. Each is "
    "booked by itself before it may leave. Sent again, they are the same.",
    payouts="The payouts, the first 20 by owner.",
)
async def payouts_make(
    ports: PayoutPorts,
    act: Act,
    period: Period,
    holdback_permille: Annotated[
        int,
        strawberry.argument(
            description="What is held back of each for what may come back, 0 to 500 thousandths."
        ),
    ] = 0,
) -> Connection[Payout]:
    page = await paying_out.make_payouts(ports, act, period, holdback_permille=holdback_permille)
    return connection(page, Payout.of)


@mutation(
    "Say that a payout has left, for head office and finance. Sent again, it is the same.",
    payout="The payout.",
)
async def payout_confirm(
    ports: PayoutPorts,
    act: Act,
    id: PayoutIdArgument,
    reference: Annotated[
        str, strawberry.argument(description="The bank's reference, of 1 to 200 characters.")
    ],
) -> Payout:
    return Payout.of(await paying_out.confirm_payout(ports, act, id, reference))


@mutation(
    "Say that a payout did not arrive, for head office and finance: it is the owner's again and "
    "goes with the next month's. Sent again, it is the same.",
    payout="The payout.",
)
async def payout_fail(
    ports: PayoutPorts,
    act: Act,
    id: PayoutIdArgument,
    reason: Annotated[str, strawberry.argument(description="Why, in 1 to 200 characters.")],
) -> Payout:
    return Payout.of(await paying_out.fail_payout(ports, act, id, reason))


QUERIES = (payouts_of, payout_file)
MUTATIONS = (payouts_make, payout_confirm, payout_fail)
