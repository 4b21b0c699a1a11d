"""Queries that a client sends once and names by their hash from then on.

This is the protocol of automatic persisted queries: a request names the SHA-256 of its query in
`extensions.persistedQuery.sha256Hash`. Where this process does not know it, the answer's error is
PersistedQueryNotFound, and the client repeats the request with the query beside the hash. So a
mini-program reads by short GET requests, which caches on the way can keep.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from cachetools import LRUCache

from api.kernel.registered import Registered
from api.kernel.requests import BadRequest

LONGEST_QUERY = 16_384
MOST_QUERIES = 1_000


class PersistedQueryError(BadRequest):
    """The request's hash can't be used."""


class PersistedQueries:
    """The queries that this process was sent with their hash, the least used forgotten first.

    Those that are registered are known without having been sent.
    """

    def __init__(self, registered: Registered | None = None) -> None:
        self._texts: LRUCache[str, str] = LRUCache(MOST_QUERIES)
        self._registered = registered.texts if registered else {}

    def known(self, extensions: Any) -> str | None:
        """The query that a request's extensions name, if this process knows it."""
        digest = _hash(extensions) or ""
        return self._registered.get(digest) or self._texts.get(digest)

    def resolve(self, query: str | None, extensions: Any) -> str | None:
        """The query of a request, which may name it, bring it along with its name, or neither."""
        digest = _hash(extensions)
        if digest is None:
            return query
        if query is None:
            return self._named(extensions)
        if hashlib.sha256(query.encode()).hexdigest() != digest:
            raise PersistedQueryError(
                "The hash is not that of the query; send the query's SHA-256 in hexadecimal."
            )
        if len(query) <= LONGEST_QUERY:
            self._texts[digest] = query
        return query

    def _named(self, extensions: Any) -> str:
        text = self.known(extensions)
        if text is None:
            raise PersistedQueryError(
                "PersistedQueryNotFound", code="PERSISTED_QUERY_NOT_FOUND", status=200
            )
        return text


def names_query(extensions: Any) -> bool:
    """Whether extensions name a query by its hash."""
    return _hash(extensions) is not None


def _hash(extensions: Any) -> str | None:
    """The hash that extensions name, in lower case."""
    named = extensions.get("persistedQuery") if isinstance(extensions, Mapping) else None
    digest = named.get("sha256Hash") if isinstance(named, Mapping) else None
    return digest.lower() if isinstance(digest, str) else None
