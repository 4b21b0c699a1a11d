"""Cells as spreadsheets and phones leave them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.cells import as_written, cleaned, unquoted
from domain.kernel.columns import Columns
from domain.kernel.look_alikes import look_alikes
from domain.kernel.refusals import Invalid
from domain.kernel.tables import Row, read_table

COLUMNS = Columns(
    names={"code": (), "count": (), "note": ()}, ids=("code",), codes=frozenset({"code"})
)


def row(**cells) -> Row:
    return Row(file="f.csv", line=2, cells=cells)


def table(*lines: tuple[str, ...]):
    text = io.StringIO()
    csv.writer(text).writerows([("code", "count", "note"), *lines])
    return read_table("f.csv", text.getvalue().encode(), COLUMNS)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("12.0", 12),
        ("12.0000", 12),
        ("12.", 12),
        ("１２", 12),
        ("１２．０", 12),
        ("1,000", 1000),
        ("１，０００", 1000),
        ("1,000,000.00", 1_000_000),
        ("0012", 12),
        ("+3", 3),
        ("-2", -2),
        ("－2", -2),
    ],
)
def test_whole_numbers_are_read_however_they_are_written(text, number):
    assert row(n=text).integer("n", low=-9, high=10**7) == number


@pytest.mark.parametrize(
    "text",
    [
        *("12.5", "1_000", "٣", "१२", "1e3", "1E+03", "6.88", "", "1,00", "10,00,000", ",5", "1,"),
        *(
            "0x10",
            "--2",
            "1 000",
            "NaN",
            "inf",
            "²",
            "½",
            "9" * 5_000,
            "2147483649",
            "十二",
            "1.0.0",
        ),
    ],
)
def test_anything_else_is_no_whole_number(text):
    with pytest.raises(Invalid) as refused:
        row(n=text).integer("n")
    assert refused.value.field == ("n",)


@pytest.mark.parametrize(("text", "number"), [("120.6173", 120.6173), ("１２０．5", 120.5)])
def test_decimal_numbers_are_read(text, number):
    assert row(n=text).number("n") == number


@pytest.mark.parametrize("text", ["nan", "inf", "1e3", "1_0.5", "٣.٥", "1" * 400, "1,5"])
def test_what_only_python_calls_a_number_is_none(text):
    with pytest.raises(Invalid):
        row(n=text).number("n")


def test_units_below_none_are_none():
    assert [row(n=text).units("n", high=99) for text in ("-2", "0", "7")] == [0, 0, 7]
    with pytest.raises(Invalid):
        row(n="-100").units("n", high=99)


@pytest.mark.parametrize(
    "text", ["6.9E+12", "6.90010E+12", "1.3800E+10", "1e+17", "10001-May", "1900/5/1", "5月1日"]
)
def test_a_code_that_a_spreadsheet_made_something_of_is_refused_with_the_cure(text):
    with pytest.raises(Invalid, match=r"spreadsheet.*as text.*文本"):
        row(code=text).code("code")


def test_a_code_that_only_looks_like_a_number_is_one():
    for text in ("219E01BE", "10001-05", "1E5-X", "0012", "S-May", "10.5"):
        assert row(code=text).code("code") == text


@pytest.mark.parametrize("text", ['="0012"', "'0012", '"0012"'])
def test_a_text_that_was_kept_one_is_read_without_what_kept_it(text):
    data = f"code,count\n{text},1\n".encode() if text[0] != "=" else None
    found = read_table("f.csv", data, COLUMNS) if data else table((text, "1", ""))
    assert found.rows[0].code("code") == "0012"


INVISIBLE = "\u200b\ufeff\u202c\u2066\u00ad\u2060\u200e\x7f\x01"


@pytest.mark.parametrize("character", [" ", "\t", "\u00a0", "\u3000", *INVISIBLE])
def test_nothing_unseen_makes_a_second_code(character):
    for text in (f"SKU1{character}", f"{character}SKU1", f"{character} SKU1 {character}"):
        found = table((text, "1", ""))
        assert found.rows[0].code("code") == "SKU1"
        assert len(found.warnings) == (character in INVISIBLE)
        for warning in found.warnings:
            assert f"U+{ord(character):04X}" in warning.message


@pytest.mark.parametrize("character", ["\t", "\u00a0", "\u3000", "\n", *INVISIBLE])
def test_what_is_unseen_inside_a_code_is_refused_by_its_name(character):
    with pytest.raises(Invalid, match=rf"U\+{ord(character):04X} at 3"):
        table((f"SKU{character}1", "1", "")).rows[0].code("code")


def test_full_width_is_folded_in_codes():
    assert row(code="ＳＫＵ－１２").code("code") == "SKU-12"


def test_texts_lose_what_is_unseen_and_keep_what_joins_an_emoji():
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    found = table(("A", "1", f"暖\u200b和\ufeff {family}"))
    assert found.rows[0].text("note") == f"暖和 {family}"
    [warning] = found.warnings
    assert (warning.line, warning.column) == (2, "note")
    assert "U+200B, U+FEFF" in warning.message


def test_what_is_blank_says_nothing_and_a_word_empties():
    assert not row(note="").says("note")
    assert not row().says("note")
    assert row(note="清空").says("note")
    assert row(note="清空").optional("note") is None
    assert row(note="清空").items("note") == ()
    with pytest.raises(Invalid):
        row(note="清空").text("note")


def test_new_codes_beside_ones_with_zeros_are_remarked_upon():
    rows = {code: row(code=code) for code in ("12", "0012", "7", "00008", "9")}
    found = look_alikes(rows, ["0012", "8", "9"], column="code", what="store")
    assert [one.message.split(":")[0] for one in found] == [
        "new store 12; there is a 0012",
        "new store 00008; there is a 8",
    ]


def test_a_new_code_that_looks_like_a_known_one_is_remarked_upon():
    rows = {code: row(code=code) for code in ("1OOO1", "s0001", "A-I", "A-L", "10001", "2OOO1")}
    found = look_alikes(rows, ["10001", "S0001", "A-1", "A-XL"], column="code", what="product")
    assert [one.message.split(",")[0] for one in found] == [
        "new product 1OOO1; there is a 10001",
        "new product s0001; there is a S0001",
        "new product A-I; there is a A-1",
    ]


@given(st.text(st.sampled_from("='+-@\t\r\n＝＠a1 ;\"中"), max_size=6))
def test_what_is_written_for_a_spreadsheet_is_no_formula_and_is_read_as_it_was(text):
    written = as_written(text)
    assert not written or written[0] not in "=+-@\t\r\n＝＋－＠"
    read = table(("A", "1", written)).rows[0].cells["note"]
    assert read == cleaned(unquoted(written), code=False)[0]
    if text == text.strip() and not text.startswith('="'):
        assert read == text


@given(st.text(max_size=30), st.booleans())
def test_cleaning_twice_cleans_no_more(text, code):
    once, _ = cleaned(text, code=code)
    assert cleaned(once, code=code) == (once, [])
