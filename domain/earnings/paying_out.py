"""Paying owners what is payable to them: booked first, then by a file for the bank."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from domain.earnings.freezes import FreezePorts, Frozen, frozen_now
from domain.earnings.journals import LedgerPorts, post_journals
from domain.earnings.notes import read_note
from domain.earnings.outgoing import book_out
from domain.earnings.payees import Payees
from domain.earnings.payment_files import PaymentRow, written
from domain.earnings.payouts import (
    HOLDBACK,
    Payout,
    PayoutId,
    Payouts,
    PayoutState,
    due_now,
    moved,
    planned,
)
from domain.earnings.settling import SettlingPorts, read_period
from domain.earnings.statements import Statement
from domain.kernel.each import each
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest, every_page
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, WrongState
from domain.kernel.states import SYSTEM, Cause
from domain.network.directory import DirectorySource
from domain.network.stores import OwnerId
from domain.people.act import Act

BOOKED_AT_ONCE = 200
COLUMNS = ("payout", "owner", "owner_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPorts(Ports):
    """What paying owners needs."""

    payouts: Payouts
    ledger: LedgerPorts
    settling: SettlingPorts
    directory: DirectorySource
    payees: Payees
    freezing: FreezePorts


async def make_payouts(
    ports: PayoutPorts, act: Act, period: str, *, holdback_permille: int
) -> Page[Payout]:
    """Plan what each owner is paid for the period settled last; made again, they are the same.

    That is what the statement ends with, or less where less is payable by now, and so many
    thousandths less to be held back, without what is frozen. An owner of whom there is nothing to
    pay has none.
    """
    act.viewer.require("payouts.make")
    HOLDBACK.read(holdback_permille, ["holdbackPermille"])
    newest = await ports.settling.settlements.newest_run()
    if newest is None or newest.period != read_period(period) or newest.done_at is None:
        raise WrongState(
            "Payouts are made for the month that was settled last, once that is done.",
            field=["period"],
        )
    cause = Cause(actor=act.viewer.id, at=act.at)
    frozen = await frozen_now(ports.freezing, act)
    async for page in every_page(partial(ports.settling.closing.statements.of_period, period)):
        await ports.payouts.plan(
            await _planned(ports, page.items, holdback_permille, frozen, cause)
        )
    return await ports.payouts.of_period(period, PageRequest())


async def go_on_paying(ports: PayoutPorts, act: Act) -> None:
    """Book what is planned, and take back what has failed; done twice, it is done once."""
    begun = await ports.payouts.begun(BOOKED_AT_ONCE)
    frozen = await frozen_now(ports.freezing, act) if begun else Frozen()
    await each(begun, partial(_go_on, ports, act, frozen))


async def payouts_seen(
    ports: PayoutPorts,
    act: Act,
    request: PageRequest,
    *,
    owner_id: str | None = None,
    period: str | None = None,
) -> Page[Payout]:
    """An owner's payouts, for its franchisee too, or all of a period."""
    if owner_id and not period:
        act.viewer.require("payouts.see", owner=owner_id)
        return await ports.payouts.of_owner(owner_id, request)
    if period and not owner_id:
        act.viewer.require("payouts.see", owner=None)
        return await ports.payouts.of_period(read_period(period), request)
    raise Invalid("Ask for one owner, or for one period.", field=["ownerId"])


async def payment_file(ports: PayoutPorts, act: Act, period: str) -> str:
    """The payouts of a period that are to leave, as rows for the bank; it changes nothing.

    The bank's cells are empty for an owner of whom no account is known; who is frozen by now is
    left out.
    """
    act.viewer.require("payouts.make")
    frozen = await frozen_now(ports.freezing, act)
    booked = [
        one
        for one in await ports.payouts.booked(read_period(period))
        if not frozen.whole(one.account)
    ]
    owners = ports.directory.directory().owners
    payees = await ports.payees.by_ids(sorted({one.owner_id for one in booked}))
    names = {one.id: one.name for one in owners.values()}
    banks = {one.owner_id: one.bank for one in payees.values()}
    return written(
        COLUMNS,
        [
            PaymentRow(
                id=one.id,
                whose=(one.owner_id, names.get(OwnerId(one.owner_id), "")),
                bank=banks.get(one.owner_id),
                amount=one.amount,
                memo=f"结算 {one.period}",
            )
            for one in booked
        ],
    )


async def confirm_payout(ports: PayoutPorts, act: Act, id: str, reference: str) -> Payout:
    """Note that a payout has left, under the bank's reference; done again, it is the same."""
    act.viewer.require("payouts.make")
    said = read_note(reference, "reference")
    found = await _payout(ports, id)
    if found.state is PayoutState.PAID and found.reference == said:
        return found
    return await _move(ports, act, found, PayoutState.PAID, reference=said)


async def fail_payout(ports: PayoutPorts, act: Act, id: str, reason: str) -> Payout:
    """Note that a payout did not arrive: what it was is the owner's again, for the next month's."""
    act.viewer.require("payouts.make")
    said = read_note(reason, "reason")
    found = await _payout(ports, id)
    if found.state is PayoutState.BOOKED:
        found = await _move(ports, act, found, PayoutState.FAILING, reason=said)
    if found.state is PayoutState.FAILING:
        # The clock may be at it, too.
        with suppress(Conflict):
            await _go_on(ports, act, Frozen(), found)
        found = await _payout(ports, id)
    if found.state is not PayoutState.FAILED:
        raise WrongState(f"This payout is {found.state}; only one that is BOOKED can fail.")
    return found


async def _planned(
    ports: PayoutPorts,
    statements: Sequence[Statement],
    holdback: int,
    frozen: Frozen,
    cause: Cause,
) -> list[Payout]:
    accounts = {one.account for one in statements}
    balances = await ports.ledger.journals.balances(sorted(accounts))
    now = {one.account: one.balance for one in balances}
    made = []
    for one in statements:
        free = frozen.free(one.account, now.get(one.account, Fen(0)))
        amount = due_now(one.closing, free, holdback)
        if amount:
            made.append(planned(one.owner_id, one.period, one.id, amount, cause))
    return made


async def _go_on(ports: PayoutPorts, act: Act, frozen: Frozen, payout: Payout) -> None:
    if payout.state is PayoutState.PLANNED:
        kept = frozen.kept_of(payout.account)
        booked = await book_out(ports.ledger, act, payout.outgoing, kept=kept)
        after = PayoutState.BOOKED if booked else PayoutState.VOID
    else:
        taken_back = payout.outgoing.taken_back(payout.steps[-1].at)
        await post_journals(ports.ledger, act, [taken_back])
        after = PayoutState.FAILED
    by_clock = moved(payout, after, Cause(actor=SYSTEM, at=act.at))
    await ports.payouts.save(by_clock, expected=payout.version)


async def _move(
    ports: PayoutPorts,
    act: Act,
    payout: Payout,
    after: PayoutState,
    *,
    reason: str = "",
    reference: str = "",
) -> Payout:
    cause = Cause(actor=act.viewer.id, at=act.at, reason=reason)
    done = moved(payout, after, cause, reference=reference)
    try:
        await ports.payouts.save(done, expected=payout.version)
    except Conflict:
        known = await _payout(ports, payout.id)
        if (known.state, known.reference) != (after, done.reference):
            raise
        return known
    return done


async def _payout(ports: PayoutPorts, id: str) -> Payout:
    found = await ports.payouts.by_id(PayoutId(id))
    if found is None:
        raise NotFound(f"There is no payout {id}; look its id up in the list.", field=["id"])
    return found
