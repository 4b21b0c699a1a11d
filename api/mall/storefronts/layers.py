"""Arranging storefronts: layers, their drafts and versions."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from api.kernel.imports import ImportFile, ImportPayload, Mode, OnlyCheck, hand_in
from api.kernel.operations import field, mutation, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.mall.storefronts.layer_inputs import LayerInput, told_in_input
from api.mall.storefronts.modules import LayerName
from domain.kernel.import_reports import ImportMode
from domain.kernel.imports import ImportPorts
from domain.kernel.paging import PageRequest
from domain.mall.faces import layers
from domain.mall.faces.reading import read_layer_id
from domain.mall.faces.writing import write_arrangement
from domain.mall.storefronts import arranging, drafting, publishing
from domain.mall.storefronts.arranging import LayerPorts
from domain.mall.storefronts.layer_files import import_layers
from domain.people.act import Act

LayerIdArgument = Annotated[
    strawberry.ID, strawberry.argument(description="brand, region:ID or store:ID.")
]
DraftVersion = Annotated[
    int, strawberry.argument(description="The draft's version that you loaded; 0 for none.")
]
PublishedVersion = Annotated[
    int, strawberry.argument(description="The published version that you loaded; 0 for none.")
]
SAID = "What it says, as layerDraft takes it, in snake_case."


@strawberry.type(description="What a layer is to say next; nobody but its arrangers sees it.")
class LayerDraft:
    version: int = strawberry.field(description="Counts up each time the draft is saved.")
    based_on: int = strawberry.field(
        description="The version that was published when the draft began; 0 for none."
    )
    said: JSON = strawberry.field(description=SAID)
    saved_at: datetime = strawberry.field(description="When it was saved last.")
    saved_by: strawberry.ID = strawberry.field(description="Who saved it last.")

    @classmethod
    def of(cls, draft: arranging.Draft) -> "LayerDraft":
        """Pack a draft."""
        return pack(cls, draft, said=JSON(write_arrangement(draft.arrangement)))


@strawberry.type(description="One version of a layer as it was published.")
class LayerVersion:
    layer: LayerName = strawberry.field(description="Whose layer it is.")
    version: int = strawberry.field(description="Counts up each time the layer is published.")
    said: JSON = strawberry.field(description=SAID)
    published_at: datetime = strawberry.field(description="When it was published.")
    published_by: strawberry.ID = strawberry.field(description="Who published it.")

    @classmethod
    def of(cls, layer: layers.Layer) -> "LayerVersion":
        """Pack a version of a layer."""
        said = JSON(write_arrangement(layer.arrangement))
        return pack(cls, layer, layer=LayerName.of(layer.id), said=said)


@strawberry.type(description="A layer of storefronts: what is published of it, and its draft.")
class Layer:
    id: strawberry.Private[layers.LayerId]
    name: LayerName = strawberry.field(description="Whose layer it is.")

    @classmethod
    def of(cls, id: layers.LayerId) -> "Layer":
        """Pack a layer's id."""
        return cls(id=id, name=LayerName.of(id))

    @field("What consumers see; null where nothing was published yet.")
    async def published(self, ports: LayerPorts, act: Act) -> LayerVersion | None:
        found = await arranging.published_layer(ports, act, self.id)
        return LayerVersion.of(found) if found else None

    @field("What it is to say next; null where there is no draft.")
    async def draft(self, ports: LayerPorts, act: Act) -> LayerDraft | None:
        found = await arranging.open_draft(ports, act, self.id)
        return LayerDraft.of(found) if found else None

    @field("Everything that was ever published of it, newest first.")
    async def versions(
        self, ports: LayerPorts, act: Act, first: First = 20, after: After = None
    ) -> Connection[LayerVersion]:
        request = PageRequest(first=first, after=after)
        page = await arranging.layer_versions(ports, act, self.id, request)
        return connection(page, LayerVersion.of)


@strawberry.type(description="The answer to an import of layers.")
class LayersImportPayload(ImportPayload):
    pass


@query("A layer, for those who may arrange it.")
async def layer(ports: LayerPorts, act: Act, id: LayerIdArgument) -> Layer | None:
    return Layer.of(await arranging.arranged_layer(ports, act, read_layer_id(id)))


@mutation(
    "Publish storefront layers from a file of JSON Lines, each line a whole layer: layer, "
    "modules, featured, hide, show, captions."
)
async def layers_import(
    ports: LayerPorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode = ImportMode.ALL_OR_NOTHING,
    only_check: OnlyCheck = False,
) -> LayersImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return LayersImportPayload.of(await import_layers(ports, act, handed), handed)


@mutation(
    "Save what a layer is to say next; consumers see nothing of it yet.",
    draft="The draft, as saved.",
)
async def layer_draft(
    ports: LayerPorts,
    act: Act,
    id: LayerIdArgument,
    input: Annotated[LayerInput, strawberry.argument(description="All that it is to say.")],
    expected_version: DraftVersion,
) -> LayerDraft:
    layer_id = read_layer_id(id)
    with told_in_input():
        draft = await drafting.save_draft(
            ports, act, layer_id, input.said(), expected=expected_version
        )
    return LayerDraft.of(draft)


@mutation("Forget a layer's draft.")
async def layer_draft_discard(
    ports: LayerPorts, act: Act, id: LayerIdArgument, expected_version: DraftVersion
) -> None:
    await drafting.discard_draft(ports, act, read_layer_id(id), expected=expected_version)


@mutation("Let consumers see a layer's draft.", published="What consumers see now.")
async def layer_publish(
    ports: LayerPorts, act: Act, id: LayerIdArgument, expected_version: DraftVersion
) -> LayerVersion:
    layer_id = read_layer_id(id)
    return LayerVersion.of(
        await publishing.publish_draft(ports, act, layer_id, expected=expected_version)
    )


@mutation(
    "Publish again what an earlier version of a layer said.",
    published="What consumers see now.",
)
async def layer_roll_back(
    ports: LayerPorts,
    act: Act,
    id: LayerIdArgument,
    to_version: Annotated[int, strawberry.argument(description="The earlier version.")],
    expected_version: PublishedVersion,
) -> LayerVersion:
    layer_id = read_layer_id(id)
    return LayerVersion.of(
        await publishing.roll_back(ports, act, layer_id, to_version, expected=expected_version)
    )


QUERIES = (layer,)
MUTATIONS = (layers_import, layer_draft, layer_draft_discard, layer_publish, layer_roll_back)
