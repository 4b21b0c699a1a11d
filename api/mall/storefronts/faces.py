"""Arranging storefronts: layers, their drafts and versions, head office's policy."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from api.kernel.context import Info
from api.kernel.imports import ImportFile, ImportPayload, Mode, read_upload
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload, mutation
from api.mall.storefronts.layer_inputs import LayerInput, in_input
from api.mall.storefronts.shelves import LayerName
from api.mall.storefronts.storefront_enums import ModuleKind
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Refusal
from domain.kernel.tables import ImportMode
from domain.mall.faces import layers, policy
from domain.mall.faces.modules import ModuleKey
from domain.mall.faces.reading import read_layer_id
from domain.mall.faces.writing import write_arrangement
from domain.mall.storefronts import publishing
from domain.mall.storefronts.layer_files import import_layers

LayerIdArgument = Annotated[
    strawberry.ID, strawberry.argument(description="brand, region:ID or store:ID.")
]
DraftVersion = Annotated[
    int, strawberry.argument(description="The draft's version that you loaded; 0 for none.")
]
PublishedVersion = Annotated[
    int, strawberry.argument(description="The published version that you loaded; 0 for none.")
]


@strawberry.type(description="What a layer is to say next; nobody but its arrangers sees it.")
class LayerDraft:
    version: int = strawberry.field(description="Counts up each time the draft is saved.")
    based_on: int = strawberry.field(
        description="The version that was published when the draft began; 0 for none."
    )
    said: JSON = strawberry.field(
        description="What it says, as layerDraft takes it, in snake_case."
    )
    saved_at: datetime = strawberry.field(description="When it was saved last.")
    saved_by: strawberry.ID = strawberry.field(description="Who saved it last.")

    @classmethod
    def of(cls, draft: publishing.Draft) -> "LayerDraft":
        """Pack a draft."""
        return cls(
            version=draft.version,
            based_on=draft.based_on,
            said=JSON(write_arrangement(draft.arrangement)),
            saved_at=draft.saved_at,
            saved_by=strawberry.ID(draft.saved_by),
        )


@strawberry.type(description="One version of a layer as it was published.")
class LayerVersion:
    layer: LayerName = strawberry.field(description="Whose layer it is.")
    version: int = strawberry.field(description="Counts up each time the layer is published.")
    said: JSON = strawberry.field(
        description="What it says, as layerDraft takes it, in snake_case."
    )
    published_at: datetime = strawberry.field(description="When it was published.")
    published_by: strawberry.ID = strawberry.field(description="Who published it.")

    @classmethod
    def of(cls, layer: layers.Layer) -> "LayerVersion":
        """Pack a version of a layer."""
        return cls(
            layer=LayerName.of(layer.id),
            version=layer.version,
            said=JSON(write_arrangement(layer.arrangement)),
            published_at=layer.published_at,
            published_by=strawberry.ID(layer.published_by),
        )


@strawberry.type(description="A layer of storefronts: what is published of it, and its draft.")
class Layer:
    id: strawberry.Private[layers.LayerId]
    name: LayerName = strawberry.field(description="Whose layer it is.")

    @strawberry.field(description="What consumers see; null where nothing was published yet.")
    def published(self, info: Info) -> LayerVersion | None:
        found = info.context.world.reference.now().layers.layers.get(self.id)
        return LayerVersion.of(found) if found else None

    @strawberry.field(description="What it is to say next; null where there is no draft.")
    async def draft(self, info: Info) -> LayerDraft | None:
        found = (await info.context.world.faces.layers.drafts([self.id])).get(self.id)
        return LayerDraft.of(found) if found and not found.closed else None

    @strawberry.field(description="Everything that was ever published of it, newest first.")
    async def versions(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[LayerVersion]:
        page = await info.context.world.faces.layers.versions(
            self.id, PageRequest(first=first, after=after)
        )
        return connection(page, LayerVersion.of)


@strawberry.type(description="What the layers of one level may do.")
class Allowance:
    kinds: list[ModuleKind] = strawberry.field(description="Modules that they may add or fill.")
    most_modules: int = strawberry.field(description="How many modules of their own.")
    most_featured: int = strawberry.field(description="How many products they may feature.")
    may_hide_products: bool = strawberry.field(description="Whether they may hide products.")
    may_hide_modules: bool = strawberry.field(description="Whether they may hide modules.")

    @classmethod
    def of(cls, allowance: policy.Allowance) -> "Allowance":
        """Pack an allowance."""
        return cls(
            kinds=sorted(allowance.kinds),
            most_modules=allowance.most_modules,
            most_featured=allowance.most_featured,
            may_hide_products=allowance.may_hide_products,
            may_hide_modules=allowance.may_hide_modules,
        )


@strawberry.type(description="What regions and stores may change of the brand's face.")
class FacePolicy:
    version: int = strawberry.field(description="Counts up each time it is set; 0 if it never was.")
    locked: list[str] = strawberry.field(
        description="Keys of modules of which only the brand's own layer is heard."
    )
    region: Allowance = strawberry.field(description="What regions' layers may do.")
    store: Allowance = strawberry.field(description="What stores' layers may do.")

    @classmethod
    def of(cls, value: policy.Policy) -> "FacePolicy":
        """Pack the policy."""
        return cls(
            version=value.version,
            locked=sorted(value.locked),
            region=Allowance.of(value.region),
            store=Allowance.of(value.store),
        )


@strawberry.input(description="What the layers of one level may do.")
class AllowanceInput:
    kinds: list[ModuleKind] = strawberry.field(description="Modules that they may add or fill.")
    most_modules: int = strawberry.field(description="How many modules of their own.")
    most_featured: int = strawberry.field(description="How many products they may feature.")
    may_hide_products: bool = strawberry.field(description="Whether they may hide products.")
    may_hide_modules: bool = strawberry.field(description="Whether they may hide modules.")

    def value(self) -> policy.Allowance:
        """The allowance as the domain knows it."""
        return policy.Allowance(
            kinds=frozenset(self.kinds),
            most_modules=self.most_modules,
            most_featured=self.most_featured,
            may_hide_products=self.may_hide_products,
            may_hide_modules=self.may_hide_modules,
        )


@strawberry.input(description="What regions and stores may change of the brand's face.")
class FacePolicyInput:
    locked: list[str] = strawberry.field(
        description="Keys of modules of which only the brand's own layer is to be heard."
    )
    region: AllowanceInput = strawberry.field(description="What regions' layers may do.")
    store: AllowanceInput = strawberry.field(description="What stores' layers may do.")


@strawberry.type(description="The answer to an import of layers.")
class LayersImportPayload(ImportPayload):
    pass


@strawberry.type(description="The answer to saving a draft.")
class LayerDraftPayload(Payload):
    draft: LayerDraft | None = strawberry.field(description="The draft, as saved.", default=None)


@strawberry.type(description="The answer to discarding a draft.")
class LayerDraftDiscardPayload(Payload):
    pass


@strawberry.type(description="The answer to publishing a draft.")
class LayerPublishPayload(Payload):
    published: LayerVersion | None = strawberry.field(
        description="What consumers see now.", default=None
    )


@strawberry.type(description="The answer to rolling a layer back.")
class LayerRollBackPayload(Payload):
    published: LayerVersion | None = strawberry.field(
        description="What consumers see now.", default=None
    )


@strawberry.type(description="The answer to setting the policy.")
class FacePolicySetPayload(Payload):
    policy: FacePolicy | None = strawberry.field(description="The policy, as set.", default=None)


@strawberry.type
class FacesQuery:
    @strawberry.field(description="A layer, for those who may arrange it.")
    def layer(self, info: Info, id: LayerIdArgument) -> Layer | None:
        context = info.context
        layer_id = read_layer_id(id)
        publishing.require_arranger(
            context.viewer, layer_id, context.world.reference.now().directory
        )
        return Layer(id=layer_id, name=LayerName.of(layer_id))

    @strawberry.field(description="Head office's policy for storefronts.")
    def face_policy(self, info: Info) -> FacePolicy:
        return FacePolicy.of(info.context.world.reference.now().layers.policy)


@strawberry.type
class FacesMutation:
    @mutation(
        "Publish storefront layers from a file of JSON Lines, each line a whole layer: layer, "
        "modules, featured, hide, show, captions."
    )
    async def layers_import(
        self, info: Info, file: ImportFile, mode: Mode = ImportMode.ALL_OR_NOTHING
    ) -> LayersImportPayload:
        context = info.context
        name, data = await read_upload(file)
        report = await import_layers(
            context.world.faces, context.viewer, name, data, mode=mode, now=context.now
        )
        return LayersImportPayload.of(report, mode)

    @mutation("Save what a layer is to say next; consumers see nothing of it yet.")
    async def layer_draft(
        self,
        info: Info,
        id: LayerIdArgument,
        input: Annotated[LayerInput, strawberry.argument(description="All that it is to say.")],
        expected_version: DraftVersion,
    ) -> LayerDraftPayload:
        context = info.context
        try:
            draft = await publishing.save_draft(
                context.world.faces,
                context.viewer,
                read_layer_id(id),
                input.said(),
                expected_version=expected_version,
                now=context.now,
            )
        except Refusal as refusal:
            raise in_input(refusal) from None
        return LayerDraftPayload(draft=LayerDraft.of(draft))

    @mutation("Forget a layer's draft.")
    async def layer_draft_discard(
        self, info: Info, id: LayerIdArgument, expected_version: DraftVersion
    ) -> LayerDraftDiscardPayload:
        context = info.context
        await publishing.discard_draft(
            context.world.faces,
            context.viewer,
            read_layer_id(id),
            expected_version=expected_version,
        )
        return LayerDraftDiscardPayload()

    @mutation("Let consumers see a layer's draft.")
    async def layer_publish(
        self, info: Info, id: LayerIdArgument, expected_version: DraftVersion
    ) -> LayerPublishPayload:
        context = info.context
        layer = await publishing.publish_draft(
            context.world.faces,
            context.viewer,
            read_layer_id(id),
            expected_version=expected_version,
            now=context.now,
        )
        return LayerPublishPayload(published=LayerVersion.of(layer))

    @mutation("Publish again what an earlier version of a layer said.")
    async def layer_roll_back(
        self,
        info: Info,
        id: LayerIdArgument,
        to_version: Annotated[int, strawberry.argument(description="The earlier version.")],
        expected_version: PublishedVersion,
    ) -> LayerRollBackPayload:
        context = info.context
        layer = await publishing.roll_back(
            context.world.faces,
            context.viewer,
            read_layer_id(id),
            to_version,
            expected_version=expected_version,
            now=context.now,
        )
        return LayerRollBackPayload(published=LayerVersion.of(layer))

    @mutation("Set what regions and stores may change of the brand's face.")
    async def face_policy_set(
        self,
        info: Info,
        input: Annotated[FacePolicyInput, strawberry.argument(description="The whole policy.")],
        expected_version: Annotated[
            int, strawberry.argument(description="The policy's version that you loaded.")
        ],
    ) -> FacePolicySetPayload:
        context = info.context
        wanted = policy.Policy(
            version=expected_version + 1,
            locked=frozenset(ModuleKey(key) for key in input.locked),
            region=input.region.value(),
            store=input.store.value(),
        )
        await publishing.set_policy(
            context.world.faces, context.viewer, wanted, expected_version=expected_version
        )
        return FacePolicySetPayload(policy=FacePolicy.of(wanted))
