"""Opening hours: a week, and the days that are different."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise

from domain.kernel.codes import plain_id
from domain.kernel.lines import shown
from domain.kernel.refusals import Invalid

# China has one time zone and no summer time.
CHINA = timezone(timedelta(hours=8))
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTES_A_DAY = 24 * 60
LONGEST_HOLIDAY = timedelta(days=60)

_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_DATES = re.compile(rf"({_DATE})(?:\.\.({_DATE}))?")
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """From one minute of the day to another; an end past midnight is above 1,440."""

    start: int
    end: int

    def holds(self, other: "Span") -> bool:
        """Whether all of another lies within it."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: "Span") -> bool:
        """Whether they share a minute; those that touch share none."""
        return self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        """As people write it: 10:00-22:00."""
        end = self.end if self.end <= MINUTES_A_DAY else self.end - MINUTES_A_DAY
        return f"{_clock(self.start)}-{_clock(end)}"


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """The spans of each weekday, Monday first, and of the dates that are different, in order."""

    week: tuple[Spans, ...]
    dates: tuple[tuple[date, Spans], ...] = ()

    def on(self, day: date) -> Spans:
        """The spans that begin on a day in China."""
        return dict(self.dates).get(day, self.week[day.weekday()])

    def within(self, day: date) -> Spans:
        """The spans of a day in China cut at its midnights, with what goes on from the day before.

        Those that touch are one.
        """
        before = (
            Span(start=0, end=span.end - MINUTES_A_DAY)
            for span in self.on(day - timedelta(days=1))
            if span.end > MINUTES_A_DAY
        )
        begun = (replace(span, end=min(span.end, MINUTES_A_DAY)) for span in self.on(day))
        joined: list[Span] = []
        for span in sorted([*before, *begun]):
            if joined and span.start <= joined[-1].end:
                joined[-1] = replace(joined[-1], end=max(joined[-1].end, span.end))
            else:
                joined.append(span)
        return tuple(joined)

    def closes_at(self, moment: datetime) -> datetime | None:
        """When the span closes that is open at a moment; None where it is closed then."""
        today = moment.astimezone(CHINA).date()
        for start, end in self._spans(today - timedelta(days=1), days=2):
            if start <= moment < end:
                return end
        return None

    def open_at(self, moment: datetime) -> bool:
        """Whether it is open at a moment."""
        return self.closes_at(moment) is not None

    def opens_next(self, moment: datetime) -> datetime | None:
        """When it opens next after a moment; None where that is more than 60 days off."""
        today = moment.astimezone(CHINA).date()
        starts = (start for start, _ in self._spans(today, days=LONGEST_HOLIDAY.days))
        return next((start for start in starts if start > moment), None)

    def open_later_on(self, moment: datetime) -> bool:
        """Whether it is open at a moment or opens again on the same day in China."""
        opens = self.opens_next(moment)
        today = moment.astimezone(CHINA).date()
        return self.open_at(moment) or (
            opens is not None and opens.astimezone(CHINA).date() == today
        )

    def __str__(self) -> str:
        """As `parse_hours` reads it, days of the same hours together."""
        entries = [f"{days} {_write(spans)}" for days, spans in _runs(self.week)]
        if len(set(self.week)) == 1:
            entries = [_write(self.week[0])]
        entries += [f"{day.isoformat()} {_write(spans)}" for day, spans in self.dates]
        return "; ".join(entries)

    def _spans(self, first: date, *, days: int) -> Iterator[tuple[datetime, datetime]]:
        for offset in range(days):
            day = first + timedelta(days=offset)
            midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
            for span in self.on(day):
                yield (
                    midnight + timedelta(minutes=span.start),
                    midnight + timedelta(minutes=span.end),
                )


def read_hours(text: str, field: Sequence[str]) -> OpeningHours:
    """Hours as somebody writes them, in the words of `parse_hours`, wide characters or not.

    Invalid where they can't be read, or leave no day open: who means that pauses the store.
    """
    text = plain_id(text)
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"write at most {LONGEST_TEXT:,} characters.", field=field)
    try:
        hours = parse_hours(text)
    except Invalid as refusal:
        raise Invalid(refusal.message, field=field) from None
    if not any(hours.week) and not any(spans for _, spans in hours.dates):
        raise Invalid(
            f"{shown(text)} leaves no day open. Should the store be shut? Then pause it with "
            "storePause; else write its hours, such as 10:00-22:00, and the days that are closed "
            "after them.",
            field=field,
        )
    return hours


@lru_cache(maxsize=4096)
def parse_hours(text: str) -> OpeningHours:
    """Read `10:00-22:00; Sat,Sun 09:30-22:30; 2026-10-01..2026-10-07 closed`.

    Entries are separated by semicolons, a later one wins for its days, a date wins over its
    weekday. An entry is days and then spans; without days it is for the whole week. A span that
    ends before it starts goes past midnight.
    """
    week: list[Spans] = [()] * 7
    dates: dict[date, Spans] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        days, _, hours = entry.rpartition(" ")
        spans = _read_spans(hours, entry)
        if _DATES.fullmatch(days):
            dates.update(dict.fromkeys(_read_dates(days), spans))
        else:
            for day in _read_days(days, entry):
                week[day] = spans
    if not text.strip():
        raise _unreadable(text)
    return OpeningHours(week=tuple(week), dates=tuple(sorted(dates.items())))


def _unreadable(entry: str) -> Invalid:
    return Invalid(
        f"{shown(entry)} is no opening time; write such as 10:00-22:00, or "
        "Mon-Fri 10:00-22:00; Sat,Sun 09:30-22:30; 2026-10-01..2026-10-07 closed.",
        field=["opening_hours"],
    )


def _read_spans(text: str, entry: str) -> Spans:
    if text == "closed":
        return ()
    spans = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise _unreadable(entry)
        hour, minute, end_hour, end_minute = map(int, match.groups())
        start, end = hour * 60 + minute, end_hour * 60 + end_minute
        if max(minute, end_minute) > 59 or start >= MINUTES_A_DAY or end > MINUTES_A_DAY:
            raise _unreadable(entry)
        spans.append(Span(start=start, end=end if end > start else end + MINUTES_A_DAY))
    spans.sort()
    if any(later.start < earlier.end for earlier, later in pairwise(spans)):
        raise _unreadable(entry)
    return tuple(spans)


def _read_days(text: str, entry: str) -> Iterable[int]:
    if not text:
        return range(7)
    days: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise _unreadable(entry)
        start, end = DAYS.index(first), DAYS.index(last or first)
        days += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return days


def _read_dates(text: str) -> list[date]:
    first, _, last = text.partition("..")
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise _unreadable(text) from None
    if not timedelta() <= end - start <= LONGEST_HOLIDAY:
        raise _unreadable(text)
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]


def _runs(week: tuple[Spans, ...]) -> Iterator[tuple[str, Spans]]:
    start = 0
    for day in range(1, 8):
        if day == 7 or week[day] != week[start]:
            last = day - 1
            yield DAYS[start] if start == last else f"{DAYS[start]}-{DAYS[last]}", week[start]
            start = day


def _write(spans: Spans) -> str:
    return ",".join(map(str, spans)) or "closed"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
