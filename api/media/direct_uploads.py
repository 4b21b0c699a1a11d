"""Large files in the schema: start, put the parts to their links, complete."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.payloads import Payload, mutation
from api.media.asset_types import AltText, Asset, FocalPointArgument, RightsArgument, particulars
from api.media.assets import NearDuplicate
from domain.media import direct_uploads

UploadId = Annotated[strawberry.ID, strawberry.argument(description="The upload's id.")]


@strawberry.type(description="One part of a file, to be put where its link says.")
class DirectUploadPart:
    number: int = strawberry.field(description="Its place in the file, from 1.")
    bytes: int = strawberry.field(description="How many bytes it has, exactly.")
    link: str = strawberry.field(
        description="Where to PUT its bytes, as they are, within an hour; again where it failed."
    )
    arrived: bool = strawberry.field(description="Whether it is there already.")


@strawberry.type(description="A large file on its way.")
class DirectUpload:
    upload: strawberry.Private[direct_uploads.DirectUpload]
    id: strawberry.ID = strawberry.field(description="Its id.")
    bytes: int = strawberry.field(description="How many bytes the file has.")
    expires_at: datetime = strawberry.field(
        description="Until when it must be complete; nothing of it is kept after that."
    )

    @classmethod
    def of(cls, upload: direct_uploads.DirectUpload) -> "DirectUpload":
        """Pack an upload."""
        return cls(
            upload=upload,
            id=strawberry.ID(upload.id),
            bytes=upload.bytes,
            expires_at=upload.expires_at,
        )

    @strawberry.field(description="Its parts, each with a fresh link; none once it is complete.")
    async def parts(self, info: Info) -> list[DirectUploadPart]:
        context = info.context
        found = await direct_uploads.parts(context.world.arrivals, self.upload, now=context.now)
        return [
            DirectUploadPart(
                number=part.number, bytes=part.bytes, link=part.link, arrived=part.arrived
            )
            for part in found
        ]


@strawberry.type(description="The answer to the start of a direct upload.")
class DirectUploadStartPayload(Payload):
    upload: DirectUpload | None = strawberry.field(
        description="The upload, with the links of its parts.", default=None
    )


@strawberry.type(description="The answer to the completion of a direct upload.")
class DirectUploadCompletePayload(Payload):
    asset: Asset | None = strawberry.field(description="What the file became.", default=None)
    near_duplicates: list[NearDuplicate] | None = strawberry.field(
        description="Other assets that look alike, the most alike first.", default=None
    )


@strawberry.type(description="The answer to the end of a direct upload.")
class DirectUploadAbortPayload(Payload):
    aborted_id: strawberry.ID | None = strawberry.field(
        description="The id of the upload that is no more.", default=None
    )


@strawberry.type
class DirectUploadQuery:
    @strawberry.field(
        description="An upload of one's own, to go on with after a break; null where there is none."
    )
    async def direct_upload(self, info: Info, id: UploadId) -> DirectUpload | None:
        context = info.context
        found = await direct_uploads.find(
            context.world.arrivals, context.viewer, id, now=context.now
        )
        return DirectUpload.of(found) if found else None


@strawberry.type
class DirectUploadMutation:
    @mutation("Begin the upload of a large file, which goes straight to where files are kept.")
    async def direct_upload_start(
        self,
        info: Info,
        file_name: Annotated[str, strawberry.argument(description="The file's name.")],
        bytes: Annotated[int, strawberry.argument(description="How many bytes it has.")],
        alt_text: AltText = "",
        focal_point: FocalPointArgument = None,
        rights: RightsArgument = None,
    ) -> DirectUploadStartPayload:
        context = info.context
        upload = await direct_uploads.start(
            context.world.arrivals,
            context.viewer,
            particulars(file_name, alt_text, focal_point, rights),
            bytes,
            now=context.now,
            new_id=context.world.new_id,
        )
        return DirectUploadStartPayload(upload=DirectUpload.of(upload))

    @mutation(
        "Make an asset of an upload whose parts are all there. The same again is the same asset; "
        "a file that the gate refuses is gone."
    )
    async def direct_upload_complete(self, info: Info, id: UploadId) -> DirectUploadCompletePayload:
        context = info.context
        deposited = await direct_uploads.complete(
            context.world.arrivals,
            context.viewer,
            id,
            now=context.now,
            new_id=context.world.new_id,
        )
        return DirectUploadCompletePayload(
            asset=Asset.of(deposited.asset),
            near_duplicates=NearDuplicate.all_of(deposited.near_duplicates),
        )

    @mutation("End an upload; nothing of it is kept.")
    async def direct_upload_abort(self, info: Info, id: UploadId) -> DirectUploadAbortPayload:
        context = info.context
        await direct_uploads.abort(context.world.arrivals, context.viewer, id, now=context.now)
        return DirectUploadAbortPayload(aborted_id=id)
