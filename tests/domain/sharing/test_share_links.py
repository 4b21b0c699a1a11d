"""Share codes and whatever else they come in."""

import random
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.content.scenes import Scene
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Invalid
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.posters.codes import LONGEST_TEXT_BYTES
from domain.sharing.share_links import (
    CODE_ALPHABET,
    CODE_LENGTH,
    SCENE_LENGTH,
    ShareCode,
    ShareKind,
    ShareLink,
    ShareTarget,
    new_code,
    read_campaign,
    read_reference,
    scene_string,
    share_url,
)
from domain.sharing.touches import TOUCH_INTERVAL, Touch
from tests.support.builders import NOON

CODES = st.text(CODE_ALPHABET, min_size=CODE_LENGTH, max_size=CODE_LENGTH).map(ShareCode)
WECHAT_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")


def a_link(**changes):
    fields = {
        "code": ShareCode("aB3dE5fG7h"),
        "guide_id": GuideId("G1"),
        "store_id": StoreId("S1"),
        "target": ShareTarget(kind=ShareKind.PRODUCT, id="10001"),
        "revision": None,
        "scene": Scene.MOMENTS,
        "campaign": None,
        "created_at": NOON,
    }
    return ShareLink(**{**fields, **changes})


def is_code(text: str) -> bool:
    return len(text) == CODE_LENGTH and set(text) <= set(CODE_ALPHABET)


@given(CODES)
def test_a_code_is_read_from_everything_that_carries_it(code):
    scene = scene_string(code)
    url = share_url("https://mall.example", code)
    for carrier in (code, scene, url, f"{url}?from=timeline", f" {code}\n"):
        assert read_reference(carrier) == code
        assert read_reference(quote(carrier, safe="")) == code
        assert read_reference(quote(quote(carrier, safe=""), safe="")) == code


@given(CODES)
def test_a_scene_is_what_wechat_allows_and_a_url_fits_the_printed_code(code):
    assert is_code(code)
    scene = scene_string(code)
    assert len(scene) <= SCENE_LENGTH
    assert WECHAT_SCENE.fullmatch(scene)
    assert len(share_url("https://shop.a-long-brand-name.com.cn", code)) <= LONGEST_TEXT_BYTES


@given(st.text(max_size=40))
def test_nothing_else_is_taken_for_a_code(text):
    try:
        code = read_reference(text)
    except Invalid:
        return
    assert is_code(code)


@pytest.mark.parametrize("text", ["", "s=", "s=short", "aB3dE5fG7h2", "http://mall.example/s/"])
def test_a_reference_without_a_code_is_refused(text):
    with pytest.raises(Invalid, match="holds no share code"):
        read_reference(text)


def test_codes_do_not_follow_one_another():
    choose = random.Random(1).choice
    codes = [new_code(choose) for _ in range(1_000)]
    assert len(set(codes)) == 1_000
    assert all(is_code(code) for code in codes)
    for place in range(CODE_LENGTH):
        assert len({code[place] for code in codes}) > 40


@pytest.mark.parametrize(
    "change",
    [
        {"guide_id": GuideId("G2")},
        {"store_id": StoreId("S2")},
        {"target": ShareTarget(kind=ShareKind.PRODUCT, id="10002")},
        {"target": ShareTarget(kind=ShareKind.POST, id="10001")},
        {"revision": "revision_1"},
        {"scene": Scene.COMMUNITY},
        {"campaign": "double11"},
    ],
)
def test_a_link_for_something_else_has_another_key(change):
    assert a_link(**change).key != a_link().key
    assert a_link(code=ShareCode("2222222222"), created_at=NOON + timedelta(1)).key == a_link().key


def test_visits_within_the_interval_are_one_touch():
    def touch(person: str, after: timedelta) -> str:
        return Touch(
            code=ShareCode("aB3dE5fG7h"),
            guide_id=GuideId("G1"),
            store_id=StoreId("S1"),
            scene=Scene.MOMENTS,
            person_id=PersonId(person),
            touched_at=NOON + after,
        ).id

    first = touch("may", timedelta())
    assert touch("may", TOUCH_INTERVAL - timedelta(seconds=1)) == first
    assert touch("may", TOUCH_INTERVAL) != first
    assert touch("june", timedelta()) != first


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\u202eb", "x" * 41])
def test_a_campaign_is_named_in_one_line(name):
    with pytest.raises(Invalid) as refused:
        read_campaign(name)
    assert refused.value.field == ("input", "campaign")


@pytest.mark.parametrize("name", ["double11", "双十一", "a b", "a/b&c=d", "双" * 30])
def test_a_campaign_is_called_as_people_call_it(name):
    assert read_campaign(f" {name} ") == name
