"""The seeding zone over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.content.scenes import Scene
from domain.content.seeding import buyer_shows, marking
from domain.content.seeding.marks import PostMark
from domain.kernel.apply_once import GRACE
from domain.kernel.ids import PersonId
from domain.people.accounts import Member
from domain.people.viewer import Role, Viewer
from qianmian import composition
from qianmian.wiring.content import content_ports, seeding_ports
from qianmian.wiring.people import people_ports
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoMembers
from tests.conftest import Service
from tests.support.builders import a_product
from tests.support.cases import one_after_the_other
from tests.support.content import (
    APPROVE,
    CREATE_CATEGORY,
    EDITOR,
    ERRORS,
    GUIDE,
    HEAD_OFFICE,
    MEMBER,
    POST,
    POSTS,
    REVIEWER,
    SUBMIT,
    a_picture,
    an_act,
    approve,
    approved,
    do,
    found,
    some_products,
)
from tests.support.crashing import Crash, Crashing
from tests.support.foundations import a_foundation
from tests.support.overtaking import Overtaken
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

OTHER = Viewer(id=PersonId("member_lily"), role=Role.MEMBER)
STATE = f"{POST} likes saves liked saved reports reuseConsent"
SHOW = f"""mutation($input: BuyerShowInput!) {{
  buyerShowSubmit(input: $input) {{ post {{ {STATE} }} {ERRORS} }} }}"""
CONSENT = f"""mutation($id: ID!, $allowed: Boolean!) {{
  buyerShowConsent(id: $id, allowed: $allowed) {{ post {{ {STATE} }} {ERRORS} }} }}"""
REUSE = f"""mutation($id: ID!) {{
  buyerShowReuse(id: $id, category: "上新", scenes: [MOMENTS]) {{
    post {{ {STATE} }} {ERRORS} }} }}"""
LIKE = f"""mutation($id: ID!, $on: Boolean! = true) {{
  postLike(id: $id, on: $on) {{ post {{ {STATE} }} {ERRORS} }} }}"""
SAVE = f"""mutation($id: ID!, $on: Boolean! = true) {{
  postSave(id: $id, on: $on) {{ post {{ {STATE} }} {ERRORS} }} }}"""
SAVED = "{ savedPosts { totalCount nodes { id saved } } }"
LIKED = "{ likedPosts { totalCount nodes { id liked } } }"
REPORT = f"""mutation($id: ID!, $reason: String!) {{
  postReport(id: $id, reason: $reason) {{ post {{ id }} {ERRORS} }} }}"""
DISMISS = f"""mutation($id: ID!) {{
  postReportsDismiss(id: $id) {{ post {{ {STATE} }} {ERRORS} }} }}"""
UPLOAD = "mutation($file: Upload!) { assetUpload(file: $file) { asset { id } } }"


@pytest.fixture(autouse=True)
async def members(database: Database):
    for viewer in (MEMBER, OTHER):
        openid = f"openid-{viewer.id}"
        member = Member(id=viewer.id, openid=openid, joined_at=composition.now())
        await MongoMembers(database).join(member)


def a_show(**changes):
    return {"title": "雪天上身", "text": "零下十度也不冷。", **changes}


async def shown(service, viewer=MEMBER, **changes):
    """A buyer show that a reviewer let in."""
    post = (await do(service, SHOW, viewer, input=a_show(**changes)))["post"]
    vote = {"id": post["id"], "scenes": ["SEEDING_ZONE"], "hash": post["revision"]["hash"]}
    return (await do(service, APPROVE, REVIEWER, **vote))["post"]


async def titles(service, viewer, order, **wanted):
    answer = await service.query(POSTS, viewer, order=order, filter=wanted)
    return [one["revision"]["title"] for one in answer.data["posts"]["nodes"]]


async def test_a_buyer_show_is_seen_by_nobody_before_people_have_let_it_in(service: Service):
    post = (await do(service, SHOW, MEMBER, input=a_show()))["post"]
    assert (post["state"], post["kind"]) == ("IN_REVIEW", "BUYER_SHOW")
    assert await found(service, OTHER) == []
    assert await found(service, MEMBER, authorId=MEMBER.id) == ["雪天上身"]
    vote = {"id": post["id"], "scenes": ["SEEDING_ZONE"], "hash": post["revision"]["hash"]}
    await do(service, APPROVE, REVIEWER, **vote)
    assert await found(service, OTHER) == ["雪天上身"]
    assert await found(service, None) == ["雪天上身"]


async def test_what_the_content_check_finds_unfit_is_refused_and_a_doubt_goes_to_people(
    service: Service,
):
    refused = await service.query(SHOW, MEMBER, input=a_show(text="网 賭，日日返利"))
    assert refused.refused("buyerShowSubmit")[0]["field"] == ["input", "text"]
    post = (await do(service, SHOW, MEMBER, input=a_show(text="想要的加微信")))["post"]
    assert [one["kind"] for one in post["review"]["findings"]] == ["CONTENT_CHECK"]
    assert await found(service, HEAD_OFFICE) == ["雪天上身"]


async def test_consumers_show_only_pictures_of_their_own(service: Service):
    mine = await service.upload(UPLOAD, ("a.png", a_picture(), "image/png"), MEMBER)
    picture = mine.data["assetUpload"]["asset"]["id"]
    stolen = await service.query(SHOW, OTHER, input=a_show(pictures=[picture]))
    assert stolen.refused("buyerShowSubmit")[0]["field"] == ["input", "pictures", "0"]
    await do(service, SHOW, MEMBER, input=a_show(pictures=[picture]))


async def test_a_consumer_sends_ten_buyer_shows_a_day_at_most(service: Service):
    for i in range(10):
        await do(service, SHOW, MEMBER, input=a_show(title=f"第{i}天"))
    answer = await service.query(SHOW, MEMBER, input=a_show())
    assert answer.refused("buyerShowSubmit")[0]["code"] == "TOO_MANY"
    await do(service, SHOW, OTHER, input=a_show())


async def test_likes_and_saves_count_each_person_once(service: Service):
    post = await shown(service)
    for _ in range(2):
        liked = (await do(service, LIKE, OTHER, id=post["id"]))["post"]
    assert (liked["likes"], liked["liked"], liked["saved"]) == (1, True, False)
    await do(service, LIKE, MEMBER, id=post["id"])
    left = (await do(service, LIKE, OTHER, id=post["id"], on=False))["post"]
    assert (left["likes"], left["liked"]) == (1, False)
    await do(service, SAVE, OTHER, id=post["id"])
    saved = (await service.query(SAVED, OTHER)).data["savedPosts"]
    assert saved == {"totalCount": 1, "nodes": [{"id": post["id"], "saved": True}]}
    assert (await service.query(LIKED, OTHER)).data["likedPosts"]["nodes"] == []
    others = (await service.query(LIKED, MEMBER)).data["likedPosts"]
    assert others == {"totalCount": 1, "nodes": [{"id": post["id"], "liked": True}]}
    hidden = await service.query(LIKE, OTHER, id="post_of_nobody")
    assert hidden.refused("postLike")[0]["code"] == "NOT_FOUND"


REPORTS = "query($id: ID!) { post(id: $id) { reports } }"
CUT_SHORT = [
    ("mark_counts", "insert"),
    ("mark_counts", "change"),
    ("mark_counts", "conclude"),
    ("mark_counts", "unmark"),
    ("marks", "note"),
]


@one_after_the_other("after", [False, True])
@pytest.mark.parametrize(("port", "step"), CUT_SHORT)
@one_after_the_other("again", [False, True])
async def test_a_like_that_is_cut_short_is_counted_once_or_not_there(
    service: Service, database: Database, port, step, after, again
):
    base = a_foundation(database)
    zone = seeding_ports(base, content_ports(base), people_ports(base))
    post = await shown(service)
    crashing = Crashing(getattr(zone, port), step, after=after)
    broken = replace(zone, **{port: crashing})
    text = "query($id: ID!) { post(id: $id) { likes liked } }"
    for on in (True, False, True):
        act = an_act(OTHER, composition.now())
        with pytest.raises(Crash):
            await marking.mark(broken, act, post["id"], PostMark.LIKE, on)
        if again:
            await marking.mark(zone, act, post["id"], PostMark.LIKE, on)
        later = replace(act, at=act.at + GRACE + timedelta(seconds=5))
        await marking.finish_marks(zone, later)
        answer = (await service.query(text, OTHER, id=post["id"])).data["post"]
        assert answer["likes"] == int(answer["liked"])
        if again or (step, after) != ("insert", False):
            assert answer["liked"] is on
        else:
            break  # nothing was written of it


@one_after_the_other("after", [False, True])
@pytest.mark.parametrize(("port", "step"), [*CUT_SHORT, ("marks", "keep_report")])
async def test_a_report_that_is_cut_short_is_counted_once_or_not_and_can_be_dismissed(
    service: Service, database: Database, port, step, after
):
    base = a_foundation(database)
    zone = seeding_ports(base, content_ports(base), people_ports(base))
    post = await shown(service)
    broken = replace(zone, **{port: Crashing(getattr(zone, port), step, after=after)})
    act = an_act(OTHER, composition.now())
    later = replace(act, at=act.at + GRACE + timedelta(seconds=5))
    reviewer = an_act(REVIEWER, composition.now())

    async def reports() -> int:
        answer = await service.query(REPORTS, REVIEWER, id=post["id"])
        return answer.data["post"]["reports"]

    for _ in range(2):
        with pytest.raises(Crash):
            await marking.report(broken, act, post["id"], "cut short")
        await marking.finish_marks(zone, later)
        assert await reports() in (0, 1)
        for _ in range(2):
            await marking.report(zone, act, post["id"], "sent again")
        assert await reports() == 1
        with pytest.raises(Crash):
            await marking.dismiss_reports(
                replace(zone, mark_counts=Crashing(zone.mark_counts, "conclude", after=after)),
                reviewer,
                post["id"],
            )
        await marking.finish_marks(zone, later)
        await marking.dismiss_reports(zone, reviewer, post["id"])
        assert await reports() == 0
        assert await zone.marks.reports(post["id"]) == []


@pytest.mark.parametrize("method", ["reports", "forget_report"])
async def test_a_report_that_comes_while_reports_are_dismissed_is_told_or_stays(
    service: Service, database: Database, method
):
    base = a_foundation(database)
    zone = seeding_ports(base, content_ports(base), people_ports(base))
    post = await shown(service)
    act, reviewer = an_act(OTHER, composition.now()), an_act(REVIEWER, composition.now())
    await marking.report(zone, act, post["id"], "first")
    marks = Overtaken(
        zone.marks, lambda: marking.report(zone, act, post["id"], "second"), method=method
    )
    await marking.dismiss_reports(replace(zone, marks=marks), reviewer, post["id"])
    answer = await service.query(REPORTS, REVIEWER, id=post["id"])
    kept = [one.reason for one in await zone.marks.reports(post["id"])]
    assert kept == (["second"] if method == "forget_report" else [])
    assert answer.data["post"]["reports"] == len(kept)


async def test_counts_survive_a_change_of_the_post(service: Service):
    post = await shown(service)
    await do(service, LIKE, OTHER, id=post["id"])
    await do(service, CONSENT, MEMBER, id=post["id"], allowed=True)
    liked = await service.query("query($id: ID!) { post(id: $id) { likes } }", id=post["id"])
    assert liked.data["post"]["likes"] == 1


async def test_consumers_see_the_newest_the_most_liked_or_those_of_a_product(
    service: Service, database: Database
):
    await some_products(service, database, a_product("10001"))
    first = await shown(service, title="甲", productIds=["10001"])
    await shown(service, title="乙")
    await do(service, LIKE, OTHER, id=first["id"])
    assert await titles(service, OTHER, "NEWEST") == ["乙", "甲"]
    await comes_to(["甲", "乙"], lambda: titles(service, OTHER, "MOST_LIKED"))
    assert await titles(service, OTHER, "NEWEST", productId="10001") == ["甲"]


async def test_guides_see_first_what_sells(service: Service, database: Database):
    await some_products(service, database, *map(a_product, ("10001", "10002", "10003")))
    for title, products in (("甲", ["10001"]), ("乙", ["10002", "10003"]), ("丙", [])):
        await approved(service, title=title, productIds=products, audiences=["OUTDOOR"])
    best = {"_id": "brand", "products": ["10003", "10001"]}
    await database["best_sellers"].replace_one({"_id": "brand"}, best, upsert=True)
    wanted = {"audience": "OUTDOOR", "scene": "SEEDING_ZONE"}
    assert await titles(service, GUIDE, "BEST_SELLING", **wanted) == ["乙", "甲", "丙"]


async def test_only_with_consent_does_a_buyer_show_become_guide_content(service: Service):
    await do(service, CREATE_CATEGORY, HEAD_OFFICE, path="上新")
    post = await shown(service)
    refused = await service.query(REUSE, EDITOR, id=post["id"])
    assert refused.refused("buyerShowReuse")[0]["code"] == "FORBIDDEN"
    await do(service, CONSENT, MEMBER, id=post["id"], allowed=True)
    draft = (await do(service, REUSE, EDITOR, id=post["id"]))["post"]
    assert (draft["state"], draft["kind"]) == ("DRAFT", "MATERIAL")
    assert await found(service, GUIDE, scene="MOMENTS") == []
    await approve(service, draft)
    assert await found(service, GUIDE, scene="MOMENTS") == ["雪天上身"]
    await do(service, CONSENT, MEMBER, id=post["id"], allowed=False)
    assert await found(service, GUIDE, scene="MOMENTS") == []
    assert await found(service, GUIDE, scene="SEEDING_ZONE") == ["雪天上身"]


async def test_reports_reach_the_content_team_alone(service: Service):
    await shown(service, title="好好的")
    loud = await shown(service, title="可疑的")
    for viewer in (MEMBER, OTHER, OTHER):
        await do(service, REPORT, viewer, id=loud["id"], reason="像广告")
    assert await titles(service, REVIEWER, "MOST_REPORTED") == ["可疑的", "好好的"]
    hidden = await service.query(POSTS, OTHER, order="MOST_REPORTED")
    assert hidden.errors[0]["extensions"]["code"] == "FORBIDDEN"
    text = "query($id: ID!) { post(id: $id) { reports } }"
    reported = await service.query(text, REVIEWER, id=loud["id"])
    assert reported.data["post"]["reports"] == 2
    cleared = (await do(service, DISMISS, REVIEWER, id=loud["id"]))["post"]
    assert cleared["reports"] == 0


async def test_who_wrote_a_buyer_show_stays_between_them_and_the_team(service: Service):
    post = await shown(service)
    text = "query($id: ID!) { post(id: $id) { revision { author { id } } } }"
    for viewer, known in ((OTHER, None), (GUIDE, None), (REVIEWER, MEMBER.id), (MEMBER, MEMBER.id)):
        answer = await service.query(text, viewer, id=post["id"])
        assert answer.data["post"]["revision"]["author"] == (known and {"id": known})


async def test_what_was_reused_while_the_consent_ended_is_never_let_out(
    service: Service, database: Database
):
    base = a_foundation(database)
    bank = content_ports(base)
    zone = seeding_ports(base, bank, people_ports(base))
    await do(service, CREATE_CATEGORY, HEAD_OFFICE, path="上新")
    post = await shown(service, reuseConsent=True)
    ends = Overtaken(bank.posts, lambda: do(service, CONSENT, MEMBER, id=post["id"], allowed=False))
    late = replace(zone, bank=replace(bank, posts=ends))
    act = an_act(EDITOR, composition.now())
    made = await buyer_shows.reuse(late, act, post["id"], "上新", frozenset({Scene.MOMENTS}))
    answer = await service.query(SUBMIT, EDITOR, id=made.post.id)
    assert answer.refused("postSubmit")[0]["code"] == "WRONG_STATE"
    assert await found(service, GUIDE, scene="MOMENTS") == []
