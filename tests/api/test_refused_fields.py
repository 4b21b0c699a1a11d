"""A refusal names an argument, a field of an input or a column: what somebody can have sent."""

import ast
from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLInputObjectType, GraphQLObjectType

from api.schema import schema
from domain.catalogue import product_columns
from domain.content import importing
from domain.mall.stock import counts, differences
from domain.mall.storefronts import layer_files
from domain.members import member_files, purchase_files
from domain.network import store_files
from domain.people import guides
from tests.support.paths import ROOT

COLUMNS = [
    *(product_columns.COLUMNS, importing.COLUMNS, counts.COLUMNS, differences.COLUMNS),
    *(member_files.COLUMNS, purchase_files.COLUMNS),
    *(layer_files.COLUMNS, store_files.OWNER_COLUMNS, store_files.STORE_COLUMNS, guides.COLUMNS),
]
# Places in what is handed in as JSON: designs of posters, and layers in files.
IN_JSON = {"layers", "box", "colour", "dark", "ends_at"}


def sendable() -> Iterator[str]:
    """What a client can name: arguments, fields of inputs, columns, places in JSON."""
    for kind in schema._schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            yield from kind.fields
        if isinstance(kind, GraphQLObjectType):
            for one in kind.fields.values():
                yield from one.args
    for columns in COLUMNS:
        yield from columns.names
    yield from IN_JSON


def named(file: Path) -> Iterator[tuple[str, int, str]]:
    """The names in each `field=[…]` of a file, where they are written out."""
    for call in ast.walk(ast.parse(file.read_text())):
        for given in call.keywords if isinstance(call, ast.Call) else ():
            if given.arg == "field" and isinstance(given.value, ast.List | ast.Tuple):
                for one in given.value.elts:
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield file.name, call.lineno, one.value


def test_every_field_that_a_refusal_names_can_be_sent():
    known = frozenset(sendable())
    wrong = [
        (file, line, name)
        for folder in ("domain", "api")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for file, line, name in named(path)
        if not known.issuperset(name.split("."))
    ]
    assert wrong == []
