"""Content with believable defaults, and its life over GraphQL."""

import io
from datetime import datetime
from typing import Any

import anyio
from PIL import Image

from domain.catalogue.catalogue import Product
from domain.content.revisions import CategoryId, Content, TextBlock
from domain.content.scenes import Scene
from domain.kernel.ids import PersonId
from domain.media.assets import AssetId
from domain.people.act import Act
from domain.people.viewer import Role, Viewer
from qianmian.clock import new_id
from storage.mongo.kernel.database import Database
from storage.mongo.mall.reference import MongoReference
from tests.conftest import Service

EDITOR = Viewer(id=PersonId("staff_lin"), role=Role.EDITOR, department="brand")
REVIEWER = Viewer(id=PersonId("staff_wu"), role=Role.REVIEWER)
REVIEWER_2 = Viewer(id=PersonId("staff_he"), role=Role.REVIEWER)
HEAD_OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)
MANAGER = Viewer(id=PersonId("staff_s1"), role=Role.STORE_MANAGER, store_id="S1")
GUIDE = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")
GUIDE_ELSEWHERE = Viewer(id=PersonId("G2"), role=Role.GUIDE, store_id="S2")
MEMBER = Viewer(id=PersonId("member_may"), role=Role.MEMBER)

POST = """
  id state version kind department uses
  revision { id number hash title text scenes tags category { id path } }
  showing { scenes startsAt endsAt revisionId }
  review { outcome step scenes dueAt claimedBy comments { field message start end }
           findings { kind field start end message advice source blocking } }
"""
ERRORS = "userErrors { code field message }"
DEPOSIT = f"""mutation($input: PostDepositInput!) {{
  postDeposit(input: $input) {{ post {{ {POST} }} {ERRORS} }} }}"""
REVISE = f"""mutation($id: ID!, $input: PostContentInput!, $version: Int!) {{
  postRevise(id: $id, input: $input, expectedVersion: $version) {{
    post {{ {POST} }} {ERRORS} }} }}"""
SUBMIT = f"mutation($id: ID!) {{ postSubmit(id: $id) {{ post {{ {POST} }} {ERRORS} }} }}"
APPROVE = f"""mutation($id: ID!, $scenes: [Scene!]!, $hash: String!) {{
  postApprove(id: $id, scenes: $scenes, expectedHash: $hash) {{ post {{ {POST} }} {ERRORS} }} }}"""
REJECT = f"""mutation($id: ID!, $comments: [ReviewCommentInput!]!) {{
  postReject(id: $id, comments: $comments) {{ post {{ {POST} }} {ERRORS} }} }}"""
WITHDRAW = f"mutation($id: ID!) {{ postWithdraw(id: $id) {{ post {{ {POST} }} {ERRORS} }} }}"
POSTS = f"""query($filter: PostFilterInput, $order: PostOrder! = NEWEST, $first: Int! = 20,
                  $after: String) {{
  posts(filter: $filter, order: $order, first: $first, after: $after) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {POST} }} }} }}"""
ONE = f"query($id: ID!) {{ post(id: $id) {{ {POST} }} }}"
CREATE_CATEGORY = f"""mutation($path: String!) {{
  categoryCreate(path: $path) {{ category {{ id path }} {ERRORS} }} }}"""


def an_act(viewer: Viewer, at: datetime) -> Act:
    """Somebody at a moment."""
    return Act(viewer=viewer, at=at, new_id=new_id)


def some_content(**changes: Any) -> Content:
    fields = {
        "title": "把寒风挡在身后",
        "body": (TextBlock(text="800蓬白鹅绒，长款过膝。"),),
        "category_id": CategoryId("category_down"),
        "scenes": frozenset({Scene.MOMENTS, Scene.SEEDING_ZONE}),
    }
    return Content(**{**fields, **changes})


def an_input(**changes: Any) -> dict[str, Any]:
    fields = {
        "title": "把寒风挡在身后",
        "body": [{"text": "800蓬白鹅绒，长款过膝。"}],
        "category": "上新/羽绒服",
        "scenes": ["MOMENTS", "SEEDING_ZONE"],
    }
    return {**fields, **changes}


def a_picture(width: int = 1080, height: int = 1080, colour: str = "navy") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


async def some_products(service: Service, database: Database, *products: Product) -> None:
    """Put products into the catalogue and wait until the service sees them."""
    await MongoReference(database).save_products(list(products))
    text = "query($id: ID!) { product(id: $id) { id } }"
    with anyio.fail_after(60):
        while (await service.query(text, HEAD_OFFICE, id=products[-1].id)).data["product"] is None:  # noqa: ASYNC110
            await anyio.sleep(0.02)


async def do(
    service: Service, text: str, viewer: Viewer | None = None, /, **variables: Any
) -> dict[str, Any]:
    """Send a mutation that must succeed, and get what it gives back."""
    answer = await service.query(text, viewer, **variables)
    [payload] = answer.data.values()
    assert payload["userErrors"] == [], payload["userErrors"]
    return payload


async def deposited(service: Service, editor: Viewer = EDITOR, **changes: Any) -> dict[str, Any]:
    """A post just deposited."""
    wanted = an_input(**changes)
    await do(service, CREATE_CATEGORY, HEAD_OFFICE, path=wanted["category"])
    return (await do(service, DEPOSIT, editor, input=wanted))["post"]


async def approved(
    service: Service, editor: Viewer = EDITOR, only: list[str] | None = None, **changes: Any
) -> dict[str, Any]:
    """A post deposited, submitted and approved for its scenes, or for some of them only."""
    post = await deposited(service, editor, **changes)
    return await approve(service, post, editor, only)


async def approve(
    service: Service, post: dict[str, Any], editor: Viewer = EDITOR, only: list[str] | None = None
) -> dict[str, Any]:
    """A post submitted and approved as it is."""
    await do(service, SUBMIT, editor, id=post["id"])
    revision = post["revision"]
    scenes = revision["scenes"] if only is None else only
    answer = await do(
        service, APPROVE, REVIEWER, id=post["id"], scenes=scenes, hash=revision["hash"]
    )
    return answer["post"]


async def found(service: Service, viewer: Viewer | None = None, /, **wanted: Any) -> list[str]:
    """The titles of what a viewer finds, with the total checked."""
    answer = await service.query(POSTS, viewer, filter=wanted or None)
    posts = answer.data["posts"]
    assert posts["totalCount"] == len(posts["nodes"])
    return [node["revision"]["title"] for node in posts["nodes"]]


def an_asset_id(digits: str = "ab") -> AssetId:
    return AssetId("asset_" + (digits * 16)[:32])
