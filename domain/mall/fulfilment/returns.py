"""Returns: units that come back to a store, and where each stands."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.catalogue.units import Units
from domain.kernel.states import Machine
from domain.mall.fulfilment.payments import RefundId
from domain.network.stores import StoreId

ReturnId = NewType("ReturnId", str)


class ReturnState(StrEnum):
    """Where a return stands."""

    REQUESTED = "REQUESTED"
    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


RETURN: Machine[ReturnState] = Machine(
    "return",
    begins=frozenset({ReturnState.REQUESTED}),
    next={
        ReturnState.REQUESTED: frozenset({ReturnState.RECEIVED, ReturnState.CANCELLED}),
        ReturnState.RECEIVED: frozenset({ReturnState.ACCEPTED, ReturnState.REFUSED}),
        ReturnState.ACCEPTED: frozenset(),
        ReturnState.REFUSED: frozenset(),
        ReturnState.CANCELLED: frozenset(),
    },
)


# What a store still has to do something about.
COMING = frozenset({ReturnState.REQUESTED, ReturnState.RECEIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Units that a buyer brings or sends back to a store, and what its inspection found.

    With `parcel_refused` they were never taken: the carrier brought them back.
    """

    id: ReturnId
    store_id: StoreId
    units: Units
    reason: str
    state: ReturnState
    requested_at: datetime
    parcel_refused: bool = False
    good: Units = field(default_factory=dict)
    damaged: Units = field(default_factory=dict)
    refund_id: RefundId | None = None
