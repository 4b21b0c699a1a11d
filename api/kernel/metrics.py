"""What a process measures of itself, for Prometheus: `GET /metrics` with a token of its own."""

import hmac
from collections.abc import Iterable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.kernel.requests import BadRequest
from api.kernel.world import Heart, World
from domain.kernel.operating_followers import FollowerStanding

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)
# Paths are what callers like; these are the few that are told apart.
_PARTS = frozenset({"graphql", "assets", "incoming", "pay", "s", "posters", "health", "ready"})


class Metrics:
    """The counts of one process; each part of it tells what it does, from whatever thread."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Histogram(
            "qianmian_request_seconds",
            "Requests, by the part of the service and the status.",
            ("part", "status"),
            buckets=SECONDS,
            registry=registry,
        )
        self._errors = Counter(
            "qianmian_errors", "Errors of answers, by their codes.", ("code",), registry=registry
        )
        self._calls = Histogram(
            "qianmian_database_seconds",
            "Calls to the database, by command and whether it was answered.",
            ("command", "answered"),
            buckets=SECONDS,
            registry=registry,
        )
        self._jobs = Counter(
            "qianmian_job_failures",
            "Work by the clock that failed, by its name.",
            ("job",),
            registry=registry,
        )
        self._late = Gauge(
            "qianmian_follower_late_seconds",
            "How long ago a follower of facts should have known its next one.",
            ("follower",),
            registry=registry,
        )
        self._parked = Gauge(
            "qianmian_follower_parked",
            "Subjects whose facts a follower has given up until an operator sees to them.",
            ("follower",),
            registry=registry,
        )
        self._heart = {
            name: Gauge(f"qianmian_{name}", says, registry=registry)
            for name, says in (
                ("database_answers", "1 where the database has been heard of lately."),
                ("database_commits", "1 where a majority has acknowledged a write lately."),
                ("clocks_agree", "1 where this machine's clock and the database's agree."),
                ("reference_staleness_seconds", "How old at most what is held in memory is."),
            )
        }

    def request(self, path: str, status: int, took_s: float, errors: Iterable[str]) -> None:
        """A request was answered; a socket that was closed has the status 0."""
        first = path.strip("/").partition("/")[0]
        self._requests.labels(first if first in _PARTS else "other", status).observe(took_s)
        for code in errors:
            self._errors.labels(code).inc()

    def call(self, command: str, took_s: float, answered: bool) -> None:
        """The database was asked."""
        self._calls.labels(command, answered).observe(took_s)

    def job_failed(self, name: str) -> None:
        """Work by the clock could not be done."""
        self._jobs.labels(name).inc()

    def followers(self, standings: Sequence[FollowerStanding]) -> None:
        """How the followers of facts stand, all processes' alike."""
        for one in standings:
            self._late.labels(one.name).set(one.late_by.total_seconds())
            self._parked.labels(one.name).set(len(one.parked))

    def told(self, heart: Heart) -> bytes:
        """All of it, as Prometheus reads it."""
        self._heart["database_answers"].set(heart.answers)
        self._heart["database_commits"].set(heart.commits)
        self._heart["clocks_agree"].set(heart.clocks)
        self._heart["reference_staleness_seconds"].set(heart.staleness_s())
        return generate_latest(self._registry)


def metrics_routes(metrics: Metrics, world: World, token: str | None) -> list[Route]:
    """The route, for whoever has the token; none where there is no token."""
    if token is None:
        return []
    wanted = f"Bearer {token}".encode()

    async def measured(request: Request) -> Response:
        sent = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(sent, wanted):
            raise BadRequest(
                "Send QIANMIAN_METRICS_TOKEN as `Authorization: Bearer TOKEN`.",
                code="UNAUTHENTICATED",
                status=401,
            )
        return Response(metrics.told(world.heart), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", measured)]
