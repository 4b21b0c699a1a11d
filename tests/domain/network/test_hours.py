"""Opening hours, as people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.refusals import Invalid
from domain.network.hours import CHINA, MINUTES_A_DAY, OpeningHours, Span, parse_hours, read_hours


def at(text: str) -> datetime:
    """A moment written in China's time."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(UTC)


@st.composite
def some_spans(draw):
    cuts = draw(st.lists(st.integers(0, MINUTES_A_DAY - 1), max_size=4, unique=True))
    cuts = sorted(cuts)[: len(cuts) // 2 * 2]
    return tuple(Span(start=a, end=b) for a, b in zip(cuts[::2], cuts[1::2], strict=True))


hours = st.builds(
    OpeningHours,
    week=st.tuples(*[some_spans()] * 7),
    dates=st.dictionaries(
        st.dates(date(2026, 1, 1), date(2027, 12, 31)), some_spans(), max_size=3
    ).map(lambda days: tuple(sorted(days.items()))),
)


@given(hours)
def test_hours_written_down_are_read_back_as_they_were(some):
    assert parse_hours(str(some)) == some


@given(hours, st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
def test_it_is_open_at_a_minute_that_some_span_of_the_day_covers(some, moment):
    local = moment.replace(tzinfo=CHINA)
    minute = local.hour * 60 + local.minute
    covered = any(span.start <= minute < span.end for span in some.on(local.date()))
    assert some.open_at(local.astimezone(UTC)) == covered


@given(hours, st.datetimes(datetime(2026, 1, 1), datetime(2027, 10, 1)))
def test_it_is_shut_before_it_opens_next_and_open_then(some, moment):
    now = moment.replace(tzinfo=CHINA)
    opens = some.opens_next(now)
    if opens is not None:
        assert opens > now
        assert some.open_at(opens)
        assert not some.open_at(opens - timedelta(microseconds=1)) or some.open_at(now)


def test_a_weekend_and_a_holiday_differ():
    shop = parse_hours("10:00-22:00; Sat,Sun 09:30-22:30; 2026-10-01..2026-10-07 closed")
    assert not shop.open_at(at("2026-11-20T09:45"))  # a Friday
    assert shop.open_at(at("2026-11-21T09:45"))
    assert not shop.open_at(at("2026-10-03T12:00"))
    assert shop.opens_next(at("2026-10-01T08:00")) == at("2026-10-08T10:00")


def test_a_night_goes_past_midnight_into_the_next_day():
    bar = parse_hours("Fri 18:00-02:00")
    assert bar.closes_at(at("2026-11-21T01:59")) == at("2026-11-21T02:00")
    assert not bar.open_at(at("2026-11-21T02:00"))
    assert not bar.open_at(at("2026-11-20T01:00"))


@pytest.mark.parametrize(
    ("moment", "closes"),
    [
        ("2026-10-17T01:30", "2026-10-17T02:00"),  # a Saturday, in Friday's span
        ("2026-10-17T02:00", None),
        ("2026-10-18T01:30", "2026-10-18T02:00"),
        ("2026-10-18T10:00", "2026-10-18T22:00"),
        ("2026-10-10T01:00", "2026-10-10T02:00"),  # closed that day, but not the night before
        ("2026-10-10T11:00", None),
        ("2026-10-11T01:00", None),
    ],
)
def test_a_day_that_is_closed_neither_takes_the_night_before_nor_gives_one_of_its_own(
    moment, closes
):
    shop = parse_hours("10:00-22:00; Fri,Sat 10:00-02:00; 2026-10-10 closed")
    assert shop.closes_at(at(moment)) == (at(closes) if closes else None)


def test_a_warehouse_never_shuts():
    assert parse_hours("00:00-24:00").open_at(at("2026-11-21T23:59:59.999"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ten to six",
        "10:00",
        "10:60-22:00",
        "25:00-26:00",
        "10:00-14:00,13:00-18:00",
        "Mon-Fry 10:00-22:00",
        "2026-02-30 closed",
        "2026-10-07..2026-10-01 closed",
        "2026-01-01..2027-01-01 closed",
    ],
)
def test_hours_that_can_not_be_read_are_refused_with_an_example(text):
    with pytest.raises(Invalid, match="write such as 10:00-22:00"):
        parse_hours(text)


@pytest.mark.parametrize(
    "text", ["closed", "10:00-22:00; closed", "Mon-Sun closed", "2026-10-01 closed", "Sat closed"]
)
def test_hours_that_leave_no_day_open_are_asked_back(text):
    with pytest.raises(Invalid, match="leaves no day open") as caught:
        read_hours(text, ["openingHours"])
    assert caught.value.field == ("openingHours",)


@pytest.mark.parametrize(
    "bad",
    [
        "x" * 1_000_000,
        "2026-10-01 closed;" * 1_000,
        "١٠:00-22:00",
        "0000-01-01 10:00-22:00",
        ";",
        "\u202e",
    ],
)
def test_what_can_be_no_hours_is_refused_in_few_words(bad):
    with pytest.raises(Invalid) as caught:
        read_hours(bad, ["openingHours"])
    assert (caught.value.field, len(caught.value.message) < 300) == (("openingHours",), True)


def test_hours_as_a_chinese_keyboard_writes_them():
    assert read_hours("１０：００－２２：００\u3000", []) == parse_hours("10:00-22:00")


def test_a_shop_for_a_few_days_is_open_on_them_alone():
    popup = read_hours("2026-10-01..2026-10-07 10:00-22:00", [])
    assert popup.open_at(at("2026-10-03T12:00"))
    assert not popup.open_at(at("2026-10-08T12:00"))
