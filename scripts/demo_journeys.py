"""A chain cut by a purchase, killed between call and note, edited while it runs; a week made twice.

It plays on a database of its own with a clock that is set, so that days pass in seconds.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from domain.audiences.segment_rules import Rule, RuleKind
from domain.audiences.segmenting import build_segments, save_segment
from domain.journeys.happenings import FactMatch
from domain.journeys.journeys import (
    Journey,
    JourneyEntry,
    JourneyEntryKind,
    JourneyId,
    JourneyPlan,
    JourneyVersion,
    ReEntry,
    went_live,
    with_version,
)
from domain.journeys.marketing_items import ItemPart, PartKind
from domain.journeys.planning_weeks import advance_day, begin_week, compile_week, save_item, week_of
from domain.journeys.ports import JourneyPorts
from domain.journeys.running import follow_members, work_on_journeys
from domain.journeys.steps import JourneyStep, StepKind
from domain.kernel.days import BEIJING, beijing_day
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.version_reviews import VersionState
from domain.members.consent import Consent, Purpose
from domain.members.identities import IdentityKind, Naming, Proof, taken
from domain.members.profiles import MemberProfile
from domain.messaging.carriers import Carried, CarryAnswer
from domain.messaging.channels import MessageChannel
from domain.messaging.ports import MessagingPorts
from domain.messaging.sending import go_on_with_messages
from domain.messaging.sends import SendId
from domain.messaging.templates import MessageContent, MessageTemplate, MessageTemplateId
from domain.people.accounts import Member
from domain.people.act import SERVICE, Act, by_the_clock
from qianmian.clock import new_id
from qianmian.foundation import Foundation
from qianmian.settings import Settings
from qianmian.wiring.content import content_ports
from qianmian.wiring.journeys import journey_ports, planning_ports
from qianmian.wiring.members import learn_lookup, member_ports
from qianmian.wiring.messaging import messaging_ports
from qianmian.wiring.people import people_ports
from qianmian.wiring.sharing import sharing_ports
from scripts import embedded
from scripts.telling import expect, say, step
from storage.mongo.kernel.database import connect
from storage.mongo.kernel.indexing import prepare

HOUR = 3_600
MEI, LAN = PersonId("member_mei"), PersonId("member_lan")
# A Monday at noon in China.
NOON = datetime(2026, 11, 30, 12, tzinfo=BEIJING)
STEPS = (
    JourneyStep(key="one", kind=StepKind.MESSAGE, template="hello", then="wait1"),
    JourneyStep(key="wait1", kind=StepKind.WAIT, seconds=2 * HOUR, then="two"),
    JourneyStep(key="two", kind=StepKind.MESSAGE, template="hello", then="wait2"),
    JourneyStep(key="wait2", kind=StepKind.WAIT, seconds=2 * HOUR, then="three"),
    JourneyStep(key="three", kind=StepKind.MESSAGE, template="hello"),
)
EDITED = (
    JourneyStep(key="hello", kind=StepKind.MESSAGE, template="hello", then="pause"),
    JourneyStep(key="pause", kind=StepKind.WAIT, seconds=2 * HOUR, then="last"),
    JourneyStep(key="last", kind=StepKind.MESSAGE, template="hello"),
)
MOVES = {"one": "hello", "wait1": "pause", "two": "last", "wait2": "last", "three": "last"}


class Platform:
    """An outside platform: what it took stands in a file, which outlives who asked it.

    With `dies`, whoever asks is killed once it has taken the message.
    """

    def __init__(self, file: Path, *, dies: bool = False) -> None:
        self._file = file
        self._dies = dies

    async def carry(self, id: SendId, to: str, content: MessageContent) -> CarryAnswer:
        """Take a message."""
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(f"{id}\n")
        if self._dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return CarryAnswer(carried=Carried.SENT)

    async def look_up(self, id: SendId) -> CarryAnswer | None:
        """Tell whether it took one."""
        return CarryAnswer(carried=Carried.SENT) if id in self.taken() else None

    def taken(self) -> list[str]:
        """The messages that it took, one by one."""
        return self._file.read_text("utf-8").split() if self._file.exists() else []


class Room:
    """Journeys over a database, with a platform and a clock that is set."""

    def __init__(self, uri: str, platform: Platform) -> None:
        settings = Settings.from_environment(
            {
                "QIANMIAN_MODE": "demo",
                "MONGODB_URI": uri,
                "QIANMIAN_SECRET": "a secret of the story long enough for one",
                "QIANMIAN_PERSONAL_KEYS": "story:another secret of the story as long as it takes",
            }
        )
        self.base = Foundation(settings=settings, database=connect(uri, "story"))
        self.at = NOON
        self.members = member_ports(self.base, people_ports(self.base))
        carriers = {MessageChannel.SMS: platform}
        self.messages: MessagingPorts = replace(
            messaging_ports(self.base, self.members), carriers=carriers, clock=lambda: self.at
        )
        self.ports: JourneyPorts = journey_ports(self.base, self.messages)

    def act(self) -> Act:
        """What the service does at the moment that is set."""
        return by_the_clock(self.at, new_id)

    async def told(self, kind: str, member: PersonId, order: str) -> None:
        """A member does something with an order."""
        fact = Fact(
            id=FactId(f"order:{order}:{kind}"),
            subject=f"order:{order}",
            kind=FactKind(kind),
            at=self.at,
            data={"buyerId": member, "orderId": order, "lines": []},
            n=1,
        )
        await follow_members(self.ports, self.act(), Batch(facts=(fact,), upto=1))

    async def works(self) -> None:
        """All that is due by now is done."""
        while await work_on_journeys(self.ports, self.act()):
            pass

    async def records(self, member: PersonId) -> Mapping[str, str]:
        """What became of each step of a member's runs."""
        known = (await self.ports.members.by_ids([member]))[member]
        return {
            record.step: f"{record.outcome} {record.why}".strip()
            for run in known.runs
            for record in run.records
        }


