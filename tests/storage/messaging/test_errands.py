"""What guides are asked to send in WeCom: once, for those who may be written to, to its end."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import httpx2
import pytest

from domain.contact.bonds import bond_of, met
from domain.contact.groups import GroupId
from domain.contact.rules import ContactRules, SendPeriod
from domain.kernel.ids import PersonId
from domain.members.consent import Purpose
from domain.messaging.channels import (
    MessageAllowance,
    MessageChannel,
    NotReachable,
    sends_to_friend,
)
from domain.messaging.errands import (
    OPEN_FOR,
    Errand,
    ErrandKind,
    ErrandState,
    Handed,
    HandResult,
)
from domain.messaging.reaching import may_reach
from domain.messaging.running_errands import ErrandPorts, gather_messages, run_errands
from domain.messaging.sending import send
from domain.messaging.sends import BatchId, MessageSend, SendId, SendState
from domain.messaging.templates import MessageContent
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from qianmian.clock import now
from qianmian.wiring.messaging import errand_ports
from scripts.wecom_stub import COMPANY, SECRET, WecomStub
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.tokens import MongoTokens
from storage.outside.wechat_token import WecomToken
from storage.outside.wecom_errands import WecomHands
from tests.support.foundations import a_foundation
from tests.support.guiding import a_guide, an_act
from tests.support.messaging import MEI, Played
from tests.support.stub import listening

pytestmark = pytest.mark.anyio

GUIDE = MessageChannel.GUIDE
ADD = "/cgi-bin/externalcontact/add_msg_template"


class Room(Played):
    """Messages of which guides are asked in a WeCom that is played."""

    errands: ErrandPorts

    async def friend(self, external_id: str, member_id: PersonId, user: str = "wecom_1") -> None:
        await self.join(member_id, None)
        bond = replace(
            met(bond_of(external_id, user), now() - timedelta(days=1)),
            member_id=member_id,
            guide_id=GuideId("G1"),
            store_id=StoreId("S1"),
            version=1,
        )
        await self.ports.bonds.save(bond, expected=0)

    async def say(self, member_id: PersonId, source: str | None = None) -> MessageSend:
        return await send(
            self.ports,
            an_act(),
            source or f"to-{member_id}",
            member_id=member_id,
            template_id="hello",
            values={"store": "南京路店"},
        )

    async def a_while_goes_by(self, turns: int = 1) -> None:
        """All that waits is due, and the clock has its turns."""
        for _ in range(turns):
            await self.all_are_due()
            await gather_messages(self.errands, an_act())
            await self.errands_are_due()
            await run_errands(self.errands, an_act())

    async def errands_are_due(self) -> None:
        due = {"due_at": {"$type": "date"}}
        await self.database["errands"].update_many(due, {"$set": {"due_at": now()}})

    async def used(self, external_id: str) -> int:
        """How much of a customer's month is used."""
        month = sends_to_friend(external_id, ContactRules(), now())
        [found] = await self.ports.allowances.by_ids([month.id])
        return month.left - found.left

    async def states(self) -> dict[str, str]:
        found = await self.database["messages"].find({}).to_list(None)
        return {one["_id"]: one["state"] for one in found}

    async def all_errands(self) -> list[Errand]:
        ids = [one["_id"] for one in await self.database["errands"].find({}).to_list(None)]
        return list((await self.errands.errands.by_ids(ids)).values())


@pytest.fixture
def stub() -> WecomStub:
    return WecomStub()


@pytest.fixture
async def room(database: Database, stub: WecomStub) -> AsyncIterator[Room]:
    found = Room(database)
    found.ports = replace(found.ports, by_guides=True)
    async with listening(stub.app()) as gateway, httpx2.AsyncClient() as client:
        base = a_foundation(database)
        tokens = MongoTokens(database)
        token = WecomToken(client, COMPANY, SECRET, tokens=tokens, now=now, base_url=gateway)
        ports = errand_ports(base, found.ports)
        await base.made(type(ports.guides)).save_all([a_guide(1)])
        found.errands = replace(ports, wecom=WecomHands(token))
        await found.template(GUIDE)
        for number in range(3):
            await found.friend(f"wm{number}", PersonId(f"member_{number}"))
        yield found


