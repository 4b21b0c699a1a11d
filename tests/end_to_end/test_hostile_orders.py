"""Whatever is asked of orders, in whatever order: no answer is a fault, no unit or fen is lost."""

import json
import warnings
from collections import Counter
from itertools import count
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisDeprecationWarning

from domain.kernel.ids import PersonId
from domain.mall.fulfilment.fulfilments import DONE, Fulfilment
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.mongo.mall.stock.stock import MongoPools
from tests.api.mall.orders.test_orders import DELIVERY, L, M, a_count, import_stock, open_mall
from tests.conftest import Service
from tests.support.fulfilling import a_manager, store_row
from tests.support.keys import RING
from tests.support.network import HEAD_OFFICE
from tests.support.selling import SmallMall, a_reference, stores_in_a_row

pytestmark = pytest.mark.anyio
ON_HAND = 120
STORES = ("S1", "S2")
EXAMPLES = count()

Step = tuple[Any, ...]
sku = st.sampled_from([M, M, M, L, L, "10001-nvy-m", "none", "", "a\n", "%"])
number = st.sampled_from([1, 1, 1, 2, 2, 3, 0, -1, 998, 999, 1000, 2**31 - 1, -(2**31)])
units = st.lists(
    st.fixed_dictionaries({"sku": sku, "quantity": number}), min_size=0, max_size=3
) | st.just([{"sku": M, "quantity": 1}] * 2)
some_units = st.none() | units
fen = st.sampled_from([1, 100, 239_900, 239_901, 479_800, 0, -1, 2**31 - 1, -(2**31)])
which = st.sampled_from([0, 0, 0, 1])
store = st.sampled_from(["S1", "S1", "S2", "S9", ""])
pickup = st.sampled_from([None, None, None, "S1", "S2", "S9", ""])
key = st.sampled_from(["k1", "k2", "k3", "k" * 65, ""])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("place"), units, store, pickup, key),
        st.tuples(st.just("quote"), units, store),
        st.tuples(st.just("cart"), sku, number, store),
        st.tuples(st.just("pay"), which),
        st.tuples(st.just("pay"), which),
        st.tuples(st.just("cancel"), which, some_units, key, st.booleans()),
        st.tuples(
            st.sampled_from(["Accept", "Accept", "Accept", "Ready", "Ship", "Ship", "HandOver"]),
            which,
        ),
        st.tuples(st.just("Reject"), which, some_units, st.booleans()),
        st.tuples(st.just("Split"), which, units),
        st.tuples(st.just("Assign"), which, store),
        st.tuples(st.just("return"), which, units, store, key),
        st.tuples(st.just("returnReceive"), which),
        st.tuples(st.just("returnAccept"), which, some_units, st.none() | fen),
        st.tuples(st.just("returnRefuse"), which),
        st.tuples(st.just("returnCancel"), which),
        st.tuples(st.just("refund"), which, fen, key),
    ),
    min_size=5,
    max_size=14,
)
# Each example begins where an order has come so far as it should.
PLACED: Step = ("place", [{"sku": M, "quantity": 2}, {"sku": L, "quantity": 1}], "S1", None, "a")
PICKED_UP: Step = (*PLACED[:3], "S1", "a")
BEGINNINGS: list[list[Step]] = [
    [PLACED],
    [PLACED, ("pay", 0)],
    [PICKED_UP, ("pay", 0), ("Accept", 0), ("Ready", 0)],
    [PLACED, ("pay", 0), ("Accept", 0), ("Ship", 0)],
    [
        *(PLACED, ("pay", 0), ("Accept", 0), ("Ship", 0)),
        *(("return", 0, [{"sku": M, "quantity": 1}], "S2", "b"), ("returnReceive", 0)),
    ],
]
examples = st.tuples(st.sampled_from(BEGINNINGS), steps)


