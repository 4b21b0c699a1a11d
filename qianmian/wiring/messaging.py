"""Messages to members."""

from functools import partial

from domain.kernel.facts import Follower
from domain.members.merging import MemberPorts
from domain.messaging.asking_guides import AskingPorts
from domain.messaging.carriers import MessageCarrier
from domain.messaging.channels import MessageChannel
from domain.messaging.hearing_followers import (
    FOLLOWER_FACTS,
    FollowerInboxPorts,
    FollowerPorts,
    name_followers,
    open_windows,
)
from domain.messaging.notices import NoticePorts, send_notices
from domain.messaging.ports import MessagingPorts
from domain.messaging.running_errands import ErrandPorts, gather_messages, run_errands
from domain.messaging.sending import go_on_with_messages
from domain.service.reminding import PLACES, TEMPLATES
from domain.sharing.shareable import SharingPorts
from qianmian.clock import Job, now
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.settings import Mode
from qianmian.wiring.members import telling_ports
from storage.advertising_claims import read_claims
from storage.mongo.contact.contact import MongoBonds, MongoInbox, contact_rules_of
from storage.mongo.contact.groups import MongoCustomerGroups
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.messaging.errands import MongoErrands, MongoGroupRegistrations
from storage.mongo.messaging.messaging import (
    MongoMessageAllowances,
    MongoMessageSends,
    MongoMessageTemplates,
)
from storage.mongo.messaging.notices import MongoGuideNotices
from storage.mongo.messaging.sandbox_messages import SandboxMessages
from storage.mongo.people.people import MongoGuides
from storage.outside.wechat_messages import (
    WechatOfficialAccount,
    WechatServiceMessages,
    WechatSubscribeMessages,
)
from storage.outside.wecom import NotConnected
from storage.outside.wecom_callbacks import NoCallbacks, OfficialCallbacks
from storage.outside.wecom_errands import WecomApp, WecomHands

MESSAGES_EVERY_S = 1.0
ERRANDS_EVERY_S = 2.0


def messaging_ports(base: Foundation, members: MemberPorts) -> MessagingPorts:
    """Messages to members."""
    return MessagingPorts(
        members=telling_ports(base, members),
        bonds=base.made(MongoBonds),
        rules=base.made(contact_rules_of),
        templates=base.made(MongoMessageTemplates),
        sends=base.made(MongoMessageSends),
        allowances=base.made(MongoMessageAllowances),
        carriers=_carriers(base),
        by_guides=base.wecom_token is not None,
        official_app=base.settings.official.id if base.settings.official else None,
        filled=dict.fromkeys(TEMPLATES.values(), PLACES),
        records=base.made(MongoRecords),
        wording=read_claims(),
        clock=now,
    )


def errand_ports(base: Foundation, messaging: MessagingPorts) -> ErrandPorts:
    """What guides are asked to send in WeCom."""
    return ErrandPorts(
        messaging=messaging,
        errands=base.made(MongoErrands),
        wecom=WecomHands(base.wecom_token or NotConnected()),
        guides=base.made(MongoGuides),
    )


def notice_ports(base: Foundation) -> NoticePorts | None:
    """Telling guides; None where no app of a company is named."""
    if base.wecom_token is None or base.settings.wecom_agent is None:
        return None
    return NoticePorts(
        notices=base.made(MongoGuideNotices),
        teller=WecomApp(base.wecom_token, base.settings.wecom_agent),
        guides=base.made(MongoGuides),
    )


def asking_ports(base: Foundation, messaging: MessagingPorts, sharing: SharingPorts) -> AskingPorts:
    """Asking guides to send something."""
    return AskingPorts(
        running=errand_ports(base, messaging),
        groups=base.made(MongoCustomerGroups),
        sharing=sharing,
        registrations=base.made(MongoGroupRegistrations),
    )


def follower_inbox_ports(base: Foundation) -> FollowerInboxPorts:
    """What hears the official account."""
    app, keys = base.settings.official, base.settings.official_callback
    callbacks: OfficialCallbacks | NoCallbacks = NoCallbacks()
    if app and keys:
        callbacks = OfficialCallbacks(app.id, keys.id, keys.secret)
    return FollowerInboxPorts(callbacks=callbacks, inbox=base.made(MongoInbox))


def messaging_followers(base: Foundation, messaging: MessagingPorts) -> tuple[Follower, ...]:
    """What follows from what the official account tells, where there is one."""
    if base.settings.official is None:
        return ()
    account = WechatOfficialAccount(base.wechat_token(base.settings.official))
    ports = FollowerPorts(messaging=messaging, account=account)
    return (
        follower("windows of followers", FOLLOWER_FACTS, open_windows, ports),
        follower("who followers are", FOLLOWER_FACTS, name_followers, ports),
    )


def messaging_jobs(base: Foundation, messaging: MessagingPorts) -> tuple[Job, ...]:
    """What the clock does to messages; to errands, where a company is named."""
    work = partial(go_on_with_messages, messaging)
    jobs: tuple[Job, ...] = (Job(name="sending of messages", work=work, every_s=MESSAGES_EVERY_S),)
    if base.wecom_token is None:
        return jobs
    errands = errand_ports(base, messaging)
    if notices := notice_ports(base):
        tell = partial(send_notices, notices)
        jobs = (*jobs, Job(name="telling of guides", work=tell, every_s=MESSAGES_EVERY_S))
    return (
        *jobs,
        Job(
            name="gathering of messages for guides",
            work=partial(gather_messages, errands),
            every_s=ERRANDS_EVERY_S,
        ),
        Job(
            name="running of errands",
            work=partial(run_errands, errands),
            every_s=ERRANDS_EVERY_S,
        ),
    )


def _carriers(base: Foundation) -> dict[MessageChannel, MessageCarrier]:
    """The platforms that are connected; in the demo a sandbox takes what nobody else does."""
    app = base.settings.wechat
    carriers: dict[MessageChannel, MessageCarrier] = {}
    if base.settings.mode is Mode.DEMO:
        sandbox = base.made(SandboxMessages)
        carriers[MessageChannel.SUBSCRIBE_MESSAGE] = sandbox
        carriers[MessageChannel.SMS] = sandbox
    if official := base.settings.official:
        account = base.wechat_token(official)
        carriers[MessageChannel.OFFICIAL_ACCOUNT] = WechatServiceMessages(account)
    if app:
        wechat = base.wechat_token(app)
        carriers[MessageChannel.SUBSCRIBE_MESSAGE] = WechatSubscribeMessages(wechat)
    return carriers
