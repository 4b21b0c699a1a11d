"""A guide's list of today over what is kept: the twenty that are worth most."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.guiding.today import MOST_A_DAY, follow_customers, own_today
from domain.kernel.facts import Batch
from domain.people.successions import begin_succession, finish_succession
from qianmian.foundation import Foundation
from qianmian.wiring.guiding import care_ports, today_ports
from qianmian.wiring.people import succession_ports
from storage.mongo.kernel.database import Database
from tests.domain.guiding.test_customer_care import told
from tests.support.foundations import a_foundation
from tests.support.guiding import (
    Stream,
    a_task,
    a_visit,
    an_act,
    as_guide,
    beijing,
    open_shops,
    some_work,
)

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
DAY = "2026-11-21"
NOON = beijing(DAY)


@pytest.fixture
def base(database: Database) -> Foundation:
    return a_foundation(database)


async def test_the_twenty_that_are_worth_most_and_stay_when_they_are_done(base: Foundation):
    ports = await open_shops(base)
    task = await a_task(ports, base, some_work(target=1, coins=85), act=an_act(at=NOON))
    await a_task(ports, base, some_work(target=1, coins=5), act=an_act(at=NOON))
    facts = []
    for n in range(25):
        member = f"member_{n:02}"
        facts.append(a_visit("G1", member, NOON - timedelta(days=9)))
        facts.append(
            told(
                "order.expired",
                NOON - timedelta(days=1, seconds=n),
                buyerId=member,
                guideId="G1",
                lines=[{"productId": "10001"}],
            )
        )
    numbered = tuple(replace(one, n=n) for n, one in enumerate(facts, 1))
    care = care_ports(base)
    for _ in range(2):
        await follow_customers(care, an_act(), Batch(facts=numbered, upto=len(numbered)))
    today = today_ports(base, ports.sharing)
    found = await own_today(today, as_guide("G1", at=NOON))
    assert len(found) == MOST_A_DAY
    assert found[0].task.copy.task.id == task.id
    customers = [one.customer.member_id for one in found[1:]]
    assert customers == [f"member_{n:02}" for n in range(19)]
    # Who comes today is done and keeps the place; so is the task that their coming does.
    came = a_visit("G1", "member_03", NOON)
    await Stream(base).measure(came)
    batch = Batch(facts=(replace(came, n=999),), upto=999)
    await follow_customers(care, an_act(), batch)
    again = await own_today(today, as_guide("G1", at=NOON))
    assert {one.key for one in again} == {one.key for one in found}
    assert [one.key for one in again if one.done] == [found[0].key, "UNPAID|member_03"]
    assert [one.done for one in again] == [False] * 18 + [True] * 2
    assert await own_today(today, as_guide("G1001", "S2", NOON - timedelta(days=1))) == []
    tomorrow = await own_today(today, as_guide("G1", at=NOON + timedelta(days=1)))
    assert [one.worth for one in tomorrow] == [85, 5]


async def test_whose_customers_a_leaver_had_are_their_successor_s_to_turn_to(base: Foundation):
    ports = await open_shops(base)
    facts = [
        a_visit("G1", "member_1", NOON - timedelta(days=9)),
        told(
            "order.expired",
            NOON - timedelta(days=1),
            buyerId="member_1",
            guideId="G1",
            lines=[{"productId": "10001"}],
        ),
    ]
    numbered = tuple(replace(one, n=n) for n, one in enumerate(facts, 1))
    await follow_customers(care_ports(base), an_act(), Batch(facts=numbered, upto=len(numbered)))
    today = today_ports(base, ports.sharing)

    async def keys(guide: str) -> list[str]:
        return [one.key for one in await own_today(today, as_guide(guide, at=NOON))]

    assert (await keys("G1"), await keys("G2")) == (["UNPAID|member_1"], [])
    people = succession_ports(base)
    await begin_succession(people, an_act(at=NOON), "G1", "G2")
    assert await keys("G2") == []
    await finish_succession(people, an_act(at=NOON), "G1")
    assert (await keys("G1"), await keys("G2")) == ([], ["UNPAID|member_1"])
