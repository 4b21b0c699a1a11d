"""Payouts: what leaves to owners of what is payable to them, each booked before it may leave."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType, Protocol

from domain.earnings.journals import Account, JournalId
from domain.earnings.outgoing import Outgoing
from domain.earnings.statements import StatementId
from domain.kernel.money import Fen, split
from domain.kernel.paging import Page, PageRequest
from domain.kernel.states import Cause, Machine, Step
from domain.kernel.within import Within

PayoutId = NewType("PayoutId", str)

HOLDBACK = Within(0, 500)
THOUSAND = 1000


class PayoutState(StrEnum):
    """Where a payout stands; money may leave while it is booked, and never before."""

    PLANNED = "PLANNED"
    VOID = "VOID"
    BOOKED = "BOOKED"
    PAID = "PAID"
    FAILING = "FAILING"
    FAILED = "FAILED"


PAYOUT: Machine[PayoutState] = Machine(
    "payout",
    begins=frozenset({PayoutState.PLANNED}),
    next={
        PayoutState.PLANNED: frozenset({PayoutState.BOOKED, PayoutState.VOID}),
        PayoutState.BOOKED: frozenset({PayoutState.PAID, PayoutState.FAILING}),
        PayoutState.FAILING: frozenset({PayoutState.FAILED}),
        PayoutState.VOID: frozenset(),
        PayoutState.PAID: frozenset(),
        PayoutState.FAILED: frozenset(),
    },
)
# What the clock goes on with, should whoever began it have been cut short.
BEGUN = (PayoutState.PLANNED, PayoutState.FAILING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """What one owner is paid for a statement; `reference` is the bank's, of what has left."""

    id: PayoutId
    statement_id: StatementId
    owner_id: str
    period: str
    amount: Fen
    state: PayoutState = PayoutState.PLANNED
    reference: str = ""
    steps: tuple[Step, ...] = ()
    version: int = 1

    @property
    def account(self) -> Account:
        """Whose it is."""
        return Account(f"owner:{self.owner_id}:payable")

    @property
    def outgoing(self) -> Outgoing:
        """How it leaves the owner's account."""
        return Outgoing(
            id=JournalId(self.id),
            account=self.account,
            amount=self.amount,
            cause="payout",
            at=self.steps[0].at,
        )


class Payouts(Protocol):
    """The payouts, each with a version."""

    async def plan(self, payouts: Sequence[Payout]) -> None:
        """Write payouts down; one that is there stays."""

    async def by_id(self, id: PayoutId) -> Payout | None:
        """The payout of this id."""

    async def save(self, payout: Payout, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""

    async def begun(self, most: int) -> Sequence[Payout]:
        """Some of those that the clock goes on with."""

    async def of_period(self, period: str, request: PageRequest) -> Page[Payout]:
        """All of a period, by owner."""

    async def of_owner(self, owner_id: str, request: PageRequest) -> Page[Payout]:
        """An owner's, the latest period first."""

    async def booked(self, period: str) -> Sequence[Payout]:
        """Those of a period that are to leave, by owner."""


def planned(
    owner_id: str, period: str, statement_id: StatementId, amount: Fen, cause: Cause
) -> Payout:
    """What an owner is to be paid for a statement."""
    id_ = PayoutId(f"payout:{statement_id}")
    return Payout(
        id=id_,
        statement_id=statement_id,
        owner_id=owner_id,
        period=period,
        amount=amount,
        steps=(PAYOUT.begin(id_, PayoutState.PLANNED, cause),),
    )


def due_now(closing: Fen, balance: Fen, holdback_permille: int) -> Fen:
    """What is paid of what a statement ends with and is still there, less what is held back."""
    payable = max(0, min(closing, balance))
    return split(Fen(payable), [THOUSAND - holdback_permille, holdback_permille])[0]


def moved(payout: Payout, after: PayoutState, cause: Cause, *, reference: str = "") -> Payout:
    """The payout one step on; WrongState where it can't be."""
    step = PAYOUT.step(payout.id, payout.state, after, cause)
    return replace(
        payout,
        state=after,
        reference=reference or payout.reference,
        steps=(*payout.steps, step),
        version=payout.version + 1,
    )
