"""The GraphQL endpoint."""

from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from api.kernel.answers import answered, media_type, prefers_html, unreadable
from api.kernel.console import console_page
from api.kernel.context import Context, asker_of, context_of
from api.kernel.hints import CLEAN
from api.kernel.logs import noted, operation_of
from api.kernel.persisted import PersistedQueries
from api.kernel.requests import JSON, BadRequest, GraphQLRequest, read_request
from api.kernel.sockets import Sockets
from api.kernel.world import World
from api.schema import schema
from domain.kernel.refusals import Refusal, Unavailable
from domain.people.tokens import AccessToken
from domain.people.viewer import ANONYMOUS

_ALLOWED = {
    "GET": {OperationType.QUERY},
    "POST": {OperationType.QUERY, OperationType.MUTATION},
}


class Endpoint:
    """GraphQL over HTTP and over `graphql-transport-ws`, with one file per multipart upload."""

    def __init__(
        self, world: World, persisted: PersistedQueries, origins: Sequence[str] = ()
    ) -> None:
        self._world = world
        self._persisted = persisted
        self._sockets = Sockets(schema, world, persisted, origins)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request or a socket."""
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        finally:
            # Lets go of the files that came with it.
            await request.close()
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        accept = request.headers.get("accept", "")
        kind = media_type(accept)
        if _wants_the_page(request, accept):
            return console_page()
        try:
            return await self._execute(request, kind)
        except BadRequest as fault:
            noted(request.scope).errors = [fault.code]
            request_id = request.scope.get("request_id", "")
            return unreadable(fault, kind=kind or JSON, request_id=request_id)

    async def _execute(self, request: Request, kind: str | None) -> Response:
        """Read a request, do what it asks for and pack what came of it."""
        if request.method not in _ALLOWED:
            raise _not_by(request.method)
        if kind is None:
            raise BadRequest(
                f"Answers are {JSON} or application/graphql-response+json; accept one of them.",
                code="NOT_ACCEPTABLE",
                status=406,
            )
        token = await self._token(request)
        asked = await read_request(request)
        query = self._persisted.resolve(asked.query, asked.extensions)
        if not query:
            raise BadRequest("The request has no query.")
        notes = noted(request.scope)
        notes.operation = operation_of(query, asked.operation_name)
        notes.role = (token.viewer if token else ANONYMOUS).role
        request_id = request.scope.get("request_id", "")
        context = context_of(self._world, token, request_id, notes.address)
        data, errors = await self._run(request, query, asked, context)
        request.scope[CLEAN] = not errors
        return answered(data, errors, kind=kind, request_id=request_id, notes=notes)

    async def _run(
        self, request: Request, query: str, asked: GraphQLRequest, context: Context
    ) -> tuple[Any, Sequence[GraphQLError]]:
        try:
            result = await schema.execute(
                query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=_ALLOWED[request.method],
            )
        except CannotGetOperationTypeError as fault:
            return None, [GraphQLError(fault.as_http_error_reason())]
        except InvalidOperationTypeError as fault:
            if fault.operation_type is OperationType.SUBSCRIPTION:
                raise BadRequest(
                    "Subscriptions go over a web socket with graphql-transport-ws."
                ) from None
            raise _not_by(request.method) from None
        return result.data, result.errors or ()

    async def _token(self, request: Request) -> AccessToken | None:
        try:
            return await asker_of(self._world, request.headers.get("authorization"))
        except Refusal as refusal:
            status = 503 if isinstance(refusal, Unavailable) else 401
            raise BadRequest(refusal.message, code=refusal.code.value, status=status) from None


def _wants_the_page(request: Request, accept: str) -> bool:
    """Whether a browser came here, and not a program with a query."""
    asks = request.query_params.keys() & {"query", "extensions"}
    return request.method == "GET" and not asks and prefers_html(accept)


def _not_by(method: str) -> BadRequest:
    return BadRequest(
        f"{method} can't do this; send queries by GET or POST and mutations by POST.",
        code="METHOD_NOT_ALLOWED",
        status=405,
    )
