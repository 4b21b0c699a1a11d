"""A member reads all that is kept of them, and is erased, over HTTP."""

from functools import partial

import pytest

from storage.mongo.kernel.database import Database
from tests.api.members.test_staff import somebody
from tests.api.service.test_customers import GUIDE, bring
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.fulfilling import an_order, open_stores_with_stock, pay
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

SHOWN = documents_of("members.md")


async def all_of(service: Service, viewer, member: str) -> dict[str, list]:
    data = (await service.query(SHOWN["AllOfMe"], viewer, member=member)).data["memberData"]
    found: dict[str, list] = {}
    for one in data["nodes"]:
        found.setdefault(one["collection"], []).append(one["data"])
    return found


async def test_a_member_reads_everything_and_is_erased_while_the_books_stay(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    mei = await bring(service)
    order = await an_order(service, viewer=mei)
    await pay(service, order, mei)
    kept = await all_of(service, mei, mei.id)
    assert [one["phone"] for one in kept["member_identities"] if "phone" in one] == [
        "+8613800138000"
    ]
    assert kept["orders"][0]["recipient"]["phone"] == "13900000000"
    lines = kept["orders"][0]["lines"]

    for stranger in (GUIDE, await somebody(service, "another")):
        refused = await service.query(SHOWN["AllOfMe"], stranger, member=mei.id)
        assert refused.errors[0]["extensions"]["code"] in {"FORBIDDEN", "NOT_FOUND"}
        [refusal] = (await service.query(SHOWN["EraseMe"], stranger, member=mei.id)).refused(
            "memberErase"
        )
        assert refusal["code"] in {"FORBIDDEN", "NOT_FOUND"}

    # What still says something goes later.
    for name in ("members", "member_identities"):
        saying = partial(database[name].count_documents, {"outbox.last": {"$gt": ""}})
        await comes_to(0, saying)
    for viewer in (mei, HEAD_OFFICE):
        done = (await service.query(SHOWN["EraseMe"], viewer, member=mei.id)).data["memberErase"]
        assert done["userErrors"] == []
        assert done["erasure"] == {"id": mei.id, "done": False}
    assert await database["members"].count_documents({"_id": mei.id}) == 0
    assert await database["member_identities"].count_documents({"member_id": mei.id}) == 0
    # It is on its way still.
    [left] = await database["orders"].find({"_id": order}).to_list(None)
    assert (left["lines"], left["recipient"] is None) == (lines, False)
    again = await service.query(SHOWN["AllOfMe"], mei, member=mei.id)
    assert again.errors[0]["extensions"]["code"] == "NOT_FOUND"
