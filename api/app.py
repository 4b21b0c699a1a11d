"""The HTTP service."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from api.cache import PublicAnswers
from api.contact.callbacks import contact_routes
from api.graphql import Endpoint
from api.kernel.answers import error_body
from api.kernel.clients import NOBODY, Proxies
from api.kernel.console import console_files
from api.kernel.errors import INTERNAL
from api.kernel.hints import PublicOperations
from api.kernel.http import GRAPHQL, App, Envelope, Message, Receive, Scope, Send
from api.kernel.logs import noted
from api.kernel.metrics import Metrics, metrics_routes
from api.kernel.persisted import PersistedQueries
from api.kernel.requests import BadRequest
from api.kernel.stopping import Stopping
from api.kernel.world import World
from api.mall.fulfilment.payments import payment_routes
from api.media.asset_files import asset_routes
from api.messaging.callbacks import follower_routes
from api.pages.shells import NOBODY_LET_IN, Desk, page_routes
from api.posters.files import poster_routes
from api.schema import schema
from api.sharing.landing import landing
from domain.kernel.refusals import Unavailable

# Older than this, the reference data is no longer trusted to be fresh.
STALE_AFTER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What an operator says of the world outside.

    `origins` are the sites whose pages may call the service, `proxies` those that are believed
    about where a request comes from, and `counts_addresses` is whether limits are by address too;
    `desk` is what its own pages are told; `metrics_token` is what whoever reads the metrics sends.
    """

    origins: tuple[str, ...] = ()
    proxies: Proxies = NOBODY
    counts_addresses: bool = True
    desk: Desk = NOBODY_LET_IN
    metrics_token: str | None = None


def make_app(
    world: World,
    lifespan: Callable[[Any], AbstractAsyncContextManager[None]],
    edge: Edge = Edge(),
    stopping: Stopping | None = None,
    metrics: Metrics | None = None,
) -> App:
    """Build the service on a world; the lifespan starts and stops what the world needs."""
    stopping = stopping or Stopping()
    metrics = metrics or Metrics()
    persisted = PersistedQueries(world.registered)
    endpoint = Endpoint(world, persisted, edge.origins)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(request: Request) -> Response:
        staleness_s = world.heart.staleness_s()
        checks = {
            "database": world.heart.answers and world.heart.commits,
            "reference": staleness_s < STALE_AFTER_S,
            "clocks": world.heart.clocks,
            "schema": world.heart.reads,
            "staying": not stopping.begun,
        }
        known = round(staleness_s, 3) if staleness_s != float("inf") else None
        answer = {"ready": all(checks.values()), **checks, "reference_staleness_s": known}
        return JSONResponse(answer, status_code=200 if answer["ready"] else 503)

    service = Starlette(
        routes=[
            Route(GRAPHQL, endpoint),
            WebSocketRoute(GRAPHQL, endpoint),
            *console_files(),
            *page_routes(world, edge.desk),
            *_waiting(
                world,
                *asset_routes(world),
                *payment_routes(world),
                *contact_routes(world),
                *follower_routes(world),
                Route("/s/{code}", landing(world)),
                *poster_routes(world),
            ),
            Route("/health", health),
            Route("/ready", ready),
            *metrics_routes(metrics, world, edge.metrics_token),
        ],
        lifespan=lifespan,
        exception_handlers={
            HTTPException: _not_served,
            BadRequest: _unreadable,
            Unavailable: _not_now,
            Exception: _broke,
        },
    )
    answers: App = PublicAnswers(service, world, PublicOperations(schema), persisted)
    if edge.origins:
        answers = _shared_with(edge.origins, answers)
    return Envelope(
        answers,
        proxies=edge.proxies,
        counts_addresses=edge.counts_addresses,
        stopping=stopping,
        metrics=metrics,
    )


def _shared_with(origins: tuple[str, ...], app: App) -> App:
    """Let pages of other sites call the service; no cookie is ever part of it."""
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=["Authorization", "Content-Type", "X-Request-Id"],
        expose_headers=["X-Request-Id", "ETag"],
        max_age=600,
    )


async def _not_served(request: Request, fault: Exception) -> Response:
    """Tell in JSON that there is nothing at an address, or not by this method."""
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    headers = fault.headers if isinstance(fault, HTTPException) else None
    return _error(request, HTTPStatus(status).phrase, HTTPStatus(status).name, status, headers)


async def _unreadable(request: Request, fault: Exception) -> Response:
    """Tell in JSON what is wrong with a request."""
    if not isinstance(fault, BadRequest):
        raise fault
    return _error(request, fault.message, fault.code, fault.status, {"connection": "close"})


def _waiting(world: World, *routes: Route) -> list[Route]:
    """Routes that wait for the database until they begin to answer, and not where it is silent."""
    for route in routes:
        route.app = _answering(world, route.app)
    return list(routes)


def _answering(world: World, app: App) -> App:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async with world.heart.waiting() as have_it:

            async def begin(message: Message) -> None:
                have_it()
                await send(message)

            await app(scope, receive, begin)

    return answer


async def _not_now(request: Request, fault: Exception) -> Response:
    """Tell in JSON that a part of the service does not answer."""
    assert isinstance(fault, Unavailable)
    return _error(request, fault.message, fault.code.value, 503, {"retry-after": "2"})


async def _broke(request: Request, _: Exception) -> Response:
    """Tell that we are at fault; the envelope logs the trace."""
    return _error(request, INTERNAL, "INTERNAL", 500)


def _error(
    request: Request,
    message: str,
    code: str,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    noted(request.scope).errors = [code]
    body = error_body(message, code, request.scope.get("request_id", ""))
    return JSONResponse(body, status_code=status, headers=headers)
