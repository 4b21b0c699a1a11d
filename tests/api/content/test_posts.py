"""The life of posts over HTTP."""

import json
from dataclasses import replace

import pytest

from domain.kernel.ids import PersonId
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.builders import a_product
from tests.support.content import (
    APPROVE,
    CREATE_CATEGORY,
    DEPOSIT,
    EDITOR,
    ERRORS,
    GUIDE,
    HEAD_OFFICE,
    MEMBER,
    ONE,
    POSTS,
    REJECT,
    REVIEWER,
    REVISE,
    SUBMIT,
    WITHDRAW,
    a_picture,
    an_input,
    approve,
    approved,
    deposited,
    do,
    found,
    some_products,
)

pytestmark = pytest.mark.anyio

UPLOAD = "mutation($file: Upload!) { assetUpload(file: $file) { asset { id version } } }"
ASSET_WITHDRAW = f"""mutation($id: ID!, $version: Int!) {{
  assetWithdraw(id: $id, because: "授权到期", expectedVersion: $version) {{ {ERRORS} }} }}"""
ASSET_RESTORE = f"""mutation($id: ID!, $version: Int!) {{
  assetRestore(id: $id, expectedVersion: $version) {{ {ERRORS} }} }}"""
IMPORT = """mutation($file: Upload!, $mode: ImportMode! = ALL_OR_NOTHING) {
  postsImport(file: $file, mode: $mode) {
    report { rows created changed unchanged errors { line column message } }
    userErrors { code message } } }"""


async def test_a_post_goes_from_deposit_to_a_guide_who_finds_it_by_a_word_in_its_body(
    service: Service, database: Database
):
    await some_products(service, database, a_product("10001"), a_product("10002"))
    pictures = []
    for colour in ("navy", "red"):
        file = (f"{colour}.png", a_picture(colour=colour), "image/png")
        answer = await service.upload(UPLOAD, file, EDITOR)
        pictures.append(answer.data["assetUpload"]["asset"]["id"])
    body = [{"text": "清晨的雪脊上，设计师想到了它。"}, {"image": {"assetId": pictures[1]}}]

    post = await deposited(service, body=body, cover=pictures[0], productIds=["10001", "10002"])
    assert post["state"] == "DRAFT"
    assert await found(service, GUIDE, text="雪脊") == []
    submitted = (await do(service, SUBMIT, EDITOR, id=post["id"]))["post"]
    assert (submitted["state"], submitted["review"]["findings"]) == ("IN_REVIEW", [])
    wanted = {"id": post["id"], "scenes": ["MOMENTS"], "hash": post["revision"]["hash"]}
    assert (await service.query(APPROVE, EDITOR, **wanted)).refused("postApprove")
    wanted["scenes"] = ["MOMENTS", "SEEDING_ZONE"]
    shown = (await do(service, APPROVE, REVIEWER, **wanted))["post"]
    assert shown["showing"]["scenes"] == ["MOMENTS", "SEEDING_ZONE"]
    assert await found(service, GUIDE, category="上新", text="雪脊上") == [
        post["revision"]["title"]
    ]
    assert await found(service, GUIDE, productId="10002", scene="MOMENTS")
    assert await found(service, GUIDE, scene="COMMUNITY") == []
    assert await found(service, MEMBER, text="设计师")


async def test_nobody_approves_their_own_revision_whatever_their_role(service: Service):
    post = await deposited(service, REVIEWER, department="BRAND")
    await do(service, SUBMIT, REVIEWER, id=post["id"])
    answer = await service.query(
        APPROVE, REVIEWER, id=post["id"], scenes=["MOMENTS"], hash=post["revision"]["hash"]
    )
    assert answer.refused("postApprove")[0]["code"] == "FORBIDDEN"
    assert await found(service, GUIDE) == []


async def test_an_approval_names_the_very_content_that_was_read(service: Service):
    post = await deposited(service)
    revised = await do(
        service,
        REVISE,
        EDITOR,
        id=post["id"],
        input=an_input(title="换了标题"),
        version=post["version"],
    )
    await do(service, SUBMIT, EDITOR, id=post["id"])
    wanted = {"id": post["id"], "scenes": ["MOMENTS"]}
    stale = await service.query(APPROVE, REVIEWER, hash=post["revision"]["hash"], **wanted)
    assert stale.refused("postApprove")[0]["field"] == ["expectedHash"]
    await do(service, APPROVE, REVIEWER, hash=revised["post"]["revision"]["hash"], **wanted)
    assert await found(service, GUIDE) == ["换了标题"]


