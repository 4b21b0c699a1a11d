"""Moving a store to another region, with its stock and the orders under way.

The move is written down before its first step, and a store has one at a time. Then, SKU by SKU, all
that the store has leaves the pool of its old region, which says from then on where it has gone, and
arrives in the pool of the new one. Both are movements under the move's own id, so that they happen
once, whoever tries. What becomes of the store's units meanwhile, or is done by somebody who does
not know of the move yet, follows them to the pool where they are.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from domain.catalogue.catalogue import Sku
from domain.kernel.apply_once import GRACE, MOST_AT_ONCE, State, apply_once
from domain.kernel.each import each
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Unavailable, WrongState
from domain.mall.stock.heeding import heed
from domain.mall.stock.holding_back import follow_state
from domain.mall.stock.pools import Delta, Event, Movement, PoolKey
from domain.mall.stock.stocking import StockPorts
from domain.network.directory import NetworkPorts
from domain.network.stores import RegionId, Store, StoreId, StoreState
from domain.people.act import Act

# So long after the store sells in its new region, nobody believes it in the old one any more.
LINGER = timedelta(minutes=1)
BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMove:
    """A store on its way from one region to another; `arrived_at` since it sells there."""

    id: str
    store_id: StoreId
    from_region: RegionId
    to_region: RegionId
    actor: str
    at: datetime
    arrived_at: datetime | None = None

    def movement(self, event: Event, sku: Sku, delta: Delta) -> Movement:
        """One step: out of the one region or into the other."""
        out = event is Event.MOVED_OUT
        return Movement(
            change_id=f"{self.id}:{'out' if out else 'in'}",
            region_id=self.from_region if out else self.to_region,
            sku=sku,
            event=event,
            delta=delta,
            actor=self.actor,
            at=self.at,
            to_region=self.to_region if out else None,
        )


class StoreMoves(Protocol):
    """The moves under way, one for each store at most."""

    async def begin(self, move: StoreMove) -> StoreMove:
        """Write a move down, unless its store has one: then answer that."""

    async def arrived(self, move: StoreMove, at: datetime) -> None:
        """Note since when the store sells in its new region."""

    async def end(self, move: StoreMove) -> None:
        """Forget a move that is done."""

    async def of_store(self, store_id: StoreId) -> StoreMove | None:
        """The move of a store."""

    async def under_way(self, before: datetime, most: int) -> Sequence[StoreId]:
        """The stores whose moves were begun before a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePorts(Ports):
    """The ports that moving a store needs."""

    network: NetworkPorts
    stocking: StockPorts
    moves: StoreMoves


async def move_store(ports: MovePorts, act: Act, id: StoreId, region_id: RegionId) -> Store:
    """Let a paused store sell from another region's stock, its own carried along.

    Raises Conflict while it is moving to another region, and Unavailable while orders are just
    being placed on it: repeated, it goes on where it was, and so it does by itself.
    """
    act.viewer.require("store.close")
    view = ports.network.source.directory()
    store, region = view.store(id), view.region(region_id)
    if store.region_id == region.id:
        raise WrongState(f"{id} sells in {region.name} already.", field=["regionId"])
    if store.state is not StoreState.PAUSED:
        raise WrongState(f"Pause {id} with storePause first, and resume it afterwards.")
    wanted = StoreMove(
        id=act.new_id("move"),
        store_id=id,
        from_region=store.region_id,
        to_region=region.id,
        actor=act.viewer.id,
        at=act.at,
    )
    move = await ports.moves.begin(wanted)
    if move.to_region == store.region_id:
        # It has arrived there, and nobody has made sure yet that nothing was left behind.
        await _end(ports, act, move)
        move = await ports.moves.begin(wanted)
    if move.to_region != region.id:
        target = view.region(move.to_region).name
        raise Conflict(f"{id} is just moving to {target}; wait until it is there.")
    return await carry_on(ports, act, move)


