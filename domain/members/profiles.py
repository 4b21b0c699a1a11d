"""What members tell of themselves."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, Protocol

from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.refusals import Forbidden, Invalid, TooMany
from domain.members.consent import Consent, Consents, Purpose, allows, consents_of_all

LONGEST_NAME = 40
MOST_CHILDREN = 10
EARLIEST_YEAR = 1900
_LEAP_YEAR = 2024


class ChildAge(StrEnum):
    """How old a child is, as far as anybody need know it."""

    UNBORN = "UNBORN"
    UNDER_1 = "UNDER_1"
    FROM_1_TO_3 = "FROM_1_TO_3"
    FROM_4_TO_6 = "FROM_4_TO_6"
    FROM_7_TO_12 = "FROM_7_TO_12"
    FROM_13_TO_17 = "FROM_13_TO_17"
    GROWN_UP = "GROWN_UP"


_BANDS = (
    (0, ChildAge.UNBORN),
    (12, ChildAge.UNDER_1),
    (4 * 12, ChildAge.FROM_1_TO_3),
    (7 * 12, ChildAge.FROM_4_TO_6),
    (13 * 12, ChildAge.FROM_7_TO_12),
    (18 * 12, ChildAge.FROM_13_TO_17),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Birthday:
    """A day of the year; the year itself is nobody's business unless it is told."""

    month: int
    day: int
    year: int | None = None

    def in_year(self, year: int) -> date:
        """The day on which it is kept: 29 February on the 28th where there is no 29th."""
        if (self.month, self.day) == (2, 29) and not _is_leap(year):
            return date(year, 2, 28)
        return date(year, self.month, self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child of a member's: no name, and no nearer than the month."""

    year: int
    month: int

    def band(self, now: datetime) -> ChildAge:
        """How old it is at a moment."""
        today = beijing_day(now)
        months = (today.year - self.year) * 12 + today.month - self.month
        return next((band for below, band in _BANDS if months < below), ChildAge.GROWN_UP)

    def turns(self) -> Iterator[date]:
        """From which days on it is in another band than before."""
        for below, _ in _BANDS:
            yield date(self.year + below // 12, self.month, 1)

    def enters(self) -> Iterator[tuple[date, ChildAge]]:
        """From which day on it is in each band from 1 to 17, as far as its month tells."""
        for (below, _), (_, band) in pairwise(_BANDS[1:]):
            yield date(self.year + below // 12, self.month, 1), band


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberProfile:
    """What one member told; `consents` have what was said last of each purpose."""

    id: PersonId
    name: str | None = None
    birthday: Birthday | None = None
    children: tuple[Child, ...] = ()
    consents: Consents = field(default_factory=dict)
    told_at: datetime | None = None
    version: int = 0

    def allows(self, purpose: Purpose) -> bool:
        """Whether the member allows a purpose."""
        return allows(self.consents, purpose)


FIELDS = ("name", "birthday", "children")


class MemberProfiles(Protocol):
    """The profiles of members who told something."""

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, MemberProfile]:
        """Those of these members."""

    async def save(
        self, profile: MemberProfile, *, expected: int, facts: Sequence[Fact] = ()
    ) -> None:
        """Write one over its expected version, 0 for none; Conflict if it has another."""

    async def add_new(
        self, profiles: Sequence[MemberProfile], facts: Mapping[str, Sequence[Fact]]
    ) -> None:
        """Write many of members who had none; one that is there stays."""


def told(
    before: MemberProfile,
    *,
    name: str | None,
    birthday: Birthday | None,
    children: Sequence[Child],
    now: datetime,
) -> MemberProfile:
    """A profile as its member wants it; children need consent of their own."""
    if children and not before.allows(Purpose.CHILD):
        raise Forbidden(
            "Consent to CHILD first: what is known of children is kept for nothing else.",
            field=["input", "children"],
        )
    if len(children) > MOST_CHILDREN:
        raise TooMany(f"Tell of at most {MOST_CHILDREN}.", field=["input", "children"])
    for child in children:
        _check_month(child, now)
    said = read_line(name, most=LONGEST_NAME, field=["input", "name"]) if name else None
    return replace(
        before,
        name=said or None,
        birthday=checked_birthday(birthday, now) if birthday else None,
        children=tuple(sorted(children, key=lambda one: (one.year, one.month))),
    )


def checked_birthday(
    birthday: Birthday, now: datetime, field: Sequence[str] = ("input", "birthday")
) -> Birthday:
    """A birthday that there is, and that is over."""
    year = birthday.year
    if year is not None and not EARLIEST_YEAR <= year <= beijing_day(now).year:
        raise Invalid(f"write a year from {EARLIEST_YEAR} to this one.", field=field)
    try:
        born = date(year or _LEAP_YEAR, birthday.month, birthday.day)
    except ValueError:
        raise Invalid("there is no such day.", field=field) from None
    if year is not None and born > beijing_day(now):
        raise Invalid("this day is yet to come.", field=field)
    return birthday


def with_consent(before: MemberProfile, consent: Consent) -> MemberProfile:
    """A profile of which something is allowed, or no more; what was kept only by it is gone."""
    gone = consent.purpose is Purpose.CHILD and not consent.given
    return replace(
        before,
        consents={**before.consents, consent.purpose: consent},
        children=() if gone else before.children,
    )


def as_one(
    own: MemberProfile,
    others: Sequence[MemberProfile],
    winners: Mapping[str, PersonId],
    since: datetime | None,
) -> MemberProfile:
    """What we know of a person who was several members until a moment.

    What they said since then holds. Of what was said before, field by field, the one's counts whom
    the merge names, else the member's own, else another's; and who said no, once, is heard.
    """
    all_of_them = [own, *others]
    consents = consents_of_all([one.consents for one in all_of_them])
    consents |= {
        purpose: said for purpose, said in own.consents.items() if since is None or said.at >= since
    }
    values: dict[str, Any] = {}
    if since is not None and (own.told_at is None or own.told_at < since):
        for name in FIELDS:
            first = [one for one in all_of_them if one.id == winners.get(name)]
            said = [getattr(one, name) for one in (*first, *all_of_them) if getattr(one, name)]
            values[name] = said[0] if said else getattr(own, name)
    if not allows(consents, Purpose.CHILD):
        values["children"] = ()
    return replace(own, consents=consents, **values)


def _check_month(child: Child, now: datetime) -> None:
    at = ["input", "children"]
    latest = beijing_day(now).year + 1
    if not (1 <= child.month <= 12 and EARLIEST_YEAR <= child.year <= latest):
        raise Invalid(f"write a month of the years {EARLIEST_YEAR} to {latest}.", field=at)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
