"""Messages to members."""

from functools import partial

from domain.members.merging import MemberPorts
from domain.messaging.carriers import MessageCarrier
from domain.messaging.channels import MessageChannel
from domain.messaging.ports import MessagingPorts
from domain.messaging.sending import go_on_with_messages
from qianmian.clock import Job, now
from qianmian.foundation import Foundation
from qianmian.settings import Mode
from qianmian.wiring.members import telling_ports
from storage.advertising_claims import read_claims
from storage.mongo.contact.contact import MongoBonds
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.messaging.messaging import (
    MongoMessageAllowances,
    MongoMessageSends,
    MongoMessageTemplates,
)
from storage.mongo.messaging.sandbox_messages import SandboxMessages
from storage.outside.wechat_messages import WechatSubscribeMessages

MESSAGES_EVERY_S = 1.0


def messaging_ports(base: Foundation, members: MemberPorts) -> MessagingPorts:
    """Messages to members."""
    return MessagingPorts(
        members=telling_ports(base, members),
        bonds=base.made(MongoBonds),
        templates=base.made(MongoMessageTemplates),
        sends=base.made(MongoMessageSends),
        allowances=base.made(MongoMessageAllowances),
        carriers=_carriers(base),
        by_guides=False,
        official_app=None,
        records=base.made(MongoRecords),
        wording=read_claims(),
        clock=now,
    )


def messaging_jobs(ports: MessagingPorts) -> tuple[Job, ...]:
    """What the clock does to messages."""
    work = partial(go_on_with_messages, ports)
    return (Job(name="sending of messages", work=work, every_s=MESSAGES_EVERY_S),)


def _carriers(base: Foundation) -> dict[MessageChannel, MessageCarrier]:
    """The platforms that are connected; in the demo a sandbox takes what nobody else does."""
    app = base.settings.wechat
    carriers: dict[MessageChannel, MessageCarrier] = {}
    if base.settings.mode is Mode.DEMO:
        sandbox = base.made(SandboxMessages)
        carriers[MessageChannel.SUBSCRIBE_MESSAGE] = sandbox
        carriers[MessageChannel.SMS] = sandbox
    if app:
        wechat = base.wechat_token(app)
        carriers[MessageChannel.SUBSCRIBE_MESSAGE] = WechatSubscribeMessages(wechat)
    return carriers
