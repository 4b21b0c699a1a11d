"""Facts of days that many things happen on, their numbers in the stream, and a plain recount."""

import random
from collections import Counter as Sums
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.content.scenes import Scene
from domain.insight.counting import count
from domain.kernel.days import BEIJING
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.mall.stock.pools import Pool, StoreStock
from domain.network.stores import Owner, OwnerId, OwnerKind, StoreId
from domain.people.accounts import GuideId
from domain.sharing.share_links import ShareCode, ShareKind, ShareLink, ShareTarget
from qianmian.foundation import Foundation
from qianmian.wiring.insight import counter_ports
from storage.mongo.kernel.database import Database
from storage.mongo.mall.reference import MongoReference
from storage.mongo.mall.stock.pool_documents import new_document
from tests.support.builders import a_region, a_store
from tests.support.guiding import OFFICE, an_act, beijing
from tests.support.statements import looking_away

STORES = {"S1": "320500", "S2": "320500", "S9": "320200"}
FIRST = beijing("2026-11-29", "20:00:00")
LINK = ShareLink(
    code=ShareCode("c0de"),
    guide_id=GuideId("G1"),
    store_id=StoreId("S1"),
    target=ShareTarget(kind=ShareKind.POST, id="post_1"),
    revision=None,
    scene=Scene.MOMENTS,
    campaign="双十一",
    created_at=FIRST,
)
STEPS = {
    "offered": "OFFERED",
    "accepted": "ACCEPTED",
    "rejected": "REJECTED",
    "timed_out": "TIMED_OUT",
    "shipped": "SHIPPED",
    "handed_over": "SHIPPED",
}


async def open_network(base: Foundation) -> None:
    """Stores S1 and S2 of 苏州 and S9 of 无锡."""
    await save_network(base.reference)
    with looking_away():
        await base.reference.opened()


async def save_network(writer: MongoReference) -> None:
    """The same, for whoever hears of it."""
    await writer.save_regions([a_region(), a_region("320200", name="无锡市")])
    owners = [("brand", OwnerKind.BRAND), ("o9", OwnerKind.FRANCHISEE)]
    await writer.save_owners([Owner(id=OwnerId(one), name=one, kind=kind) for one, kind in owners])
    await writer.save_stores(
        [a_store("S1"), a_store("S2"), a_store("S9", region_id="320200", owner_id="o9")]
    )


def a_fact(subject: str, number: int, kind: str, at: datetime, /, **data: Any) -> Fact:
    id = FactId(f"{subject}:{number}")  # noqa: A001 - as it is called in a fact
    return Fact(id=id, subject=subject, kind=FactKind(kind), at=at, data=data)


def an_order(
    order: str,
    at: datetime,
    fen: int,
    *,
    store: str = "S1",
    guide: str | None = "G1",
    code: str | None = None,
) -> Fact:
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
        shareCode=code,
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
        code = chance.choice([LINK.code, None])
        subjects.append([an_order(order, paid_at, fen, store=store, guide=guide, code=code)])
        place = chance.choice([*STORES, None])
        subjects.append([a_fact(f"member:{n}", 1, "member.joined", moment(), store=place)])
        friend = {"store": store, "guide": chance.choice(["G1", "G2"])}
        subjects.append([a_fact(f"bond:{n}", 1, "friend.added", moment(), **friend)])
        steps = [a_part(order, 1, "offered", paid_at, store)]
        accepted_at = paid_at + timedelta(seconds=chance.randrange(4_000))
        answer = chance.choice(["accepted", "rejected", "timed_out"])
        steps.append(a_part(order, 2, answer, accepted_at, store))
        if answer == "accepted":
            sent = chance.choice(["shipped", "handed_over"])
            steps.append(a_part(order, 3, sent, accepted_at + timedelta(hours=1), store))
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


