"""Posts that are shared: nothing unreviewed goes out, and what is taken back is gone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.content.scenes import Scene
from domain.kernel.refusals import WrongState
from domain.people.act import by_the_clock
from domain.sharing.share_links import ShareKind, ShareTarget
from domain.sharing.shareable import SharingPorts, behind
from qianmian import composition
from qianmian.wiring.content import content_ports
from qianmian.wiring.people import people_ports
from qianmian.wiring.sharing import sharing_ports
from storage.mongo.kernel.database import Database
from tests.api.content.test_calendar import ADD, PLAN
from tests.conftest import Service
from tests.support import content
from tests.support.foundations import a_foundation
from tests.support.sharing import GUIDE, LINK, Shop, a_shipped_design, a_shop, an_approved_template
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(service: Service, database: Database) -> Shop:
    shop = await a_shop(service, database)
    for design in ("product", "buyer-show"):  # the first shows a price, which few posts have
        await an_approved_template(service, a_shipped_design(design), kinds=("POST",))
    return shop


async def a_post(shop: Shop, **changes):
    return await content.approved(shop.service, cover=shop.asset_id, **changes)


async def refused(shop: Shop, target, scene="MOMENTS", kind="POST"):
    fields = {"kind": kind, "targetId": target["id"], "scene": scene}
    (error,) = (await shop.service.query(LINK, GUIDE, input=fields)).refused("shareLinkCreate")
    return error["code"]


async def statuses(shop: Shop, link) -> tuple[int, int]:
    """How the link's page and its poster are answered."""
    page, poster = await shop.get(link["url"]), await shop.get(link["posterUrl"])
    return page.status_code, poster.status_code


async def test_an_approved_post_is_shared_with_its_revision(shop: Shop):
    post = await a_post(shop)
    link = await shop.link(kind="POST", targetId=post["id"])
    assert link["revision"] == post["revision"]["id"]
    assert await statuses(shop, link) == (200, 200)
    assert "把寒风挡在身后" in (await shop.get(link["url"])).text


async def test_each_guide_who_takes_a_post_up_counts_once_as_a_use(shop: Shop):
    quiet, used = await a_post(shop, title="没人用"), await a_post(shop, title="有人用")
    await a_post(shop, title="最新")
    for scene in ("MOMENTS", "MOMENTS", "SEEDING_ZONE"):
        await shop.link(kind="POST", targetId=used["id"], scene=scene)

    async def counted():
        answer = await shop.service.query(content.POSTS, GUIDE, order="MOST_USED")
        uses = {node["id"]: node["uses"] for node in answer.data["posts"]["nodes"]}
        return next(iter(uses)), uses[used["id"]], uses[quiet["id"]]

    await comes_to((used["id"], 2, 0), counted)


async def test_a_draft_or_an_unapproved_scene_is_not_shared(shop: Shop):
    draft = await content.deposited(shop.service, title="还没审核")
    assert await refused(shop, draft) == "WRONG_STATE"
    post = await a_post(shop, only=["MOMENTS"])
    assert await refused(shop, post, scene="SEEDING_ZONE") == "WRONG_STATE"


async def test_a_stores_own_version_is_shared_by_its_guides_alone(shop: Shop):
    parent = await a_post(shop, unlocked=["TITLE"])
    adapt = f"""mutation($id: ID!) {{ postAdapt(id: $id, input: {{title: "他店专属"}}) {{
      post {{ {content.POST} }} {content.ERRORS} }} }}"""
    elsewhere = replace(content.MANAGER, store_id="S2")
    theirs = (await content.do(shop.service, adapt, elsewhere, id=parent["id"]))["post"]
    await content.approve(shop.service, theirs, elsewhere)
    assert await refused(shop, theirs) == "WRONG_STATE"
    own = (await content.do(shop.service, adapt, content.MANAGER, id=parent["id"]))["post"]
    await content.approve(shop.service, own, content.MANAGER)
    link = await shop.link(kind="POST", targetId=own["id"])
    assert link["revision"] == own["revision"]["id"]


async def test_a_withdrawn_post_takes_its_links_and_posters_with_it(shop: Shop):
    post = await a_post(shop)
    link = await shop.link(kind="POST", targetId=post["id"])
    assert await statuses(shop, link) == (200, 200)
    await content.do(shop.service, content.WITHDRAW, content.REVIEWER, id=post["id"])
    assert await statuses(shop, link) == (410, 410)
    assert await refused(shop, post) == "WRONG_STATE"


async def test_an_edit_shows_only_once_it_is_approved(shop: Shop):
    post = await a_post(shop)
    link = await shop.link(kind="POST", targetId=post["id"])
    before = await shop.get(link["posterUrl"])
    revised = await content.do(
        shop.service,
        content.REVISE,
        content.EDITOR,
        id=post["id"],
        input=content.an_input(title="改过的标题", cover=shop.asset_id),
        version=post["version"],
    )
    assert (await shop.get(link["posterUrl"])).content == before.content
    assert "改过的标题" not in (await shop.get(link["url"])).text
    await content.approve(shop.service, revised["post"])
    after = await shop.get(link["posterUrl"])
    assert after.content != before.content
    assert after.headers["etag"] != before.headers["etag"]
    assert "改过的标题" in (await shop.get(link["url"])).text


async def test_a_running_campaign_is_shared_by_its_first_approved_post(
    shop: Shop, database: Database
):
    post = await content.deposited(shop.service, cover=shop.asset_id)
    starts_at = composition.now() + timedelta(minutes=5)
    planned = await content.do(
        shop.service, PLAN, content.EDITOR, name="年货节", startsAt=starts_at.isoformat()
    )
    campaign = planned["campaign"]["id"]
    await content.do(shop.service, ADD, content.EDITOR, id=campaign, postId=post["id"])
    await content.approve(shop.service, post)
    assert await refused(shop, {"id": campaign}, kind="CAMPAIGN") == "WRONG_STATE"

    sharing = sharing_of(database)
    begun = by_the_clock(starts_at, composition.new_id)
    target = ShareTarget(kind=ShareKind.CAMPAIGN, id=campaign)
    shared = await behind(sharing, begun, target, Scene.MOMENTS)
    assert (shared.title, shared.cover) == ("年货节", shop.asset_id)
    await content.do(shop.service, content.WITHDRAW, content.REVIEWER, id=post["id"])
    with pytest.raises(WrongState, match="Nothing of 年货节"):
        await behind(sharing, begun, target, Scene.MOMENTS)


def sharing_of(database: Database) -> SharingPorts:
    """The ports of share links over the database, to ask about another moment than now."""
    base = a_foundation(database)
    return sharing_ports(base, content_ports(base), people_ports(base))
