"""The same search as one pipeline of the database's: slow with many posts, and plain to read."""

import re
from typing import Any

from domain.content.posts import Post
from domain.content.revisions import Revision
from domain.content.searchable import ELSEWHERE, IN_TAGS, IN_TITLE
from domain.content.searches import (
    COUNTED,
    SEARCHES,
    PostOrder,
    Search,
)
from domain.kernel.paging import Page, PageRequest
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import from_document

Stage = dict[str, Any]

_ON_SHOW = "showings.facets."
_LATEST = "latest."


class PipelineSearch:
    """Searches on revisions for words, else on posts."""

    def __init__(self, database: Database) -> None:
        self._posts = database["posts"]
        self._revisions = database["post_revisions"]

    async def search(
        self, search: Search, order: PostOrder, page: PageRequest
    ) -> Page[tuple[Post, Revision]]:
        begin = self._revisions if search.terms else self._posts
        [found] = await begin.aggregate(pipeline(search, order, page)).to_list(None)
        shown = found["page"][: page.first]
        return Page(
            items=[(_post(one), from_document(Revision, one["found"])) for one in shown],
            cursors=[SEARCHES[order].write(one["rank"], one["at"], one["_id"]) for one in shown],
            has_next=len(found["page"]) > page.first,
            total=found["total"][0]["count"] if found["total"] else 0,
        )


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
        {"$facet": {"total": [{"$count": "count"}], "page": _page(prefix, order, page)}},
    ]


def _by_words(search: Search, prefix: str) -> list[Stage]:
    return [
        {
            "$match": {
                "words.text": {
                    "$regex": "^" + "".join(f"(?=.*{re.escape(one)})" for one in search.terms)
                }
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
        return f"$counts.{COUNTED[order]}"
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
                    IN_TITLE,
                    {"$cond": [found("tags", term), IN_TAGS, ELSEWHERE]},
                ]
            }
            for term in search.terms
        ]
    }


def _page(prefix: str, order: PostOrder, page: PageRequest) -> list[Stage]:
    """One page and an item more, each post with the revision that it was found by."""
    return [
        *_after(SEARCHES[order].read(page.after)),
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


def _after(place: tuple[Any, ...] | None) -> list[Stage]:
    if place is None:
        return []
    rank, at, post_id = place
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


def _post(found: Document) -> Post:
    """The post of a search's result, whose one showing was taken out of its list."""
    showings = found["showings"]
    listed = showings if isinstance(showings, list) else [showings]
    return from_document(Post, {**found, "showings": listed})
