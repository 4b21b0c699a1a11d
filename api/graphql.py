"""The GraphQL endpoint."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult

from api.context import Context, viewer_of
from api.errors import formatted
from api.loaders import Loaders
from api.schema import schema
from api.world import World
from domain.refusals import Refusal


class Endpoint(GraphQL[Context, None]):
    """GraphQL over HTTP and over `graphql-transport-ws`, with one file per multipart upload."""

    def __init__(self, world: World) -> None:
        super().__init__(
            schema,
            multipart_uploads_enabled=True,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
        )
        self._world = world

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request; one with an unusable token is answered before anything runs."""
        if scope["type"] == "http":
            try:
                self._viewer(Request(scope))
            except Refusal as refusal:
                await _refused(refusal, scope)(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    async def run(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer a request, and let go of the files that came with it."""
        try:
            return await super().run(request, *args, **kwargs)
        finally:
            if isinstance(request, Request):
                await request.close()

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """Gather what the resolvers need to know of this request."""
        return Context(
            world=self._world,
            viewer=self._viewer(request),
            now=self._world.now(),
            request_id=request.scope.get("request_id", ""),
            loaders=Loaders(self._world),
        )

    async def process_result(
        self, request: Request, result: ExecutionResult, **_: Any
    ) -> GraphQLHTTPResponse:
        """Pack a result with its errors as clients may see them."""
        answer: GraphQLHTTPResponse = {"data": result.data}
        if result.errors:
            request_id = request.scope.get("request_id", "")
            answer["errors"] = [formatted(one, request_id=request_id) for one in result.errors]
        return answer

    def _viewer(self, request: Request | WebSocket) -> Any:
        return viewer_of(
            request.headers.get("authorization"),
            secret=self._world.people.secret,
            now=self._world.now(),
        )


def _refused(refusal: Refusal, scope: Any) -> Response:
    error = {
        "message": refusal.message,
        "extensions": {"code": refusal.code.value, "requestId": scope.get("request_id", "")},
    }
    body = json.dumps({"data": None, "errors": [error]}, ensure_ascii=False)
    return Response(body, status_code=401, media_type="application/json")
