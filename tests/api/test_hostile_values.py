"""No value that the schema lets through breaks anything, wherever in an input it stands.

Every argument of every query and mutation, and every field of their inputs, is fed with values that
somebody could send, one at a time, the others being harmless. Whatever the answer is, it is not
INTERNAL.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
    is_leaf_type,
    is_required_input_field,
)

from api.schema import schema
from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.conftest import Service
from tests.support.inputs import is_one_of
from tests.support.network import (
    HEAD_OFFICE,
    a_product_row,
    a_store_row,
    as_csv,
    counts,
    open_stores,
    take_in,
)

pytestmark = pytest.mark.anyio

# Whoever an operation is for: the first of these whom it does not turn away.
PEOPLE = [
    HEAD_OFFICE,
    *(
        Viewer(id=PersonId(f"person_{role.value}"), role=role, store_id="S1")
        for role in (Role.STORE_MANAGER, Role.GUIDE, Role.MEMBER, Role.EDITOR, Role.REVIEWER)
    ),
]
# So many calls go in one document; the schema takes 30 aliases.
TOGETHER = 10
# An input within itself is fed so often: within that it only says again what it said before.
WITHIN_ITSELF = 2

TEXTS = [
    "",
    " \u3000",
    "x" * 20_000,
    "羽" * 20_000,
    "9" * 5_000,
    "a\x01b\x7f\x85",
    "\u2068a\u202e",
    "\u200b\ufeff",
    "a.b$c{}",
    "%_\\",
    "(((*+[",
    "../../etc/passwd",
    "store:",
    "region:\x01",
    "a\nb\tc\r",
    "１２",
    "👩‍👩‍👧",
    "MzA",
    "9999-12-31",
]
HOSTILE: dict[str, list[Any]] = {
    "String": TEXTS,
    "ID": TEXTS,
    "Int": [0, -1, 2**31 - 1, -(2**31), 1_000_000],
    "Float": [0.0, -1.0, 1e308, -1e308, 5e-324, 1e19],
    "Boolean": [True, False],
    "DateTime": [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00-14:00",
        "9999-12-31T23:59:59.999Z",
        "9999-12-31T00:00:00+14:00",
        "1969-12-31T23:59:59Z",
    ],
    "JSON": [
        None,
        1,
        "x",
        [],
        {},
        10**30,
        {"a": 10**30},
        {"x" * 5_000: [[[[1]]]]},
        1e308,
        ["\x01"],
    ],
}
# What no value of its kind may be: the document is refused before anything is done.
IMPOSSIBLE: dict[str, list[str]] = {
    "Int": ["9223372036854775808", "1" + "0" * 30, "-9223372036854775809", "1.5", '"1"', "true"],
    "Float": ["1e999", "NaN", '"1"'],
    "DateTime": [
        '"0001-01-01T00:00:00+14:00"',
        '"9999-12-31T23:59:59-14:00"',
        '"2026-11-01T00:00:00"',
        '"2026-13-01T00:00:00Z"',
        '"' + "9" * 5_000 + '"',
        "1",
    ],
    "String": ['"\\ud800"', '"a\\u0000"', "1", "[]"],
    "ID": ['"\\udfff"', "{}", "1.5"],
}
FIXED = {"Int": 1, "Float": 1.0, "Boolean": True, "DateTime": "2030-11-01T00:00:00+08:00"}
# Ids that are there, so that calls get further than a look-up.
KNOWN = {
    "id": "S1",
    "storeId": "S1",
    "lastStoreId": "S1",
    "productId": "10001",
    "product": "10001",
    "products": "10001",
    "featured": "10001",
    "sku": "10001-M",
    "skus": "10001-M",
    "regionId": "320500",
    "inStockInRegionId": "320500",
    "district": "320508",
    "phone": "13800138000",
    "key": "hero",
}
LAYERS = {"layer", "layerDraft", "layerDraftDiscard", "layerPublish", "layerRollBack"}
REGIONS = {"regionRename", "regionDefaultStoreSet"}
Path = tuple[str | int, ...]


def harmless(kind: Any, name: str, operation: str) -> Any:
    """Something that a type takes, with as little in it as it takes."""
    kind = get_nullable_type(kind)
    if isinstance(kind, GraphQLList):
        return [harmless(kind.of_type, name, operation)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        needed = [one for one, field in kind.fields.items() if is_required_input_field(field)]
        chosen = needed or ([next(iter(kind.fields))] if is_one_of(kind) else [])
        return {one: harmless(kind.fields[one].type, one, operation) for one in chosen}
    if name == "expectedVersion":
        return 0
    if name == "id" and operation in LAYERS:
        return "store:S1"
    if name == "id" and operation in REGIONS:
        return "320500"
    return FIXED.get(kind.name, KNOWN.get(name, "x"))


def leaves(
    kind: Any, name: str, operation: str, within: tuple[Any, ...] = ()
) -> Iterator[tuple[Path, str, Any]]:
    """The paths of a type's scalars, their kinds, and an input that holds something at each."""
    kind = get_nullable_type(kind)
    if isinstance(kind, GraphQLList):
        for path, scalar, value in leaves(kind.of_type, name, operation, within):
            yield (0, *path), scalar, [value]
    elif isinstance(kind, GraphQLInputObjectType):
        if within.count(kind) == WITHIN_ITSELF:
            return
        least = harmless(kind, name, operation)
        for one, field in kind.fields.items():
            for path, scalar, value in leaves(field.type, one, operation, (*within, kind)):
                rest = {} if is_one_of(kind) else least
                yield (one, *path), scalar, {**rest, one: value}
    elif is_leaf_type(kind) and kind.name in HOSTILE:
        yield (), kind.name, harmless(kind, name, operation)


