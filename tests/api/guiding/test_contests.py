"""Contests and the list of today over HTTP, as the page tells of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.days import beijing_day
from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.api.guiding.test_tasks import run
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.sharing import GUIDE, a_shop
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
TRAINER = Viewer(id=PersonId("staff_trainer"), role=Role.TRAINER)


async def test_a_contest_is_made_approved_by_another_and_watched(
    service: Service, database: Database
):
    await a_shop(service, database)
    today = beijing_day(now())
    days = {
        "first": (today + timedelta(days=2)).isoformat(),
        "last": (today + timedelta(days=3)).isoformat(),
    }
    made = (await run(service, "MakeContest", TRAINER, **days))["contest"]
    assert made["state"] == "IN_REVIEW"
    listed = "{ contests { nodes { id title unit startsOn prizes state } } }"
    assert (await service.query(listed, GUIDE)).data["contests"]["nodes"] == []
    approved = (await run(service, "ApproveContest", HEAD_OFFICE, id=made["id"]))["contest"]
    assert approved == {"state": "APPROVED", "entrants": 2}
    [shown] = (await service.query(listed, GUIDE)).data["contests"]["nodes"]
    assert shown["prizes"] == [300, 200, 100]
    for day in (None, days["first"]):
        standing = await run(service, "Standing", GUIDE, id=made["id"], day=day)
        assert standing == {
            "sealedAt": None,
            "hash": None,
            "places": {"totalCount": 0, "nodes": []},
        }
    # More than an Int can tell, as a large region sells in two months.
    whole = f"{made['id']}|whole"
    score = {"_id": f"{whole}|S1", "list": whole, "subject": "S1", "fen": 3_000_000_000}
    with looking_away():
        await database["contest_scores"].insert_one(score)
    standing = await run(service, "Standing", GUIDE, id=made["id"], day=None)
    assert [one["fen"] for one in standing["places"]["nodes"]] == ["3000000000"]
    move = {"_id": f"{whole}|o1", "target": f"{whole}|S1", "at": now(), "state": "APPLIED"}
    move |= {"add": [["fen", 3_000_000_000]], "at_least": [], "put": []}
    with looking_away():
        await database["contest_moves"].insert_one(move)
    manager = Viewer(id=PersonId("staff_s1"), role=Role.STORE_MANAGER, store_id="S1")
    behind = await run(service, "RowsBehindPlace", manager, id=made["id"], day=None, subject="S1")
    assert [(one["about"], one["fen"], one["late"]) for one in behind["nodes"]] == [
        ("o1", "3000000000", False)
    ]
    # Their orders are shown to nobody whose figures they are not.
    for stranger in (GUIDE, replace(manager, store_id="S2")):
        opened = f"""{{ contestRows(id: "{made["id"]}", subject: "S1") {{ nodes {{ about }} }} }}"""
        [refusal] = (await service.query(opened, stranger)).errors
        assert refusal["extensions"]["code"] == "FORBIDDEN"
    file = await run(service, "StandingFile", GUIDE, id=made["id"], day=None)
    assert file.splitlines()[1].split(",")[2:5] == ["1", "S1", "3000000000"]
    assert await run(service, "Today", GUIDE) == []
    rejected = f"""mutation {{ contestReject(id: "{made["id"]}", comment: "x") {{
      userErrors {{ code }} }} }}"""
    assert (await service.query(rejected, HEAD_OFFICE)).refused("contestReject") == [
        {"code": "WRONG_STATE"}
    ]
