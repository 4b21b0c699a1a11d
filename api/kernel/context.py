"""What a resolver knows of the request it serves."""

from dataclasses import dataclass
from datetime import datetime

import strawberry

from api.kernel.loaders import Loaders
from api.kernel.world import World
from domain.kernel.refusals import Unauthenticated
from domain.people.tokens import read_access_token
from domain.people.viewer import ANONYMOUS, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request: who asks, when, and the world to answer from."""

    world: World
    viewer: Viewer
    now: datetime
    request_id: str
    loaders: Loaders


Info = strawberry.Info[Context, None]


def viewer_of(authorization: str | None, *, secret: str, now: datetime) -> Viewer:
    """Read the viewer from an Authorization header; without one, they are anonymous."""
    if not authorization:
        return ANONYMOUS
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Send the access token as `Authorization: Bearer TOKEN`.")
    return read_access_token(token.strip(), secret=secret, now=now)
