"""Arrangements read from JSON."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from domain.kernel.refusals import Refusal
from domain.mall.faces.layers import BRAND
from domain.mall.faces.modules import (
    Audience,
    Banner,
    BestSellers,
    ByRule,
    Notice,
    ProductShelf,
    SalesScope,
    Target,
    TargetKind,
    Window,
)
from domain.mall.faces.reading import read_arrangement, read_layer_id
from domain.mall.faces.writing import write_arrangement
from tests.support.arrangements import arrangements


def module(**said):
    return {"modules": [{"key": "one", **said}]}


def read_one(**said):
    return read_arrangement(module(**said)).modules["one"]


def refused(said) -> list[str]:
    with pytest.raises(Refusal) as caught:
        read_arrangement(said)
    return [".".join(part.field) for part in caught.value.parts()]


def test_all_that_a_layer_can_say_of_a_module():
    said = read_one(
        title="双十一",
        position=10,
        hidden=False,
        audience="MEMBERS",
        window={"starts_at": "2026-11-01T00:00:00+08:00", "ends_at": "2026-11-12T00:00:00+08:00"},
        content={"banner": {"picture": "a.jpg", "target": {"kind": "PRODUCT", "value": "10001"}}},
    )
    assert (said.title, said.position, said.hidden) == ("双十一", 10, False)
    assert said.audience is Audience.MEMBERS
    assert said.window == Window(
        starts_at=datetime(2026, 10, 31, 16, tzinfo=UTC),
        ends_at=datetime(2026, 11, 11, 16, tzinfo=UTC),
    )
    assert said.content == Banner(
        picture="a.jpg", target=Target(kind=TargetKind.PRODUCT, value="10001")
    )


def test_a_shelf_names_its_selection():
    rule = {"attributes": {"season": "冬"}, "price_to": 99900}
    by_rule = read_one(content={"product_shelf": {"selection": {"by_rule": rule}, "most": 4}})
    assert by_rule.content == ProductShelf(
        selection=ByRule(attributes={"season": "冬"}, price_to=99900), most=4
    )
    best = read_one(content={"product_shelf": {"selection": {"best_sellers": {"scope": "STORE"}}}})
    assert best.content == ProductShelf(selection=BestSellers(scope=SalesScope.STORE))


def test_what_is_null_or_left_out_is_not_said():
    said = read_one(title=None, content={"notice": {"text": "好"}})
    assert (said.title, said.hidden, said.content) == (None, None, Notice(text="好"))
    assert read_arrangement({}).featured is None
    assert read_arrangement({"featured": []}).featured == ()


def test_hiding_and_showing_are_two_answers_to_one_question():
    said = read_arrangement({"hide": ["10001"], "show": ["10002"]})
    assert said.shown == {"10001": False, "10002": True}


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"price": 1}, ["price"]),
        (module(price_fen=1), ["modules.0.price_fen"]),
        (
            module(content={"notice": {"text": "x", "description": "y"}}),
            ["modules.0.content.notice.description"],
        ),
        (module(content={"notice": {}}), ["modules.0.content.notice.text"]),
        (module(content={"notice": {"text": "x" * 201}}), ["modules.0.content.notice.text"]),
        (module(content={"carousel": {}}), ["modules.0.content"]),
        (module(content={"notice": {"text": "x"}, "store_card": {}}), ["modules.0.content"]),
        (module(content="notice"), ["modules.0.content"]),
        (module(position="10"), ["modules.0.position"]),
        (module(position=True), ["modules.0.position"]),
        (module(hidden=1), ["modules.0.hidden"]),
        (module(audience="EVERYBODY"), ["modules.0.audience"]),
        (module(audience=["EVERYONE"]), ["modules.0.audience"]),
        (module(window={"starts_at": "2026-11-01"}), ["modules.0.window.starts_at"]),
        (
            module(window={"starts_at": "2026-11-02T00:00Z", "ends_at": "2026-11-01T00:00Z"}),
            ["modules.0.window.ends_at"],
        ),
        (
            module(content={"product_shelf": {"selection": {"by_hand": {"products": "1"}}}}),
            ["modules.0.content.product_shelf.selection.by_hand.products"],
        ),
        (
            module(content={"content_shelf": {"most": 51}}),
            ["modules.0.content.content_shelf.most"],
        ),
        ({"modules": [{"key": "Hero"}]}, ["modules.0.key"]),
        ({"modules": [{"key": "a"}, {"key": "a"}]}, ["modules.1.key"]),
        ({"modules": ["hero"]}, ["modules.0.key"]),
        ({"modules": [{"key": str(i)} for i in range(101)]}, ["modules"]),
        (
            module(
                content={"product_shelf": {"selection": {"by_rule": {"attributes": {"$a": "b"}}}}}
            ),
            ["modules.0.content.product_shelf.selection.by_rule.attributes"],
        ),
        ({"modules": {"hero": {}}}, ["modules"]),
        ({"captions": [{"product": "10001"}]}, ["captions.0.text"]),
        ({"hide": "10001"}, ["hide"]),
        ({"featured": ["x"] * 101}, ["featured"]),
        ({"hide": ["10001"], "show": ["10001"]}, ["show"]),
    ],
)
def test_what_can_not_be_read_is_refused_by_its_path(said, fields):
    assert refused(said) == fields


def test_all_that_is_wrong_with_a_module_is_told_at_once():
    assert refused(module(position="x", hidden="y", price=1)) == [
        "modules.0.price",
        "modules.0.position",
        "modules.0.hidden",
    ]


@pytest.mark.parametrize("text", ["", "store", "store:", "region:", "town:1", "brand:1", "BRAND"])
def test_an_unknown_layer_is_refused(text):
    with pytest.raises(Refusal):
        read_layer_id(text)
    assert read_layer_id("brand") == BRAND


@given(arrangements)
def test_what_is_written_down_is_read_back_as_it_was(said):
    assert read_arrangement(write_arrangement(said)) == said
