"""Things of any type by one kind of id, over HTTP."""

import pytest

from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.builders import a_product
from tests.support.content import (
    EDITOR,
    GUIDE,
    HEAD_OFFICE,
    MEMBER,
    approved,
    deposited,
    some_products,
)
from tests.support.round_trips import ROUND_TRIPS

pytestmark = pytest.mark.anyio

NODES = """query($ids: [ID!]!) { nodes(ids: $ids) {
  __typename ... on Product { id name } ... on Post { id revision { title } } } }"""
NODE = """query($id: ID!) { node(id: $id) { ... on Post { id state } } }"""


async def test_things_of_several_types_come_together_each_for_whom_it_is(
    service: Service, database: Database
):
    await some_products(service, database, a_product("10001", name="远岫冲锋衣"))
    posts = [await approved(service, title=f"第{n}阵寒风") for n in range(4)]
    draft = await deposited(service, title="还没写完")
    wanted = [
        "Product:10001",
        *(f"Post:{one['id']}" for one in posts),
        f"Post:{draft['id']}",
        "Post:none",
    ]
    await service.query(NODES, GUIDE, ids=wanted)
    before = len(ROUND_TRIPS.of(database.name))
    answer = await service.query(NODES, GUIDE, ids=wanted)
    sent = ROUND_TRIPS.of(database.name)[before:]
    assert sent.count("find post_revisions") == 1, sent  # of all posts at once
    product, *shown = answer.data["nodes"]
    assert product == {"__typename": "Product", "id": "10001", "name": "远岫冲锋衣"}
    assert [one and one["revision"]["title"] for one in shown] == [
        *(f"第{n}阵寒风" for n in range(4)),
        None,
        None,
    ]
    # A member is for head office, as the query `member` is; the rest is answered all the same.
    answer = await service.query(NODES, GUIDE, ids=["Member:member_1", "Product:10001"])
    assert answer.body["data"]["nodes"] == [None, product]
    [refusal] = answer.errors
    assert refusal["path"] == ["nodes", 0]
    assert refusal["extensions"]["code"] == "FORBIDDEN"
    mine = await service.query(NODES, EDITOR, ids=wanted[5:6])
    assert mine.data["nodes"][0]["revision"]["title"] == "还没写完"
    answer = await service.query(NODES, HEAD_OFFICE, ids=["Member:nobody"])
    assert answer.data["nodes"] == [None]


async def test_an_id_that_says_no_type_is_refused_and_says_which_there_are(service: Service):
    post = await approved(service)
    found = await service.query(NODE, EDITOR, id=f"Post:{post['id']}")
    assert found.data["node"] == {"id": post["id"], "state": "APPROVED"}
    for wrong in (post["id"], ":", "Post", "Query:x", "Connection:1", "post:x"):
        [refusal] = (await service.query(NODE, MEMBER, id=wrong)).errors
        assert refusal["extensions"]["code"] == "INVALID"
        assert "Product" in refusal["message"]
    for unknown in ("Post:", "Post::", "Post:$ne", "Order:{}"):
        answer = await service.query(NODE, MEMBER, id=unknown)
        assert answer.data["node"] is None
    many = await service.query(NODES, MEMBER, ids=["Product:1"] * 101)
    assert many.errors[0]["extensions"]["code"] in {"INVALID", "TOO_COMPLEX"}
