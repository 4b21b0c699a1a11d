"""Assets: uploaded originals, what is known of them, and whether they may be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.ids import PersonId
from domain.kernel.moments import BEGINNING, NEVER
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Invalid
from domain.media.likeness import Likeness

AssetId = NewType("AssetId", str)

MAX_ALT_TEXT = 300
MAX_RIGHTS_TEXT = 200
MAX_FILE_NAME = 200
MAX_REASON = 300

EXTENSIONS: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
}


class Kind(StrEnum):
    """What an asset is."""

    IMAGE = "IMAGE"
    VIDEO = "VIDEO"


class AssetState(StrEnum):
    """Where an asset stands; a deleted one is on its way out and is shown to nobody."""

    AVAILABLE = "AVAILABLE"
    WITHDRAWN = "WITHDRAWN"
    DELETED = "DELETED"


class Unusable(StrEnum):
    """Why an asset may not be shown."""

    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FocalPoint:
    """The point that a crop keeps, as fractions of width and height from the top left."""

    x: float = 0.5
    y: float = 0.5

    def __post_init__(self) -> None:
        """Refuse a point outside the picture."""
        for name, value in (("x", self.x), ("y", self.y)):
            if not 0 <= value <= 1:
                raise Invalid(f"{name} must be between 0 and 1.", field=["focalPoint", name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Where an asset comes from, what allows its use, and until when; None is without an end."""

    source: str = ""
    licence: str = ""
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse texts that are too long."""
        for name, value in (("source", self.source), ("licence", self.licence)):
            if len(value) > MAX_RIGHTS_TEXT:
                message = f"Shorten it to {MAX_RIGHTS_TEXT} characters."
                raise Invalid(message, field=["rights", name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A derived size of an asset; `recipe` says how it was made, `digest` is of its bytes."""

    recipe: str
    digest: str
    content_type: str
    width: int
    height: int
    bytes: int

    def file_name(self) -> str:
        """The digest of its bytes, with the ending of its type."""
        return f"{self.digest}.{EXTENSIONS[self.content_type]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteSpan:
    """Some bytes of a file."""

    start: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NameGiven:
    """A file name under which the content team uploaded an asset, and when they last did."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """An uploaded original; its id comes from its bytes, so the same bytes are the same asset.

    Width and height in pixels are those that people see, after the camera's orientation. `hidden`
    are the parts of a video, such as its place, that are not shown in public. What a consumer
    uploaded first, `by_consumer`, stays theirs.
    """

    id: AssetId
    sha256: str
    kind: Kind
    content_type: str
    bytes: int
    width: int
    height: int
    duration_ms: int | None
    file_name: str
    uploaded_by: PersonId
    uploaded_at: datetime
    alt_text: str = ""
    focal_point: FocalPoint = field(default_factory=FocalPoint)
    rights: Rights = field(default_factory=Rights)
    state: AssetState = AssetState.AVAILABLE
    withdrawn_because: str = ""
    deleted_at: datetime | None = None
    likeness: Likeness | None = None
    names: tuple[NameGiven, ...] = ()
    renditions: tuple[Rendition, ...] = ()
    hidden: tuple[ByteSpan, ...] = ()
    by_consumer: bool = False
    version: int = 1

    def original_key(self) -> str:
        """Where the original's bytes are kept in Files."""
        return original_key(self.sha256, self.content_type)

    def rendition(self, recipe: str) -> Rendition | None:
        """The rendition of a recipe, if it was made before."""
        return next((one for one in self.renditions if one.recipe == recipe), None)


def asset_id(sha256: str) -> AssetId:
    """The id of the asset with these bytes: `asset_` and the first 32 digits of their SHA-256."""
    return AssetId(f"asset_{sha256[:32]}")


def original_key(sha256: str, content_type: str) -> str:
    """The key of an original: `originals/ab/abcdef….jpg`."""
    return f"originals/{sha256[:2]}/{sha256}.{EXTENSIONS[content_type]}"


def renditions_folder(id: AssetId) -> str:
    """What the keys of an asset's renditions begin with: `renditions/ab/asset_abcd…/`."""
    return f"renditions/{id[6:8]}/{id}/"


def rendition_key(id: AssetId, rendition: Rendition) -> str:
    """The key of a rendition, named by the digest of its bytes."""
    return f"{renditions_folder(id)}{rendition.file_name()}"


def why_unusable(asset: Asset, now: datetime) -> Unusable | None:
    """Why an asset may not be shown at a moment; None where it may."""
    if asset.state is not AssetState.AVAILABLE:
        return Unusable.WITHDRAWN
    if asset.rights.expires_at is not None and asset.rights.expires_at <= now:
        return Unusable.EXPIRED
    return None


def usable(asset: Asset, now: datetime) -> bool:
    """Whether an asset may be shown to a guide or a consumer at a moment.

    Everything that puts an asset before somebody asks this: posts, links, posters, storefronts.
    """
    return why_unusable(asset, now) is None


def shown_until(asset: Asset | None) -> datetime:
    """Until when an asset may be shown: never any more if it is withdrawn or gone."""
    if asset is None or asset.state is not AssetState.AVAILABLE:
        return BEGINNING
    return asset.rights.expires_at or NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFilter:
    """Which of the brand's assets are looked for; None of a part does not ask for it.

    `words` stand in its file's name, a name that it was given or its alternative text.
    """

    state: AssetState = AssetState.AVAILABLE
    kind: Kind | None = None
    words: str | None = None
    uploaded_by: PersonId | None = None
    expires_before: datetime | None = None


class Assets(Protocol):
    """What is known of the assets; deleted ones are not found."""

    async def add(self, asset: Asset) -> bool:
        """Keep a new asset; False, and nothing changed, where its id is there already."""

    async def by_ids(self, ids: Sequence[str]) -> dict[AssetId, Asset]:
        """Those of the ids that exist."""

    async def by_file_names(self, names: Sequence[str]) -> dict[str, AssetId]:
        """The asset that was last uploaded by the content team under each name."""

    async def name(self, id: AssetId, given: NameGiven) -> None:
        """Let an asset be found under a file name, from now on before others of that name."""

    async def alike(self, likeness: Likeness) -> list[Asset]:
        """Every image within the nearest distance, and perhaps some that are farther.

        Five hundred at most: of pictures of one colour alone, there is no end.
        """

    async def save(self, asset: Asset, *, expected: int) -> None:
        """Write what people may change, if the version is still the expected; else Conflict."""

    async def add_rendition(self, id: AssetId, rendition: Rendition) -> bool:
        """Note a rendition, once for each recipe; False where the asset is gone."""

    async def deleted_before(self, moment: datetime) -> list[Asset]:
        """The assets whose deletion began before a moment, and has not ended."""

    async def forget(self, id: AssetId) -> None:
        """Remove an asset for good."""

    async def page(self, wanted: AssetFilter, request: PageRequest) -> Page[Asset]:
        """The assets looked for that are no consumer's, the newest first."""

    async def count_since(self, uploaded_by: PersonId, since: datetime) -> int:
        """How many a person has uploaded since a moment."""
