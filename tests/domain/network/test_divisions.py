"""The shipped table of divisions, and the region that a district belongs to."""

import pytest

from domain.kernel.refusals import Invalid
from domain.network.divisions import DivisionLevel
from storage.divisions import read_divisions

DIVISIONS = read_divisions()


def test_the_table_is_whole():
    levels = [division.level for division in DIVISIONS.by_code.values()]
    counted = [levels.count(level) for level in DivisionLevel]
    assert counted == [34, 339, 2845]
    parents = {division.parent for division in DIVISIONS.by_code.values()} - {None}
    assert parents <= DIVISIONS.by_code.keys()


@pytest.mark.parametrize(
    ("district", "region", "name"),
    [
        ("320508", "320500", "苏州市"),  # a city
        ("110101", "110000", "北京市"),  # a municipality, whose city row is 市辖区
        ("500229", "500000", "重庆市"),  # a county of the other city row of a municipality
        ("429004", "429004", "仙桃市"),  # stands straight under its province
        ("441900", "441900", "东莞市"),  # a city without districts
        ("810000", "810000", "香港特别行政区"),
    ],
)
def test_a_districts_region_is_its_city(district, region, name):
    found = DIVISIONS.region_of(district)
    assert (found.id, found.name) == (region, name)


def test_all_25_county_level_divisions_under_a_province_are_regions_of_their_own():
    alone = [
        one.code
        for one in DIVISIONS.by_code.values()
        if one.level is DivisionLevel.DISTRICT and one.parent and one.parent.endswith("0000")
    ]
    assert len(alone) == 25
    assert all(DIVISIONS.region_of(code).id == code for code in alone)


def test_every_district_has_a_region():
    districts = [
        one.code for one in DIVISIONS.by_code.values() if one.level is DivisionLevel.DISTRICT
    ]
    assert all(DIVISIONS.region_of(code).name for code in districts)


def test_an_address_names_a_municipality_once():
    assert DIVISIONS.names("110101") == ("北京市", "东城区")
    assert DIVISIONS.names("320508") == ("江苏省", "苏州市", "姑苏区")
    assert DIVISIONS.names("429004") == ("湖北省", "仙桃市")


@pytest.mark.parametrize("code", ["320500", "320000", "110100", "999999", ""])
def test_what_has_divisions_below_it_is_no_district(code):
    with pytest.raises(Invalid) as refused:
        DIVISIONS.region_of(code)
    assert refused.value.field == ("district",)