def put(value: Any, path: Path, what: Any) -> Any:
    """The value with something else at a path."""
    if not path:
        return what
    first, *rest = path
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[first] = put(copy[first], tuple(rest), what)
    return copy


class Operation:
    """One query or mutation of the schema."""

    def __init__(self, kind: str, name: str, field: GraphQLField) -> None:
        self.kind, self.name, self.field = kind, name, field
        self.least = {
            argument: harmless(one.type, argument, name)
            for argument, one in field.args.items()
            if isinstance(one.type, GraphQLNonNull)
        }

    def document(self, calls: list[dict[str, Any]]) -> dict[str, Any]:
        """A document that makes some calls of it, each under a name of its own."""
        declared: list[str] = []
        made: list[str] = []
        variables: dict[str, Any] = {}
        for number, call in enumerate(calls):
            given = ", ".join(f"{one}: ${one}{number}" for one in call)
            head = f"c{number}: {self.name}" + (f"({given})" if given else "")
            made.append(head + self.answer())
            declared += [f"${one}{number}: {self.field.args[one].type}" for one in call]
            variables |= {f"{one}{number}": value for one, value in call.items()}
        names = f"({', '.join(declared)})" if declared else ""
        return {"query": f"{self.kind}{names} {{ {' '.join(made)} }}", "variables": variables}

    def answer(self) -> str:
        """What is asked of a call: what was refused, or everything that takes no argument."""
        if self.kind == "mutation":
            return " { userErrors { code field message } }"
        return selection(self.field.type)

    def calls(self) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
        """Where a value stands, its kind, and a call with each hostile one in its place."""
        for argument, one in self.field.args.items():
            for path, scalar, value in leaves(one.type, argument, self.name):
                where = ".".join(map(str, (self.name, argument, *path)))
                yield (
                    where,
                    scalar,
                    [{**self.least, argument: put(value, path, what)} for what in HOSTILE[scalar]],
                )


def selection(kind: Any, deep: int = 0) -> str:
    """The scalars of a type and, a little way down, of what it holds."""
    kind = get_nullable_type(kind)
    while isinstance(kind, GraphQLList):
        kind = get_nullable_type(kind.of_type)
    fields = getattr(kind, "fields", None)
    if fields is None:
        return "" if is_leaf_type(kind) else " { __typename }"
    chosen = ["__typename"]
    for name, field in fields.items():
        if any(isinstance(one.type, GraphQLNonNull) for one in field.args.values()):
            continue
        below = get_nullable_type(field.type)
        while isinstance(below, GraphQLList):
            below = get_nullable_type(below.of_type)
        if is_leaf_type(below):
            chosen.append(name)
        elif deep < 1 and name not in {"edges"}:
            chosen.append(name + selection(below, deep + 1))
    return f" {{ {' '.join(chosen)} }}"


def operations(kind: str) -> Iterator[Operation]:
    of = getattr(schema._schema, f"{kind}_type")
    for name, field in of.fields.items():
        yield Operation(kind, name, field)


async def sent(service: Service, call: dict[str, Any], viewer: Viewer) -> httpx2.Response:
    return await service.http.post("/graphql", json=call, headers=service.headers(viewer))


async def whoever_may(service: Service, operation: Operation) -> Viewer:
    """The first person whom an operation does not turn away."""
    for viewer in PEOPLE:
        answer = await sent(service, operation.document([operation.least]), viewer)
        if '"FORBIDDEN"' not in answer.text:
            return viewer
    return HEAD_OFFICE


async def a_brand(service: Service) -> None:
    counts(await open_stores(service, a_store_row("S1"), a_store_row("S2")))
    counts(await take_in(service, "products", as_csv(a_product_row("10001"))))


KINDS = pytest.mark.parametrize("kind", ["query", "mutation"])


@KINDS
async def test_no_value_breaks_any_operation(service: Service, kind: str):
    await a_brand(service)
    broken: list[str] = []
    for operation in operations(kind):
        viewer = await whoever_may(service, operation)
        for where, _, calls in operation.calls():
            together = TOGETHER if operation.kind == "mutation" else 1
            for start in range(0, len(calls), together):
                some = calls[start : start + together]
                answer = await sent(service, operation.document(some), viewer)
                assert "TOO_COMPLEX" not in answer.text or where.endswith(".first"), where
                if answer.status_code >= 500 or '"INTERNAL"' in answer.text:
                    broken.append(f"{where} as {viewer.role}: {answer.text[:300]}")
    assert broken == []


@KINDS
async def test_what_is_no_value_of_its_kind_is_refused_with_its_place(service: Service, kind: str):
    for operation in operations(kind):
        for argument, one in operation.field.args.items():
            for path, scalar, value in leaves(one.type, argument, operation.name):
                for what in IMPOSSIBLE.get(scalar, ()):
                    call = {**operation.least, argument: put(value, path, "HERE")}
                    text = json.dumps(operation.document([call])).replace('"HERE"', what)
                    answer = await service.http.post(
                        "/graphql",
                        content=text.encode(),
                        headers={
                            **service.headers(HEAD_OFFICE),
                            "content-type": "application/json",
                        },
                    )
                    codes = {one["extensions"]["code"] for one in answer.json()["errors"]}
                    told = operation.name, path, what, answer.text
                    assert codes <= {"BAD_REQUEST", "INVALID"}, told
