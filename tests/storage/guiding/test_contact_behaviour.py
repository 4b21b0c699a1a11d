"""What WeCom counts of guides: read once for each day, guide by guide, whatever goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import httpx2
import pytest

from domain.guiding import contact_behaviour
from domain.guiding.assessing import assess_guides, assess_regions, assessment_file
from domain.guiding.contact_behaviour import (
    AGAIN_AFTER,
    BEHIND_AFTER,
    CAUGHT_UP,
    BehaviourPorts,
    read_behaviour,
)
from domain.kernel.days import day_begins
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Unavailable
from qianmian.clock import now
from qianmian.wiring.guiding import behaviour_ports
from scripts.wecom_stub import COMPANY, SECRET, WecomStub
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.tokens import MongoTokens
from storage.outside.wechat_token import WecomToken
from tests.support.foundations import a_foundation
from tests.support.guiding import an_act, beijing, open_shops
from tests.support.stub import listening

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
# A Monday; what is told from six o'clock on is of the Sunday before it.
MONDAY = date(2026, 11, 23)
EARLY, SIX = beijing("2026-11-23", "05:59:59"), beijing("2026-11-23", "06:00:00")
ASKED = "/cgi-bin/externalcontact/get_user_behavior_data"


@pytest.fixture
def stub() -> WecomStub:
    return WecomStub(users={"wecom_1", "wecom_2", "wecom_1001", "wecom_2001"})


@pytest.fixture
async def ports(database: Database, stub: WecomStub) -> AsyncIterator[BehaviourPorts]:
    base = a_foundation(database)
    await open_shops(base, guides=2)
    async with listening(stub.app()) as gateway, httpx2.AsyncClient() as client:
        tokens = MongoTokens(database)
        token = WecomToken(client, COMPANY, SECRET, tokens=tokens, now=now, base_url=gateway)
        yield behaviour_ports(base, token)


def counts(stub: WecomStub, user: str, days_before: int, **figures: float) -> None:
    day = day_begins(MONDAY - timedelta(days=days_before))
    stub.counted[user, int(day.timestamp())] = figures


async def read_all(ports: BehaviourPorts, at=SIX) -> None:
    while await read_behaviour(ports, an_act(at=at)):
        pass


async def test_replies_and_requests_of_a_week_are_told_by_guide_and_region(
    ports: BehaviourPorts, stub: WecomStub
):
    chat = {"chat_cnt": 10, "message_cnt": 40, "new_apply_cnt": 4, "new_contact_cnt": 3}
    counts(stub, "wecom_1", 1, **chat, reply_percentage=60.25)
    counts(stub, "wecom_1", 2, chat_cnt=2, message_cnt=2, reply_percentage=100)
    counts(stub, "wecom_1", 3, chat_cnt=1, message_cnt=1)
    counts(stub, "wecom_1001", 1, chat_cnt=5, reply_percentage=0, new_contact_cnt=1)
    counts(stub, "wecom_1", 0, chat_cnt=99)
    counts(stub, "wecom_1", CAUGHT_UP + 1, chat_cnt=99)
    await asyncio.gather(*(read_behaviour(ports, an_act(at=SIX)) for _ in range(3)))
    await read_all(ports)
    asked = stub.asked[ASKED]
    await read_all(ports)
    assert stub.asked[ASKED] == asked
    office, sunday = an_act(at=SIX), "2026-11-22"
    page = await assess_guides(ports.figures, office, "320500", sunday, PageRequest())
    rows = {one.figure.subject: one.figure for one in page.items}
    first, other = rows["G1"], rows["G1001"]
    assert [first.of(name) for name in ("chats", "messages_written")] == [13, 43]
    assert (first.replied_percent, first.taken_percent) == (80.12, 75.0)
    # Somebody who replied to nobody is not somebody whom nobody wrote to.
    assert (other.replied_percent, other.taken_percent) == (0.0, None)
    assert "G2" not in rows
    [region] = await assess_regions(ports.figures, office, sunday)
    assert region.figure.replied_percent == 53.42
    text = await assessment_file(ports.figures, office, "320500", sunday)
    names, line, *_ = (one.split(",") for one in text.splitlines())
    told = dict(zip(names, line, strict=True))
    assert (told["chats"], told["replied_percent"], told["taken_percent"]) == (
        "13",
        "80.12",
        "75.0",
    )
    assert not {"replied", "reply_days"} & told.keys()


async def chats(ports: BehaviourPorts) -> dict[str, int]:
    page = await assess_guides(ports.figures, an_act(at=SIX), "320500", "2026-11-22", PageRequest())
    return {one.figure.subject: one.figure.of("chats") for one in page.items}


async def test_a_day_is_not_asked_for_before_six_and_a_part_that_went_wrong_is_read_again(
    ports: BehaviourPorts, stub: WecomStub
):
    counts(stub, "wecom_1", 1, chat_cnt=3)
    counts(stub, "wecom_2", 1, chat_cnt=4)

    await read_all(ports, EARLY)
    assert await chats(ports) == {}

    class Busy:
        """What WeCom counts, which is told of one person when it is asked a second time."""

        asked = 0

        async def of(self, user_id: str, day: date):
            if user_id == "wecom_1":
                self.asked += 1
                if self.asked == 1:
                    raise Unavailable("WeCom is busy.")
            return await ports.source.of(user_id, day)

    busy = replace(ports, source=Busy())
    with pytest.raises(ExceptionGroup):
        await read_behaviour(busy, an_act(at=SIX))
    assert await chats(ports) == {"G2": 4}
    await read_all(busy, SIX + AGAIN_AFTER)
    assert await chats(ports) == {"G1": 3, "G2": 4}


async def test_who_can_not_be_read_holds_nobody_up_and_is_read_later(
    ports: BehaviourPorts, stub: WecomStub, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(contact_behaviour, "GUIDES_AT_ONCE", 2)
    for number, user in enumerate(("wecom_1", "wecom_2", "wecom_1001"), 1):
        counts(stub, user, 1, chat_cnt=number)

    class Deaf:
        """What WeCom counts of everybody but one."""

        asked = 0

        async def of(self, user_id: str, day: date):
            if user_id == "wecom_1":
                self.asked += 1
                raise Unavailable("WeCom does not answer for this one.")
            return await ports.source.of(user_id, day)

    deaf = Deaf()
    held_up = replace(ports, source=deaf)

    async def all_day(ports: BehaviourPorts, begin, until) -> None:
        """Let the clock come every minute."""
        at = begin
        while at <= until:
            try:
                await read_all(ports, at)
            except ExceptionGroup:
                continue  # some day of the week was told of; the others are gone on with
            at += AGAIN_AFTER

    ended = SIX + 5 * AGAIN_AFTER
    await all_day(held_up, SIX, ended)
    assert await chats(ports) == {"G2": 2, "G1001": 3}
    assert deaf.asked == 2 * CAUGHT_UP  # in their turn, and at the end of the list
    runs = await ports.runs.due(ended + BEHIND_AFTER)
    assert [one.behind for one in runs] == [("G1",)] * CAUGHT_UP
    await read_all(ports, ended + BEHIND_AFTER)
    assert await chats(ports) == {"G1": 1, "G2": 2, "G1001": 3}
    assert await ports.runs.due(ended + 24 * BEHIND_AFTER) == []
