"""Encodings of the files that people save."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.columns import Columns
from domain.kernel.decoding import decoded
from domain.kernel.refusals import Invalid
from domain.kernel.tables import read_table

COLUMNS = Columns(
    names={"code": ("商品编码",), "name": ("名称",), "note": ()},
    ids=("code",),
    codes=frozenset({"code"}),
)
ROWS = [(f"1000{n}", f"藏青 羽绒服 {n}", "𠮷祥，款" if n % 3 else "") for n in range(20)]
TEXT = "\n".join(",".join(row) for row in [("商品编码", "名称", "note"), *ROWS]) + "\n"
WORDS = "另存为 → CSV UTF-8"


def rows(data: bytes, file: str = "products.csv"):
    table = read_table(file, data, COLUMNS)
    assert table.errors == []
    return [(row.cells["code"], row.cells["name"], row.cells["note"]) for row in table.rows]


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("gb18030"),
        TEXT.replace(",", "\t").encode("utf-16"),
        b"\xfe\xff" + TEXT.replace(",", "\t").encode("utf-16-be"),
        ("\ufeff" + TEXT).encode("utf-32"),
        ("sep=,\n" + TEXT).encode("gb18030"),
        ("sep=;\r\n" + TEXT.replace(",", ";")).encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode("gb18030"),
        ("\n\n" + TEXT + ",,\n \t,\u3000,\u200b\n" * 30).encode(),
    ],
)
def test_the_same_rows_are_read_whatever_they_were_saved_in(data):
    assert rows(data) == ROWS


def test_a_mark_between_joined_files_is_no_part_of_a_value_and_their_header_no_row():
    half = TEXT.splitlines(keepends=True)
    second = "".join([half[0], *half[11:]])
    joined = "".join(half[:11]).encode("utf-8-sig") + second.encode("utf-8-sig")
    table = read_table("products.csv", joined, COLUMNS)
    assert [row.cells["code"] for row in table.rows] == [code for code, _, _ in ROWS]
    assert [(one.line, one.message) for one in table.warnings] == [
        (12, "the header stands here once more; it is no row.")
    ]


def test_json_lines_are_known_by_their_ending_in_capitals_too():
    line = '{"code": "1", "NAME": "甲", "note": ""}'
    assert rows(line.encode(), "PRODUCTS.JSONL") == [("1", "甲", "")]
    assert rows(line.encode("gb18030"), "a.ndjson") == [("1", "甲", "")]


TRADITIONAL = "編號,名稱,說明\n10001,極寒長款羽絨服,保暖透氣適合冬季穿著\n"
JAPANESE = "商品コード,名前\n10001,とても暖かいダウンジャケット\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-16-le"),
        TEXT.encode()[:-9] + b"\xff" + TEXT.encode()[-9:],
        TEXT.encode("gb18030")[:-3] + b"\x81",
        TEXT.encode("gb18030") + "10099,极寒长款羽绒服,\n".encode(),
        TEXT.encode() + "10099,极寒长款羽绒服,\n".encode("gb18030"),
        TEXT.encode("utf-8-sig") + b"\xb2\xd8\n",
        b"\xff\xfe" + TEXT.encode("utf-16-le") + b"a",
        TRADITIONAL.encode("big5"),
        JAPANESE.encode("shift-jis"),
        "code,name\n1,Café\n".encode("latin-1"),
        b"code,name\n1,a\x00b\n",
        b"%PDF-1.7\n\x00\x01",
    ],
)
def test_what_is_not_sure_is_asked_back_as_a_whole_in_a_clerk_s_words(data):
    with pytest.raises(Invalid, match=WORDS):
        read_table("products.csv", data, COLUMNS)


def test_where_a_file_stops_being_what_it_was_is_told_by_its_line():
    with pytest.raises(Invalid, match=r"products.csv:3: "):
        read_table("products.csv", b"code,name\n1,a\n2,\xff\n", COLUMNS)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=200))
def test_utf_8_is_always_read_as_itself(text):
    assert decoded("a.csv", text.encode()) == text.removeprefix("\ufeff")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_whole_or_refused(data):
    try:
        text = decoded("a.csv", data)
    except Invalid:
        return
    assert any(
        text == data.decode(codec, errors="replace").removeprefix("\ufeff")
        for codec in ("utf-8", "gb18030", "utf-16", "utf-32")
    )