class Shopping:
    """One buyer, their orders, and everybody who works on them; it remembers what was answered."""

    def __init__(self, service: Service, database: Database) -> None:
        self.service = service
        self.buyer = Viewer(id=PersonId(f"member_{next(EXAMPLES)}"), role=Role.MEMBER)
        self.fulfilments = MongoFulfilments(database, RING)
        self.orders: list[str] = []

    async def take(self, step: Step) -> None:
        """Take one step, whatever comes of it."""
        name, *arguments = step
        if name[0].isupper():
            await self.at_the_desk(name, *arguments)
        elif name.startswith("return") and name != "return":
            await self.on_a_return(name, *arguments)
        else:
            await getattr(self, f"_{name}")(*arguments)

    async def ask(self, viewer: Viewer, field: str, arguments: dict[str, Any], answer: str) -> Any:
        """Send one field with arguments as literals; its answer must be no fault of ours."""
        text = f"{field}({_literal(arguments)[1:-1]}) {{ {answer} }}"
        kind = "query" if field == "orderQuote" else "mutation"
        sent = await self.service.query(f"{kind} {{ {text} }}", viewer)
        codes = [error["extensions"]["code"] for error in sent.body.get("errors", ())]
        assert not {"INTERNAL", "UNAVAILABLE"} & set(codes), (text, sent.body)
        return (sent.body.get("data") or {}).get(field)

    async def _place(self, lines: Any, in_store: str, at: str | None, key: str) -> None:
        wanted = {"storeId": in_store, "lines": lines, "pickupStoreId": at}
        if at is None:
            wanted["delivery"] = {**DELIVERY, "position": None}
        asked = {"input": wanted, "idempotencyKey": key}
        told = await self.ask(
            self.buyer, "orderPlace", asked, "order { id } userErrors { code message }"
        )
        if told and told["order"] and told["order"]["id"] not in self.orders:
            self.orders.append(told["order"]["id"])

    async def _quote(self, lines: Any, in_store: str) -> None:
        asked = {"input": {"storeId": in_store, "lines": lines}}
        await self.ask(self.buyer, "orderQuote", asked, "total { fen } pickup { hasAll }")

    async def _cart(self, sku: str, quantity: int, in_store: str) -> None:
        asked = {"input": {"storeId": in_store, "sku": sku, "quantity": quantity}}
        answer = "cart { total { fen } lines { available } } userErrors { code }"
        await self.ask(self.buyer, "cartLineSet", asked, answer)

    async def _pay(self, which: int) -> None:
        order = self._order(which)
        told = await self.ask(
            self.buyer, "paymentStart", {"orderId": order}, "sandboxUrl userErrors { code }"
        )
        if told and told["sandboxUrl"]:
            path = told["sandboxUrl"].removeprefix(self.service.settings.public_url)
            assert (await self.service.http.post(path)).status_code < 500

    async def _cancel(self, which: int, units: Any, key: str, by_buyer: bool) -> None:
        asked = {"orderId": self._order(which), "reason": "不要了", "idempotencyKey": key}
        await self.ask(
            self.buyer if by_buyer else HEAD_OFFICE,
            "orderCancel",
            {**asked, "units": units},
            "progress { state } userErrors { code }",
        )

    async def _return(self, which: int, units: Any, to: str, key: str) -> None:
        asked = {"orderId": self._order(which), "storeId": to, "units": units}
        await self.ask(
            self.buyer,
            "returnRequest",
            {**asked, "reason": "偏小", "idempotencyKey": key},
            "progress { returns { id } } userErrors { code }",
        )

    async def _refund(self, which: int, amount: int, key: str) -> None:
        asked = {"orderId": self._order(which), "amountFen": amount, "idempotencyKey": key}
        await self.ask(
            HEAD_OFFICE, "orderRefund", {**asked, "reason": "补偿"}, "userErrors { code }"
        )

    async def at_the_desk(self, name: str, which: int, *more: Any) -> None:
        """Have the store that is asked for a part, or head office, do something with it."""
        found = await self.fulfilments.by_id(self._order(which))
        part = found.parts[-1] if found and found.parts else None
        asked: dict[str, Any] = {"id": part.id if part else "order_x-1"}
        match name:
            case "Ship":
                asked |= {"carrier": "顺丰", "number": "SF1"}
            case "HandOver":
                asked |= {"code": (part.pickup_code if part else None) or "x"}
            case "Reject":
                reason = Word("NOT_ON_SHELF" if more[1] else "OTHER")
                asked |= {"missing": more[0], "reason": reason}
            case "Split":
                asked |= {"units": more[0]}
            case "Assign":
                asked |= {"storeId": more[0] or None, "reason": "人工"}
        at_store = part and part.store_id and name != "Assign"
        viewer = a_manager(part.store_id) if at_store else HEAD_OFFICE
        answer = "fulfilmentOrder { state } userErrors { code }"
        await self.ask(viewer, f"fulfilmentOrder{name}", asked, answer)

    async def on_a_return(self, name: str, which: int, *more: Any) -> None:
        """Do something with the last return of an order."""
        found = await self.fulfilments.by_id(self._order(which))
        asked: dict[str, Any] = {"id": found.returns[-1].id if found and found.returns else "x-b1"}
        if name == "returnRefuse":
            asked |= {"reason": "穿过"}
        if name == "returnAccept":
            asked |= {"damaged": more[0], "amountFen": more[1], "note": "已商定"}
        viewer = self.buyer if name == "returnCancel" else HEAD_OFFICE
        await self.ask(viewer, name, asked, "progress { state } userErrors { code }")

    def _order(self, which: int) -> str:
        return self.orders[which % len(self.orders)] if self.orders else "order_x"


