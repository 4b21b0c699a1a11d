"""Operations over a web socket: who asks, and what they see of errors."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from api.kernel.context import Context, context_of, viewer_of
from api.kernel.errors import formatted
from domain.people.tokens import ACCESS_LIFETIME

# What one socket may have running at once; a mini-program has five sockets.
MOST_SUBSCRIPTIONS = 20


@dataclass
class Socket:
    """A connection; the protocol sets `connection_params` to the payload of connection_init."""

    context: Context
    connection_params: dict[str, Any] | None = field(default=None)

    def identify(self) -> None:
        """Read the viewer from `authorization` in the payload, if it is there."""
        params = self.connection_params or {}
        token = params.get("authorization") or params.get("Authorization")
        if token is not None:
            viewer = viewer_of(
                str(token), secret=self.context.world.people.secret, now=self.context.world.now()
            )
            self.context = context_of(self.context.world, viewer, self.context.request_id)

    def fresh_context(self) -> Context:
        """The context of one operation, with its own moment and loaders."""
        return context_of(self.context.world, self.context.viewer, self.context.request_id)


def ends_at(context: Context) -> datetime:
    """When a subscription ends, so that nobody follows longer than a token is good for."""
    return context.now + ACCESS_LIFETIME


async def masked(results: Any, *, request_id: str) -> AsyncIterator[Any]:
    """The results of an operation with their errors as clients may see them."""
    async with contextlib.aclosing(results):
        async for result in results:
            if getattr(result, "errors", None):
                result.errors = [_masked(one, request_id) for one in result.errors]
            yield result


def _masked(error: GraphQLError, request_id: str) -> GraphQLError:
    if error.original_error is None or isinstance(error.original_error, GraphQLError):
        return error
    shown = formatted(error, request_id=request_id)
    return GraphQLError(
        shown["message"], nodes=error.nodes, path=error.path, extensions=shown["extensions"]
    )
