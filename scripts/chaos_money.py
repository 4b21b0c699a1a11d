"""What must be true of money and of facts, whatever was killed."""

from collections import Counter
from collections.abc import Iterable, Mapping

from domain.catalogue.catalogue import Sku
from domain.earnings.line_credits import line_credits
from domain.earnings.order_books import position
from domain.kernel.apply_once import State
from domain.kernel.facts import Fact
from domain.kernel.operating_followers import standings
from domain.mall.fulfilment.attention import refunds_due
from domain.mall.fulfilment.fulfilments import DONE, Fulfilment, PartState
from domain.mall.fulfilment.payments import PaymentState
from domain.mall.fulfilment.step_facts import step_fact_id
from domain.mall.orders.order import OrderState
from domain.mall.stock.pools import Event
from qianmian.clock import now
from qianmian.composition import followers_of
from qianmian.foundation import Foundation
from scripts.chaos_load import Told
from scripts.ledger import faults_of_ledger, faults_of_payments
from storage.mongo.earnings.journals import MongoJournals
from storage.mongo.earnings.order_books import MongoOrderBooks
from storage.mongo.kernel.collections import FACT_SOURCES
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import from_document
from storage.mongo.kernel.facts import MongoOutboxes, MongoStream
from storage.mongo.kernel.following import MongoPlaces

MOST = 1_000


async def fulfilments_of(database: Database) -> dict[str, Fulfilment]:
    """What follows each order that somebody began to pay."""
    found = [
        from_document(Fulfilment, one)
        async for one in database["fulfilments"].find({}, {"recipient": 0})
    ]
    return {one.id: one for one in found}


async def unfinished_work(base: Foundation) -> Mapping[str, int]:
    """How much is left to do of what fulfilment and followers do by themselves."""
    found = (await fulfilments_of(base.database)).values()
    outboxes = MongoOutboxes(base.database, FACT_SOURCES)
    stream, places = base.made(MongoStream), base.made(MongoPlaces)
    behind = await standings(places, stream, followers_of(base), now=now())
    return {
        "open payments": sum(one.payment.state is PaymentState.OPEN for one in found),
        "payments that nothing came of": sum(
            one.payment.state is PaymentState.PAID and not one.settled for one in found
        ),
        "changes of stock": sum(len(one.effects) for one in found),
        "refunds": sum(len(refunds_due(one)) for one in found),
        "parts without a store": sum(
            part.state is PartState.ROUTING for one in found for part in one.parts
        ),
        "documents with facts to tell": len(await outboxes.waiting(MOST)),
        "facts that followers lack": sum(one.behind for one in behind),
        "subjects that followers hold": sum(len(one.held) for one in behind),
        "lines of the ledger": await MongoJournals(base.database).in_flight(),
    }


async def faults_of_money(
    base: Foundation, orders: Mapping[str, Document], told: Told
) -> list[str]:
    """Whatever is wrong with what was paid, given back, returned, said or earned."""
    database = base.database
    found = await fulfilments_of(database)
    facts = await base.made(MongoStream).after(0, await base.made(MongoStream).head())
    return [
        *_unbalanced(found, orders),
        *_not_as_told(found, told),
        *await _not_as_the_bank(database, found),
        *await _not_as_the_ledger(database, found),
        *_not_said_once(found, facts),
        *await _not_earned(base, found, facts),
        *await faults_of_ledger(database),
        *await faults_of_payments(database),
    ]


def _unbalanced(found: Mapping[str, Fulfilment], orders: Mapping[str, Document]) -> list[str]:
    """Refunds that are above their payments, or below what they must be."""
    wrong = []
    for order_id, one in found.items():
        payment = one.payment
        if payment.promised_back > (payment.amount if payment.transaction_id else 0):
            wrong.append(f"{order_id}: {payment.promised_back} fen back of {payment.amount}")
        nothing_left = one.settled and all(
            part.state is PartState.CANCELLED for part in one.live_parts()
        )
        if nothing_left and payment.refunded != payment.amount:
            wrong.append(f"{order_id}: no goods, and only {payment.refunded} fen back")
        kept = payment.transaction_id is not None and payment.refunded < payment.amount
        if kept and orders[order_id]["state"] != OrderState.PAID:
            wrong.append(f"{order_id}: its payment is kept, and it is {orders[order_id]['state']}")
    return wrong


def _not_as_told(found: Mapping[str, Fulfilment], told: Told) -> list[str]:
    """Refunds and returns that were acknowledged and are lost, or were made twice."""
    refunds = Counter(
        (one.id, refund.reason) for one in found.values() for refund in one.payment.refunds
    )
    returns = Counter((one.id, back.reason) for one in found.values() for back in one.returns)
    wrong = [
        f"{order_id}: {refunds[order_id, key]} refunds of {key}"
        for key, order_id in told.goodwill.items()
        if refunds[order_id, key] != 1
    ]
    wrong += [
        f"{order_id}: {returns[order_id, key]} returns of {key}"
        for key, order_id in told.returned.items()
        if returns[order_id, key] != 1
    ]
    parts = {str(part.id): part.state for one in found.values() for part in one.parts}
    ends = {back.reason: back.state for one in found.values() for back in one.returns}
    gone = {*DONE, PartState.UNCLAIMED, PartState.CANCELLED}
    wrong += [
        f"{part} was told to be {what} and is {parts[part]}"
        for what, ended, possible in (
            ("fetched", told.fetched, DONE),
            ("unclaimed", told.unclaimed, gone),
        )
        for part in ended
        if parts[part] not in possible
    ]
    wrong += [
        f"the return {key} is {ends[key]}, not {end}"
        for key, end in told.returns.items()
        if ends[key] != end
    ]
    wrong += [
        f"{order_id}: its late payment is lost"
        for order_id in told.late
        if order_id not in found or found[order_id].payment.transaction_id is None
    ]
    untouched = told.paid - told.touched - set(told.goodwill.values())
    return wrong + [
        f"{order_id}: {found[order_id].payment.promised_back} fen back for no reason"
        for order_id in untouched
        if order_id in found and found[order_id].payment.promised_back
    ]


