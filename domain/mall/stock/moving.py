"""Moving a store to another region, with its stock and the orders under way.

The stock of a store is in the pools of its region. It is taken out of the one region's pools and
put into the other's in rounds, until nothing is left behind; each step takes effect once, so that
a move that was cut short goes on where it was when it is repeated. Only a paused store moves: no
new order reserves from it meanwhile, and what is shipped or released is carried by the next round.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.catalogue.catalogue import Sku
from domain.kernel.ids import NewId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Unavailable, WrongState
from domain.mall.stock.operations import do_once
from domain.mall.stock.pools import Change, Delta, Event, Pool, PoolKey, Pools
from domain.network.directory import NetworkPorts
from domain.network.stores import RegionId, Store, StoreId, StoreState
from domain.people.viewer import Role, Viewer

MOST_ROUNDS = 10
MOST_MARKS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """One move of one store; its name is the same however often it is tried."""

    store: Store
    to: RegionId
    actor: str
    at: datetime
    attempt: str

    @property
    def name(self) -> str:
        return f"move:{self.store.id}:{self.store.version}"

    def change(self, round_: int, event: Event, sku: Sku, delta: Delta) -> Change:
        """One step: out of the one region or into the other."""
        out = event is Event.MOVED_OUT
        return Change(
            id=f"{self.name}:{round_}:{'out' if out else 'in'}",
            attempt=self.attempt,
            region_id=self.store.region_id if out else self.to,
            sku=sku,
            event=event,
            deltas=(delta,),
            actor=self.actor,
            at=self.at,
        )


async def move_store(
    network: NetworkPorts,
    pools: Pools,
    viewer: Viewer,
    id: StoreId,
    region_id: RegionId,
    *,
    skus: Collection[Sku],
    now: datetime,
    new_id: NewId,
) -> Store:
    """Let a paused store sell from another region's stock, its own carried along.

    Raises Unavailable while orders are just being placed on it; repeating is safe.
    """
    viewer.require(Role.HEAD_OFFICE)
    view = network.source.directory()
    store, region = view.store(id), view.region(region_id)
    if store.region_id == region.id:
        raise WrongState(f"{id} sells in {region.name} already.", field=["regionId"])
    if store.state is not StoreState.PAUSED:
        raise WrongState(f"Pause {id} with storePause first, and resume it afterwards.")
    move = _Move(store=store, to=region.id, actor=viewer.id, at=now, attempt=new_id("try"))
    await _wait_for_none(pools, move)
    for round_ in range(MOST_ROUNDS):
        if not await _carry(pools, move, round_, skus):
            break
    else:
        raise Unavailable(f"The stock of {id} keeps changing; try again in a moment.")
    moved = replace(store, region_id=region.id, version=store.version + 1)
    await network.writer.save_stores([moved])
    return moved


async def _wait_for_none(pools: Pools, move: _Move) -> None:
    """Write this move's own marks to the ledger; refuse while others' are on the store's stock."""
    marked = [
        change
        for change in await pools.unsettled(move.at + timedelta(days=1), MOST_MARKS)
        if any(delta.store_id == move.store.id for delta in change.deltas)
    ]
    await pools.settle([change for change in marked if change.id.startswith(f"{move.name}:")])
    if any(not change.id.startswith(f"{move.name}:") for change in marked):
        raise Unavailable("Orders are being placed on this store just now; try again in a moment.")


async def _carry(pools: Pools, move: _Move, round_: int, skus: Collection[Sku]) -> bool:
    """Carry over what the store has in its old region; whether there was, or is, anything."""
    counted: dict[Sku, datetime | None] = {}

    def take_out(pool: Pool) -> Change | None:
        stock = pool.store(move.store.id)
        counted[pool.sku] = stock.counted_at
        everything = Delta(
            store_id=move.store.id,
            on_hand=-stock.on_hand,
            reserved=-stock.reserved,
            safety=-stock.safety,
            damaged=-stock.damaged,
            incoming=-stock.incoming,
        )
        nothing = everything == Delta(store_id=move.store.id)
        return None if nothing else move.change(round_, Event.MOVED_OUT, pool.sku, everything)

    steps: Mapping[PoolKey, Change] = {
        (move.store.region_id, sku): move.change(
            round_, Event.MOVED_OUT, sku, Delta(store_id=move.store.id)
        )
        for sku in skus
    }
    before = await pools.recorded(list(steps.values()))
    done = await pools.apply([key for key in steps if key not in before], take_out)
    await pools.settle(done)
    taken = {change.sku: change.deltas[0] for change in done}
    for key in before:
        taken[key[1]] = await _recorded(pools, steps[key])
    arriving = [
        move.change(
            round_,
            Event.MOVED_IN,
            sku,
            replace(delta.reversed(), counted_at=counted.get(sku)),
        )
        for sku, delta in sorted(taken.items())
    ]
    await do_once(pools, arriving)
    return bool(taken)


async def _recorded(pools: Pools, step: Change) -> Delta:
    """What a step that the ledger has did to the store's stock."""
    [wanted] = step.deltas
    after: str | None = None
    while True:
        page = await pools.movements(wanted.store_id, step.sku, PageRequest(first=100, after=after))
        for movement in page.items:
            if movement.change_id == step.id:
                return movement.delta
        if not page.has_next:
            raise LookupError(f"the ledger has {step.id} of {step.sku}, but not in its list")
        after = page.cursors[-1]
