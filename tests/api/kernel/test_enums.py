"""Closed sets in the schema."""

from enum import StrEnum

import pytest
import strawberry

from api.kernel.enums import enum


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


def test_a_closed_set_is_told_with_what_each_value_means():
    enum(Light, "What a light shows.", name="TrafficLight", RED="Wait.", GREEN="Go.")

    @strawberry.type
    class Query:
        light: Light

    told = strawberry.Schema(Query).as_str()
    assert '"""What a light shows."""\nenum TrafficLight {' in told
    assert '  """Wait."""\n  RED\n' in told
    assert '  """Go."""\n  GREEN\n' in told


@pytest.mark.parametrize(
    "values",
    [
        {"RED": "Wait."},
        {"RED": "Wait.", "GREEN": ""},
        {"RED": "Wait.", "GREEN": "Go.", "AMBER": "Wait."},
    ],
)
def test_a_value_without_words_and_words_without_a_value_are_refused(values):
    with pytest.raises(ValueError, match="what it means"):
        enum(Light, "What a light shows.", **values)
