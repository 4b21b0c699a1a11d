"""Holding every statement that reaches the database to what is declared of its collection.

A statement is described by what it asks of a database, without values: `find orders by buyer_id,
state sorted placed_at-`. What the rules below find amiss is a fault of the test during which it was
sent, unless it is named here with its reason.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pymongo.monitoring
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from storage.mongo.kernel.collections import BY_NAME, Kept
from tests.support.round_trips import BY_ITSELF

Filter = Mapping[str, Any]

# Statements that go to all shards, each with why that is borne. Whatever the clock does is one
# statement in so many seconds for the whole brand; what a person waits for is not named here.
SCATTERS: Mapping[str, str] = {
    # By the clock.
    "find deliveries by attend_at, waiting sorted attend_at": "what is due, each second",
    "find fulfilments by attend_at, waiting sorted attend_at": "what is due, each second",
    "find fulfilments by report_at, reporting sorted report_at": "what is due, each second",
    "find fulfilments by outbox.last": "facts that wait for the relay",
    "find orders by outbox.last": "facts that wait for the relay",
    "update many fulfilments by outbox.last": "facts that the relay has told, many at once",
    "update many orders by outbox.last": "facts that the relay has told, many at once",
    "find orders by expires_at, state": "what is due, each second",
    "find orders by placed_at, state": "what was cut short, each second",
    "find orders by release.since": "what was cut short, each second",
    "find pools by in_flight.at": "what was cut short, each second",
    "find pools by ops.at": "marks of yesterday",
    "find movements by open_at": "what was cut short, each second",
    "find store_days by day, full": "which stores are full today, kept in memory",
    "find channel_purchases by outbox.last": "facts that wait for the relay",
    "find touches by outbox.last": "facts that wait for the relay",
    "update many touches by outbox.last": "facts that the relay has told, many at once",
    "update many channel_purchases by outbox.last": "facts that the relay has told, many at once",
    # Once for a person.
    "find channel_purchases by member_id sorted at- _id-": "what a member bought elsewhere",
    "aggregate channel_purchases by member_id": "what a member bought elsewhere",
    "update many fulfilments by buyer_id": "a visitor signs in",
    "find fulfilments by buyer_id": "all of one person, to show it or to erase it",
    "find channel_purchases by member_id": "all of one person, to show it or to erase it",
    "find touches by person_id": "all of one person, to show it or to erase it",
    "find marks by person_id": "all of one person, to show it or to erase it",
    "find post_reports by person_id": "all of one person, to show it or to erase it",
    "update many touches by person_id": "a visitor signs in",
    "find orders by state, store_id sorted placed_at- _id-": "what staff look for in a store",
    "find orders by placed_at, state, store_id sorted placed_at- _id-": "what staff look for",
    "aggregate orders by state, store_id": "how much staff find in a store",
    "aggregate orders by placed_at, state, store_id": "how much staff find in a store",
    "find orders by visitor_key": "a visitor asks again with a key that has become a member's",
    # By an id alone, which tells nothing of where its document lies.
    "find orders by _id": "an order by its number: one look-up of an index on each shard",
    "find orders by _id, state": "an order that is given up, by its number",
    "find movements by _id": "a movement that is told again, by its id",
    "update many movements by _id, state": "a movement whose telling was cut short",
    # By another field, with an index on each shard.
    "find touches by person_id, touched_at sorted touched_at- _id-": "whose link was followed last",
    "find touches by code, person_id, touched_at sorted touched_at- _id-": "whose link a friend "
    "followed last",
    "find touches by person_id sorted touched_at- _id-": "whose customer a member is",
    "aggregate touches by code": "how often a link was followed",
    "aggregate touches by person_id": "whose customers members are whom lists name",
    "find marks by mark, person_id": "the posts that one person has liked or saved",
    "aggregate deliveries by failures": "how many deliveries fail, for head office",
    "delete many deliveries by webhook_id": "a webhook that is taken away",
    "find pools by region_id": "a region that is new to a process",
    "aggregate fulfilments by exceptional": "orders that nobody can send, for head office",
    "find fulfilments by exceptional sorted order_id": "orders that nobody can send",
    "aggregate fulfilments by queues": "a store's queue",
    "find fulfilments by order_id, queues sorted order_id": "a store's queue",
}
# Collections that are read as a whole: they are small, and a process holds them in memory.
READ_WHOLE = frozenset(
    {
        "advisors",
        "applied_states",
        "best_sellers",
        "bookables",
        "ended_sessions",
        "face_policies",
        "followers",
        "guides",
        "guiding_rules",
        "hearts",
        "keys",
        "layers",
        "learning_topics",
        "level_rules",
        "message_templates",
        "marketing_items",
        "offers",
        "owners",
        "points_rules",
        "poster_templates",
        "price_changes",
        "products",
        "regions",
        "review_policies",
        "safety_rules",
        "segments",
        "service_points",
        "settlement_runs",
        "shipping_fees",
        "speaking_rules",
        "split_rules",
        "staff",
        "stores",
        "successions",
        "tags",
        "webhooks",
    }
)
# Statements that no index serves, each with why that is borne.
UNSERVED: Mapping[str, str] = {
    "aggregate payment_sharings by state": "an audit of the whole ledger, which a person asks for",
    "aggregate payees by merchant.id": "how many franchisees' merchants there are, as one is named",
    "find posts by nothing": "lists of posts, once when a process starts",
    "find post_revisions by nothing": "words of posts, once when a process starts",
    "count member_traits by nothing": "about how many members there are, which the server knows",
    "find journals by nothing": "an audit of the whole ledger, which a person asks for",
    "find ledger_accounts by nothing": "an audit of the whole ledger, which a person asks for",
    "aggregate poster_batches by nothing": "how many batches there are, for head office",
    "aggregate coupon_clashes by nothing": "how many uses were refused, for head office",
    "find members by nothing sorted _id": "members of an older kind, once for a database",
    "find coupons by expires_at, member_id, state sorted expires_at": "the few of one member",
}
_LOOKS_AWAY: ContextVar[bool] = ContextVar("looks_away", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement, or one of the writes of a bulk."""

    verb: str
    collection: str
    filter: Filter
    sort: tuple[tuple[str, int], ...] = ()
    sets: frozenset[str] = frozenset()
    many: bool = False
    upsert: bool = False

    @property
    def shape(self) -> str:
        """What it asks, without values."""
        fields = ", ".join(sorted(self.filter)) or "nothing"
        order = "".join(f" {field}{'-' if way < 0 else ''}" for field, way in self.sort)
        verb = f"{self.verb} many" if self.many else self.verb
        return f"{verb} {self.collection} by {fields}" + (f" sorted{order}" if order else "")


