"""Large files in the schema: start, put the parts to their links, complete."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import field, mutation, query
from api.kernel.packing import pack
from api.kernel.payloads import Payload
from api.media.asset_types import AltText, Asset, FocalPointArgument, RightsArgument, particulars
from api.media.assets import NearDuplicate
from domain.media import direct_uploads
from domain.media.direct_uploads import UploadPorts
from domain.people.act import Act

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
        return pack(cls, upload, upload=upload)

    @field("Its parts, each with a fresh link; none once it is complete.")
    async def parts(self, ports: UploadPorts, act: Act) -> list[DirectUploadPart]:
        found = await direct_uploads.parts(ports, act, self.upload)
        return [
            DirectUploadPart(
                number=part.number, bytes=part.bytes, link=part.link, arrived=part.arrived
            )
            for part in found
        ]


@strawberry.type(description="The answer to the completion of a direct upload.")
class DirectUploadCompletePayload(Payload):
    asset: Asset | None = strawberry.field(description="What the file became.", default=None)
    near_duplicates: list[NearDuplicate] | None = strawberry.field(
        description="Other assets that look alike, the most alike first.", default=None
    )


@query("An upload of one's own, to go on with after a break; null where there is none.")
async def direct_upload(ports: UploadPorts, act: Act, id: UploadId) -> DirectUpload | None:
    found = await direct_uploads.find(ports, act, id)
    return DirectUpload.of(found) if found else None


@mutation(
    "Begin the upload of a large file, which goes straight to where files are kept.",
    upload="The upload, with the links of its parts.",
)
async def direct_upload_start(
    ports: UploadPorts,
    act: Act,
    file_name: Annotated[str, strawberry.argument(description="The file's name.")],
    bytes: Annotated[int, strawberry.argument(description="How many bytes it has.")],
    alt_text: AltText = "",
    focal_point: FocalPointArgument = None,
    rights: RightsArgument = None,
) -> DirectUpload:
    told = particulars(file_name, alt_text, focal_point, rights)
    return DirectUpload.of(await direct_uploads.start(ports, act, told, bytes))


@mutation(
    "Make an asset of an upload whose parts are all there. The same again is the same asset; "
    "a file that the gate refuses is gone."
)
async def direct_upload_complete(
    ports: UploadPorts, act: Act, id: UploadId
) -> DirectUploadCompletePayload:
    deposited = await direct_uploads.complete(ports, act, id)
    return DirectUploadCompletePayload(
        asset=Asset.of(deposited.asset),
        near_duplicates=NearDuplicate.all_of(deposited.near_duplicates),
    )


@mutation(
    "End an upload; nothing of it is kept.", aborted_id="The id of the upload that is no more."
)
async def direct_upload_abort(ports: UploadPorts, act: Act, id: UploadId) -> strawberry.ID:
    await direct_uploads.abort(ports, act, id)
    return id


QUERIES = (direct_upload,)
MUTATIONS = (direct_upload_start, direct_upload_complete, direct_upload_abort)
