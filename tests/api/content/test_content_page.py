"""The examples of docs/content.md, run in the order of a post's life."""

import json
import re
from datetime import timedelta

import pytest

from domain.people.accounts import Member
from qianmian import composition
from scripts.bootstrap import ROOT
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoMembers
from tests.conftest import Service
from tests.support.builders import a_product
from tests.support.content import (
    CREATE_CATEGORY,
    EDITOR,
    GUIDE,
    HEAD_OFFICE,
    MANAGER,
    MEMBER,
    REVIEWER,
    do,
    some_products,
)

pytestmark = pytest.mark.anyio

PAGE = (ROOT / "docs" / "content.md").read_text(encoding="utf-8")
EXAMPLES = {
    re.search(r"(?:query|mutation) (\w+)", text)[1]: text
    for text in re.findall(r"^```graphql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
}


async def test_the_examples_of_the_page_do_what_it_says(service: Service, database: Database):
    examples = dict(EXAMPLES)
    member = Member(id=MEMBER.id, openid="o-may", joined_at=composition.now())
    await MongoMembers(database).join(member)
    await some_products(service, database, a_product("10001"))
    for path in ("穿搭/通勤", "羽绒服"):
        await do(service, CREATE_CATEGORY, HEAD_OFFICE, path=path)
    await do(service, examples.pop("Policy"), HEAD_OFFICE)
    [variables] = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    post = (await do(service, examples.pop("Deposit"), EDITOR, **json.loads(variables)))["post"]
    submitted = await do(service, examples.pop("Submit"), EDITOR, id=post["id"])
    assert submitted["post"]["review"]["findings"] == []
    approval = {"id": post["id"], "hash": post["revision"]["hash"]}
    shown = (await do(service, examples.pop("Approve"), REVIEWER, **approval))["post"]
    assert shown["showing"]["scenes"] == ["MOMENTS", "SEEDING_ZONE"]
    own = (await do(service, examples.pop("Adapt"), MANAGER, id=post["id"]))["post"]
    assert [one["field"] for one in own["adaptation"]["differences"]] == ["TITLE"]
    starts, ends = (composition.now() + timedelta(days=days) for days in (14, 22))
    window = {"publishAt": starts.isoformat(), "retireAt": ends.isoformat()}
    await do(service, examples.pop("Schedule"), MANAGER, id=own["id"], **window)
    show = {"title": "雪天上身", "text": "不冷。", "productIds": ["10001"]}
    sent = await do(service, examples.pop("Show"), MEMBER, input=show)
    assert sent["post"]["state"] == "IN_REVIEW"
    found = await service.query(examples.pop("Find"), GUIDE)
    assert [one["id"] for one in found.data["posts"]["nodes"]] == [post["id"]]
    assert not examples, "an example that nothing runs"
