"""Unwelcome words stand as words, not across others."""

import csv

import pytest

from domain.content.seeding.content_check import ContentVerdict
from domain.content.seeding.unwelcome_words import verdict_on
from scripts.bench_claims import FILE
from storage.outside.word_list_check import WordListCheck

WORDS = WordListCheck().words


@pytest.mark.parametrize(
    "text",
    [
        "羽绒外套现在穿刚刚好",
        "外套\n现在穿刚刚好",
        "买了黑色情侣款",
        "整套现货",
        "环保无毒品质好",
        "孩子的生日结束了才拿到",
        "时代购物中心的店",
        "放假货架上新",
        "干洗钱包里没带够",
        "早操你也能穿",
    ],
)
def test_a_word_that_only_its_neighbours_make_is_none(text):
    assert verdict_on(text, WORDS) is ContentVerdict.PASS


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("信用卡套现找我", ContentVerdict.REVIEW),
        ("外套现在穿，信用卡套现找我", ContentVerdict.REVIEW),
        ("毒品交易", ContentVerdict.RISKY),
        ("無毒品質好，另有毒.品", ContentVerdict.RISKY),
        ("看 裸🔥聊", ContentVerdict.RISKY),
        ("招兼职，日结", ContentVerdict.REVIEW),
    ],
)
def test_one_that_stands_as_a_word_is_found_beside_harmless_ones(text, verdict):
    assert verdict_on(text, WORDS) is verdict


def test_every_word_is_found_alone_and_no_harmless_word_is_unwelcome():
    for one in WORDS:
        assert verdict_on(f"，{one.word}。", WORDS) is not ContentVerdict.PASS
        for harmless in one.harmless:
            assert verdict_on(harmless, WORDS) is ContentVerdict.PASS
            assert harmless not in one.word


def test_no_innocent_sentence_of_the_corpus_has_an_unwelcome_word():
    with FILE.open(encoding="utf-8", newline="") as lines:
        texts = [row["text"] for row in csv.DictReader(lines) if row["claim"] == "no"]
    assert [text for text in texts if verdict_on(text, WORDS) is not ContentVerdict.PASS] == []
