"""Addresses of assets: public ones of renditions for ever, signed ones of originals for a while."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.kernel.refusals import Forbidden, NotFound
from domain.media.asset_bank import MediaPorts
from domain.media.assets import EXTENSIONS, Asset, Rendition, Span, rendition_key, why_unusable
from domain.media.renditions import AS_UPLOADED

ORIGINAL = "original"
ORIGINAL_LIFETIME = timedelta(hours=1)
FOR_EVER = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A promise of ours that an address may be used until a moment."""

    expires_at: datetime
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A file to hand out, but for its hidden parts, and how long anybody may keep it.

    None to keep for is for nobody but the asker.
    """

    key: str
    content_type: str
    etag: str
    keep_for: timedelta | None
    hidden: tuple[Span, ...] = ()


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


def rendition_path(asset: Asset, rendition: Rendition) -> str:
    """The public path of a rendition, named by the digest of its bytes: they never change."""
    return f"/assets/{asset.id}/{rendition.file_name()}"


def original_path(asset: Asset, *, secret: str, now: datetime) -> str:
    """A path of the original for an hour, for whoever is given it."""
    path = f"/assets/{asset.id}/{ORIGINAL}.{EXTENSIONS[asset.content_type]}"
    signature = sign(secret, f"GET {path}", now + ORIGINAL_LIFETIME)
    return f"{path}?expires={int(signature.expires_at.timestamp())}&signature={signature.code}"


async def served(
    bank: MediaPorts,
    id: str,
    name: str,
    signature: Signature | None,
    *,
    secret: str,
    now: datetime,
) -> Served:
    """The file behind a path, or NotFound; an unusable asset's renditions are found no more."""
    asset = next(iter((await bank.assets.by_ids([id])).values()), None)
    if asset is None:
        raise NotFound("There is no such file.")
    if signature is not None:
        require_signed(secret, f"GET /assets/{id}/{name}", signature, now=now)
        if name == f"{ORIGINAL}.{EXTENSIONS[asset.content_type]}":
            return Served(
                key=asset.original_key(),
                content_type=asset.content_type,
                etag=asset.sha256,
                keep_for=None,
            )
    for rendition in asset.renditions:
        if name == rendition.file_name():
            return _rendition(asset, rendition, now)
    raise NotFound("There is no such file.")


def _rendition(asset: Asset, rendition: Rendition, now: datetime) -> Served:
    if why_unusable(asset, now) is not None:
        raise NotFound("This file may not be shown any more.")
    end = asset.rights.expires_at
    derived = rendition.recipe != AS_UPLOADED
    key = rendition_key(asset.id, rendition)
    return Served(
        key=key if derived else asset.original_key(),
        content_type=rendition.content_type,
        etag=rendition.digest,
        keep_for=FOR_EVER if end is None else min(FOR_EVER, end - now),
        hidden=asset.hidden,
    )
