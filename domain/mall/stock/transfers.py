"""Goods that one store sends to another, and what has become of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.catalogue.units import Units, added_up, minus
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Invalid, TooMany, WrongState
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause, Machine, Step
from domain.network.stores import StoreId

MOST_RECEIPTS = 200


class TransferState(StrEnum):
    """Where a transfer stands.

    A requested one is looking for its units. A received one has nothing on its way any more: all of
    it came, or somebody has decided what became of the rest.
    """

    REQUESTED = "REQUESTED"
    REFUSED = "REFUSED"
    SENT = "SENT"
    PART_RECEIVED = "PART_RECEIVED"
    RECEIVED = "RECEIVED"


class TransferVerdict(StrEnum):
    """What became of units that did not arrive: they turned up where they were sent, or never."""

    FOUND = "FOUND"
    LOST = "LOST"


UNDER_WAY = frozenset({TransferState.SENT, TransferState.PART_RECEIVED})
ARRIVING = frozenset({TransferState.PART_RECEIVED, TransferState.RECEIVED})

TRANSFER: Machine[TransferState] = Machine(
    "transfer",
    begins=frozenset({TransferState.REQUESTED}),
    next={
        TransferState.REQUESTED: frozenset({TransferState.SENT, TransferState.REFUSED}),
        TransferState.SENT: ARRIVING,
        TransferState.PART_RECEIVED: ARRIVING,
        TransferState.REFUSED: frozenset(),
        TransferState.RECEIVED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Some units that are not on their way any more: they arrived, or somebody decided on them."""

    key: RequestKey
    units: Units
    actor: str
    at: datetime
    verdict: TransferVerdict | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Units on their way from one store to another; the id is the sending store's own.

    `unfinished` tells that stock has yet to follow the state and the receipts.
    """

    id: str
    from_store_id: StoreId
    to_store_id: StoreId
    units: Units
    state: TransferState
    at: datetime
    receipts: tuple[Receipt, ...] = ()
    steps: tuple[Step, ...] = ()
    unfinished: bool = True
    version: int = 1

    @property
    def missing(self) -> Units:
        """What was sent, has not arrived and nobody has decided on."""
        if self.state not in UNDER_WAY:
            return {}
        return minus(self.units, added_up(one.units for one in self.receipts))

    @property
    def received(self) -> Units:
        """What has arrived."""
        return added_up(one.units for one in self.receipts if one.verdict is None)

    def after(self, state: TransferState, cause: Cause) -> "Transfer":
        """The transfer one step further."""
        taken = TRANSFER.step(self.id, self.state, state, cause)
        return replace(self, state=state, steps=(*self.steps, taken), unfinished=True)


def with_receipt(
    transfer: Transfer,
    units: Units | None,
    key: RequestKey,
    cause: Cause,
    verdict: TransferVerdict | None = None,
) -> Transfer:
    """The transfer with some units, by default all that are missing, off their way; once a key."""
    if key.is_among(one.key for one in transfer.receipts):
        return transfer
    if transfer.state in (TransferState.REQUESTED, TransferState.REFUSED):
        raise WrongState(f"Transfer {transfer.id} is {transfer.state}; nothing of it was sent.")
    missing = transfer.missing
    units = missing if units is None else units
    for sku, n in sorted(units.items()):
        if n < 1:
            raise Invalid(f"Tell of 1 or more of {sku}, or leave it out.", field=["lines"])
        if n > missing.get(sku, 0):
            raise Invalid(
                f"{missing.get(sku, 0)} of {sku} are on their way by transfer {transfer.id}, not "
                f"{n}; tell of what came besides by stockAdjust.",
                field=["lines"],
            )
    if not units:
        raise WrongState(f"Nothing of transfer {transfer.id} is on its way any more.")
    if len(transfer.receipts) >= MOST_RECEIPTS:
        raise TooMany(f"A transfer is received in at most {MOST_RECEIPTS} parts.")
    receipt = Receipt(
        key=key,
        units=units,
        actor=cause.actor,
        at=cause.at,
        verdict=verdict,
        reason=cause.reason,
    )
    left = minus(missing, units)
    state = TransferState.PART_RECEIVED if left else TransferState.RECEIVED
    return replace(transfer.after(state, cause), receipts=(*transfer.receipts, receipt))


class Transfers(Protocol):
    """Transfers; each is one aggregate with a version."""

    async def by_id(self, id: str) -> Transfer | None:
        """The transfer of this id."""

    async def save(self, transfer: Transfer, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else raise Conflict."""

    async def of_store(self, store_id: StoreId, request: PageRequest) -> Page[Transfer]:
        """What a store has sent or is to get, the newest first."""

    async def under_way(self, store_id: StoreId | None, request: PageRequest) -> Page[Transfer]:
        """Those of a store, or of all, of which something is on its way, the newest first."""

    async def unfinished(self, before: datetime, most: int) -> Sequence[str]:
        """The ids of those begun before a moment to which stock has yet to follow."""
