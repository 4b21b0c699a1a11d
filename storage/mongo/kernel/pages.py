"""Pages of lists that the database sorts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import gt, lt
from typing import Any, TypeVar

from domain.kernel.paging import Cursors, Page, PageRequest
from storage.mongo.kernel.database import ASCENDING, DESCENDING, Collection, Document
from storage.mongo.kernel.documents import understood

T = TypeVar("T")

# Things that share the first of several sort keys are told apart by the others; a list has no more
# of them than this at once.
MOST_TIED = 60
# As fine as the database tells moments apart.
_MOMENT = timedelta(milliseconds=1)
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
    at, backwards = cursors.read_either(request.after)
    [(first, direction), *others] = order
    if backwards:
        direction = DESCENDING if direction == ASCENDING else ASCENDING
    query, tied = dict(wanted), 0
    if at is not None:
        tied = MOST_TIED if others else 0
        query[first] = {**query.get(first, {}), **_from(at[0], direction, tied=bool(others))}
    limit = request.first + 1 + tied
    sort = [(field, direction) for field, _ in order]
    found = await collection.find(query).sort(sort).limit(limit).to_list(None)
    keyed = [(tuple(_value(one, field) for field, _ in order), one) for one in found]
    if at is not None:
        beyond = gt if direction == ASCENDING else lt
        keyed = [(key, one) for key, one in keyed if beyond(key, at)]
    more = len(keyed) > request.first
    shown = [one for _, one in keyed[: request.first]]
    if backwards:
        shown.reverse()
    told = list(understood(read, shown))
    keys = [tuple(_value(one, field) for field, _ in order) for one, _ in told]
    # A page that was come to from either side has its neighbour on that side.
    earlier = more if backwards else at is not None
    return Page(
        items=[value for _, value in told],
        cursors=[cursors.write(*key) for key in keys],
        has_next=backwards or more,
        total=await collection.count_documents(wanted),
        back=cursors.write_back(*keys[0]) if earlier and keys else None,
    )


def since(moment: datetime) -> Document:
    """The range from a moment on, with what is of the moment itself.

    The embedded server loses what lies at the end of an inclusive range of an index that goes on
    with another field, so a moment is included by the exclusion of the one before.
    """
    return {"$gt": moment - _MOMENT}


def _from(value: Any, direction: int, *, tied: bool) -> Document:
    """The range of what comes after a value, with the value itself where others may have it too.

    A moment and a number are included by the next one's exclusion, as by `since`.
    """
    way = "$lt" if direction == DESCENDING else "$gt"
    if not tied:
        return {way: value}
    sign = 1 if direction == DESCENDING else -1
    if isinstance(value, datetime):
        return {way: value + sign * _MOMENT}
    if isinstance(value, int):
        return {way: value + sign}
    return {f"{way}e": value}


def _value(document: Document, field: str) -> Any:
    for name in field.split("."):
        document = document[name]
    return document
