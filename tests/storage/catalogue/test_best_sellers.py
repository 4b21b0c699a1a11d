"""The rankings of what sold, kept by paid orders and made anew by one process at a time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.catalogue.best_sellers import (
    DAYS,
    RANK_EVERY,
    RankingPorts,
    count_sales,
    rank_best_sellers,
    ranked,
)
from domain.kernel.days import beijing_day
from domain.kernel.facts import Batch, Fact
from domain.mall.faces.modules import SalesScope
from domain.people.act import by_the_clock
from storage.mongo.catalogue.best_sellers import MongoBestSellers, MongoSales
from storage.mongo.kernel.database import Database
from storage.mongo.mall.storefronts.store_best_sellers import MongoStoreBestSellers
from tests.support.builders import NOON

pytestmark = pytest.mark.anyio


def at(now: datetime):
    return by_the_clock(now, lambda kind: kind)


def a_paid_order(
    number: int, *products: tuple[str, int], store="S1", region="320500", placed_at=None
) -> Fact:
    return Fact(
        id=f"order:{number}:2",
        subject=f"order:{number}",
        kind="order.paid",
        at=NOON,
        n=number,
        data={
            "storeId": store,
            "regionId": region,
            "placedAt": (placed_at or NOON - timedelta(days=1)).isoformat(),
            "lines": [{"productId": product, "quantity": n} for product, n in products],
        },
    )


def ports(database: Database) -> RankingPorts:
    return RankingPorts(sales=MongoSales(database), rankings=MongoBestSellers(database))


async def sell(database: Database, *orders: Fact, now=NOON) -> None:
    batch = Batch(facts=orders, upto=orders[-1].n)
    await count_sales(ports(database), at(now), batch)


async def test_paid_orders_of_the_last_weeks_are_ranked_by_units(database: Database):
    await sell(
        database,
        a_paid_order(1, ("10001", 1), ("10002", 3)),
        a_paid_order(2, ("10001", 1), store="S2"),
        a_paid_order(3, ("10003", 5), store="S3", region="110100"),
        a_paid_order(6, ("10004", 99), placed_at=NOON - timedelta(days=DAYS, seconds=1)),
    )
    rankings, of_stores = MongoBestSellers(database), MongoStoreBestSellers(database)
    assert await rank_best_sellers(ports(database), at(NOON))
    assert await rankings.best_sellers() == ["10003", "10002", "10001"]
    assert await of_stores.of("S1", "320500") == {
        SalesScope.STORE: ["10002", "10001"],
        SalesScope.REGION: ["10002", "10001"],
    }
    assert await of_stores.of("S3", "320500") == {
        SalesScope.STORE: ["10003"],
        SalesScope.REGION: ["10002", "10001"],
    }


async def test_an_order_that_is_told_of_again_counts_once(database: Database):
    order = a_paid_order(1, ("10001", 1))
    await sell(database, order)
    await sell(database, order, a_paid_order(2, ("10002", 2)))
    assert await rank_best_sellers(ports(database), at(NOON))
    sold = await MongoSales(database).since(["brand"], beijing_day(NOON) - timedelta(days=9))
    assert sold == [("brand", {"10001": 1, "10002": 2})]


async def test_the_next_rankings_know_what_was_sold_since_and_a_day_that_is_over(
    database: Database,
):
    rankings = MongoBestSellers(database)
    long_ago = NOON - timedelta(days=DAYS - 1)
    await sell(database, a_paid_order(1, ("10001", 9), placed_at=long_ago))
    assert await rank_best_sellers(ports(database), at(NOON))
    await sell(database, a_paid_order(2, ("10002", 1)), now=NOON + timedelta(minutes=5))
    assert await rank_best_sellers(ports(database), at(NOON + RANK_EVERY))
    assert await rankings.best_sellers() == ["10001", "10002"]
    assert await rank_best_sellers(ports(database), at(NOON + timedelta(days=1)))
    assert await rankings.best_sellers() == ["10002"]


async def test_what_a_crash_left_unranked_is_ranked_the_next_time(database: Database):
    rankings = MongoBestSellers(database)
    await sell(database, a_paid_order(1, ("10001", 1)))
    assert await rankings.claim(made_before=NOON, now=NOON) is not None
    later = NOON + timedelta(hours=1)
    assert await rank_best_sellers(ports(database), at(later))
    assert await rankings.best_sellers() == ["10001"]


async def test_of_many_processes_one_makes_the_rankings_when_they_are_due(database: Database):
    async def all_try(now) -> int:
        tries = (rank_best_sellers(ports(database), at(now)) for _ in range(8))
        return sum(await asyncio.gather(*tries))

    assert await all_try(NOON) == 1
    assert await all_try(NOON + RANK_EVERY / 2) == 0
    assert await all_try(NOON + RANK_EVERY) == 1


def test_among_equals_the_smaller_id_comes_first():
    assert ranked(["brand"], [("brand", {"b": 2, "a": 2})]) == {"brand": ["a", "b"]}
    assert ranked(["brand"], []) == {"brand": []}


def test_a_day_is_beijings():
    evening = datetime(2026, 11, 10, 16, 0, tzinfo=UTC)
    assert str(beijing_day(evening)) == "2026-11-11"
    assert str(beijing_day(evening - timedelta(seconds=1))) == "2026-11-10"
