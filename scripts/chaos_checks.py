"""What must be true of the database, whatever was killed."""

from collections import Counter

from domain.mall.orders.order import OrderState
from domain.mall.stock.reconciling import reconcile
from domain.mall.stock.transfers import Transfer
from domain.people.act import by_the_clock
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.stock import reconcile_ports, stock_ports
from scripts.chaos_load import Told
from scripts.chaos_money import faults_of_money, unfinished_work
from scripts.chaos_promotions import faults_of_promotions, unfinished_coupons
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import from_document


async def unfinished(base: Foundation) -> str:
    """What somebody has begun and nobody has finished; empty where there is nothing."""
    database, stock = base.database, stock_ports(base)
    counts = {
        "pending orders": await database["orders"].count_documents({"state": OrderState.PENDING}),
        "orders that nobody pays": await database["orders"].count_documents(
            {"state": OrderState.PLACED}
        ),
        "orders giving back": await database["orders"].count_documents(
            {"release.since": {"$gt": None}}
        ),
        "marks in pools": sum(
            [len(pool["in_flight"]) async for pool in database["pools"].find({})]
        ),
        "open movements": await database["movements"].count_documents(
            {"state": {"$in": ["NEW", "TAKING"]}}
        ),
        "moves": await database["store_moves"].count_documents({"arrived_at": None}),
        "transfers": await database["transfers"].count_documents({"unfinished": True}),
        "doubts of safety": sum(not one.looked_at for one in await stock.doubts.all()),
        "states of stores in doubt": await database["applied_states"].count_documents(
            {"state": None}
        ),
        **await unfinished_work(base),
        **await unfinished_coupons(database),
    }
    return ", ".join(f"{n} {what}" for what, n in counts.items() if n)


async def faults(base: Foundation, told: Told) -> list[str]:
    """Everything that is not as the buyers and tills were told, or not as it must be."""
    database, act = base.database, by_the_clock(now(), new_id)
    await base.reference.opened()
    orders = {one["_id"]: one async for one in database["orders"].find({})}
    pools = [one async for one in database["pools"].find({})]
    return [
        *_lost(orders, told),
        *_half_done(orders),
        *_repeated(orders),
        *_below_nothing(pools),
        *await _untold(database, told),
        *await _unwritten(database, orders),
        *await _not_on_their_way(database, pools),
        *await faults_of_money(base, orders, told),
        *await faults_of_promotions(database, orders),
        *[str(one) for one in await reconcile(reconcile_ports(base), act)],
    ]


def _lost(orders: dict[str, Document], told: Told) -> list[str]:
    wrong = []
    for order_id, units in told.orders.items():
        order = orders.get(order_id)
        if order is None:
            wrong.append(f"{order_id} was acknowledged and is lost")
        elif {line["sku"]: line["quantity"] for line in order["lines"]} != units:
            wrong.append(f"{order_id} is not what was ordered")
    wrong += [
        f"{order_id} was paid and is {orders[order_id]['state']}"
        for order_id in told.paid - told.touched
        if order_id in orders and orders[order_id]["state"] != OrderState.PAID
    ]
    return wrong


def _half_done(orders: dict[str, Document]) -> list[str]:
    wrong = []
    for order_id, order in orders.items():
        wanted = {line["sku"]: line["quantity"] for line in order["lines"]}
        reserved: Counter[str] = Counter()
        for (_, sku), n in _reserved([order]).items():
            reserved[sku] += n
        if reserved != wanted:
            wrong.append(f"{order_id} has reserved other units than were ordered")
    return wrong


def _repeated(orders: dict[str, Document]) -> list[str]:
    keys = Counter((one["buyer_id"], one["idempotency_key"]) for one in orders.values())
    return [f"{n} orders of one key of {buyer}" for (buyer, _), n in keys.items() if n > 1]


def _below_nothing(pools: list[Document]) -> list[str]:
    return [
        f"{pool['sku']} in {store_id}: {stock}"
        for pool in pools
        for store_id, stock in pool["stores"].items()
        if min(stock["on_hand"], stock["reserved"], stock["damaged"], stock["incoming"]) < 0
        or pool["available"] < 0
    ]


async def _untold(database: Database, told: Told) -> list[str]:
    """Differences that a till was told of and the ledger does not have, or not concluded."""
    wanted = {"change_id": {"$in": sorted(told.receipts)}}
    written = {
        one["change_id"]
        async for one in database["movements"].find(wanted)
        if one["state"] in ("APPLIED", "REFUSED")
    }
    return [f"{one} is not in the ledger" for one in told.receipts - written]


async def _unwritten(database: Database, orders: dict[str, Document]) -> list[str]:
    """Orders whose reservations the ledger does not have, or has more than once."""
    written: Counter[tuple[str, str]] = Counter()
    async for one in database["movements"].find({"event": "RESERVED"}):
        written[one["change_id"], one["sku"]] += one["reserved"]
    return [
        f"{order_id}: {written[promise, line['sku']]} of {line['sku']} in the ledger"
        for order_id, order in orders.items()
        for promise in order["promises"]
        for line in order["lines"]
        if written[promise, line["sku"]] != line["quantity"]
    ]


async def _not_on_their_way(database: Database, pools: list[Document]) -> list[str]:
    """Units that are incoming where no transfer has as many on its way, or the other way round."""
    incoming: Counter[tuple[str, str]] = Counter()
    for pool in pools:
        for store_id, stock in pool["stores"].items():
            incoming[store_id, pool["sku"]] += stock["incoming"]
    missing: Counter[tuple[str, str]] = Counter()
    async for found in database["transfers"].find({}):
        transfer = from_document(Transfer, found)
        for sku, n in transfer.missing.items():
            missing[transfer.to_store_id, sku] += n
    return [
        f"{incoming[place]} of {place[1]} are incoming in {place[0]}, not {missing[place]}"
        for place in incoming.keys() | missing.keys()
        if incoming[place] != missing[place]
    ]


def _reserved(orders: list[Document]) -> Counter[tuple[str, str]]:
    units: Counter[tuple[str, str]] = Counter()
    for order in orders:
        for share in (order["decision"] or {"shares": []})["shares"]:
            for entry in share["units"]:
                units[share["store_id"], entry["sku"]] += entry["quantity"]
    return units