def statements_of(command: Mapping[str, Any]) -> Iterator[Statement]:
    """The statements of one command."""
    verb, collection = next(iter(command.items()))
    if verb == "find":
        yield Statement(
            verb="find",
            collection=collection,
            filter=command.get("filter", {}),
            sort=tuple(command.get("sort", {}).items()),
        )
    elif verb in {"count", "distinct"}:
        yield Statement(verb=verb, collection=collection, filter=command.get("query", {}))
    elif verb == "aggregate" and isinstance(collection, str):
        first, *rest = [*command["pipeline"], {}]
        if "$changeStream" in first:
            return
        sort = next((one["$sort"] for one in rest if "$sort" in one), {})
        yield Statement(
            verb="aggregate",
            collection=collection,
            filter=first.get("$match", {}),
            sort=tuple(sort.items()),
        )
    elif verb == "update":
        for one in command["updates"]:
            yield Statement(
                verb="update",
                collection=collection,
                filter=one["q"],
                sets=_sets(one["u"]),
                many=one.get("multi", False),
                upsert=one.get("upsert", False),
            )
    elif verb == "delete":
        for one in command["deletes"]:
            yield Statement(
                verb="delete", collection=collection, filter=one["q"], many=one["limit"] == 0
            )
    elif verb == "insert":
        for one in command["documents"]:
            yield Statement(verb="insert", collection=collection, filter=one)