def recounted(
    facts: Sequence[Fact],
) -> tuple[dict[str, dict[str, int]], dict[tuple[str, int], dict[str, int]]]:
    """All figures by scope and period, and by the hours of days, told plainly from all facts."""
    sums: defaultdict[str, Sums[str]] = defaultdict(Sums)
    hours: defaultdict[tuple[str, int], Sums[str]] = defaultdict(Sums)
    sold: dict[str, tuple[datetime, list[str]]] = {}
    came: set[tuple[str, str, str]] = set()
    offered: dict[str, datetime] = {}

    def add(scopes: list[str], at: datetime, metric: str, n: int = 1, *, monthly: bool = True):
        here = at.astimezone(BEIJING)
        day = here.date().isoformat()
        for scope in scopes:
            sums[f"{scope}|{day}"][metric] += n
            hours[f"{scope}|{day}", here.hour][metric] += n
            if monthly:
                sums[f"{scope}|{day[:7]}"][metric] += n

    for fact in facts:
        data = fact.data
        if fact.kind in ("order.paid", "purchase.made"):
            at = datetime.fromisoformat(data["paidAt"]) if "paidAt" in data else fact.at
            scopes = scopes_of(data["storeId"], data["guideId"] or "-")
            if data.get("shareCode"):
                scopes += ["content:POST:post_1", "campaign:双十一"]
            sold[data["orderId"]] = at, scopes
            add(scopes, at, "ORDERS")
            add(scopes, at, "UNITS", sum(line["quantity"] for line in data["lines"]))
            add(scopes, at, "SALES_FEN", data.get("paidFen", data.get("totalFen")))
        elif fact.kind == "link.touched":
            scopes = scopes_of(data["store"], data["guide"])
            scopes += ["content:POST:post_1", "campaign:双十一"]
            add(scopes, fact.at, "VISITS")
            day = fact.at.astimezone(BEIJING).date().isoformat()
            for scope in scopes:
                if (data["person"], day, scope) not in came:
                    came.add((data["person"], day, scope))
                    add([scope], fact.at, "VISITORS", monthly=False)
        elif fact.kind == "member.joined":
            add(scopes_of(data["store"]), fact.at, "JOINS")
        elif fact.kind == "friend.added":
            add(scopes_of(data["store"], data["guide"]), fact.at, "FRIENDS")
        elif fact.kind.startswith("fulfilment_order."):
            scopes = scopes_of(data["details"]["storeId"])
            add(scopes, fact.at, STEPS[fact.kind.partition(".")[2]])
            if fact.kind.endswith("offered"):
                offered[data["of"]] = fact.at
            elif fact.kind.endswith("accepted"):
                took = fact.at - offered[data["of"]]
                add(scopes, fact.at, "ACCEPT_SECONDS", int(took.total_seconds()))
    for fact in facts:
        if fact.kind in ("refund.done", "purchase.refunded"):
            at, scopes = sold[fact.data["orderId"]]
            fen = fact.data["details"]["amountFen"]
            add(scopes, fact.at, "REFUNDS")
            add(scopes, fact.at, "REFUND_FEN", fen)
            add(scopes, at, "ORDER_REFUND_FEN", fen)
    return (
        {key: dict(+one) for key, one in sums.items()},
        {key: dict(+one) for key, one in hours.items()},
    )


def scopes_of(store: str | None, guide: str | None = None) -> list[str]:
    """The places of something, and who it was with, if it is told of guides."""
    at = store or "-"
    sellers = [f"seller:{at}/{guide}"] if guide else []
    return ["brand", f"region:{STORES.get(at, '-')}", f"store:{at}", *sellers]


async def stock(database: Database, region: str, sku: str, units: int) -> None:
    """Have a region sell so many units of a SKU."""
    pool = Pool(region_id=region, sku=sku, stores={"S1": StoreStock(on_hand=units)})
    document = new_document(pool)
    await database["pools"].replace_one({"_id": document["_id"]}, document, upsert=True)