async def test_an_edit_after_approval_leaves_the_approved_revision_on_show(service: Service):
    post = await approved(service)
    revised = await do(
        service,
        REVISE,
        EDITOR,
        id=post["id"],
        input=an_input(title="新的标题"),
        version=post["version"],
    )
    assert revised["post"]["state"] == "DRAFT"
    assert await found(service, GUIDE) == [post["revision"]["title"]]
    assert await found(service, GUIDE, text="新的标题") == []
    assert await found(service, EDITOR, text="新的标题") == ["新的标题"]
    guides = (await service.query(ONE, GUIDE, id=post["id"])).data["post"]
    assert (guides["revision"]["number"], guides["review"]) == (1, None)
    await approve(service, revised["post"])
    assert await found(service, GUIDE) == ["新的标题"]
    assert await found(service, GUIDE, text="寒风") == []


async def test_a_rejected_revision_says_why_and_must_be_revised_first(service: Service):
    post = await deposited(service)
    await do(service, SUBMIT, EDITOR, id=post["id"])
    comments = [{"field": "body.7.text", "message": "请换一句"}]
    wrong = await service.query(REJECT, REVIEWER, id=post["id"], comments=comments)
    assert wrong.refused("postReject")[0]["field"] == ["comments", "0", "field"]
    for part in ({"start": 0}, {"start": 2, "end": 2}, {"start": 0, "end": 10_000}):
        comments = [{"field": "body.0.text", "message": "请换一句", **part}]
        wrong = await service.query(REJECT, REVIEWER, id=post["id"], comments=comments)
        assert wrong.refused("postReject")[0]["field"] == ["comments", "0", "start"], part
    comments = [
        {"field": "body.0.text", "message": "请换一句", "start": 0, "end": 2},
        {"field": "title", "message": "短些", "start": None, "end": None},
    ]
    rejected = (await do(service, REJECT, REVIEWER, id=post["id"], comments=comments))["post"]
    assert (rejected["state"], rejected["review"]["comments"]) == ("REJECTED", comments)
    again = await service.query(SUBMIT, EDITOR, id=post["id"])
    assert again.refused("postSubmit")[0]["code"] == "WRONG_STATE"


async def test_a_withdrawn_post_is_gone_at_once(service: Service):
    post = await approved(service)
    await do(service, WITHDRAW, EDITOR, id=post["id"])
    assert await found(service, GUIDE) == []
    assert (await service.query(ONE, GUIDE, id=post["id"])).data["post"] is None


async def test_a_withdrawn_picture_takes_the_posts_that_show_it_off_show_and_back(
    service: Service,
):
    file = ("navy.png", a_picture(), "image/png")
    asset = (await service.upload(UPLOAD, file, EDITOR)).data["assetUpload"]["asset"]
    post = await approved(service, title="有图", cover=asset["id"])
    await approved(service, title="无图")
    await do(service, ASSET_WITHDRAW, EDITOR, id=asset["id"], version=asset["version"])
    assert await found(service, GUIDE) == ["无图"]
    assert (await service.query(ONE, GUIDE, id=post["id"])).data["post"] is None
    version = asset["version"] + 1
    await do(service, ASSET_RESTORE, EDITOR, id=asset["id"], version=version)
    assert await found(service, GUIDE) == ["无图", "有图"]


async def test_editors_change_their_own_departments_posts_alone(service: Service):
    post = await deposited(service, HEAD_OFFICE, department="COMMUNITY")
    answer = await service.query(SUBMIT, EDITOR, id=post["id"])
    assert answer.refused("postSubmit")[0]["code"] == "FORBIDDEN"
    colleague = replace(EDITOR, id=PersonId("staff_colleague"))
    own = await deposited(service, EDITOR)
    await do(service, SUBMIT, colleague, id=own["id"])
    answer = await service.query(DEPOSIT, EDITOR, input=an_input(department="COMMUNITY"))
    assert answer.refused("postDeposit")[0]["field"] == ["input", "department"]
    stranger = replace(EDITOR, department="marketing")
    answer = await service.query(DEPOSIT, stranger, input=an_input())
    assert answer.refused("postDeposit")[0]["code"] == "FORBIDDEN"


