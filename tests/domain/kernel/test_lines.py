"""Texts, codes, numbers and moments as they may be kept."""

from datetime import UTC, datetime

import pytest

from domain.kernel.codes import read_code
from domain.kernel.lines import read_line, read_paragraphs, shown
from domain.kernel.moments import read_moment
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within


@pytest.mark.parametrize(
    "bad", ["a\0b", "a\x1bb", "a\x85b", "a\nb", "a\u202eb", "\u2068a\u2069", "\u200fa", "a\ud800"]
)
def test_a_line_has_no_control_characters_and_no_direction_marks(bad):
    with pytest.raises(Invalid, match=r"U\+[0-9A-F]{4}") as caught:
        read_line(bad, most=20, field=["title"])
    assert caught.value.field == ("title",)


def test_a_line_loses_the_blanks_round_it_and_keeps_what_is_inside():
    assert read_line(" \u3000家人 👩‍👩‍👧\n", most=20) == "家人 👩‍👩‍👧"
    assert read_line("", most=20) == ""


@pytest.mark.parametrize("empty", ["", " ", "\u200b", "\ufeff\u200d", "\u00ad"])
def test_what_must_say_something_says_something_that_can_be_seen(empty):
    with pytest.raises(Invalid, match="write 1 to 20"):
        read_line(empty, most=20, least=1)


def test_paragraphs_may_have_lines_and_tabs_and_nothing_else_of_the_kind():
    assert read_paragraphs("a\r\n\tb\n", most=20) == "a\r\n\tb"
    for bad in ("a\x07", "a\u2066b"):
        with pytest.raises(Invalid):
            read_paragraphs(bad, most=20)


def test_a_megabyte_is_too_long_and_the_message_is_short():
    with pytest.raises(Invalid, match="shorten it to 20"):
        read_line("长" * 1_000_000, most=20)
    assert len(shown("x" * 1_000_000)) < 100


@pytest.mark.parametrize(
    "written",
    [
        "SKU123",
        "SKU123 ",
        "\tSKU123",
        "SKU123\xa0",
        "\u3000SKU123",
        "SKU123\u200b",
        "\ufeffSKU123",
        "SKU123\u202c",
        "ＳＫＵ１２３",
    ],
)
def test_however_a_code_is_written_it_is_one(written):
    assert read_code(written) == "SKU123"


@pytest.mark.parametrize(
    "hidden", ["S\u200b1", "S\ufeff1", "S\u202c1", "S\u00a01", "S\t1", "S\0001"]
)
def test_what_cannot_be_seen_inside_a_code_is_refused_by_its_name(hidden):
    name = f"U\\+{ord(hidden[1]):04X} at 1"
    with pytest.raises(Invalid, match=name):
        read_code(hidden)


@pytest.mark.parametrize("bad", ["", "a b", "-a", "羽绒", "a/b", "a:b", "$a", "x" * 41, "S٣"])
def test_codes_have_one_alphabet(bad):
    with pytest.raises(Invalid) as caught:
        read_code(bad, ["sku"])
    assert caught.value.field == ("sku",)


@pytest.mark.parametrize("good", ["S0001", "10001-NVY-M", "a.b_c", "0"])
def test_what_brands_write_is_a_code(good):
    assert read_code(good) == good


@pytest.mark.parametrize(
    "bad",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "1899-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "2026-11-01",
        "2026-11-01T00:00:00",
        "9" * 5000,
        "",
        None,
        5,
    ],
)
def test_a_moment_has_an_offset_and_a_year_that_can_be_meant(bad):
    with pytest.raises(Invalid) as caught:
        read_moment(bad, ["at"])
    assert caught.value.field == ("at",)
    assert len(caught.value.message) < 200


def test_a_moment_is_kept_in_utc_to_the_millisecond():
    read = read_moment("2026-11-01T00:00:00.1239+08:00")
    assert read == datetime(2026, 10, 31, 16, 0, 0, 123000, tzinfo=UTC)


def test_a_number_outside_its_bounds_is_refused_with_them():
    bound = Within(1, 3_650)
    assert bound.read(1) == 1
    for bad in (0, 3_651, 2**63, 10**30):
        with pytest.raises(Invalid, match="1 to 3,650"):
            bound.read(bad)
