"""Setting safety stock, and holding it back in every pool that it is about.

Rules and pools are different documents. Whoever writes what rules say into a pool may be late, or
die before they have looked whether the rules are still the same. So they write down first that they
are at it, a doubt. It ends when they have looked; after a crash, whoever comes looks for them.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from domain.catalogue.catalogue import Sku
from domain.kernel.apply_once import GRACE, MARKS_KEPT, MOST_AT_ONCE
from domain.kernel.each import each
from domain.kernel.refusals import NotFound
from domain.mall.reference import Reference
from domain.mall.stock.pools import Change, Delta, Event, Pool
from domain.mall.stock.safety import SafetyRule, held_back
from domain.mall.stock.stocking import AppliedState, SafetyDoubt, StockPorts
from domain.network.stores import Store, StoreId, StoreState
from domain.people.act import Act


async def set_rule(ports: StockPorts, act: Act, rule: SafetyRule) -> SafetyRule:
    """Set a rule and hold back what it says from now on; one of the same scope gives way."""
    act.viewer.require("safety_rule.set", store=rule.store_id)
    _check(ports.reference.now(), rule)
    await _change_rules(ports, act, rule, lambda: ports.safety.put(rule))
    return rule


async def remove_rule(ports: StockPorts, act: Act, id: str) -> None:
    """Remove a rule; what other rules say holds from now on."""
    act.viewer.require("safety_rule.set")
    rule = next((one for one in await ports.safety.all() if one.id == id), None)
    if rule is None:
        raise NotFound(f"There is no safety stock rule {id}; look its id up.", field=["id"])
    act.viewer.require("safety_rule.set", store=rule.store_id)
    await _change_rules(ports, act, rule, lambda: ports.safety.remove(id))


async def hold_back(
    ports: StockPorts, act: Act, stores: Collection[Store], skus: Collection[Sku]
) -> None:
    """Make stores hold back of some SKUs what the rules say now, or everything if not open."""
    doubting = Doubting(ports, act)
    await _hold_back(doubting, stores, skus)
    await _doubt_other_states(ports, act, stores)
    await doubting.end()


async def hold_back_if_changed(
    doubting: "Doubting",
    stores: Collection[Store],
    skus: Collection[Sku],
    *,
    rules: Collection[SafetyRule],
) -> None:
    """Make sure of what was held back by some rules and these states of stores.

    Whoever set a rule or changed a state meanwhile may have been here before that was written.
    """
    if set(await doubting.ports.safety.all()) != set(rules):
        await _hold_back(doubting, stores, skus)
    await _doubt_other_states(doubting.ports, doubting.act, stores)


@dataclass(slots=True)
class Doubting:
    """Writes a doubt down before safety is written to pools; `end` says that it is as ruled."""

    ports: StockPorts
    act: Act
    begun: list[str] = field(default_factory=list)

    async def __call__(self, changes: Sequence[Change], /) -> None:
        """Doubt what some changes are about to write."""
        await self.about(
            {delta.store_id for change in changes for delta in change.deltas},
            {change.sku for change in changes},
        )

    async def about(self, stores: Collection[StoreId], skus: Collection[Sku]) -> None:
        """Doubt what stores hold back of SKUs."""
        doubt = SafetyDoubt(
            id=self.act.new_id("doubt"),
            stores=tuple(sorted(stores)),
            skus=tuple(sorted(skus)),
            since=self.act.at,
            look_at=self.act.at + GRACE,
        )
        await self.ports.doubts.put(doubt)
        self.begun.append(doubt.id)

    async def end(self) -> None:
        """All has been looked at again."""
        if self.begun:
            await self.ports.doubts.end(self.begun)


async def look_again(ports: StockPorts, act: Act) -> None:
    """Hold back what the rules say wherever somebody has died amid doing so.

    They may only be asleep, and write when they wake: so a doubt is looked at for a day, ever more
    rarely.
    """

    async def look(doubt: SafetyDoubt) -> None:
        known = ports.reference.now().stores
        stores = [known[store_id] for store_id in doubt.stores if store_id in known]
        await hold_back(ports, act, stores, doubt.skus)
        age = act.at - doubt.since
        if age > MARKS_KEPT:
            await ports.doubts.end([doubt.id])
        else:
            await ports.doubts.put(replace(doubt, look_at=act.at + age))

    await each(await ports.doubts.due(act.at, MOST_AT_ONCE), look)


async def _hold_back(doubting: Doubting, stores: Iterable[Store], skus: Collection[Sku]) -> None:
    """Hold back what the rules say; the doubt ends when the stores' states are looked at too."""
    chosen = {store.id: store for store in stores}
    rules, newest = None, await doubting.ports.safety.all()
    while rules != newest:
        rules = newest
        await _apply(doubting, chosen, skus, rules)
        newest = await doubting.ports.safety.all()