async def carry_on(ports: MovePorts, act: Act, move: StoreMove) -> Store:
    """Take a move to its end, however far it had got."""
    store = ports.network.source.directory().store(move.store_id)
    if store.region_id == move.from_region:
        await follow_state(ports.stocking, act, store)
    await _carry(ports, act, move)
    store = ports.network.source.directory().store(move.store_id)
    if store.region_id == move.from_region:
        store = replace(store, region_id=move.to_region, version=store.version + 1)
        await ports.network.writer.save_stores([store])
    await _doubt_state(ports, act, store)
    if move.arrived_at is None:
        await ports.moves.arrived(move, act.at)
    return store


async def sweep_moves(ports: MovePorts, act: Act) -> None:
    """Take moves to their ends that were cut short, or that might have left something behind.

    Each costs itself alone, a store that is not known any more as well.
    """

    async def take_on(store_id: StoreId) -> None:
        move = await ports.moves.of_store(store_id)
        if move is None:
            return
        with suppress(Unavailable):  # somebody is at it, or at its stock, just now
            if move.arrived_at is None:
                await carry_on(ports, act, move)
            elif move.arrived_at < act.at - LINGER:
                await _end(ports, act, move)

    await each(await ports.moves.under_way(act.at - GRACE, MOST_AT_ONCE), take_on)


async def bring_home(ports: MovePorts, act: Act, store_id: StoreId, key: PoolKey) -> None:
    """Bring what a store has in a region that it has left to the one where it sells."""
    region_id, sku = key
    move = StoreMove(
        id=act.new_id("move"),
        store_id=store_id,
        from_region=region_id,
        to_region=ports.stocking.reference.now().store(store_id).region_id,
        actor=act.viewer.id,
        at=act.at,
    )
    await _carry_some(ports, act, move, [sku])


async def _end(ports: MovePorts, act: Act, move: StoreMove) -> None:
    await _carry(ports, act, move)
    await _doubt_state(ports, act, ports.network.source.directory().store(move.store_id))
    await ports.moves.end(move)


async def _doubt_state(ports: MovePorts, act: Act, store: Store) -> None:
    """Have the store's state applied in its region: what it held back has come along as it was."""
    await ports.stocking.applied.doubt(store.id, act.new_id("doubt"), version=store.version)


async def _carry(ports: MovePorts, act: Act, move: StoreMove) -> None:
    """Carry over what the store has in its old region."""
    skus = sorted(await ports.stocking.pools.stocked(move.from_region, move.store_id))
    for start in range(0, len(skus), BATCH):
        left = await _left(ports, move, skus[start : start + BATCH])
        await _carry_some(ports, act, move, left)


async def _left(ports: MovePorts, move: StoreMove, skus: Collection[Sku]) -> list[Sku]:
    """The SKUs that the store has in its old region, or that this move has taken out of it."""
    nothing = Delta(store_id=move.store_id)
    outs = {sku: move.movement(Event.MOVED_OUT, sku, nothing).id for sku in skus}
    ins = {sku: move.movement(Event.MOVED_IN, sku, nothing).id for sku in skus}
    entries = await ports.stocking.pools.ledger.entries([*outs.values(), *ins.values()])
    pools = await ports.stocking.pools.load(move.from_region, skus)
    here = {sku for sku in skus if pools[sku].store(move.store_id).gone_to is None}
    arrived = {sku for sku in skus if ins[sku] in entries and entries[ins[sku]].concluded}
    return [sku for sku in skus if (sku in here or outs[sku] in entries) and sku not in arrived]


async def _carry_some(ports: MovePorts, act: Act, move: StoreMove, skus: Sequence[Sku]) -> None:
    ledger = ports.stocking.pools.ledger
    nothing = Delta(store_id=move.store_id)
    leaving = [move.movement(Event.MOVED_OUT, sku, nothing) for sku in skus]
    gone = [
        entry.movement
        for entry in await apply_once(ledger, leaving)
        if entry.state is State.APPLIED
    ]
    arriving = [
        move.movement(
            Event.MOVED_IN,
            one.sku,
            replace(one.delta.reversed(), counted_at=one.delta.counted_at),
        )
        for one in gone
    ]
    await apply_once(ledger, arriving, first=heed(ports.stocking, act))