async def _not_as_the_bank(database: Database, found: Mapping[str, Fulfilment]) -> list[str]:
    """Payments and refunds that the provider knows otherwise."""
    given: dict[str, dict[str, int]] = {order_id: {} for order_id in found}
    async for one in database["sandbox_refunds"].find({}):
        given.setdefault(one["payment_id"], {})[one["_id"]] = one["amount"]
    paid = {one["_id"] async for one in database["sandbox_payments"].find({"state": "PAID"})}
    known = {order_id for order_id, one in found.items() if one.payment.transaction_id is not None}
    wrong = [f"{order_id}: paid by one side's books alone" for order_id in paid ^ known]
    return wrong + [
        f"{order_id}: the provider gave back {amounts}"
        for order_id, amounts in given.items()
        if order_id not in found
        or amounts != {refund.id: refund.amount for refund in found[order_id].payment.refunds}
    ]


async def _not_as_the_ledger(database: Database, found: Mapping[str, Fulfilment]) -> list[str]:
    """Units that were shipped or came back, and moved in the ledger otherwise, or twice."""
    wanted: Counter[tuple[str, Event, Sku]] = Counter()
    for order_id, one in found.items():
        shipped = [part.units for part in one.parts if part.state in DONE]
        good, damaged = [r.good for r in one.returns], [r.damaged for r in one.returns]
        for event, many in (
            (Event.SHIPPED, shipped),
            (Event.RETURNED, good),
            (Event.RETURNED_DAMAGED, damaged),
        ):
            wanted.update({(order_id, event, sku): n for sku, n in _sum(many).items()})
    moved: Counter[tuple[str, Event, Sku]] = Counter()
    counted: set[tuple[str, Event, Sku]] = set()
    async for one in database["movements"].find({"event": Event.SHIPPED}):
        moved[one["order_id"], Event.SHIPPED, one["sku"]] -= one["reserved"]
    async for one in database["movements"].find({"event": Event.RETURNED}):
        key = one["order_id"], Event.RETURNED, one["sku"]
        moved[key] += one["on_hand"]
        if one["state"] == State.REFUSED:
            counted.add(key)  # a count has seen it come back: nothing was left to move
    async for one in database["movements"].find({"event": Event.RETURNED_DAMAGED}):
        moved[one["order_id"], Event.RETURNED_DAMAGED, one["sku"]] += one["damaged"]
    return [
        f"{key[0]}: {moved[key]} of {key[2]} {key[1]} in the ledger, not {wanted[key]}"
        for key in wanted.keys() | moved.keys()
        if wanted[key] != moved[key] and key not in counted
    ]


def _not_said_once(found: Mapping[str, Fulfilment], facts: Iterable[Fact]) -> list[str]:
    """Steps that are not in the stream, or more than once."""
    said = Counter(fact.id for fact in facts)
    wrong = [f"{order_id} is in the stream {n} times" for order_id, n in said.items() if n > 1]
    return wrong + [
        f"step {number} of {order_id} is not in the stream"
        for order_id, one in found.items()
        for number in range(1, len(one.history) + 1)
        if step_fact_id(order_id, number) not in said
    ]


async def _not_earned(
    base: Foundation, found: Mapping[str, Fulfilment], facts: Iterable[Fact]
) -> list[str]:
    """Books that are not what the facts say was kept, or whose parts are not what was booked."""
    kept = {
        fact.data["orderId"]: fact.data["paidFen"] - fact.data["refundedFen"]
        for fact in facts
        if fact.kind in ("payment.paid", "refund.done")
    }
    books = await base.made(MongoOrderBooks).by_ids(list(kept))
    paid = {
        order_id: one.payment.amount - one.payment.refunded
        for order_id, one in found.items()
        if one.payment.transaction_id
    }
    wrong = [
        f"{order_id}: {kept.get(order_id)} fen kept by the facts"
        for order_id in paid
        if paid[order_id] != kept.get(order_id)
    ]
    return wrong + [
        f"{one.order_id}: {one.kept} fen kept by the books, {kept[one.order_id]} by the facts; "
        f"due are {position(one)}, booked {one.booked}"
        for one in books
        if one.kept != kept[one.order_id]
        or sum(credit.amount for credit in line_credits(one)) != one.kept
        or {**dict.fromkeys(one.booked, 0), **position(one)} != one.booked
    ]


def _sum(many: Iterable[Mapping[Sku, int]]) -> Counter[Sku]:
    total: Counter[Sku] = Counter()
    for units in many:
        total.update(units)
    return total
