"""Positions in the schema."""

import strawberry

from api.kernel.enums import enum
from api.kernel.packing import Packed
from domain.kernel.places import Datum
from domain.kernel.places import Position as PositionValue

enum(
    Datum,
    "The system that a position is given in.",
    WGS84="WGS-84, as satellites give it.",
    GCJ02="GCJ-02, as maps in China need it.",
)


@strawberry.type(description="A point on the earth.")
class Position(Packed[PositionValue]):
    longitude: float = strawberry.field(description="Decimal degrees, east positive.")
    latitude: float = strawberry.field(description="Decimal degrees, north positive.")
    datum: Datum = strawberry.field(description="The system that the degrees are in.")


@strawberry.input(description="A point on the earth; wx.getLocation gives WGS84 unless asked.")
class PositionInput:
    longitude: float = strawberry.field(description="Decimal degrees, east positive.")
    latitude: float = strawberry.field(description="Decimal degrees, north positive.")
    datum: Datum = strawberry.field(description="The system that the degrees are in.")

    def value(self) -> PositionValue:
        """The position as the domain knows it."""
        return PositionValue(longitude=self.longitude, latitude=self.latitude, datum=self.datum)
