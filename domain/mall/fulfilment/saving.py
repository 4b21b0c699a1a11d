"""How an order's fulfilment is changed: loaded, taken further by a rule and saved."""

from collections.abc import Callable
from dataclasses import replace

from domain.kernel.refusals import Conflict, NotFound
from domain.kernel.request_keys import RequestKey
from domain.kernel.versions import risen
from domain.mall.fulfilment.cancelling import nothing_left, without_paid_back
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.ports import Fulfilments

MOST_REPEATS = 8

FulfilmentRule = Callable[[Fulfilment], Fulfilment]


def once(key: RequestKey, rule: FulfilmentRule) -> FulfilmentRule:
    """The rule, applied to an order for one request at most, however often that is sent."""

    def apply(found: Fulfilment) -> Fulfilment:
        if key.is_among(found.keys):
            return found
        return replace(rule(found), keys=(*found.keys, key))

    return apply


async def load(fulfilments: Fulfilments, order_id: str) -> Fulfilment:
    """The fulfilment of an order, or NotFound."""
    found = await fulfilments.by_id(order_id)
    if found is None:
        raise NotFound(f"Order {order_id} has no payment yet; start one with paymentStart.")
    return found


async def change(
    fulfilments: Fulfilments,
    order_id: str,
    rule: FulfilmentRule,
    *,
    found: Fulfilment | None = None,
) -> Fulfilment:
    """Load, apply a rule, save; a rule that changes nothing saves nothing.

    Who has just loaded or saved it hands it over as `found`. Whatever pays back the last fen calls
    off in the same write what has not been sent, so that nobody ships it meanwhile. The rule is
    applied again to what somebody else has saved meanwhile.
    """
    before = found or await load(fulfilments, order_id)
    for _ in range(MOST_REPEATS):
        after = rule(before)
        if after is before:
            return before
        try:
            done = nothing_left(without_paid_back(after))
            return await fulfilments.save(risen(done), expected=before.version)
        except Conflict:
            before = await load(fulfilments, order_id)
    raise Conflict("Others are changing this order at the same time; try again in a moment.")