async def test_a_guide_is_asked_once_for_all_and_what_they_confirm_is_read(
    room: Room, stub: WecomStub
):
    for number in range(3):
        assert (await room.say(PersonId(f"member_{number}"))).state is SendState.PLANNED
    await room.a_while_goes_by()
    [asked] = stub.hands.asked.values()
    assert (asked.user, asked.text, sorted(asked.results)) == (
        "wecom_1",
        "南京路店 见",
        ["wm0", "wm1", "wm2"],
    )
    assert set((await room.states()).values()) == {SendState.ASKED}
    stub.hands.gone, stub.hands.other_first = {"wm1"}, {"wm2"}
    stub.hands.confirm("wecom_1")
    await room.a_while_goes_by()
    assert await room.states() == {
        "to-member_0": SendState.SENT,
        "to-member_1": SendState.FAILED,
        "to-member_2": SendState.FAILED,
    }
    [errand] = await room.all_errands()
    assert (errand.state, errand.sent, errand.store_id) == (ErrandState.DONE, 1, "S1")
    # What did not go counts for nobody's month.
    left = {}
    for number in range(3):
        left[number] = await room.used(f"wm{number}")
    # Who got another first has had as many as may be, and is asked for no more this month.
    assert left == {0: 1, 1: 0, 2: sends_to_friend("wm2", ContactRules(), now()).left}
    found = await may_reach(room.ports, an_act(), "member_2", Purpose.SERVICE)
    assert {one.channel: one.reason for one in found}[GUIDE] is NotReachable.MONTH_USED_UP


async def test_consent_and_friendship_are_asked_for_again_before_the_guide_is(
    room: Room, stub: WecomStub
):
    await room.template(GUIDE, id="news", purpose=Purpose.MARKETING)
    await room.join()
    await room.friend("wm9", MEI)
    await room.consents(Purpose.MARKETING, True)
    planned = await send(
        room.ports, an_act(), "s", member_id=MEI, template_id="news", values={"store": "x"}
    )
    assert planned.state is SendState.PLANNED
    await room.consents(Purpose.MARKETING, False)
    await room.a_while_goes_by()
    after = (await room.ports.sends.by_ids([SendId("s")]))[SendId("s")]
    assert (after.state, after.reasons) == (
        SendState.REFUSED,
        {GUIDE: NotReachable.NO_CONSENT},
    )
    assert not stub.hands.asked


async def test_a_month_that_is_used_up_is_foreseen(room: Room):
    month = sends_to_friend("wm0", ContactRules(), now())
    await room.ports.allowances.begin(MessageAllowance(id=month.id, left=0, until=month.until))
    found = await may_reach(room.ports, an_act(), "member_0", Purpose.SERVICE)
    assert {one.channel: one.reason for one in found}[GUIDE] is NotReachable.MONTH_USED_UP
    assert (await room.say(PersonId("member_0"))).state is SendState.REFUSED


async def test_who_has_several_friends_in_the_company_is_reached_for_sure_by_none(room: Room):
    found = await may_reach(room.ports, an_act(), "member_0", Purpose.SERVICE)
    assert [one.sure for one in found if one.channel is GUIDE] == [True]
    later = met(bond_of("wm0", "wecom_2"), now())
    later = replace(later, member_id=PersonId("member_0"), guide_id=GuideId("G2"), version=1)
    await room.ports.bonds.save(later, expected=0)
    found = await may_reach(room.ports, an_act(), "member_0", Purpose.SERVICE)
    assert [(one.guide_id, one.sure) for one in found if one.channel is GUIDE] == [("G2", False)]


async def test_a_call_whose_answer_is_lost_is_found_again_and_not_repeated(
    room: Room, stub: WecomStub
):
    await room.say(PersonId("member_0"))
    stub.hands.lost = 1
    await room.a_while_goes_by()
    [errand] = await room.all_errands()
    assert errand.state is ErrandState.CARRYING
    await room.a_while_goes_by()
    [errand] = await room.all_errands()
    assert (errand.state, errand.task_id) == (ErrandState.ASKED, "msg1")
    assert stub.asked[ADD] == 1
    stub.hands.confirm("wecom_1")
    await room.a_while_goes_by()
    assert await room.states() == {"to-member_0": SendState.SENT}


