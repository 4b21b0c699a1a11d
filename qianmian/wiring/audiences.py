"""Levels, tags and segments: what follows from what members do."""

from functools import partial

from domain.audiences.joining import MERGE_FACTS, follow_merges
from domain.audiences.segmenting import build_segments
from domain.audiences.spending import SPENDING_FACTS, follow_spending, tend_traits
from domain.audiences.tag_files import TagFilePorts
from domain.audiences.telling import TOLD_FACTS, ToldPorts, follow_told
from domain.audiences.trait_ports import TraitPorts
from domain.kernel.facts import Follower
from domain.members.telling import TellingPorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.mongo.audiences.audiences import MongoAudiences, MongoCustomers
from storage.mongo.audiences.rule_book import MongoMemberRuleBook
from storage.mongo.audiences.traits import MongoTraits
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.members.identities import MongoIdentities
from storage.mongo.members.merges import MongoMerges
from storage.mongo.people.people import MongoMembers

TEND_EVERY_S = 5.0
# By then every process has heard of a segment's new rule.
BUILD_EVERY_S = 3.0


def trait_ports(base: Foundation) -> TraitPorts:
    """Members' traits and the rules over them."""
    return TraitPorts(
        traits=base.made(MongoTraits),
        book=base.made(MongoMemberRuleBook),
        audiences=base.made(MongoAudiences),
        customers=base.made(MongoCustomers),
        merges=base.made(MongoMerges),
        members=base.made(MongoMembers),
        records=base.made(MongoRecords),
    )


def tag_file_ports(base: Foundation) -> TagFilePorts:
    """Files of members' tags."""
    return TagFilePorts(
        traits=trait_ports(base),
        identities=base.made(MongoIdentities),
        phones=base.phones,
    )


def trait_followers(base: Foundation, members: TellingPorts) -> tuple[Follower, ...]:
    """What levels and segments follow. What was paid before there were any counts for none."""
    ports = trait_ports(base)
    told = ToldPorts(traits=ports, members=members)
    return (
        follower("spending", SPENDING_FACTS, follow_spending, ports, from_the_first=False),
        follower("traits of merged members", MERGE_FACTS, follow_merges, ports),
        follower("what members tell and whose they are", TOLD_FACTS, follow_told, told),
    )


def trait_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to members' traits."""
    ports = trait_ports(base)
    return (
        Job(
            name="what time alone changes of members",
            work=partial(tend_traits, ports),
            every_s=TEND_EVERY_S,
        ),
        Job(
            name="building of segments",
            work=partial(build_segments, ports),
            every_s=BUILD_EVERY_S,
        ),
    )
