"""Nobody approves words of theirs, and what was approved is what is shown."""

import pytest

from tests.api.content.test_adaptations import ADAPT, READAPT
from tests.api.content.test_review_desk import SET
from tests.conftest import Service
from tests.support.content import (
    APPROVE,
    EDITOR,
    GUIDE,
    HEAD_OFFICE,
    MANAGER,
    ONE,
    REJECT,
    REVIEWER,
    REVIEWER_2,
    REVISE,
    SUBMIT,
    an_input,
    approve,
    deposited,
    do,
    found,
)

pytestmark = pytest.mark.anyio

THEIRS = "配一条羊毛围巾，出门更好看。"


async def revised(service, post, viewer, **changes):
    sent = {"id": post["id"], "version": post["version"], "input": an_input(**changes)}
    return (await do(service, REVISE, viewer, **sent))["post"]


async def submitted(service, post, viewer=EDITOR):
    return (await do(service, SUBMIT, viewer, id=post["id"]))["post"]


async def vote(service, post, viewer, scenes=None, read=None):
    revision = post["revision"]
    answer = await service.query(
        APPROVE,
        viewer,
        id=post["id"],
        scenes=scenes or revision["scenes"],
        hash=read or revision["hash"],
    )
    errors = answer.data["postApprove"]["userErrors"]
    return errors[0]["code"] if errors else answer.data["postApprove"]["post"]


async def test_who_wrote_at_an_earlier_revision_approves_none_with_words_of_theirs(
    service: Service,
):
    post = await deposited(service)
    post = await revised(service, post, REVIEWER, body=[{"text": THEIRS}, {"text": "好"}])
    post = await revised(service, post, EDITOR, body=[{"text": f"今天{THEIRS}"}])
    post = await submitted(service, post)
    assert await vote(service, post, REVIEWER) == "FORBIDDEN"
    without = await revised(service, post, EDITOR, body=[{"text": "重新写过的一段话。"}])
    assert (await vote(service, await submitted(service, without), REVIEWER))["state"] == "APPROVED"


async def test_who_hands_in_what_others_wrote_does_not_approve_it(service: Service):
    post = await submitted(service, await deposited(service, HEAD_OFFICE, department="BRAND"))
    assert await vote(service, post, EDITOR) == "FORBIDDEN"
    steps = {"kind": "MATERIAL", "steps": [{"role": "HEAD_OFFICE"}], "dueHours": 2}
    await do(service, SET, HEAD_OFFICE, input=steps)
    own = await submitted(service, await deposited(service, title="换了政策"), HEAD_OFFICE)
    assert await vote(service, own, HEAD_OFFICE) == "FORBIDDEN"


async def test_words_that_a_reviewer_asked_for_are_approved_by_another(service: Service):
    post = await submitted(service, await deposited(service))
    comments = [{"field": "body.0.text", "message": f"这段太干，改成：{THEIRS}"}]
    await do(service, REJECT, REVIEWER, id=post["id"], comments=comments)
    post = (await service.query(ONE, EDITOR, id=post["id"])).data["post"]
    post = await submitted(service, await revised(service, post, EDITOR, body=[{"text": THEIRS}]))
    assert await vote(service, post, REVIEWER) == "FORBIDDEN"
    comments = [{"field": "title", "message": "标题短些"}]
    await do(service, REJECT, REVIEWER_2, id=post["id"], comments=comments)
    post = (await service.query(ONE, EDITOR, id=post["id"])).data["post"]
    changed = {"title": "挡住寒风", "body": [{"text": THEIRS}]}
    post = await submitted(service, await revised(service, post, EDITOR, **changed))
    assert await vote(service, post, REVIEWER) == "FORBIDDEN"
    assert (await vote(service, post, REVIEWER_2))["state"] == "APPROVED"


async def test_who_wrote_the_brands_post_approves_no_stores_version_of_it(service: Service):
    wanted = {"department": "BRAND", "unlocked": ["TITLE"], "title": "由审核人写的标题"}
    parent = await deposited(service, REVIEWER_2, **wanted)
    parent = await approve(service, parent, REVIEWER_2)
    own = (await do(service, ADAPT, MANAGER, id=parent["id"], input={"title": "本店的标题"}))[
        "post"
    ]
    own = await submitted(service, own, MANAGER)
    assert await vote(service, own, REVIEWER_2) == "FORBIDDEN"
    same = {"id": own["id"], "version": own["version"], "input": {"title": "本店的标题"}}
    unchanged = await service.query(READAPT, MANAGER, **same)
    assert unchanged.refused("adaptationRevise")[0]["code"] == "INVALID"
    assert (await vote(service, own, REVIEWER))["state"] == "APPROVED"


async def test_what_was_approved_is_what_is_shown(service: Service):
    steps = [{"role": "REVIEWER"}, {"role": "HEAD_OFFICE"}]
    policy = {"kind": "MATERIAL", "steps": steps, "dueHours": 2}
    await do(service, SET, HEAD_OFFICE, input=policy)
    third = await submitted(service, await deposited(service, title="第三稿"))
    read = third["revision"]["hash"]
    await vote(service, third, REVIEWER)
    sent = {"id": third["id"], "input": an_input(title="第三稿"), "version": third["version"] + 1}
    unchanged = await service.query(REVISE, EDITOR, **sent)
    assert unchanged.refused("postRevise")[0]["code"] == "INVALID"
    now = (await service.query(ONE, EDITOR, id=third["id"])).data["post"]
    assert (now["review"]["outcome"], now["review"]["step"]) == ("OPEN", 1)
    assert (await vote(service, third, HEAD_OFFICE))["showing"]["scenes"] == [
        "MOMENTS",
        "SEEDING_ZONE",
    ]
    now = (await service.query(ONE, EDITOR, id=third["id"])).data["post"]
    fourth = await submitted(service, await revised(service, now, EDITOR, title="第四稿"))
    assert await vote(service, fourth, HEAD_OFFICE, read=read) == "FORBIDDEN"
    assert await vote(service, fourth, REVIEWER, read=read) == "CONFLICT"
    assert await found(service, GUIDE, scene="SEEDING_ZONE") == ["第三稿"]
    await vote(service, fourth, REVIEWER)
    assert await vote(service, fourth, HEAD_OFFICE, read=read) == "CONFLICT"
    assert await found(service, GUIDE) == ["第三稿"]
    await vote(service, fourth, HEAD_OFFICE, ["MOMENTS"])
    assert await found(service, GUIDE, scene="MOMENTS") == ["第四稿"]
    assert await found(service, GUIDE, scene="SEEDING_ZONE") == []
    assert await found(service, None) == []
