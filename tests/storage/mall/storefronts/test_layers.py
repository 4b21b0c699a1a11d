"""Layers as the database keeps them: their versions in pages, and files that meet others' edits."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from domain.kernel.paging import Cursors, PageRequest
from domain.kernel.refusals import Conflict, Invalid
from domain.mall.faces.layers import BRAND, Layer
from domain.mall.faces.modules import ModuleKey
from domain.mall.faces.policy import Policy
from domain.mall.storefronts.arranging import LayerPorts
from domain.mall.storefronts.drafting import save_draft
from domain.mall.storefronts.layer_files import import_layers
from domain.mall.storefronts.publishing import publish_draft, set_policy
from domain.people.act import by_the_clock
from storage.advertising_claims import read_claims
from storage.mongo.audiences.rule_book import MongoMemberRuleBook
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.mall.reference import MongoReference
from storage.mongo.mall.storefronts.layers import MongoLayers
from storage.mongo.media.assets import MongoAssets
from storage.threads import Threads
from tests.support.builders import NOON, a_region, a_store
from tests.support.handing_in import handed
from tests.support.network import as_json_lines
from tests.support.selling import new_id

pytestmark = pytest.mark.anyio

ACT = by_the_clock(NOON, new_id)
STORE = "store:S1"
Edit = Callable[[LayerPorts], Awaitable[Any]]


class RacedLayers(MongoLayers):
    """Layers of one process; `edit` is what another one does before the next publishing, once."""

    edit: Edit | None = None

    def __init__(self, database: Database, reference: MongoReference) -> None:
        super().__init__(database, reference)
        self._database = database

    async def publish(self, layers: Sequence[Layer]) -> None:
        edit, self.edit = self.edit, None
        if edit is not None:
            elsewhere = MongoReference(self._database)
            await elsewhere.opened()
            await edit(ports_of(self._database, elsewhere))
        await super().publish(layers)


def ports_of(database: Database, reference: MongoReference) -> LayerPorts:
    return LayerPorts(
        reference=reference,
        layers=RacedLayers(database, reference),
        pictures=MongoAssets(database),
        uses=MongoUses(database),
        claims=read_claims(),
        members=MongoMemberRuleBook(database),
        workers=Threads(),
    )


@pytest.fixture
async def ports(database: Database) -> LayerPorts:
    reference = MongoReference(database)
    await reference.save_regions([a_region()])
    await reference.save_stores([a_store("S1")])
    await reference.opened()
    return ports_of(database, reference)


def saying(text: str, key: str = "notice") -> dict[str, Any]:
    return {"modules": [{"key": key, "content": {"notice": {"text": text}}}]}


def text_of(layer: Layer, key: str = "notice") -> str:
    return layer.arrangement.modules[ModuleKey(key)].content.text


async def published(ports: LayerPorts, text: str, layer: str = STORE) -> Layer:
    draft = await save_draft(ports, ACT, layer, saying(text), expected=0)
    return await publish_draft(ports, ACT, layer, expected=draft.version)


async def taken_in(ports: LayerPorts, *lines: dict[str, Any]):
    return await import_layers(ports, ACT, handed(as_json_lines(*lines), "l.jsonl"))


async def test_versions_go_on_from_page_to_page_to_the_first(ports: LayerPorts):
    for text in "一二三四":
        await published(ports, text)
    first = await ports.layers.versions(STORE, PageRequest(first=3))
    assert (list(map(text_of, first.items)), first.has_next, first.total) == (
        ["四", "三", "二"],
        True,
        4,
    )
    rest = await ports.layers.versions(STORE, PageRequest(first=3, after=first.cursors[-1]))
    assert (list(map(text_of, rest.items)), rest.has_next, rest.total) == (["一"], False, 4)


async def test_a_copy_of_what_was_not_replaced_is_no_version_of_its_own(ports: LayerPorts):
    await published(ports, "一")
    ports.layers.edit = lambda other: taken_in(other, {"layer": STORE, **saying("二")})
    with pytest.raises(Conflict):
        await published(ports, "三")
    await ports.layers._keep([STORE])
    page = await ports.layers.versions(STORE, PageRequest(first=2))
    assert [(one.version, text_of(one)) for one in page.items] == [(2, "二"), (1, "一")]
    assert (page.has_next, page.total) == (False, 2)


async def test_the_cursor_of_another_list_is_invalid(ports: LayerPorts):
    await published(ports, "一")
    cursor = Cursors("other versions", int).write(1)
    with pytest.raises(Invalid):
        await ports.layers.versions(STORE, PageRequest(after=cursor))


async def test_a_file_goes_over_what_another_publishes_meanwhile(ports: LayerPorts):
    await published(ports, "一")
    ports.layers.edit = lambda other: published(other, "别人")
    report = await taken_in(ports, {"layer": STORE, **saying("文件")})
    assert (report.created, report.changed, report.errors) == (0, 1, ())
    layer = ports.reference.now().layers.layers[STORE]
    assert (layer.version, text_of(layer)) == (3, "文件")
    assert text_of(await ports.layers.version(STORE, 2)) == "别人"


async def test_a_file_is_held_to_a_lock_that_is_set_while_it_is_taken_in(ports: LayerPorts):
    await published(ports, "全国", BRAND)
    locked = Policy(locked=frozenset({ModuleKey("notice")}))

    async def lock_and_publish(other: LayerPorts) -> None:
        await published(other, "别人")
        await set_policy(other, ACT, locked, expected=0)
        await ports.reference.changed("face_policies", ["policy"])

    ports.layers.edit = lock_and_publish
    with pytest.raises(Conflict):
        await taken_in(ports, {"layer": STORE, **saying("文件")})
    assert text_of(ports.reference.now().layers.layers[STORE]) == "别人"
