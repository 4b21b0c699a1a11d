"""The tokens that clients keep, all of them signed: for access, for refreshing, of a device."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Unauthenticated
from domain.people.viewer import Role, Viewer

ACCESS_LIFETIME = timedelta(minutes=30)
DEVICE_LIFETIME = timedelta(days=180)
_ALGORITHM = "HS256"
_DEVICE = "device"
_CLAIMS = {"store": "store_id", "region": "region_id", "owner": "owner_id", "dept": "department"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What an access token says: who acts until when, in which session, by which account.

    `version` is that of the account which the viewer was read from, 0 for those that have none.
    """

    viewer: Viewer
    expires_at: datetime
    session_id: str | None = None
    version: int = 0


def issue_access_token(
    viewer: Viewer,
    *,
    secret: str,
    now: datetime,
    session_id: str | None = None,
    version: int = 0,
) -> str:
    """Sign who the viewer is and what they may touch; good for 30 minutes."""
    claims: dict[str, object] = {
        "sub": viewer.id,
        "role": viewer.role.value,
        "name": viewer.name,
        "iat": now,
        "exp": now + ACCESS_LIFETIME,
    }
    if session_id is not None:
        claims |= {"sid": session_id, "ver": version}
    for claim, attribute in _CLAIMS.items():
        value = getattr(viewer, attribute)
        if value is not None:
            claims[claim] = value
    if viewer.also:
        claims["also"] = list(viewer.also)
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def read_access_token(token: str, *, secret: str, now: datetime) -> AccessToken:
    """Read what a token says; a forged, foreign or expired one is Unauthenticated."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            # The moment is an argument here, not the library's own clock.
            options={"require": ["sub", "role", "exp"], "verify_exp": False, "verify_iat": False},
        )
        read = AccessToken(
            viewer=_viewer(claims),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            session_id=claims.get("sid"),
            version=int(claims.get("ver", 0)),
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise Unauthenticated("This access token is not valid; sign in again.") from None
    require_unexpired(read, now)
    return read


def require_unexpired(token: AccessToken, now: datetime) -> None:
    """Refuse a token whose time is over."""
    if now >= token.expires_at:
        raise Unauthenticated("This access token has expired; refresh it or sign in again.")


def refresh_token_of(session_id: str, generation: int, *, secret: str) -> str:
    """The refresh token of a session's so manieth pair, the same whoever makes it."""
    return f"{session_id}.{generation}.{_signature(session_id, generation, secret)}"


def read_refresh_token(token: str, *, secret: str) -> tuple[str, int] | None:
    """The session and the generation of a refresh token; None for what we never gave."""
    session_id, _, rest = token.partition(".")
    number, _, signature = rest.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) <= 9):
        return None
    ours = _signature(session_id, int(number), secret)
    known = hmac.compare_digest(ours.encode(), signature.encode(errors="replace"))
    return (session_id, int(number)) if known else None


def issue_device_token(login: str, *, id: str, secret: str, now: datetime) -> str:
    """Sign that somebody signed in by this login on a device; good for 180 days."""
    claims = {"sub": login, "jti": id, "aud": _DEVICE, "exp": now + DEVICE_LIFETIME}
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def device_of(token: str | None, login: str, *, secret: str, now: datetime) -> str | None:
    """The device on which this login was used before; None where the token does not say so."""
    if token is None:
        return None
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=_DEVICE,
            options={"require": ["sub", "jti", "exp"], "verify_exp": False, "verify_iat": False},
        )
    except (jwt.PyJWTError, ValueError):
        return None
    good = claims["sub"] == login and now.timestamp() < claims["exp"]
    return str(claims["jti"]) if good else None


def _viewer(claims: dict[str, Any]) -> Viewer:
    scope: dict[str, Any] = {attribute: claims.get(claim) for claim, attribute in _CLAIMS.items()}
    return Viewer(
        id=PersonId(claims["sub"]),
        role=Role(claims["role"]),
        name=claims.get("name", ""),
        also=tuple(PersonId(one) for one in claims.get("also", ())),
        **scope,
    )


def _signature(session_id: str, generation: int, secret: str) -> str:
    # A key of its own: nothing else that is signed with the secret can pass for this.
    key = hmac.digest(secret.encode(), b"refresh tokens", hashlib.sha256)
    message = f"{session_id}.{generation}".encode(errors="replace")
    return urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).decode().rstrip("=")
