"""The audit of the ledger finds what is wrong, and nothing where nothing is."""

import pytest

from domain.earnings import bookkeeping
from scripts.ledger import faults_of_ledger, faults_of_payments
from storage.mongo.kernel.database import Database
from tests.storage.earnings.test_bookkeeping import an_act, ports, sold_and_sent

pytestmark = pytest.mark.anyio

__all__ = ["ports"]


async def test_an_audit_tells_every_kind_of_fault(ports, database: Database):
    await bookkeeping.book_facts(ports, an_act(), sold_and_sent())
    assert await faults_of_ledger(database) == []
    await database["ledger_accounts"].update_one({"_id": "brand"}, {"$inc": {"fen": 7}})
    assert await faults_of_ledger(database) == ["brand has 957 fen, its journals come to 950"]
    [one] = await database["journals"].find({"cause": "payment.paid"}).to_list(None)
    await database["journals"].update_one({"_id": one["_id"]}, {"$set": {"lines.0.amount": 1}})
    assert f"journal {one['_id']} does not sum to 0" in await faults_of_ledger(database)


async def test_money_that_the_ledger_has_otherwise_than_the_payments_is_told(ports, database):
    await bookkeeping.book_facts(ports, an_act(), sold_and_sent())
    payment = {"transaction_id": "t1", "amount": 10_000, "refunds": []}
    await database["fulfilments"].insert_one({"_id": "order_1", "payment": payment})
    assert await faults_of_payments(database) == []
    refund = {"amount": 300, "state": "DONE"}
    change = {"$set": {"payment.refunds": [refund]}}
    await database["fulfilments"].update_one({"_id": "order_1"}, change)
    [fault] = await faults_of_payments(database)
    assert fault.startswith("order_1: the provider holds -300 fen more")
