"""The rules of pickup: ready at the counter, handed over against a code, or not fetched."""

import hmac
from collections.abc import Callable

from domain.kernel.refusals import Invalid, WrongState
from domain.kernel.states import Cause
from domain.mall.fulfilment.fulfilments import (
    Fulfilment,
    FulfilmentOrder,
    PartState,
    StockEffectKind,
)

CODE_LENGTH = 6


def new_pickup_code(choose: Callable[[str], str]) -> str:
    """Six digits; `choose` picks one of them with a good source of chance."""
    return "".join(choose("0123456789") for _ in range(CODE_LENGTH))


def ready(fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause, *, code: str) -> Fulfilment:
    """The goods wait at the counter; the buyer is told the code, which stays once it is given."""
    _require_pickup(fulfilment)
    return fulfilment.with_part(part, PartState.READY, cause, pickup_code=part.pickup_code or code)


def hand_over(
    fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause, *, code: str
) -> Fulfilment:
    """Whoever shows the code gets the goods, which have left the store then."""
    given = fulfilment.with_part(part, PartState.HANDED_OVER, cause, held={}, done_at=cause.at)
    if not hmac.compare_digest((part.pickup_code or "").encode(), code.strip().encode()):
        raise Invalid("This is not the order's pickup code; ask the buyer for it.", field=["code"])
    return given.with_effect(StockEffectKind.SHIP, part.held_at, part.held, cause)


def unclaimed(fulfilment: Fulfilment, part: FulfilmentOrder, cause: Cause) -> Fulfilment:
    """The goods could not be handed over; the store keeps them until head office decides."""
    return fulfilment.with_part(part, PartState.UNCLAIMED, cause)


def _require_pickup(fulfilment: Fulfilment) -> None:
    if fulfilment.pickup_store_id is None:
        raise WrongState("This order is sent to the buyer; ship it instead.")
