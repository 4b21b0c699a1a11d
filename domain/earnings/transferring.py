"""Paying guides by transfers: planned for a round, booked, asked for, confirmed by the guide.

Whatever is asked of the provider is written down before, under a number that never changes. Who is
cut short, or gets no answer, asks what became of that number before asking again. What does not
arrive is the guide's again, for the next round. What goes by a file is booked likewise, and then
waits for people (`transfer_files`).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from domain.earnings.bookkeeping import MembersByIds
from domain.earnings.freezes import FreezePorts, Frozen, frozen_now
from domain.earnings.guide_payees import GuidePayees
from domain.earnings.journals import AccountBalance, AccountKind, LedgerPorts, post_journals
from domain.earnings.outgoing import book_out
from domain.earnings.rankings import read_day_or_month
from domain.earnings.transfers import (
    ASKED_AGAIN,
    LEAST,
    LEAST_BY_FILE,
    LOOKED_AGAIN,
    GuideTransfer,
    GuideTransfers,
    GuideTransferState,
    HeldUp,
    NotTransferred,
    TransferAnswer,
    TransferProvider,
    TransferWay,
    guide_payable,
    planned_transfer,
    transfer_moved,
)
from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest, every_page
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.kernel.states import Cause
from domain.kernel.versions import risen
from domain.people.accounts import GuideId, Guides
from domain.people.act import Act

TRANSFERRED_AT_ONCE = 200
ASKED_AT_ONCE = 5
MOST_TOLD = 100
_AT_AN_END = (GuideTransferState.VOID, GuideTransferState.FAILING)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidePayPorts(Ports):
    """What paying guides needs; there is no `provider` where nobody transfers to persons."""

    transfers: GuideTransfers
    ledger: LedgerPorts
    freezing: FreezePorts
    guides: Guides
    members: MembersByIds
    payees: GuidePayees
    provider: TransferProvider | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRound:
    """What became of making a round: how many transfers are new in it.

    `not_reached` are the first of those who have something and no WeChat account that is known, or
    have left.
    """

    period: str
    planned: int
    not_reached: tuple[GuideId, ...]


async def make_transfers(
    ports: GuidePayPorts,
    act: Act,
    period: str,
    *,
    way: TransferWay = TransferWay.WECHAT,
    guide_id: str | None = None,
) -> TransferRound:
    """Plan what each guide is paid in a round, named by a month or a day; each once.

    That is what is payable to them, what they owe being taken off that already, and not frozen. By
    a file it is whoever has no transfer in the round yet. Who has left is paid in WeChat where they
    are named as `guide_id`: somebody has seen then that it is still theirs.
    """
    act.viewer.require("transfers.make")
    if ports.provider is None and way is TransferWay.WECHAT:
        raise WrongState("Nobody transfers to persons here; pay by a FILE, or set WeChat Pay up.")
    named = read_day_or_month(period)
    cause = Cause(actor=act.viewer.id, at=act.at)
    new, missed = 0, list[GuideId]()
    async for owed in _owed(ports, act, way, guide_id):
        openids = dict.fromkeys(owed, "")
        if way is TransferWay.WECHAT:
            openids = dict(await _openids(ports, sorted(owed), left=guide_id is not None))
        missed += sorted(set(owed) - set(openids))
        payees = await ports.payees.by_ids(sorted(openids))
        names = {one.guide_id: one.legal_name for one in payees.values()}
        new += await ports.transfers.plan(
            [
                planned_transfer(
                    one, named, owed[one], cause, openid=openid, legal_name=names.get(one, "")
                )
                for one, openid in openids.items()
            ]
        )
    return TransferRound(period=named, planned=new, not_reached=tuple(missed[:MOST_TOLD]))


async def _owed(
    ports: GuidePayPorts, act: Act, way: TransferWay, guide_id: str | None
) -> AsyncIterator[Mapping[GuideId, Fen]]:
    """What may be paid now to each guide, or to the one who is named, some at a time."""
    journals, least = ports.ledger.journals, LEAST
    if way is TransferWay.FILE:
        least = LEAST_BY_FILE
    frozen = await frozen_now(ports.freezing, act)

    def free(balances: Sequence[AccountBalance]) -> Mapping[GuideId, Fen]:
        return {
            GuideId(one.account.split(":")[1]): amount
            for one in balances
            if (amount := frozen.free(one.account, one.balance)) >= least
        }

    if guide_id is not None:
        if await ports.guides.by_id(GuideId(guide_id)) is None:
            raise NotFound(f"There is no guide {guide_id}; look the id up.", field=["guideId"])
        yield free(await journals.balances([guide_payable(guide_id)]))
        return
    async for page in every_page(partial(journals.accounts, AccountKind.GUIDE_PAYABLE)):
        yield free(page.items)


async def transfers_seen(
    ports: GuidePayPorts,
    act: Act,
    request: PageRequest,
    *,
    guide_id: str | None = None,
    period: str | None = None,
) -> Page[GuideTransfer]:
    """A guide's transfers, for the guide too, or all of a round.

    Who has left sees theirs as the member as whom they buy, who confirms them.
    """
    if guide_id and not period:
        guide = await ports.guides.by_id(GuideId(guide_id))
        theirs = {guide_id, guide.member_id if guide else None}
        own = next((one for one in act.viewer.ids if one in theirs), guide_id)
        act.viewer.require("transfers.see", person=own)
        return await ports.transfers.of_guide(guide_id, request)
    if period and not guide_id:
        act.viewer.require("transfers.see", person=None)
        return await ports.transfers.of_period(read_day_or_month(period), request)
    raise Invalid("Ask for one guide, or for one round.", field=["guideId"])


async def go_on_transferring(ports: GuidePayPorts, act: Act) -> None:
    """Go on with every transfer that is due to be; done twice, each step is done once."""
    due = await ports.transfers.due(act.at, TRANSFERRED_AT_ONCE)
    if due:
        frozen = await frozen_now(ports.freezing, act)
        await each(due, partial(_go_on, ports, act, frozen), at_once=ASKED_AT_ONCE)


async def _go_on(ports: GuidePayPorts, act: Act, frozen: Frozen, transfer: GuideTransfer) -> None:
    fresh, by_file = False, transfer.way is TransferWay.FILE
    if transfer.state is GuideTransferState.PLANNED:
        transfer = await _booked(ports, act, frozen, transfer)
    if transfer.state is GuideTransferState.BOOKED:
        if frozen.whole(transfer.outgoing.account):
            failing = transfer_moved(transfer, GuideTransferState.FAILING, act.at, "frozen")
            transfer = await _saved(ports, failing)
        elif not by_file:
            asked = transfer_moved(transfer, GuideTransferState.ASKED, act.at)
            transfer, fresh = await _saved(ports, asked), True
    if not by_file and transfer.state not in _AT_AN_END:
        transfer = await _asked(ports, act, frozen, transfer, fresh=fresh)
    if transfer.state is GuideTransferState.FAILING:
        await give_back_failed(ports, act, transfer)


async def give_back_failed(
    ports: GuidePayPorts, act: Act, transfer: GuideTransfer
) -> GuideTransfer:
    """Let what is failing be the guide's again."""
    taken_back = transfer.outgoing.taken_back(transfer.steps[-1].at)
    await post_journals(ports.ledger, act, [taken_back])
    failed = transfer_moved(transfer, GuideTransferState.FAILED, act.at, transfer.said)
    return await _saved(ports, failed)


