"""Messages to members: templates, who can be reached, and what was sent, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed, pack
from api.kernel.paging import After, Connection, First, connection
from domain.kernel.paging import PageRequest
from domain.members.consent import Purpose
from domain.messaging import channels, keeping_templates, reaching, sending, sends, templates
from domain.messaging.channels import MessageChannel, NotReachable
from domain.messaging.ports import MessagingPorts
from domain.messaging.sends import SendState
from domain.messaging.templates import MessageContent, MessageTemplateId, SubscribeForm
from domain.people.act import Act

enum(
    MessageChannel,
    "A way on which a message goes.",
    SUBSCRIBE_MESSAGE="A message of the mini-program, one for each yes of theirs.",
    OFFICIAL_ACCOUNT="An answer in the official account, while a follower may be answered.",
    SMS="A text message.",
    GUIDE="By the hand of the member's guide in WeCom.",
)
enum(
    NotReachable,
    "Why a channel does not reach a member.",
    NO_CONSENT="They do not allow it.",
    NO_ADDRESS="We know no address of theirs.",
    NO_TEMPLATE="No template of WeChat's was named.",
    NO_PERMIT="No yes of theirs is left.",
    WINDOW_CLOSED="They have not written or come by lately, or were answered as often as may be.",
    NO_FRIEND="They are nobody's friend in WeCom.",
    MONTH_USED_UP="They had as many group messages as may be in the month, week or day.",
    NOT_CONNECTED="The brand has not connected it.",
)
enum(
    SendState,
    "Where a message stands.",
    name="MessageState",
    PLANNED="It goes into its guide's next task.",
    CARRYING="A platform is being asked to send it.",
    BUSY="No platform has taken it yet.",
    ASKED="It waits for its guide.",
    SENT="It was sent.",
    FAILED="It could not be sent.",
    UNKNOWN="Nobody can tell whether it went, and it is not sent again.",
    REFUSED="Nothing reaches the member.",
)


@strawberry.type(description="One field of a subscribe message, such as thing1.")
class MessageField:
    name: str = strawberry.field(description="Its name in WeChat's template.")
    text: str = strawberry.field(description="What it says.")


@strawberry.input(description="One field of a subscribe message, such as thing1.")
class MessageFieldInput:
    name: str = strawberry.field(description="Its name in WeChat's template.")
    text: str = strawberry.field(description="What it says; places for values as in the text.")


@strawberry.type(description="A message that may be sent to members.")
class MessageTemplate:
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="What the staff call it.")
    purpose: Purpose = strawberry.field(description="What members must allow: SERVICE, MARKETING.")
    channels: list[MessageChannel] = strawberry.field(
        description="It goes by the first of these that reaches the member."
    )
    text: str = strawberry.field(description="What it says, with places such as {store}.")
    title: str | None = strawberry.field(description="The title of the page that goes with it.")
    url: str | None = strawberry.field(description="The page.")
    wechat_template: str | None = strawberry.field(description="WeChat's id of its template.")
    fields: list[MessageField] = strawberry.field(description="Its fields as subscribe message.")
    version: int = strawberry.field(description="Send it back with a change.")
    set_at: datetime = strawberry.field(description="Since when.")

    @classmethod
    def of(cls, value: templates.MessageTemplate) -> "MessageTemplate":
        """Pack a template."""
        form = value.content.form
        return pack(
            cls,
            value,
            channels=list(value.channels),
            text=value.content.text,
            title=value.content.title,
            url=value.content.url,
            wechat_template=form.wechat_template if form else None,
            fields=[
                MessageField(name=name, text=text)
                for name, text in (form.fields if form else {}).items()
            ],
        )


@strawberry.input(description="A message that may be sent to members, all of it.")
class MessageTemplateInput:
    id: strawberry.ID = strawberry.field(description="Small letters, digits and hyphens.")
    name: str = strawberry.field(description="What the staff call it; at most 40 characters.")
    purpose: Purpose = strawberry.field(description="What members must allow: SERVICE, MARKETING.")
    channels: list[MessageChannel] = strawberry.field(
        description="It goes by the first of these that reaches the member."
    )
    text: str = strawberry.field(
        description="What it says; at most 1,000 characters. {store} is a place for a value."
    )
    title: str | None = strawberry.field(
        default=None, description="The title of a page; at most 40 characters."
    )
    url: str | None = strawberry.field(
        default=None, description="The page: of the mini-program, or https://."
    )
    wechat_template: str | None = strawberry.field(
        default=None, description="WeChat's id of its template, for subscribe messages."
    )
    fields: list[MessageFieldInput] = strawberry.field(
        default_factory=list, description="Its fields there; at most five."
    )

    def value(self) -> templates.MessageTemplate:
        """Unpack it."""
        form = None
        if self.wechat_template:
            fields = {one.name: one.text for one in self.fields}
            form = SubscribeForm(wechat_template=self.wechat_template, fields=fields)
        content = MessageContent(text=self.text, title=self.title, url=self.url, form=form)
        return templates.MessageTemplate(
            id=MessageTemplateId(self.id),
            name=self.name,
            purpose=self.purpose,
            channels=tuple(self.channels),
            content=content,
        )


@strawberry.type(description="Whether a channel reaches a member now.")
class MessageReach(Packed[channels.Reach]):
    channel: MessageChannel = strawberry.field(description="The channel.")
    reached: bool = strawberry.field(description="Whether it does.")
    reason: NotReachable | None = strawberry.field(description="Why it does not.")
    left: int | None = strawberry.field(description="So many messages may go; null if not counted.")
    until: datetime | None = strawberry.field(description="Until when; null for no end.")
    guide_id: strawberry.ID | None = strawberry.field(description="Who would send it by hand.")
    sure: bool = strawberry.field(
        description="False where the member has several friends in the company: WeCom takes the "
        "one who chatted with them last, and tells nobody who that is."
    )


@strawberry.type(description="Why one channel was passed over.")
class MessagePassedOver:
    channel: MessageChannel = strawberry.field(description="The channel.")
    reason: NotReachable = strawberry.field(description="Why.")


@strawberry.type(description="A message to a member.")
class MemberMessage:
    id: strawberry.ID = strawberry.field(description="What it follows from; it went once for that.")
    member_id: strawberry.ID = strawberry.field(description="The member.")
    template_id: strawberry.ID = strawberry.field(description="Which message.")
    purpose: Purpose = strawberry.field(description="For which purpose.")
    text: str = strawberry.field(description="What it says.")
    at: datetime = strawberry.field(description="When it was to be sent.")
    state: SendState = strawberry.field(description="Where it stands.")
    channel: MessageChannel | None = strawberry.field(description="By which channel.")
    guide_id: strawberry.ID | None = strawberry.field(description="By whose hand.")
    passed_over: list[MessagePassedOver] = strawberry.field(description="Why not by others.")
    code: int | None = strawberry.field(description="What the platform answered last, if anything.")
    ended_at: datetime | None = strawberry.field(description="When it came to its end.")

    @classmethod
    def of(cls, value: sends.MessageSend) -> "MemberMessage":
        """Pack a message."""
        passed_over = [
            MessagePassedOver(channel=MessageChannel(channel), reason=reason)
            for channel, reason in value.reasons.items()
        ]
        return pack(cls, value, text=value.content.text, passed_over=passed_over)


@strawberry.input(description="The value of one place in a message.")
class MessageValueInput:
    name: str = strawberry.field(description="The place, such as store.")
    value: str = strawberry.field(description="What stands there; at most 200 characters.")


MemberId = Annotated[strawberry.ID, strawberry.argument(description="The member's id.")]
Key = Annotated[
    str,
    strawberry.argument(
        description="Makes a repetition safe: the same key answers with the same result."
    ),
]


@query("The messages that may be sent to members; for the staff.")
async def message_templates(ports: MessagingPorts, act: Act) -> list[MessageTemplate]:
    return [MessageTemplate.of(one) for one in await keeping_templates.templates_of(ports, act)]


@mutation(
    "Set a message that may be sent to members; for head office. What was sent keeps its text.",
    template="The message as it is now.",
)
async def message_template_set(
    ports: MessagingPorts,
    act: Act,
    input: Annotated[MessageTemplateInput, strawberry.argument(description="All of it.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The version that you saw; 0 for a new one.")
    ],
) -> MessageTemplate:
    return MessageTemplate.of(
        await keeping_templates.set_template(ports, act, input.value(), expected=expected_version)
    )


@query("By what a member can be reached for a purpose now, and why not by what else.")
async def member_reach(
    ports: MessagingPorts,
    act: Act,
    member_id: MemberId,
    purpose: Annotated[Purpose, strawberry.argument(description="SERVICE or MARKETING.")],
    wechat_template: Annotated[
        str | None, strawberry.argument(description="WeChat's template of a subscribe message.")
    ] = None,
) -> list[MessageReach]:
    found = await reaching.see_reach(ports, act, member_id, purpose, wechat_template)
    return [MessageReach.of(one) for one in found]


@query("What was to be sent to a member and what became of it, the newest first.")
async def member_messages(
    ports: MessagingPorts, act: Act, member_id: MemberId, first: First = 20, after: After = None
) -> Connection[MemberMessage]:
    request = PageRequest(first=first, after=after)
    found = await sending.messages_of(ports, act, member_id, request)
    return connection(found, MemberMessage.of)


@mutation(
    "Send a member a message by the first of its channels that reaches them; for head office.",
    message="The message, and where it stands.",
)
async def message_send(
    ports: MessagingPorts,
    act: Act,
    member_id: MemberId,
    template_id: Annotated[strawberry.ID, strawberry.argument(description="Which message.")],
    idempotency_key: Key,
    values: Annotated[
        list[MessageValueInput] | None,
        strawberry.argument(description="What stands in its places."),
    ] = None,
) -> MemberMessage:
    sent = await sending.send_by_hand(
        ports,
        act,
        member_id=member_id,
        template_id=template_id,
        values={one.name: one.value for one in values or ()},
        key=idempotency_key,
    )
    return MemberMessage.of(sent)


@mutation(
    "Count what the viewer said yes to in wx.requestSubscribeMessage: one message for each "
    "template that the mini-program was told `accept` of."
)
async def message_permits_note(
    ports: MessagingPorts,
    act: Act,
    wechat_templates: Annotated[
        list[str], strawberry.argument(description="WeChat's templates; at most three.")
    ],
    idempotency_key: Key,
) -> None:
    await keeping_templates.note_permits(ports, act, wechat_templates, idempotency_key)


QUERIES = (message_templates, member_reach, member_messages)
MUTATIONS = (message_template_set, message_send, message_permits_note)
