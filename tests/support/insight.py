"""Facts of days that many things happen on, their numbers in the stream, and a plain recount."""

import random
from collections import Counter as Sums
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.insight.counting import count
from domain.kernel.days import BEIJING
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.network.stores import Owner, OwnerId, OwnerKind
from qianmian.foundation import Foundation
from qianmian.wiring.insight import counter_ports
from tests.support.builders import a_region, a_store
from tests.support.guiding import OFFICE, an_act, beijing
from tests.support.statements import looking_away

STORES = {"S1": "320500", "S2": "320500", "S9": "320200"}
FIRST = beijing("2026-11-29", "20:00:00")


async def open_network(base: Foundation) -> None:
    """Stores S1 and S2 of 苏州 and S9 of 无锡."""
    writer = base.reference
    await writer.save_regions([a_region(), a_region("320200", name="无锡市")])
    owners = [("brand", OwnerKind.BRAND), ("o9", OwnerKind.FRANCHISEE)]
    await writer.save_owners([Owner(id=OwnerId(one), name=one, kind=kind) for one, kind in owners])
    await writer.save_stores(
        [a_store("S1"), a_store("S2"), a_store("S9", region_id="320200", owner_id="o9")]
    )
    with looking_away():
        await writer.opened()


def a_fact(subject: str, number: int, kind: str, at: datetime, /, **data: Any) -> Fact:
    id = FactId(f"{subject}:{number}")  # noqa: A001 - as it is called in a fact
    return Fact(id=id, subject=subject, kind=FactKind(kind), at=at, data=data)


def an_order(order: str, at: datetime, fen: int, *, store: str = "S1", guide: str | None = "G1"):
    """That an order is paid, as its own document says."""
    return a_fact(
        f"order:{order}",
        2,
        "order.paid",
        at,
        orderId=order,
        storeId=store,
        regionId=STORES[store],
        guideId=guide,
        buyerId=f"buyer_{order}",
        totalFen=fen,
        lines=[{"sku": "x", "productId": "10001", "quantity": 2, "payableFen": fen}],
    )


def a_refund(order: str, number: int, at: datetime, fen: int) -> Fact:
    details = {"amountFen": fen}
    of = f"{order}-r{number}"
    subject = f"fulfilment:{order}"
    return a_fact(subject, 10 + number, "refund.done", at, orderId=order, of=of, details=details)


def a_part(order: str, number: int, state: str, at: datetime, store: str = "S1") -> Fact:
    details = {"storeId": store}
    subject, kind = f"fulfilment:{order}", f"fulfilment_order.{state}"
    return a_fact(subject, number, kind, at, orderId=order, of=f"{order}-p", details=details)


def a_visit(person: str, number: int, at: datetime, store: str = "S1", guide: str = "G1") -> Fact:
    return a_fact(
        f"touch:{person}:{number}",
        1,
        "link.touched",
        at,
        code="c0de",
        kind="POST",
        target="post_1",
        campaign="双十一",
        guide=guide,
        store=store,
        person=person,
        consumer=True,
    )


def some_days(chance: random.Random, orders: int = 12) -> list[Fact]:
    """Orders, refunds, parts, purchases and visits about midnight and the end of a month."""

    def moment() -> datetime:
        return FIRST + timedelta(minutes=chance.randrange(60 * 40))

    subjects: list[list[Fact]] = []
    for n in range(orders):
        order, store = f"o{n}", chance.choice(list(STORES))
        guide = chance.choice(["G1", "G2", None])
        paid_at, fen = moment(), chance.randrange(1, 9_999)
        subjects.append([an_order(order, paid_at, fen, store=store, guide=guide)])
        steps = [a_part(order, 1, "offered", paid_at, store)]
        accepted_at = paid_at + timedelta(seconds=chance.randrange(4_000))
        steps.append(a_part(order, 2, chance.choice(["accepted", "rejected"]), accepted_at, store))
        if chance.random() < 0.5:
            back = chance.randrange(fen + 1)
            late = paid_at + timedelta(hours=chance.randrange(90))
            steps += [a_refund(order, 1, late, back), a_refund(order, 2, late, fen - back)]
        subjects.append(steps)
        bought: dict[str, Any] = {
            "orderId": f"till:{n}",
            "storeId": chance.choice([*STORES, None]),
            "guideId": None,
            "paidAt": moment().isoformat(),
            "paidFen": fen,
            "lines": [{"sku": "x", "quantity": 1, "paidFen": fen}],
        }
        made = a_fact(f"purchase:{n}", 1, "purchase.made", FIRST, **bought)
        more = {"of": f"till:{n}:r", "details": {"amountFen": 1}}
        back_at = moment()
        refunded = a_fact(f"purchase:{n}", 2, "purchase.refunded", back_at, **{**bought, **more})
        subjects.append([made, refunded])
        visitor = f"v{chance.randrange(4)}"
        subjects.append([a_visit(visitor, n, moment(), chance.choice(list(STORES)))])
    told = []
    while subjects:
        subject = chance.choice(subjects)
        told.append(subject.pop(0))
        subjects = [one for one in subjects if one]
    return [replace(fact, n=n) for n, fact in enumerate(told, 1)]


def batches(facts: Sequence[Fact], chance: random.Random) -> list[Batch]:
    """Facts in batches of some size."""
    found, start = [], 0
    while start < len(facts):
        some = tuple(facts[start : start + chance.randrange(1, 40)])
        found.append(Batch(facts=some, upto=some[-1].n))
        start += len(some)
    return found


async def counted(base: Foundation, *some: Batch) -> None:
    for batch in some:
        await count(counter_ports(base), an_act(OFFICE, FIRST), batch)


async def kept(base: Foundation) -> dict[str, Any]:
    """All figures, without their marks."""
    with looking_away():
        found = await base.database["counters"].find({"_id": {"$ne": "upto"}}).to_list(None)
    return {one["_id"]: (one["values"], one["hours"], one.get("under")) for one in found}


def recounted(facts: Sequence[Fact]) -> Sums[tuple[str, str, str]]:
    """A few figures by scope, period and metric, told plainly from all facts at once."""
    sold: dict[str, tuple[datetime, list[str]]] = {}
    sums: Sums[tuple[str, str, str]] = Sums()

    def add(scopes: list[str], at: datetime, metric: str, n: int) -> None:
        day = at.astimezone(BEIJING).date().isoformat()
        for scope in scopes:
            sums[scope, day, metric] += n
            sums[scope, day[:7], metric] += n

    for fact in facts:
        data = fact.data
        if fact.kind in ("order.paid", "purchase.made"):
            store = data["storeId"] or "-"
            places = [
                "brand",
                f"region:{STORES.get(store, '-')}",
                f"store:{store}",
                f"seller:{store}/{data['guideId'] or '-'}",
            ]
            at = datetime.fromisoformat(data["paidAt"]) if "paidAt" in data else fact.at
            sold[data["orderId"]] = at, places
            add(places, at, "ORDERS", 1)
            add(places, at, "SALES_FEN", data.get("paidFen", data.get("totalFen")))
    for fact in facts:
        if fact.kind in ("refund.done", "purchase.refunded"):
            at, places = sold[fact.data["orderId"]]
            add(places, fact.at, "REFUND_FEN", fact.data["details"]["amountFen"])
            add(places, at, "ORDER_REFUND_FEN", fact.data["details"]["amountFen"])
        if fact.kind == "link.touched":
            add(["brand", "content:POST:post_1", "campaign:双十一"], fact.at, "VISITS", 1)
    return +sums
