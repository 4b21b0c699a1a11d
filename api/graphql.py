"""The GraphQL endpoint."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.unset import UNSET

from api.cache import CLEAN
from api.kernel.context import Context, context_of, viewer_of
from api.kernel.errors import formatted
from api.kernel.persisted import PersistedQueries, PersistedQueryError
from api.kernel.sockets import MOST_SUBSCRIPTIONS, Socket
from api.kernel.world import World
from api.schema import schema
from domain.kernel.refusals import Refusal


class Endpoint(GraphQL[Context | Socket, None]):
    """GraphQL over HTTP and over `graphql-transport-ws`, with one file per multipart upload."""

    def __init__(self, world: World, persisted: PersistedQueries) -> None:
        super().__init__(
            schema,
            multipart_uploads_enabled=True,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            max_subscriptions_per_connection=MOST_SUBSCRIPTIONS,
        )
        self._world = world
        self._persisted = persisted

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request; one with an unusable token is answered before anything runs."""
        if scope["type"] == "http":
            try:
                self._viewer(Request(scope))
            except Refusal as refusal:
                response = _refused(refusal.message, refusal.code.value, 401, scope)
                await response(scope, receive, send)
                return
        try:
            await super().__call__(scope, receive, send)
        except PersistedQueryError as refusal:
            response = _refused(refusal.message, refusal.code, refusal.status, scope)
            await response(scope, receive, send)

    def should_render_graphql_ide(self, request: Any) -> bool:
        """Show the editor to a browser; a GET that names its query wants an answer."""
        return "extensions" not in request.query_params and super().should_render_graphql_ide(
            request
        )

    async def parse_http_body(self, request: Any) -> Any:
        """Read a request; a query that it only names is looked up."""
        data = await super().parse_http_body(request)
        if isinstance(data, GraphQLRequestData):
            data.query = self._persisted.resolve(data.query, data.extensions)
        return data

    def encode_json(self, data: object) -> str:
        """Write an answer as compact JSON, with Chinese as it is."""
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    async def run(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer a request, and let go of the files that came with it."""
        try:
            return await super().run(request, *args, **kwargs)
        finally:
            if isinstance(request, Request):
                await request.close()

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context | Socket:
        """Gather what the resolvers need to know of this request."""
        viewer = self._viewer(request)
        context = context_of(self._world, viewer, request.scope.get("request_id", ""))
        return Socket(context) if isinstance(request, WebSocket) else context

    async def on_ws_connect(self, context: Context | Socket) -> Any:
        """Learn who opened a socket; one with an unusable token is closed."""
        if isinstance(context, Socket):
            try:
                context.identify()
            except Refusal as refusal:
                raise ConnectionRejectionError from refusal
        return UNSET

    async def process_result(
        self, request: Request, result: ExecutionResult, **_: Any
    ) -> GraphQLHTTPResponse:
        """Pack a result with its errors as clients may see them."""
        answer: GraphQLHTTPResponse = {"data": result.data}
        if result.errors:
            request_id = request.scope.get("request_id", "")
            answer["errors"] = [formatted(one, request_id=request_id) for one in result.errors]
        else:
            request.scope[CLEAN] = True
        return answer

    def _viewer(self, request: Request | WebSocket) -> Any:
        return viewer_of(
            request.headers.get("authorization"),
            secret=self._world.people.secret,
            now=self._world.now(),
        )


def _refused(message: str, code: str, status: int, scope: Any) -> Response:
    extensions = {"code": code, "requestId": scope.get("request_id", "")}
    body = {"data": None, "errors": [{"message": message, "extensions": extensions}]}
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status_code=status, media_type="application/json")
