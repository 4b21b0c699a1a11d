"""The log: one line for each request, one JSON object for each line."""

import json
import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from api.kernel.limits import MAX_ERRORS

NOTES = "qianmian.notes"
_OPERATION = re.compile(r"\s*(?:query|mutation|subscription)\s+([_A-Za-z][_0-9A-Za-z]{0,63})")
_LONGEST_NAME = 64
_as_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(slots=True)
class Notes:
    """What is learned of a request on its way, for its line in the log.

    `address` is what limits count, None where they count no addresses.
    """

    client: str | None = None
    address: str | None = None
    operation: str | None = None
    role: str | None = None
    errors: list[str] = field(default_factory=list)

    def of_errors(self, errors: list[dict[str, Any]]) -> None:
        """Note the codes of an answer's errors, each once."""
        codes = (str(one["extensions"]["code"]) for one in errors[:MAX_ERRORS])
        self.errors = list(dict.fromkeys(codes))


def noted(scope: Any) -> Notes:
    """The notes of a request."""
    notes: Notes = scope.setdefault(NOTES, Notes())
    return notes


def operation_of(query: str, name: str | None) -> str | None:
    """The name by which an operation appears in the log."""
    if name:
        return name[:_LONGEST_NAME]
    found = _OPERATION.match(query)
    return found.group(1) if found else None


class JsonLines(logging.Formatter):
    """Writes each log record as one JSON object a line."""

    FIELDS = (
        "request_id",
        "client",
        "method",
        "path",
        "status",
        "duration_ms",
        "operation",
        "role",
        "errors",
        "statement",
    )

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({name: getattr(record, name) for name in self.FIELDS if hasattr(record, name)})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return _as_json(line)
