"""Packing values into types of the schema."""

from dataclasses import dataclass, field

import strawberry

from api.kernel.money import Money
from api.kernel.packing import Packed, pack


@dataclass(frozen=True)
class Line:
    sku: str
    price: int


@dataclass(frozen=True)
class Order:
    id: str
    lines: tuple[Line, ...]
    gift: Line | None = None
    tags: tuple[str, ...] = field(default=("new",))


@strawberry.type
class LineType(Packed[Line]):
    sku: strawberry.ID
    price: Money


@strawberry.type
class OrderType:
    value: strawberry.Private[Order]
    id: strawberry.ID
    lines: list[LineType]
    gift: LineType | None
    tags: list[str]
    count: int

    @strawberry.field
    def first(self) -> LineType:
        return self.lines[0]


def test_fields_of_the_same_name_are_packed_and_others_are_given():
    order = Order(id="o1", lines=(Line("A", 5), Line("B", 7)))
    packed = pack(OrderType, order, count=2)
    assert packed.value is order
    assert (packed.id, packed.tags, packed.count, packed.gift) == ("o1", ["new"], 2, None)
    assert [(line.sku, line.price.fen) for line in packed.lines] == [("A", 5), ("B", 7)]


def test_what_is_given_wins_over_the_value_s_own():
    order = Order(id="o1", lines=(), gift=Line("G", 0))
    packed = pack(OrderType, order, count=0, id=strawberry.ID("other"))
    assert packed.id == "other"
    assert packed.gift.sku == "G"
