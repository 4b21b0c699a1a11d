"""Every mutation of an order by everybody: who may, and that nothing comes of the others' tries."""

import asyncio
import re
from typing import Any

import pytest

from api.schema import schema
from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import ASCENDING, Database
from tests.api.mall.fulfilment.test_fulfilment import stock_of
from tests.api.mall.orders.test_orders import MEMBER, L, M
from tests.conftest import Service
from tests.support.fulfilling import (
    a_manager,
    a_paid_order,
    act,
    an_order,
    open_stores_with_stock,
)
from tests.support.network import HEAD_OFFICE

pytestmark = pytest.mark.anyio


def somebody(id: str, role: Role, store_id: str | None = None) -> Viewer:
    return Viewer(id=PersonId(id), role=role, store_id=store_id)


PEOPLE: dict[str, Viewer | None] = {
    "buyer": MEMBER,
    "head office": HEAD_OFFICE,
    "manager": a_manager("S1"),
    "guide": somebody("G1", Role.GUIDE, "S1"),
    "manager of S2": a_manager("S2"),
    "guide of S2": somebody("G2", Role.GUIDE, "S2"),
    "manager elsewhere": somebody("M9", Role.STORE_MANAGER, "S9"),
    "guide elsewhere": somebody("G9", Role.GUIDE, "S9"),
    "another member": somebody("member_2", Role.MEMBER),
    "a visitor": somebody("visitor_2", Role.VISITOR),
    "nobody": None,
    "editor": somebody("E1", Role.EDITOR),
    "reviewer": somebody("R1", Role.REVIEWER),
    "till": somebody("T1", Role.FEED),
}
BUYER, OFFICE = {"buyer"}, {"head office"}
STORE = {"manager", "guide"} | OFFICE
OTHER_STORE = {"manager of S2", "guide of S2"} | OFFICE
FOLLOWERS = BUYER | STORE | OTHER_STORE
# `UNPAID`, `PAID` and `SENT` stand for orders; of the last a return was asked for at S2, and of the
# one before S1 is asked for everything.
MATRIX: list[tuple[str, set[str]]] = [
    ('query orderProgress(orderId: "UNPAID") { state }', BUYER | OFFICE),
    ('query orderProgress(orderId: "SENT") { state }', FOLLOWERS),
    ('query fulfilmentOrder(id: "PAID-1") { id }', STORE),
    ('paymentStart(orderId: "UNPAID")', BUYER),
    ('paymentCheck(orderId: "PAID")', BUYER | OFFICE),
    ('fulfilmentOrderAccept(id: "PAID-1")', STORE),
    ('fulfilmentOrderHold(id: "PAID-1", reason: "等等")', STORE),
    ('fulfilmentOrderSplit(id: "PAID-1", units: [{sku: "M", quantity: 1}])', STORE),
    ('fulfilmentOrderShip(id: "PAID-1", carrier: "顺丰", number: "SF1")', STORE),
    ('fulfilmentOrderReady(id: "PAID-1")', STORE),
    ('fulfilmentOrderHandOver(id: "PAID-1", code: "123456")', STORE),
    ('fulfilmentOrderUnclaimed(id: "PAID-1", reason: "没来")', STORE),
    ('fulfilmentOrderReject(id: "PAID-1", reason: TOO_BUSY)', STORE),
    ('fulfilmentOrderAssign(id: "PAID-1", storeId: "S2", reason: "就近")', OFFICE),
    (
        'returnRequest(orderId: "SENT", storeId: "S2", units: [{sku: "L", quantity: 1}], '
        'reason: "偏小", idempotencyKey: "KEY")',
        FOLLOWERS,
    ),
    ('returnReceive(id: "SENT-b1")', OTHER_STORE),
    ('returnAccept(id: "SENT-b1")', {"manager of S2"} | OFFICE),
    ('returnRefuse(id: "SENT-b1", reason: "穿过")', {"manager of S2"} | OFFICE),
    ('returnCancel(id: "SENT-b1")', BUYER),
    ('orderRefund(orderId: "PAID", amountFen: 1, reason: "补偿", idempotencyKey: "KEY")', OFFICE),
    ('refundRetry(id: "PAID-r1")', OFFICE),
    (
        'orderCancel(orderId: "PAID", reason: "买多了", units: [{sku: "M", quantity: 1}], '
        'idempotencyKey: "KEY")',
        BUYER | OFFICE,
    ),
    ('orderCancel(orderId: "UNPAID", reason: "买多了", idempotencyKey: "KEY")', BUYER | OFFICE),
    ("returnPolicySet(inspector: MANAGER, expectedVersion: 0)", OFFICE),
]
TURNED_AWAY = {"UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"}


