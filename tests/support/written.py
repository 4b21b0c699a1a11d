"""Which collections have been written to, so that a test's database is emptied of these alone."""

import subprocess
from collections import defaultdict
from typing import Any

import pymongo.monitoring
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

WRITES = frozenset({"insert", "update", "findAndModify"})


class Written(CommandListener):
    """The collections that this process has put something into since it was last asked."""

    def __init__(self) -> None:
        self._into: dict[str, set[str]] = defaultdict(set)

    def started(self, event: CommandStartedEvent) -> None:
        """Note where a write goes; what takes something away leaves nothing to be emptied."""
        verb, collection = next(iter(event.command.items()))
        if verb in WRITES:
            self._into[event.database_name].add(collection)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Where it went is known."""

    def failed(self, event: CommandFailedEvent) -> None:
        """It may have been done all the same."""

    def taken(self, database: str) -> set[str]:
        """These collections of a database, once."""
        return self._into.pop(database, set())


class Others:
    """Whether this process has started others, which may write what it is not told of."""

    def __init__(self) -> None:
        self._started = False

    def taken(self) -> bool:
        """Whether it has since it was last asked."""
        started, self._started = self._started, False
        return started

    def heed(self) -> None:
        """Note each process that is started from now on."""
        begin = subprocess.Popen.__init__

        def noted(*args: Any, **kwargs: Any) -> None:
            self._started = True
            begin(*args, **kwargs)

        subprocess.Popen.__init__ = noted  # type: ignore[method-assign]


WRITTEN, OTHERS = Written(), Others()
OTHERS.heed()
# Every client that is made from here on reports to it.
pymongo.monitoring.register(WRITTEN)
