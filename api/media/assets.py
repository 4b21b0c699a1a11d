"""Uploading and finding assets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.file_uploads import Upload

from api.kernel.context import Load
from api.kernel.imports import read_upload
from api.kernel.operations import mutation, query
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload
from api.media.asset_types import (
    AltText,
    Asset,
    AssetIdArgument,
    FocalPointArgument,
    RightsArgument,
    particulars,
)
from domain.kernel.paging import PageRequest
from domain.media import asset_deposit, looking_up
from domain.media.asset_deposit import Deposited
from domain.media.assets import AssetFilter, AssetState, Kind
from domain.media.ports import MediaPorts
from domain.people.act import Act


@strawberry.type(description="Another asset that looks alike.")
class NearDuplicate:
    asset: Asset = strawberry.field(description="The other asset.")
    distance: int = strawberry.field(
        description="In how many of 64 bits their perceptual hashes differ, 0 to 7."
    )

    @classmethod
    def all_of(cls, found: Sequence[looking_up.NearDuplicate]) -> "list[NearDuplicate]":
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


@query("One asset; null where there is none of this id.")
async def asset(load: Load, id: AssetIdArgument) -> Asset | None:
    found = await load(looking_up.assets_for_uploaders, str(id))
    return Asset.of(found) if found else None


@strawberry.input(description="Which assets are looked for; what is left out is not asked for.")
class AssetFilterInput:
    words: str | None = strawberry.field(
        description="What stands in its file's name, a name that it was given or its alternative "
        "text; at most 60 characters.",
        default=None,
    )
    uploaded_by: strawberry.ID | None = strawberry.field(
        description="Who uploaded it first.", default=None
    )
    expires_before: datetime | None = strawberry.field(
        description="That it may not be shown any more by then.", default=None
    )


@query("The assets of the content bank, the newest first.")
async def assets(
    ports: MediaPorts,
    act: Act,
    state: Annotated[
        AssetState, strawberry.argument(description="Only those that stand here.")
    ] = AssetState.AVAILABLE,
    kind: Annotated[
        Kind | None, strawberry.argument(description="Only those of this kind; null for all.")
    ] = None,
    filter: Annotated[
        AssetFilterInput | None, strawberry.argument(description="What else they are.")
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[Asset]:
    request = PageRequest(first=first, after=after)
    wanted = AssetFilter(state=state, kind=kind, **vars(filter) if filter else {})
    return connection(await looking_up.listed(ports, act, wanted, request), Asset.of)


@mutation(
    "Upload one picture or video. The same bytes again are the asset that they were; pictures "
    "that look like another are reported, not refused."
)
async def asset_upload(
    ports: MediaPorts,
    act: Act,
    file: AssetFile,
    alt_text: AltText = "",
    focal_point: FocalPointArgument = None,
    rights: RightsArgument = None,
) -> AssetUploadPayload:
    file_name, data = await read_upload(file)
    told = particulars(file_name, alt_text, focal_point, rights)
    return AssetUploadPayload.of(await asset_deposit.upload(ports, act, data, told))


QUERIES = (asset, assets)
MUTATIONS = (asset_upload,)
