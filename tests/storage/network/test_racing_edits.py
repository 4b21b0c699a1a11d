"""Regions, owners and stores that two people or two processes change at once."""

from dataclasses import replace

import pytest

from domain.kernel.import_reports import ImportMode
from domain.kernel.refusals import Conflict
from domain.network.directory import NetworkPorts
from domain.network.region_changes import create_region, rename_region, set_default_store
from domain.network.store_changes import set_capacity, set_state
from domain.network.store_files import import_owners, import_stores
from domain.network.stores import Owner, OwnerId, OwnerKind, RegionId, StoreId, StoreState
from domain.people.act import by_the_clock
from qianmian.clock import new_id
from storage.advertising_claims import read_claims
from storage.divisions import read_divisions
from storage.mongo.kernel.database import Database
from storage.mongo.mall.reference import MongoReference
from tests.support.builders import NOON, a_region, a_store
from tests.support.handing_in import handed
from tests.support.network import a_store_row, as_csv
from tests.support.racing_edits import Raced

pytestmark = pytest.mark.anyio

ACT = by_the_clock(NOON, new_id)
S1, SUZHOU = StoreId("S1"), RegionId("320500")
BRAND = Owner(id=OwnerId("brand"), name="山屿", kind=OwnerKind.BRAND)
DIVISIONS = read_divisions()


def ports_of(reference: MongoReference) -> NetworkPorts:
    return NetworkPorts(
        source=reference, writer=reference, divisions=DIVISIONS, wording=read_claims()
    )


@pytest.fixture
async def raced(database: Database) -> Raced:
    reference = Raced(database)
    await reference.save_owners([BRAND])
    await reference.save_regions([a_region()])
    await reference.save_stores([a_store("S1"), a_store("S2")])
    await reference.opened()
    return reference


async def import_rows(raced: Raced, *rows: dict[str, str]):
    return await import_stores(ports_of(raced), ACT, handed(as_csv(*rows)))


async def test_a_store_that_is_changed_meanwhile_is_no_store_to_write_over(raced: Raced):
    raced.edit = lambda other: set_capacity(ports_of(other), ACT, S1, 7)
    with pytest.raises(Conflict):
        await set_state(ports_of(raced), ACT, S1, StoreState.PAUSED)
    assert (raced.now().store("S1").capacity_a_day, raced.now().store("S1").state) == (7, "OPEN")
    await set_state(ports_of(raced), ACT, S1, StoreState.PAUSED)
    assert raced.now().store("S1").capacity_a_day == 7


async def test_of_two_who_change_a_region_one_is_told(raced: Raced):
    raced.edit = lambda other: set_default_store(ports_of(other), ACT, SUZHOU, S1)
    with pytest.raises(Conflict):
        await rename_region(ports_of(raced), ACT, SUZHOU, "苏州")
    renamed = await rename_region(ports_of(raced), ACT, SUZHOU, "苏州")
    assert (renamed.default_store_id, renamed.version) == (S1, 3)


async def test_a_region_is_made_once_however_many_make_it_together(raced: Raced):
    raced.edit = lambda other: create_region(ports_of(other), ACT, "EAST", "华东")
    with pytest.raises(Conflict):
        await create_region(ports_of(raced), ACT, "EAST", "东区")
    assert raced.now().region("EAST").name == "华东"


async def test_a_file_of_stores_is_laid_over_what_was_changed_meanwhile(raced: Raced):
    raced.edit = lambda other: set_capacity(ports_of(other), ACT, S1, 7)
    report = await import_rows(raced, a_store_row("S1", name="新店名"), a_store_row("S3"))
    assert (report.created, report.changed, report.errors) == (1, 1, ())
    assert (raced.now().store("S1").name, raced.now().store("S1").version) == ("新店名", 3)
    assert raced.now().store("S3").version == 1


async def test_a_store_that_is_closed_meanwhile_is_not_opened_by_a_file(raced: Raced):
    raced.edit = lambda other: set_state(ports_of(other), ACT, S1, StoreState.CLOSED)
    with pytest.raises(Conflict):
        await import_rows(raced, a_store_row("S1", name="新店名"))
    assert raced.now().store("S1").state is StoreState.CLOSED


async def test_a_file_keeps_the_region_that_another_made_meanwhile(raced: Raced):
    at_wuxi = a_store_row("S9", district="320213", longitude="120.303108", latitude="31.566155")
    raced.edit = lambda other: create_region(ports_of(other), ACT, "320200", "锡")
    assert (await import_rows(raced, at_wuxi)).created == 1
    assert (raced.now().region("320200").name, raced.now().store("S9").region_id) == (
        "锡",
        "320200",
    )


async def test_owners_that_two_files_change_are_written_one_after_the_other(raced: Raced):
    async def take_in(ports: NetworkPorts, name: str):
        data = f"owner_code,name,kind\nbrand,{name},BRAND\n".encode()
        return await import_owners(ports, ACT, handed(data, mode=ImportMode.GOOD_ROWS))

    raced.edit = lambda other: take_in(ports_of(other), "千面")
    await take_in(ports_of(raced), "山屿直营")
    assert raced.now().owners[BRAND.id] == replace(BRAND, name="山屿直营", version=3)
