"""The public contract."""

import re

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
)

from domain.kernel.refusals import RefusalCode
from domain.people.actions import RIGHTS
from scripts import rights
from scripts.schema import FILE

PAGE = FILE.parent / "docs" / "api.md"
SCHEMA = build_schema(FILE.read_text(encoding="utf-8"))
OURS = [kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")]
COMPOSITES = (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)


def test_every_type_field_argument_and_value_is_described():
    bare = [kind.name for kind in OURS if not kind.description]
    for kind in OURS:
        if isinstance(kind, GraphQLEnumType):
            bare += [
                f"{kind.name}.{name}" for name, one in kind.values.items() if not one.description
            ]
        if isinstance(kind, COMPOSITES):
            for name, field in kind.fields.items():
                bare += [] if field.description else [f"{kind.name}.{name}"]
                for argument, value in getattr(field, "args", {}).items():
                    bare += [] if value.description else [f"{kind.name}.{name}({argument})"]
    assert bare == []


def test_every_mutation_answers_with_nullable_results_and_user_errors():
    assert SCHEMA.mutation_type
    for name, field in SCHEMA.mutation_type.fields.items():
        payload = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        fields = dict(payload.fields)
        assert payload.name == f"{name[0].upper()}{name[1:]}Payload"
        assert str(fields.pop("userErrors").type) == "[UserError!]!", name
        # A list is empty where nothing was done; all else must be able to be null.
        required = [key for key in fields if isinstance(fields[key].type, GraphQLNonNull)]
        assert all(str(fields[key].type).startswith("[") for key in required), name


def test_closed_sets_are_enums_in_capitals():
    for kind in OURS:
        if isinstance(kind, GraphQLEnumType):
            assert all(value.isupper() for value in kind.values), kind.name


def test_the_page_of_the_api_tells_every_code_that_a_refusal_can_have():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    told = {code for row in rows for code in re.findall(r"`([A-Z_]+)`", row.split("|")[1])}
    assert {code.value for code in RefusalCode} - told == set()


def test_the_table_of_rights_has_a_row_for_every_field_and_none_for_what_is_gone():
    roots = (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type)
    fields = {name for root in roots if root for name in root.fields}
    decided = {one for one in RIGHTS.operations if ":" not in one}
    assert fields - decided == set(), (
        "nobody may use these: name each in the row of an action that fits, or in a new row, in "
        'domain/people/actions.py, such as `row("task.publish", "taskPublish", store=MANAGER, '
        "all=OFFICE)`; then run scripts/rights"
    )
    assert decided - fields == set(), "take these out of domain/people/actions.py"


def test_the_page_of_rights_is_as_the_table_says():
    told = "run .venv/bin/python -m scripts.rights and commit docs/rights.md"
    assert rights.FILE.read_text(encoding="utf-8") == rights.page(), told
