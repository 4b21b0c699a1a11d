"""Access tokens: signed, short-lived, carrying the viewer's scope."""

from datetime import UTC, datetime, timedelta

import jwt

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Unauthenticated
from domain.people.viewer import Role, Viewer

ACCESS_LIFETIME = timedelta(minutes=30)
_ALGORITHM = "HS256"
_CLAIMS = {"store": "store_id", "region": "region_id", "dept": "department"}


def issue_access_token(viewer: Viewer, *, secret: str, now: datetime) -> str:
    """Sign who the viewer is and what they may touch; good for 30 minutes."""
    claims: dict[str, object] = {
        "sub": viewer.id,
        "role": viewer.role.value,
        "name": viewer.name,
        "iat": now,
        "exp": now + ACCESS_LIFETIME,
    }
    for claim, attribute in _CLAIMS.items():
        value = getattr(viewer, attribute)
        if value is not None:
            claims[claim] = value
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


def read_access_token(token: str, *, secret: str, now: datetime) -> Viewer:
    """Read the viewer back; a forged, foreign or expired token is Unauthenticated."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            # The moment is an argument here, not the library's own clock.
            options={"require": ["sub", "role", "exp"], "verify_exp": False, "verify_iat": False},
        )
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        scope = {attribute: claims.get(claim) for claim, attribute in _CLAIMS.items()}
        viewer = Viewer(
            id=PersonId(claims["sub"]),
            role=Role(claims["role"]),
            name=claims.get("name", ""),
            **scope,
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise Unauthenticated("This access token is not valid; sign in again.") from None
    if now >= expires_at:
        raise Unauthenticated("This access token has expired; refresh it or sign in again.")
    return viewer