async def test_a_call_that_began_nothing_is_made_again(room: Room, stub: WecomStub):
    await room.say(PersonId("member_0"))
    stub.trouble[ADD] = [45009]
    await room.a_while_goes_by(2)
    assert len(stub.hands.asked) == 1
    [errand] = await room.all_errands()
    assert errand.state is ErrandState.ASKED


async def test_what_is_cut_short_before_the_errand_is_written_goes_into_another(
    room: Room, stub: WecomStub
):
    await room.say(PersonId("member_0"))
    await room.all_are_due()
    add, room_errands = room.errands.errands.add, room.errands.errands

    async def cut_short(errands):
        raise ConnectionError("the process died")

    room_errands.add = cut_short  # type: ignore[method-assign]
    with pytest.raises(ExceptionGroup):
        await gather_messages(room.errands, an_act())
    room_errands.add = add  # type: ignore[method-assign]
    assert await room.states() == {"to-member_0": SendState.ASKED}
    await room.a_while_goes_by(3)
    assert len(stub.hands.asked) == 1
    assert await room.states() == {"to-member_0": SendState.ASKED}


async def test_what_nobody_confirms_in_a_week_has_failed(room: Room, stub: WecomStub):
    await room.say(PersonId("member_0"))
    await room.a_while_goes_by()
    await room.database["errands"].update_many(
        {}, {"$set": {"asked_at": now() - OPEN_FOR, "due_at": now()}}
    )
    await run_errands(room.errands, an_act())
    assert await room.states() == {"to-member_0": SendState.FAILED}


async def test_who_withdraws_consent_while_wecom_is_busy_is_left_out(room: Room, stub: WecomStub):
    await room.template(GUIDE, id="news", purpose=Purpose.MARKETING)
    await room.join()
    await room.friend("wm9", MEI)
    await room.consents(Purpose.MARKETING, True)
    news = {"member_id": MEI, "template_id": "news", "values": {"store": "x"}}
    await send(room.ports, an_act(), "s", **news)  # type: ignore[arg-type]
    stub.trouble[ADD] = [45009]
    await room.a_while_goes_by()
    assert await room.states() == {"s": SendState.ASKED}
    await room.consents(Purpose.MARKETING, False)
    await room.a_while_goes_by(2)
    after = (await room.ports.sends.by_ids([SendId("s")]))[SendId("s")]
    assert (after.state, after.reasons) == (SendState.REFUSED, {GUIDE: NotReachable.NO_CONSENT})
    # Asked for nobody, WeCom would show it to the guide for all of their customers.
    assert not stub.hands.asked
    assert await room.used("wm9") == 0


async def test_who_gathers_so_slowly_that_another_takes_all_over_asks_for_nobody(
    room: Room, stub: WecomStub
):
    await room.say(PersonId("member_0"))
    await room.all_are_due()
    errands = room.errands.errands
    add = errands.add

    async def slow(gathered):
        errands.add = add  # type: ignore[method-assign]
        await room.say(PersonId("member_1"))
        await room.all_are_due()
        await gather_messages(room.errands, an_act())
        await add(gathered)

    errands.add = slow  # type: ignore[method-assign]
    await gather_messages(room.errands, an_act())
    await room.errands_are_due()
    await run_errands(room.errands, an_act())
    [asked] = stub.hands.asked.values()
    assert sorted(asked.results) == ["wm0", "wm1"]


async def test_what_came_too_late_for_an_errand_goes_into_another(room: Room, stub: WecomStub):
    await room.say(PersonId("member_0"))
    await room.a_while_goes_by()
    [errand] = await room.all_errands()
    late = await room.say(PersonId("member_1"))
    taken = {"state": SendState.ASKED, "batch_id": errand.id, "due_at": now()}
    await room.database["messages"].update_one({"_id": late.id}, {"$set": taken})
    await room.a_while_goes_by(2)
    assert [sorted(one.results) for one in stub.hands.asked.values()] == [["wm0"], ["wm1"]]


