"""Points over HTTP: earned by what is paid, taken back by what is paid back, spent at tills."""

import asyncio
from datetime import timedelta

import pytest

from domain.people.accounts import Member
from domain.people.act import by_the_clock
from domain.people.guesses import GUESSES
from domain.wallets.keeping import tend_wallets
from domain.wallets.ports import WalletPorts
from domain.wallets.reconciling import reconcile_wallets
from qianmian.clock import new_id, now
from storage.mongo.kernel.database import Database
from tests.api.mall.fulfilment.test_after_sale import CANCEL
from tests.api.mall.orders.test_orders import MEMBER, M
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.fulfilling import a_manager, a_paid_order, act, open_stores_with_stock
from tests.support.purses import purse_ports
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

SHOWN = documents_of("points.md")
OWN = "{ ownPoints { active pending held debt } }"
ENTRIES = "{ ownPointsEntries(first: 50) { nodes { kind active pending about } } }"
PAID = 2 * 2_399  # yuan, for two coats


@pytest.fixture
def ports(database: Database) -> WalletPorts:
    return purse_ports(database)


@pytest.fixture(autouse=True)
async def known(ports: WalletPorts) -> None:
    """The buyer of these tests is a member whom the brand knows."""
    await ports.members.join(Member(id=MEMBER.id, joined_at=now()))


async def own(service: Service) -> tuple[int, int, int, int]:
    found = (await service.query(OWN, MEMBER)).data["ownPoints"]
    return (found["active"], found["pending"], found["held"], found["debt"])


async def stand(service: Service, *expected: int) -> None:
    await comes_to(expected, lambda: own(service))


async def grant(
    service: Service, points: int, key: str, reason="周年礼", viewer=HEAD_OFFICE, to="member_1"
):
    text = """mutation($m: ID!, $n: Int!, $r: String!, $k: String!) { pointsGrant(
      memberId: $m, points: $n, reason: $r, idempotencyKey: $k) {
      entry { id active } userErrors { code field } } }"""
    answer = await service.query(text, viewer, m=to, n=points, r=reason, k=key)
    return answer.data["pointsGrant"]


