"""The marketing calendar over HTTP, in the order in which the page tells of it."""

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
