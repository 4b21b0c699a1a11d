"""The rankings of what sold, made from paid orders by one process at a time."""

import asyncio
from datetime import timedelta

import pytest

from domain.catalogue.best_sellers import LATELY, RANK_EVERY, Sold, rank_best_sellers, ranked
from domain.mall.faces.modules import SalesScope
from storage.mongo.catalogue.best_sellers import MongoBestSellers
from storage.mongo.kernel.database import Database
from tests.support.builders import NOON

pytestmark = pytest.mark.anyio


def an_order(number: int, *products: tuple[str, int], store="S1", region="320500", **changes):
    """An order as far as a ranking looks at it."""
    order = {
        "_id": f"order_{number}",
        "buyer_id": f"member_{number}",
        "idempotency_key": "k",
        "store_id": store,
        "region_id": region,
        "state": "PAID",
        "placed_at": NOON - timedelta(days=1),
        "lines": [{"product_id": product, "quantity": n} for product, n in products],
    }
    return {**order, **changes}


async def test_paid_orders_of_the_last_weeks_are_ranked_by_units(database: Database):
    await database["orders"].insert_many(
        [
            an_order(1, ("10001", 1), ("10002", 3)),
            an_order(2, ("10001", 1), store="S2"),
            an_order(3, ("10003", 5), store="S3", region="110100"),
            an_order(4, ("10004", 99), state="CANCELLED"),
            an_order(5, ("10004", 99), state="PLACED"),
            an_order(6, ("10004", 99), placed_at=NOON - LATELY - timedelta(seconds=1)),
        ]
    )
    rankings = MongoBestSellers(database)
    assert await rank_best_sellers(rankings, now=NOON)
    assert await rankings.best_sellers() == ["10003", "10002", "10001"]
    assert await rankings.of("S1", "320500") == {
        SalesScope.STORE: ["10002", "10001"],
        SalesScope.REGION: ["10002", "10001"],
    }
    assert await rankings.of("S3", "320500") == {
        SalesScope.STORE: ["10003"],
        SalesScope.REGION: ["10002", "10001"],
    }


async def test_of_many_processes_one_makes_the_rankings_when_they_are_due(database: Database):
    rankings = MongoBestSellers(database)

    async def all_try(now) -> int:
        return sum(await asyncio.gather(*(rank_best_sellers(rankings, now=now) for _ in range(8))))

    assert await all_try(NOON) == 1
    assert await all_try(NOON + RANK_EVERY / 2) == 0
    assert await all_try(NOON + RANK_EVERY) == 1


def test_among_equals_the_smaller_id_comes_first():
    sales = [
        Sold(store_id="S1", region_id="R", product_id=product, units=2) for product in ("b", "a")
    ]
    assert ranked(sales)["brand"] == ["a", "b"]
    assert ranked([]) == {"brand": []}
