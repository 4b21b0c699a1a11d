"""Resolvers as they are written: given what they ask for, packed as they say."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from strawberry.tools import create_type

from api.kernel.context import Load
from api.kernel.operations import field, mutation, query
from api.kernel.payloads import Payload
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, Several
from domain.people.act import Act
from domain.people.actions import RIGHTS
from domain.people.rights import row
from domain.people.viewer import Role, Viewer

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxPorts(Ports):
    """Things by id, and how often they were asked for."""

    things: dict[str, str]
    asked: list[list[str]]


async def things(ports: BoxPorts, act: Act, ids: list[str]) -> dict[str, str]:
    ports.asked.append(list(ids))
    return {one: f"{ports.things[one]} for {act.viewer.id}" for one in ids if one in ports.things}


@strawberry.type
class Thing:
    id: str

    @field("What it is called.")
    async def name(self, load: Load) -> str | None:
        return await load(things, self.id)

    @field("Whose turn it is.")
    def turn(self, act: Act, loud: bool = False) -> str:
        return act.viewer.id.upper() if loud else act.viewer.id


@strawberry.type
class TwoPayload(Payload):
    one: str | None = None
    two: str | None = None


@query("Some things.")
async def some(ports: BoxPorts, ids: list[str]) -> list[Thing]:
    return [Thing(id=one) for one in ids if ports.things]


@mutation("Put a thing in.", thing="The thing.")
async def thing_put(ports: BoxPorts, act: Act, id: str) -> Thing:
    if not id:
        raise Several([Invalid("No id.", field=["id"]), Invalid("No thing.")])
    ports.things[id] = f"put at {act.at.isoformat()}"
    return Thing(id=id)


@mutation("Say two things.")
async def two_say(fail: bool) -> TwoPayload:
    if fail:
        raise Invalid("Not two.")
    return TwoPayload(one="1", two="2")


@mutation("Say nothing.")
async def nothing_say() -> None:
    return None


SCHEMA = strawberry.Schema(
    query=create_type("Query", [some]),
    mutation=create_type("Mutation", [thing_put, two_say, nothing_say]),
)


@pytest.fixture(autouse=True)
def everybody_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of rights with a row for what is only here; without one, nobody may."""
    ours = row("box.try", "some thingPut twoSay nothingSay", all=Role)
    table = {**RIGHTS.operations, **dict.fromkeys(ours.operations, ours)}
    monkeypatch.setattr(RIGHTS, "operations", table)


async def ask(text: str, ports: BoxPorts | None = None) -> dict[str, Any]:
    ports = ports or BoxPorts(things={"a": "A", "b": "B"}, asked=[])
    viewer = Viewer(id=PersonId("staff_1"), role=Role.EDITOR)
    act = Act(viewer=viewer, at=NOW, new_id=lambda kind: f"{kind}_1")
    bundles: dict[type[Ports], Any] = {BoxPorts: ports}
    heart = SimpleNamespace(waiting=contextlib.nullcontext)
    world = SimpleNamespace(ports=bundles, heart=heart)
    context: Any = SimpleNamespace(
        act=act,
        load=Load(bundles, act),
        world=world,
        until=0.0,
    )
    answer = await SCHEMA.execute(text, context_value=context)
    assert answer.errors is None, answer.errors
    assert answer.data is not None
    return answer.data


def test_what_the_context_gives_is_no_argument_of_the_schema():
    text = SCHEMA.as_str()
    assert "some(ids: [String!]!): [Thing!]!" in text
    assert "turn(loud: Boolean! = false): String!" in text
    assert "thingPut(id: String!): ThingPutPayload!" in text


async def test_a_resolver_is_given_its_ports_its_act_and_its_arguments():
    found = await ask('{some(ids: ["a"]) {turn loud: turn(loud: true)}}')
    assert found == {"some": [{"turn": "staff_1", "loud": "STAFF_1"}]}


async def test_what_many_fields_load_is_asked_for_once():
    ports = BoxPorts(things={"a": "A", "b": "B"}, asked=[])
    found = await ask('{some(ids: ["a", "b", "c"]) {name}}', ports)
    names = [thing["name"] for thing in found["some"]]
    assert names == ["A for staff_1", "B for staff_1", None]
    assert ports.asked == [["a", "b", "c"]]


async def test_a_mutation_packs_its_answer_under_the_name_it_gives():
    found = await ask('mutation {thingPut(id: "c") {thing {id name} userErrors {code}}}')
    name = f"put at {NOW.isoformat()} for staff_1"
    assert found == {"thingPut": {"thing": {"id": "c", "name": name}, "userErrors": []}}


async def test_a_refusal_becomes_user_errors_each_part_by_itself():
    found = await ask('mutation {thingPut(id: "") {thing {id} userErrors {code field message}}}')
    assert found["thingPut"] == {
        "thing": None,
        "userErrors": [
            {"code": "INVALID", "field": ["id"], "message": "No id."},
            {"code": "INVALID", "field": [], "message": "No thing."},
        ],
    }


async def test_a_payload_of_its_own_is_answered_as_it_is():
    assert await ask("mutation {twoSay(fail: false) {one two userErrors {code}}}") == {
        "twoSay": {"one": "1", "two": "2", "userErrors": []}
    }
    refused = await ask("mutation {twoSay(fail: true) {one two userErrors {code}}}")
    assert refused["twoSay"] == {"one": None, "two": None, "userErrors": [{"code": "INVALID"}]}


async def test_a_mutation_may_answer_nothing_but_whether_it_was_done():
    assert await ask("mutation {nothingSay {userErrors {code}}}") == {
        "nothingSay": {"userErrors": []}
    }


async def test_nobody_may_do_what_the_table_has_no_row_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(RIGHTS, "operations", {})
    found = await ask('mutation {thingPut(id: "c") {thing {id} userErrors {code message}}}')
    [error] = found["thingPut"]["userErrors"]
    assert error["code"] == "FORBIDDEN"
    assert "domain/people/actions.py" in error["message"]
