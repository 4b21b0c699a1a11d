"""Uploading and finding assets."""

from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry.file_uploads import Upload

from api.kernel.context import Info
from api.kernel.imports import read_upload
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload, mutation
from api.media.asset_types import (
    AltText,
    Asset,
    AssetIdArgument,
    FocalPointArgument,
    RightsArgument,
    particulars,
)
from domain.kernel.paging import PageRequest
from domain.media import asset_bank
from domain.media.asset_deposit import UPLOADERS, Deposited, upload
from domain.media.assets import AssetState, Kind
from domain.people.viewer import CONTENT_TEAM


@strawberry.type(description="Another asset that looks alike.")
class NearDuplicate:
    asset: Asset = strawberry.field(description="The other asset.")
    distance: int = strawberry.field(
        description="In how many of 64 bits their perceptual hashes differ, 0 to 7."
    )

    @classmethod
    def all_of(cls, found: Sequence[asset_bank.NearDuplicate]) -> "list[NearDuplicate]":
        """Pack what was found."""
        return [cls(asset=Asset.of(near.asset), distance=near.distance) for near in found]


@strawberry.type(description="The answer to an upload.")
class AssetUploadPayload(Payload):
    asset: Asset | None = strawberry.field(description="The asset.", default=None)
    known: bool | None = strawberry.field(
        description="Whether the same bytes were uploaded before; the asset is as it was then.",
        default=None,
    )
    near_duplicates: list[NearDuplicate] | None = strawberry.field(
        description="Other assets that look alike, the most alike first.", default=None
    )

    @classmethod
    def of(cls, deposited: Deposited) -> "AssetUploadPayload":
        """Pack what came of an upload."""
        return cls(
            asset=Asset.of(deposited.asset),
            known=deposited.known,
            near_duplicates=NearDuplicate.all_of(deposited.near_duplicates),
        )


AssetFile = Annotated[
    Upload,
    strawberry.argument(
        description="The file as one part of a multipart request: JPEG, PNG, WebP or MP4."
    ),
]


@strawberry.type
class AssetQuery:
    @strawberry.field(description="One asset; null where there is none of this id.")
    async def asset(self, info: Info, id: AssetIdArgument) -> Asset | None:
        info.context.viewer.require(*UPLOADERS)
        found = await info.context.loaders.assets.load(id)
        return Asset.of(found) if found else None

    @strawberry.field(description="The assets of the content bank, the newest first.")
    async def assets(
        self,
        info: Info,
        state: Annotated[
            AssetState, strawberry.argument(description="Only those that stand here.")
        ] = AssetState.AVAILABLE,
        kind: Annotated[
            Kind | None, strawberry.argument(description="Only those of this kind; null for all.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[Asset]:
        info.context.viewer.require(*CONTENT_TEAM)
        request = PageRequest(first=first, after=after)
        bank = info.context.world.assets
        return connection(await bank.assets.page(state, kind, request), Asset.of)


@strawberry.type
class AssetMutation:
    @mutation(
        "Upload one picture or video. The same bytes again are the asset that they were; pictures "
        "that look like another are reported, not refused."
    )
    async def asset_upload(
        self,
        info: Info,
        file: AssetFile,
        alt_text: AltText = "",
        focal_point: FocalPointArgument = None,
        rights: RightsArgument = None,
    ) -> AssetUploadPayload:
        context = info.context
        file_name, data = await read_upload(file)
        return AssetUploadPayload.of(
            await upload(
                context.world.assets,
                context.viewer,
                data,
                particulars(file_name, alt_text, focal_point, rights),
                now=context.now,
                new_id=context.world.new_id,
            )
        )
