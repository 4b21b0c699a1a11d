"""Hostile requests are made as they should be, and some of them are borne."""

import random

import pytest

from api.schema import schema
from domain.people.viewer import Role
from scripts.bench_hostile import Seen, tokens
from scripts.hostile import Hostile
from tests.conftest import SECRET, Service

pytestmark = pytest.mark.anyio

IDS = ("S1", "320500", "brand", "10001-NVY-M", "none")


def hostile(seed: int) -> Hostile:
    return Hostile(schema._schema, random.Random(seed), tokens(SECRET, IDS), IDS)


def test_the_same_seed_makes_the_same_requests_of_many_kinds():
    one, other = hostile(1), hostile(1)
    made = [one.request() for _ in range(2_000)]
    assert [(sent.method, sent.path, sent.body) for sent in made] == [
        (again.method, again.path, again.body) for again in (other.request() for _ in made)
    ]
    assert len({sent.name for sent in made}) > 300
    assert {"GET", "POST", "PUT"} <= {sent.method for sent in made}
    assert len({role.value for role in Role}) < len(tokens(SECRET, IDS))


async def test_some_of_them_are_answered_without_a_fault(service: Service):
    seen, made = Seen(), hostile(7)
    for _ in range(250):
        sent = made.request()
        answer = await service.http.request(
            sent.method, sent.path, content=sent.body, headers=dict(sent.headers)
        )
        seen.note(sent, answer, 0.0)
    assert seen.faults == []
    assert seen.statuses[200] > 100
    assert len(seen.codes) > 3
