"""Counting what is sent to the database."""

from collections import defaultdict
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import pymongo.monitoring
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from api.kernel.http import App, Receive, Scope, Send

# Set in whatever a service started when it started: its sweepers, its stream of changes.
BY_ITSELF: ContextVar[bool] = ContextVar("by_itself", default=False)


def apart(app: App) -> App:
    """The same service, with what it does by itself told apart from what it is asked to do."""

    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            BY_ITSELF.set(True)
        await app(scope, receive, send)

    return marked


class RoundTrips(CommandListener):
    """The commands that reached the databases, each one round trip, by database and in order."""

    def __init__(self) -> None:
        self._sent: dict[str, list[str]] = defaultdict(list)

    def started(self, event: CommandStartedEvent) -> None:
        """Note a command, if it does not come from what a service does by itself."""
        if not BY_ITSELF.get():
            self._sent[event.database_name].append(_described(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """An answer is no further trip."""

    def failed(self, event: CommandFailedEvent) -> None:
        """A failure is no further trip."""

    def of(self, database: str) -> list[str]:
        """What was sent to one database so far, such as "find stock"."""
        return self._sent[database]


def _described(command: Mapping[str, Any]) -> str:
    name, target = next(iter(command.items()))
    return f"{name} {command.get('collection', target)}"


ROUND_TRIPS = RoundTrips()
# Every client that is made from here on reports to it.
pymongo.monitoring.register(ROUND_TRIPS)
