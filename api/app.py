"""The HTTP service."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from api.cache import GRAPHQL, PublicAnswers
from api.graphql import Endpoint
from api.kernel.hints import PublicOperations
from api.kernel.http import App, Envelope
from api.kernel.persisted import PersistedQueries
from api.kernel.world import World
from api.mall.fulfilment.payments import payment_routes
from api.media.asset_files import asset_routes
from api.posters.files import poster_routes
from api.schema import schema
from api.sharing.landing import landing

# Older than this, the reference data is no longer trusted to be fresh.
STALE_AFTER_S = 5.0


def make_app(world: World, lifespan: Callable[[Any], AbstractAsyncContextManager[None]]) -> App:
    """Build the service on a world; the lifespan starts and stops what the world needs."""
    persisted = PersistedQueries()
    endpoint = Endpoint(world, persisted)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(request: Request) -> Response:
        staleness_s = world.reference.staleness_s()
        checks = {
            "database": await world.database_answers(),
            "reference": staleness_s < STALE_AFTER_S,
        }
        known = round(staleness_s, 3) if staleness_s != float("inf") else None
        answer = {"ready": all(checks.values()), **checks, "reference_staleness_s": known}
        return JSONResponse(answer, status_code=200 if answer["ready"] else 503)

    async def home(request: Request) -> Response:
        return RedirectResponse(GRAPHQL)

    service = Starlette(
        routes=[
            Route("/", home),
            Route(GRAPHQL, endpoint),
            WebSocketRoute(GRAPHQL, endpoint),
            *asset_routes(world),
            *payment_routes(world),
            Route("/s/{code}", landing(world)),
            *poster_routes(world),
            Route("/health", health),
            Route("/ready", ready),
        ],
        lifespan=lifespan,
    )
    return Envelope(PublicAnswers(service, world, PublicOperations(schema), persisted))
