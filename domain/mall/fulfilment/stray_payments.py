"""Money that a provider tells of and that fits no order: kept for people, never guessed at."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import WrongState


class StrayKind(StrEnum):
    """Why money fits no order."""

    SECOND_PAYMENT = "SECOND_PAYMENT"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    OTHER_AMOUNT = "OTHER_AMOUNT"
    OTHER_CURRENCY = "OTHER_CURRENCY"
    OTHER_APP = "OTHER_APP"
    UNKNOWN_REFUND = "UNKNOWN_REFUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayPayment:
    """Money as the provider told of it; `amount` is in the smallest unit of its currency.

    `id` is the provider's transaction, of a refund its number. Nothing is done with the money here:
    people look into it at the provider, and say so.
    """

    id: str
    order_id: str
    kind: StrayKind
    amount: int
    currency: str = "CNY"
    heard_at: datetime
    version: int = 1
    settled_by: PersonId | None = None
    settled_at: datetime | None = None
    reason: str = ""


class FitsNot(WrongState):
    """A payment can't change the order that it names."""

    def __init__(self, message: str, *, kind: StrayKind) -> None:
        super().__init__(message)
        self.kind = kind


class StrayPayments(Protocol):
    """What was told of and fits no order, each once."""

    async def note(self, stray: StrayPayment) -> None:
        """Keep one; told again, it stays as it is."""

    async def by_id(self, id: str) -> StrayPayment | None:
        """One of them."""

    async def save(self, stray: StrayPayment) -> None:
        """Write one over the version before its own; else Conflict."""

    async def unsettled(self, request: PageRequest) -> Page[StrayPayment]:
        """Those that nobody has looked into yet, the oldest first."""
