"""The marketing calendar over HTTP, in the order in which the page tells of it."""

import asyncio
from datetime import date, timedelta

import pytest

from domain.kernel.days import beijing_day
from domain.people.viewer import Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.content import EDITOR, HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.sharing import GUIDE, a_shop
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
SHOWN = documents_of("journeys.md")


async def run(service: Service, name: str, viewer: Viewer = HEAD_OFFICE, **variables):
    [payload] = (await service.query(SHOWN[name], viewer, **variables)).data.values()
    assert not (isinstance(payload, dict) and payload.get("userErrors")), payload
    return payload


async def test_a_week_is_planned_made_twice_and_seen_by_a_guide(
    service: Service, database: Database
):
    await a_shop(service, database)
    today = beijing_day(now())
    first = (today + timedelta(days=8 - today.isoweekday())).isoformat()
    items = (await run(service, "BeginWeek", EDITOR, first=first))["items"]
    assert len(items) == 6
    again = (await run(service, "BeginWeek", EDITOR, first=first))["items"]
    assert again == items
    item = {
        "id": "item_new_play",
        "title": "新玩法",
        "theme": "NEW_PLAY",
        "dates": {"repeats": "WEEKLY", "startsOn": first},
        "roles": ["GUIDE"],
        "text": "把穿搭发到朋友圈。",
        "owners": [{"stage": "PREPARED", "role": "EDITOR", "daysBefore": 1}],
        "parts": [{"kind": "CAMPAIGN", "minute": 600}, {"kind": "TASK", "templateId": "none"}],
    }
    saved = (await run(service, "SaveItem", EDITOR, input=item, version=1))["item"]
    assert saved["parts"] == ["CAMPAIGN", "TASK"]
    stale = await service.query(SHOWN["SaveItem"], EDITOR, input=item, version=1)
    assert stale.refused("marketingItemSave")[0]["code"] == "CONFLICT"
    assert (await run(service, "MakeWeek", first=first))["parts"] == []
    early = await service.query(SHOWN["Advance"], GUIDE, id=item["id"], date=first)
    assert early.refused("marketingDayAdvance")[0]["code"] == "FORBIDDEN"
    assert (await run(service, "Advance", id=item["id"], date=first))["stage"] == "APPROVED"
    made = [(await run(service, "MakeWeek", first=first))["parts"] for _ in range(2)]
    assert [[one["new"] for one in parts] for parts in made] == [[True, False], [False, False]]
    # What can't be made says why, and keeps no other from being made.
    assert made[1][1]["refused"].startswith("There is no template none")
    assert made[0][0]["target"] == made[1][0]["target"]
    week = await run(service, "Week", GUIDE, first=first)
    assert [one["item"]["theme"] for one in week][:2] == ["NEW_PLAY", "NEW_ARRIVALS"]
    day_before = (date.fromisoformat(first) - timedelta(days=1)).isoformat()
    assert week[0]["deadlines"] == [{"stage": "PREPARED", "role": "EDITOR", "by": day_before}]
    assert [one["kind"] for one in week[0]["made"]] == ["CAMPAIGN"]
    to = (date.fromisoformat(first) + timedelta(days=4)).isoformat()
    tuesday = (date.fromisoformat(first) + timedelta(days=1)).isoformat()
    moved = {"id": "item_new_arrivals", "date": tuesday, "to": to, "version": 1}
    assert (await run(service, "MoveDay", EDITOR, **moved))["item"] == {"version": 2}
    assert await run(service, "Collisions", EDITOR, first=first) == []
    festivals = await run(service, "Festivals", GUIDE)
    assert {"festival": "MID_AUTUMN", "on": "2026-09-25"} in festivals
    assert len(festivals) == 30


SEGMENT = """mutation { segmentSave(input: { name: "全部", rule: { kind: ORDERS, low: 0 } }) {
  segment { id } userErrors { code } } }"""
PRICES = "query { priceChanges(first: 9) { nodes { id name } } }"
ENTRY = {"kind": "LIST", "again": "AGAIN"}
MESSAGES = [
    {"key": f"m{n}", "kind": "TODO", "text": "您好，来看看？", "then": f"m{n + 1}"}
    for n in range(3)
]
PLAN = {"entry": ENTRY, "steps": [*MESSAGES, {"key": "m3", "kind": "STOP"}], "goals": []}


