"""How a file becomes an asset."""

import hashlib
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import BinaryIO

from domain.kernel.cells import is_invisible
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Invalid, TooMany, refuse_all
from domain.media.assets import (
    EXTENSIONS,
    MAX_ALT_TEXT,
    MAX_FILE_NAME,
    Asset,
    FocalPoint,
    Kind,
    NameGiven,
    Rendition,
    Rights,
    asset_id,
)
from domain.media.gate import Inspected, inspect
from domain.media.looking_up import NearDuplicate, near_duplicates
from domain.media.making_renditions import WHOLE, keep_rendition
from domain.media.ports import MediaPorts
from domain.media.renditions import AS_UPLOADED, Rendered, render
from domain.people.act import Act
from domain.people.viewer import Role

Keep = Callable[[str, str], Awaitable[None]]

# What one consumer may add in a day; a buyer show has at most nine pictures.
MEMBER_UPLOADS_A_DAY = 45


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
        if not 0 < len(self.name) <= MAX_FILE_NAME:
            message = f"Give the file a name of 1 to {MAX_FILE_NAME} characters."
            raise Invalid(message, field=["file"])

    @property
    def name(self) -> str:
        """The file's name as people read and write it: nothing that can't be seen is in it."""
        hidden = (one for one in self.file_name if is_invisible(one) or one in "\t\r\n")
        return self.file_name.translate(dict.fromkeys(map(ord, hidden))).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited:
    """What came of an upload; the same bytes again are `known` and stay the asset they were."""

    asset: Asset
    known: bool
    near_duplicates: tuple[NearDuplicate, ...]


async def upload(ports: MediaPorts, act: Act, data: bytes, told: Particulars) -> Deposited:
    """Pass a file through the gate and keep it, byte for byte, as an asset."""

    async def keep(key: str, content_type: str) -> None:
        await ports.files.put(key, data, content_type)

    await _require_uploader(ports, act)
    require_words(ports, act, told)
    return await deposit(ports, act, io.BytesIO(data), keep, told)


async def deposit(
    ports: MediaPorts, act: Act, file: BinaryIO, keep: Keep, told: Particulars
) -> Deposited:
    """Make an asset of a file that has arrived; `keep` writes its bytes under a key of Files."""
    inspected = await ports.workers.run(lambda: inspect(file))
    if act.viewer.role is Role.MEMBER and inspected.kind is not Kind.IMAGE:
        raise Invalid("A buyer show takes pictures only; choose a picture.", field=["file"])
    asset = _new_asset(inspected, told, act)
    known = (await ports.assets.by_ids([asset.id])).get(asset.id)
    if known is None:
        whole = await _whole(ports, asset, file)
        asset = replace(asset, renditions=(whole.rendition,)) if whole else asset
        known = await _add(ports, act, asset, whole, keep)
    if known is None:
        await _record_upload(ports, act, asset)
    else:
        _require_free(known, act)
    if known is not None and act.viewer.may("asset.keep"):
        await ports.assets.name(known.id, NameGiven(name=told.name, at=act.at))
    return Deposited(
        asset=known or asset,
        known=known is not None,
        near_duplicates=await near_duplicates(ports, act, asset),
    )


def _require_free(known: Asset, act: Act) -> None:
    """Refuse what somebody else had first, where they or the uploader are consumers.

    So neither sees what the other has, and nobody makes a consumer's picture the brand's.
    """
    if known.uploaded_by == act.viewer.id:
        return
    if act.viewer.role is Role.MEMBER:
        raise Invalid("Somebody else has uploaded this picture; show your own.", field=["file"])
    if known.by_consumer:
        raise Invalid(
            "This is a consumer's picture, which is used with their consent alone; make a post of "
            "their buyer show with buyerShowReuse.",
            field=["file"],
        )


async def _require_uploader(ports: MediaPorts, act: Act) -> None:
    """Refuse those who may not upload, and a consumer who has uploaded a lot today."""
    act.viewer.require("asset.upload")
    if act.viewer.role is not Role.MEMBER:
        return
    today = await ports.assets.count_since(act.viewer.id, act.at - timedelta(days=1))
    if today >= MEMBER_UPLOADS_A_DAY:
        raise TooMany(f"{MEMBER_UPLOADS_A_DAY} pictures a day are the most; go on tomorrow.")


def require_words(ports: MediaPorts, act: Act, told: Particulars) -> None:
    """Refuse what may not be said of an asset, and of a consumer's picture anything.

    Their words go out in a buyer show alone, where they are checked and reviewed.
    """
    refuse_all(ports.wording.refused(told.alt_text, ["altText"]))
    if act.viewer.role is Role.MEMBER and told.alt_text:
        raise Invalid("Say it in the text of the buyer show.", field=["altText"])


def require_alt_text(text: str) -> None:
    """Refuse an alt text that is too long to be read aloud."""
    if len(text) > MAX_ALT_TEXT:
        raise Invalid(f"Shorten it to {MAX_ALT_TEXT} characters.", field=["altText"])


def _new_asset(inspected: Inspected, told: Particulars, act: Act) -> Asset:
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
        names=_names(told, act),
        file_name=_file_name(inspected, told, act),
        alt_text=told.alt_text,
        focal_point=told.focal_point,
        rights=told.rights,
        uploaded_by=act.viewer.id,
        by_consumer=act.viewer.role is Role.MEMBER,
        uploaded_at=act.at,
    )


def _file_name(inspected: Inspected, told: Particulars, act: Act) -> str:
    """The file's name; a consumer's may have words that nobody has checked, so it gets another."""
    if act.viewer.role is Role.MEMBER:
        return f"{inspected.sha256[:12]}.{EXTENSIONS[inspected.content_type]}"
    return told.name


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


def _names(told: Particulars, act: Act) -> tuple[NameGiven, ...]:
    """The name by which imports find the asset; only the content team's count."""
    team = act.viewer.may("asset.keep")
    return (NameGiven(name=told.name, at=act.at),) if team else ()


async def _whole(ports: MediaPorts, asset: Asset, file: BinaryIO) -> Rendered | None:
    """The whole picture as it is shown; None for a video."""
    if asset.kind is not Kind.IMAGE:
        return None
    return await ports.workers.run(lambda: render(file, *WHOLE, asset.focal_point))


async def _add(
    ports: MediaPorts, act: Act, asset: Asset, whole: Rendered | None, keep: Keep
) -> Asset | None:
    """Keep the files and then the asset; if it is there by now, return it as it is.

    An asset of the same bytes may be on its way out meanwhile and take its files along. Once its
    place is free that is over, and what is missing is written again. Where its place is not free
    yet, the upload is refused, and its files stay for the next one of the same bytes.
    """

    async def keep_files() -> None:
        await keep(asset.original_key(), asset.content_type)
        if whole is not None:
            await keep_rendition(ports, act, asset, whole)

    await keep_files()
    if await ports.assets.add(asset):
        await keep_files()
        return None
    known = (await ports.assets.by_ids([asset.id])).get(asset.id)
    if known is None:
        raise Conflict("This file is just being deleted; upload it again.", field=["file"])
    return known


async def _record_upload(ports: MediaPorts, act: Act, asset: Asset) -> None:
    after = {"fileName": asset.file_name, "sha256": asset.sha256, "state": asset.state.value}
    subject = Subject(kind="asset", id=asset.id)
    await ports.records.append(act.record("assetUpload", subject, before={}, after=after))
