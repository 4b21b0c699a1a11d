"""Head office's messages, and what members say yes to."""

from collections.abc import Sequence
from dataclasses import replace

from domain.kernel.records import Subject
from domain.kernel.refusals import Invalid, NotFound
from domain.kernel.request_keys import request_key
from domain.kernel.versions import risen
from domain.kernel.wording import sayable
from domain.messaging.channels import (
    MOST_AT_A_PROMPT,
    MOST_PERMITS,
    MessageAllowance,
    permit_id,
)
from domain.messaging.ports import MessagingPorts
from domain.messaging.templates import MessageTemplate, places_of, read_template
from domain.people.act import Act


async def templates_of(ports: MessagingPorts, act: Act) -> Sequence[MessageTemplate]:
    """All messages that may be sent."""
    act.viewer.require("message.see_templates")
    return await ports.templates.all()


async def set_template(
    ports: MessagingPorts, act: Act, template: MessageTemplate, *, expected: int
) -> MessageTemplate:
    """Set a message over the version that was seen, 0 for a new one."""
    act.viewer.require("message.keep_templates")
    said = read_template(template)
    sayable(ports.wording, said.content.text, None, ["input", "text"])
    sayable(ports.wording, said.content.title or "", None, ["input", "title"])
    known = ports.filled.get(said.id)
    if known is not None and (unknown := places_of(said.content) - known):
        raise Invalid(
            f"Nobody fills {{{min(unknown)}}} in {said.id}; it may have "
            f"{', '.join(f'{{{one}}}' for one in sorted(known))}.",
            field=["input", "text"],
        )
    before = await ports.templates.by_id(said.id)
    after = risen(replace(said, version=expected, set_at=act.at))
    await ports.templates.save(after, expected=expected)
    subject = Subject(kind="message template", id=after.id)
    await ports.records.append(
        act.record(
            "messageTemplateSet",
            subject,
            before=_values(before) if before else {},
            after=_values(after),
        )
    )
    return after


async def note_permits(
    ports: MessagingPorts, act: Act, wechat_templates: Sequence[str], key: str
) -> None:
    """Count what the viewer said yes to in the mini-program: one message of each template.

    WeChat tells the page alone, so it is the page that tells us; a yes that was none is found out
    by the first message, of which WeChat says that it may not go.
    """
    act.viewer.require("message.permit")
    source = request_key(key).key
    if not 1 <= len(set(wechat_templates)) <= MOST_AT_A_PROMPT:
        raise Invalid(f"Name 1 to {MOST_AT_A_PROMPT} templates.", field=["wechatTemplates"])
    known = {
        one.content.form.wechat_template for one in await ports.templates.all() if one.content.form
    }
    for one in wechat_templates:
        if one not in known:
            raise NotFound(f"No message has the template {one}.", field=["wechatTemplates"])
    member = await ports.members.members.people.members.live(act.viewer.id)
    if member is None or member.openid is None:
        raise Invalid("Sign in with WeChat first; such messages go to a WeChat account.")
    for one in dict.fromkeys(wechat_templates):
        permit = MessageAllowance(id=permit_id(member.openid, one), left=1, member_id=member.id)
        await ports.allowances.give(permit, source, MOST_PERMITS)


def _values(template: MessageTemplate) -> dict[str, object]:
    return {
        "name": template.name,
        "purpose": template.purpose.value,
        "channels": [one.value for one in template.channels],
        "text": template.content.text,
        "url": template.content.url,
    }
