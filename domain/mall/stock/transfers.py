"""Goods that one store sends to another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.kernel.ids import NewId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.kernel.states import SYSTEM, Cause, Step, begin, step
from domain.mall.orders.requests import MOST_LINES
from domain.mall.orders.sweeping import GRACE, MOST_AT_ONCE
from domain.mall.routing.routing import Units
from domain.mall.stock.operations import Outcomes, do_once, take_once
from domain.mall.stock.pools import Change, Delta, Event
from domain.mall.stock.stocking import StockPorts
from domain.network.stores import StoreId
from domain.people.viewer import Viewer

TRANSFER = "transfer"
LONGEST_ID = 40


class TransferState(StrEnum):
    """Where a transfer stands; a requested one is looking for its units."""

    REQUESTED = "REQUESTED"
    REFUSED = "REFUSED"
    SENT = "SENT"
    RECEIVED = "RECEIVED"


TRANSFER_NEXT: Mapping[TransferState, frozenset[TransferState]] = {
    TransferState.REQUESTED: frozenset({TransferState.SENT, TransferState.REFUSED}),
    TransferState.SENT: frozenset({TransferState.RECEIVED}),
    TransferState.REFUSED: frozenset(),
    TransferState.RECEIVED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Units on their way from one store to another; the id is the sending store's own.

    `unfinished` tells that stock has yet to follow the state.
    """

    id: str
    from_store_id: StoreId
    to_store_id: StoreId
    units: Units
    state: TransferState
    at: datetime
    received: Units | None = None
    steps: tuple[Step, ...] = ()
    unfinished: bool = True
    version: int = 0

    def after(self, state: TransferState, act: Cause) -> "Transfer":
        """The transfer one step further."""
        taken = step(
            TRANSFER_NEXT, subject=self.id, kind=TRANSFER, before=self.state, after=state, act=act
        )
        return replace(self, state=state, steps=(*self.steps, taken), unfinished=True)


