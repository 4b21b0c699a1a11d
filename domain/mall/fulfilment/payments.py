"""What was asked, paid and given back, and the port to whoever moves the money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.money import Fen
from domain.kernel.states import Machine
from domain.mall.fulfilment.stray_payments import StrayPayment

RefundId = NewType("RefundId", str)


class PaymentState(StrEnum):
    """Where a payment stands; a refunded one may be so in part."""

    OPEN = "OPEN"
    PAID = "PAID"
    CLOSED = "CLOSED"
    PART_REFUNDED = "PART_REFUNDED"
    REFUNDED = "REFUNDED"


# A payment that we closed can still arrive: the buyer's phone was faster.
PAYMENT: Machine[PaymentState] = Machine(
    "payment",
    begins=frozenset({PaymentState.OPEN}),
    next={
        PaymentState.OPEN: frozenset({PaymentState.PAID, PaymentState.CLOSED}),
        PaymentState.CLOSED: frozenset({PaymentState.PAID}),
        PaymentState.PAID: frozenset({PaymentState.PART_REFUNDED, PaymentState.REFUNDED}),
        PaymentState.PART_REFUNDED: frozenset({PaymentState.REFUNDED}),
        PaymentState.REFUNDED: frozenset(),
    },
)


class RefundState(StrEnum):
    """Where a refund stands; a failed one (a closed card, say) can be tried again."""

    REQUESTED = "REQUESTED"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    FAILED = "FAILED"


REFUND: Machine[RefundState] = Machine(
    "refund",
    begins=frozenset({RefundState.REQUESTED}),
    next={
        RefundState.REQUESTED: frozenset(
            {RefundState.PROCESSING, RefundState.DONE, RefundState.FAILED}
        ),
        RefundState.PROCESSING: frozenset({RefundState.DONE, RefundState.FAILED}),
        RefundState.FAILED: frozenset({RefundState.REQUESTED, RefundState.DONE}),
        RefundState.DONE: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money on its way back; the id is the provider's too, so that a retry can't pay twice.

    `asked_at` is when the provider was asked for it last, `said` what it had against it.
    """

    id: RefundId
    amount: Fen
    reason: str
    requested_at: datetime
    state: RefundState = RefundState.REQUESTED
    done_at: datetime | None = None
    asked_at: datetime | None = None
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """The one payment of an order; its id at the provider is the order's.

    `asked_at` is when the provider was asked for it last, after it had been told to take none.
    """

    amount: Fen
    state: PaymentState = PaymentState.OPEN
    asked_at: datetime | None = None
    transaction_id: str | None = None
    paid_at: datetime | None = None
    payer: str | None = None
    refunds: tuple[Refund, ...] = ()

    @property
    def promised_back(self) -> Fen:
        """What was refunded or is about to be; a failed refund counts, since it is tried again."""
        return Fen(sum(refund.amount for refund in self.refunds))

    @property
    def refunded(self) -> Fen:
        """What has arrived back at the buyer."""
        done = (refund for refund in self.refunds if refund.state is RefundState.DONE)
        return Fen(sum(refund.amount for refund in done))

    @property
    def on_its_way_back(self) -> Fen:
        """What has arrived back at the buyer, or has been taken by the provider."""
        taken = (RefundState.PROCESSING, RefundState.DONE)
        return Fen(sum(refund.amount for refund in self.refunds if refund.state in taken))

    @property
    def refundable(self) -> Fen:
        """What can still be promised back."""
        return Fen(self.amount - self.promised_back if self.transaction_id else 0)

    @property
    def all_promised_back(self) -> bool:
        """Whether nothing is left of what was paid."""
        return self.amount > 0 and self.promised_back == self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a buyer is asked to pay; `payer` is their openid, None for one who has not signed in."""

    payment_id: str
    amount: Fen
    description: str
    payer: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatCall:
    """The arguments of `wx.requestPayment`, signed."""

    app_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: str
    pay_sign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPay:
    """What a client does next to pay: call WeChat, or, in the sandbox, post to an address."""

    wechat: WechatCall | None = None
    sandbox_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """The provider's word that a payment arrived; `payer` is the openid of whoever paid."""

    payment_id: str
    amount: Fen
    transaction_id: str
    paid_at: datetime
    payer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAnswer:
    """What a provider answers to a refund; `said` is what it has against it.

    REQUESTED with words means that it is not taken, and will be once people have put that right.
    """

    state: RefundState
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNews:
    """The provider's word on a refund."""

    payment_id: str
    refund_id: RefundId
    amount: Fen
    answer: RefundAnswer


class Standing(StrEnum):
    """What the provider answers of a payment that has not arrived."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    UNKNOWN = "UNKNOWN"


class PaymentProvider(Protocol):
    """Whoever moves the money. Every call may be repeated; Unavailable means: try again later.

    Between two refunds of one payment it wants `refunds_apart` to pass.
    """

    refunds_apart: timedelta

    async def create(self, bill: Bill) -> ToPay:
        """Ask for a payment; for the same id it is the same payment."""

    async def query(self, payment_id: str) -> Paid | StrayPayment | Standing:
        """Ask how a payment stands."""

    async def close(self, payment_id: str) -> None:
        """Take no payment for this any more; one that has arrived already is no error."""

    async def refund(
        self, payment_id: str, refund_id: RefundId, amount: Fen, *, of: Fen, reason: str
    ) -> RefundAnswer:
        """Give back an amount of a payment of `of`; the same id again gives back nothing more."""

    async def query_refund(self, refund_id: RefundId) -> RefundAnswer:
        """Ask how a refund stands; NotFound if it was never taken."""


class Notices(Protocol):
    """What a provider tells of its own accord."""

    def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Paid | StrayPayment | RefundNews | None:
        """What a notification says, byte for byte as it came; None for news of no interest.

        Raises Forbidden for whatever the provider has not signed just now.
        """


class SandboxWallet(Protocol):
    """A buyer's phone, where no money moves."""

    async def pay(self, payment_id: str, *, now: datetime) -> Paid:
        """Pay; paid already, it is the same payment. WrongState where it is closed."""
