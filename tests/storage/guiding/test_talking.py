"""What guides say to each other: checked, once for each key, liked once, taken down, taught."""

import asyncio
from datetime import timedelta

import pytest

from domain.guiding.remarks import MOST_A_DAY, MOST_TURNS, RemarkPlace
from domain.guiding.talking import TalkPorts, like, remarks_in, say, take_down, unlike
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound, TooMany
from domain.kernel.uses import Used, UsedKind
from domain.learning.questions import LearningTopic
from domain.people.viewer import Role, Viewer
from qianmian.foundation import Foundation
from qianmian.wiring.content import content_ports
from qianmian.wiring.guiding import talk_ports
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.learning.learning_items import MongoTopics
from storage.mongo.media.assets import MongoAssets
from tests.storage.media.test_assets import an_asset
from tests.support.foundations import a_foundation
from tests.support.guiding import an_act, as_guide, beijing, open_shops

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
NOON = beijing("2026-11-23")
MANAGER = Viewer(id="staff_s1", role=Role.STORE_MANAGER, store_id="S1")
ELSEWHERE = Viewer(id="staff_s2", role=Role.STORE_MANAGER, store_id="S2")
TOPIC = RemarkPlace.TOPIC


@pytest.fixture
async def ports(database: Database) -> TalkPorts:
    base: Foundation = a_foundation(database)
    await open_shops(base, guides=1)
    await base.made(MongoTopics).save(LearningTopic(id="care", name="护理"), expected=0)
    return talk_ports(base, content_ports(base))


async def said(ports: TalkPorts, words: str, *, key: str, who="G1", at=NOON, **changes):
    fields = {"kind": TOPIC, "id": "care", "asset_id": None, **changes}
    return await say(ports, as_guide(who, at=at), words=words, idempotency_key=key, **fields)


async def words_in(ports: TalkPorts, kind=TOPIC, id="care") -> list[str]:
    page = await remarks_in(ports, as_guide("G1"), kind, id, PageRequest(first=100))
    return [one.words for one in page.items]


async def test_a_question_is_asked_once_answered_liked_once_and_taken_down(ports: TalkPorts):
    asked = await asyncio.gather(*(said(ports, "羽绒服怎么洗？", key="one") for _ in range(5)))
    assert len({one.id for one in asked}) == 1
    question = asked[0]
    answer = await said(
        ports, "冷水手洗", key="two", who="G1001", kind=RemarkPlace.REMARK, id=question.id
    )
    assert await words_in(ports) == ["羽绒服怎么洗？"]
    assert await words_in(ports, RemarkPlace.REMARK, question.id) == ["冷水手洗"]
    with pytest.raises(Invalid):
        await said(ports, "同意", key="three", kind=RemarkPlace.REMARK, id=answer.id)
    likes = [
        await like(ports, as_guide(who), RemarkPlace.REMARK, answer.id)
        for who in ("G1", "G1", "G2001")
    ]
    assert likes == [1, 1, 2]
    answered = (RemarkPlace.REMARK, answer.id)
    turns = [await unlike(ports, as_guide("G1"), *answered) for _ in range(2)]
    assert turns == [1, 1]
    assert await unlike(ports, as_guide("G9"), *answered) == 1
    again = [like(ports, as_guide("G1"), *answered) for _ in range(4)]
    await asyncio.gather(*again)
    assert await like(ports, as_guide("G2001"), *answered) == 2
    for _ in range((MOST_TURNS - 3) // 2):
        await unlike(ports, as_guide("G1"), *answered)
        await like(ports, as_guide("G1"), *answered)
    await unlike(ports, as_guide("G1"), *answered)
    with pytest.raises(TooMany):
        await like(ports, as_guide("G1"), *answered)
    with pytest.raises(Forbidden):
        await take_down(ports, an_act(ELSEWHERE), question.id, "广告")
    with pytest.raises(Invalid):
        await take_down(ports, an_act(MANAGER), question.id, " ")
    await take_down(ports, an_act(MANAGER), question.id, "广告")
    assert await words_in(ports) == []
    with pytest.raises(NotFound):
        await like(ports, as_guide("G1"), RemarkPlace.REMARK, question.id)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"words": "全国第一的羽绒服"}, Invalid),
        ({"words": " "}, Invalid),
        ({"id": "nothing"}, NotFound),
        ({"kind": RemarkPlace.CONTEST}, NotFound),
        ({"kind": RemarkPlace.POST}, NotFound),
        ({"asset_id": "asset_of_nobody"}, NotFound),
    ],
)
async def test_what_may_not_be_said_or_is_said_nowhere_is_refused(
    ports: TalkPorts, changes, refusal
):
    with pytest.raises(refusal):
        await said(ports, **{"words": "加油", "key": "k", **changes})


async def test_a_film_is_its_authors_own_and_is_in_use(ports: TalkPorts, database: Database):
    asset = an_asset(uploaded_by="G1")
    assert await MongoAssets(database).add(asset)
    with pytest.raises(NotFound):
        await said(ports, "看我", key="k", who="G1001", asset_id=asset.id)
    remark = await said(ports, "看我", key="k", asset_id=asset.id)
    target = Used(kind=UsedKind.ASSET, id=asset.id)
    page = await MongoUses(database).of(target, PageRequest())
    assert [(one.kind, one.id) for one in page.items] == [("REMARK", remark.id)]


async def test_what_is_sent_again_over_midnight_is_said_once(ports: TalkPorts):
    midnight = beijing("2026-11-24", "00:00:00")
    first = await said(ports, "加油", key="k", at=midnight - timedelta(seconds=1))
    assert await said(ports, "加油", key="k", at=midnight + timedelta(seconds=1)) == first
    assert await words_in(ports) == ["加油"]


async def test_nobody_says_more_in_a_day_than_anybody_reads(ports: TalkPorts):
    for n in range(MOST_A_DAY):
        await said(ports, f"第{n}条", key=str(n))
    with pytest.raises(TooMany):
        await said(ports, "还有", key="more")
    assert (await said(ports, "第3条", key="3")).words == "第3条"
    assert len(await words_in(ports)) == MOST_A_DAY
