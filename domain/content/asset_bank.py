"""How a file becomes an asset, and how its renditions are made."""

import hashlib
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO

from domain.content.assets import (
    MAX_ALT_TEXT,
    MAX_FILE_NAME,
    Asset,
    Assets,
    FocalPoint,
    Kind,
    NameGiven,
    Rendition,
    Rights,
    asset_id,
    rendition_key,
)
from domain.content.bank import Posts
from domain.content.gate import Inspected, inspect
from domain.content.likeness import NEAREST, distance
from domain.content.renditions import AS_UPLOADED, Format, Preset, recipe, render
from domain.files import Files
from domain.people.viewer import CONTENT_TEAM, Role, Viewer
from domain.records import Records, Subject, record
from domain.refusals import Conflict, Invalid, NotFound, TooMany
from domain.uses import Uses
from domain.work import Workers

NewId = Callable[[str], str]
Keep = Callable[[str, str], Awaitable[None]]

UPLOADERS = (*CONTENT_TEAM, Role.STORE_MANAGER, Role.GUIDE, Role.MEMBER)
# What one consumer may add in a day; a buyer show has at most nine pictures.
MEMBER_UPLOADS_A_DAY = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetBank:
    """The ports that assets need."""

    assets: Assets
    posts: Posts
    files: Files
    uses: Uses
    records: Records
    workers: Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What an uploader tells about a file."""

    file_name: str
    alt_text: str = ""
    focal_point: FocalPoint = field(default_factory=FocalPoint)
    rights: Rights = field(default_factory=Rights)

    def __post_init__(self) -> None:
        """Refuse texts that are too long."""
        require_alt_text(self.alt_text)
        if not 0 < len(self.file_name) <= MAX_FILE_NAME:
            message = f"Give the file a name of 1 to {MAX_FILE_NAME} characters."
            raise Invalid(message, field=["file"])


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicate:
    """Another asset that looks alike, and in how many of 64 bits its hash differs."""

    asset: Asset
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited:
    """What came of an upload; the same bytes again are `known` and stay the asset they were."""

    asset: Asset
    known: bool
    near_duplicates: tuple[NearDuplicate, ...]


async def upload(
    bank: AssetBank,
    viewer: Viewer,
    data: bytes,
    told: Particulars,
    *,
    now: datetime,
    new_id: NewId,
) -> Deposited:
    """Pass a file through the gate and keep it, byte for byte, as an asset."""

    async def keep(key: str, content_type: str) -> None:
        await bank.files.put(key, data, content_type)

    await require_uploader(bank, viewer, now=now)
    return await deposit(bank, viewer, io.BytesIO(data), keep, told, now=now, new_id=new_id)


async def deposit(
    bank: AssetBank,
    viewer: Viewer,
    file: BinaryIO,
    keep: Keep,
    told: Particulars,
    *,
    now: datetime,
    new_id: NewId,
) -> Deposited:
    """Make an asset of a file that has arrived; `keep` writes its bytes under a key of Files."""
    inspected = await bank.workers.run(lambda: inspect(file))
    if viewer.role is Role.MEMBER and inspected.kind is not Kind.IMAGE:
        raise Invalid("A buyer show takes pictures only; choose a picture.", field=["file"])
    asset = _new_asset(inspected, told, viewer, now=now)
    known = asset.id in await bank.assets.by_ids([asset.id])
    if not known:
        known = not await _add(bank, asset, file, keep)
    if not known:
        await _record_upload(bank, asset, viewer, now=now, new_id=new_id)
    if viewer.role in CONTENT_TEAM:
        await bank.assets.name(asset.id, NameGiven(name=told.file_name, at=now))
    asset = await load(bank, asset.id)
    return Deposited(asset=asset, known=known, near_duplicates=await near_duplicates(bank, asset))


async def load(bank: AssetBank, id: str) -> Asset:
    """The asset of this id, or NotFound."""
    found = (await bank.assets.by_ids([id])).values()
    if not found:
        raise NotFound(f"There is no asset {id}; look its id up in the list of assets.")
    return next(iter(found))


async def near_duplicates(bank: AssetBank, asset: Asset) -> tuple[NearDuplicate, ...]:
    """The other assets that look alike, the most alike first."""
    if asset.likeness is None:
        return ()
    found = [
        NearDuplicate(asset=other, distance=distance(asset.likeness, other.likeness))
        for other in await bank.assets.alike(asset.likeness)
        if other.id != asset.id and other.likeness is not None
    ]
    near = (one for one in found if one.distance <= NEAREST)
    return tuple(sorted(near, key=lambda one: (one.distance, one.asset.id)))


async def whole(bank: AssetBank, asset: Asset) -> Rendition:
    """The whole picture upright and without metadata, or the video without its hidden parts."""
    if asset.kind is Kind.VIDEO:
        return asset.renditions[0]
    return await rendition(bank, asset, Preset.FULL, Format.JPEG)


async def rendition(bank: AssetBank, asset: Asset, preset: Preset, format: Format) -> Rendition:
    """The rendition of a picture for a place, made the first time that it is asked for."""
    if asset.kind is not Kind.IMAGE:
        raise Invalid("Only pictures have renditions.", field=["preset"])
    made = asset.rendition(recipe(preset, format, asset.focal_point))
    if made is not None:
        return made
    original = await bank.files.get(asset.original_key())
    if original is None:
        raise NotFound(f"The original of {asset.id} is gone; upload it again.")
    return await _make(bank, asset, io.BytesIO(original), preset, format)


async def require_uploader(bank: AssetBank, viewer: Viewer, *, now: datetime) -> None:
    """Refuse those who may not upload, and a consumer who has uploaded a lot today."""
    viewer.require(*UPLOADERS)
    if viewer.role is not Role.MEMBER:
        return
    today = await bank.assets.count_since(viewer.id, now - timedelta(days=1))
    if today >= MEMBER_UPLOADS_A_DAY:
        raise TooMany(f"{MEMBER_UPLOADS_A_DAY} pictures a day are the most; go on tomorrow.")


def require_alt_text(text: str) -> None:
    """Refuse an alt text that is too long to be read aloud."""
    if len(text) > MAX_ALT_TEXT:
        raise Invalid(f"Shorten it to {MAX_ALT_TEXT} characters.", field=["altText"])


def _new_asset(inspected: Inspected, told: Particulars, viewer: Viewer, *, now: datetime) -> Asset:
    return Asset(
        id=asset_id(inspected.sha256),
        sha256=inspected.sha256,
        kind=inspected.kind,
        content_type=inspected.content_type,
        bytes=inspected.bytes,
        width=inspected.width,
        height=inspected.height,
        duration_ms=inspected.duration_ms,
        likeness=inspected.likeness,
        hidden=inspected.hidden,
        renditions=_as_uploaded(inspected),
        file_name=told.file_name,
        alt_text=told.alt_text,
        focal_point=told.focal_point,
        rights=told.rights,
        uploaded_by=viewer.id,
        uploaded_at=now,
    )


def _as_uploaded(inspected: Inspected) -> tuple[Rendition, ...]:
    """A video is shown as it was uploaded, but for its hidden parts."""
    if inspected.kind is not Kind.VIDEO:
        return ()
    shown = f"{inspected.sha256} {inspected.hidden}" if inspected.hidden else ""
    digest = hashlib.sha256(shown.encode()).hexdigest() if shown else inspected.sha256
    return (
        Rendition(
            recipe=AS_UPLOADED,
            digest=digest[:32],
            content_type=inspected.content_type,
            width=inspected.width,
            height=inspected.height,
            bytes=inspected.bytes,
        ),
    )


async def _add(bank: AssetBank, asset: Asset, file: BinaryIO, keep: Keep) -> bool:
    """Keep the bytes, then the asset; tell whether it is new.

    An asset of the same bytes may be on its way out meanwhile, and take them along: it is looked
    for them once more when its place is free.
    """
    await keep(asset.original_key(), asset.content_type)
    if not await bank.assets.add(asset):
        if asset.id not in await bank.assets.by_ids([asset.id]):
            raise Conflict("This file is just being deleted; upload it again.", field=["file"])
        return False
    if not await bank.files.exists(asset.original_key()):
        await keep(asset.original_key(), asset.content_type)
    if asset.kind is Kind.IMAGE:
        await _make(bank, asset, file, Preset.FULL, Format.JPEG)
    return True


async def _make(
    bank: AssetBank, asset: Asset, file: BinaryIO, preset: Preset, format: Format
) -> Rendition:
    focal_point = asset.focal_point
    rendered = await bank.workers.run(lambda: render(file, preset, format, focal_point))
    made = rendered.rendition
    await bank.files.put(
        rendition_key(asset.id, made.digest, made.content_type), rendered.data, made.content_type
    )
    await bank.assets.add_rendition(asset.id, made)
    return made


async def _record_upload(
    bank: AssetBank, asset: Asset, viewer: Viewer, *, now: datetime, new_id: NewId
) -> None:
    made = record(
        "assetUpload",
        Subject(kind="asset", id=asset.id),
        viewer=viewer,
        before={},
        after={"fileName": asset.file_name, "sha256": asset.sha256, "state": asset.state.value},
        now=now,
        new_id=new_id,
    )
    await bank.records.append(made)
