"""Scheduled changes of prices over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.catalogue import pricing
from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian import composition
from storage.mongo.kernel.database import Database
from storage.mongo.mall.reference import MongoReference
from tests.conftest import Answer, Service, serving, settings_for
from tests.support.builders import a_product
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

HEAD_OFFICE = Viewer(id=PersonId("staff_ho"), role=Role.HEAD_OFFICE)
EDITOR = Viewer(id=PersonId("staff_ed"), role=Role.EDITOR)
SKU = "10001-NVY-M"
# Around a flip it is asked without a pause.
NEAR = timedelta(seconds=1)

SCHEDULE = """mutation($input: PriceChangeInput!) {
  priceChangeSchedule(input: $input) {
    priceChange { id name state effectiveAt lines { nodes { sku price { fen } } } }
    userErrors { code field message }
  }
}"""
CANCEL = """mutation($id: ID!) {
  priceChangeCancel(id: $id) { priceChange { state } userErrors { code field message } }
}"""
PRICE = '{ product(id: "10001") { variants { sku price { fen } compareAt { fen } } } }'
LIST = "{ priceChanges { totalCount nodes { name state } } }"


@pytest.fixture
async def mall(service: Service, database: Database) -> Service:
    """The service with one product of two SKUs at ¥2,399."""
    await MongoReference(database).save_products([a_product()])

    async def known() -> bool:
        return bool((await service.query(PRICE, EDITOR)).data["product"])

    await comes_to(True, known)
    return service


async def schedule(service: Service, *lines, after_s=60.0, viewer=HEAD_OFFICE, **changes) -> Answer:
    at = composition.now() + timedelta(seconds=after_s)
    plan = {
        "name": "双十一",
        "effectiveAt": at.isoformat(),
        "lines": [{"sku": sku, "priceFen": fen} for sku, fen in lines],
        **changes,
    }
    return await service.query(SCHEDULE, viewer, input=plan)


async def price(service: Service, viewer: Viewer | None = None) -> int:
    product = (await service.query(PRICE, viewer)).data["product"]
    return product["variants"][0]["price"]["fen"]


@pytest.fixture
async def elsewhere(
    mall: Service, mongodb_uri: str, database: Database, tmp_path: Path
) -> AsyncIterator[Service]:
    async with serving(settings_for(mongodb_uri, database.name, tmp_path)) as elsewhere:
        yield elsewhere


async def test_a_change_flips_every_process_at_one_instant(mall: Service, elsewhere: Service):
    before = 239_900
    # A machine may stand still until the first of them has taken effect; the other is far enough.
    for fen, after_s in ((199_900, 4), (189_900, 40)):
        change = (await schedule(mall, (SKU, fen), after_s=after_s)).data["priceChangeSchedule"]
        if change["priceChange"] is None:
            continue
        assert change["priceChange"]["state"] == "SCHEDULED"
        flip = datetime.fromisoformat(change["priceChange"]["effectiveAt"])
        seen = await asked_around(flip, (mall, None), (elsewhere, None), (mall, EDITOR))
        assert {one for asked_at, one, _ in seen if asked_at >= flip} == {fen}
        early = {one for _, one, answered_at in seen if answered_at < flip}
        if early:
            assert early == {before}
            return
        before = fen
    raise AssertionError("no answer came before the flip")


async def asked_around(
    flip: datetime, *places: tuple[Service, Viewer | None]
) -> list[tuple[datetime, int, datetime]]:
    """Prices told until after a moment, each with when it was asked for and when answered."""
    seen: list[tuple[datetime, int, datetime]] = []
    while not seen or min(asked_at for asked_at, *_ in seen[-len(places) :]) < flip:
        for place, viewer in places:
            asked_at = composition.now()
            seen.append((asked_at, await price(place, viewer), composition.now()))
        if flip - composition.now() > NEAR:
            await asyncio.sleep(0.1)
    return seen


async def test_a_change_can_be_called_off_and_is_remembered(mall: Service):
    change = (await schedule(mall, (SKU, 199900))).data["priceChangeSchedule"]["priceChange"]
    for _ in range(2):
        cancelled = await mall.query(CANCEL, HEAD_OFFICE, id=change["id"])
        assert cancelled.data["priceChangeCancel"]["priceChange"] == {"state": "CANCELLED"}
    listed = (await mall.query(LIST, HEAD_OFFICE)).data["priceChanges"]
    assert listed == {"totalCount": 1, "nodes": [{"name": "双十一", "state": "CANCELLED"}]}
    records = """query($id: ID!) {
      recordsOf(kind: "price_change", id: $id) { nodes { action } } }"""
    booked = (await mall.query(records, HEAD_OFFICE, id=change["id"])).data["recordsOf"]["nodes"]
    assert [one["action"] for one in booked] == ["priceChangeCancel", "priceChangeSchedule"]


async def test_a_change_about_to_take_effect_can_no_longer_be_called_off(
    mall: Service, monkeypatch: pytest.MonkeyPatch
):
    change = (await schedule(mall, (SKU, 199900))).data["priceChangeSchedule"]["priceChange"]
    monkeypatch.setattr(pricing, "LEAD", timedelta(minutes=2))
    refused = await mall.query(CANCEL, HEAD_OFFICE, id=change["id"])
    assert refused.refused("priceChangeCancel")[0]["code"] == "WRONG_STATE"


async def test_only_head_office_and_the_tills_change_prices(mall: Service):
    assert (await schedule(mall, (SKU, 1), viewer=EDITOR)).refused("priceChangeSchedule")
    assert (await mall.query(LIST, EDITOR)).errors[0]["extensions"]["code"] == "FORBIDDEN"
    feed = Viewer(id=PersonId("till"), role=Role.FEED)
    assert (await schedule(mall, (SKU, 1), viewer=feed)).data["priceChangeSchedule"]["priceChange"]


async def test_what_can_not_be_scheduled_is_refused_by_its_field(mall: Service):
    lines = ["input", "lines"]
    for changes, field in (
        ({"after_s": 1.0}, ["input", "effectiveAt"]),
        ({"name": " "}, ["input", "name"]),
        ({"lines": []}, lines),
        ({"lines": [{"sku": "nothing", "priceFen": 1}]}, [*lines, "0", "sku"]),
        ({"lines": [{"sku": SKU, "priceFen": 0}]}, [*lines, "0", "priceFen"]),
        ({"lines": [{"sku": SKU, "priceFen": 1}] * 2}, [*lines, "1", "sku"]),
        (
            {"lines": [{"sku": SKU, "priceFen": 2, "compareAtFen": 2}]},
            [*lines, "0", "compareAtFen"],
        ),
    ):
        answer = await schedule(mall, (SKU, 100), **changes)
        assert [error["field"] for error in answer.refused("priceChangeSchedule")] == [field]


async def test_two_changes_of_one_sku_at_one_moment_are_a_conflict(mall: Service):
    at = (composition.now() + timedelta(minutes=1)).isoformat()
    assert (await schedule(mall, (SKU, 100), effectiveAt=at)).data["priceChangeSchedule"]
    second = await schedule(mall, (SKU, 200), effectiveAt=at)
    assert second.refused("priceChangeSchedule")[0]["code"] == "CONFLICT"
    other = await schedule(mall, ("10001-NVY-L", 200), effectiveAt=at)
    assert other.data["priceChangeSchedule"]["userErrors"] == []


async def test_a_moment_without_an_offset_is_refused(mall: Service):
    answer = await schedule(mall, (SKU, 100), effectiveAt="2030-01-01T00:00:00")
    assert "is not a moment" in answer.errors[0]["message"]
