"""Journeys over HTTP, in the order in which the page tells of them."""

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.conftest import Service
from tests.support.content import EDITOR, HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
SHOWN = documents_of("journeys.md")
TOLD = {"kind": "member.joined"}
TODO = {"key": "ask", "kind": "TODO", "text": "您好，来看看？", "then": "rest"}
REST = {"key": "rest", "kind": "WAIT", "seconds": 86_400}
PLAN = {"entry": {"kind": "FACT", "fact": TOLD}, "steps": [TODO, REST], "goals": []}


async def run(service: Service, name: str, viewer: Viewer = HEAD_OFFICE, **variables):
    [payload] = (await service.query(SHOWN[name], viewer, **variables)).data.values()
    assert not (isinstance(payload, dict) and payload.get("userErrors")), payload
    return payload


async def test_a_journey_is_written_approved_let_live_and_seen(service: Service):
    made = (await run(service, "MakeJourney", EDITOR, input={"name": "欢迎", "plan": PLAN}))[
        "journey"
    ]
    journey = made["id"]
    early = await service.query(SHOWN["PublishJourney"], HEAD_OFFICE, id=journey, number=1)
    assert early.refused("journeyPublish")[0]["code"] == "WRONG_STATE"
    office = await service.query(SHOWN["ApproveJourney"], EDITOR, id=journey, number=1)
    assert office.refused("journeyApprove")[0]["code"] == "FORBIDDEN"
    await run(service, "ApproveJourney", id=journey, number=1)
    live = (await run(service, "PublishJourney", id=journey, number=1))["journey"]
    assert live == {"live": 1, "openMembers": 0}
    signed = await service.query('mutation {memberSignIn(code: "sandbox:jou") {viewer {id}}}')
    member = signed.data["memberSignIn"]["viewer"]["id"]

    async def history() -> list[tuple]:
        found = await run(service, "History", member=member)
        return [(one["state"], [(r["outcome"], r["why"]) for r in one["records"]]) for one in found]

    # They allow no marketing yet, and are told nothing.
    await comes_to([("WAITING", [("SKIPPED", "NO_CONSENT")])], history)
    assert (await run(service, "Unknown", id=journey))["nodes"] == []
    tried = await run(service, "Simulate", id=journey, number=1)
    assert (tried["asked"], tried["entered"]) == (1, 1)
    assert tried["steps"][0] == {
        "step": "ask",
        "done": 0,
        "skipped": [{"why": "NO_CONSENT", "runs": 1}],
    }
    missing = await service.query(
        SHOWN["DryRun"], HEAD_OFFICE, id=journey, number=1, audience="none"
    )
    assert missing.errors[0]["extensions"]["code"] == "NOT_FOUND"
    assert (await run(service, "PauseJourney", id=journey))["journey"] == {"paused": True}
    other = Viewer(id=PersonId(member), role=Role.MEMBER)
    refused = await service.query(SHOWN["History"], other, member=member)
    assert refused.errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_what_can_not_be_done_is_refused_where_it_is_written(service: Service):
    async def errors(name: str, viewer: Viewer = EDITOR, **variables) -> list[tuple]:
        answer = await service.query(SHOWN[name], viewer, **variables)
        [payload] = answer.data.values()
        return [(one["code"], one["field"]) for one in payload["userErrors"]]

    def plan(**step) -> dict:
        steps = [{"key": "a", **step}]
        return {"name": "试", "plan": {**PLAN, "steps": steps}}

    first = ["input", "plan", "steps", "0"]
    for step, field in (
        ({"kind": "MESSAGE", "templateId": "none"}, [*first, "templateId"]),
        ({"kind": "COUPON", "offerId": "none"}, [*first, "offerId"]),
        ({"kind": "TAG", "tag": "none"}, [*first, "tag"]),
        ({"kind": "BRANCH", "segmentId": "none", "then": None}, [*first, "segmentId"]),
        ({"kind": "WAIT", "seconds": 0}, [*first, "seconds"]),
        ({"kind": "TODO", "text": "全网第一"}, [*first, "text"]),
    ):
        assert await errors("MakeJourney", input=plan(**step)) == [("INVALID", field)]
    shipped = (await service.query(SHOWN["Shipped"], EDITOR)).data["journeyTemplates"]
    assert len(shipped) == 8
    empty = {"template": "THREE_MESSAGES", "filling": {"messageIds": []}}
    assert await errors("FromTemplate", **empty) == [("INVALID", ["filling", "messageIds"])]
    rules = (await service.query(SHOWN["Speaking"], EDITOR)).data["speakingRules"]
    assert (rules["quietFrom"], rules["aDay"]) == (21 * 60, 2)
    wrong = {"quietFrom": 60, "quietUntil": 600, "aDay": 2, "aWeek": 5, "expectedVersion": 0}
    assert await errors("SetSpeaking", HEAD_OFFICE, input=wrong) == [
        ("INVALID", ["input", "quietUntil"])
    ]