async def test_all_that_is_wrong_with_a_deposit_is_told_at_once(service: Service):
    await deposited(service)
    wrong = an_input(title="", body=[{"text": "好"}], scenes=[], tags=["一" * 21])
    answer = await service.query(DEPOSIT, EDITOR, input=wrong)
    fields = {error["field"][1] for error in answer.refused("postDeposit")}
    assert fields == {"title", "scenes", "tags"}


async def test_two_editors_of_one_post_do_not_overwrite_each_other(service: Service):
    post = await deposited(service)
    await do(
        service,
        REVISE,
        EDITOR,
        id=post["id"],
        input=an_input(title="甲"),
        version=post["version"],
    )
    late = await service.query(
        REVISE, EDITOR, id=post["id"], input=an_input(title="乙"), version=post["version"]
    )
    assert late.refused("postRevise")[0]["code"] == "CONFLICT"


async def test_pages_follow_one_another_without_gap_or_repeat(service: Service):
    titles = [(await approved(service, title=f"第{i}篇"))["revision"]["title"] for i in range(5)]
    seen, after = [], None
    while True:
        page = (await service.query(POSTS, GUIDE, first=2, after=after)).data["posts"]
        assert page["totalCount"] == 5
        seen += [node["revision"]["title"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == titles[::-1]


def a_row(**changes):
    row = {
        "code": "post-001",
        "title": "远岫上新",
        "category": "上新/羽绒服",
        "department": "brand",
        "tags": ["新品"],
        "audience": ["outdoor", "casual"],
        "scenes": ["moments", "in_store"],
        "body": [{"type": "text", "text": "山里的晨光。"}],
        "products": [],
    }
    return json.dumps({**row, **changes}, ensure_ascii=False)


async def test_a_file_of_posts_becomes_drafts_and_a_repeat_changes_nothing(service: Service):
    async def import_rows(*rows, mode="ALL_OR_NOTHING"):
        file = ("posts.jsonl", "\n".join(rows).encode(), "application/jsonl")
        return (await service.upload(IMPORT, file, HEAD_OFFICE, mode=mode)).data["postsImport"]

    first = await import_rows(a_row(), a_row(code="post-002"))
    assert first["report"] == {
        "rows": 2, "created": 2, "changed": 0, "unchanged": 0, "errors": [],
    }  # fmt: skip
    assert (await import_rows(a_row(), a_row(code="post-002")))["report"]["unchanged"] == 2
    changed = await import_rows(a_row(title="改了"), a_row(code="post-002"))
    assert (changed["report"]["changed"], changed["report"]["unchanged"]) == (1, 1)
    assert await found(service, GUIDE) == []
    assert await found(service, HEAD_OFFICE, category="上新", state="DRAFT") == ["改了", "远岫上新"]
    bad = await import_rows(a_row(code="post-003"), a_row(code="post-004", scenes=["tv"]))
    assert bad["report"]["errors"][0]["line"] == 2
    assert bad["report"]["errors"][0]["column"] == "scenes"
    assert (await service.query(ONE, HEAD_OFFICE, id="post-003")).data["post"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "霜\x01晨"}, "title"),
        ({"title": "霜\n晨"}, "title"),
        ({"title": "\u202e霜晨"}, "title"),
        ({"title": "\u200b"}, "title"),
        ({"tags": ["通\u2068勤"]}, "tags.0"),
        ({"body": [{"text": "很\x08暖"}]}, "body.0.text"),
    ],
)
async def test_no_text_of_a_post_hides_or_turns_what_stands_beside_it(
    service: Service, changes, field
):
    category = an_input()["category"]
    await do(service, CREATE_CATEGORY, HEAD_OFFICE, path=category)
    answer = await service.query(DEPOSIT, EDITOR, input=an_input(**changes))
    [refused] = answer.refused("postDeposit")
    assert refused["field"] == ["input", *field.split(".")]
