"""Sharing payments out to franchisees, ending what is not shared, and asking shares back.

Whatever is asked of the provider is written down before, under a number that never changes. Who is
cut short, or gets no answer, asks what became of that number before asking it again.
"""

import logging
from dataclasses import dataclass, replace
from functools import partial

from domain.earnings.bookkeeping import BooksOfOrders
from domain.earnings.freezes import ALL_OF_IT, FreezePorts, frozen_now
from domain.earnings.journals import LedgerPorts, post_journals
from domain.earnings.outgoing import book_out
from domain.earnings.payees import Payees
from domain.earnings.payment_sharing import (
    ASKED_AGAIN,
    FIRST_LOOK,
    LAST_CALL,
    NotShared,
    PaymentSharing,
    ShareOutcome,
    SharingAnswer,
    SharingProvider,
    Sharings,
    SharingState,
    about_to_be,
    held_payment,
    owed_back,
    payable_to_owners,
    planned_shares,
    sharing_moved,
)
from domain.earnings.split_rules import SplitRule
from domain.kernel.each import each
from domain.kernel.facts import Batch, FactKind
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound
from domain.kernel.rule_versions import RuleVersions
from domain.kernel.versions import risen
from domain.people.act import Act

logger = logging.getLogger(__name__)

PAID, REFUNDED = FactKind("payment.paid"), FactKind("refund.done")
SHARED_FACTS = frozenset({PAID, REFUNDED})
# The provider takes 30 requests a second, and so many answers are waited for at once.
SHARED_AT_ONCE = 100
ASKED_AT_ONCE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingOutPorts(Ports):
    """What sharing payments needs; there is no `provider` where payments are not shared."""

    sharings: Sharings
    books: BooksOfOrders
    payees: Payees
    rules: RuleVersions[SplitRule]
    ledger: LedgerPorts
    freezing: FreezePorts
    provider: SharingProvider | None


async def payment_sharing(ports: SharingOutPorts, act: Act, order_id: str) -> PaymentSharing:
    """How an order's payment was shared."""
    act.viewer.require("sharing.see")
    found = await ports.sharings.by_id(order_id)
    if found is None:
        raise NotFound(
            f"The payment of order {order_id} is not shared; look its id up.", field=["orderId"]
        )
    return found


async def note_payments(ports: SharingOutPorts, act: Act, batch: Batch) -> None:
    """Note what is paid, to be shared or ended, and what is given back of it."""
    paid = [
        held_payment(one.data["orderId"], one.data["cause"], one.at)
        for one in batch.facts
        if one.kind == PAID and one.data["cause"]
    ]
    await ports.sharings.hold(paid)
    for one in batch.facts:
        if one.kind == REFUNDED:
            refunded = Fen(one.data["refundedFen"])
            await ports.sharings.refunded(one.data["orderId"], refunded, act.at)


async def go_on_sharing(ports: SharingOutPorts, act: Act) -> None:
    """Go on with every payment that is due to be; done twice, each step is done once."""
    assert ports.provider is not None, "the clock shares where there is somebody to do it"
    due = await ports.sharings.due(act.at, SHARED_AT_ONCE)
    await each(due, partial(_go_on, ports, ports.provider, act), at_once=ASKED_AT_ONCE)


async def _go_on(
    ports: SharingOutPorts, provider: SharingProvider, act: Act, sharing: PaymentSharing
) -> None:
    before = sharing.state
    if sharing.state is SharingState.HELD:
        sharing = await _planned(ports, act, sharing)
    if sharing.state is SharingState.PLANNED:
        sharing = await _booked(ports, act, sharing)
    if sharing.state is SharingState.ASKED:
        fresh = before is not SharingState.ASKED
        sharing = await _asked(ports, provider, act, sharing, fresh=fresh)
    if sharing.state is SharingState.ENDING:
        fresh = before is not SharingState.ENDING
        await _ended(ports, provider, act, sharing, fresh=fresh)
    elif sharing.state is SharingState.DONE:
        await _brought_back(ports, provider, act, sharing)


async def _planned(ports: SharingOutPorts, act: Act, sharing: PaymentSharing) -> PaymentSharing:
    """Decide the shares once what the order earned is payable, or end it when its time is up."""
    books = next(iter(await ports.books.by_ids([sharing.id])), None)
    last = sharing.paid_at + LAST_CALL
    if books and books.released_at and books.refunded >= sharing.refunded:
        books = about_to_be(books, sharing.expected)
        payees = await ports.payees.by_ids(sorted(payable_to_owners(books)))
        frozen = await frozen_now(ports.freezing, act)
        shares = planned_shares(books, payees, ports.rules.now(), frozen)
        after = SharingState.PLANNED if shares else SharingState.ENDING
        return await _saved(
            ports, replace(sharing_moved(sharing, after, act.at), shares=shares, due=act.at)
        )
    if act.at < last:
        wanted = books.matures_at if books else None
        due = max(wanted or act.at + FIRST_LOOK, act.at + ASKED_AGAIN)
        return await _saved(ports, replace(sharing, due=min(due, last)))
    logger.warning("the payment of %s was held for %s and is not shared", sharing.id, LAST_CALL)
    late = sharing_moved(sharing, SharingState.ENDING, act.at, "held too long to be shared")
    return await _saved(ports, late)


