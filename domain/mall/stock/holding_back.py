"""Setting safety stock, and holding it back in every pool that it is about."""

from collections.abc import Collection, Iterable

from domain.catalogue.catalogue import Sku
from domain.kernel.refusals import Forbidden, NotFound
from domain.mall.reference import Reference
from domain.mall.stock.pools import Change, Delta, Event, Pool
from domain.mall.stock.safety import SafetyRule, held_back
from domain.mall.stock.stocking import AppliedState, StockPorts
from domain.network.stores import Store, StoreId, StoreState
from domain.people.act import Act
from domain.people.viewer import Role, Viewer


async def set_rule(ports: StockPorts, act: Act, rule: SafetyRule) -> SafetyRule:
    """Set a rule and hold back what it says from now on; one of the same scope gives way."""
    _require_scope(act.viewer, rule.store_id)
    _check(ports.reference.now(), rule)
    await ports.safety.put(rule)
    await _hold_back_of(ports, act, rule)
    return rule


async def remove_rule(ports: StockPorts, act: Act, id: str) -> None:
    """Remove a rule; what other rules say holds from now on."""
    rule = next((one for one in await ports.safety.all() if one.id == id), None)
    if rule is None:
        raise NotFound(f"There is no safety stock rule {id}; look its id up.", field=["id"])
    _require_scope(act.viewer, rule.store_id)
    await ports.safety.remove(id)
    await _hold_back_of(ports, act, rule)


async def hold_back(
    ports: StockPorts, act: Act, stores: Iterable[Store], skus: Collection[Sku]
) -> None:
    """Make stores hold back of some SKUs what the rules say now, or everything if not open."""
    rules, reference = await ports.safety.all(), ports.reference.now()
    chosen = {store.id: store for store in stores}
    change_id, attempt = act.new_id("safety"), act.new_id("try")

    def as_ruled(pool: Pool) -> Change | None:
        product = reference.variants[pool.sku][0] if pool.sku in reference.variants else None
        deltas = tuple(
            Delta(store_id=store_id, safety=units - stock.safety)
            for store_id, stock in pool.stores.items()
            if store_id in chosen and stock.gone_to is None
            if (units := held_back(rules, chosen[store_id], product, pool.sku)) != stock.safety
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
            actor=act.viewer.id,
            at=act.at,
        )

    for region_id in sorted({store.region_id for store in chosen.values()}):
        keys = [(region_id, sku) for sku in skus]
        await ports.pools.settle(await ports.pools.apply(keys, as_ruled))


async def follow_states(ports: StockPorts, act: Act) -> None:
    """Hold everything back in stores that have closed or paused, and let go where they opened.

    What has been applied is kept with the stock, so that whoever comes after a crash goes on. A
    store that nothing has been applied to counts as open.
    """
    applied = await ports.applied.all()
    for store in ports.reference.now().stores.values():
        last = applied.get(store.id)
        state, version = (last.state, last.version) if last else (StoreState.OPEN, 0)
        if state is not store.state and version <= store.version:
            await follow_state(ports, act, store)


async def follow_state(ports: StockPorts, act: Act, store: Store) -> None:
    """Hold back what a store in its state holds back, and note that this was done."""
    skus = await ports.pools.stocked(store.region_id, store.id)
    await hold_back(ports, act, [store], skus)
    applied = AppliedState(store_id=store.id, state=store.state, version=store.version)
    if not await ports.applied.put(applied):
        # Somebody has applied a later state meanwhile, and this may have undone it.
        await ports.applied.doubt(store.id)


async def _hold_back_of(ports: StockPorts, act: Act, rule: SafetyRule) -> None:
    reference = ports.reference.now()
    stores = [one for one in reference.stores.values() if rule.store_id in (None, one.id)]
    skus = [
        sku
        for sku, (product, _) in reference.variants.items()
        if rule.covers(rule.store_id or StoreId(""), sku, product.category)
    ]
    await hold_back(ports, act, stores, skus)


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
