"""Stores' own versions of posts over HTTP."""

import pytest

from tests.conftest import Service
from tests.support.content import (
    APPROVE,
    EDITOR,
    ERRORS,
    GUIDE,
    GUIDE_ELSEWHERE,
    MANAGER,
    MEMBER,
    POST,
    REVISE,
    SUBMIT,
    WITHDRAW,
    an_input,
    approve,
    approved,
    do,
    found,
)

pytestmark = pytest.mark.anyio

STATE = f"""{POST} adaptation {{ stale baseRevisionId
  differences {{ field base parent own conflict }} }}"""
ADAPT = f"""mutation($id: ID!, $input: PostAdaptInput!) {{
  postAdapt(id: $id, input: $input) {{ post {{ {STATE} }} {ERRORS} }} }}"""
READAPT = f"""mutation($id: ID!, $input: PostAdaptInput!, $version: Int!) {{
  adaptationRevise(id: $id, input: $input, expectedVersion: $version) {{
    post {{ {STATE} }} {ERRORS} }} }}"""
ONE = f"query($id: ID!) {{ post(id: $id) {{ {STATE} }} }}"
UNLOCKED = {"unlocked": ["TITLE", "BODY"]}


async def revised(service, parent, **changes):
    """The parent revised and approved anew."""
    answer = await do(
        service,
        REVISE,
        EDITOR,
        id=parent["id"],
        input=an_input(**UNLOCKED, **changes),
        version=parent["version"],
    )
    return await approve(service, answer["post"])


async def test_a_store_adapts_unlocked_fields_and_only_its_own_people_find_it(service: Service):
    parent = await approved(service, **UNLOCKED)
    own = (await do(service, ADAPT, MANAGER, id=parent["id"], input={"title": "观前街店上新"}))[
        "post"
    ]
    assert own["adaptation"]["differences"] == [
        {
            "field": "TITLE",
            "base": [parent["revision"]["title"]],
            "parent": [parent["revision"]["title"]],
            "own": ["观前街店上新"],
            "conflict": False,
        }
    ]
    assert await found(service, GUIDE, text="观前街") == []
    await approve(service, own, MANAGER)
    assert await found(service, GUIDE, text="观前街") == ["观前街店上新"]
    assert await found(service, GUIDE_ELSEWHERE, text="观前街") == []
    assert await found(service, MEMBER, text="观前街") == []


async def test_locked_fields_stay_as_the_brand_has_them(service: Service):
    parent = await approved(service, **UNLOCKED)
    wanted = {"title": "新标题", "tags": ["本店"]}
    answer = await service.query(ADAPT, MANAGER, id=parent["id"], input=wanted)
    assert [one["field"] for one in answer.refused("postAdapt")] == [["input", "tags"]]
    nothing = await service.query(ADAPT, MANAGER, id=parent["id"], input={})
    assert nothing.refused("postAdapt")


async def test_a_store_has_one_adaptation_of_a_post_and_revises_that(service: Service):
    parent = await approved(service, **UNLOCKED)
    own = (await do(service, ADAPT, MANAGER, id=parent["id"], input={"title": "甲"}))["post"]
    second = await service.query(ADAPT, MANAGER, id=parent["id"], input={"title": "乙"})
    assert second.refused("postAdapt")[0]["code"] == "CONFLICT"
    around = await service.query(
        REVISE, MANAGER, id=own["id"], input=an_input(tags=["绕过"]), version=own["version"]
    )
    assert around.refused("postRevise")[0]["code"] == "WRONG_STATE"


async def test_nobody_approves_their_own_adaptation(service: Service):
    parent = await approved(service, **UNLOCKED)
    own = (await do(service, ADAPT, MANAGER, id=parent["id"], input={"title": "甲"}))["post"]
    await do(service, SUBMIT, MANAGER, id=own["id"])
    vote = {"id": own["id"], "scenes": ["MOMENTS"], "hash": own["revision"]["hash"]}
    answer = await service.query(APPROVE, MANAGER, **vote)
    assert answer.refused("postApprove")[0]["code"] == "FORBIDDEN"


async def test_a_parent_that_changes_makes_the_adaptation_stale_with_a_three_way_difference(
    service: Service,
):
    parent = await approved(service, **UNLOCKED)
    own = (await do(service, ADAPT, MANAGER, id=parent["id"], input={"title": "本店的标题"}))[
        "post"
    ]
    await approve(service, own, MANAGER)
    await revised(service, parent, title="品牌的新标题", body=[{"text": "900蓬。"}])
    state = (await service.query(ONE, MANAGER, id=own["id"])).data["post"]
    assert state["adaptation"]["stale"]
    by_field = {one["field"]: one for one in state["adaptation"]["differences"]}
    assert by_field["TITLE"]["conflict"]
    assert by_field["TITLE"]["parent"] == ["品牌的新标题"]
    assert not by_field["BODY"]["conflict"]
    assert by_field["BODY"]["own"] == by_field["BODY"]["base"] != by_field["BODY"]["parent"]
    fresh = await do(
        service,
        READAPT,
        MANAGER,
        id=own["id"],
        input={"title": "本店的新标题"},
        version=state["version"],
    )
    assert not fresh["post"]["adaptation"]["stale"]
    [difference] = fresh["post"]["adaptation"]["differences"]
    assert difference["field"] == "TITLE"


async def test_a_withdrawn_parent_takes_its_adaptations_along(service: Service):
    parent = await approved(service, **UNLOCKED)
    own = (await do(service, ADAPT, MANAGER, id=parent["id"], input={"title": "甲"}))["post"]
    await approve(service, own, MANAGER)
    assert len(await found(service, GUIDE)) == 2
    await do(service, WITHDRAW, EDITOR, id=parent["id"])
    assert await found(service, GUIDE) == []
    state = (await service.query(ONE, MANAGER, id=own["id"])).data["post"]
    assert state["state"] == "WITHDRAWN"


async def test_a_withdrawn_post_can_not_be_adapted(
    service: Service,
):
    parent = await approved(service, **UNLOCKED)
    await do(service, WITHDRAW, EDITOR, id=parent["id"])
    late = await service.query(ADAPT, MANAGER, id=parent["id"], input={"title": "甲"})
    assert late.refused("postAdapt")[0]["code"] == "WRONG_STATE"
