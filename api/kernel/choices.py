"""Inputs of which exactly one field is given."""

import dataclasses
from typing import Any

import strawberry


def one_of_these(description: str) -> Any:
    """A field of such an input."""
    return strawberry.field(description=description, default=strawberry.UNSET)


def unpacked(choice: Any) -> Any:
    """The domain's value of the field that is given."""
    given = (getattr(choice, one.name) for one in dataclasses.fields(choice))
    [value] = [one for one in given if one is not strawberry.UNSET and one is not None]
    return value.value()