def test_no_mutation_of_orders_is_left_out():
    mutations = schema.as_str().split("type Mutation {")[1].split("\n}")[0]
    of_orders = re.findall(
        r"^  ((?:order|payment|fulfilmentOrder|return|refund)\w*)\(", mutations, re.M
    )
    assert set(of_orders) - {"orderPlace"} == {
        asked.partition("(")[0] for asked, _ in MATRIX if not asked.startswith("query")
    }


async def codes(service: Service, asked: str, viewer: Viewer | None) -> set[str]:
    """The codes with which something is refused; no fault may be among them."""
    kind, field = ("query", asked[6:]) if asked.startswith("query ") else ("mutation", asked)
    answer = "" if kind == "query" else "{ userErrors { code } }"
    body = (await service.query(f"{kind} {{ it: {field} {answer} }}", viewer)).body
    told = [error["extensions"]["code"] for error in body.get("errors", ())]
    told += [
        error["code"] for error in ((body.get("data") or {}).get("it") or {}).get("userErrors", ())
    ]
    assert "INTERNAL" not in told, (asked, body)
    return set(told)


async def everything(database: Database) -> dict[str, Any]:
    """All that the mutations could change, without the facts that are on their way."""
    found: dict[str, Any] = {sku: await stock_of(database, sku) for sku in (M, L)}
    for kind in ("orders", "fulfilments", "sandbox_payments", "sandbox_refunds", "return_policies"):
        kept = await database[kind].find({}).sort("_id", ASCENDING).to_list(None)
        found[kind] = [{**one, "outbox": None} for one in kept]
    return found


async def test_who_may_not_changes_nothing_and_who_may_is_not_turned_away(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    sent = await a_paid_order(service, key="sent")
    await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{sent}-1")
    shipped = ', carrier: "顺丰", number: "SF1"'
    await act(service, a_manager("S1"), "fulfilmentOrderShip", f"{sent}-1", shipped)
    asked = (
        f'returnRequest(orderId: "{sent}", storeId: "S2", units: [{{sku: "{M}", quantity: 1}}], '
        'reason: "偏小", idempotencyKey: "first")'
    )
    assert await codes(service, asked, MEMBER) == set()
    names = {
        "SENT": sent,
        "PAID": await a_paid_order(service, key="paid"),
        "UNPAID": await an_order(service, {M: 1}, key="unpaid"),
        '"M"': f'"{M}"',
        '"L"': f'"{L}"',
    }

    def written(asked: str, key: str) -> str:
        for name, meant in {**dict(reversed(names.items())), "KEY": key}.items():
            asked = asked.replace(name, meant)
        return asked

    before = await everything(database)
    for asked, may in MATRIX:
        others = [who for who in PEOPLE if who not in may]
        tries = [codes(service, written(asked, "no"), PEOPLE[who]) for who in others]
        for who, told in zip(others, await asyncio.gather(*tries), strict=True):
            assert told, (asked, who)
            assert told <= TURNED_AWAY, (asked, who, told)
            assert ("UNAUTHENTICATED" in told) == (who == "nobody"), (asked, who, told)
    assert await everything(database) == before
    for asked, may in MATRIX:
        for who in sorted(may):
            told = await codes(service, written(asked, f"by {who}"), PEOPLE[who])
            assert not told & TURNED_AWAY, (asked, who, told)
