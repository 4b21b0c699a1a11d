"""Addresses in one spelling, and what no parcel reaches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.refusals import Invalid
from domain.network.addresses import SaidAddress, read_address, read_phone
from storage.divisions import read_divisions

DIVISIONS = read_divisions()
GUSU = ("江苏省", "苏州市", "姑苏区")


def read(**changes) -> SaidAddress:
    fields = {"name": "梅", "phone": "13800138000", "district": "320508", "detail": "人民路1号"}
    said = SaidAddress(**{**fields, **changes})
    return read_address(DIVISIONS, said, at=["input"], detail="address")


def refusal(**changes) -> Invalid:
    with pytest.raises(Invalid) as refused:
        read(**changes)
    return refused.value


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        " 138 0013 8000 ",
        "138-0013-8000",
        "+86 13800138000",
        "008613800138000",
        "+86-138-0013-8000",
        "１３８００１３８０００",
        "+86 138.0013.8000",
    ],
)
def test_a_mobile_number_has_one_spelling(text):
    assert read_phone(text) == "13800138000"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0512-65001234", "0512-65001234"),
        ("（0512）65001234", "0512-65001234"),
        ("051265001234", "0512-65001234"),
        ("+86 512 6500 1234", "0512-65001234"),
        ("021-5555 1234", "021-55551234"),
        ("01062345678", "010-62345678"),
        ("0755 2345678", "0755-2345678"),
    ],
)
def test_a_land_line_has_one_spelling(text, kept):
    assert read_phone(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "12345678901",
        "1380013800",
        "138001380000",
        "١٣٨٠٠١٣٨٠٠٠",
        "13800138000\u200b",
        "13800138000;13900139000",
        "0512-6500123412",
        "110",
        "1" * 5000,
        "+1 13800138000",
    ],
)
def test_what_is_no_number_of_china_is_refused(text):
    with pytest.raises(Invalid, match="0512-65001234"):
        read_phone(text)


@given(st.text(max_size=60))
def test_a_number_that_is_read_is_read_again_as_it_is(text):
    try:
        kept = read_phone(text)
    except Invalid:
        return
    assert read_phone(kept) == kept


@given(st.from_regex(r"1[3-9][0-9]{9}|0(10|2[0-9]|[3-9][0-9]{2})-?[2-9][0-9]{6,7}", fullmatch=True))
def test_every_number_in_its_usual_spelling_is_read(text):
    assert read_phone(text).replace("-", "") == text.replace("-", "")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \u3000\u200b"}, "name"),
        ({"name": "梅" * 41}, "name"),
        ({"name": "梅\x00"}, "name"),
        ({"name": "梅\u202e"}, "name"),
        ({"name": "梅\u200b兰"}, "name"),
        ({"name": "\u3164"}, "name"),
        ({"name": "梅\n兰"}, "name"),
        ({"detail": "x" * 201}, "address"),
        ({"detail": "人民路\ufeff1号"}, "address"),
        ({"detail": "\u2800"}, "address"),
        ({"phone": "no"}, "phone"),
        ({"district": ""}, "district"),
        ({"district": "三二〇五〇八"}, "district"),
        ({"district": "320508" * 1000}, "district"),
        ({"district": "320599"}, "district"),
        ({"district": "990101", "names": GUSU}, "district"),
        ({"district": "320599", "names": ("",)}, "names"),
        ({"district": "320599", "names": ("江苏省\u200d", "苏州市")}, "names"),
        ({"district": "320599", "names": GUSU * 3}, "names"),
    ],
)
def test_what_no_parcel_reaches_is_refused_by_its_field(changes, field):
    assert refusal(**changes).field == ("input", field)


@pytest.mark.parametrize("district", ["320500", "320000", "310100"])
def test_a_city_or_province_with_districts_is_too_little(district):
    assert "name one of those" in refusal(district=district).message


@pytest.mark.parametrize("names", [(), ("江苏省", "苏州市", "平江区")])
def test_of_a_district_that_is_no_more_the_refusal_names_todays_code(names):
    assert "320508 姑苏区 today" in refusal(district="320503", names=names).message
    assert "110101 东城区 today" in refusal(district="110103", names=names).message


def test_every_former_district_is_one_that_is_there_today_and_never_was_another():
    for code, former in DIVISIONS.former.items():
        assert code not in DIVISIONS.by_code
        assert DIVISIONS.district(former.today).code[:2] == code[:2], former


def test_blanks_at_the_edges_and_of_other_widths_are_plain():
    told = read(name="\u3000梅\u00a0兰 ", detail=" 人民路\u30001号", district="３２０５０８ ")
    assert (told.name, told.detail, told.district) == ("梅 兰", "人民路 1号", "320508")


def test_a_code_that_only_an_address_book_knows_is_believed_in_words():
    words = ("江苏省", "苏州市", "苏州工业园区")
    told = read(district="320571", names=words)
    assert (told.district, told.names) == ("320571", words)
    assert read(names=("安徽省", "合肥市")).names == GUSU


@given(
    st.builds(
        dict,
        name=st.text(max_size=50),
        detail=st.text(max_size=250),
        district=st.sampled_from(["320508", "320571", "441900"]) | st.text(max_size=10),
        names=st.lists(st.text(max_size=45), max_size=7).map(tuple),
    )
)
def test_an_address_that_is_read_is_read_again_as_it_is(changes):
    try:
        kept = read(**changes)
    except Invalid:
        return
    assert read_address(DIVISIONS, kept) == kept