def an_errand(id: str, kind: ErrandKind, *to: str) -> Errand:
    return Errand(
        id=BatchId(id),
        kind=kind,
        user_id="wecom_1",
        guide_id=GuideId("G1"),
        store_id=StoreId("S1"),
        content=MessageContent(text="今天上新"),
        handed=tuple(Handed(to=one) for one in to),
        asked_by=id,
        at=now(),
        due_at=now(),
        group_id=GroupId(to[0]) if kind is ErrandKind.GROUPS else None,
    )


async def test_two_alike_whose_answers_are_lost_are_told_apart_by_whom_they_go_to(
    room: Room, stub: WecomStub
):
    groups = [["wr1"], ["wr2"], ["wr2"]]
    errands = [an_errand(f"e{number}", ErrandKind.GROUPS, *to) for number, to in enumerate(groups)]
    await room.errands.errands.add(errands)
    stub.hands.lost = 3
    await room.a_while_goes_by()
    assert {one.state for one in await room.all_errands()} == {ErrandState.CARRYING}
    # Of the two for one group, looked up at once, each has one of the tasks in the end.
    await room.a_while_goes_by(3)
    assert stub.asked[ADD] == 3
    found = await room.all_errands()
    assert {one.state for one in found} == {ErrandState.ASKED}
    for one in found:
        assert one.task_id
        assert list(stub.hands.asked[one.task_id].results) == [one.handed[0].to]
    assert len({one.task_id for one in found}) == 3


async def test_a_task_that_goes_to_nobody_is_not_taken_for_one_whose_answer_was_lost(
    room: Room, stub: WecomStub
):
    await room.errands.errands.add([an_errand("e", ErrandKind.GROUPS, "wr1")])
    stub.hands.lost = 1
    await room.a_while_goes_by()
    # What WeCom keeps is somebody's of the same words, all of whose receivers it left out.
    [asked] = stub.hands.asked.values()
    asked.results.clear()
    await room.a_while_goes_by(2)
    [errand] = await room.all_errands()
    assert (errand.state, errand.task_id) == (ErrandState.ASKED, "msg2")


async def test_a_moment_is_asked_for_once_and_is_sent_when_the_guide_publishes_it(
    room: Room, stub: WecomStub
):
    moments = [an_errand(f"m{number}", ErrandKind.MOMENT, "wecom_1") for number in range(2)]
    await room.errands.errands.add(moments)
    stub.hands.lost = 1
    await room.a_while_goes_by(2)
    assert len(stub.hands.asked) == 2
    assert {one.state for one in await room.all_errands()} == {ErrandState.ASKED}
    assert [one.sent for one in await room.all_errands()] == [0, 0]
    stub.hands.confirm("wecom_1")
    await room.a_while_goes_by()
    results = [(one.state, one.handed[0].result) for one in await room.all_errands()]
    assert results == [(ErrandState.DONE, HandResult.SENT)] * 2


async def test_a_moment_that_wecom_does_not_show_is_never_asked_for_again(
    room: Room, stub: WecomStub
):
    await room.errands.errands.add([an_errand("m", ErrandKind.MOMENT, "wecom_1")])
    stub.hands.lost = 1
    await room.a_while_goes_by()
    stub.hands.asked.clear()
    await room.a_while_goes_by(2)
    [errand] = await room.all_errands()
    assert (errand.state, len(stub.hands.asked)) == (ErrandState.UNKNOWN, 0)


@pytest.mark.parametrize(
    ("per", "most", "at", "left", "until"),
    [
        (SendPeriod.MONTH, None, "2026-02-27T17:00", 28, "2026-02-28T16:00"),
        (SendPeriod.MONTH, 4, "2026-02-28T15:59", 4, "2026-02-28T16:00"),
        (SendPeriod.WEEK, None, "2026-02-28T15:59", 7, "2026-03-01T16:00"),
        (SendPeriod.WEEK, None, "2026-03-01T16:00", 7, "2026-03-08T16:00"),
        (SendPeriod.DAY, None, "2026-02-28T16:00", 1, "2026-03-01T16:00"),
    ],
)
def test_as_many_go_to_a_friend_as_the_administrator_in_wecom_has_set(per, most, at, left, until):
    rules = ContactRules(sends_per=per, sends_most=most)
    found = sends_to_friend("wm", rules, datetime.fromisoformat(f"{at}+00:00"))
    assert (found.left, found.until) == (left, datetime.fromisoformat(f"{until}+00:00"))
