"""Sending: the one way on which anything goes to a member.

A row is written first, under the id of what the message follows from; sent again under that id, the
row is the answer. Consent and what the channel allows are asked for just before.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from domain.kernel.each import each
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Conflict, NotFound, Unavailable
from domain.kernel.request_keys import request_key
from domain.members.telling import known
from domain.messaging.carriers import Carried, CarryAnswer
from domain.messaging.channels import MessageChannel
from domain.messaging.message_facts import facts_of_send
from domain.messaging.ports import MessagingPorts
from domain.messaging.reaching import first_reach, receiver_of
from domain.messaging.sends import (
    CARRYING,
    GATHERED_FOR,
    MOST_TRIES,
    MessageSend,
    SendId,
    SendState,
    retry_after,
)
from domain.messaging.templates import MessageTemplateId, filled
from domain.people.act import Act

MOST_AT_ONCE = 100
AT_ONCE = 8


async def send(
    ports: MessagingPorts,
    act: Act,
    source_id: str,
    *,
    member_id: str,
    template_id: str,
    values: Mapping[str, str],
) -> MessageSend:
    """Send a member a message, once for its source, by the first channel that reaches them.

    It is SENT, FAILED or REFUSED by then; PLANNED where a guide is to send it, BUSY where no
    platform took it yet, CARRYING where nobody knows what became of it. Asked again for its source
    it is the same, whatever its template says since. NotFound where there is no such member or
    template, Invalid where a value is missing.
    """
    before = (await ports.sends.by_ids([SendId(source_id)])).get(SendId(source_id))
    if before is not None:
        return before
    return await _try(
        ports, act, await _fresh(ports, act, source_id, member_id, template_id, values)
    )


async def send_by_hand(
    ports: MessagingPorts,
    act: Act,
    *,
    member_id: str,
    template_id: str,
    values: Mapping[str, str],
    key: str,
) -> MessageSend:
    """Send a member a message because one of the staff wants it.

    Conflict where the key had another message sent.
    """
    act.viewer.require("message.send")
    source_id = f"hand:{act.viewer.id}:{request_key(key).key}"
    wanted = await _fresh(ports, act, source_id, member_id, template_id, values)
    found = await send(
        ports, act, source_id, member_id=member_id, template_id=template_id, values=values
    )
    same = (found.template_id, found.content) == (wanted.template_id, wanted.content)
    if same and found.member_id != wanted.member_id:
        person = await known(ports.members, act, wanted.member_id)
        same = found.member_id in person.ids
    if not same:
        raise Conflict("This key had another message sent; make up a new key for each.")
    return found


async def messages_of(
    ports: MessagingPorts, act: Act, member_id: str, request: PageRequest
) -> Page[MessageSend]:
    """What was to be sent to a member, and what became of it; the newest first."""
    act.viewer.require("message.see")
    act.viewer.require("message.see", person=PersonId(member_id))
    person = await known(ports.members, act, PersonId(member_id))
    return await ports.sends.page_of(person.ids, request)


async def go_on_with_messages(ports: MessagingPorts, act: Act) -> int:
    """Try those again that nobody took, and end those that were cut short; tell of how many."""
    busy = await ports.sends.due(SendState.BUSY, act.at, MOST_AT_ONCE)
    cut_short = await ports.sends.due(SendState.CARRYING, act.at, MOST_AT_ONCE)
    tried = await each(busy, partial(_try, ports, act), at_once=AT_ONCE)
    return tried + await each(cut_short, partial(_end, ports, act), at_once=AT_ONCE)


async def _fresh(
    ports: MessagingPorts,
    act: Act,
    source_id: str,
    member_id: str,
    template_id: str,
    values: Mapping[str, str],
) -> MessageSend:
    """The message as it is before anybody is asked to carry it."""
    template = await ports.templates.by_id(MessageTemplateId(template_id))
    if template is None:
        raise NotFound(f"There is no message {template_id}; look at messageTemplates.")
    return MessageSend(
        id=SendId(source_id),
        member_id=PersonId(member_id),
        template_id=template.id,
        purpose=template.purpose,
        content=filled(template.content, values),
        channels=template.channels,
        at=act.at,
        state=SendState.BUSY,
        version=0,
    )


async def _try(ports: MessagingPorts, act: Act, send: MessageSend) -> MessageSend:
    """Hand a message to the first channel that reaches its member now."""
    form = send.content.form
    wechat_template = form.wechat_template if form else None
    receiver = await receiver_of(ports, act, send.member_id, send.purpose, wechat_template)
    found, reasons = first_reach(ports, act, receiver, send.channels, wechat_template)
    send = replace(send, member_id=receiver.member_id, reasons=reasons)
    if found is None:
        return await _written(ports, act, send.to(SendState.REFUSED, act.at))
    send = replace(
        send,
        channel=found.channel,
        allowance_id=found.allowance_id,
        guide_id=found.guide_id,
        user_id=found.user_id,
        external_id=found.to if found.channel is MessageChannel.GUIDE else None,
    )
    if found.channel is MessageChannel.GUIDE:
        due_at = act.at + GATHERED_FOR
        return await _written(ports, act, send.to(SendState.PLANNED, act.at, due_at))
    carrying = send.to(SendState.CARRYING, act.at, ports.clock() + CARRYING)
    written = await _written(ports, act, carrying)
    return await _carry(ports, act, written, found.to) if written is carrying else written


async def _carry(ports: MessagingPorts, act: Act, send: MessageSend, to: str) -> MessageSend:
    assert send.channel is not None, "it is being carried"
    allowance = send.allowance_id
    if allowance and not await ports.allowances.take(allowance, send.id, ports.clock()):
        return await _settled(ports, act, send, CarryAnswer(carried=Carried.USED_UP))
    try:
        answer = await ports.carriers[send.channel].carry(send.id, to, send.content)
    except Unavailable:
        return send  # nobody knows: it is looked up once it is due
    return await _settled(ports, act, send, answer)


async def _end(ports: MessagingPorts, act: Act, send: MessageSend) -> None:
    """End a message that was cut short as its platform tells; else it is unknown, for good."""
    carrier = ports.carriers.get(send.channel) if send.channel else None
    answer = await carrier.look_up(send.id) if carrier else None
    if answer is None:
        await _written(ports, act, send.to(SendState.UNKNOWN, act.at))
    else:
        await _settled(ports, act, send, answer)


async def _settled(
    ports: MessagingPorts, act: Act, send: MessageSend, answer: CarryAnswer
) -> MessageSend:
    """A message after a platform's answer; what it did not use is given back."""
    tried = replace(send, code=answer.code, tries=send.tries + 1)
    allowance = send.allowance_id
    match answer.carried:
        case Carried.SENT:
            return await _written(ports, act, tried.to(SendState.SENT, act.at))
        case Carried.USED_UP:
            if allowance:
                await ports.allowances.use_up(allowance)
            due_at = act.at
        case Carried.BUSY | Carried.REFUSED:
            if allowance:
                await ports.allowances.give_back(allowance, send.id)
            due_at = act.at + retry_after(send.tries)
    if answer.carried is Carried.REFUSED or tried.tries >= MOST_TRIES:
        return await _written(ports, act, tried.to(SendState.FAILED, act.at))
    return await _written(ports, act, tried.to(SendState.BUSY, act.at, due_at))


async def _written(ports: MessagingPorts, act: Act, send: MessageSend) -> MessageSend:
    """The row as it is by now: this one, or the one that was there already."""
    facts = facts_of_send(send, act.at)
    if send.version == 1:
        return await ports.sends.begin(send, facts) or send
    await ports.sends.save(send, expected=send.version - 1, facts=facts)
    return send
