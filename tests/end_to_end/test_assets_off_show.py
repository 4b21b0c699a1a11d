"""What is withdrawn or expired is gone from every guide, link, poster and page, and comes back."""

from datetime import timedelta

import anyio
import pytest

from qianmian import composition
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support import content
from tests.support.sharing import (
    EDITOR,
    GUIDE,
    Shop,
    a_shipped_design,
    a_shop,
    an_approved_template,
)

pytestmark = pytest.mark.anyio

WITHDRAW = """mutation($id: ID!, $version: Int!) {
  assetWithdraw(id: $id, because: "合同到期", expectedVersion: $version) { asset { version }
    userErrors { message } } }"""
RESTORE = """mutation($id: ID!, $version: Int!) {
  assetRestore(id: $id, expectedVersion: $version) { asset { version }
    userErrors { message } } }"""
LICENSE = """mutation($id: ID!, $version: Int!, $end: DateTime) {
  assetLicense(id: $id, rights: {expiresAt: $end}, expectedVersion: $version) { asset { version }
    userErrors { message } } }"""
DELETE = """mutation($id: ID!, $version: Int!) {
  assetDelete(id: $id, expectedVersion: $version) { deletedId userErrors { code message } } }"""
PRODUCT = '{ product(id: "10001") { pictures { id url } } }'


class Shown:
    """A product, a post, and the links to both, all with one picture."""

    def __init__(self, shop: Shop, post, links) -> None:
        self.shop, self.post, self.links = shop, post, links

    async def everywhere(self) -> dict[str, bool]:
        """Where the picture, or what it is part of, is shown just now."""
        service = self.shop.service
        product = (await service.query(PRODUCT, GUIDE)).data["product"]
        posts = (await service.query(content.POSTS, GUIDE)).data["posts"]["nodes"]
        one = (await service.query(content.ONE, GUIDE, id=self.post["id"])).data["post"]
        shown = {
            "product": product["pictures"] != [],
            "posts": self.post["id"] in {post["id"] for post in posts},
            "post": one is not None,
        }
        for kind, link in self.links.items():
            shown[f"{kind} poster"] = (await self.shop.get(link["posterUrl"])).status_code == 200
        shown["post link"] = (await self.shop.get(self.links["POST"]["url"])).status_code == 200
        return shown

    async def act(self, text: str, version: int, **variables) -> None:
        answer = await self.shop.service.query(
            text, EDITOR, id=self.shop.asset_id, version=version, **variables
        )
        ((_, payload),) = answer.data.items()
        assert payload["userErrors"] == []


@pytest.fixture
async def shown(service: Service, database: Database) -> Shown:
    shop = await a_shop(service, database)
    await an_approved_template(service, a_shipped_design("buyer-show"), kinds=("POST",))
    post = await content.approved(service, cover=shop.asset_id)
    links = {
        "POST": await shop.link(kind="POST", targetId=post["id"]),
        "PRODUCT": await shop.link(),
    }
    return Shown(shop, post, links)


async def test_a_withdrawn_picture_is_nowhere_until_it_is_restored(shown: Shown):
    everywhere = await shown.everywhere()
    assert set(everywhere.values()) == {True}, everywhere
    await shown.act(WITHDRAW, 1)
    nowhere = await shown.everywhere()
    assert set(nowhere.values()) == {False}, nowhere
    await shown.act(RESTORE, 2)
    everywhere = await shown.everywhere()
    assert set(everywhere.values()) == {True}, everywhere


async def test_a_picture_whose_rights_end_is_nowhere_from_that_moment(shown: Shown):
    end = composition.now() + timedelta(seconds=4)
    await shown.act(LICENSE, 1, end=end.isoformat())
    await anyio.sleep((end - composition.now()).total_seconds() + 0.01)
    nowhere = await shown.everywhere()
    assert set(nowhere.values()) == {False}, nowhere
    await shown.act(LICENSE, 2, end=None)
    everywhere = await shown.everywhere()
    assert set(everywhere.values()) == {True}, everywhere


async def test_a_picture_that_is_shown_can_not_be_deleted(shown: Shown):
    answer = await shown.shop.service.query(DELETE, EDITOR, id=shown.shop.asset_id, version=1)
    (error,) = answer.refused("assetDelete")
    assert error["code"] == "WRONG_STATE"
    assert "把寒风挡在身后 (cover)" in error["message"]