def _sets(update: Any) -> frozenset[str]:
    if not isinstance(update, Mapping):  # a pipeline
        return frozenset(field for stage in update for field in stage.get("$set", {}))
    return frozenset(field for way, fields in update.items() if way[0] == "$" for field in fields)


def faults(one: Statement) -> Iterator[str]:
    """What is amiss with a statement."""
    kept = BY_NAME.get(one.collection)
    if kept is None:
        yield "its collection is not declared"
        return
    if kept.shard_key:
        yield from _faults_of_shards(one, kept)
    if one.verb != "insert":
        yield from _faults_of_indexes(one, kept)


def _faults_of_shards(one: Statement, kept: Kept) -> Iterator[str]:
    whole = all(_exact(one.filter, field) for field in kept.key_fields)
    if one.verb == "insert":
        if not whole:
            yield "inserted without its shard key"
        return
    if one.upsert and not whole:
        yield "an upsert without its whole shard key"
    if one.many and one.sets & set(kept.key_fields):
        yield "a shard key changed by many"
    # A read by the first fields of a key goes to few shards; one document is written by all of it.
    needed = kept.key_fields if one.verb in {"update", "delete"} else kept.key_fields[:1]
    if not all(field in one.filter for field in needed) and one.shape not in SCATTERS:
        yield "goes to all shards"


def _faults_of_indexes(one: Statement, kept: Kept) -> Iterator[str]:
    indexes = [index.keys for index in kept.indexes]
    whole = not one.filter and one.collection in READ_WHOLE
    if "_id" in one.filter or whole or one.shape in UNSERVED:
        return
    sorting = [keys for keys in indexes if one.sort and _in_order(keys, one)]
    usable = [keys for keys in indexes if keys[0][0] in one.filter] or sorting
    if not usable:
        yield "has no index"
    elif one.sort and not any(keys in usable for keys in sorting):
        yield "is sorted by no index"


def _in_order(keys: Sequence[tuple[str, int]], one: Statement) -> bool:
    """Whether an index gives what is asked for in the order that is asked for."""
    fixed = 0
    # Several values of a field are as many runs, which the server merges.
    while fixed < len(keys) and _exact(one.filter, keys[fixed][0], or_one_of=True):
        fixed += 1
    # The id that makes an order total takes the order of equal keys, few as they are.
    wanted = [pair for pair in one.sort if pair[0] != "_id"]
    rest = list(keys[fixed : fixed + len(wanted)])
    turned = [(field, -way) for field, way in rest]
    return wanted in (rest, turned)


def _exact(filter: Filter, field: str, *, or_one_of: bool = False) -> bool:
    """Whether a field has one value, or one of some."""
    if field not in filter:
        return False
    value = filter[field]
    if not isinstance(value, Mapping):
        return True
    operators = {key for key in value if key.startswith("$")}
    return not operators or (or_one_of and operators == {"$in"})


class Statements(CommandListener):
    """The faults of what reached the databases since it was last asked."""

    def __init__(self) -> None:
        self._faults: set[str] = set()

    def started(self, event: CommandStartedEvent) -> None:
        """Look at a command."""
        if event.database_name in {"admin", "config", "local"} or _LOOKS_AWAY.get():
            return
        # What a service does by itself depends on the moment; tests do it on purpose as well.
        if BY_ITSELF.get():
            return
        for one in statements_of(event.command):
            self._faults.update(f"{one.shape}: {fault}" for fault in faults(one))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """How it ends is all the same."""

    def failed(self, event: CommandFailedEvent) -> None:
        """How it ends is all the same."""

    def found(self) -> set[str]:
        """The faults that are not named, once."""
        found, self._faults = self._faults, set()
        return found


@contextlib.contextmanager
def looking_away() -> Iterator[None]:
    """For what a test does to the database that no service would do."""
    token = _LOOKS_AWAY.set(True)
    try:
        yield
    finally:
        _LOOKS_AWAY.reset(token)


STATEMENTS = Statements()
# Every client that is made from here on reports to it.
pymongo.monitoring.register(STATEMENTS)
