"""Positions and distances."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.places import Datum, Position, distance_m
from domain.kernel.refusals import Invalid


def at(longitude, latitude, datum=Datum.GCJ02):
    return Position(longitude=longitude, latitude=latitude, datum=datum)


places = st.builds(at, st.floats(73, 135), st.floats(18, 53), st.sampled_from(list(Datum)))


@pytest.mark.parametrize(
    ("city", "longitude", "latitude", "offset_m"),
    [
        ("Beijing", 116.404, 39.915, 554),
        ("Shanghai", 121.4737, 31.2304, 480),
        ("Shenzhen", 114.0579, 22.5431, 605),
        ("Chengdu", 104.0665, 30.5723, 363),
    ],
)
def test_the_two_datums_differ_as_published_for_four_cities(city, longitude, latitude, offset_m):
    wgs84 = at(longitude, latitude, Datum.WGS84)
    assert distance_m(wgs84, at(longitude, latitude)) == pytest.approx(offset_m, abs=25), city


# Pairs of (WGS-84, GCJ-02) that implementations of the published series hold themselves to.
PUBLISHED = (
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
)


@pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED)
def test_published_points_are_met_to_a_millimetre(wgs84, gcj02):
    error_m = distance_m(at(*wgs84, Datum.WGS84), at(*gcj02))
    assert error_m < 0.001


def test_beijing_to_shanghai_is_1067_kilometres():
    assert distance_m(at(116.4074, 39.9042), at(121.4737, 31.2304)) == pytest.approx(
        1_067_000, rel=0.002
    )


def test_outside_china_the_two_datums_are_the_same():
    assert at(2.3522, 48.8566, Datum.WGS84).to_gcj02() == at(2.3522, 48.8566)


@given(a=places, b=places)
def test_a_distance_is_the_same_both_ways_and_none_to_oneself(a, b):
    assert distance_m(a, b) == pytest.approx(distance_m(b, a))
    assert distance_m(a, a) == 0


@given(a=places, b=places, c=places)
def test_no_detour_is_shorter(a, b, c):
    assert distance_m(a, c) <= distance_m(a, b) + distance_m(b, c) + 1e-3


@pytest.mark.parametrize(
    ("longitude", "latitude"), [(180.1, 0), (0, -90.5), (float("nan"), 0), (0, float("inf"))]
)
def test_a_position_that_is_not_on_the_earth_is_refused(longitude, latitude):
    with pytest.raises(Invalid, match="must be between"):
        at(longitude, latitude)
