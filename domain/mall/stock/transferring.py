"""Sending goods from store to store, receiving them in parts, and deciding on what is missing.

A transfer is written down first, and then each receipt in it; stock follows by movements whose ids
are made of theirs. So whoever comes second, or finishes what was cut short, does nothing twice.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from domain.catalogue.units import Units
from domain.kernel.apply_once import GRACE, MOST_AT_ONCE
from domain.kernel.each import each
from domain.kernel.ids import NewId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, Unavailable
from domain.kernel.request_keys import RequestKey, request_key
from domain.kernel.states import SYSTEM, Cause
from domain.kernel.versions import risen
from domain.mall.stock.heeding import heed
from domain.mall.stock.operations import Outcomes, do_once, take_once
from domain.mall.stock.pools import Change, Delta, Event, Movement
from domain.mall.stock.stocking import StockPorts
from domain.mall.stock.transfers import (
    ARRIVING,
    TRANSFER,
    UNDER_WAY,
    Transfer,
    Transfers,
    TransferState,
    TransferVerdict,
    with_receipt,
)
from domain.network.stores import RegionId, StoreId
from domain.people.act import Act

LONGEST_ID = 40
LONGEST_REASON = 200
MOST_LINES = 50
# Whoever meets somebody else at a transfer looks again so often, after so long.
MOST_WAITS = 20
WAIT_S = 0.1
EVENTS = {
    None: Event.TRANSFER_RECEIVED,
    TransferVerdict.FOUND: Event.TRANSFER_FOUND,
    TransferVerdict.LOST: Event.TRANSFER_LOST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPorts(Ports):
    """The ports that transfers need; `pause` waits for so many seconds."""

    stocking: StockPorts
    outcomes: Outcomes
    transfers: Transfers
    pause: Callable[[float], Awaitable[None]]


async def send(
    ports: TransferPorts, act: Act, id: str, from_store_id: str, to_store_id: str, units: Units
) -> Transfer:
    """Send free units to another store, be it of another region; the same id is the same transfer.

    It ends as refused where the store has not all of them free.
    """
    act.viewer.require("transfer.send", store=from_store_id)
    reference = ports.stocking.reference.now()
    source, target = reference.store(from_store_id), reference.store(to_store_id)
    _check(id, source.id, target.id, units)
    for sku in units:
        reference.catalogue.variant(sku)
    begun = TRANSFER.begin(id, TransferState.REQUESTED, act.cause())
    wanted = Transfer(
        id=id,
        from_store_id=source.id,
        to_store_id=target.id,
        units=units,
        state=TransferState.REQUESTED,
        at=act.at,
        steps=(begun,),
    )
    transfer = await ports.transfers.by_id(id) or await _begun(ports, wanted)
    for what in ("from_store_id", "to_store_id", "units"):
        if getattr(transfer, what) != getattr(wanted, what):
            raise Conflict("This id is another transfer's; choose a new one.", field=["id"])
    return await finish(ports, act, transfer)


async def receive(
    ports: TransferPorts, act: Act, id: str, units: Units | None, *, key: str
) -> Transfer:
    """Note what has arrived now, by default all that is missing; once for a key."""
    act.viewer.require("transfer.send")
    transfer = await _load(ports, id)
    act.viewer.require("transfer.send", store=transfer.to_store_id)
    asked = request_key(key, "receive", _sorted(units))
    return await _received(ports, act, transfer, units, asked, act.cause(), None)


async def decide(
    ports: TransferPorts,
    act: Act,
    id: str,
    verdict: TransferVerdict,
    units: Units | None,
    reason: str,
    *,
    key: str,
) -> Transfer:
    """Say what became of units that did not arrive, by default of all that are missing.

    Neither of the two stores can say so by itself: it is for head office, once for a key.
    """
    act.viewer.require("transfer.decide")
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(f"Say why, in 1 to {LONGEST_REASON} characters.", field=["reason"])
    asked = request_key(key, verdict, _sorted(units), reason)
    cause = act.cause(reason.strip())
    return await _received(ports, act, await _load(ports, id), units, asked, cause, verdict)


async def listed(
    ports: TransferPorts, act: Act, store_id: str, request: PageRequest
) -> Page[Transfer]:
    """What a store has sent or is to get, the newest first."""
    act.viewer.require("transfer.see", store=store_id)
    return await ports.transfers.of_store(StoreId(store_id), request)


async def under_way(
    ports: TransferPorts, act: Act, store_id: str | None, request: PageRequest
) -> Page[Transfer]:
    """Transfers of a store, or of all, of which something is on its way or missing."""
    act.viewer.require("transfer.see", store=store_id)
    return await ports.transfers.under_way(StoreId(store_id) if store_id else None, request)


async def sweep_transfers(ports: TransferPorts, act: Act) -> None:
    """Let stock follow the transfers whose making was cut short, each by itself."""

    async def follow(id: str) -> None:
        with suppress(Unavailable):  # somebody is at it, or at its stock, just now
            await _finish(ports, act, await _load(ports, id))

    await each(await ports.transfers.unfinished(act.at - GRACE, MOST_AT_ONCE), follow)


async def finish(ports: TransferPorts, act: Act, transfer: Transfer) -> Transfer:
    """Let stock follow a transfer, however far that had got, and whoever else is at it."""
    for _ in range(MOST_WAITS):
        try:
            return await _finish(ports, act, transfer)
        except (Conflict, Unavailable):
            await ports.pause(WAIT_S)
        transfer = await _load(ports, transfer.id)
    raise Unavailable("Others are at this transfer just now; try again in a moment.")


async def _finish(ports: TransferPorts, act: Act, transfer: Transfer) -> Transfer:
    if not transfer.unfinished:
        return transfer
    cause = Cause(actor=SYSTEM, at=act.at)
    pools, first = ports.stocking.pools, heed(ports.stocking, act)
    if transfer.state is TransferState.REQUESTED:
        sent = _changes(ports, transfer, Event.TRANSFER_SENT, cause, act.new_id)
        had = await take_once(pools, ports.outcomes, sent)
        after = TransferState.SENT if had else TransferState.REFUSED
        transfer = await _saved(ports, transfer, transfer.after(after, cause))
    if transfer.state in UNDER_WAY | ARRIVING:
        coming = _changes(ports, transfer, Event.TRANSFER_COMING, cause, act.new_id)
        await do_once(pools, _movements(coming), first=first)
        await do_once(pools, _arriving(ports, transfer), first=first)
    return await _saved(ports, transfer, replace(transfer, unfinished=False))


async def _begun(ports: TransferPorts, transfer: Transfer) -> Transfer:
    """Write a transfer down, unless somebody has under its id: then answer that."""
    try:
        await ports.transfers.save(transfer, expected=0)
    except Conflict:
        return await _load(ports, transfer.id)
    return transfer


async def _load(ports: TransferPorts, id: str) -> Transfer:
    transfer = await ports.transfers.by_id(id)
    if transfer is None:
        raise NotFound(f"There is no transfer {id}; look its id up.", field=["id"])
    return transfer


async def _received(
    ports: TransferPorts,
    act: Act,
    transfer: Transfer,
    units: Units | None,
    key: RequestKey,
    cause: Cause,
    verdict: TransferVerdict | None,
) -> Transfer:
    """Note a receipt over whatever others have noted meanwhile, and let stock follow."""
    for _ in range(MOST_WAITS):
        after = with_receipt(transfer, units, key, cause, verdict)
        try:
            if after is not transfer:
                after = await _saved(ports, transfer, after)
            return await finish(ports, act, after)
        except Conflict:
            transfer = await _load(ports, transfer.id)
    raise Unavailable("Others are at this transfer just now; try again in a moment.")


async def _saved(ports: TransferPorts, before: Transfer, after: Transfer) -> Transfer:
    after = risen(after)
    await ports.transfers.save(after, expected=before.version)
    return after


def _changes(
    ports: TransferPorts, transfer: Transfer, event: Event, cause: Cause, new_id: NewId
) -> list[Change]:
    """Units leaving the one store, or coming to the other: one change for each SKU."""
    sending = event is Event.TRANSFER_SENT
    store_id = transfer.from_store_id if sending else transfer.to_store_id
    attempt = new_id("try")
    return [
        Change(
            id=f"{transfer.id}:{event.lower()}",
            attempt=attempt,
            region_id=_region(ports, store_id),
            sku=sku,
            event=event,
            deltas=(
                Delta(store_id=store_id, on_hand=-n)
                if sending
                else Delta(store_id=store_id, incoming=n),
            ),
            actor=cause.actor,
            at=cause.at,
            reason=f"Transfer {transfer.id}",
        )
        for sku, n in sorted(transfer.units.items())
    ]


def _movements(changes: Sequence[Change]) -> list[Movement]:
    return [movement for change in changes for movement in change.movements]


def _arriving(ports: TransferPorts, transfer: Transfer) -> list[Movement]:
    """What the receipts do: units are not incoming any more, and on hand where they are now."""
    where = {
        None: transfer.to_store_id,
        TransferVerdict.FOUND: transfer.from_store_id,
        TransferVerdict.LOST: None,
    }
    return [
        Movement(
            change_id=f"{transfer.id}:{EVENTS[one.verdict].lower()}:{number}",
            region_id=_region(ports, store_id),
            sku=sku,
            event=EVENTS[one.verdict],
            delta=Delta(
                store_id=store_id,
                incoming=-n if store_id == transfer.to_store_id else 0,
                on_hand=n if store_id == where[one.verdict] else 0,
            ),
            actor=one.actor,
            at=one.at,
            reason=f"Transfer {transfer.id}: {one.reason}".removesuffix(": "),
        )
        for number, one in enumerate(transfer.receipts, start=1)
        for sku, n in sorted(one.units.items())
        for store_id in sorted({transfer.to_store_id, where[one.verdict] or transfer.to_store_id})
    ]


def _region(ports: TransferPorts, store_id: StoreId) -> RegionId:
    return ports.stocking.reference.now().store(store_id).region_id


def _sorted(units: Units | None) -> list[tuple[str, int]] | None:
    """Units in an order that is the same each time that they are told."""
    return None if units is None else sorted(units.items())


def _check(id: str, source: StoreId, target: StoreId, units: Units) -> None:
    if not 1 <= len(id) <= LONGEST_ID:
        raise Invalid(f"Give it an id of 1 to {LONGEST_ID} characters.", field=["id"])
    if source == target:
        raise Invalid("Choose another store to send it to.", field=["input", "toStoreId"])
    if not 1 <= len(units) <= MOST_LINES or min(units.values()) < 1:
        raise Invalid(f"Send 1 to {MOST_LINES} SKUs.", field=["input", "lines"])
