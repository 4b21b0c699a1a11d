"""Setting safety stock, and holding it back in every pool that it is about."""

from collections.abc import Collection, Iterable, MutableMapping
from datetime import datetime

from domain.catalogue.catalogue import Sku
from domain.kernel.ids import NewId
from domain.kernel.refusals import Forbidden, NotFound
from domain.kernel.states import SYSTEM
from domain.mall.reference import Reference
from domain.mall.stock.pools import Change, Delta, Event, Pool
from domain.mall.stock.safety import SafetyRule, held_back
from domain.mall.stock.stocking import StockPorts
from domain.network.stores import Store, StoreId, StoreState
from domain.people.viewer import Role, Viewer


async def set_rule(
    stocking: StockPorts, rule: SafetyRule, *, viewer: Viewer, now: datetime, new_id: NewId
) -> None:
    """Set a rule and hold back what it says from now on; one of the same scope gives way."""
    _require_scope(viewer, rule.store_id)
    _check(stocking.reference.now(), rule)
    await stocking.safety.put(rule)
    await _hold_back_of(stocking, rule, actor=viewer.id, now=now, new_id=new_id)


async def remove_rule(
    stocking: StockPorts, id: str, *, viewer: Viewer, now: datetime, new_id: NewId
) -> None:
    """Remove a rule; what other rules say holds from now on."""
    rule = next((one for one in await stocking.safety.all() if one.id == id), None)
    if rule is None:
        raise NotFound(f"There is no safety stock rule {id}; look its id up.", field=["id"])
    _require_scope(viewer, rule.store_id)
    await stocking.safety.remove(id)
    await _hold_back_of(stocking, rule, actor=viewer.id, now=now, new_id=new_id)


async def hold_back(
    stocking: StockPorts,
    stores: Iterable[Store],
    skus: Collection[Sku],
    *,
    actor: str,
    now: datetime,
    new_id: NewId,
) -> None:
    """Make stores hold back of some SKUs what the rules say now, or everything if not open."""
    rules, reference = await stocking.safety.all(), stocking.reference.now()
    chosen = {store.id: store for store in stores}
    regions = sorted({store.region_id for store in chosen.values()})
    change_id, attempt = new_id("safety"), new_id("try")

    def as_ruled(pool: Pool) -> Change | None:
        product = reference.variants[pool.sku][0] if pool.sku in reference.variants else None
        wanted = {
            store_id: held_back(rules, chosen[store_id], product, pool.sku)
            for store_id in pool.stores
            if store_id in chosen
        }
        deltas = tuple(
            Delta(store_id=store_id, safety=units - pool.store(store_id).safety)
            for store_id, units in wanted.items()
            if units != pool.store(store_id).safety
        )
        if not deltas:
            return None
        return Change(
            id=change_id,
            attempt=attempt,
            region_id=pool.region_id,
            sku=pool.sku,
            event=Event.SAFETY_SET,
            deltas=deltas,
            actor=actor,
            at=now,
        )

    for region_id in regions:
        keys = [(region_id, sku) for sku in skus]
        await stocking.pools.settle(await stocking.pools.apply(keys, as_ruled))


async def follow_states(
    stocking: StockPorts,
    known: MutableMapping[StoreId, StoreState],
    *,
    now: datetime,
    new_id: NewId,
) -> None:
    """Hold everything back in stores that have closed or paused, and let go where they opened.

    `known` is what the last call saw; a store that it does not name counts as open.
    """
    reference = stocking.reference.now()
    changed = [
        store
        for store in reference.stores.values()
        if known.get(store.id, StoreState.OPEN) is not store.state
    ]
    if changed:
        skus = list(reference.variants)
        await hold_back(stocking, changed, skus, actor=SYSTEM, now=now, new_id=new_id)
        known.update({store.id: store.state for store in changed})


async def _hold_back_of(
    stocking: StockPorts, rule: SafetyRule, *, actor: str, now: datetime, new_id: NewId
) -> None:
    reference = stocking.reference.now()
    stores = [one for one in reference.stores.values() if rule.store_id in (None, one.id)]
    skus = [
        sku
        for sku, (product, _) in reference.variants.items()
        if rule.covers(rule.store_id or StoreId(""), sku, product.category)
    ]
    await hold_back(stocking, stores, skus, actor=actor, now=now, new_id=new_id)


def _require_scope(viewer: Viewer, store_id: StoreId | None) -> None:
    viewer.require(Role.HEAD_OFFICE, Role.STORE_MANAGER)
    if store_id is None and viewer.role is not Role.HEAD_OFFICE:
        raise Forbidden("Only head office sets rules for all stores; name your store.")
    if store_id is not None:
        viewer.require_store(store_id)


def _check(reference: Reference, rule: SafetyRule) -> None:
    if rule.store_id is not None:
        reference.store(rule.store_id)
    if rule.sku is not None:
        reference.catalogue.variant(rule.sku)