class Word(str):
    """A word of GraphQL's own, which stands without quotes."""


def _literal(value: Any) -> str:
    if isinstance(value, Word):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        datum = {"datum": Word(value["datum"])} if "datum" in value else {}
        fields = {**value, **datum}.items()
        return f"{{{', '.join(f'{name}: {_literal(one)}' for name, one in fields)}}}"
    return json.dumps(value, ensure_ascii=False)


def drawn(strategy: st.SearchStrategy[Any], most: int) -> list[Any]:
    """Examples of a strategy, drawn before anything runs: what is drawn may not hang on that."""
    found: list[Any] = []

    @settings(max_examples=most, phases=[Phase.generate], database=None)
    @given(strategy)
    def draw(one: Any) -> None:
        found.append(one)

    with warnings.catch_warnings():
        # A thread of the database's driver may take a random number while an example is drawn,
        # which looks as if the strategy had taken it.
        warnings.simplefilter("ignore", HypothesisDeprecationWarning)
        draw()
    return found


async def all_orders(database: Database) -> list[Fulfilment]:
    ids = [one["_id"] for one in await database["fulfilments"].find({}, {"_id": 1}).to_list(None)]
    return list((await MongoFulfilments(database, RING).by_ids(ids)).values())


async def nothing_is_lost(database: Database) -> None:
    """Every unit is on a shelf, sent, or known to be gone; every fen is kept or paid back once."""
    gone: Counter[str] = Counter()
    for movement in await database["movements"].find({"event": "WRITTEN_OFF"}).to_list(None):
        gone[movement["sku"]] -= movement["on_hand"]
    paid_back: Counter[str] = Counter()
    for refund in await database["sandbox_refunds"].find({}).to_list(None):
        paid_back[refund["payment_id"]] += refund["amount"]
    for found in await all_orders(database):
        for part in found.parts:
            gone.update(part.units if part.state in DONE else {})
        for back in found.returns:
            gone.subtract(back.good)
        payment = found.payment
        assert paid_back[found.id] == payment.refunded == payment.promised_back <= payment.amount
        assert found.effects == ()
    pools = await MongoPools(database).load("320500", [M, L])
    for sku, pool in pools.items():
        on_hand = sum(stock.on_hand for stock in pool.stores.values())
        damaged = sum(stock.damaged for stock in pool.stores.values())
        back_damaged = sum(
            one.damaged.get(sku, 0) for order in await all_orders(database) for one in order.returns
        )
        assert on_hand + gone[sku] == len(STORES) * ON_HAND
        assert damaged == back_damaged


async def test_whatever_is_asked_no_answer_is_a_fault_and_nothing_is_lost(
    service: Service, database: Database
):
    await open_mall(service, *(store_row(name, km) for km, name in enumerate(STORES, 1)))
    await import_stock(service, *(a_count(name, sku, ON_HAND) for name in STORES for sku in (M, L)))
    mall = SmallMall(database, a_reference(stores_in_a_row(len(STORES)), (M, L)))
    for begun, taken in drawn(examples, 25):
        shopping = Shopping(service, database)
        for step in (*begun, *taken):
            await shopping.take(step)
        await nothing_is_lost(database)
        assert await mall.wrong() == []
