"""What the schema says of an asset."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.media.uses import Use
from domain.kernel.paging import PageRequest
from domain.kernel.uses import Used, UsedKind
from domain.media import assets
from domain.media.asset_deposit import Particulars
from domain.media.assets import AssetState, Kind, Unusable, why_unusable
from domain.media.links import LinkedRendition, original_link, rendition_link, whole_link
from domain.media.looking_up import assets_by_ids, rights_seen, usable_by_ids, uses_of
from domain.media.ports import MediaPorts
from domain.media.renditions import Preset, RenditionFormat
from domain.people.act import Act

enum(
    Kind,
    "What an asset is.",
    name="AssetKind",
    IMAGE="A picture.",
    VIDEO="A video.",
)
enum(
    AssetState,
    "Where an asset stands.",
    AVAILABLE="It can be used while its rights last.",
    WITHDRAWN="It may not be shown until it is restored.",
    DELETED="It is on its way out and is shown to nobody.",
)
enum(
    Unusable,
    "Why an asset may not be shown.",
    WITHDRAWN="It was withdrawn.",
    EXPIRED="Its rights have expired.",
)
enum(
    Preset,
    "A place where a picture is shown.",
    name="RenditionPreset",
    FULL="The whole picture, within a square of 2,048 pixels.",
    MOMENTS="A square of 1,080 pixels, as moments show it.",
    COVER="A cover of 1,080 × 1,440 pixels.",
    BANNER="A banner of 1,500 × 600 pixels.",
)
enum(
    RenditionFormat,
    "How a rendition is encoded.",
    JPEG="JPEG, which every client shows.",
    WEBP="WebP, which is smaller.",
)


@strawberry.type(description="The point that a crop keeps.")
class FocalPoint:
    x: float = strawberry.field(description="From 0 at the left to 1 at the right.")
    y: float = strawberry.field(description="From 0 at the top to 1 at the bottom.")


@strawberry.type(description="What allows the use of an asset.")
class Rights:
    source: str = strawberry.field(description="Where it comes from.")
    licence: str = strawberry.field(description="What allows its use.")
    expires_at: datetime | None = strawberry.field(
        description="From when on it may not be shown; null where there is no end."
    )


@strawberry.type(description="A derived size of a picture, without any metadata.")
class Rendition:
    url: str = strawberry.field(description="Where it is; its bytes there never change.")
    width: int = strawberry.field(description="Its width in pixels.")
    height: int = strawberry.field(description="Its height in pixels.")
    bytes: int = strawberry.field(description="Its size.")
    content_type: str = strawberry.field(description="Its media type, such as image/webp.")

    @classmethod
    def of(cls, linked: LinkedRendition) -> "Rendition":
        """Pack a rendition."""
        made = linked.rendition
        return cls(
            url=linked.url,
            width=made.width,
            height=made.height,
            bytes=made.bytes,
            content_type=made.content_type,
        )


@strawberry.type(description="An uploaded picture or video.")
class Asset:
    asset: strawberry.Private[assets.Asset]
    id: strawberry.ID = strawberry.field(description="Made from its bytes: same bytes, same id.")
    kind: Kind = strawberry.field(description="Picture or video.")
    content_type: str = strawberry.field(description="The original's media type.")
    bytes: int = strawberry.field(description="The original's size.")
    width: int = strawberry.field(description="Width in pixels as people see it.")
    height: int = strawberry.field(description="Height in pixels as people see it.")
    duration_ms: int | None = strawberry.field(description="A video's length; null for a picture.")
    file_name: str = strawberry.field(description="The name of the file first uploaded.")
    alt_text: str = strawberry.field(description="What it shows, for those who can't see it.")
    state: AssetState = strawberry.field(description="Where it stands.")
    uploaded_at: datetime = strawberry.field(description="When it was first uploaded.")
    version: int = strawberry.field(description="Rises by one with each change.")

    @classmethod
    def of(cls, asset: assets.Asset) -> "Asset":
        """Pack an asset."""
        return pack(cls, asset, asset=asset)

    @strawberry.field(description="The point that crops keep.")
    def focal_point(self) -> FocalPoint:
        return FocalPoint(x=self.asset.focal_point.x, y=self.asset.focal_point.y)

    @field("Whether it may be shown just now.")
    def usable(self, act: Act) -> bool:
        return assets.usable(self.asset, act.at)

    @field("Why it may not be shown; null where it may.")
    def unusable_because(self, act: Act) -> Unusable | None:
        return why_unusable(self.asset, act.at)

    @field(
        "The whole picture upright, without metadata, at most 2048 pixels a side; "
        "or the video. Null where it may not be shown."
    )
    async def url(self, ports: MediaPorts, act: Act) -> str | None:
        return await whole_link(ports, act, self.asset)

    @field(
        "The picture cropped round its focal point for a place; null for a video, and "
        "where it may not be shown."
    )
    async def rendition(
        self,
        ports: MediaPorts,
        act: Act,
        preset: Annotated[Preset, strawberry.argument(description="The place.")],
        format: Annotated[
            RenditionFormat,
            strawberry.argument(description="How to encode it; WebP is the smaller."),
        ] = RenditionFormat.JPEG,
    ) -> Rendition | None:
        linked = await rendition_link(ports, act, self.asset, preset, format)
        return Rendition.of(linked) if linked else None

    @field(
        "A link to the original, byte for byte, good for an hour; null for all but "
        "the content team."
    )
    async def original_url(self, ports: MediaPorts, act: Act) -> str | None:
        return await original_link(ports, act, self.asset)

    @field("What allows its use; null for all but the content team.")
    def rights(self, act: Act) -> Rights | None:
        rights = rights_seen(self.asset, act.viewer)
        if rights is None:
            return None
        return Rights(source=rights.source, licence=rights.licence, expires_at=rights.expires_at)

    @field("Where it is used, exact to the field; an asset in use can't be deleted.")
    async def used_by(
        self, ports: MediaPorts, act: Act, first: First = 20, after: After = None
    ) -> Connection[Use]:
        used = Used(kind=UsedKind.ASSET, id=self.asset.id)
        request = PageRequest(first=first, after=after)
        return connection(await uses_of(ports, act, used, request), Use.of)


AssetIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The asset's id.")]


@strawberry.input(description="The point that a crop keeps.")
class FocalPointInput:
    x: float = strawberry.field(description="From 0 at the left to 1 at the right.")
    y: float = strawberry.field(description="From 0 at the top to 1 at the bottom.")

    def unpack(self) -> assets.FocalPoint:
        """The point as the domain has it."""
        return assets.FocalPoint(x=self.x, y=self.y)


@strawberry.input(description="What allows the use of an asset.")
class RightsInput:
    source: str = strawberry.field(description="Where it comes from.", default="")
    licence: str = strawberry.field(description="What allows its use.", default="")
    expires_at: datetime | None = strawberry.field(
        description="From when on it may not be shown; leave it out where there is no end.",
        default=None,
    )

    def unpack(self) -> assets.Rights:
        """The rights as the domain has them."""
        return assets.Rights(source=self.source, licence=self.licence, expires_at=self.expires_at)


AltText = Annotated[
    str, strawberry.argument(description="What it shows, for those who can't see it.")
]

FocalPointArgument = Annotated[
    FocalPointInput | None,
    strawberry.argument(description="The point that crops keep; the middle if left out."),
]
RightsArgument = Annotated[
    RightsInput | None, strawberry.argument(description="What allows its use.")
]


def particulars(
    file_name: str,
    alt_text: str,
    focal_point: FocalPointInput | None,
    rights: RightsInput | None,
) -> Particulars:
    """What an uploader tells about a file, as the domain has it."""
    return Particulars(
        file_name=file_name,
        alt_text=alt_text,
        focal_point=focal_point.unpack() if focal_point else assets.FocalPoint(),
        rights=rights.unpack() if rights else assets.Rights(),
    )


async def asset_of(load: Load, id: str | None) -> Asset | None:
    """The asset of an id for another type's field, loaded together with all others it asks for."""
    found = await load(assets_by_ids, id) if id else None
    return Asset.of(found) if found else None


async def usable_asset_of(load: Load, id: str | None) -> Asset | None:
    """The asset of an id, as long as it may be shown."""
    found = await load(usable_by_ids, id) if id else None
    return Asset.of(found) if found else None
