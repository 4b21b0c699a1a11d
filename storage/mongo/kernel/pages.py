"""Pages of lists that are in the order of time."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from domain.kernel.paging import Page, PageRequest, write_cursor
from domain.kernel.refusals import Invalid
from storage.mongo.kernel.database import DESCENDING, Collection, Document

T = TypeVar("T")

# Things of one millisecond are told apart by their ids; a list that starts with an equality has
# no more of them than this.
SAME_MOMENT = 60


async def page_by_time(
    collection: Collection,
    wanted: Mapping[str, Any],
    field: str,
    request: PageRequest,
    read: Callable[[Document], T],
) -> Page[T]:
    """A page of what matches, the newest first by a field that holds a moment."""
    total = await collection.count_documents(wanted)
    position = request.position()
    query = {**wanted, **({field: {"$lte": _moment(position)}} if position else {})}
    newest_first = [(field, DESCENDING), ("_id", DESCENDING)]
    limit = request.first + 1 + SAME_MOMENT
    found = await collection.find(query).sort(newest_first).limit(limit).to_list(None)
    if position:
        found = [one for one in found if _key(one, field) < position]
    shown = found[: request.first]
    return Page(
        items=[read(one) for one in shown],
        cursors=[write_cursor(*_key(one, field)) for one in shown],
        has_next=len(found) > len(shown),
        total=total,
    )


def _key(document: Document, field: str) -> list[str]:
    return [document[field].isoformat(timespec="milliseconds"), document["_id"]]


def _moment(position: list[Any]) -> datetime:
    try:
        return datetime.fromisoformat(position[0])
    except (TypeError, ValueError):
        raise Invalid(
            "This cursor is of another list; start from the first page.", field=["after"]
        ) from None