async def _doubt_other_states(ports: StockPorts, act: Act, stores: Iterable[Store]) -> None:
    """Have the states of stores applied anew that their stock does not follow by now."""
    applied = await ports.applied.all()
    for store in stores:
        last = applied.get(store.id)
        if (last.state if last else StoreState.OPEN) is not store.state:
            await ports.applied.doubt(store.id, act.new_id("doubt"))


async def _apply(
    doubting: Doubting,
    chosen: Mapping[StoreId, Store],
    skus: Collection[Sku],
    rules: Collection[SafetyRule],
) -> None:
    ports, act = doubting.ports, doubting.act
    reference = ports.reference.now()
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
        await ports.pools.settle(await ports.pools.apply(keys, as_ruled, before=doubting))


async def follow_states(ports: StockPorts, act: Act) -> None:
    """Hold everything back in stores that have closed or paused, and let go where they opened.

    What has been applied is kept with the stock, so that whoever comes after a crash goes on. A
    store that nothing has been applied to counts as open. Each store costs itself alone.
    """
    applied = await ports.applied.all()

    def is_behind(store: Store) -> bool:
        last = applied.get(store.id)
        state, version = (last.state, last.version) if last else (StoreState.OPEN, 0)
        return state is not store.state and version <= store.version

    stores = ports.reference.now().stores.values()
    await each(filter(is_behind, stores), partial(follow_state, ports, act))


async def follow_state(ports: StockPorts, act: Act, store: Store) -> None:
    """Hold back what a store in its state holds back, and note that this was done.

    From before the first write it is in doubt, so that a crash, or somebody who believes in another
    state meanwhile, leaves it to be applied anew.
    """
    doubt = act.new_id("doubt")
    await ports.applied.doubt(store.id, doubt, version=store.version)
    skus = await ports.pools.stocked(store.region_id, store.id)
    doubting = Doubting(ports, act)
    await _hold_back(doubting, [store], skus)
    applied = AppliedState(store_id=store.id, state=store.state, version=store.version, doubt=doubt)
    if not await ports.applied.put(applied):
        # Somebody else was at it, and this may have undone what they did.
        await ports.applied.doubt(store.id, act.new_id("doubt"))
    await doubting.end()


async def _change_rules(
    ports: StockPorts, act: Act, rule: SafetyRule, change: Callable[[], Awaitable[object]]
) -> None:
    """Change a rule, and hold back what the rules say then wherever it covers."""
    reference = ports.reference.now()
    stores = [one for one in reference.stores.values() if rule.store_id in (None, one.id)]
    skus = [
        sku
        for sku, (product, _) in reference.variants.items()
        if rule.covers(rule.store_id or StoreId(""), sku, product.category)
    ]
    doubting = Doubting(ports, act)
    await doubting.about([store.id for store in stores], skus)
    await change()
    await _hold_back(doubting, stores, skus)
    await _doubt_other_states(ports, act, stores)
    await doubting.end()


def _check(reference: Reference, rule: SafetyRule) -> None:
    if rule.store_id is not None:
        reference.store(rule.store_id)
    if rule.sku is not None:
        reference.catalogue.variant(rule.sku)
