"""Bringing a copy of a document up to a moment by what the stream of changes told until then."""

from collections.abc import Mapping, Sequence
from typing import Any

from storage.mongo.kernel.database import Document


def replayed(document: Document | None, changes: Sequence[Mapping[str, Any]]) -> Document | None:
    """What a document was after changes, in their order; None where it is gone.

    The copy may have been taken before, between or after them: each says what came of it and not
    what was done, so that doing it again up to the last one changes nothing.
    """
    for change in changes:
        kind = change["operationType"]
        if kind in ("insert", "replace"):
            document = dict(change["fullDocument"])
        elif kind == "delete":
            document = None
        elif document is not None:
            # Without the document there is a later change by which it went.
            _update(document, change["updateDescription"])
    return document


def _update(document: Document, description: Mapping[str, Any]) -> None:
    for cut in description.get("truncatedArrays") or ():
        holder, last = _holder(document, cut["field"])
        if holder is not None and isinstance(found := _get(holder, last), list):
            del found[cut["newSize"] :]
    for path in description.get("removedFields") or ():
        holder, last = _holder(document, path)
        if isinstance(holder, dict):
            holder.pop(last, None)
    for path, value in (description.get("updatedFields") or {}).items():
        holder, last = _holder(document, path)
        if isinstance(holder, dict):
            holder[last] = value
        elif isinstance(holder, list):
            holder.extend([None] * (int(last) + 1 - len(holder)))
            holder[int(last)] = value


def _holder(document: Document, path: str) -> tuple[Any, str]:
    """What a path's last step is in; None where a later change has put something else there."""
    *way, last = path.split(".")
    holder: Any = document
    for step in way:
        holder = _get(holder, step)
    whole = isinstance(holder, dict) or (isinstance(holder, list) and last.isdecimal())
    return (holder if whole else None), last


def _get(holder: Any, step: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(step)
    if isinstance(holder, list) and step.isdecimal() and int(step) < len(holder):
        return holder[int(step)]
    return None
