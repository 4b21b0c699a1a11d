"""Whatever a layer says, drafting, publishing and showing it answers."""

import json
import re
from typing import Any

import pytest

from api.mall.storefronts import modules
from api.schema import schema
from storage.mongo.kernel.database import Database
from tests.api.mall.storefronts.test_layers import DISCARD, DRAFT, PUBLISH, a_brand, notice
from tests.api.test_hostile_values import HOSTILE, leaves, put
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.network import HEAD_OFFICE, as_json_lines, counts, take_in
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

PAGE = """query ($id: ID!) { storefront(storeId: $id) { modules { key
  ... on ContentShelfModule { posts { id } }
  ... on ProductShelfModule { items { caption } } } } }"""
PREVIEW = """query ($id: ID!, $at: DateTime) { storefrontPreview(storeId: $id, at: $at) {
  failed modules { key ... on ProductShelfModule { items { caption } } } } }"""
MOMENTS = ["1900-01-01T00:00:00Z", "2999-12-31T23:59:59Z", None]


async def say(service: Service, said: dict[str, Any]) -> str:
    """Draft, publish and show what a layer is to say; everything that was answered, as text."""
    answers = [await service.query(DRAFT, HEAD_OFFICE, id="store:S1", input=said, version=0)]
    drafted = answers[0].body.get("data") and answers[0].data["layerDraft"]["draft"]
    if drafted:
        layer = {"id": "store:S1", "version": drafted["version"]}
        answers += [await service.query(PREVIEW, HEAD_OFFICE, id="S1", at=at) for at in MOMENTS]
        answers.append(await service.query(PUBLISH, HEAD_OFFICE, **layer))
        answers.append(await service.query(DISCARD, HEAD_OFFICE, **layer))
        answers.append(await service.query(PAGE, id="S1"))
        assert answers[-1].data["storefront"] is not None
    return json.dumps([answer.body for answer in answers])


async def test_a_layer_is_refused_with_its_field_or_shown_whatever_it_says(service: Service):
    await a_brand(service)
    kind = schema._schema.type_map["LayerInput"]
    for path, scalar, value in leaves(kind, "input", "layerDraft"):
        for what in HOSTILE[scalar]:
            answered = await say(service, put(value, path, what))
            assert "INTERNAL" not in answered, (path, what, answered)


@one_after_the_other(
    "path, module",
    [
        ("modules.0.position", {"key": "a", "position": 2**31}),
        ("modules.0.position", {"key": "a", "position": 10**30}),
        (None, {"key": "a", "title": "a\ud800"}),
        ("modules.0.title", {"key": "a", "title": "长" * 100_000}),
        (
            "modules.0.window.ends_at",
            {"key": "a", "window": {"ends_at": "0001-01-01T00:00:00+14:00"}},
        ),
        (
            "modules.0.window.ends_at",
            {"key": "a", "window": {"ends_at": "9999-12-31T23:59:59-14:00"}},
        ),
        *(
            (f"modules.0.content.product_shelf.selection.by_rule.{name}", shelf)
            for name, number in (
                ("newer_than_days", 1_000_000),
                ("newer_than_days", -1),
                ("price_from", 2**63),
                ("price_to", -1),
            )
            for shelf in [
                {
                    "key": "a",
                    "content": {"product_shelf": {"selection": {"by_rule": {name: number}}}},
                }
            ]
        ),
    ],
)
async def test_a_file_of_layers_is_refused_by_line_and_column(
    service: Service, path: str | None, module: dict[str, Any]
):
    await a_brand(service)
    data = json.dumps({"layer": "store:S1", "modules": [module]}).encode()
    payload = await take_in(service, "layers", b"\n" + data, mode="GOOD_ROWS")
    assert [(one["line"], one["column"]) for one in payload["report"]["errors"]] == [(2, path)]


async def test_a_number_of_five_thousand_digits_is_a_line_that_cannot_be_read(service: Service):
    await a_brand(service)
    data = b'{"layer": "store:S1", "modules": [{"key": "a", "position": ' + b"9" * 5_000 + b"}]}"
    payload = await take_in(service, "layers", data, mode="GOOD_ROWS")
    assert [one["line"] for one in payload["report"]["errors"]] == [1]