async def test_an_item_is_made_into_a_task_a_campaign_a_journey_and_prices_once_by_two_at_once(
    service: Service, database: Database
):
    await a_shop(service, database)
    guiding = documents_of("guiding.md")

    async def tell(document: str, viewer: Viewer = HEAD_OFFICE, **variables):
        [payload] = (await service.query(document, viewer, **variables)).data.values()
        assert not payload["userErrors"], payload
        return payload

    template = (await tell(guiding["WriteTask"], EDITOR))["template"]["id"]
    await tell(guiding["ApproveTask"], id=template)
    segment = (await tell(SEGMENT))["segment"]["id"]
    written = await tell(SHOWN["MakeJourney"], EDITOR, input={"name": "上新", "plan": PLAN})
    journey = written["journey"]["id"]
    await tell(SHOWN["ApproveJourney"], id=journey, number=1)
    await tell(SHOWN["PublishJourney"], id=journey, number=1)
    today = beijing_day(now())
    monday = today + timedelta(days=8 - today.isoweekday())
    first = monday.isoformat()
    item = {
        "id": "item_launch",
        "title": "上新",
        "theme": "NEW_ARRIVALS",
        "dates": {"repeats": "WEEKLY", "startsOn": first, "times": 1},
        "roles": ["GUIDE"],
        "text": "今天发新款。",
        "segmentId": segment,
        "materials": [{"kind": "PRODUCT", "id": "10001"}],
        "parts": [
            {"kind": "TASK", "templateId": template},
            {"kind": "CAMPAIGN", "minute": 600, "hours": 48},
            {"kind": "JOURNEY", "minute": 600, "journeyId": journey},
            {"kind": "PRICES", "minute": 600, "lines": [{"sku": "10001-NVY-M", "fen": 99_900}]},
        ],
    }
    strange = {**item, "materials": [{"kind": "POST", "id": "none"}]}
    refused = await service.query(SHOWN["SaveItem"], EDITOR, input=strange, version=0)
    assert [one["field"] for one in refused.refused("marketingItemSave")] == [
        ["input", "materials", "0", "id"]
    ]
    await tell(SHOWN["SaveItem"], EDITOR, input=item, version=0)
    [planned] = (await service.query(SHOWN["Items"], EDITOR)).data["marketingItemsPlanned"]
    assert (planned["segmentId"], planned["materials"]) == (segment, item["materials"])
    assert [one["key"] for one in planned["plannedParts"]] == ["0", "1", "2", "3"]
    assert planned["plannedParts"][3]["lines"] == item["parts"][3]["lines"]
    forbidden = await service.query(SHOWN["Items"], GUIDE)
    assert forbidden.errors[0]["extensions"]["code"] == "FORBIDDEN"
    [collision] = (await service.query(SHOWN["Collisions"], EDITOR, first=first)).data[
        "marketingCollisions"
    ]
    assert collision == {"on": first, "what": "全部 is told 3, and may be told 2 a day."}
    await tell(SHOWN["Advance"], id=item["id"], date=first)
    answers = await asyncio.gather(*(tell(SHOWN["MakeWeek"], first=first) for _ in range(2)))
    one, other = ([(part["part"], part["target"]) for part in a["parts"]] for a in answers)
    assert one == other
    assert [part["refused"] for a in answers for part in a["parts"]] == [None] * 8
    again = await tell(SHOWN["MakeWeek"], first=first)
    assert [(part["part"], part["target"]) for part in again["parts"]] == one
    assert not any(part["new"] for part in again["parts"])
    [day] = (await service.query(SHOWN["Week"], GUIDE, first=first)).data["marketingWeek"]
    assert day["item"]["materials"] == item["materials"]
    assert sorted(part["kind"] for part in day["made"]) == ["CAMPAIGN", "JOURNEY", "PRICES", "TASK"]
    changes = (await service.query(PRICES, HEAD_OFFICE)).data["priceChanges"]["nodes"]
    assert [change["name"] for change in changes] == ["上新"]
    with looking_away():
        for name in ("tasks", "campaigns", "price_changes", "journey_sweeps"):
            assert await database[name].estimated_document_count() == 1
