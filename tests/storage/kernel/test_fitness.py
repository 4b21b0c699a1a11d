"""What production asks of a database before it serves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.mongo.kernel import fitness
from storage.mongo.kernel.database import Database, DatabaseUnreachable
from storage.mongo.kernel.fitness import require_fit, seconds_apart, unfit


@pytest.mark.parametrize("hello", [{"setName": "rs0"}, {"msg": "isdbgrid"}])
def test_a_replica_set_and_a_cluster_are_fit(hello: dict[str, Any]):
    assert unfit(hello, retries=True) is None


def test_a_standalone_server_is_refused():
    assert "standalone" in (unfit({"isWritablePrimary": True}, retries=True) or "")


def test_an_address_that_switches_retries_off_is_refused():
    assert "retryWrites=false" in (unfit({"setName": "rs0"}, retries=False) or "")


async def test_the_embedded_server_is_refused_with_its_reason(database: Database):
    # It is reached by an address that switches retries off.
    with pytest.raises(DatabaseUnreachable, match=r"standalone|retryWrites"):
        await require_fit(database)


async def test_clocks_of_one_machine_agree(database: Database):
    assert await seconds_apart(database) < 1


@pytest.mark.parametrize("by_s", [-5, 5])
async def test_a_clock_that_is_wrong_is_measured(
    database: Database, monkeypatch: pytest.MonkeyPatch, by_s: int
):
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(UTC) + timedelta(seconds=by_s)

    monkeypatch.setattr(fitness, "datetime", Wrong)
    # Both clocks tell whole parts of a second, and the question takes a while.
    assert 4 < await seconds_apart(database) < 6
