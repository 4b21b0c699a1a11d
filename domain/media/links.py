"""Addresses of assets: public ones of renditions for ever, signed ones of originals for a while."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.kernel.moments import NEVER
from domain.kernel.refusals import Forbidden, NotFound
from domain.media.assets import (
    EXTENSIONS,
    Asset,
    AssetId,
    ByteSpan,
    Kind,
    Rendition,
    rendition_key,
    usable,
    why_unusable,
)
from domain.media.making_renditions import rendition, whole
from domain.media.mp4 import masked
from domain.media.ports import MediaPorts
from domain.media.renditions import AS_UPLOADED, Preset, RenditionFormat
from domain.people.act import Act

ORIGINAL = "original"
SIGNED_LIFETIME = timedelta(hours=1)
# How long a consumer's picture may live on elsewhere after it is shown no more.
CONSUMERS_KEPT = timedelta(minutes=5)
# How much of a file is read at once.
CHUNK_BYTES = 1024 * 1024
FOR_EVER = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A promise of ours that an address may be used until a moment."""

    expires_at: datetime
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that is kept, but for its hidden parts, and how long anybody may keep it too.

    None to keep for is for nobody but the asker.
    """

    key: str
    content_type: str
    etag: str
    keep_for: timedelta | None
    hidden: tuple[ByteSpan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A file to hand out, and how to read some of its bytes, piece by piece.

    The size of what the asker has already is not looked up.
    """

    file: Kept
    size: int | None
    read: Callable[[range], AsyncIterator[bytes]]


def sign(secret: str, text: str, expires_at: datetime) -> Signature:
    """Sign a text, such as a method and a path, until a moment (whole seconds)."""
    expires_at = expires_at.replace(microsecond=0)
    message = f"{text}\n{int(expires_at.timestamp())}"
    code = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return Signature(expires_at=expires_at, code=code)


def require_signed(secret: str, text: str, signature: Signature, *, now: datetime) -> None:
    """Refuse a signature that is not ours, or is too old."""
    ours = sign(secret, text, signature.expires_at).code
    if not hmac.compare_digest(ours.encode(), signature.code.encode()):
        raise Forbidden("This link was not signed by us; ask for a new one.")
    if signature.expires_at <= now:
        raise Forbidden("This link has expired; ask for a new one.")


def read_signature(expires: str | None, code: str | None) -> Signature | None:
    """Read a signature from a link's query; None where there is none."""
    if not expires or not code or not expires.isdecimal() or len(expires) > 11:
        return None
    return Signature(expires_at=datetime.fromtimestamp(int(expires), UTC), code=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedRendition:
    """A rendition and its public address, named by the digest of its bytes: they never change."""

    rendition: Rendition
    url: str


async def rendition_link(
    ports: MediaPorts, act: Act, asset: Asset, preset: Preset, format: RenditionFormat
) -> LinkedRendition | None:
    """The rendition of a picture for a place; None for a video, and where it may not be shown."""
    if asset.kind is not Kind.IMAGE or not usable(asset, act.at):
        return None
    made = await rendition(ports, act, asset, preset, format)
    return LinkedRendition(rendition=made, url=_address(ports, act, asset, made))


async def whole_link(ports: MediaPorts, act: Act, asset: Asset) -> str | None:
    """The address of the whole picture or the video; None where it may not be shown."""
    if not usable(asset, act.at):
        return None
    return _address(ports, act, asset, await whole(ports, act, asset))


async def original_link(ports: MediaPorts, act: Act, asset: Asset) -> str | None:
    """An address of the original for an hour, for the content team alone."""
    if not act.viewer.may("asset.keep"):
        return None
    return _signed(ports, act, f"/assets/{asset.id}/{_original_name(asset)}")


async def served(
    ports: MediaPorts,
    act: Act,
    id: str,
    name: str,
    signature: Signature | None,
    known: Collection[str],
) -> Served:
    """The file behind a path, or NotFound; an unusable asset's renditions are found no more.

    `known` are the tags of what the asker has; `*` is any.
    """
    file = await _file(ports, act, id, name, signature)
    size = None
    if not {file.etag, "*"}.intersection(known):
        size = await ports.files.size(file.key)
        if size is None:
            raise NotFound("There is no such file.")

    async def read(part: range) -> AsyncIterator[bytes]:
        for start in range(part.start, part.stop, CHUNK_BYTES):
            chunk = await ports.files.read(file.key, start, min(CHUNK_BYTES, part.stop - start))
            if chunk:
                yield masked(chunk, start, file.hidden)

    return Served(file=file, size=size, read=read)


async def _file(
    ports: MediaPorts, act: Act, id: str, name: str, signature: Signature | None
) -> Kept:
    asset = (await ports.assets.by_ids([id])).get(AssetId(id))
    if asset is None:
        raise NotFound("There is no such file.")
    if signature is not None:
        require_signed(ports.secret, f"GET /assets/{id}/{name}", signature, now=act.at)
        if name == _original_name(asset):
            return Kept(
                key=asset.original_key(),
                content_type=asset.content_type,
                etag=asset.sha256,
                keep_for=None,
            )
    for one in asset.renditions:
        if name == one.file_name():
            return await _rendition(ports, act, asset, one, signed=signature is not None)
    raise NotFound("There is no such file.")


def _address(ports: MediaPorts, act: Act, asset: Asset, made: Rendition) -> str:
    """The public address; for a consumer's picture, which may be shown to nobody yet, a signed one.

    It is signed for those to whom it may be shown before it is let in: the consumer, and reviewers.
    """
    path = f"/assets/{asset.id}/{made.file_name()}"
    knows = act.viewer.id == asset.uploaded_by or act.viewer.may("asset.see_all")
    return _signed(ports, act, path) if asset.by_consumer and knows else ports.public_url + path


def _signed(ports: MediaPorts, act: Act, path: str) -> str:
    signature = sign(ports.secret, f"GET {path}", act.at + SIGNED_LIFETIME)
    expires = int(signature.expires_at.timestamp())
    return f"{ports.public_url}{path}?expires={expires}&signature={signature.code}"


def _original_name(asset: Asset) -> str:
    return f"{ORIGINAL}.{EXTENSIONS[asset.content_type]}"


async def _rendition(
    ports: MediaPorts, act: Act, asset: Asset, rendition: Rendition, *, signed: bool
) -> Kept:
    if why_unusable(asset, act.at) is not None:
        raise NotFound("This file may not be shown any more.")
    keep_for: timedelta | None = min(FOR_EVER, (asset.rights.expires_at or NEVER) - act.at)
    if asset.by_consumer:
        shown = await ports.displays.shows(asset, now=act.at)
        if not (shown or signed):
            raise NotFound("This file may not be shown.")
        keep_for = CONSUMERS_KEPT if shown else None
    derived = rendition.recipe != AS_UPLOADED
    key = rendition_key(asset.id, rendition)
    return Kept(
        key=key if derived else asset.original_key(),
        content_type=rendition.content_type,
        etag=rendition.digest,
        keep_for=keep_for,
        hidden=asset.hidden,
    )
