"""Journeys of members."""

from functools import partial

from domain.audiences.joining import MERGE_FACTS
from domain.journeys.doors import CouponDoor, MessageDoor, TagDoor, TodoDoor
from domain.journeys.entering import enter_members
from domain.journeys.happenings import HAPPENINGS
from domain.journeys.learning_arms import ENDED_FACTS, ArmPorts, follow_ends, learn_arms
from domain.journeys.merging_runs import follow_merged_runs
from domain.journeys.planning_weeks import PlanningPorts
from domain.journeys.ports import Doors, EnteringPorts, JourneyMakingPorts, JourneyPorts
from domain.journeys.rehearsing import RehearsalPorts
from domain.journeys.running import MOST_DUE, follow_members, work_on_journeys
from domain.journeys.steps import StepKind
from domain.kernel.facts import Follower
from domain.messaging.ports import MessagingPorts
from domain.people.act import Act, by_the_clock
from domain.sharing.shareable import SharingPorts
from qianmian.clock import Job, new_id, now
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.audiences import trait_ports
from qianmian.wiring.catalogue import catalogue_ports
from qianmian.wiring.content import content_ports
from qianmian.wiring.guiding import task_ports
from qianmian.wiring.promotions import coupon_ports
from storage.advertising_claims import read_claims
from storage.mongo.guiding.guide_todos import MongoGuideTodos
from storage.mongo.journeys.journeys import (
    MongoConsentings,
    MongoDaysOfMembers,
    MongoJourneys,
    MongoMembersInJourneys,
    MongoSpells,
    MongoSweeps,
    speaking_rules_of,
)
from storage.mongo.journeys.learning import MongoArmOutcomes, MongoLearning
from storage.mongo.journeys.marketing import MongoMarketingBook
from storage.mongo.kernel.facts import MongoStream
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.members.merges import MongoMerges

WORK_EVERY_S = 0.5
ENTER_EVERY_S = 5.0
LEARN_EVERY_S = 300.0


def journey_ports(base: Foundation, messaging: MessagingPorts) -> JourneyPorts:
    """The running of journeys."""
    traits = trait_ports(base)
    doors: Doors = {
        StepKind.MESSAGE: MessageDoor(messaging),
        StepKind.COUPON: CouponDoor(coupon_ports(base)),
        StepKind.TAG: TagDoor(traits),
        StepKind.TODO: TodoDoor(traits, base.made(MongoGuideTodos)),
    }
    return JourneyPorts(
        journeys=base.made(MongoJourneys),
        members=base.made(MongoMembersInJourneys),
        traits=traits,
        standings=base.made(MongoConsentings),
        learning=base.made(MongoLearning),
        rules=base.made(speaking_rules_of),
        catalogue=base.reference,
        merges=base.made(MongoMerges),
        doors=doors,
    )


def entering_ports(base: Foundation, messaging: MessagingPorts) -> EnteringPorts:
    """What brings members into journeys."""
    return EnteringPorts(
        running=journey_ports(base, messaging),
        sweeps=base.made(MongoSweeps),
        spells=base.made(MongoSpells),
        days=base.made(MongoDaysOfMembers),
    )


def arranging_journeys(base: Foundation, messaging: MessagingPorts) -> JourneyMakingPorts:
    """The making of journeys."""
    return JourneyMakingPorts(
        running=journey_ports(base, messaging),
        entering=entering_ports(base, messaging),
        records=base.made(MongoRecords),
        wording=read_claims(),
    )


def rehearsal_ports(base: Foundation, messaging: MessagingPorts) -> RehearsalPorts:
    """The trying out of journeys."""
    return RehearsalPorts(running=journey_ports(base, messaging), stream=MongoStream(base.database))


def planning_ports(
    base: Foundation, messaging: MessagingPorts, sharing: SharingPorts
) -> PlanningPorts:
    """The marketing calendar."""
    return PlanningPorts(
        book=base.made(MongoMarketingBook),
        tasks=task_ports(base, sharing),
        content=content_ports(base),
        catalogue=catalogue_ports(base),
        entering=entering_ports(base, messaging),
        messages=messaging,
        coupons=coupon_ports(base),
        records=base.made(MongoRecords),
        wording=read_claims(),
    )


def journey_followers(base: Foundation, messaging: MessagingPorts) -> tuple[Follower, ...]:
    """What journeys follow. What happened before there were any moves nobody."""
    ports = journey_ports(base, messaging)
    return (
        follower("journeys", HAPPENINGS, follow_members, ports, from_the_first=False),
        follower("journeys of merged members", MERGE_FACTS, follow_merged_runs, ports),
        follower(
            "arms of journeys",
            ENDED_FACTS,
            follow_ends,
            ArmPorts(arms=base.made(MongoArmOutcomes)),
        ),
    )


def journey_jobs(base: Foundation, messaging: MessagingPorts) -> tuple[Job, ...]:
    """What the clock does for journeys."""
    ports = journey_ports(base, messaging)

    async def move_on(_: Act) -> None:
        # Each time at its own moment: what was asked of members a minute ago may hold no more.
        while await work_on_journeys(ports, by_the_clock(now(), new_id)) >= MOST_DUE:
            pass

    return (
        Job(
            name="moving on of journeys",
            work=move_on,
            every_s=WORK_EVERY_S,
        ),
        Job(
            name="entering of journeys",
            work=partial(enter_members, entering_ports(base, messaging)),
            every_s=ENTER_EVERY_S,
        ),
        Job(
            name="learning of arms",
            work=partial(learn_arms, ports),
            every_s=LEARN_EVERY_S,
        ),
    )
