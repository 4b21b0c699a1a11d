"""Members: what names them, and merging those who are one person."""

from functools import partial

from domain.kernel.facts import Follower
from domain.members.member_files import MemberFilePorts
from domain.members.merging import MemberPorts, finish_merges
from domain.members.phones import first_lookup
from domain.members.purchase_matching import CLAIMED_FACTS, ChannelPurchasePorts, follow_claims
from domain.members.telling import TellingPorts
from domain.people.sign_in import PeoplePorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.mongo.kernel.migrating import Migration, Phase, Walk
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.members.adopting import adopt_older
from storage.mongo.members.channel_purchases import MongoChannelPurchases
from storage.mongo.members.conflicts import MongoMemberConflicts
from storage.mongo.members.identities import MongoIdentities
from storage.mongo.members.lookup_key import lookup_key
from storage.mongo.members.merges import MongoMerges
from storage.mongo.members.profiles import MongoMemberProfiles
from storage.mongo.people.people import MongoGuides

SANDBOX = "sandbox"
MERGES_EVERY_S = 10.0


def member_ports(base: Foundation, people: PeoplePorts) -> MemberPorts:
    """Members and what names them."""
    app = base.settings.wechat
    return MemberPorts(
        people=people,
        identities=base.made(MongoIdentities),
        merges=base.made(MongoMerges),
        conflicts=base.made(MongoMemberConflicts),
        records=base.made(MongoRecords),
        phones=base.phones,
        app_id=app.id if app else SANDBOX,
    )


def telling_ports(base: Foundation, members: MemberPorts) -> TellingPorts:
    """What members tell of themselves."""
    return TellingPorts(members=members, profiles=base.made(MongoMemberProfiles))


def member_file_ports(base: Foundation, telling: TellingPorts) -> MemberFilePorts:
    """Files of members."""
    return MemberFilePorts(telling=telling, directory=base.reference)


def channel_purchase_ports(base: Foundation) -> ChannelPurchasePorts:
    """What members bought in other channels."""
    return ChannelPurchasePorts(
        purchases=base.made(MongoChannelPurchases),
        identities=base.made(MongoIdentities),
        phones=base.phones,
        guides=base.made(MongoGuides),
        directory=base.reference,
    )


def member_followers(base: Foundation) -> tuple[Follower, ...]:
    """What purchases follow. When one is told, whose it is by then is looked up."""
    ports = channel_purchase_ports(base)
    return (
        follower("whose purchases are", CLAIMED_FACTS, follow_claims, ports, from_the_first=False),
    )


async def learn_lookup(base: Foundation) -> None:
    """Learn by what numbers are looked up."""
    base.phones.lookup = await lookup_key(
        base.database, base.ring, first_lookup(base.settings.secret)
    )


def adoption(base: Foundation) -> Migration:
    """Makes identities of what named members before there were any."""

    async def adopt(walk: Walk) -> None:
        await learn_lookup(base)
        app = base.settings.wechat
        await adopt_older(base.database, app.id if app else SANDBOX, base.phones, walk)

    return Migration(number=1, name="member_identities", phase=Phase.EXPAND, work=adopt)


def member_jobs(members: MemberPorts) -> tuple[Job, ...]:
    """What the clock does for members."""
    return (
        Job(
            name="finishing of merges",
            work=partial(finish_merges, members),
            every_s=MERGES_EVERY_S,
        ),
    )
