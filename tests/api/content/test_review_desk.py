"""The reviewers' desk over HTTP."""

from datetime import timedelta

import pytest

from domain.content import reviewing
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Conflict
from domain.people.viewer import Role, Viewer
from qianmian import composition
from qianmian.wiring.content import content_ports
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.content import (
    APPROVE,
    EDITOR,
    ERRORS,
    GUIDE,
    HEAD_OFFICE,
    REJECT,
    REVIEWER,
    REVIEWER_2,
    REVISE,
    SUBMIT,
    WITHDRAW,
    an_act,
    an_input,
    approved,
    deposited,
    do,
    found,
)
from tests.support.foundations import a_foundation

pytestmark = pytest.mark.anyio

SET = f"""mutation($input: ReviewPolicyInput!) {{
  reviewPolicySet(input: $input) {{
    policy {{ category {{ path }} steps {{ role people }} dueHours }} {ERRORS} }} }}"""
CLAIM = f"""mutation($id: ID!) {{
  reviewClaim(postId: $id) {{ post {{ review {{ claimedBy }} }} {ERRORS} }} }}"""
RELEASE = f"""mutation($id: ID!) {{
  reviewRelease(postId: $id) {{ post {{ review {{ claimedBy }} }} {ERRORS} }} }}"""
QUEUE = """query($overdue: Boolean! = false) {
  reviewQueue(overdue: $overdue) { totalCount nodes { id review { dueAt } } } }"""


async def submitted(service, editor=EDITOR, **changes):
    post = await deposited(service, editor, **changes)
    return (await do(service, SUBMIT, editor, id=post["id"]))["post"]


def a_vote(post, scenes=("MOMENTS",)):
    return {"id": post["id"], "scenes": list(scenes), "hash": post["revision"]["hash"]}


async def queue(service, viewer, **wanted):
    answer = await service.query(QUEUE, viewer, **wanted)
    return [one["id"] for one in answer.data["reviewQueue"]["nodes"]]


async def test_a_policy_of_two_steps_needs_each_role_in_its_order(service: Service):
    steps = [{"role": "REVIEWER", "people": 2}, {"role": "HEAD_OFFICE"}]
    policy = {"kind": "MATERIAL", "steps": steps, "dueHours": 2}
    await do(service, SET, HEAD_OFFICE, input=policy)
    post = await submitted(service)
    early = await service.query(APPROVE, HEAD_OFFICE, **a_vote(post))
    assert early.refused("postApprove")[0]["code"] == "FORBIDDEN"
    both = ("MOMENTS", "SEEDING_ZONE")
    await do(service, APPROVE, REVIEWER, **a_vote(post, both))
    again = await service.query(APPROVE, REVIEWER, **a_vote(post))
    assert again.refused("postApprove")[0]["code"] == "WRONG_STATE"
    assert await found(service, GUIDE) == []
    await do(service, APPROVE, REVIEWER_2, **a_vote(post, ["SEEDING_ZONE"]))
    none_left = await service.query(APPROVE, HEAD_OFFICE, **a_vote(post, ["MOMENTS"]))
    assert none_left.refused("postApprove")[0]["field"] == ["scenes"]
    shown = (await do(service, APPROVE, HEAD_OFFICE, **a_vote(post, both)))["post"]
    assert shown["showing"]["scenes"] == ["SEEDING_ZONE"]


async def test_the_nearest_policy_above_a_category_counts(service: Service):
    await deposited(service)
    for category, role in ((None, "HEAD_OFFICE"), ("上新", "REVIEWER")):
        policy = {"kind": "MATERIAL", "steps": [{"role": role}], "category": category}
        await do(service, SET, HEAD_OFFICE, input=policy)
    near = await submitted(service)
    far = await submitted(service, category="穿搭")
    assert await queue(service, REVIEWER) == [near["id"]]
    assert await queue(service, HEAD_OFFICE) == [near["id"], far["id"]]


async def test_only_head_office_sets_policies_that_somebody_can_follow(service: Service):
    policy = {"kind": "MATERIAL", "steps": [{"role": "REVIEWER"}]}
    answer = await service.query(SET, REVIEWER, input=policy)
    assert answer.refused("reviewPolicySet")[0]["code"] == "FORBIDDEN"
    for steps, field in (([], "steps"), ([{"role": "MEMBER"}], "role")):
        answer = await service.query(SET, HEAD_OFFICE, input={**policy, "steps": steps})
        assert answer.refused("reviewPolicySet")[0]["field"][-1] == field


