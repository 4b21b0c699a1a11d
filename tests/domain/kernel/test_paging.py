"""Cursors, and pages of lists that are in memory."""

import base64
from datetime import UTC, datetime

import pytest

from domain.kernel.paging import Cursors, PageRequest, page_in_order
from domain.kernel.refusals import Invalid

LETTERS = Cursors("letters", str)
BY_TIME = Cursors("things by time", datetime, str, int)
NOON = datetime(2026, 11, 1, 12, 0, 0, 5_000, tzinfo=UTC)


def letters(text: str, request: PageRequest):
    return page_in_order(text, lambda letter: (letter,), request, LETTERS)


def after(letter: str) -> PageRequest:
    return PageRequest(first=2, after=LETTERS.write(letter))


def test_a_cursor_brings_back_its_key():
    key = (NOON, "post_1", 7)
    assert BY_TIME.read(BY_TIME.write(*key)) == key
    assert BY_TIME.read(None) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "not one",
        "¥",
        "bnVsbA",  # null
        LETTERS.write("a", "b"),
        LETTERS.write(7),
        Cursors("words", str).write("a"),
        BY_TIME.write(NOON, "post_1", 7),
    ],
)
def test_a_cursor_of_nobody_or_of_another_list_is_refused(cursor: str):
    with pytest.raises(Invalid):
        LETTERS.read(cursor)


def test_a_moment_without_its_offset_is_no_moment_of_ours():
    with pytest.raises(Invalid):
        BY_TIME.read(BY_TIME.write("2026-11-01T12:00:00", "post_1", 7))


@pytest.mark.parametrize("first", [0, 101])
def test_a_page_has_1_to_100_items(first: int):
    with pytest.raises(Invalid):
        PageRequest(first=first)


def test_pages_follow_each_other_to_the_end():
    first = letters("abcde", PageRequest(first=2))
    assert (first.items, first.has_next, first.total) == ("ab", True, 5)
    second = letters("abcde", PageRequest(first=2, after=first.cursors[-1]))
    last = letters("abcde", PageRequest(first=2, after=second.cursors[-1]))
    assert (second.items, second.has_next) == ("cd", True)
    assert (last.items, last.has_next) == ("e", False)


def test_what_comes_and_goes_before_a_cursor_moves_nothing():
    assert letters("ABabcde", after("b")).items == "cd"
    assert letters("cde", after("b")).items == "cd"


def test_a_page_of_nothing_is_empty():
    page = letters("", PageRequest())
    assert (page.items, page.has_next, page.total) == ("", False, 0)


@pytest.mark.parametrize(
    ("kind", "forged"),
    [
        (int, "9" * 30),
        (int, "-9223372036854775809"),
        (str, '"\\ud800"'),
        (datetime, '"0001-01-01T00:00:00+14:00"'),
        (datetime, '"9999-12-31T23:59:59-14:00"'),
        (float, "NaN, 1"),
    ],
)
def test_a_forged_cursor_of_what_no_key_can_be_is_refused(kind, forged):
    cursor = base64.urlsafe_b64encode(f'["list", {forged}]'.encode()).decode()
    with pytest.raises(Invalid):
        Cursors("list", kind).read(cursor)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_going_back_shows_what_was_come_past(size: int):
    text, seen, at = "abcdefg", [], None
    while True:
        page = letters(text, PageRequest(first=size, after=at))
        seen.append("".join(page.items))
        if not page.has_next:
            break
        at = page.cursors[-1]
    assert page.total == len(text)
    back = ["".join(page.items)]
    while page.back is not None:
        page = letters(text, PageRequest(first=size, after=page.back))
        back.insert(0, "".join(page.items))
        assert page.has_next
    assert back == seen


def test_a_way_back_is_kept_while_items_come_and_go():
    page = letters("abcdef", after("d"))
    assert page.items == "ef"
    assert page.back is not None
    assert letters("abcdef", PageRequest(first=2, after=page.back)).items == "cd"
    # What was there is gone, something new stands before it.
    assert letters("abxf", PageRequest(first=2, after=page.back)).items == "ab"


def test_a_cursor_that_leads_back_is_none_of_a_list_that_goes_forward_alone():
    with pytest.raises(Invalid):
        LETTERS.read(LETTERS.write_back("a"))
    with pytest.raises(Invalid):
        letters("abc", PageRequest(after=Cursors("words", str).write_back("a")))
