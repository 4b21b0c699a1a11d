"""Posts that are shared: nothing unreviewed goes out, and what is taken back is gone."""

import pytest

from storage.mongo.database import Database
from tests import content
from tests.api.sharing import (
    GUIDE,
    LINK,
    Shop,
    a_shipped_design,
    a_shop,
    an_approved_template,
)
from tests.conftest import Service

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(service: Service, database: Database) -> Shop:
    shop = await a_shop(service, database)
    await an_approved_template(service, a_shipped_design("buyer-show"), kinds=("POST",))
    return shop


async def a_post(shop: Shop, **changes):
    return await content.approved(shop.service, cover=shop.asset_id, **changes)


async def refused(shop: Shop, post, scene="MOMENTS"):
    fields = {"kind": "POST", "targetId": post["id"], "scene": scene}
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


async def test_a_draft_or_an_unapproved_scene_is_not_shared(shop: Shop):
    draft = await content.deposited(shop.service, title="还没审核")
    assert await refused(shop, draft) == "WRONG_STATE"
    post = await a_post(shop, only=["MOMENTS"])
    assert await refused(shop, post, scene="SEEDING_ZONE") == "WRONG_STATE"


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