class Transfers(Protocol):
    """Transfers; each is one aggregate with a version."""

    async def by_id(self, id: str) -> Transfer | None:
        """The transfer of this id."""

    async def save(self, transfer: Transfer) -> Transfer:
        """Write it over the version that it was made from, and answer the new one.

        Raises Conflict if that is not the newest.
        """

    async def of_store(self, store_id: StoreId, request: PageRequest) -> Page[Transfer]:
        """What a store has sent or is to get, the newest first."""

    async def unfinished(self, before: datetime, most: int) -> Sequence[Transfer]:
        """Those begun before a moment to which stock has yet to follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPorts(Ports):
    """The ports that transfers need."""

    stocking: StockPorts
    outcomes: Outcomes
    transfers: Transfers


async def send(
    mall: TransferPorts,
    viewer: Viewer,
    id: str,
    from_store_id: str,
    to_store_id: str,
    units: Units,
    *,
    now: datetime,
    new_id: NewId,
) -> Transfer:
    """Send free units to another store; the same id again is the same transfer.

    It ends as refused where the store has not all of them free.
    """
    viewer.require_store(from_store_id)
    reference = mall.stocking.reference.now()
    source, target = reference.store(from_store_id), reference.store(to_store_id)
    _check(id, source.id, target.id, units)
    transfer = await mall.transfers.by_id(id)
    if transfer is None:
        act = Cause(actor=viewer.id, at=now)
        begun = begin(subject=id, kind=TRANSFER, after=TransferState.REQUESTED, act=act)
        transfer = Transfer(
            id=id,
            from_store_id=source.id,
            to_store_id=target.id,
            units=units,
            state=TransferState.REQUESTED,
            at=now,
            steps=(begun,),
        )
        transfer = await mall.transfers.save(transfer)
    elif (transfer.from_store_id, transfer.to_store_id, transfer.units) != (
        source.id,
        target.id,
        units,
    ):
        raise Conflict("This id is another transfer's; choose a new one.", field=["id"])
    return await finish(mall, transfer, now=now, new_id=new_id)


async def receive(
    mall: TransferPorts,
    viewer: Viewer,
    id: str,
    received: Units | None,
    *,
    now: datetime,
    new_id: NewId,
) -> Transfer:
    """Note what has arrived, by default all of it; what has not is lost on the way."""
    transfer = await mall.transfers.by_id(id)
    if transfer is None:
        raise NotFound(f"There is no transfer {id}; look its id up.", field=["id"])
    viewer.require_store(transfer.to_store_id)
    arrived = transfer.units if received is None else received
    if any(not 0 <= n <= transfer.units.get(sku, 0) for sku, n in arrived.items()):
        raise Invalid("Only what was sent can have arrived.", field=["lines"])
    if transfer.state is not TransferState.RECEIVED or transfer.received != arrived:
        act = Cause(actor=viewer.id, at=now)
        after = replace(transfer.after(TransferState.RECEIVED, act), received=arrived)
        transfer = await mall.transfers.save(after)
    return await finish(mall, transfer, now=now, new_id=new_id)


async def listed(
    mall: TransferPorts, viewer: Viewer, store_id: str, request: PageRequest
) -> Page[Transfer]:
    """What a store has sent or is to get, the newest first."""
    viewer.require_store(store_id)
    return await mall.transfers.of_store(StoreId(store_id), request)


async def sweep_transfers(mall: TransferPorts, *, now: datetime, new_id: NewId) -> None:
    """Let stock follow the transfers whose making was cut short."""
    for transfer in await mall.transfers.unfinished(now - GRACE, MOST_AT_ONCE):
        try:
            await finish(mall, transfer, now=now, new_id=new_id)
        except Conflict:
            continue  # somebody else is at it


async def finish(
    mall: TransferPorts, transfer: Transfer, *, now: datetime, new_id: NewId
) -> Transfer:
    """Let stock follow a transfer's state, however far that had got."""
    if not transfer.unfinished:
        return transfer
    act = Cause(actor=SYSTEM, at=now)
    pools = mall.stocking.pools
    if transfer.state is TransferState.REQUESTED:
        sent = _changes(mall, transfer, Event.TRANSFER_SENT, act, new_id)
        had = await take_once(pools, mall.outcomes, sent)
        after = TransferState.SENT if had else TransferState.REFUSED
        transfer = await mall.transfers.save(transfer.after(after, act))
    if transfer.state is not TransferState.REFUSED:
        await do_once(pools, _changes(mall, transfer, Event.TRANSFER_COMING, act, new_id))
    if transfer.state is TransferState.RECEIVED:
        await do_once(pools, _changes(mall, transfer, Event.TRANSFER_RECEIVED, act, new_id))
    return await mall.transfers.save(replace(transfer, unfinished=False))


def _changes(
    mall: TransferPorts, transfer: Transfer, event: Event, act: Cause, new_id: NewId
) -> list[Change]:
    """What one event of a transfer does: one change for each SKU."""
    sending = event is Event.TRANSFER_SENT
    store_id = transfer.from_store_id if sending else transfer.to_store_id
    region_id = mall.stocking.reference.now().store(store_id).region_id
    attempt = new_id("try")
    received = transfer.received or {}
    deltas = {
        Event.TRANSFER_SENT: lambda sku, n: Delta(store_id=store_id, on_hand=-n),
        Event.TRANSFER_COMING: lambda sku, n: Delta(store_id=store_id, incoming=n),
        Event.TRANSFER_RECEIVED: lambda sku, n: Delta(
            store_id=store_id, incoming=-n, on_hand=received.get(sku, 0)
        ),
    }
    return [
        Change(
            id=f"{transfer.id}:{event.lower()}",
            attempt=attempt,
            region_id=region_id,
            sku=sku,
            event=event,
            deltas=(deltas[event](sku, n),),
            actor=act.actor,
            at=act.at,
            reason=f"Transfer {transfer.id}",
        )
        for sku, n in sorted(transfer.units.items())
    ]


def _check(id: str, source: StoreId, target: StoreId, units: Units) -> None:
    if not 1 <= len(id) <= LONGEST_ID:
        raise Invalid(f"Give it an id of 1 to {LONGEST_ID} characters.", field=["id"])
    if source == target:
        raise Invalid("Choose another store to send it to.", field=["input", "toStoreId"])
    if not 1 <= len(units) <= MOST_LINES or min(units.values()) < 1:
        raise Invalid(f"Send 1 to {MOST_LINES} SKUs.", field=["input", "lines"])
