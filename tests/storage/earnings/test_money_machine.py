"""Money goes every way it can, and any write may be the last: the books end at zero."""

from datetime import timedelta
from random import Random

import pytest

from domain.earnings.freezes import FrozenKind
from domain.earnings.transfers import TransferWay
from storage.mongo.kernel.database import Database
from tests.support.money_machine import Brand, a_brand

pytestmark = pytest.mark.anyio

STEPS = 45
TIMES = (timedelta(hours=1), timedelta(days=9), timedelta(days=16))
FREEZABLE = ((FrozenKind.OWNER, "O1"), (FrozenKind.GUIDE, "G1"), (FrozenKind.ORDER, "order_1"))
MERCHANT = "1900000999"
# What may happen, and how often of all that happens.
HAPPENS = {
    "sell": 7,
    "refund": 4,
    "follow": 4,
    "time passes": 9,
    "the clock comes by": 4,
    "two processes at once": 2,
    "settle": 5,
    "pay owners": 5,
    "pay guides": 4,
    "others do their part": 4,
    "hand over": 1,
    "freeze": 1,
    "the merchant is poor": 2,
}


async def one_step(brand: Brand, chance: Random) -> None:
    """Something happens, and whoever does it may die at any call of a port."""
    # So many moments a process lives through, before and after each call; 0 is for ever.
    moments = chance.choice((0, 0, chance.randint(1, 40)))
    match chance.choices(list(HAPPENS), list(HAPPENS.values()))[0]:
        case "sell":
            fen = chance.choice((1, 645, 10_000, 300_007))
            await brand.sell(chance.choice(("S1", "S1", "S2", "S3")), fen)
            brand.send(list(brand.orders)[-1])
        case "refund" if brand.orders:
            fen = chance.choice((1, 645, 10_000))
            await brand.refund(chance.choice(list(brand.orders)), fen)
        case "follow":
            await brand.follow(moments)
        case "time passes":
            await brand.follow()
            await brand.clock(moments, passed=chance.choice(TIMES))
        case "the clock comes by":
            await brand.clock(moments)
        case "two processes at once":
            await brand.two_clocks(moments)
        case "settle":
            await brand.settle()
        case "pay owners":
            await brand.pay_owners(moments)
        case "pay guides":
            await brand.pay_guides(chance.choice(list(TransferWay)), moments)
        case "others do their part":
            await brand.conclude()
        case "hand over":
            await brand.hand_over(done=chance.random() < 0.5)
        case "freeze":
            await brand.freeze(*chance.choice(FREEZABLE))
        case "the merchant is poor":
            brand.gateway.poor ^= {MERCHANT}


@pytest.mark.parametrize("seed", [9, 10, 12])
async def test_whatever_happens_and_whoever_dies_the_books_end_at_zero(
    database: Database, seed: int
):
    chance = Random(seed)
    async with a_brand(database) as brand:
        for _ in range(STEPS):
            await one_step(brand, chance)
        assert len(brand.orders) > 2
        await brand.to_the_end()
        await brand.check()
        await whoever_is_left_is_paid(brand)
        await brand.check()
        for order, sold in brand.orders.items():
            await brand.refund(order, sold.paid)
        await brand.to_the_end()
        await brand.check()
        await brand.check_zero()


async def whoever_is_left_is_paid(brand: Brand) -> None:
    """Whatever has become of the brand, what is sold now reaches owners and a guide."""
    before = await brand.paid()
    brand.gateway.poor.clear()
    for store in ("S1", "S2"):
        await brand.sell(store, 3_000_000)
        brand.send(list(brand.orders)[-1])
    await brand.follow()
    for _ in range(4):
        await brand.clock(passed=timedelta(days=16))
    await brand.settle()
    await brand.to_the_end()
    await brand.pay_owners(0)
    await brand.pay_guides(TransferWay.WECHAT, 0)
    await brand.to_the_end()
    more = await brand.paid()
    more.subtract(before)
    assert more["owner:O1"] > 0
    assert more["owner:O2"] > 0
    assert more["guide:G1"] + more["guide:G2"] > 0
