"""Messages go once, by consent and by what channels allow, whatever is cut short."""

import asyncio

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Invalid, NotFound
from domain.members.consent import Purpose
from domain.messaging.carriers import Carried, CarryAnswer
from domain.messaging.channels import MessageChannel, NotReachable
from domain.messaging.reaching import may_reach
from domain.messaging.sending import go_on_with_messages, send, send_by_hand
from domain.messaging.sends import MOST_TRIES, MessageSend, SendId, SendState
from storage.mongo.kernel.database import Database
from tests.support.guiding import an_act
from tests.support.messaging import MEI, WECHAT_TEMPLATE, Played

pytestmark = pytest.mark.anyio

SUBSCRIBE, SMS = MessageChannel.SUBSCRIBE_MESSAGE, MessageChannel.SMS
BUSY = CarryAnswer(carried=Carried.BUSY, code=-1)
NO_PERMIT = CarryAnswer(carried=Carried.USED_UP, code=43101)


@pytest.fixture
async def played(database: Database) -> Played:
    room = Played(database)
    await room.join()
    return room


async def say(played: Played, source: str = "s1", **values: str) -> MessageSend:
    return await send(
        played.ports,
        an_act(),
        source,
        member_id=MEI,
        template_id="hello",
        values=values or {"store": "南京路店"},
    )


async def kept(played: Played, source: str = "s1") -> MessageSend:
    return (await played.ports.sends.by_ids([SendId(source)]))[SendId(source)]


async def reasons(played: Played, purpose: Purpose = Purpose.SERVICE) -> dict[str, str | None]:
    found = await may_reach(played.ports, an_act(), MEI, purpose, WECHAT_TEMPLATE)
    return {one.channel: one.reason for one in found}


async def test_who_can_be_reached_by_what_and_why_not_is_seen_before_anything_is_sent(
    played: Played,
):
    found = await reasons(played)
    assert found[SUBSCRIBE] is NotReachable.NO_PERMIT
    assert found[SMS] is NotReachable.NO_ADDRESS
    assert found[MessageChannel.OFFICIAL_ACCOUNT] is NotReachable.NOT_CONNECTED
    await played.permits(1)
    await played.has_number()
    found = await reasons(played)
    assert (found[SUBSCRIBE], found[SMS]) == (None, None)
    assert (await reasons(played, Purpose.MARKETING))[SMS] is NotReachable.NO_CONSENT
    await played.consents(Purpose.SERVICE, False)
    assert (await reasons(played))[SUBSCRIBE] is NotReachable.NO_CONSENT


async def test_one_yes_is_one_message_and_the_next_goes_by_the_next_channel(played: Played):
    await played.template(SUBSCRIBE, SMS)
    await played.permits(1)
    await played.has_number()
    first, second = await say(played, "s1"), await say(played, "s2")
    assert (first.state, first.channel) == (SendState.SENT, SUBSCRIBE)
    assert (second.state, second.channel) == (SendState.SENT, SMS)
    assert second.reasons == {SUBSCRIBE: NotReachable.NO_PERMIT}
    assert played.subscribe.texts == ["南京路店 见"]


async def test_of_many_at_once_with_three_yeses_three_go(played: Played):
    await played.template(SUBSCRIBE)
    await played.permits(3)
    await asyncio.gather(*(say(played, f"s{n}") for n in range(8)))
    await played.all_are_due()
    await go_on_with_messages(played.ports, an_act())
    found = [(await kept(played, f"s{n}")).state for n in range(8)]
    assert sorted(found) == [SendState.REFUSED] * 5 + [SendState.SENT] * 3
    assert sum(played.subscribe.handed.values()) == 3
    assert await played.left() == 0


async def test_the_same_source_sends_once_however_many_send_it_at_once(played: Played):
    await played.template(SMS)
    await played.has_number()
    await asyncio.gather(*(say(played) for _ in range(8)))
    assert (await say(played)).state is SendState.SENT
    assert played.sms.handed == {"s1": 1}
    # Its template may have been written anew before whoever sends it asks again.
    assert (await say(played, store="人民广场店")).content.text == "南京路店 见"
    assert played.sms.handed == {"s1": 1}


