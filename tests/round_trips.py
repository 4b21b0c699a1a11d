"""Counting what is sent to the database."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pymongo.monitoring
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)


class RoundTrips(CommandListener):
    """The commands that reached the databases, each one round trip, by database and in order."""

    def __init__(self) -> None:
        self._sent: dict[str, list[str]] = defaultdict(list)

    def started(self, event: CommandStartedEvent) -> None:
        """Note a command; the standing stream of changes is no part of any request."""
        stream = "$changeStream" in str(event.command.get("pipeline", ""))
        if not stream and event.command.get("collection") != "$cmd.aggregate":
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
