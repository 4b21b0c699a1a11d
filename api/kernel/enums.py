"""Closed sets of the domain, in the schema."""

from enum import Enum

import strawberry


def enum(cls: type[Enum], description: str, /, *, name: str | None = None, **values: str) -> None:
    """Put a closed set into the schema, under its own name or another, with what each value means.

    ValueError, as soon as the module is imported, for a value without words, or words of no value.
    """
    if amiss := cls.__members__.keys() ^ {value for value, words in values.items() if words}:
        raise ValueError(f"say of each value of {cls.__name__} what it means: {sorted(amiss)}")
    strawberry.enum(cls, name=name, description=description)
    for value in vars(cls)["__strawberry_definition__"].values:
        value.description = values[value.name]
