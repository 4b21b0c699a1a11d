"""Talking, the board and figures over HTTP, in the order in which the page tells of them."""

import pytest

from storage.mongo.kernel.database import Database
from tests.api.guiding.test_contests import TRAINER
from tests.api.guiding.test_tasks import run
from tests.api.learning.test_learning import SHOWN as LEARNING
from tests.conftest import Service
from tests.support.content import (
    APPROVE,
    EDITOR,
    HEAD_OFFICE,
    REVIEWER,
    SUBMIT,
    approved,
    do,
)
from tests.support.sharing import GUIDE, a_shop

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
POST = "query($id: ID!) { post(id: $id) { revision { hash scenes body { __typename } } } }"


async def test_the_best_that_guides_say_is_taught_and_stands_on_the_board(
    service: Service, database: Database
):
    await a_shop(service, database)
    lesson = (await approved(service, EDITOR, scenes=["INTERNAL"]))["id"]
    await service.query(LEARNING["KeepTopic"], TRAINER, post=lesson)
    said = await run(
        service, "Say", GUIDE, place="TOPIC", id="care", words="冷水手洗，平铺晾干。", key="one"
    )
    remark = said["remark"]["id"]
    liked = await run(service, "Like", TRAINER, place="REMARK", id=remark)
    assert liked["likes"] == 1
    [shown] = (await run(service, "Said", GUIDE, place="TOPIC", id="care"))["nodes"]
    assert (shown["authorName"], shown["likes"]) == ("林小雨", 1)
    category = "上新/羽绒服"
    taught = await run(service, "Teach", EDITOR, remark=remark, category=category)
    post = taught["post"]["id"]
    early = await service.query(
        'mutation($post: ID!) { boardPut(postId: $post, guideId: "G1") { userErrors { code } } }',
        TRAINER,
        post=post,
    )
    assert early.refused("boardPut") == [{"code": "NOT_FOUND"}]
    await do(service, SUBMIT, EDITOR, id=post)
    revision = (await service.query(POST, HEAD_OFFICE, id=post)).data["post"]["revision"]
    await do(service, APPROVE, REVIEWER, id=post, scenes=revision["scenes"], hash=revision["hash"])
    await run(service, "PutOnBoard", TRAINER, post=post, guide="G1")
    await run(service, "Like", GUIDE, place="POST", id=post)
    [stands] = (await run(service, "Board", GUIDE))["nodes"]
    assert (stands["guideName"], stands["likes"], stands["post"]["revision"]["title"]) == (
        "林小雨",
        1,
        "羽绒服这样洗",
    )
    await run(service, "Say", TRAINER, place="POST", id=post, words="讲得好", key="two")


async def test_nothing_is_made_up_where_nothing_was_done(service: Service, database: Database):
    await a_shop(service, database)
    answer = await service.query(
        "{ guideTitles { id } modelStores { id } regionAssessment { subject } }", HEAD_OFFICE
    )
    assert answer.data["regionAssessment"] == []
