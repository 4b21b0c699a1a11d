"""Claims that advertising may not make, however they are written, and what only looks like one."""

import csv
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.content.reviews.claims import ClaimClass, compiled, find_claims
from domain.kernel.refusals import Invalid
from storage.advertising_claims import FOLDER, read_claims

RULES = read_claims()


def claims_in(text):
    return [text[one.start : one.end] for one in find_claims(text, RULES)]


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("这是最佳的选择", "最佳"),
        ("國家級工艺", "國家級"),
        ("最 佳 羽绒服", "最 佳"),
        ("品质\u200b顶\u200b级", "顶\u200b级"),
        ("全国第一的羽绒服", "全国第一"),
        ("能治疗关节痛的护膝", "治疗关节痛"),
        ("最.轻.的羽绒服", "最.轻"),
        ("全网zui暖的羽绒服", "全网zui暖"),
        ("最hao的跑鞋", "最hao"),
        ("蕞低价羽绒服", "蕞低价"),
        ("第①品牌", "第①品牌"),
        ("跑鞋N0.1", "N0.1"),
        ("ＴＯＰ１爆款羽绒服", "ＴＯＰ１"),
        ("销量🥇品牌", "销量🥇"),
        ("销量冠军", "销量冠军"),
    ],
)
def test_a_claim_is_found_where_it_stands_in_the_text_as_it_was_written(text, claimed):
    [found] = find_claims(text, RULES)
    assert text[found.start : found.end] == claimed
    assert found.claim.blocking


@pytest.mark.parametrize(
    "text",
    [
        "最佳洗涤水温30℃",
        "今冬最强寒潮来了，羽绒服穿起来",
        "治疗师小陈教你挑跑鞋",
        "山顶级路湿滑，穿好跑鞋",
        "第一时间到店试穿羽绒服",
        "下雪天最好先穿上它",
        "他来自国家。级别不重要",
        "今年第一场雪",
        "没有最好，只有更好",
        "面料：100%棉",
        "三款羽绒服里最轻的是背心",
        "第一百货一楼的跑鞋店",
        "《最好的我们》",
    ],
)
def test_what_is_said_of_weather_care_time_names_or_the_own_range_is_no_claim(text):
    assert claims_in(text) == []


def test_a_claim_that_proof_can_justify_goes_to_a_reviewer():
    [found] = find_claims("全国首家跑鞋体验店", RULES)
    assert not found.claim.blocking
    assert list(RULES.refused("全国首家跑鞋体验店", ["text"])) == []


def test_a_blocking_claim_is_refused_where_nobody_reviews():
    [refusal] = RULES.refused("顶级跑鞋", ["layers", "0"])
    assert refusal.field == ("layers", "0")
    assert "“顶级”" in refusal.message


def test_claims_that_overlap_are_told_once():
    assert claims_in("全网最低价的羽绒服，最好的面料") == ["全网最低价", "最好"]


BLOCKING = ("最佳羽绒服", "顶级跑鞋", "全国第一品牌", "国家免检羽绒服", "最便宜的跑鞋")
BETWEEN = (
    " ",
    "\u200b",
    "\u3000",
    ".",
    "·",
    "*",
    "-",
    "_",
    "~",
    "/",
    "|",
    "“",
    "】",
    "🔥",
    "☆",
    "\u20dd",
)


@given(
    claim=st.sampled_from(BLOCKING),
    marks=st.lists(st.sampled_from(BETWEEN), min_size=7, max_size=7),
    wide=st.booleans(),
)
def test_a_disguise_between_the_characters_hides_no_claim(claim, marks, wide):
    text = "".join(one + mark for one, mark in zip(claim, marks, strict=False))
    assert any(one.claim.blocking for one in find_claims(f"看，{text}", RULES))


TRADITIONAL = {"绒": "絨", "顶": "頂", "级": "級", "国": "國", "检": "檢"}
PINYIN = {"最": "zuì", "佳": "JIA", "顶": "ding", "级": "ji", "第": "di", "便": "pian"}


@given(
    claim=st.sampled_from(BLOCKING),
    written=st.lists(st.sampled_from(({}, TRADITIONAL)), min_size=8, max_size=8),
    spelt=st.integers(0, 7),
)
def test_traditional_forms_and_pinyin_for_a_character_hide_no_claim(claim, written, spelt):
    characters = [forms.get(one, one) for one, forms in zip(claim, written, strict=False)]
    if spelt < len(claim):
        characters[spelt] = PINYIN.get(claim[spelt], characters[spelt])
    assert any(one.claim.blocking for one in find_claims("".join(characters), RULES))


@given(
    st.text(
        alphabet=st.sampled_from("最好佳第一①国家级的羽绒服，。zui.🔥 ０1％\u200b治疗"), max_size=60
    )
)
def test_findings_lie_in_order_within_the_text_and_are_the_same_again(text):
    found = find_claims(text, RULES)
    places = [place for one in found for place in (one.start, one.end)]
    assert places == sorted(places)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert find_claims(text, RULES) == found


@pytest.mark.parametrize(
    "piece", ["最", "最好", "最佳羽绒服", "zuihao", "a最", "全国", "没有哪", "缓解", "最.好", "1️⃣"]
)
def test_the_check_takes_time_in_proportion_to_the_text(piece):
    def took(length):
        started = time.process_time()
        find_claims((piece * length)[:length], RULES)
        return time.process_time() - started

    took(100)
    short = min(took(1_000) for _ in range(3))
    assert took(8_000) < 8 * 4 * short + 0.05


def test_no_pattern_repeats_without_a_bound():
    for pattern in ("最.*好", "最.+好", "最.{2,}好"):
        with pytest.raises(Invalid, match="without a bound"):
            compiled(pattern, {})
    with pytest.raises(Invalid, match="called goods"):
        compiled("最{goods}", {})


def test_every_pattern_has_advice_and_a_source_and_every_class_has_patterns():
    assert {claim.kind for claim in RULES.patterns} == set(ClaimClass)
    for claim in RULES.patterns:
        assert claim.advice
        assert claim.source
    with (FOLDER / "innocent_readings.csv").open(encoding="utf-8") as lines:
        assert all(row["why"] for row in csv.DictReader(lines))


def test_every_look_alike_is_one_character():
    for shown, meant in RULES.disguises.look_alikes.items():
        assert len(shown) == 1
        assert meant == unicodedata.normalize("NFKC", meant).casefold()
