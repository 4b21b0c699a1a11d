"""Pages of lists that the database sorts."""

from collections.abc import Callable, Mapping, Sequence
from operator import gt, lt
from typing import Any, TypeVar

from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import ASCENDING, DESCENDING, Collection, Document
from storage.mongo.kernel.documents import understood

T = TypeVar("T")

# Things that share the first of several sort keys are told apart by the others; a list has no more
# of them than this at once.
MOST_TIED = 60
Order = Sequence[tuple[str, int]]
NEWEST_FIRST: Order = (("at", DESCENDING), ("_id", DESCENDING))


async def page(
    collection: Collection,
    wanted: Mapping[str, Any],
    order: Order,
    request: PageRequest,
    cursors: Cursors,
    read: Callable[[Document], T],
) -> Page[T]:
    """A page of what matches, in an order of fields that together are different for each.

    Two round trips. It goes on from where the cursor was, whatever was written meanwhile. All
    fields go in one direction; `cursors` has a kind for each. What `wanted` says of the first field
    is a range.
    """
    [(first, direction), *others] = order
    after = cursors.read(request.after)
    query, tied = dict(wanted), 0
    if after is not None:
        inclusive = "e" if others else ""
        tied = MOST_TIED if others else 0
        beyond_after = {f"${'lt' if direction == DESCENDING else 'gt'}{inclusive}": after[0]}
        query[first] = {**query.get(first, {}), **beyond_after}
    limit = request.first + 1 + tied
    found = await collection.find(query).sort(list(order)).limit(limit).to_list(None)
    keyed = [(tuple(_value(one, field) for field, _ in order), one) for one in found]
    if after is not None:
        beyond = gt if direction == ASCENDING else lt
        keyed = [(key, one) for key, one in keyed if beyond(key, after)]
    shown = keyed[: request.first]
    told = list(understood(read, [one for _, one in shown]))
    return Page(
        items=[value for _, value in told],
        cursors=[cursors.write(*(_value(one, field) for field, _ in order)) for one, _ in told],
        has_next=len(keyed) > len(shown),
        total=await collection.count_documents(wanted),
    )


def _value(document: Document, field: str) -> Any:
    for name in field.split("."):
        document = document[name]
    return document
