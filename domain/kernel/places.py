"""Positions on the earth and the distance between them."""

import math
from dataclasses import dataclass

from domain.kernel.choices import ClosedSet
from domain.kernel.refusals import Invalid

# Krasovsky 1940, the ellipsoid on which GCJ-02's offset is defined.
_SEMI_MAJOR_M = 6_378_245.0
_ECCENTRICITY_2 = 0.00669342162296594323
# Mean radius R1 of the IUGG's GRS 80.
EARTH_RADIUS_M = 6_371_008.8


class Datum(ClosedSet):
    """The system a position is given in; maps in China need GCJ-02, satellites give WGS-84."""

    WGS84 = "WGS84", "GPS坐标", "WGS-84", "GPS"
    GCJ02 = "GCJ02", "火星坐标", "GCJ-02", "国测局坐标"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Decimal degrees, and the datum that they are in."""

    longitude: float
    latitude: float
    datum: Datum

    def __post_init__(self) -> None:
        """Refuse what is not on the earth."""
        for name, value, limit in (
            ("longitude", self.longitude, 180.0),
            ("latitude", self.latitude, 90.0),
        ):
            if not (math.isfinite(value) and abs(value) <= limit):
                raise Invalid(f"{name} must be between -{limit:g} and {limit:g}.", field=[name])

    def to_gcj02(self) -> "Position":
        """The same place in GCJ-02, the datum in which all distances are computed."""
        if self.datum is Datum.GCJ02:
            return self
        if not _in_china(self.longitude, self.latitude):
            return Position(longitude=self.longitude, latitude=self.latitude, datum=Datum.GCJ02)
        east, north = _gcj02_offset(self.longitude, self.latitude)
        return Position(
            longitude=self.longitude + east, latitude=self.latitude + north, datum=Datum.GCJ02
        )


def distance_m(a: Position, b: Position) -> float:
    """Great-circle metres between two positions, by the haversine formula, in GCJ-02."""
    a, b = a.to_gcj02(), b.to_gcj02()
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    across = math.radians(b.longitude - a.longitude)
    h = math.sin((lat_b - lat_a) / 2) ** 2
    h += math.cos(lat_a) * math.cos(lat_b) * math.sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def _in_china(longitude: float, latitude: float) -> bool:
    """The rectangle outside which GCJ-02 has no offset."""
    return 72.004 <= longitude <= 137.8347 and 0.8293 <= latitude <= 55.8271


def _gcj02_offset(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees east and north from WGS-84 to GCJ-02, by the widely published series.

    It meets the published point pairs of Shanghai, Shenzhen and Beijing to a millimetre. The
    official transform is not public; how far the series is from it elsewhere can't be known here.
    """
    x, y = longitude - 105.0, latitude - 35.0
    root = math.sqrt(abs(x))
    wave = 20.0 * math.sin(6.0 * math.pi * x) + 20.0 * math.sin(2.0 * math.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += 2.0 / 3.0 * (wave + 20.0 * math.sin(math.pi * y) + 40.0 * math.sin(math.pi / 3 * y))
    north += (
        2.0 / 3.0 * (160.0 * math.sin(math.pi / 12.0 * y) + 320.0 * math.sin(math.pi / 30.0 * y))
    )
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += 2.0 / 3.0 * (wave + 20.0 * math.sin(math.pi * x) + 40.0 * math.sin(math.pi / 3.0 * x))
    east += (
        2.0 / 3.0 * (150.0 * math.sin(math.pi / 12.0 * x) + 300.0 * math.sin(math.pi / 30.0 * x))
    )
    phi = math.radians(latitude)
    magic = 1 - _ECCENTRICITY_2 * math.sin(phi) ** 2
    meridian = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_2) / (magic * math.sqrt(magic))
    parallel = _SEMI_MAJOR_M / math.sqrt(magic) * math.cos(phi)
    return math.degrees(east / parallel), math.degrees(north / meridian)