async def _booked(
    ports: GuidePayPorts, act: Act, frozen: Frozen, transfer: GuideTransfer
) -> GuideTransfer:
    outgoing = transfer.outgoing
    kept = frozen.kept_of(outgoing.account)
    booked = await book_out(ports.ledger, act, outgoing, kept=kept)
    after = GuideTransferState.BOOKED if booked else GuideTransferState.VOID
    return await _saved(ports, transfer_moved(transfer, after, act.at))


async def _asked(
    ports: GuidePayPorts, act: Act, frozen: Frozen, transfer: GuideTransfer, *, fresh: bool
) -> GuideTransfer:
    """Ask for it, or what became of it, and note that; who is frozen may not confirm any more."""
    provider = ports.provider
    if provider is None:
        # Of one that was begun when there was one; it goes on once there is again, and holds up
        # nobody's by a file until then.
        return await _saved(ports, replace(transfer, due=act.at + LOOKED_AGAIN))
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


async def _openids(
    ports: GuidePayPorts, guide_ids: Sequence[GuideId], *, left: bool
) -> Mapping[GuideId, str]:
    """The WeChat accounts of guides, or of those too who left: of the members as whom they buy."""
    guides = await ports.guides.by_ids(guide_ids)
    found = [one for one in guides.values() if one.active or left]
    theirs = {one.id: one.member_id for one in found if one.member_id}
    members = await ports.members.by_ids(sorted(set(theirs.values())))
    merged = {one.merged_into for one in members.values() if one.merged_into}
    roots = await ports.members.by_ids(sorted(merged))

    def openid(member_id: PersonId) -> str | None:
        member = members.get(member_id)
        if member and member.merged_into:
            member = roots.get(member.merged_into, member)
        return member.openid if member else None

    return {one: known for one, member in theirs.items() if (known := openid(member))}


async def _saved(ports: GuidePayPorts, transfer: GuideTransfer) -> GuideTransfer:
    await ports.transfers.save(risen(transfer), expected=transfer.version)
    return risen(transfer)
