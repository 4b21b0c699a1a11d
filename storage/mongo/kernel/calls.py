"""Every call to the database, measured; a slow one is logged by its shape, without its values."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from storage.mongo.kernel.database import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

logger = logging.getLogger(__name__)

SLOW_S = 0.5
LONGEST_SHAPE = 500
MOST_KEPT = 10_000
# These wait for news by themselves.
_WAITING = "getMore"
_SHOWN = ("filter", "query", "sort", "pipeline", "updates", "deletes")

# A command's name, how long it took in seconds, and whether it was answered.
Observe = Callable[[str, float, bool], None]


class Calls(CommandListener):
    """Tells of each call how long it took; it is called by the driver's threads."""

    def __init__(self, observe: Observe) -> None:
        self._observe = observe
        self._asked: dict[int, Mapping[str, Any]] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """Keep what was asked until it is answered."""
        if event.command_name != _WAITING and len(self._asked) < MOST_KEPT:
            self._asked[event.request_id] = event.command

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """It was answered."""
        self._ended(event, True)

    def failed(self, event: CommandFailedEvent) -> None:
        """It was not."""
        self._ended(event, False)

    def _ended(self, event: CommandSucceededEvent | CommandFailedEvent, answered: bool) -> None:
        if event.command_name == _WAITING:
            return
        took_s = event.duration_micros / 1_000_000
        self._observe(event.command_name, took_s, answered)
        command = self._asked.pop(event.request_id, None)
        if command is not None and took_s >= SLOW_S:
            extra = {"duration_ms": round(took_s * 1_000, 1), "statement": shape_of(command)}
            logger.warning("a slow call to the database", extra=extra)


def shape_of(command: Mapping[str, Any]) -> str:
    """What a command asks of which collection, without any value: `find orders {"filter": …}`."""
    kind = next(iter(command), "")
    asked = {name: _without_values(command[name]) for name in _SHOWN if command.get(name)}
    return f"{kind} {command.get(kind, '')} {json.dumps(asked)}"[:LONGEST_SHAPE]


def _without_values(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _without_values(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        # Of a thousand writes or values, one says what they all look like.
        return [_without_values(one) for one in value[:1]]
    return "?"
