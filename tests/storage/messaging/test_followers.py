"""Followers of the official account: what opens a window, who they are, how often they are told."""

import time
from dataclasses import replace

import pytest

from domain.contact.inbox import Call
from domain.kernel.facts import Batch, Fact
from domain.kernel.refusals import Forbidden
from domain.members.consent import Purpose
from domain.members.identities import IdentityKind, Naming, Proof, taken
from domain.messaging.channels import CHAT_MOST, MessageChannel, NotReachable
from domain.messaging.hearing_followers import (
    FollowerInboxPorts,
    FollowerPorts,
    hear_follower,
    name_followers,
    open_windows,
    prove_follower_address,
)
from domain.messaging.reaching import may_reach
from domain.messaging.sending import send
from domain.messaging.sends import SendState
from qianmian.clock import now
from scripts.wecom_stub import CALLBACK_KEY, CALLBACK_TOKEN, encrypted, signed
from storage.mongo.contact.contact import MongoInbox
from storage.mongo.kernel.database import Database
from storage.outside.wecom_callbacks import OfficialCallbacks
from tests.support.guiding import an_act
from tests.support.messaging import MEI, Played, PlayedCarrier

pytestmark = pytest.mark.anyio

APP, OFFICIAL = "wx-official", MessageChannel.OFFICIAL_ACCOUNT
WROTE = {"MsgType": "text", "Content": "在吗", "MsgId": "1"}
CAME = {"MsgType": "event", "Event": "SCAN"}
LEFT = {"MsgType": "event", "Event": "unsubscribe"}


class Followed(Played):
    """Messages with an official account whose followers are told of."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.account = PlayedCarrier()
        self.ports = replace(
            self.ports,
            official_app=APP,
            carriers={**self.ports.carriers, OFFICIAL: self.account},
        )
        self.inbox = FollowerInboxPorts(
            callbacks=OfficialCallbacks(APP, CALLBACK_TOKEN, CALLBACK_KEY),
            inbox=MongoInbox(database),
        )
        self.unionids = {"o-mei": "union-mei"}

    async def unionid(self, openid: str) -> str | None:
        return self.unionids.get(openid)

    async def hear(self, event: dict[str, str], at: float | None = None) -> None:
        """WeChat tells of something, and all that follows from it follows."""
        fields = {"FromUserName": "o-mei", "CreateTime": str(int(at or time.time())), **event}
        inner = "".join(f"<{name}><![CDATA[{said}]]></{name}>" for name, said in fields.items())
        closed = encrypted(f"<xml>{inner}</xml>", APP)
        query = signed(closed)
        call = Call(
            signature=query["msg_signature"],
            timestamp=query["timestamp"],
            nonce=query["nonce"],
            body=f"<xml><Encrypt><![CDATA[{closed}]]></Encrypt></xml>".encode(),
        )
        await hear_follower(self.inbox, an_act(), call)
        kept = await self.database["contact_inbox"].find({}).to_list(None)
        facts = [Fact(**said) for one in kept for said in one["outbox"]["facts"]]
        ports = FollowerPorts(messaging=self.ports, account=self)
        for follow in (open_windows, name_followers):
            await follow(ports, an_act(), Batch(facts=tuple(facts), upto=1))

    async def window(self) -> tuple[NotReachable | None, int | None]:
        found = await may_reach(self.ports, an_act(), MEI, Purpose.SERVICE)
        [one] = [one for one in found if one.channel is OFFICIAL]
        return one.reason, one.left


@pytest.fixture
async def room(database: Database) -> Followed:
    found = Followed(database)
    await found.join()
    naming = Naming(kind=IdentityKind.UNIONID, value="union-mei")
    identity = taken(None, naming, MEI, Proof.WECHAT, now())
    await found.ports.members.members.identities.save(identity, expected=0)
    await found.template(OFFICIAL)
    return found


async def test_who_wrote_may_be_answered_five_times_until_they_write_again(room: Followed):
    assert await room.window() == (NotReachable.NO_ADDRESS, None)
    await room.hear(WROTE, time.time() - 60)
    await room.hear(WROTE, time.time() - 60)  # told again
    assert await room.window() == (None, CHAT_MOST)
    states = []
    for number in range(CHAT_MOST + 1):
        sent = await send(
            room.ports,
            an_act(),
            f"s{number}",
            member_id=MEI,
            template_id="hello",
            values={"store": "南京路店"},
        )
        states.append(sent.state)
    assert states == [SendState.SENT] * CHAT_MOST + [SendState.REFUSED]
    await room.hear({**WROTE, "MsgId": "2"})
    assert await room.window() == (None, CHAT_MOST)
    # What they wrote is nowhere.
    kept = await room.database["contact_inbox"].find({}).to_list(None)
    assert all("Content" not in one["event"] for one in kept)


async def test_a_window_that_is_over_is_closed_and_who_leaves_is_told_nothing(room: Followed):
    await room.hear(CAME, time.time() - 120)
    assert await room.window() == (NotReachable.WINDOW_CLOSED, 0)
    await room.hear(WROTE, time.time() - 49 * 3_600)
    assert await room.window() == (NotReachable.WINDOW_CLOSED, 0)
    await room.hear({**WROTE, "MsgId": "3"})
    assert (await room.window())[0] is None
    await room.hear(LEFT)
    assert await room.window() == (NotReachable.WINDOW_CLOSED, 0)


async def test_what_is_told_again_after_a_crash_leaves_a_window_as_it_was_used(room: Followed):
    at = time.time() - 60
    await room.hear(LEFT, at)
    await room.hear({**WROTE, "MsgId": "1"}, at + 2)
    for source in ("a", "b"):
        said = {"member_id": MEI, "template_id": "hello", "values": {"store": "x"}}
        await send(room.ports, an_act(), source, **said)  # type: ignore[arg-type]
    # All of it once more, and what was earlier only now.
    await room.hear({**WROTE, "MsgId": "0"}, at - 5)
    assert await room.window() == (None, CHAT_MOST - 2)


async def test_who_left_is_not_written_to_though_what_they_wrote_before_is_told_later(
    room: Followed,
):
    at = time.time() - 60
    await room.hear(LEFT, at)
    await room.hear(WROTE, at - 1)
    assert await room.window() == (NotReachable.WINDOW_CLOSED, 0)


async def test_what_wechat_has_not_signed_opens_nothing(room: Followed):
    with pytest.raises(Forbidden):
        await hear_follower(room.inbox, an_act(), Call(signature="x", timestamp="1", nonce="2"))
    echo = Call(signature="x", timestamp="1", nonce="2", echo="hello")
    with pytest.raises(Forbidden):
        await prove_follower_address(room.inbox, an_act(), echo)
    query = signed("")
    good = Call(
        signature=query["msg_signature"],
        timestamp=query["timestamp"],
        nonce=query["nonce"],
        echo="hello",
    )
    assert await prove_follower_address(room.inbox, an_act(), good) == "hello"
