"""Orders whose units are not there any more go to other stores."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from domain.kernel.paging import MAX_PAGE, PageRequest
from domain.kernel.refusals import WrongState
from domain.kernel.states import SYSTEM, Cause
from domain.mall.fulfilment import fulfilment_orders
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import (
    Fulfilment,
    FulfilmentOrder,
    PartState,
    Placed,
    RejectReason,
)
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.saving import change
from domain.mall.stock.stocking import Shortage, StockPorts
from domain.network.stores import StoreId

MOST_AT_ONCE = 50
# What a store has not begun to hand over; the later it came to the store, the sooner it leaves.
MOVABLE = (PartState.OFFERED, PartState.ACCEPTED, PartState.HELD)


async def attend_shortages(
    stocking: StockPorts, fulfilling: FulfilmentPorts, *, now: datetime
) -> None:
    """Pass on orders of stores that have fewer units than are promised, until none is short.

    Orders that are not paid yet are attended to when they are.
    """
    for shortage in await stocking.shortages.unattended(MOST_AT_ONCE):
        region_id = stocking.reference.now().store(shortage.store_id).region_id
        pool = (await stocking.pools.load(region_id, [shortage.sku]))[shortage.sku]
        stock = pool.store(shortage.store_id)
        missing = stock.reserved - stock.on_hand
        if missing <= 0:
            await stocking.shortages.end(shortage)
        else:
            # What can't be moved now waits behind those that may.
            await stocking.shortages.attended(shortage, now)
            await _pass_on(fulfilling, shortage, missing, now)


async def _pass_on(
    fulfilling: FulfilmentPorts, shortage: Shortage, missing: int, now: datetime
) -> None:
    """Turn parts down, the last ones first, until no more are missing than are leaving already."""
    reason = f"The store counted {shortage.on_hand} of {shortage.sku}; more were promised."
    act = Cause(actor=SYSTEM, at=now, reason=reason)
    missing -= await _leaving(fulfilling, shortage)
    for placed in reversed(await _queued(fulfilling, shortage.store_id, MOVABLE)):
        held = placed.part.held.get(shortage.sku, 0)
        if missing <= 0 or not held:
            continue
        after = await change(
            fulfilling, placed.fulfilment.id, partial(_reject, part=placed.part, act=act)
        )
        await advance(fulfilling, placed.fulfilment.id, now=now)
        if after.part(placed.part.id).state is PartState.REJECTED:
            missing -= held


async def _leaving(fulfilling: FulfilmentPorts, shortage: Shortage) -> int:
    """How many units are still held in a store by parts that are looking for another."""
    looking = await _queued(fulfilling, None, (PartState.ROUTING, PartState.UNASSIGNED))
    return sum(
        placed.part.held.get(shortage.sku, 0)
        for placed in looking
        if placed.part.held_at == shortage.store_id
    )


async def _queued(
    fulfilling: FulfilmentPorts, store_id: StoreId | None, states: Collection[PartState]
) -> list[Placed]:
    """All parts of a store, or of none, in some states, the oldest order first."""
    found: list[Placed] = []
    after: str | None = None
    while True:
        request = PageRequest(first=MAX_PAGE, after=after)
        page = await fulfilling.fulfilments.queue(store_id, states, request)
        found += page.items
        if not page.has_next:
            return found
        after = page.cursors[-1]


def _reject(fulfilment: Fulfilment, *, part: FulfilmentOrder, act: Cause) -> Fulfilment:
    """Turn a part down in its store's name, unless the store has gone on with it meanwhile."""
    try:
        return fulfilment_orders.reject(
            fulfilment, fulfilment.part(part.id), RejectReason.OTHER, act
        )
    except WrongState:
        return fulfilment
