"""Where stores stand, as real lists say it."""

from typing import Any

import pytest

from domain.kernel.places import Datum, Position
from tests.conftest import Service
from tests.support.network import GUSU, HEAD_OFFICE, OWNERS, a_store_row, as_csv, counts, take_in

pytestmark = pytest.mark.anyio

IMPORT = """mutation ($file: Upload!) { storesImport(file: $file, mode: GOOD_ROWS) {
  report { created notes errors { line column message } warnings { line column message } } } }"""
EAST, NORTH = str(GUSU[1]), str(GUSU[2])


async def report_on(service: Service, *rows: dict[str, str]) -> dict[str, Any]:
    counts(await take_in(service, "owners", OWNERS))
    file = ("stores.csv", as_csv(*rows), "text/csv")
    answer = await service.upload(IMPORT, file, HEAD_OFFICE)
    found: dict[str, Any] = answer.data["storesImport"]["report"]
    return found


def told(remarks: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(one["line"], one["column"]) for one in remarks]


async def test_swapped_degrees_are_refused_as_that(service: Service):
    report = await report_on(service, a_store_row("S1", longitude=NORTH, latitude=EAST))
    assert told(report["errors"]) == [(2, "longitude")]
    assert "look swapped" in report["errors"][0]["message"]


@pytest.mark.parametrize(
    "bad", ["null", "nan", "NaN", "inf", "1_2.5", "121.47°", "1e999", "", "9" * 400]
)
async def test_what_is_no_number_is_an_error_of_its_row(service: Service, bad: str):
    report = await report_on(service, a_store_row("S1", longitude=bad), a_store_row("S2"))
    assert (report["created"], told(report["errors"])) == (1, [(2, "longitude")])


async def test_a_position_far_outside_its_city_warns(service: Service):
    """哈尔滨百盛百货, said to be in 南岗区, some 170 km off."""
    harbin = a_store_row(
        "S1", district="230103", longitude="128.758592", latitude="45.98241", datum="GCJ02"
    )
    report = await report_on(service, harbin, a_store_row("S2"))
    assert (report["created"], report["errors"]) == (2, [])
    assert told(report["warnings"]) == [(2, "longitude")]
    assert "far outside its city" in report["warnings"][0]["message"]


async def test_several_stores_on_one_point_warn_those_of_earlier_files_too(service: Service):
    await report_on(service, a_store_row("S1"))
    report = await report_on(
        service, a_store_row("S2"), a_store_row("S3", longitude=str(GUSU[1] + 0.01))
    )
    assert told(report["warnings"]) == [(2, "longitude")]
    assert "1 more on this very point" in report["warnings"][0]["message"]


async def test_a_district_that_is_no_more_names_todays_code(service: Service):
    report = await report_on(service, a_store_row("S1", district="110103"))
    assert told(report["errors"]) == [(2, "district")]
    assert "110101" in report["errors"][0]["message"]


async def test_a_file_tells_how_far_its_stores_lie_from_their_districts_centres(service: Service):
    here = a_store_row("S1")
    there = a_store_row("S2", latitude=str(GUSU[2] + 0.18))  # 20.2 km off
    [note] = (await report_on(service, here, there))["notes"]
    assert "2 stores lie 10.1 km from their districts' centres on average" in note


async def test_a_city_that_is_said_twice_is_told(service: Service):
    rows = (
        a_store_row("S1", address="上海市上海市南京东路1号"),
        a_store_row(
            "S2", address="上海市南京东路1号", longitude=str(GUSU[1] + 0.01), name="店 S2 "
        ),
    )
    report = await report_on(service, *rows)
    assert (report["created"], told(report["warnings"])) == (2, [(2, "address")])
    assert "上海市 stands there twice" in report["warnings"][0]["message"]
    stores = await service.query("{ stores { nodes { id name } } }")
    assert stores.data["stores"]["nodes"][1] == {"id": "S2", "name": "店 S2"}


async def test_a_file_of_another_datum_lies_farther_from_its_districts(service: Service):
    """The same places as WGS-84 has them, once said to be that and once said to be GCJ-02."""
    shifted = Position(longitude=GUSU[1], latitude=GUSU[2], datum=Datum.WGS84).to_gcj02()
    east, north = 2 * GUSU[1] - shifted.longitude, 2 * GUSU[2] - shifted.latitude
    row = {"longitude": f"{east:.6f}", "latitude": f"{north:.6f}"}
    right = await report_on(service, a_store_row("S1", **row, datum="WGS84"))
    wrong = await report_on(service, a_store_row("S2", **row, datum="GCJ02"))
    assert "1 stores lie 0.1 km" in right["notes"][0]
    assert "1 stores lie 0.5 km" in wrong["notes"][0]
    assert "may be the other datum" in wrong["notes"][0]


async def test_entering_beside_a_store_picks_it_where_the_datum_is_right(service: Service):
    await report_on(service, a_store_row("S1"), a_store_row("S2", latitude=str(GUSU[2] + 0.05)))
    text = """query ($here: PositionInput!) { storefrontEnter(position: $here) {
      distanceM storefront { store { id } } } }"""
    here = {"longitude": GUSU[1] + 0.0002, "latitude": GUSU[2], "datum": "GCJ02"}
    entered = (await service.query(text, here=here)).data["storefrontEnter"]
    assert entered["storefront"]["store"]["id"] == "S1"
    assert entered["distanceM"] < 50


async def test_hours_of_no_day_are_refused_in_files_and_by_the_api(service: Service):
    report = await report_on(service, a_store_row("S1", opening_hours="closed"), a_store_row("S2"))
    assert told(report["errors"]) == [(2, "opening_hours")]
    text = """mutation { storeHoursSet(id: "S2", openingHours: "10:00-22:00; closed") {
      userErrors { code field message } } }"""
    [refused] = (await service.query(text, HEAD_OFFICE)).refused("storeHoursSet")
    assert (refused["code"], refused["field"]) == ("INVALID", ["openingHours"])
    assert "pause it" in refused["message"]