async def tell(_: str) -> None:
    """Tell of them; raises WentWrong where anything is done twice or too late."""
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded.running(Path(folder) / "data", sync=False) as uri,
    ):
        file = Path(folder) / "platform.txt"
        platform = Platform(file)
        room = Room(uri, platform)
        await prepared(room)
        await cut(room, platform)
        await killed(room, platform, uri, file)
        await edited(room, platform)
        await a_week(room)
        room.base.database.client.close()


async def prepared(room: Room) -> None:
    """Two members who allow everything, a message, and a journey that is live."""
    await prepare(room.base.database)
    await learn_lookup(room.base)
    profiles = room.messages.members.profiles
    for n, one in enumerate((MEI, LAN), 1):
        await room.members.people.members.join(Member(id=one, joined_at=NOON))
        number = f"+861380000000{n}"
        naming = Naming(
            kind=IdentityKind.PHONE, value=number, sealed=room.members.phones.seal(number)
        )
        identity = taken(None, naming, one, Proof.WECHAT, NOON)
        await room.members.identities.save(identity, expected=0)
        said = Consent(purpose=Purpose.MARKETING, given=True, at=NOON, place="story")
        profile = MemberProfile(id=one, consents={Purpose.MARKETING: said}, version=1)
        await profiles.save(profile, expected=0)
    template = MessageTemplate(
        id=MessageTemplateId("hello"),
        name="提醒",
        purpose=Purpose.MARKETING,
        channels=(MessageChannel.SMS,),
        content=MessageContent(text="看中的那件还在"),
        version=1,
    )
    await room.messages.templates.save(template, expected=0)
    await room.ports.journeys.save(the_journey(), expected=0)


def the_journey() -> Journey:
    """Three messages two hours apart, until something is paid."""
    entry = JourneyEntry(
        kind=JourneyEntryKind.FACT,
        fact=FactMatch(kind=FactKind("order.placed")),
        again=ReEntry.AGAIN,
    )
    goals = (FactMatch(kind=FactKind("order.paid")),)
    version = JourneyVersion(
        number=1,
        plan=JourneyPlan(entry=entry, steps=STEPS, goals=goals),
        author_id=PersonId("staff_lin"),
        made_at=NOON,
        state=VersionState.APPROVED,
        live_at=NOON,
    )
    return Journey(
        id=JourneyId("journey_three"), name="三条", made_at=NOON, versions=(version,), live=1
    )


async def cut(room: Room, platform: Platform) -> None:
    """The second message is not sent to who has paid."""
    step("1  A chain is cut by a purchase")
    await room.told("order.placed", MEI, "o1")
    await room.works()
    say(f"12:00 小梅 places an order: {len(platform.taken())} message")
    room.at += timedelta(hours=1)
    for _ in range(3):
        await room.told("order.paid", MEI, "o1")
    room.at += timedelta(hours=4)
    await room.works()
    expect(len(platform.taken()) == 1, "one message, and none after the purchase")
    say("13:00 she pays, which is told three times; by 17:00 nothing more was sent")