async def test_a_module_that_cannot_be_made_costs_itself_alone(
    service: Service, database: Database, caplog: pytest.LogCaptureFixture
):
    """Such as one of a time when nothing bounded its numbers."""
    await a_brand(service)
    shelf = {"product_shelf": {"selection": {"by_rule": {"newer_than_days": 10}}}}
    line = {"layer": "store:S1", "modules": [{"key": "old", "content": shelf}, notice("本店")]}
    counts(await take_in(service, "layers", as_json_lines(line)))
    days = "arrangement.modules.old.content.selection.newer_than_days"
    await database["layers"].update_one({"_id": "store:S1"}, {"$set": {days: 1_000_000}})

    async def failed() -> list[str]:
        preview = await service.query(PREVIEW, HEAD_OFFICE, id="S1")
        found: list[str] = preview.data["storefrontPreview"]["failed"]
        return found

    await comes_to(["old"], failed)
    shown = await service.query(PAGE, id="S1")
    assert [module["key"] for module in shown.data["storefront"]["modules"]] == ["notice"]
    assert "module old of S1 can't be made" in caplog.text


EACH_KIND: list[dict[str, Any]] = [
    {"notice": {"text": "本店"}},
    {"store_card": {"text": "到店"}},
    {"guide_card": {"text": "找我"}},
    {"countdown": {"ends_at": "2999-01-01T00:00:00Z", "text": "还有"}},
    {"coupon_slot": {"coupon": "C1", "text": "券"}},
    {"content_shelf": {"category": [], "most": 4}},
    {"product_shelf": {"selection": {"by_hand": {"products": ["10001"]}}}},
]
WHOLE = """query ($id: ID!) { storefront(storeId: $id) { modules { key
  ... on ContentShelfModule { posts { id } } ... on GuideCardModule { guide { id } }
  ... on ProductShelfModule { items { caption } } } } }"""


async def test_a_module_of_any_kind_that_breaks_costs_itself_alone(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    await a_brand(service)
    keys = [next(iter(content)).replace("_", "-") for content in EACH_KIND]
    said = [{"key": k, "content": one} for k, one in zip(keys, EACH_KIND, strict=True)]
    counts(await take_in(service, "layers", as_json_lines({"layer": "store:S1", "modules": said})))

    async def shown() -> list[str]:
        answer = await service.query(WHOLE, HEAD_OFFICE, id="S1")
        return [module["key"] for module in answer.body["data"]["storefront"]["modules"]]

    async def all_are_shown() -> bool:
        return set(keys) <= set(await shown())

    await comes_to(True, all_are_shown)
    whole = modules._own_fields
    for kind in modules.KINDS:

        def broken(module: Any, page: Any, kind: type = kind) -> Any:
            if isinstance(module.content, kind):
                raise RuntimeError("it is broken")
            return whole(module, page)

        monkeypatch.setattr(modules, "_own_fields", broken)
        left = set(await shown())
        lost = {re.sub(r"(?<=.)([A-Z])", r"-\1", kind.__name__).lower()} & set(keys)
        assert set(keys) - left == lost, kind


@pytest.mark.parametrize("step", ["shelf_posts", "guide_shown"])
async def test_what_a_module_waits_for_costs_it_alone_when_it_fails(
    service: Service, monkeypatch: pytest.MonkeyPatch, step: str
):
    await a_brand(service)
    contents = [{"content_shelf": {"category": []}}, {"guide_card": {"text": "找我"}}]
    said = [{"key": f"m{n}", "content": one} for n, one in enumerate(contents)]
    counts(await take_in(service, "layers", as_json_lines({"layer": "store:S1", "modules": said})))

    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("it is broken")

    monkeypatch.setattr(modules, step, broken)

    async def shown() -> set[str]:
        answer = await service.query(WHOLE, HEAD_OFFICE, id="S1")
        return {module["key"] for module in answer.body["data"]["storefront"]["modules"]}

    await comes_to({"m0", "m1", "notice"}, shown)
