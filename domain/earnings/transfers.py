"""Transfers to guides: what leaves to persons, who each confirm that they take it.

Who can't be reached in WeChat, or has left, is paid by a file as owners are: for the bank, or for
whoever pays the wages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.earnings.journals import Account, JournalId
from domain.earnings.outgoing import Outgoing
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.sealing import digest_of
from domain.kernel.states import SYSTEM, Cause, Machine, Step
from domain.people.accounts import GuideId

# What the provider transfers to a person at once, in fen: from 0.10 yuan; from 2,000 on it wants
# their legal name (pay.weixin.qq.com/doc/v3/merchant/4014399293), and 20,000 is what somebody may
# have in a day.
LEAST, MOST, MOST_BY_NAME = Fen(10), Fen(199_999), Fen(2_000_000)
LEAST_BY_FILE = Fen(1)
ASKED_AGAIN = timedelta(seconds=30)
# Whoever is to confirm has a day for it.
LOOKED_AGAIN = timedelta(minutes=10)


class TransferWay(StrEnum):
    """How it reaches a guide: into their WeChat account, or as a row of a file that is paid."""

    WECHAT = "WECHAT"
    FILE = "FILE"


class GuideTransferState(StrEnum):
    """Where a transfer stands; it is booked before the provider is asked."""

    PLANNED = "PLANNED"
    VOID = "VOID"
    BOOKED = "BOOKED"
    ASKED = "ASKED"
    WAIT_USER_CONFIRM = "WAIT_USER_CONFIRM"
    TRANSFERRING = "TRANSFERRING"
    CANCELLING = "CANCELLING"
    PAID = "PAID"
    FAILING = "FAILING"
    FAILED = "FAILED"


_ON_THE_WAY = frozenset(
    {
        GuideTransferState.WAIT_USER_CONFIRM,
        GuideTransferState.TRANSFERRING,
        GuideTransferState.CANCELLING,
        GuideTransferState.PAID,
        GuideTransferState.FAILING,
    }
)
GUIDE_TRANSFER: Machine[GuideTransferState] = Machine(
    "guide transfer",
    begins=frozenset({GuideTransferState.PLANNED}),
    next={
        GuideTransferState.PLANNED: frozenset({GuideTransferState.BOOKED, GuideTransferState.VOID}),
        # By a file it is booked until somebody says what came of it.
        GuideTransferState.BOOKED: frozenset(
            {GuideTransferState.ASKED, GuideTransferState.PAID, GuideTransferState.FAILING}
        ),
        GuideTransferState.ASKED: _ON_THE_WAY,
        GuideTransferState.WAIT_USER_CONFIRM: _ON_THE_WAY - {GuideTransferState.WAIT_USER_CONFIRM},
        GuideTransferState.TRANSFERRING: frozenset(
            {GuideTransferState.PAID, GuideTransferState.FAILING}
        ),
        # Whoever confirms first has it.
        GuideTransferState.CANCELLING: _ON_THE_WAY - {GuideTransferState.CANCELLING},
        GuideTransferState.FAILING: frozenset({GuideTransferState.FAILED}),
        GuideTransferState.VOID: frozenset(),
        GuideTransferState.PAID: frozenset(),
        GuideTransferState.FAILED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideTransfer:
    """What one guide is paid in a round, into the WeChat account `openid` of theirs or by a file.

    `legal_name` is told where the provider wants it. `confirm` is what their mini-program opens for
    them to take it, empty until there is something to confirm; `due` is when it is looked at next,
    None at its end and while people are at it; `said` is why it failed, or what holds it up;
    `reference` is that of whoever paid it by a file.
    """

    id: str
    guide_id: GuideId
    period: str
    amount: Fen
    openid: str
    way: TransferWay = TransferWay.WECHAT
    legal_name: str = ""
    state: GuideTransferState = GuideTransferState.PLANNED
    confirm: str = ""
    said: str = ""
    reference: str = ""
    due: datetime | None = None
    steps: tuple[Step, ...] = ()
    version: int = 1

    @property
    def number(self) -> str:
        """Its number at the provider, of 32 letters and digits, which never changes."""
        return digest_of(self.id)[:32]

    @property
    def outgoing(self) -> Outgoing:
        """How it leaves the guide's account."""
        return Outgoing(
            id=JournalId(self.id),
            account=guide_payable(self.guide_id),
            amount=self.amount,
            cause="guide paid",
            at=self.steps[0].at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswer:
    """What a provider says of a transfer; of `confirm` it tells whoever asks for the transfer."""

    state: GuideTransferState
    confirm: str = ""
    said: str = ""


class NotTransferred(Exception):
    """The provider refuses a transfer for good, and has done nothing of it."""


class HeldUp(Exception):
    """The provider can't do it yet, such as while the merchant's balance is too low."""


class TransferProvider(Protocol):
    """Whoever transfers. Unavailable means that nobody knows what became of a request."""

    async def transfer(self, transfer: GuideTransfer) -> TransferAnswer:
        """Transfer it; asked again under its number, it is the same one.

        NotTransferred where it is refused, HeldUp where it has to wait.
        """

    async def standing(self, number: str) -> TransferAnswer | None:
        """What became of the transfer of a number; None where there was none."""

    async def cancel(self, number: str) -> None:
        """Ask for one that nobody has confirmed to be called off; what comes of it is asked."""


class GuideTransfers(Protocol):
    """The transfers, each with a version."""

    async def plan(self, transfers: Sequence[GuideTransfer]) -> int:
        """Write transfers down; one that is there stays. Answers how many are new."""

    async def due(self, now: datetime, most: int) -> Sequence[GuideTransfer]:
        """Those to be gone on with by now, whoever has waited longest first."""

    async def save(self, transfer: GuideTransfer, *, expected: int) -> None:
        """Write one over its expected version; else Conflict."""

    async def by_id(self, id: str) -> GuideTransfer | None:
        """The transfer of this id."""

    async def for_file(self, period: str) -> Sequence[GuideTransfer]:
        """Those of a round that are to leave by a file, by guide."""

    async def of_period(self, period: str, request: PageRequest) -> Page[GuideTransfer]:
        """All of a round, by guide."""

    async def of_guide(self, guide_id: str, request: PageRequest) -> Page[GuideTransfer]:
        """A guide's, the latest round first."""


def guide_payable(guide_id: str) -> Account:
    """The account of what is payable to a guide."""
    return Account(f"guide:{guide_id}:payable")


def planned_transfer(
    guide_id: GuideId, period: str, amount: Fen, cause: Cause, *, openid: str, legal_name: str
) -> GuideTransfer:
    """What a guide is to be paid in a round, at most what goes at once; by a file without openid.

    Their legal name is told only where it has to be: a wrong one costs them the transfer.
    """
    id_ = f"transfer:{guide_id}:{period}"
    if openid:
        amount = min(amount, MOST_BY_NAME if legal_name else MOST)
    return GuideTransfer(
        id=id_,
        guide_id=guide_id,
        period=period,
        amount=amount,
        openid=openid,
        way=TransferWay.WECHAT if openid else TransferWay.FILE,
        legal_name=legal_name if amount > MOST else "",
        due=cause.at,
        steps=(GUIDE_TRANSFER.begin(id_, GuideTransferState.PLANNED, cause),),
    )


def transfer_moved(
    transfer: GuideTransfer,
    after: GuideTransferState,
    at: datetime,
    said: str = "",
    *,
    actor: str = SYSTEM,
) -> GuideTransfer:
    """The transfer one step on; WrongState where it can't be."""
    cause = Cause(actor=actor, at=at, reason=said)
    step = GUIDE_TRANSFER.step(transfer.id, transfer.state, after, cause)
    waits = after is GuideTransferState.WAIT_USER_CONFIRM
    for_people = after is GuideTransferState.BOOKED and transfer.way is TransferWay.FILE
    due = at + (LOOKED_AGAIN if waits else ASKED_AGAIN)
    return replace(
        transfer,
        state=after,
        said=said,
        confirm=transfer.confirm if waits else "",
        due=due if GUIDE_TRANSFER.next[after] and not for_people else None,
        steps=(*transfer.steps, step),
    )