async def test_a_key_of_the_staff_s_is_one_message_to_one_member(played: Played):
    await played.template(SMS)
    await played.has_number()
    other = PersonId("member_li")
    await played.join(other, "openid-li")

    async def by_hand(member_id: PersonId = MEI, store: str = "南京路店") -> MessageSend:
        values = {"store": store}
        return await send_by_hand(
            played.ports,
            an_act(),
            member_id=member_id,
            template_id="hello",
            values=values,
            key="key-of-the-staff-1",
        )

    assert await by_hand() == await by_hand()
    for member_id, store in [(MEI, "人民广场店"), (other, "南京路店")]:
        with pytest.raises(Conflict):
            await by_hand(member_id, store)
    assert len(played.sms.handed) == 1


async def test_a_message_without_an_answer_is_never_sent_again_but_looked_up(played: Played):
    await played.template(SUBSCRIBE)
    await played.permits(2)
    played.subscribe.answers = [None, None]
    assert (await say(played, "s1")).state is SendState.CARRYING
    # What began just now is left to whoever began it.
    await go_on_with_messages(played.ports, an_act())
    assert (await kept(played, "s1")).state is SendState.CARRYING
    await played.all_are_due()
    await go_on_with_messages(played.ports, an_act())
    assert (await kept(played, "s1")).state is SendState.UNKNOWN
    played.subscribe.found = CarryAnswer(carried=Carried.SENT)
    await say(played, "s2")
    await played.all_are_due()
    await go_on_with_messages(played.ports, an_act())
    assert (await kept(played, "s2")).state is SendState.SENT
    assert played.subscribe.handed == {"s1": 1, "s2": 1}
    # A yes that may have been used counts as used.
    assert await played.left() == 0


async def test_a_busy_platform_is_asked_again_with_consent_and_what_it_did_not_take_given_back(
    played: Played,
):
    await played.template(SUBSCRIBE)
    await played.permits(1)
    played.subscribe.answers = [BUSY]
    assert (await say(played)).state is SendState.BUSY
    assert await played.left() == 1
    await played.consents(Purpose.SERVICE, False)
    await played.all_are_due()
    await go_on_with_messages(played.ports, an_act())
    after = await kept(played)
    assert (after.state, after.reasons) == (
        SendState.REFUSED,
        {SUBSCRIBE: NotReachable.NO_CONSENT},
    )
    assert played.subscribe.handed == {"s1": 1}


async def test_a_platform_that_stays_busy_is_given_up(played: Played):
    await played.template(SMS)
    await played.has_number()
    played.sms.answers = [BUSY] * MOST_TRIES
    await say(played)
    for _ in range(MOST_TRIES + 2):
        await played.all_are_due()
        await go_on_with_messages(played.ports, an_act())
    after = await kept(played)
    assert (after.state, after.code) == (SendState.FAILED, -1)
    assert played.sms.handed == {"s1": MOST_TRIES}


async def test_a_yes_that_was_none_is_found_out_and_the_next_channel_is_tried(played: Played):
    await played.template(SUBSCRIBE, SMS)
    await played.permits(5)
    await played.has_number()
    played.subscribe.answers = [NO_PERMIT]
    assert (await say(played)).state is SendState.BUSY
    assert await played.left() == 0
    await played.all_are_due()
    await go_on_with_messages(played.ports, an_act())
    after = await kept(played)
    assert (after.state, after.channel) == (SendState.SENT, SMS)


async def test_what_can_not_be_said_is_refused_before_a_row_is_written(played: Played):
    await played.template(SMS)
    with pytest.raises(Invalid):
        await say(played, shop="南京路店")
    with pytest.raises(NotFound):
        await send(played.ports, an_act(), "s1", member_id=MEI, template_id="nothing", values={})
    assert await played.ports.sends.by_ids([SendId("s1")]) == {}