async def killed(room: Room, platform: Platform, uri: str, file: Path) -> None:
    """A process is killed after the platform has taken a message, before that is noted."""
    step("2  Killed between call and note")
    room.at += timedelta(days=1) - timedelta(hours=5)
    await room.told("order.placed", LAN, "o2")
    command = [sys.executable, "-m", "scripts.demo_journeys", uri, str(file), room.at.isoformat()]
    ended = subprocess.run(command, check=False)  # noqa: ASYNC221
    expect(ended.returncode == -signal.SIGKILL, "the process is killed")
    expect(len(platform.taken()) == 2, "the platform has the message")
    say(
        f"killed by signal {-ended.returncode}; noted of it: {await room.records(LAN) or 'nothing'}"
    )
    for _ in range(3):
        room.at += timedelta(minutes=5)
        await go_on_with_messages(room.messages, room.act())
        await room.works()
    expect(len(platform.taken()) == 2, "it is not sent again")
    say(f"others ask the platform, and send nothing twice: {await room.records(LAN)}")


async def edited(room: Room, platform: Platform) -> None:
    """Another version goes live while she waits for her second message."""
    step("3  Edited while it runs")
    journey = (await room.ports.journeys.by_ids([JourneyId("journey_three")]))[
        JourneyId("journey_three")
    ]
    plan = replace(journey.versions[0].plan, steps=EDITED)
    written = with_version(journey, plan, PersonId("staff_lin"), room.at)
    approved = replace(written.versions[1], state=VersionState.APPROVED)
    written = replace(written, versions=(written.versions[0], approved))
    await room.ports.journeys.save(went_live(written, 2, MOVES, room.at), expected=1)
    room.at += timedelta(hours=5)
    await room.works()
    records = await room.records(LAN)
    expect(list(records) == ["one", "last"], "she goes over, and gets the new last message")
    expect(len(set(platform.taken())) == len(platform.taken()) == 3, "each message once")
    say(f"小兰 goes on by the new version: {records}")


async def a_week(room: Room) -> None:
    """The week as it is shipped, with parts, made twice."""
    step("4  A week of the calendar, made twice")
    base = room.base
    await base.reference.opened()
    await room.ports.traits.book.opened()  # type: ignore[attr-defined]
    sharing = sharing_ports(base, content_ports(base), people_ports(base))
    ports = planning_ports(base, room.messages, sharing)
    act = room.act()
    rule = Rule(kind=RuleKind.ORDERS, low=0)
    segment = await save_segment(ports.entering.running.traits, act, None, "全部", rule, expected=0)
    await build_segments(ports.entering.running.traits, by_the_clock(act.at + timedelta(9), new_id))
    monday = beijing_day(room.at) + timedelta(days=7 - beijing_day(room.at).weekday())
    for item in await begin_week(ports, act, monday.isoformat()):
        journey = ItemPart(
            kind=PartKind.JOURNEY,
            minute=600,
            journey_id=JourneyId("journey_three"),
            segment_id=segment.id,
        )
        parts = (ItemPart(kind=PartKind.CAMPAIGN, minute=600, hours=24), journey)
        await save_item(ports, act, replace(item, parts=parts), expected=1)
        [day] = [
            one for one in await week_of(ports, act, monday.isoformat()) if one.item.id == item.id
        ]
        await advance_day(ports, act, item.id, day.occurrence.date)
        say(f"{date.isoformat(day.on)} {item.title}")
    office = Act(viewer=SERVICE, at=act.at, new_id=new_id)
    first = await compile_week(ports, office, monday.isoformat())
    again = await compile_week(ports, office, monday.isoformat())
    expect(all(one.new for one in first) and len(first) == 12, "twelve parts are made")
    expect(not any(one.new for one in again), "again, nothing is made")
    expect([one.target for one in first] == [one.target for one in again], "and all is the same")
    say(f"{len(first)} campaigns and entries of journeys were made; made again: the same, none new")


async def _die(uri: str, file: str, at: str) -> None:
    """Do what is due, and be killed once the platform has taken it."""
    room = Room(uri, Platform(Path(file), dies=True))
    await learn_lookup(room.base)
    room.at = datetime.fromisoformat(at)
    await room.works()


if __name__ == "__main__":
    asyncio.run(_die(*sys.argv[1:]))
