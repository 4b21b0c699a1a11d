"""Paying guides by transfers: planned for a round, booked, asked for, confirmed by the guide.

Whatever is asked of the provider is written down before, under a number that never changes. Who is
cut short, or gets no answer, asks what became of that number before asking again. What does not
arrive is the guide's again, for the next round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from domain.earnings.bookkeeping import MembersByIds
from domain.earnings.freezes import FreezePorts, Frozen, frozen_now
from domain.earnings.journals import AccountKind, LedgerPorts, post_journals
from domain.earnings.outgoing import book_out
from domain.earnings.rankings import read_day_or_month
from domain.earnings.transfers import (
    ASKED_AGAIN,
    LEAST,
    LOOKED_AGAIN,
    GuideTransfer,
    GuideTransfers,
    GuideTransferState,
    HeldUp,
    NotTransferred,
    TransferAnswer,
    TransferProvider,
    planned_transfer,
    transfer_moved,
)
from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest, every_page
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, WrongState
from domain.kernel.states import Cause
from domain.kernel.versions import risen
from domain.people.accounts import GuideId, Guides
from domain.people.act import Act

TRANSFERRED_AT_ONCE = 200
ASKED_AT_ONCE = 5
MOST_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidePayPorts(Ports):
    """What paying guides needs; there is no `provider` where nobody transfers to persons."""

    transfers: GuideTransfers
    ledger: LedgerPorts
    freezing: FreezePorts
    guides: Guides
    members: MembersByIds
    provider: TransferProvider | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRound:
    """What became of making a round: how many transfers are new in it.

    `not_reached` are the first of those who have something and no WeChat account that is known.
    """

    period: str
    planned: int
    not_reached: tuple[GuideId, ...]


async def make_transfers(ports: GuidePayPorts, act: Act, period: str) -> TransferRound:
    """Plan what each guide is paid in a round, named by a month or a day; each once.

    That is what is payable to them, what they owe being taken off that already, and not frozen.
    """
    act.viewer.require("transfers.make")
    if ports.provider is None:
        raise WrongState("Nobody transfers to persons here; set WeChat Pay up first.")
    named = read_day_or_month(period)
    frozen = await frozen_now(ports.freezing, act)
    cause = Cause(actor=act.viewer.id, at=act.at)
    new, missed = 0, list[GuideId]()
    accounts = partial(ports.ledger.journals.accounts, AccountKind.GUIDE_PAYABLE)
    async for page in every_page(accounts):
        owed = {
            GuideId(one.account.split(":")[1]): amount
            for one in page.items
            if (amount := frozen.free(one.account, one.balance)) >= LEAST
        }
        openids = await _openids(ports, sorted(owed))
        missed += sorted(set(owed) - set(openids))
        new += await ports.transfers.plan(
            [
                planned_transfer(guide_id, named, owed[guide_id], openid, cause)
                for guide_id, openid in openids.items()
            ]
        )
    return TransferRound(period=named, planned=new, not_reached=tuple(missed[:MOST_TOLD]))


async def transfers_seen(
    ports: GuidePayPorts,
    act: Act,
    request: PageRequest,
    *,
    guide_id: str | None = None,
    period: str | None = None,
) -> Page[GuideTransfer]:
    """A guide's transfers, for the guide too, or all of a round."""
    if guide_id and not period:
        act.viewer.require("transfers.see", person=guide_id)
        return await ports.transfers.of_guide(guide_id, request)
    if period and not guide_id:
        act.viewer.require("transfers.see", person=None)
        return await ports.transfers.of_period(read_day_or_month(period), request)
    raise Invalid("Ask for one guide, or for one round.", field=["guideId"])


async def go_on_transferring(ports: GuidePayPorts, act: Act) -> None:
    """Go on with every transfer that is due to be; done twice, each step is done once."""
    assert ports.provider is not None, "the clock transfers where there is somebody to do it"
    due = await ports.transfers.due(act.at, TRANSFERRED_AT_ONCE)
    if due:
        frozen = await frozen_now(ports.freezing, act)
        work = partial(_go_on, ports, ports.provider, act, frozen)
        await each(due, work, at_once=ASKED_AT_ONCE)


