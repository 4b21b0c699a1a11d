"""Every query, mutation and layer that docs/storefronts.md shows."""

import json
import re
from typing import Any

from tests.conftest import Service
from tests.support.documents import DOCS, documents_of
from tests.support.network import (
    GUSU,
    HEAD_OFFICE,
    a_product_row,
    a_store_row,
    as_csv,
    as_json_lines,
    counts,
    open_stores,
    take_in,
)

DOCUMENTS = documents_of("storefronts.md")
HERE = {"longitude": GUSU[1], "latitude": GUSU[2], "datum": "GCJ02"}


async def test_all_that_the_page_shows_works_in_its_order(service: Service):
    counts(await open_stores(service, a_store_row("S0001", opening_hours="00:00-24:00")))
    counts(await take_in(service, "products", as_csv(a_product_row("10001"))))
    hero = {"key": "hero", "content": {"notice": {"text": "慢慢走，山在那里"}}}
    page = (DOCS / "storefronts.md").read_text(encoding="utf-8")
    shown_layer = re.search(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL).group(1)
    layers = as_json_lines({"layer": "brand", "modules": [hero]}, json.loads(shown_layer))
    counts(await take_in(service, "layers", layers))
    shown = dict(DOCUMENTS)

    async def run(name: str, **variables: Any) -> Any:
        answer = await service.query(shown.pop(name), HEAD_OFFICE, **variables)
        (payload,) = answer.data.values()
        assert isinstance(payload, list) or payload.get("userErrors", []) == []
        return payload

    store = (await run("Page", storeId="S0001"))["modules"]
    assert [(module["key"], module["title"]) for module in store] == [
        ("hero", "周末进山"),
        ("keeper", ""),
    ]
    assert store[1]["items"][0]["caption"] == "店长最爱"
    changed = {"modules": [{"key": "hero", "title": "下雪了"}]}
    await run("Draft", id="store:S0001", input=changed, version=0)
    assert (await run("Preview", storeId="S0001"))["drafts"] == [{"id": "store:S0001"}]
    assert (await run("Publish", id="store:S0001", version=1))["published"]["version"] == 2
    rolled = await run("RollBack", id="store:S0001", to=1, version=2)
    assert rolled["published"]["version"] == 3
    assert (await run("Enter", last="S0001"))["rule"] == "LAST_USED"
    near = await run("Near", here=HERE, skus=[])
    assert [one["store"]["id"] for one in near] == ["S0001"]
    assert not shown
