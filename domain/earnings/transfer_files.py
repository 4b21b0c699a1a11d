"""Paying guides by a file: what is booked stands in it, and finance says what came of each."""

from contextlib import suppress
from dataclasses import replace

from domain.earnings.freezes import frozen_now
from domain.earnings.notes import read_note
from domain.earnings.payment_files import PaymentRow, written
from domain.earnings.rankings import read_day_or_month
from domain.earnings.transferring import GuidePayPorts, give_back_failed
from domain.earnings.transfers import (
    GuideTransfer,
    GuideTransferState,
    TransferWay,
    transfer_moved,
)
from domain.kernel.refusals import Conflict, NotFound, WrongState
from domain.kernel.versions import risen
from domain.people.act import Act

COLUMNS = ("transfer", "guide", "guide_name", "store", "legal_name")


async def transfer_file(ports: GuidePayPorts, act: Act, period: str) -> str:
    """The transfers of a round that are to leave by a file; it changes nothing.

    Who is frozen by now is left out.
    """
    act.viewer.require("transfers.make")
    frozen = await frozen_now(ports.freezing, act)
    booked = [
        one
        for one in await ports.transfers.for_file(read_day_or_month(period))
        if not frozen.whole(one.outgoing.account)
    ]
    ids = sorted({one.guide_id for one in booked})
    guides, payees = await ports.guides.by_ids(ids), await ports.payees.by_ids(ids)
    rows = []
    for one in booked:
        guide, payee = guides.get(one.guide_id), payees.get(one.guide_id)
        name, store = (guide.name, guide.store_id) if guide else ("", "")
        rows.append(
            PaymentRow(
                id=one.id,
                whose=(one.guide_id, name, store, payee.legal_name if payee else ""),
                bank=payee.bank if payee else None,
                amount=one.amount,
                memo=f"导购佣金 {one.period}",
            )
        )
    return written(COLUMNS, rows)


async def confirm_transfer(
    ports: GuidePayPorts, act: Act, id: str, reference: str
) -> GuideTransfer:
    """Note that one of the file has left, under a reference; done again, it is the same."""
    act.viewer.require("transfers.make")
    said = read_note(reference, "reference")
    found = await _by_file(ports, id)
    if found.state is GuideTransferState.PAID and found.reference == said:
        return found
    return await _moved(ports, act, found, GuideTransferState.PAID, reference=said)


async def fail_transfer(ports: GuidePayPorts, act: Act, id: str, reason: str) -> GuideTransfer:
    """Note that one of the file did not arrive: it is the guide's again, for the next round."""
    act.viewer.require("transfers.make")
    said = read_note(reason, "reason")
    found = await _by_file(ports, id)
    if found.state is GuideTransferState.BOOKED:
        found = await _moved(ports, act, found, GuideTransferState.FAILING, said=said)
    if found.state is GuideTransferState.FAILING:
        # The clock may be at it, too.
        with suppress(Conflict):
            return await give_back_failed(ports, act, found)
        found = await _by_file(ports, id)
    if found.state is not GuideTransferState.FAILED:
        raise WrongState(f"This transfer is {found.state}; only one that is BOOKED can fail.")
    return found


async def _moved(
    ports: GuidePayPorts,
    act: Act,
    transfer: GuideTransfer,
    after: GuideTransferState,
    *,
    said: str = "",
    reference: str = "",
) -> GuideTransfer:
    moved = transfer_moved(transfer, after, act.at, said, actor=act.viewer.id)
    done = risen(replace(moved, reference=reference))
    try:
        await ports.transfers.save(done, expected=transfer.version)
    except Conflict:
        known = await _by_file(ports, transfer.id)
        if (known.state, known.reference) != (after, reference):
            raise
        return known
    return done


async def _by_file(ports: GuidePayPorts, id: str) -> GuideTransfer:
    found = await ports.transfers.by_id(id)
    if found is None:
        raise NotFound(f"There is no transfer {id}; look its id up in the list.", field=["id"])
    if found.way is not TransferWay.FILE:
        raise WrongState("This transfer goes to WeChat, which says itself what came of it.")
    return found
