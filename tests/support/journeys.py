"""Journeys on a test's database, with messages that are played and a clock that is set."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.journeys.journeys import Journey
from domain.journeys.ports import Effected, JourneyPorts
from domain.journeys.running import follow_members, work_on_journeys
from domain.journeys.runs import MemberJourneys, StepOutcome
from domain.journeys.steps import StepKind
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.version_reviews import VersionState
from domain.members.consent import Consent, Purpose
from domain.members.profiles import Birthday, MemberProfile
from domain.people.accounts import Member
from domain.people.act import Act, by_the_clock
from domain.promotions.coupons import open_claims
from domain.promotions.offer_versions import OfferHistory, OfferVersion
from domain.promotions.offers import (
    AmountOff,
    Claiming,
    ClaimWay,
    Measure,
    Offer,
    OfferId,
    OfferKind,
    OfferWindow,
    Tier,
    Tiers,
)
from qianmian.clock import new_id
from qianmian.foundation import Foundation
from qianmian.wiring.journeys import journey_ports
from qianmian.wiring.promotions import coupon_ports
from storage.mongo.kernel.database import Database
from storage.mongo.members.profiles import MongoMemberProfiles
from storage.mongo.people.people import MongoMembers
from tests.support.messaging import Played

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class CountingDoor:
    """Does what it is asked once under each id, and counts what it did."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def do(self, act, effect) -> Effected:
        if effect.id not in self.done:
            self.done.append(effect.id)
        return Effected(outcome=StepOutcome.DONE)

    async def check(self, step, at) -> None:
        """Anything will do."""


class Journeying:
    """The room of journeys with some members, who allow everything."""

    def __init__(self, database: Database, door: CountingDoor | None = None) -> None:
        self.database = database
        self.played = Played(database)
        self.base: Foundation = self.played.base
        ports = journey_ports(self.base, self.played.ports)
        if door:
            ports = replace(ports, doors={**ports.doors, StepKind.MESSAGE: door})
        self.ports: JourneyPorts = ports

    async def join(self, *members: str, at: datetime, birthday: Birthday | None = None) -> None:
        people, profiles = self.base.made(MongoMembers), self.base.made(MongoMemberProfiles)
        said = {
            one: Consent(purpose=one, given=True, at=at, place="test")
            for one in (Purpose.MARKETING, Purpose.SERVICE)
        }
        for one in members:
            await people.join(Member(id=PersonId(one), joined_at=at, openid=f"openid-{one}"))
            profile = MemberProfile(id=PersonId(one), consents=said, birthday=birthday, version=1)
            await profiles.save(profile, expected=0)

    async def live(self, *journeys: Journey) -> None:
        for one in journeys:
            await self.ports.journeys.save(one, expected=0)

    async def told(self, at: datetime, *facts: Fact) -> None:
        numbered = tuple(replace(one, n=n) for n, one in enumerate(facts, 1))
        await follow_members(self.ports, act_at(at), Batch(facts=numbered, upto=len(numbered)))

    async def works(self, at: datetime) -> None:
        while await work_on_journeys(self.ports, act_at(at)):
            pass

    async def member(self, id: str) -> MemberJourneys:
        return (await self.ports.members.by_ids([PersonId(id)]))[PersonId(id)]


def act_at(at: datetime) -> Act:
    return by_the_clock(at, new_id)


def of_order(kind: str, at: datetime, member: str, key: str = "o1") -> Fact:
    number = {"order.placed": 1, "order.paid": 2, "order.expired": 3}[kind]
    return Fact(
        id=FactId(f"order:{key}:{number}"),
        subject=f"order:{key}",
        kind=FactKind(kind),
        at=at,
        data={"buyerId": member, "orderId": key, "lines": []},
    )


async def a_journey_coupon(base: Foundation, total: int) -> str:
    """A coupon that journeys give, so many times in all."""
    rule = Offer(
        id=OfferId("offer_gift"),
        version=1,
        name="十元券",
        kind=OfferKind.ORDER_COUPON,
        effect=Tiers(by=Measure.AMOUNT, tiers=(Tier(at=1, gives=AmountOff(amount=Fen(1_000))),)),
        window=OfferWindow(begins_at=LONG_AGO, ends_at=LONG_AGO + timedelta(days=3_650)),
        claiming=Claiming(total=total, way=ClaimWay.JOURNEY),
    )
    version = OfferVersion(
        rule=rule,
        author_id=PersonId("staff_1"),
        made_at=LONG_AGO,
        state=VersionState.APPROVED,
        holds_from=LONG_AGO,
    )
    await base.reference.save_offer(OfferHistory(id=rule.id, versions=(version,)), expected=0)
    await open_claims(coupon_ports(base).totals, rule.id, LONG_AGO)
    return rule.id
