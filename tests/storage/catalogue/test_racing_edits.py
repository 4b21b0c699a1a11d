"""Products and price changes that two people or two processes change at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.catalogue.ports import CataloguePorts
from domain.catalogue.prices import PriceLine
from domain.catalogue.pricing import (
    PricePlan,
    cancel_price_change,
    price_changes,
    schedule_price_change,
)
from domain.catalogue.products import import_products
from domain.kernel.money import Fen
from domain.kernel.paging import PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Invalid
from domain.people.act import by_the_clock
from qianmian.clock import new_id
from storage.advertising_claims import read_claims
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.mall.reference import MongoReference
from storage.mongo.media.assets import MongoAssets
from tests.support.builders import NOON, a_price_change, a_product
from tests.support.handing_in import handed
from tests.support.network import as_csv
from tests.support.racing_edits import Raced

pytestmark = pytest.mark.anyio

ACT = by_the_clock(NOON, new_id)
TOMORROW = NOON + timedelta(days=1)


def ports_of(reference: MongoReference, database: Database) -> CataloguePorts:
    return CataloguePorts(
        source=reference,
        writer=reference,
        pictures=MongoAssets(database),
        uses=MongoUses(database),
        records=MongoRecords(database),
        wording=read_claims(),
    )


@pytest.fixture
async def raced(database: Database) -> Raced:
    reference = Raced(database)
    await reference.save_products([a_product("10001"), a_product("10002")])
    await reference.save_price_change(
        a_price_change(("10001-NVY-M", 199900), effective_at=TOMORROW)
    )
    await reference.opened()
    return reference


async def import_rows(ports: CataloguePorts, *rows: dict[str, str]):
    return await import_products(ports, ACT, handed(as_csv(*rows)))


async def test_a_file_of_products_loses_no_column_that_another_file_brought_meanwhile(
    raced: Raced, database: Database
):
    ports = ports_of(raced, database)
    named = {"product_code": "10001", "sku": "10001-NVY-M"}
    raced.edit = lambda other: import_rows(ports_of(other, database), {**named, "name": "冬款"})
    report = await import_rows(ports, {**named, "care": "手洗"})
    assert (report.changed, report.errors) == (1, ())
    written = raced.now().product("10001")
    assert (written.name, written.care, written.version) == ("冬款", "手洗", 3)
    assert raced.now().product("10002").version == 1


async def test_a_change_that_two_call_off_is_called_off_once(raced: Raced, database: Database):
    ports = ports_of(raced, database)
    later = replace(ACT, at=NOON + timedelta(minutes=1))
    one = "pricechange_1"
    raced.edit = lambda other: cancel_price_change(ports_of(other, database), ACT, one)
    assert (await cancel_price_change(ports, later, one)).cancelled_at == NOON
    page = await ports.records.of_subject(Subject(kind="price_change", id=one), PageRequest())
    assert [record.action for record in page.items] == ["priceChangeCancel"]


async def test_price_changes_are_listed_page_by_page_the_last_one_first(
    raced: Raced, database: Database
):
    for number in (2, 3):
        at = NOON + timedelta(days=number)
        change = a_price_change(("10001-NVY-M", 1), id=f"pricechange_{number}", effective_at=at)
        await raced.save_price_change(change)
    ports = ports_of(raced, database)
    first = await price_changes(ports, ACT, PageRequest(first=2))
    assert [one.id for one in first.items] == ["pricechange_3", "pricechange_2"]
    rest = await price_changes(ports, ACT, PageRequest(after=first.cursors[-1]))
    assert ([one.id for one in rest.items], rest.has_next) == (["pricechange_1"], False)
    with pytest.raises(Invalid):
        await price_changes(ports, ACT, PageRequest(after="WyJhIl0"))


def a_plan(*skus: str) -> PricePlan:
    lines = tuple(PriceLine(sku=sku, amount=Fen(1_000)) for sku in skus)
    return PricePlan(name="双十二", effective_at=NOON + timedelta(days=2), lines=lines)


async def test_of_two_plans_for_one_sku_at_one_moment_in_two_processes_one_is_a_conflict(
    raced: Raced, database: Database
):
    ports = ports_of(raced, database)
    theirs, ours = a_plan("10001-NVY-M", "10002-NVY-M"), a_plan("10002-NVY-L", "10002-NVY-M")
    raced.edit = lambda other: schedule_price_change(ports_of(other, database), ACT, theirs)
    with pytest.raises(Conflict, match="same moment"):
        await schedule_price_change(ports, ACT, ours)
    await raced.opened()
    [planned] = (one for one in raced.catalogue().price_changes.values() if one.name == "双十二")
    assert planned.lines == theirs.lines
    await cancel_price_change(ports, ACT, planned.id)
    again = await schedule_price_change(ports, ACT, ours)
    assert await cancel_price_change(ports, ACT, again.id) != again
    await schedule_price_change(ports, ACT, theirs)