async def test_a_claimed_review_is_decided_by_its_claimer_alone_until_released(service: Service):
    post = await submitted(service)
    await do(service, CLAIM, REVIEWER, id=post["id"])
    other = await service.query(APPROVE, REVIEWER_2, **a_vote(post))
    assert other.refused("postApprove")[0]["code"] == "CONFLICT"
    stolen = await service.query(RELEASE, REVIEWER_2, id=post["id"])
    assert stolen.refused("reviewRelease")[0]["code"] == "FORBIDDEN"
    await do(service, RELEASE, HEAD_OFFICE, id=post["id"])
    await do(service, APPROVE, REVIEWER_2, **a_vote(post))


async def test_a_claim_runs_out(service: Service, database: Database):
    bank = content_ports(a_foundation(database))
    post = await submitted(service)
    now = composition.now()
    await reviewing.claim(bank, an_act(REVIEWER, now), post["id"])
    with pytest.raises(Conflict):
        await reviewing.claim(bank, an_act(REVIEWER_2, now), post["id"])
    later = now + timedelta(hours=2)
    claimed = await reviewing.claim(bank, an_act(REVIEWER_2, later), post["id"])
    assert claimed.post.open_review().claim.person_id == REVIEWER_2.id


async def test_what_is_past_its_due_time_is_on_the_escalation_list(
    service: Service, database: Database
):
    bank = content_ports(a_foundation(database))
    policy = {"kind": "MATERIAL", "steps": [{"role": "REVIEWER"}], "dueHours": 1}
    await do(service, SET, HEAD_OFFICE, input=policy)
    first, second = await submitted(service), await submitted(service, title="乙")
    assert await queue(service, HEAD_OFFICE, overdue=True) == []
    act = an_act(HEAD_OFFICE, composition.now() + timedelta(hours=1))
    page = await reviewing.review_queue(bank, act, PageRequest(first=1), overdue=True)
    assert ([one.post.id for one in page.items], page.total) == ([first["id"]], 2)
    rest = PageRequest(first=1, after=page.cursors[0])
    following = await reviewing.review_queue(bank, act, rest, overdue=True)
    assert [one.post.id for one in following.items] == [second["id"]]


async def test_a_blocking_finding_bars_the_approval_until_it_is_put_right(service: Service):
    post = await submitted(service, body=[{"text": "国家级保暖"}])
    [finding_] = post["review"]["findings"]
    assert (finding_["field"], finding_["start"], finding_["end"]) == ("body.0.text", 0, 3)
    barred = await service.query(APPROVE, REVIEWER, **a_vote(post))
    assert barred.refused("postApprove")[0]["code"] == "WRONG_STATE"
    comments = [{"field": "body.0.text", "message": finding_["advice"]}]
    await do(service, REJECT, REVIEWER, id=post["id"], comments=comments)
    revised = await do(
        service,
        REVISE,
        EDITOR,
        id=post["id"],
        input=an_input(body=[{"text": "800蓬保暖"}]),
        version=post["version"] + 1,
    )
    await do(service, SUBMIT, EDITOR, id=post["id"])
    await do(service, APPROVE, REVIEWER, **a_vote(revised["post"]))


async def test_guides_and_consumers_have_no_desk(service: Service):
    for viewer in (GUIDE, None, Viewer(id=PersonId("member_1"), role=Role.MEMBER)):
        answer = await service.query(QUEUE, viewer)
        assert answer.errors[0]["extensions"]["code"] in {"FORBIDDEN", "UNAUTHENTICATED"}


async def test_the_revision_on_show_stands_beside_the_one_under_review_for_the_team_alone(
    service: Service,
):
    post = await approved(service)
    change = an_input(title="换了标题")
    text = """query($id: ID!) { post(id: $id) { revision { title } onShow { title } } }"""
    await service.query(REVISE, EDITOR, id=post["id"], input=change, version=post["version"])
    for viewer in (EDITOR, REVIEWER):
        seen = (await service.query(text, viewer, id=post["id"])).data["post"]
        assert seen["revision"]["title"] == "换了标题"
        assert seen["onShow"]["title"] == post["revision"]["title"]
    guide = (await service.query(text, GUIDE, id=post["id"])).data["post"]
    assert guide["onShow"] is None
    await service.query(WITHDRAW, HEAD_OFFICE, id=post["id"])
    assert (await service.query(text, EDITOR, id=post["id"])).data["post"]["onShow"] is None
