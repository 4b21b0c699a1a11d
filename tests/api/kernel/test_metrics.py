"""What a process tells of itself, to whom, and what it says of slow statements."""

import asyncio
import json
import logging
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.kernel.logs import JsonLines
from qianmian.clock import Job, repeating
from qianmian.settings import SettingsError
from scripts.bootstrap import ROOT
from storage.mongo.kernel import calls
from storage.mongo.kernel.calls import Calls, shape_of
from storage.mongo.kernel.database import Database, connect
from tests.conftest import Service, serving, settings_for
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

TOKEN = "a token of the tests that is long enough"


async def told(service: Service, authorization: str = f"Bearer {TOKEN}"):
    return await service.http.get("/metrics", headers={"Authorization": authorization})


async def values(service: Service) -> dict[str, float]:
    """Each sample's value by its name and labels."""
    answer = await told(service)
    assert answer.status_code == 200
    return {
        f"{one.name} {' '.join(one.labels.values())}".strip(): one.value
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }


async def test_who_has_the_token_is_told_and_nobody_else(
    mongodb_uri: str, database: Database, tmp_path: Path
):
    settings = settings_for(mongodb_uri, database.name, tmp_path)
    async with serving(replace(settings, metrics_token=TOKEN)) as service:
        for wrong in (
            "",
            "Bearer",
            f"Bearer {TOKEN}x",
            TOKEN,
            f"Basic {TOKEN}",
            f"bearer {TOKEN[:-1]}",
        ):
            answer = await told(service, wrong)
            assert answer.status_code == 401, wrong
            assert "qianmian_" not in answer.text
        before = await values(service)
        assert before["qianmian_database_answers"] == 1
        await service.query("{ viewer { id } }")
        await service.query("{ orders { totalCount } }")
        await service.http.get("/a/path/of/somebody")
        after = await values(service)
        assert after["qianmian_request_seconds_count graphql 200"] == 2
        assert after["qianmian_request_seconds_count other 404"] == 1
        assert after["qianmian_errors_total UNAUTHENTICATED"] >= 1
        assert not [one for one in after if "somebody" in one]
        assert after["qianmian_database_seconds_count True update"] > 0
        await comes_to(True, partial(tells_of_followers, service))
        after = await values(service)
        await holds_the_alerts(set(after))
    with pytest.raises(SettingsError):
        replace(settings, metrics_token="short").check()


async def tells_of_followers(service: Service) -> bool:
    """Whether each follower is told of, whoever has it; with none parked."""
    found = await values(service)
    late = {one for one in found if one.startswith("qianmian_follower_late_seconds ")}
    parked = [n for one, n in found.items() if one.startswith("qianmian_follower_parked ")]
    return len(late) == len(parked) > 5 and not any(parked)


async def holds_the_alerts(samples: set[str]) -> None:
    """Every name that an alert asks about is one that is told, or comes with the first fault."""
    page = (ROOT / "docs" / "operations.md").read_text()
    [section] = re.findall(r"## Watching it\n(.*?)\n## ", page, re.DOTALL)
    known = {one.split()[0] for one in samples} | {"qianmian_job_failures_total"}
    named = set(re.findall(r"\b(?:qianmian|process)_[a-z_]+", section))
    assert named
    assert named <= known
    assert section.count("\n| ") == 12


async def test_without_a_token_there_is_no_such_route(service: Service):
    assert (await told(service)).status_code == 404


async def test_a_slow_call_is_logged_by_its_shape_without_its_values(
    mongodb_uri: str,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    monkeypatch.setattr(calls, "SLOW_S", 0.0)
    seen: list[tuple[str, bool]] = []
    own = connect(
        mongodb_uri,
        database.name,
        listeners=[Calls(lambda command, _, answered: seen.append((command, answered)))],
    )
    with caplog.at_level(logging.WARNING, logger=calls.__name__):
        await own["members"].find_one({"_id": "13800138000", "n": {"$in": [1, 2, 3]}})
        await own["members"].update_one({"_id": "secret"}, {"$set": {"nickname": "梅"}})
    own.client.close()
    assert ("find", True) in seen
    lines = [json.loads(JsonLines().format(one)) for one in caplog.records]
    statements = [one["statement"] for one in lines if one["logger"] == calls.__name__]
    assert 'find members {"filter": {"_id": "?", "n": {"$in": ["?"]}}}' in statements
    assert any(one.startswith("update members") and "nickname" in one for one in statements)
    for value in ("13800138000", "secret", "梅"):
        assert value not in str(statements)


def test_a_shape_is_short_whatever_is_asked():
    deep: dict = {}
    for _ in range(50):
        deep = {"x" * 100: deep}
    assert len(shape_of({"find": "orders", "filter": deep})) <= calls.LONGEST_SHAPE
    assert shape_of({"ping": 1}) == "ping 1 {}"


async def test_work_that_fails_is_told_by_its_name():
    failed: list[str] = []

    async def work(_: object) -> None:
        raise ValueError("no")

    async def known() -> bool:
        return bool(failed)

    async with repeating(Job(name="work", work=work, every_s=0.01), failed.append):
        await comes_to(True, known)
    assert set(failed) == {"work"}
    await asyncio.sleep(0)
