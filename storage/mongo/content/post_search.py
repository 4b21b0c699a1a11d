"""Searching posts in one round trip: the pipeline, and what it gives back."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.content.search import searchable
from domain.content.search.searches import PostOrder, Search
from domain.kernel.paging import PageRequest, write_cursor
from domain.kernel.refusals import Invalid
from storage.mongo.kernel.database import Document

Stage = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ON_SHOW = "showings.facets."
_LATEST = "latest."
COUNTED = {
    PostOrder.MOST_USED: "$counts.uses",
    PostOrder.MOST_LIKED: "$counts.likes",
    PostOrder.MOST_REPORTED: "$counts.reports",
}
# How much a term counts by the place where it is found.
_IN_TITLE, _IN_TAGS, _ELSEWHERE = 4, 2, 1


def starts_from_words(search: Search) -> bool:
    """Whether the search begins with the words of revisions, not with posts."""
    return bool(search.terms)


def pipeline(search: Search, order: PostOrder, page: PageRequest) -> list[Stage]:
    """The stages that find a page and count the whole, on revisions for words, else on posts.

    A revision that is found by its words counts only if a post shows just that revision.
    """
    prefix = _LATEST if search.on_show_at is None else _ON_SHOW
    wanted = _wanted(search, prefix)
    return [
        *(_by_words(search, prefix) if search.terms else []),
        {"$match": wanted},
        *_showing(search, wanted),
        {"$set": {"rank": _rank(search, order), "at": _at(search)}},
        {"$facet": {"total": [{"$count": "count"}], "page": _page(prefix, page)}},
    ]


def cursor_of(found: Mapping[str, Any]) -> str:
    """The place of a found post in its list."""
    milliseconds = (found["at"] - _EPOCH) // timedelta(milliseconds=1)
    return write_cursor(found["rank"], milliseconds, found["_id"])


def _by_words(search: Search, prefix: str) -> list[Stage]:
    return [
        {
            "$match": {
                "words.grams": searchable.seed(search.terms),
                "words.text": {"$regex": searchable.containing(search.terms)},
            }
        },
        {"$project": {"score": _score(search)}},
        {
            "$lookup": {
                "from": "posts",
                "localField": "_id",
                "foreignField": f"{prefix}revision_id",
                "as": "post",
            }
        },
        {"$unwind": "$post"},
        {
            "$replaceRoot": {
                "newRoot": {"$mergeObjects": ["$post", {"by": "$_id", "score": "$score"}]}
            }
        },
    ]


def _wanted(search: Search, prefix: str) -> Document:
    """The filter; the most selective condition comes first, for planners that take the first."""
    asked = search.asked
    wanted: Document = {}
    if asked.product_id is not None:
        wanted[f"{prefix}products"] = asked.product_id
    if search.categories is not None:
        wanted[f"{prefix}category_id"] = {"$in": sorted(search.categories)}
    post = {
        "store_id": asked.store_id,
        "author_id": asked.author_id,
        "state": asked.state,
        "kind": asked.kind,
        "department": asked.department,
        f"{prefix}audiences": asked.audience,
        f"{prefix}age_bands": asked.age_band,
    }
    wanted |= {field: value for field, value in post.items() if value is not None}
    wanted[f"{prefix}scenes"] = {"$in": sorted(search.scenes)}
    if search.stores is not None:
        wanted["store_id"] = {"$in": sorted(search.stores, key=str)}
    if asked.valid_at is not None:
        wanted[f"{prefix}valid_from"] = {"$lte": asked.valid_at}
        wanted[f"{prefix}valid_until"] = {"$gt": asked.valid_at}
    return wanted


def _showing(search: Search, wanted: Document) -> list[Stage]:
    """Take each post's showings apart and keep the one that is on now."""
    if search.on_show_at is None:
        return []
    now = {
        "showings.starts_at": {"$lte": search.on_show_at},
        "showings.ends_at": {"$gt": search.on_show_at},
    }
    same = (
        [{"$match": {"$expr": {"$eq": ["$by", "$showings.facets.revision_id"]}}}]
        if search.terms
        else []
    )
    return [{"$unwind": "$showings"}, {"$match": {**wanted, **now}}, *same]


def _rank(search: Search, order: PostOrder) -> Any:
    if order in COUNTED:
        return COUNTED[order]
    if order is PostOrder.BEST_SELLING:
        return _sales_rank(search)
    if order is PostOrder.RELEVANCE and search.terms:
        return "$score"
    return {"$literal": 0}


def _sales_rank(search: Search) -> Document:
    """The place of a post's best product counted from the worst; -1 where none has sold."""
    products = f"${_LATEST if search.on_show_at is None else _ON_SHOW}products"
    worst_first = {"$literal": list(reversed(search.best_sellers))}
    place = {"$indexOfArray": [worst_first, "$$product"]}
    places = {"$map": {"input": products, "as": "product", "in": place}}
    return {"$ifNull": [{"$max": places}, -1]}


def _at(search: Search) -> str:
    return "$changed_at" if search.on_show_at is None else "$showings.starts_at"


def _score(search: Search) -> Document:
    def found(place: str, term: str) -> Document:
        return {"$gte": [{"$indexOfCP": [f"$words.{place}", term]}, 0]}

    return {
        "$add": [
            {
                "$cond": [
                    found("title", term),
                    _IN_TITLE,
                    {"$cond": [found("tags", term), _IN_TAGS, _ELSEWHERE]},
                ]
            }
            for term in search.terms
        ]
    }


def _page(prefix: str, page: PageRequest) -> list[Stage]:
    """One page and an item more, each post with the revision that it was found by."""
    return [
        *_after(page.position()),
        {"$sort": {"rank": -1, "at": -1, "_id": -1}},
        {"$limit": page.first + 1},
        {
            "$lookup": {
                "from": "post_revisions",
                "localField": f"{prefix}revision_id",
                "foreignField": "_id",
                "as": "found",
            }
        },
        {"$unset": "found.words"},
        {"$unwind": "$found"},
    ]


def _after(position: list[Any] | None) -> list[Stage]:
    if position is None:
        return []
    try:
        rank, milliseconds, post_id = position
        at = _EPOCH + timedelta(milliseconds=milliseconds)
    except (ValueError, TypeError, OverflowError):
        message = "This cursor is of another list; start from the first page."
        raise Invalid(message, field=["after"]) from None
    return [
        {
            "$match": {
                "$or": [
                    {"rank": {"$lt": rank}},
                    {"rank": rank, "at": {"$lt": at}},
                    {"rank": rank, "at": at, "_id": {"$lt": post_id}},
                ]
            }
        }
    ]