async def test_what_is_paid_earns_and_what_is_paid_back_takes_its_part(
    service: Service, ports: WalletPorts
):
    await open_stores_with_stock(service)
    order = await a_paid_order(service, lines={M: 2})
    await stand(service, 0, PAID, 0, 0)
    units = [{"sku": M, "quantity": 1}]
    await service.query(CANCEL, MEMBER, order=order, units=units)
    await stand(service, 0, PAID // 2, 0, 0)
    manager = a_manager("S1")
    part = f"{order}-1"
    for name, more in (
        ("fulfilmentOrderAccept", ""),
        ("fulfilmentOrderShip", ', carrier: "SF", number: "SF1234567890"'),
    ):
        assert not (await act(service, manager, name, part, more))["userErrors"]

    async def kinds():
        text = "{ ownPointsEntries { totalCount } }"
        found = await ports.ledger.entries([f"ripen:{part}"])
        return bool(found), (await service.query(text, MEMBER)).data["ownPointsEntries"][
            "totalCount"
        ]

    await comes_to((True, 2), kinds)
    await tend_wallets(ports, by_the_clock(now() + timedelta(days=6), new_id))
    assert await own(service) == (0, PAID // 2, 0, 0)
    later = by_the_clock(now() + timedelta(days=8), new_id)
    await asyncio.gather(*(tend_wallets(ports, later) for _ in range(2)))
    assert await own(service) == (PAID // 2, 0, 0, 0)
    act_now = by_the_clock(now(), new_id)
    assert [one async for one in reconcile_wallets(ports, act_now, mend=False)] == []


async def test_head_office_grants_and_takes_once_for_a_key(service: Service):
    first = await grant(service, 500, "k1")
    assert first["entry"]["active"] == 500
    assert await grant(service, 500, "k1") == first
    assert (await grant(service, 400, "k1"))["userErrors"][0]["code"] == "CONFLICT"
    await grant(service, -600, "k2")
    assert await own(service) == (-100, 0, 0, 100)
    for points, reason, field in ((0, "x", "points"), (10**7, "x", "points"), (5, " ", "reason")):
        [error] = (await grant(service, points, "k3", reason))["userErrors"]
        assert (error["code"], error["field"]) == ("INVALID", [field])
    for nobody in ("", "member_2", "guide_1"):
        [error] = (await grant(service, 5, "k4", to=nobody))["userErrors"]
        assert (error["code"], error["field"]) == ("NOT_FOUND", ["memberId"])
    refused = await grant(service, 5, "k4", viewer=MEMBER)
    assert refused["userErrors"][0]["code"] == "FORBIDDEN"


async def test_a_tills_code_takes_points_once_and_only_in_its_own_store(
    service: Service, database: Database
):
    await grant(service, 500, "k1")

    async def code() -> str:
        shown = (await service.query(SHOWN["Show"], MEMBER)).data["tillCodeIssue"]
        return shown["code"]["code"]

    async def redeem(code: str, viewer, store="S1", points=200):
        text = """mutation($c: String!, $s: ID!, $n: Int!) { pointsRedeem(
          code: $c, points: $n, storeId: $s) {
          redeemed { worth { fen } entry { id active } } userErrors { code } } }"""
        answer = await service.query(text, viewer, c=code, s=store, n=points)
        found = answer.data["pointsRedeem"]
        return found["redeemed"] or found["userErrors"][0]["code"]

    manager, first = a_manager("S1"), await code()
    assert await redeem(first, a_manager("S2")) == "FORBIDDEN"
    assert await redeem(first, MEMBER) == "FORBIDDEN"
    answers = await asyncio.gather(*(redeem(first, manager) for _ in range(4)))
    assert all(one == answers[0] for one in answers)
    assert answers[0]["worth"] == {"fen": 200}
    assert await own(service) == (300, 0, 0, 0)
    assert await redeem(first, manager, points=100) == "CONFLICT"
    assert await redeem("0" * 16, manager) == "NOT_FOUND"
    assert await redeem(await code(), manager, points=301) == "CONFLICT"
    late = await code()
    await database["till_codes"].update_many({}, {"$set": {"expires_at": now()}})
    assert await redeem(late, manager) == "NOT_FOUND"
    # What a till sends again after the minute is answered as it was.
    assert await redeem(first, manager) == answers[0]
    assert await own(service) == (300, 0, 0, 0)


@pytest.mark.usefixtures("one_window")
async def test_codes_of_tills_cannot_be_tried_out(service: Service):
    await grant(service, 500, "k1")
    text = """mutation($c: String!) { pointsRedeem(code: $c, points: 1, storeId: "S1") {
      redeemed { entry { id } } userErrors { code } } }"""
    code = (await service.query(SHOWN["Show"], MEMBER)).data["tillCodeIssue"]["code"]["code"]

    async def tried(code: str) -> str | None:
        errors = (await service.query(text, a_manager(), c=code)).data["pointsRedeem"]["userErrors"]
        return errors[0]["code"] if errors else None

    # A true one counts for nothing, however often it is sent again.
    assert {await tried(code) for _ in range(5)} == {None}
    # Wrong ones do, until whoever tries has to wait.
    tries = [await tried(f"{n:016}") for n in range(GUESSES.most + 1)]
    assert tries == ["NOT_FOUND"] * GUESSES.most + ["TOO_MANY"]
    assert await tried(code) == "TOO_MANY"


async def test_all_that_the_page_shows_works_in_its_order(service: Service):
    shown = dict(SHOWN)

    async def run(name: str, viewer, **variables):
        answer = await service.query(shown.pop(name), viewer, **variables)
        payload = next(iter(answer.data.values()))
        assert not (isinstance(payload, dict) and payload.get("userErrors"))
        return payload

    assert (await run("Rules", MEMBER))["version"] == 0
    assert (await run("SetRules", HEAD_OFFICE, version=0))["rules"]["version"] == 1
    again = await service.query(SHOWN["SetRules"], HEAD_OFFICE, version=0)
    assert again.data["pointsRulesSet"]["userErrors"][0]["code"] == "CONFLICT"
    assert (await run("Grant", HEAD_OFFICE, member="member_1"))["entry"]["active"] == 500
    assert (await run("Mine", MEMBER))["active"] == 500
    assert (await run("Statement", MEMBER))["totalCount"] == 1
    assert (await run("OfMember", HEAD_OFFICE, member="member_1"))["active"] == 500
    code = (await run("Show", MEMBER))["code"]["code"]
    assert (await run("Take", a_manager("S1"), code=code))["redeemed"]["worth"] == {"fen": 200}
    assert set(shown) == {"Cost", "Place"}  # test_points_at_checkout.py
