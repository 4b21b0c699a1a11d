"""What head office does with orders that the rules could not bring to an end."""

from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Invalid, OutOfStock, refuse_all
from domain.mall.fulfilment import fulfilment_orders
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import Fulfilment, Placed
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.return_policy import Inspector, ReturnPolicy
from domain.mall.fulfilment.saving import change
from domain.mall.fulfilment.store_desk import find, said_why
from domain.network.stores import StoreId, StoreState
from domain.people.act import Act


async def exceptions(ports: FulfilmentPorts, act: Act, request: PageRequest) -> Page[Fulfilment]:
    """The orders of which something waits for head office, the oldest first."""
    act.viewer.require("order.see_exceptions")
    return await ports.fulfilments.with_exceptions(request)


async def return_policy(ports: FulfilmentPorts, act: Act) -> ReturnPolicy:
    """Who inspects returns, for those whom it concerns."""
    act.viewer.require("return_policy.see")
    return await ports.return_policies.now()


async def set_return_policy(
    ports: FulfilmentPorts, act: Act, inspector: Inspector, *, expected: int
) -> ReturnPolicy:
    """Say who inspects returns, those on their way included."""
    act.viewer.require("return_policy.set")
    policy = ReturnPolicy(version=expected + 1, inspector=inspector)
    await ports.return_policies.save(policy, expected=expected)
    return policy


async def assign(
    ports: FulfilmentPorts, act: Act, part_id: str, store_id: str | None, reason: str
) -> Fulfilment:
    """Give a part that no store is left for to a store of the region, or route it again.

    Which store it is may have refused before: people have talked. OutOfStock if it lacks goods.
    """
    act.viewer.require("fulfilment.assign")
    placed = await find(ports, act, part_id)
    chosen = StoreId(store_id) if store_id else None
    if chosen is not None:
        await _require_goods(ports, act, placed, chosen)
    cause = act.cause(said_why(reason))

    def rule(found: Fulfilment) -> Fulfilment:
        return fulfilment_orders.assign(found, found.part(part_id), chosen, cause)

    after = await change(ports.fulfilments, placed.fulfilment.id, rule)
    return await advance(ports, act, after.id, found=after)


async def _require_goods(
    ports: FulfilmentPorts, act: Act, placed: Placed, store_id: StoreId
) -> None:
    part, region_id = placed.part, placed.fulfilment.region_id
    known = await ports.shelves.candidates(region_id, part.units, now=act.at)
    candidate = next((one for one in known if one.store.id == store_id), None)
    if candidate is None or candidate.store.state is not StoreState.OPEN:
        raise Invalid("Choose an open store of the order's region.", field=["storeId"])
    held = part.held if part.held_at == store_id else {}
    available = {sku: candidate.available.get(sku, 0) + held.get(sku, 0) for sku in part.units}
    refuse_all(
        OutOfStock(
            f"{candidate.store.name} has only {available[sku]} of {sku}; choose another store.",
            sku=sku,
            left=available[sku],
            field=["storeId"],
        )
        for sku, n in sorted(part.units.items())
        if available[sku] < n
    )
