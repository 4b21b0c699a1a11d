"""Running errands: messages are gathered for their guides, asked of WeCom, and followed to the end.

Each step is written before the next: a message leaves its errand only where that was never asked.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from domain.kernel.each import each
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Unavailable
from domain.kernel.versions import risen
from domain.messaging.channels import MessageChannel, NotReachable, sends_to_friend
from domain.messaging.errand_facts import sent_more
from domain.messaging.errands import (
    FIRST_RETRY,
    LOOK_AGAIN,
    LOOK_FIRST,
    MOST_FRIENDS_IN_ONE,
    OPEN_FOR,
    UNKNOWN_FOR,
    Errand,
    ErrandKind,
    Errands,
    ErrandState,
    Handed,
    HandResult,
    WecomErrands,
    WecomTaskId,
)
from domain.messaging.message_facts import facts_of_send
from domain.messaging.ports import MessagingPorts
from domain.messaging.reaching import receiver_of
from domain.messaging.sends import CARRYING, BatchId, MessageSend, SendState
from domain.network.stores import StoreId
from domain.people.accounts import Guides
from domain.people.act import Act

MOST_AT_ONCE = 500
AT_ONCE = 8
ENDS = {
    HandResult.SENT: SendState.SENT,
    HandResult.NO_FRIEND: SendState.FAILED,
    HandResult.OTHER_FIRST: SendState.FAILED,
    HandResult.REFUSED: SendState.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandPorts(Ports):
    """What errands need beside messages."""

    messaging: MessagingPorts
    errands: Errands
    wecom: WecomErrands
    guides: Guides


async def gather_messages(ports: ErrandPorts, act: Act) -> int:
    """Put what guides are to send into one errand for each guide and text; tell of how many."""
    sends = ports.messaging.sends
    await _let_out(ports, act, await sends.due(SendState.ASKED, act.at, MOST_AT_ONCE))
    due = await sends.due(SendState.PLANNED, act.at, MOST_AT_ONCE)
    parts: dict[tuple[str, str], list[MessageSend]] = defaultdict(list)
    for user in sorted({one.user_id for one in due if one.user_id}):
        for one in await sends.planned_of(user):
            parts[user, repr(one.content)].append(one)
    return await each(parts.values(), partial(_gather, ports, act))


async def run_errands(ports: ErrandPorts, act: Act) -> int:
    """Ask WeCom for what is planned, and see what came of what it was asked; tell of how many."""
    due = await ports.errands.due(act.at, MOST_AT_ONCE)
    return await each(due, partial(_go_on, ports, act), at_once=AT_ONCE)


async def _gather(ports: ErrandPorts, act: Act, planned: Sequence[MessageSend]) -> None:
    """One errand of the messages that may still go; a customer is in it once."""
    first = planned[0]
    # With its version: a message that was let out of an errand goes into a new one.
    ids = "\0".join(sorted(f"{one.id} {one.version}" for one in planned))
    errand_id = BatchId(f"messages:{hashlib.sha256(ids.encode()).hexdigest()[:24]}")
    mine: dict[str, MessageSend] = {}
    for one in planned[:MOST_FRIENDS_IN_ONE]:
        if one.external_id in mine:
            continue  # in the next errand
        asked = await _checked(ports.messaging, act, one, errand_id)
        if asked is not None and asked.external_id is not None:
            mine[asked.external_id] = asked
    if not mine:
        return
    store_id = None
    if first.guide_id:
        guide = await ports.guides.by_id(first.guide_id)
        store_id = StoreId(guide.store_id) if guide else None
    errand = Errand(
        id=errand_id,
        kind=ErrandKind.FRIENDS,
        user_id=first.user_id or "",
        guide_id=first.guide_id,
        store_id=store_id,
        content=first.content,
        handed=tuple(Handed(to=one) for one in sorted(mine)),
        asked_by=first.template_id,
        at=act.at,
        due_at=act.at,
    )
    await ports.errands.add([errand])


async def _checked(
    ports: MessagingPorts, act: Act, send: MessageSend, errand_id: BatchId
) -> MessageSend | None:
    """A message as one of an errand; None where it may not go any more, or somebody else has it."""
    reason = await _against(ports, act, send)
    if reason is None and send.external_id:
        sends = sends_to_friend(send.external_id, ports.rules.now(), act.at)
        send = replace(send, allowance_id=sends.id)
        await ports.allowances.begin(sends)
        if not await ports.allowances.take(sends.id, send.id, act.at):
            reason = NotReachable.MONTH_USED_UP
    if reason:
        await _refused(ports, act, send, reason)
        return None
    asked = replace(send, batch_id=errand_id).to(SendState.ASKED, act.at, act.at + CARRYING)
    return asked if await _saved(ports, act, asked) else None


async def _against(ports: MessagingPorts, act: Act, send: MessageSend) -> NotReachable | None:
    """Why a message may not go by the guide's hand any more; what is left is not asked for."""
    receiver = await receiver_of(ports, act, send.member_id, send.purpose, None)
    if not receiver.allows:
        return NotReachable.NO_CONSENT
    still = any(
        (one.external_id, one.user_id) == (send.external_id, send.user_id)
        for one in receiver.friends
    )
    return None if still else NotReachable.NO_FRIEND


