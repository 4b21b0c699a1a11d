"""Goods that one store sends to another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.catalogue.units import Units
from domain.kernel.apply_once import GRACE, MOST_AT_ONCE
from domain.kernel.ids import NewId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, Unavailable
from domain.kernel.states import SYSTEM, Cause, Machine, Step
from domain.kernel.versions import risen
from domain.mall.stock.heeding import heed
from domain.mall.stock.operations import Outcomes, do_once, take_once
from domain.mall.stock.pools import Change, Delta, Event
from domain.mall.stock.stocking import StockPorts
from domain.network.stores import StoreId
from domain.people.act import Act

LONGEST_ID = 40
MOST_LINES = 50


class TransferState(StrEnum):
    """Where a transfer stands; a requested one is looking for its units."""

    REQUESTED = "REQUESTED"
    REFUSED = "REFUSED"
    SENT = "SENT"
    RECEIVED = "RECEIVED"


TRANSFER: Machine[TransferState] = Machine(
    "transfer",
    begins=frozenset({TransferState.REQUESTED}),
    next={
        TransferState.REQUESTED: frozenset({TransferState.SENT, TransferState.REFUSED}),
        TransferState.SENT: frozenset({TransferState.RECEIVED}),
        TransferState.REFUSED: frozenset(),
        TransferState.RECEIVED: frozenset(),
    },
)


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
    version: int = 1

    def after(self, state: TransferState, cause: Cause) -> "Transfer":
        """The transfer one step further."""
        taken = TRANSFER.step(self.id, self.state, state, cause)
        return replace(self, state=state, steps=(*self.steps, taken), unfinished=True)


class Transfers(Protocol):
    """Transfers; each is one aggregate with a version."""

    async def by_id(self, id: str) -> Transfer | None:
        """The transfer of this id."""

    async def save(self, transfer: Transfer, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else raise Conflict."""

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
    ports: TransferPorts, act: Act, id: str, from_store_id: str, to_store_id: str, units: Units
) -> Transfer:
    """Send free units to another store; the same id again is the same transfer.

    It ends as refused where the store has not all of them free.
    """
    act.viewer.require_store(from_store_id)
    reference = ports.stocking.reference.now()
    source, target = reference.store(from_store_id), reference.store(to_store_id)
    _check(id, source.id, target.id, units)
    transfer = await ports.transfers.by_id(id)
    if transfer is None:
        begun = TRANSFER.begin(id, TransferState.REQUESTED, act.cause())
        transfer = Transfer(
            id=id,
            from_store_id=source.id,
            to_store_id=target.id,
            units=units,
            state=TransferState.REQUESTED,
            at=act.at,
            steps=(begun,),
        )
        await ports.transfers.save(transfer, expected=0)
    elif (transfer.from_store_id, transfer.to_store_id, transfer.units) != (
        source.id,
        target.id,
        units,
    ):
        raise Conflict("This id is another transfer's; choose a new one.", field=["id"])
    return await finish(ports, act, transfer)


async def receive(ports: TransferPorts, act: Act, id: str, received: Units | None) -> Transfer:
    """Note what has arrived, by default all of it; what has not is lost on the way."""
    transfer = await ports.transfers.by_id(id)
    if transfer is None:
        raise NotFound(f"There is no transfer {id}; look its id up.", field=["id"])
    act.viewer.require_store(transfer.to_store_id)
    arrived = transfer.units if received is None else received
    if any(not 0 <= n <= transfer.units.get(sku, 0) for sku, n in arrived.items()):
        raise Invalid("Only what was sent can have arrived.", field=["lines"])
    if transfer.state is not TransferState.RECEIVED or transfer.received != arrived:
        after = replace(transfer.after(TransferState.RECEIVED, act.cause()), received=arrived)
        transfer = await _saved(ports, transfer, after)
    return await finish(ports, act, transfer)


async def listed(
    ports: TransferPorts, act: Act, store_id: str, request: PageRequest
) -> Page[Transfer]:
    """What a store has sent or is to get, the newest first."""
    act.viewer.require_store(store_id)
    return await ports.transfers.of_store(StoreId(store_id), request)


async def sweep_transfers(ports: TransferPorts, act: Act) -> None:
    """Let stock follow the transfers whose making was cut short."""
    faults: list[Exception] = []
    for transfer in await ports.transfers.unfinished(act.at - GRACE, MOST_AT_ONCE):
        try:
            await finish(ports, act, transfer)
        except (Conflict, Unavailable):
            continue  # somebody else is at it
        except Exception as fault:
            faults.append(fault)
    if faults:
        raise ExceptionGroup("some transfers could not be finished", faults)


async def finish(ports: TransferPorts, act: Act, transfer: Transfer) -> Transfer:
    """Let stock follow a transfer's state, however far that had got."""
    if not transfer.unfinished:
        return transfer
    cause = Cause(actor=SYSTEM, at=act.at)
    pools, first = ports.stocking.pools, heed(ports.stocking, act)
    if transfer.state is TransferState.REQUESTED:
        sent = _changes(ports, transfer, Event.TRANSFER_SENT, cause, act.new_id)
        had = await take_once(pools, ports.outcomes, sent)
        after = TransferState.SENT if had else TransferState.REFUSED
        transfer = await _saved(ports, transfer, transfer.after(after, cause))
    events = {
        TransferState.SENT: (Event.TRANSFER_COMING,),
        TransferState.RECEIVED: (Event.TRANSFER_COMING, Event.TRANSFER_RECEIVED),
    }
    for event in events.get(transfer.state, ()):
        changes = _changes(ports, transfer, event, cause, act.new_id)
        movements = [movement for change in changes for movement in change.movements]
        await do_once(pools, movements, first=first)
    return await _saved(ports, transfer, replace(transfer, unfinished=False))


async def _saved(ports: TransferPorts, before: Transfer, after: Transfer) -> Transfer:
    after = risen(after)
    await ports.transfers.save(after, expected=before.version)
    return after


def _changes(
    ports: TransferPorts, transfer: Transfer, event: Event, cause: Cause, new_id: NewId
) -> list[Change]:
    """What one event of a transfer does: one change for each SKU."""
    sending = event is Event.TRANSFER_SENT
    store_id = transfer.from_store_id if sending else transfer.to_store_id
    region_id = ports.stocking.reference.now().store(store_id).region_id
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
            actor=cause.actor,
            at=cause.at,
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
