"""Packing what the domain answers into types of the schema, field by field of the same name."""

import dataclasses
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any, Generic, Self, TypeVar, cast

T = TypeVar("T")
V = TypeVar("V")

Convert = Callable[[Any], Any]


class Packed(Generic[V]):
    """A type of the schema whose fields are all the value's own, under the same names."""

    @classmethod
    def of(cls, value: V) -> Self:
        """Pack a value."""
        return pack(cls, value)


def pack(kind: type[T], value: object, **own: Any) -> T:
    """Make a type of the schema of a value; `own` are the fields that are not simply its own.

    A field whose type has `of` is packed by that, alone or in a list; a private field `value` is
    the value itself. Of fields with a default, those that the value does not have keep it.
    """
    for name, convert, optional in _fields(cast("Any", kind)):
        if name == "value":
            own[name] = value
        elif name not in own and not (optional and not hasattr(value, name)):
            own[name] = convert(getattr(value, name))
    return kind(**own)


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, Convert, bool], ...]:
    hints = typing.get_type_hints(kind)
    return tuple(
        (one.name, _convert(hints[one.name]), _has_default(one))
        for one in dataclasses.fields(kind)
        if one.init
    )


def _has_default(one: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return one.default is not missing or one.default_factory is not missing


def _convert(hint: Any) -> Convert:
    """How a value becomes one of a type of the schema."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        [inner] = [one for one in typing.get_args(hint) if one is not type(None)] or [object]
        convert = _convert(inner)
        return lambda value: None if value is None else convert(value)
    if typing.get_origin(hint) is list:
        convert = _convert(typing.get_args(hint)[0])
        return lambda values: [convert(value) for value in values]
    packed: Convert | None = getattr(hint, "of", None)
    return packed or (lambda value: value)
