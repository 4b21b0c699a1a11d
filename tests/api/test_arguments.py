"""What every operation of the schema does with what is left out, and with nobody in particular."""

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
    is_required_input_field,
)
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.field import StrawberryField

from api.schema import schema
from tests.conftest import Service
from tests.support.inputs import is_one_of
from tests.support.network import HEAD_OFFICE, a_store_row, open_stores

pytestmark = pytest.mark.anyio

# What somebody may do who carries no token: get one, give one back.
FOR_EVERYBODY = {
    "guideSignIn",
    "memberPhoneSignIn",
    "memberSignIn",
    "secondFactorEnrol",
    "secondFactorEnrolConfirm",
    "sessionRefresh",
    "signOut",
    "staffInvitationAccept",
    "staffSignIn",
    "staffSignOnFinish",
    "staffSignOnStart",
    "visitStart",
}
MUTATIONS = schema._schema.mutation_type.fields
SCALARS: dict[str, Any] = {
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "DateTime": "2026-11-01T00:00:00+08:00",
    "Date": "2026-11-01",
}


def value_of(kind: Any) -> Any:
    """Something that a type takes, with as little in it as it takes."""
    kind = get_nullable_type(kind)
    if isinstance(kind, GraphQLList):
        return [value_of(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        fields = kind.fields
        needed = [name for name, one in fields.items() if is_required_input_field(one)]
        chosen = needed or ([next(iter(fields))] if is_one_of(kind) else [])
        return {name: value_of(fields[name].type) for name in chosen}
    return SCALARS.get(kind.name, "x")


def call_of(name: str, *, all_arguments: bool = False) -> dict[str, Any]:
    """A call of a mutation with what it needs, and nothing that may be left out."""
    arguments = {
        argument: one
        for argument, one in MUTATIONS[name].args.items()
        if all_arguments or isinstance(one.type, GraphQLNonNull)
    }
    declared = ", ".join(f"${argument}: {one.type}" for argument, one in arguments.items())
    given = ", ".join(f"{argument}: ${argument}" for argument in arguments)
    head = f"mutation({declared})" if declared else "mutation"
    call = f"{name}({given})" if given else name
    return {
        "query": f"{head} {{ {call} {{ userErrors {{ code field }} }} }}",
        "variables": {argument: value_of(one.type) for argument, one in arguments.items()},
    }


@pytest.mark.parametrize("all_arguments", [False, True])
async def test_somebody_without_a_token_is_told_to_get_one_and_nothing_else(
    service: Service, all_arguments: bool
):
    for name in MUTATIONS:
        call = call_of(name, all_arguments=all_arguments)
        body = (await service.http.post("/graphql", json=call)).json()
        if name in FOR_EVERYBODY:
            assert "INTERNAL" not in str(body), (name, body)
            continue
        assert "errors" not in body, (name, body)
        told = body["data"][name]["userErrors"]
        assert told == [{"code": "UNAUTHENTICATED", "field": []}], (name, told)


async def test_nothing_breaks_where_all_that_may_be_left_out_is(service: Service):
    for name in MUTATIONS:
        call = call_of(name)
        answer = await service.http.post(
            "/graphql", json=call, headers=service.headers(HEAD_OFFICE)
        )
        assert "INTERNAL" not in answer.text, (name, answer.text)


async def test_hours_that_are_left_out_are_around_the_clock(service: Service):
    await open_stores(service, a_store_row())
    text = 'mutation { storeHoursSet(id: "S1") { store { id } userErrors { message } } }'
    answer = await service.query(text, HEAD_OFFICE)
    assert answer.data["storeHoursSet"] == {"store": {"id": "S1"}, "userErrors": []}


def definitions() -> Iterator[StrawberryObjectDefinition]:
    for kind in schema.schema_converter.type_map.values():
        if isinstance(kind.definition, StrawberryObjectDefinition):
            yield kind.definition


def left_out(field: StrawberryField) -> Iterator[str]:
    """The arguments of a resolver that may be null and have no default."""
    if field.base_resolver is None:
        return
    parameters = inspect.signature(field.base_resolver.wrapped_func).parameters
    for argument in field.arguments:
        default = parameters[argument.python_name].default
        if isinstance(argument.type, StrawberryOptional) and default is inspect.Parameter.empty:
            yield argument.python_name


def test_an_argument_that_may_be_left_out_is_none_by_the_kernel_s_own_wrapping():
    for definition in definitions():
        for field in definition.fields:
            if any(left_out(field)):
                written_in = field.base_resolver.wrapped_func.__code__.co_filename
                assert written_in.endswith(("kernel/operations.py", "kernel/payloads.py"))


def test_whatever_may_be_left_out_of_an_input_has_a_default():
    missing = dataclasses.MISSING
    for definition in definitions():
        for field in definition.fields if definition.is_input else ():
            if isinstance(field.type, StrawberryOptional):
                bare = field.default is missing and field.default_factory is missing
                assert not bare, f"{definition.name}.{field.python_name}"
