"""What follows from a post's change follows what was written, and never what was refused."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.content import adapting, depositing, reviewing
from domain.content.bank import ContentPorts
from domain.content.importing import import_posts
from domain.content.kinds import PostKind
from domain.content.loading import load
from domain.content.reviews.policies import ReviewPolicy
from domain.content.tending import tend_calendar
from domain.content.withdrawing import withdraw
from domain.kernel.paging import PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict
from domain.people.act import by_the_clock
from qianmian import composition
from qianmian.clock import new_id
from qianmian.wiring.content import content_ports
from storage.mongo.kernel.database import Database
from tests.api.content.test_adaptations import ADAPT, UNLOCKED
from tests.api.content.test_calendar import RECORDS, SCHEDULE
from tests.api.media.uploading import uploaded
from tests.conftest import Service
from tests.support.builders import a_product
from tests.support.content import (
    EDITOR,
    GUIDE,
    HEAD_OFFICE,
    MANAGER,
    REVIEWER,
    SUBMIT,
    an_act,
    approve,
    approved,
    deposited,
    do,
    found,
    some_content,
    some_products,
)
from tests.support.foundations import a_foundation
from tests.support.handing_in import handed
from tests.support.overtaking import First, Overtaken
from tests.support.pictures import a_jpeg

pytestmark = pytest.mark.anyio

USES = """query($id: ID!) { asset(id: $id) { usedBy { nodes { id } } } }"""
ASSET_WITHDRAW = """mutation($id: ID!) {
  assetWithdraw(id: $id, because: "rights", expectedVersion: 1) {
    asset { id } userErrors { code message } } }"""


class Lost:
    """Records of a process that dies before it writes any."""

    async def append(self, *records: object) -> None:
        raise ConnectionError


@pytest.fixture
def bank(database: Database) -> ContentPorts:
    return content_ports(a_foundation(database))


def now_as(viewer):
    return an_act(viewer, composition.now())


def overtaken(bank: ContentPorts, first: First) -> ContentPorts:
    return replace(bank, posts=Overtaken(bank.posts, first))


async def actions(bank: ContentPorts, post_id: str) -> list[str]:
    page = await bank.records.of_subject(Subject(kind="post", id=post_id), PageRequest(first=100))
    return [one.action for one in page.items]


async def users(service: Service, asset_id: str) -> list[str]:
    asset = (await service.query(USES, EDITOR, id=asset_id)).data["asset"]
    return [one["id"] for one in asset["usedBy"]["nodes"]]


async def revised(bank: ContentPorts, post: dict[str, Any], title: str, cover: str):
    def draft(category_id):
        return some_content(title=title, category_id=category_id, cover=cover)

    return await depositing.revise(
        bank,
        now_as(EDITOR),
        post["id"],
        "上新/羽绒服",
        draft,
        expected_version=post["version"],
    )


async def test_of_two_revisions_at_once_the_refused_one_leaves_nothing_behind(
    service: Service, bank: ContentPorts, database: Database
):
    won, lost = [
        (await uploaded(service, a_jpeg(seed=n), f"{n}.jpg"))["asset"]["id"] for n in (1, 2)
    ]
    post = await deposited(service)
    late = overtaken(bank, lambda: revised(bank, post, "先到", won))
    with pytest.raises(Conflict):
        await revised(late, post, "后到", lost)
    current = await load(bank.posts, post["id"])
    assert await users(service, won) == [current.latest.revision_id]
    assert await users(service, lost) == []
    assert await database["post_revisions"].count_documents({}) == 2
    assert await actions(bank, post["id"]) == ["postRevise", "postDeposit"]


async def test_an_import_overtaken_at_one_post_keeps_the_others(
    service: Service, bank: ContentPorts, database: Database
):
    def lines(title: str) -> bytes:
        row = (
            '{{"code": "{}", "title": "{}", "category": "上新", "department": "BRAND",'
            ' "scenes": ["MOMENTS"], "body": [{{"type": "text", "text": "好"}}]}}'
        )
        return "\n".join(row.format(code, title) for code in ("A1", "A2")).encode()

    async def take_in(ports: ContentPorts, title: str):
        return await import_posts(ports, now_as(EDITOR), handed(lines(title), "posts.jsonl"))

    await take_in(bank, "甲")
    first = await load(bank.posts, "A1")

    async def somebody_revises() -> None:
        post = {"id": "A1", "version": first.version}
        await deposited(service)
        await revised(bank, post, "先到", None)

    with pytest.raises(Conflict, match="A1"):
        await take_in(overtaken(bank, somebody_revises), "乙")
    titles = {
        one.content.title
        for one in (
            await bank.revisions.by_ids(
                [(await load(bank.posts, code)).latest.revision_id for code in ("A1", "A2")]
            )
        ).values()
    }
    assert titles == {"先到", "乙"}
    written = await database["post_revisions"].find({"content.title": "乙"}).to_list(None)
    assert [one["post_id"] for one in written] == ["A2"]


async def test_records_and_what_was_made_of_a_post_follow_even_after_a_crash(
    service: Service, bank: ContentPorts
):
    parent = await approved(service, **UNLOCKED)
    own = await do(service, ADAPT, MANAGER, id=parent["id"], input={"title": "本店陪你通勤"})
    await approve(service, own["post"], MANAGER)
    dying = replace(bank, records=Lost())
    with pytest.raises(ConnectionError):
        await withdraw(dying, now_as(EDITOR), parent["id"])
    assert await found(service, GUIDE, storeId="S1") == ["本店陪你通勤"]
    later = composition.now() + timedelta(seconds=1)
    await tend_calendar(bank, by_the_clock(later, new_id))
    assert await found(service, GUIDE, storeId="S1") == []
    assert (await actions(bank, parent["id"])).count("postWithdraw") == 1
    assert (await actions(bank, own["post"]["id"])).count("postWithdraw") == 1
    assert (await load(bank.posts, parent["id"])).unrecorded == ()


async def test_a_withdrawal_that_is_refused_leaves_the_adaptations_on_show(
    service: Service, bank: ContentPorts
):
    parent = await approved(service, **UNLOCKED)
    own = await do(service, ADAPT, MANAGER, id=parent["id"], input={"title": "本店陪你通勤"})
    await approve(service, own["post"], MANAGER)
    late = overtaken(bank, lambda: do(service, SCHEDULE, EDITOR, id=parent["id"]))
    with pytest.raises(Conflict):
        await withdraw(late, now_as(EDITOR), parent["id"])
    assert await found(service, GUIDE, storeId="S1") == ["本店陪你通勤"]


async def test_an_adaptation_approved_while_its_parent_is_withdrawn_is_not_on_show(
    service: Service, bank: ContentPorts
):
    parent = await approved(service, **UNLOCKED)
    act = now_as(MANAGER)
    own = await adapting.adapt(bank, act, parent["id"], adapting.Changes(title="本店陪你通勤"))
    await do(service, SUBMIT, MANAGER, id=own.post.id)
    late = overtaken(bank, lambda: withdraw(bank, now_as(EDITOR), parent["id"]))
    with pytest.raises(Conflict):
        await reviewing.approve(
            late,
            now_as(REVIEWER),
            own.post.id,
            own.revision.content.scenes,
            expected_hash=own.revision.hash,
        )
    assert await found(service, GUIDE, storeId="S1") == []


async def test_an_asset_withdrawn_during_the_approval_is_not_on_show(
    service: Service, bank: ContentPorts
):
    picture = (await uploaded(service, a_jpeg(seed=1), "1.jpg"))["asset"]["id"]
    post = await deposited(service, cover=picture)
    await do(service, SUBMIT, EDITOR, id=post["id"])
    late = overtaken(bank, lambda: do(service, ASSET_WITHDRAW, EDITOR, id=picture))
    decided = await reviewing.approve(
        late,
        now_as(REVIEWER),
        post["id"],
        frozenset(post["revision"]["scenes"]),
        expected_hash=post["revision"]["hash"],
    )
    assert decided.showing is None
    assert await found(service, GUIDE) == []


async def test_one_bad_document_keeps_the_clock_from_no_other_post(
    service: Service, bank: ContentPorts, database: Database
):
    start = composition.now() + timedelta(hours=1)
    posts = []
    for title in "甲乙丙":
        post = await deposited(service, title=title)
        await do(service, SCHEDULE, EDITOR, id=post["id"], publishAt=start.isoformat())
        posts.append(await approve(service, post))
    await database["posts"].update_one({"_id": posts[1]["id"]}, {"$unset": {"latest": 1}})
    with pytest.raises(ExceptionGroup) as faults:
        await tend_calendar(bank, by_the_clock(start + timedelta(seconds=1), new_id))
    [fault] = faults.value.exceptions
    assert posts[1]["id"] in fault.__notes__[0]
    for post in (posts[0], posts[2]):
        answer = await service.query(RECORDS, EDITOR, id=post["id"])
        told = [one["action"] for one in answer.data["recordsOf"]["nodes"]]
        assert told.count("postPublish") == 1


async def test_of_two_policies_set_at_once_one_is_a_conflict(bank: ContentPorts):
    def policy(hours: int):
        return ReviewPolicy(kind=PostKind.MATERIAL, due_hours=hours)

    async def first() -> None:
        await reviewing.set_policy(bank, now_as(HEAD_OFFICE), policy(1), None)

    await first()
    late = replace(bank, policies=Overtaken(bank.policies, first))
    with pytest.raises(Conflict):
        await reviewing.set_policy(late, now_as(HEAD_OFFICE), policy(2), None)
    [kept] = await bank.policies.all()
    assert (kept.due_hours, kept.version) == (1, 2)


async def test_blocks_are_kept_under_names_of_their_own(service: Service, database: Database):
    await some_products(service, database, a_product("10001"))
    picture = (await uploaded(service, a_jpeg(seed=1), "1.jpg"))["asset"]["id"]
    body = [{"text": "好"}, {"image": {"assetId": picture}}, {"productId": "10001"}]
    await deposited(service, body=body)
    [kept] = await database["post_revisions"].find({}).to_list(None)
    assert [block["type"] for block in kept["content"]["body"]] == ["text", "image", "product"]


async def test_a_cursor_of_another_list_or_order_is_refused(service: Service):
    for title in "甲乙":
        await approved(service, title=title)
    page = "first: 1) { pageInfo { endCursor } } }"
    cursor = (await service.query(f"{{ posts({page}", EDITOR)).data["posts"]["pageInfo"]
    after = f'after: "{cursor["endCursor"]}", {page}'
    for query in (
        f"{{ posts(order: MOST_LIKED, {after}",
        f"{{ categories({after}",
        f"{{ reviewQueue({after}",
        f'{{ campaigns(since: "2026-01-01T00:00:00Z", {after}',
    ):
        answer = await service.query(query, HEAD_OFFICE)
        assert answer.errors[0]["extensions"]["code"] == "INVALID", query