async def _refused(
    ports: MessagingPorts, act: Act, send: MessageSend, reason: NotReachable
) -> None:
    if send.allowance_id:
        await ports.allowances.give_back(send.allowance_id, send.id)
    refused = replace(send, reasons={**send.reasons, MessageChannel.GUIDE: reason})
    await _saved(ports, act, refused.to(SendState.REFUSED, act.at))


async def _let_out(ports: ErrandPorts, act: Act, waiting: Iterable[MessageSend]) -> None:
    """Give messages back whose errand was never written down, or was asked for without them."""
    for one in waiting:
        assert one.batch_id is not None, "it was given one"
        errand = (await ports.errands.by_ids([one.batch_id])).get(one.batch_id)
        if errand is None or errand.state is not ErrandState.PLANNED:
            freed = replace(one, batch_id=None).to(SendState.PLANNED, act.at, act.at)
            await _saved(ports.messaging, act, freed)


async def _go_on(ports: ErrandPorts, act: Act, errand: Errand) -> None:
    match errand.state:
        case ErrandState.PLANNED:
            await _ask(ports, act, errand)
        case ErrandState.CARRYING:
            await _look_up(ports, act, errand)
        case _:
            await _follow(ports, act, errand)


async def _ask(ports: ErrandPorts, act: Act, errand: Errand) -> None:
    """Ask WeCom; it is written down first, so that nobody else asks for the same."""
    carrying = replace(errand, asked_at=act.at)
    carrying = carrying.to(ErrandState.CARRYING, ports.messaging.clock() + UNKNOWN_FOR)
    await ports.errands.save(carrying, expected=errand.version)
    if errand.kind is ErrandKind.FRIENDS:
        held = await _held(ports.messaging, act, errand)
        before, carrying = carrying, risen(replace(carrying, handed=held))
        if not held:  # WeCom takes a task for nobody as one for all of the guide's customers
            carrying = carrying.to(ErrandState.FAILED)
        await ports.errands.save(carrying, expected=before.version)
        if not held:
            return
    to = [one.to for one in carrying.handed]
    try:
        answer = await ports.wecom.ask(errand.kind, errand.user_id, to, errand.content)
    except Unavailable:
        return  # nobody knows: it is looked up once it is due
    if answer.busy:
        planned = carrying.to(ErrandState.PLANNED, act.at + FIRST_RETRY)
        await ports.errands.save(planned, expected=carrying.version)
    elif answer.task_id is None:
        failed = replace(carrying, code=answer.code).to(ErrandState.FAILED)
        refused = dict.fromkeys(to, HandResult.REFUSED)
        await _concluded(ports, act, carrying, failed.with_results(refused))
    else:
        asked = replace(carrying, task_id=answer.task_id)
        asked = asked.to(ErrandState.ASKED, act.at + LOOK_FIRST)
        out = dict.fromkeys(answer.left_out, HandResult.REFUSED)
        await _concluded(ports, act, carrying, asked.with_results(out))


