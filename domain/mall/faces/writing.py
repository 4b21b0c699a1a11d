"""Arrangements written as JSON, in the shape in which they are read."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.mall.faces.layers import Arrangement
from domain.mall.faces.modules import Content, Selection
from domain.mall.faces.reading import snake

TAGGED = (Content, Selection)


def write_arrangement(arrangement: Arrangement) -> dict[str, Any]:
    """Write what a layer says, so that reading it gives the same again."""
    said: dict[str, Any] = {
        "modules": [
            {"key": key, **write_value(change)} for key, change in arrangement.modules.items()
        ],
        "hide": [product for product, shown in arrangement.shown.items() if not shown],
        "show": [product for product, shown in arrangement.shown.items() if shown],
        "captions": [
            {"product": product, "text": text} for product, text in arrangement.captions.items()
        ],
    }
    if arrangement.featured is not None:
        said["featured"] = list(arrangement.featured)
    return said


def write_value(value: Any) -> Any:
    """Write a value; the fields that say nothing are left out."""
    if isinstance(value, tuple):
        return [write_value(item) for item in value]
    if isinstance(value, Mapping):
        return {name: write_value(item) for name, item in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    if not dataclasses.is_dataclass(value):
        return value
    return {
        field.name: _named(written)
        for field in dataclasses.fields(value)
        if (written := getattr(value, field.name)) is not None
    }


def _named(value: Any) -> Any:
    """Write one of several under its name, anything else as it is."""
    if isinstance(value, TAGGED):
        return {snake(type(value).__name__): write_value(value)}
    return write_value(value)
