"""The administrative divisions of China, and the region that a district's stores sell in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from domain.kernel.places import Position
from domain.kernel.refusals import Invalid
from domain.network.stores import Region, RegionId


class DivisionLevel(StrEnum):
    """How far down a division stands."""

    PROVINCE = "PROVINCE"
    CITY = "CITY"
    DISTRICT = "DISTRICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """One division; its code is of GB/T 2260, its position the centre in GCJ-02."""

    code: str
    name: str
    level: DivisionLevel
    parent: str | None
    centre: Position


# 北京, 天津, 上海 and 重庆: a province that is one city, whose city rows (市辖区, 县) name nothing.
MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerDivision:
    """A division that is no more; `today` is the code of the one that it has become a part of."""

    code: str
    name: str
    today: str


@dataclass(frozen=True)
class Divisions:
    """All divisions by their codes, and some that are no more."""

    by_code: Mapping[str, Division]
    former: Mapping[str, FormerDivision]

    @classmethod
    def of(
        cls, divisions: Iterable[Division], former: Iterable[FormerDivision] = ()
    ) -> "Divisions":
        """Gather divisions."""
        return cls(
            {division.code: division for division in divisions},
            {division.code: division for division in former},
        )

    @cached_property
    def _parents(self) -> frozenset[str]:
        return frozenset(one.parent for one in self.by_code.values() if one.parent)

    def district(self, code: str) -> Division:
        """The division of a code that an address or a store can name.

        Of one that is no more, the refusal names today's code. It must have no division below it:
        most are districts, a few are cities without districts such as 东莞, and Hong Kong, Macau
        and Taiwan have one code each.
        """
        self.refuse_former(code)
        division = self.by_code.get(code)
        if division is None:
            raise Invalid(f"{code!r} is no division code of GB/T 2260.", field=["district"])
        if code in self._parents:
            raise Invalid(
                f"{code} {division.name} has divisions below it; name one of those.",
                field=["district"],
            )
        return division

    def refuse_former(self, code: str) -> None:
        """Refuse the code of a division that is no more, and name today's."""
        former = self.former.get(code)
        if former is not None:
            today = self.by_code[former.today]
            raise Invalid(
                f"{code} {former.name} is no more; it is {today.code} {today.name} today.",
                field=["district"],
            )

    def path(self, code: str) -> tuple[Division, ...]:
        """A division and those above it, the province first; empty for an unknown code."""
        found: list[Division] = []
        division = self.by_code.get(code)
        while division is not None:
            found.insert(0, division)
            division = self.by_code.get(division.parent) if division.parent else None
        return tuple(found)

    def names(self, code: str) -> tuple[str, ...]:
        """What an address says of a division: 江苏省, 苏州市, 姑苏区; or 北京市, 东城区."""
        path = self.path(code)
        if path and path[0].code in MUNICIPALITIES:
            path = tuple(one for one in path if one.level is not DivisionLevel.CITY)
        return tuple(one.name for one in path)

    def region_of(self, code: str) -> Region:
        """The region that a district's stores sell in where nobody has said otherwise.

        That is its city; in a municipality the municipality; for a county-level division that
        stands straight under its province, that division itself.
        """
        self.district(code)
        path = self.path(code)
        place = path[0] if path[0].code in MUNICIPALITIES or len(path) == 1 else path[1]
        return Region(id=RegionId(place.code), name=place.name)
