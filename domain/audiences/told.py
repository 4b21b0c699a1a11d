"""What rules know of a person beside what they buy: what they told, and whose customer they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.kernel.days import beijing_day, day_begins
from domain.members.consent import ALLOWED_UNSAID, Purpose
from domain.members.profiles import Birthday, Child, ChildAge


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTraits:
    """What a person told and allows, and through which guide's link, at which store, they came.

    The birthday is without its year; of children there is nothing without consent to `CHILD`. Of
    somebody who was several members it is what all of them told together.
    """

    birthday: Birthday | None = None
    children: tuple[Child, ...] = ()
    allows: tuple[Purpose, ...] = tuple(sorted(ALLOWED_UNSAID))
    guide_id: str = ""
    store_id: str = ""

    def ages(self, now: datetime) -> set[ChildAge]:
        """How old the children are."""
        return {one.band(now) for one in self.children}

    def bonds(self) -> set[str]:
        """The guide whose customer the person is, and the store; none of nobody's."""
        return {one for one in (self.guide_id, self.store_id) if one}

    def days_to_birthday(self, now: datetime) -> int | None:
        """In how many days it is, 0 on the day itself."""
        next_one = self._next_birthday(now)
        return (next_one - beijing_day(now)).days if next_one else None

    def ages_change(self) -> Iterator[datetime]:
        """When a child is in another band than before."""
        return (day_begins(day) for one in self.children for day in one.turns())

    def birthday_nears(self, now: datetime, bounds: Sequence[int]) -> Iterator[datetime]:
        """When the days to the birthday come below some numbers, and begin anew."""
        if next_one := self._next_birthday(now):
            for days in (1 - bound for bound in (*bounds, 0)):
                yield day_begins(next_one + timedelta(days=max(days, -366)))

    def _next_birthday(self, now: datetime) -> date | None:
        if self.birthday is None:
            return None
        today = beijing_day(now)
        this_year = self.birthday.in_year(today.year)
        return this_year if this_year >= today else self.birthday.in_year(today.year + 1)


NOTHING_TOLD = ToldTraits()
