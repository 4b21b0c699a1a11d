"""Anything that has a query of its own, by one id for all of them: its type and its id there.

Nothing is listed here. A query that asks for one thing by its id alone answers for that thing's
type, as its own resolver does and for those whom the table of rights lets ask it.
"""

import asyncio
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Annotated, Any, cast

import strawberry
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from api.kernel.context import Info
from api.kernel.operations import field
from api.kernel.payloads import guards
from domain.kernel.paging import MAX_PAGE
from domain.kernel.refusals import Invalid, NotFound, Refusal
from domain.people.act import Act

GLOBAL = "The thing's type and its id, such as Product:10001 or Store:S0001."


def node_queries(queries: Iterable[Any]) -> list[Any]:
    """`node` and `nodes` for all types that one of the queries asks for by id alone."""
    asks = {_kind(one).__name__: one for one in queries if _is_by_id(one)}
    union = strawberry.union("Node", description="Whatever can be asked for by its id.")
    kinds: Any = reduce(or_, map(_kind, asks.values()))
    either: Any = cast("Any", Annotated)[kinds, union]

    async def one_of(id: str, act: Act, info: Info) -> Any:
        name, parted, own = id.partition(":")
        if not parted or name not in asks:
            known = ", ".join(sorted(asks))
            raise Invalid(f"Write {id!r} as Type:id; the types are {known}.", field=["id"])
        asked = asks[name]
        act.viewer.require_operation(asked.name)
        try:
            return await asked.base_resolver(id=strawberry.ID(own), info=info)
        except NotFound:
            return None

    async def node(
        id: Annotated[strawberry.ID, strawberry.argument(description=GLOBAL)],
        act: Act,
        info: Info,
    ) -> Any:
        return await one_of(id, act, info)

    async def nodes(
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description=f"{GLOBAL} At most {MAX_PAGE}.")
        ],
        act: Act,
        info: Info,
    ) -> Any:
        if len(ids) > MAX_PAGE:
            raise Invalid(f"Ask for at most {MAX_PAGE} things at a time.", field=["ids"])
        found = await asyncio.gather(
            *(one_of(each, act, info) for each in ids), return_exceptions=True
        )
        for one in found:
            if isinstance(one, BaseException) and not isinstance(one, Refusal):
                raise one
        return found

    said = "null where there is none, or none that the viewer may see"
    return [
        field(
            f"One thing by its type and id; {said}. For whoever may ask the query of its type.",
            graphql_type=either | None,
            extensions=guards("node"),
        )(node),
        field(
            f"Several things, in the order of the ids; each is {said}, with an error for what is "
            "not for them at all.",
            graphql_type=cast("Any", list)[either | None],
            extensions=guards("nodes"),
        )(nodes),
    ]


def _is_by_id(query: StrawberryField) -> bool:
    kind = getattr(_kind(query), "__strawberry_definition__", None)
    by_id = [one.python_name for one in query.arguments] == ["id"]
    return by_id and kind is not None and any(one.python_name == "id" for one in kind.fields)


def _kind(query: StrawberryField) -> Any:
    kind = query.type
    return kind.of_type if isinstance(kind, StrawberryOptional) else kind