async def _booked(ports: SharingOutPorts, act: Act, sharing: PaymentSharing) -> PaymentSharing:
    """Book each share; what its owner has not any more, or is frozen meanwhile, is void."""
    frozen = await frozen_now(ports.freezing, act)
    shares = []
    for one in sharing.shares:
        outgoing = sharing.outgoing(one)
        stopped = f"order:{sharing.id}" in frozen.ids
        kept = ALL_OF_IT if stopped else frozen.kept_of(outgoing.account)
        booked = await book_out(ports.ledger, act, outgoing, kept=kept)
        shares.append(one if booked else replace(one, outcome=ShareOutcome.VOID))
    left = any(one.outcome is ShareOutcome.WAITING for one in shares)
    after = SharingState.ASKED if left else SharingState.ENDING
    return await _saved(ports, replace(sharing_moved(sharing, after, act.at), shares=tuple(shares)))


async def _asked(
    ports: SharingOutPorts,
    provider: SharingProvider,
    act: Act,
    sharing: PaymentSharing,
    *,
    fresh: bool,
) -> PaymentSharing:
    """Ask for the shares, and note what became of each; what did not arrive is the owner's."""
    waiting = [one for one in sharing.shares if one.outcome is ShareOutcome.WAITING]
    number, after, said = sharing.id, SharingState.DONE, ""
    try:
        answer = None if fresh else await provider.standing(number, sharing.transaction_id)
        answer = answer or await provider.share(number, sharing.transaction_id, waiting)
    except NotShared as fault:
        after, said = SharingState.ENDING, str(fault)
        answer = SharingAnswer(results={})
    if answer.results is None:
        return await _saved(ports, replace(sharing, due=act.at + ASKED_AGAIN))
    shares = []
    for one in sharing.shares:
        if one.outcome is ShareOutcome.WAITING:
            outcome, why = answer.results.get(one.merchant_id, (ShareOutcome.FAILED, said))
            one = replace(one, outcome=outcome, said=why)
            if outcome is ShareOutcome.FAILED:
                taken_back = sharing.outgoing(one).taken_back(act.at)
                await post_journals(ports.ledger, act, [taken_back])
        shares.append(one)
    done = replace(sharing_moved(sharing, after, act.at, said), shares=tuple(shares), due=act.at)
    return await _saved(ports, done)


async def _ended(
    ports: SharingOutPorts,
    provider: SharingProvider,
    act: Act,
    sharing: PaymentSharing,
    *,
    fresh: bool,
) -> None:
    number, said = f"{sharing.id}_end", sharing.said
    try:
        answer = None if fresh else await provider.standing(number, sharing.transaction_id)
        answer = answer or await provider.end(number, sharing.transaction_id)
    except NotShared as fault:
        # It is not held, or not any more: there is nothing to end.
        said = str(fault)
        answer = SharingAnswer(results={})
    if answer.results is None:
        await _saved(ports, replace(sharing, due=act.at + ASKED_AGAIN))
    else:
        done = sharing_moved(sharing, SharingState.DONE, act.at, said)
        await _saved(ports, replace(done, due=None))


async def _brought_back(
    ports: SharingOutPorts, provider: SharingProvider, act: Act, sharing: PaymentSharing
) -> None:
    """Ask back what owners have had beyond what is theirs by refunds, one after the other.

    What does not come back is owed by the owner, and made up for by what they earn next.
    """
    fresh = False
    if not any(one.outcome is ShareOutcome.WAITING for one in sharing.backs):
        [books] = await ports.books.by_ids([sharing.id])
        if books.refunded < sharing.refunded:
            await _saved(ports, replace(sharing, due=act.at + ASKED_AGAIN))
            return
        owed = owed_back(sharing, books)
        if owed is None:
            await _saved(ports, replace(sharing, due=None))
            return
        fresh = True
        sharing = await _saved(ports, replace(sharing, backs=(*sharing.backs, owed)))
    place = len(sharing.backs) - 1
    back, back_number = sharing.backs[place], f"{sharing.id}_back{place}"
    found = None if fresh else await provider.back_standing(sharing.id, back_number)
    outcome, said = found or await provider.ask_back(sharing.id, back_number, back)
    if outcome is ShareOutcome.DONE:
        await post_journals(ports.ledger, act, [sharing.come_back(place, act.at)])
    backs = (*sharing.backs[:place], replace(back, outcome=outcome, said=said))
    due = act.at + ASKED_AGAIN if outcome is ShareOutcome.WAITING else act.at
    await _saved(ports, replace(sharing, backs=backs, due=due))


async def _saved(ports: SharingOutPorts, sharing: PaymentSharing) -> PaymentSharing:
    await ports.sharings.save(risen(sharing), expected=sharing.version)
    return risen(sharing)