async def _held(ports: MessagingPorts, act: Act, errand: Errand) -> tuple[Handed, ...]:
    """The customers who are asked for: nobody takes their messages out of it from here on.

    Consent is asked for again: where WeCom was busy, hours may have gone by.
    """
    held = []
    for one in await ports.sends.of_batch(errand.id):
        if one.state is not SendState.ASKED:
            continue
        if reason := await _against(ports, act, one):
            await _refused(ports, act, one, reason)
        elif await _saved(ports, act, risen(replace(one, due_at=None))):
            held.append(Handed(to=one.external_id or ""))
    return tuple(held)


async def _look_up(ports: ErrandPorts, act: Act, errand: Errand) -> None:
    """See what became of a call without an answer; what it did not begin is asked for again."""
    since = errand.asked_at or errand.at
    found = await ports.wecom.asked_since(errand.kind, errand.user_id, errand.content, since)
    known = await ports.errands.of_tasks(found)
    ours = await _ours(ports, errand, [one for one in found if one not in known])
    if ours is None and errand.kind is ErrandKind.MOMENT:
        # WeCom may be making it still: asked again, it could go twice.
        await _concluded(ports, act, errand, errand.to(ErrandState.UNKNOWN))
        return
    if ours is None:
        again = errand.to(ErrandState.PLANNED, act.at)
    else:
        again = replace(errand, task_id=ours).to(ErrandState.ASKED, act.at)
    await ports.errands.save(again, expected=errand.version)


async def _ours(
    ports: ErrandPorts, errand: Errand, tasks: Sequence[WecomTaskId]
) -> WecomTaskId | None:
    """The one of a guide's tasks of this text that is to go to those of the errand.

    Of two errands to the same, one has it: no two are saved with one task.
    """
    to = {one.to for one in errand.handed}
    for task in tasks:
        theirs = await ports.wecom.results(errand.kind, task, errand.user_id)
        # WeCom may have left some out; a task that is to go to nobody tells nothing of whose it is.
        if theirs and theirs.keys() <= to:
            return task
    return None


async def _follow(ports: ErrandPorts, act: Act, errand: Errand) -> None:
    """See to whom it has gone; after a week what was not confirmed has failed."""
    assert errand.task_id is not None, "WeCom was asked"
    found = await ports.wecom.results(errand.kind, errand.task_id, errand.user_id)
    after = errand.with_results(found)
    over = act.at >= (errand.asked_at or errand.at) + OPEN_FOR
    if after.unsent and not over:
        await _concluded(ports, act, errand, risen(replace(after, due_at=act.at + LOOK_AGAIN)))
    else:
        await _concluded(ports, act, errand, after.to(ErrandState.DONE))


async def _concluded(ports: ErrandPorts, act: Act, before: Errand, after: Errand) -> None:
    """Write an errand, and end its messages as it says."""
    if after.kind is ErrandKind.FRIENDS:
        results = {one.to: one.result for one in after.handed}
        waiting = [
            one
            for one in await ports.messaging.sends.of_batch(after.id)
            if one.state is SendState.ASKED
        ]
        await each(waiting, partial(_end, ports, act, after, results))
    await ports.errands.save(after, expected=before.version, facts=sent_more(before, after, act.at))


async def _end(
    ports: ErrandPorts,
    act: Act,
    errand: Errand,
    results: Mapping[str, HandResult],
    send: MessageSend,
) -> None:
    result = results.get(send.external_id or "", HandResult.UNSENT)
    if errand.state is ErrandState.UNKNOWN:
        state = SendState.UNKNOWN
    elif result is not HandResult.UNSENT:
        state = ENDS[result]
    elif errand.state is ErrandState.DONE:
        state = SendState.FAILED
    else:
        return
    if state is SendState.FAILED and send.allowance_id:
        await ports.messaging.allowances.give_back(send.allowance_id, send.id)
        if result is HandResult.OTHER_FIRST:
            # They had as many as may be, from others too: WeCom tells so, and only here.
            await ports.messaging.allowances.use_up(send.allowance_id)
    ended = replace(send, code=errand.code).to(state, act.at)
    await _saved(ports.messaging, act, ended)


async def _saved(ports: MessagingPorts, act: Act, send: MessageSend) -> bool:
    """Whether a message could be written over the version before; somebody else may be at it."""
    facts = facts_of_send(send, act.at)
    try:
        await ports.sends.save(send, expected=send.version - 1, facts=facts)
    except Conflict:
        return False
    return True
