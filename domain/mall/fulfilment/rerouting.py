"""Orders whose units are not there any more go to other stores."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from domain.kernel.each import each
from domain.kernel.paging import every_page
from domain.kernel.ports import Ports
from domain.kernel.refusals import WrongState
from domain.kernel.states import Cause
from domain.mall.fulfilment import fulfilment_orders
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import (
    Fulfilment,
    FulfilmentOrder,
    PartState,
    Placed,
    RejectReason,
)
from domain.mall.fulfilment.ports import FulfilmentPorts, Fulfilments
from domain.mall.fulfilment.saving import change
from domain.mall.stock.stocking import Shortage, StockPorts
from domain.network.stores import StoreId
from domain.people.act import Act

MOST_AT_ONCE = 50
# What a store has not begun to hand over; the later it came to the store, the sooner it leaves.
MOVABLE = (PartState.OFFERED, PartState.ACCEPTED, PartState.HELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReroutingPorts(Ports):
    """The ports that moving orders to other stores needs."""

    stocking: StockPorts
    fulfilling: FulfilmentPorts


async def attend_shortages(ports: ReroutingPorts, act: Act) -> None:
    """Pass on orders of stores that have fewer units than are promised, until none is short.

    Orders that are not paid yet are attended to when they are.
    """
    await each(
        await ports.stocking.shortages.unattended(MOST_AT_ONCE), partial(_attend, ports, act)
    )


async def _attend(ports: ReroutingPorts, act: Act, shortage: Shortage) -> None:
    stocking = ports.stocking
    region_id = stocking.reference.now().store(shortage.store_id).region_id
    pool = (await stocking.pools.load(region_id, [shortage.sku]))[shortage.sku]
    stock = pool.store(shortage.store_id)
    missing = stock.reserved - stock.on_hand
    if missing <= 0:
        await stocking.shortages.end(shortage)
    else:
        # What can't be moved now waits behind those that may.
        await stocking.shortages.attended(shortage, act.at)
        await _pass_on(ports.fulfilling, act, shortage, missing)


async def _pass_on(ports: FulfilmentPorts, act: Act, shortage: Shortage, missing: int) -> None:
    """Turn parts down, the last ones first, until no more are missing than are leaving already."""
    reason = f"The store counted {shortage.on_hand} of {shortage.sku}; more were promised."
    missing -= await _leaving(ports.fulfilments, shortage)
    for placed in reversed(await _queued(ports.fulfilments, shortage.store_id, MOVABLE)):
        held = placed.part.held.get(shortage.sku, 0)
        if missing <= 0 or not held:
            continue
        rule = partial(_reject, part=placed.part, cause=act.cause(reason))
        after = await change(ports.fulfilments, placed.fulfilment.id, rule)
        await advance(ports, act, after.id, found=after)
        if after.part(placed.part.id).state is PartState.REJECTED:
            missing -= held


async def _leaving(fulfilments: Fulfilments, shortage: Shortage) -> int:
    """How many units are still held in a store by parts that are looking for another."""
    looking = await _queued(fulfilments, None, (PartState.ROUTING, PartState.UNASSIGNED))
    return sum(
        placed.part.held.get(shortage.sku, 0)
        for placed in looking
        if placed.part.held_at == shortage.store_id
    )


async def _queued(
    fulfilments: Fulfilments, store_id: StoreId | None, states: Collection[PartState]
) -> list[Placed]:
    """All parts of a store, or of none, in some states, the oldest order first."""
    pages = every_page(partial(fulfilments.queue, store_id, states))
    return [placed async for page in pages for placed in page.items]


def _reject(fulfilment: Fulfilment, *, part: FulfilmentOrder, cause: Cause) -> Fulfilment:
    """Turn a part down in its store's name, unless the store has gone on with it meanwhile."""
    try:
        return fulfilment_orders.reject(
            fulfilment, fulfilment.part(part.id), RejectReason.OTHER, cause
        )
    except WrongState:
        return fulfilment
