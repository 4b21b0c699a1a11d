"""Sharing payments: what of a payment at WeChat Pay goes to franchisees' merchants, and comes back.

A payment that is to be shared is held by the provider, as to its rest too, until it is shared or
its sharing is ended; after 30 days the provider ends it by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.earnings.freezes import Frozen
from domain.earnings.journals import PAID_OUT, Account, Journal, JournalId, JournalLine
from domain.earnings.order_books import OrderBooks, position
from domain.earnings.outgoing import Outgoing
from domain.earnings.payees import Payee
from domain.earnings.split_rules import THOUSAND, SplitRule
from domain.kernel.money import NOTHING, Fen, split
from domain.kernel.states import SYSTEM, Cause, Machine, Step

# The provider wants a minute to have passed since the payment, and is first asked a day after it.
FIRST_LOOK = timedelta(days=1)
# From then on nothing more is waited for: the provider ends what is 30 days old.
LAST_CALL = timedelta(days=25)
ASKED_AGAIN = timedelta(seconds=10)


class SharingState(StrEnum):
    """Where the sharing of a payment stands."""

    HELD = "HELD"
    PLANNED = "PLANNED"
    ASKED = "ASKED"
    ENDING = "ENDING"
    DONE = "DONE"


PAYMENT_SHARING: Machine[SharingState] = Machine(
    "payment sharing",
    begins=frozenset({SharingState.HELD}),
    next={
        SharingState.HELD: frozenset({SharingState.PLANNED, SharingState.ENDING}),
        SharingState.PLANNED: frozenset({SharingState.ASKED, SharingState.ENDING}),
        SharingState.ASKED: frozenset({SharingState.DONE, SharingState.ENDING}),
        SharingState.ENDING: frozenset({SharingState.DONE}),
        SharingState.DONE: frozenset(),
    },
)


class ShareOutcome(StrEnum):
    """What became of a share, or of a share's coming back."""

    WAITING = "WAITING"
    VOID = "VOID"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentShare:
    """What one owner's merchant has of a payment; `said` is what the provider has against it."""

    owner_id: str
    merchant_id: str
    amount: Fen
    outcome: ShareOutcome = ShareOutcome.WAITING
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSharing:
    """The sharing of one order's payment; `backs` are what was asked back of shares since.

    `refunded` is what the buyer has back as far as this has heard, `expected` what they will have
    once a refund goes that waits for shares to come back; `due` when it is looked at next.
    """

    id: str
    transaction_id: str
    paid_at: datetime
    state: SharingState = SharingState.HELD
    shares: tuple[PaymentShare, ...] = ()
    backs: tuple[PaymentShare, ...] = ()
    refunded: Fen = NOTHING
    expected: Fen = NOTHING
    due: datetime | None = None
    said: str = ""
    steps: tuple[Step, ...] = ()
    version: int = 1

    def outgoing(self, share: PaymentShare) -> Outgoing:
        """How a share leaves its owner's account."""
        return Outgoing(
            id=JournalId(f"share:{self.id}:{share.owner_id}"),
            account=payable_of(share.owner_id),
            amount=share.amount,
            cause="payment shared",
            at=next(one.at for one in self.steps if one.after == SharingState.PLANNED),
            order_id=self.id,
        )

    def come_back(self, number: int, at: datetime) -> Journal:
        """The booking by which what came back of a share pays what its owner owes."""
        back = self.backs[number]
        return Journal(
            id=JournalId(f"share back:{self.id}:{number}"),
            order_id=self.id,
            cause="share returned",
            at=at,
            lines=(
                JournalLine(account=payable_of(back.owner_id), amount=back.amount),
                JournalLine(account=PAID_OUT, amount=Fen(-back.amount)),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingAnswer:
    """What a provider answers: of each merchant what became of its share, once all is known."""

    results: Mapping[str, tuple[ShareOutcome, str]] | None


class NotShared(Exception):
    """The provider refuses a request for good, and has done nothing of it."""


class SharingProvider(Protocol):
    """Whoever holds the payments. Unavailable means that nobody knows what became of a request."""

    async def share(
        self, number: str, transaction_id: str, shares: Sequence[PaymentShare]
    ) -> SharingAnswer:
        """Share a payment and end its sharing; NotShared where that is refused."""

    async def end(self, number: str, transaction_id: str) -> SharingAnswer:
        """End the sharing of a payment without any; NotShared where that is refused."""

    async def standing(self, number: str, transaction_id: str) -> SharingAnswer | None:
        """What became of a request under a number; None where there was none."""

    async def ask_back(
        self, number: str, back_number: str, share: PaymentShare
    ) -> tuple[ShareOutcome, str]:
        """Ask a merchant's share back, or a part of it; the same number again is the same."""

    async def back_standing(self, number: str, back_number: str) -> tuple[ShareOutcome, str] | None:
        """What became of asking back under a number; None where there was none."""


class Sharings(Protocol):
    """The sharings of payments by order, each with a version."""

    async def hold(self, sharings: Sequence[PaymentSharing]) -> None:
        """Write new ones down; one that is there stays."""

    async def by_id(self, order_id: str) -> PaymentSharing | None:
        """The sharing of an order's payment."""

    async def refunded(self, order_id: str, refunded: Fen, now: datetime) -> None:
        """Note what the buyer has back by now, to be looked at; known already, it stays."""

    async def due(self, now: datetime, most: int) -> Sequence[PaymentSharing]:
        """Those to be looked at by now, whoever has waited longest first."""

    async def save(self, sharing: PaymentSharing, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""


def payable_of(owner_id: str) -> Account:
    """The account of what is payable to an owner."""
    return Account(f"owner:{owner_id}:payable")


def held_payment(order_id: str, transaction_id: str, paid_at: datetime) -> PaymentSharing:
    """A payment that has arrived and is held."""
    cause = Cause(actor=SYSTEM, at=paid_at)
    return PaymentSharing(
        id=order_id,
        transaction_id=transaction_id,
        paid_at=paid_at,
        due=paid_at + FIRST_LOOK,
        steps=(PAYMENT_SHARING.begin(order_id, SharingState.HELD, cause),),
    )


def sharing_moved(
    sharing: PaymentSharing, after: SharingState, at: datetime, reason: str = ""
) -> PaymentSharing:
    """The sharing one step on; WrongState where it can't be."""
    cause = Cause(actor=SYSTEM, at=at, reason=reason)
    step = PAYMENT_SHARING.step(sharing.id, sharing.state, after, cause)
    return replace(sharing, state=after, said=reason, steps=(*sharing.steps, step))


def planned_shares(
    books: OrderBooks, payees: Mapping[str, Payee], rule: SplitRule, frozen: Frozen
) -> tuple[PaymentShare, ...]:
    """What owners with a merchant have of an order's payment, as far as that may be shared.

    So much is held back as the rule says, and all together are at most its part of what the buyer
    has not had back. What is left over, or is frozen, is paid by the bank once it may.
    """
    wanted = {}
    for owner_id, fen in payable_to_owners(books).items():
        payee = payees.get(owner_id)
        may = not frozen.whole(payable_of(owner_id)) and f"order:{books.order_id}" not in frozen.ids
        if payee and payee.merchant and fen > 0 and may:
            kept, _ = split(
                fen, [THOUSAND - rule.payout_holdback_permille, rule.payout_holdback_permille]
            )
            wanted[owner_id, payee.merchant.id] = kept
    most = Fen(books.kept * rule.payout_cap_permille // THOUSAND)
    amounts: Sequence[Fen] = list(wanted.values())
    if sum(amounts) > most:
        amounts = split(most, amounts)
    return tuple(
        PaymentShare(owner_id=owner_id, merchant_id=merchant_id, amount=fen)
        for (owner_id, merchant_id), fen in zip(wanted, amounts, strict=True)
        if fen
    )


def about_to_be(books: OrderBooks, refunded: Fen) -> OrderBooks:
    """The books as they will be once the buyer has so much back."""
    return replace(books, refunded=max(books.refunded, refunded))


def payable_to_owners(books: OrderBooks) -> Mapping[str, Fen]:
    """What is payable to each owner of an order."""
    found = {}
    for account, fen in position(books).items():
        kind, _, rest = account.partition(":")
        if kind == "owner" and rest.endswith(":payable"):
            found[rest.removesuffix(":payable")] = fen
    return found


def owed_back(sharing: PaymentSharing, books: OrderBooks) -> PaymentShare | None:
    """What an owner has had of a payment beyond what is theirs, and was not asked back.

    What is theirs is by what the buyer has back, or is about to.
    """
    theirs = payable_to_owners(about_to_be(books, sharing.expected))
    for share in sharing.shares:
        asked = sum(one.amount for one in sharing.backs if one.owner_id == share.owner_id)
        over = share.amount - asked - max(0, theirs.get(share.owner_id, 0))
        if share.outcome is ShareOutcome.DONE and over > 0:
            return replace(share, amount=Fen(over), outcome=ShareOutcome.WAITING, said="")
    return None