async def _go_on(
    ports: GuidePayPorts,
    provider: TransferProvider,
    act: Act,
    frozen: Frozen,
    transfer: GuideTransfer,
) -> None:
    fresh = False
    if transfer.state is GuideTransferState.PLANNED:
        transfer = await _booked(ports, act, frozen, transfer)
    if transfer.state is GuideTransferState.BOOKED:
        stopped = frozen.whole(transfer.outgoing.account)
        after = GuideTransferState.FAILING if stopped else GuideTransferState.ASKED
        said = "frozen" if stopped else ""
        transfer = await _saved(ports, transfer_moved(transfer, after, act.at, said))
        fresh = True
    if transfer.state not in (GuideTransferState.VOID, GuideTransferState.FAILING):
        transfer = await _asked(ports, provider, act, frozen, transfer, fresh=fresh)
    if transfer.state is GuideTransferState.FAILING:
        taken_back = transfer.outgoing.taken_back(transfer.steps[-1].at)
        await post_journals(ports.ledger, act, [taken_back])
        failed = transfer_moved(transfer, GuideTransferState.FAILED, act.at, transfer.said)
        await _saved(ports, failed)


async def _booked(
    ports: GuidePayPorts, act: Act, frozen: Frozen, transfer: GuideTransfer
) -> GuideTransfer:
    outgoing = transfer.outgoing
    kept = frozen.kept_of(outgoing.account)
    booked = await book_out(ports.ledger, act, outgoing, kept=kept)
    after = GuideTransferState.BOOKED if booked else GuideTransferState.VOID
    return await _saved(ports, transfer_moved(transfer, after, act.at))


async def _asked(
    ports: GuidePayPorts,
    provider: TransferProvider,
    act: Act,
    frozen: Frozen,
    transfer: GuideTransfer,
    *,
    fresh: bool,
) -> GuideTransfer:
    """Ask for it, or what became of it, and note that; who is frozen may not confirm any more."""
    answer = None if fresh else await provider.standing(transfer.number)
    try:
        waits = answer is not None and answer.state is GuideTransferState.WAIT_USER_CONFIRM
        if answer is None or (waits and not transfer.confirm):
            answer = await provider.transfer(transfer)
    except NotTransferred as fault:
        # One that is there stands, though what confirms it is refused.
        answer = answer or TransferAnswer(state=GuideTransferState.FAILING, said=str(fault))
    except HeldUp as fault:
        due = act.at + LOOKED_AGAIN
        return await _saved(ports, replace(transfer, said=str(fault), due=due))
    heard = replace(transfer, confirm=answer.confirm or transfer.confirm)
    if answer.state is not transfer.state:
        heard = transfer_moved(heard, answer.state, act.at, answer.said)
    else:
        waiting = answer.state is GuideTransferState.WAIT_USER_CONFIRM
        heard = replace(heard, due=act.at + (LOOKED_AGAIN if waiting else ASKED_AGAIN))
    if heard.state is GuideTransferState.WAIT_USER_CONFIRM and frozen.whole(heard.outgoing.account):
        await provider.cancel(heard.number)
        heard = transfer_moved(heard, GuideTransferState.CANCELLING, act.at, "frozen")
    return await _saved(ports, heard)


async def _openids(ports: GuidePayPorts, guide_ids: Sequence[GuideId]) -> Mapping[GuideId, str]:
    """The WeChat accounts of guides: those of the members as whom they buy."""
    guides = await ports.guides.by_ids(guide_ids)
    theirs = {one.id: one.member_id for one in guides.values() if one.member_id and one.active}
    members = await ports.members.by_ids(sorted(set(theirs.values())))
    merged = {one.merged_into for one in members.values() if one.merged_into}
    roots = await ports.members.by_ids(sorted(merged))

    def openid(member_id: PersonId) -> str | None:
        found = members.get(member_id)
        if found and found.merged_into:
            found = roots.get(found.merged_into, found)
        return found.openid if found else None

    return {one: known for one, member in theirs.items() if (known := openid(member))}


async def _saved(ports: GuidePayPorts, transfer: GuideTransfer) -> GuideTransfer:
    await ports.transfers.save(risen(transfer), expected=transfer.version)
    return risen(transfer)
