"""Random carts, rules and refunds: what is paid back is what was paid, in whatever order."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid, WrongState
from domain.kernel.states import Cause
from domain.mall.fulfilment import cancelling, returning
from domain.mall.fulfilment.beginning import before_payment
from domain.mall.fulfilment.fulfilments import FulfilmentOrder, OrderedLine, PartState
from domain.mall.fulfilment.payments import PaymentState
from domain.mall.fulfilment.previewing import previewed
from domain.promotions.calculating import price
from domain.promotions.offers import Measure, Tier, Tiers
from domain.promotions.rechecks import rechecks
from tests.domain.promotions.test_calculating import (
    a_shopper,
    amounts,
    an_offer,
    percents,
    some_coupons,
    some_goods,
    some_lines,
    some_offers,
    some_tender,
    some_zone,
)
from tests.support.shop import BUYER, NOW, an_order

CAUSE = Cause(actor=BUYER.id, at=NOW, reason="不要了")
MAY = cancelling.BUYER_MAY


def paid_order(priced, *, state):
    """An order of what was priced, paid, all of it in one part."""
    lines = tuple(
        OrderedLine(
            sku=one.line.sku,
            quantity=one.line.quantity,
            price=one.line.price,
            name="羽绒服",
            options="M",
            off=Fen(one.line.amount - one.payable),
        )
        for one in priced.lines
    )
    placed = an_order(lines=(), total=priced.payable, shipping_fee=priced.shipping_fee)
    asked_again = rechecks(priced, priced.allocations)
    found = before_payment(replace(placed, lines=lines, rechecks=asked_again))
    payment = replace(found.payment, state=PaymentState.PAID, transaction_id="4200001", paid_at=NOW)
    units = {line.sku: line.quantity for line in lines}
    part = FulfilmentOrder(id=f"{found.id}-1", units=units, state=state, done_at=NOW)
    return replace(found, payment=payment, parts=(part,))


thresholds = st.builds(
    lambda by, at, gives, goods, n: an_offer(
        Tiers(by=by[0], tiers=(Tier(at=at * by[1], gives=gives),)),
        id=f"r{n}",
        goods=goods,
        recheck=True,
    ),
    st.sampled_from([(Measure.AMOUNT, 10_000), (Measure.PIECES, 1)]),
    st.integers(1, 20),
    percents | amounts,
    some_goods,
    st.integers(1, 3),
)
asking_again = st.lists(thresholds, max_size=3, unique_by=lambda one: one.id)
priced_carts = st.builds(
    lambda lines, offers, again, coupons, tender, zone: price(
        lines, a_shopper(), [*offers, *again], coupons=coupons, tender=tender, zone=zone
    ),
    some_lines,
    some_offers,
    asking_again,
    some_coupons,
    some_tender,
    some_zone,
)


def in_parts(data, units):
    """All units in some order, in groups of some sizes."""
    pieces = data.draw(st.permutations([sku for sku, n in units.items() for _ in range(n)]))
    while pieces:
        size = data.draw(st.integers(1, len(pieces)))
        group, pieces = pieces[:size], pieces[size:]
        yield {sku: group.count(sku) for sku in set(group)}


def called_off(found, parts):
    """An order after parts of it are called off, and what each gave back."""
    back = []
    for units in parts:
        said = previewed(found, units, CAUSE, among=MAY)
        after = cancelling.cancel(found, units, CAUSE, among=MAY)
        given = after.payment.promised_back - found.payment.promised_back
        assert (said.amount, said.by_return) == (given, False)
        lines = sum(line.amount for line in said.lines)
        assert said.amount == lines - said.held_back + said.shipping_fee
        back.append(given)
        found = after
    return found, back


@given(st.data(), priced_carts)
def test_whatever_is_called_off_in_whatever_order_gives_back_what_was_paid(data, priced):
    order = paid_order(priced, state=PartState.OFFERED)
    units = cancelling.total(order)
    ends = [called_off(order, list(in_parts(data, units))) for _ in range(2)]
    for after, back in ends:
        assert sum(back) == priced.payable == after.payment.promised_back
        assert all(one >= 0 for one in back)
        with pytest.raises(WrongState):
            cancelling.cancel(after, None, CAUSE, among=MAY)
    # The shipping fee comes with the last piece and not before.
    _, back = ends[0]
    assert sum(back[:-1]) <= priced.goods


@given(st.data(), priced_carts)
def test_what_was_sent_gives_back_what_its_goods_cost_and_never_the_way(data, priced):
    order = paid_order(priced, state=PartState.SHIPPED)
    found, told = order, 0
    for number, units in enumerate(in_parts(data, cancelling.total(order)), 1):
        said = previewed(found, units, CAUSE, among=MAY)
        assert (said.by_return, said.shipping_fee) == (True, 0)
        found = returning.ask(found, units, "S1", CAUSE)
        with pytest.raises((WrongState, Invalid)):
            previewed(found, {next(iter(units)): 999}, CAUSE, among=MAY)
        name = f"{found.id}-b{number}"
        found = returning.receive(found, name, CAUSE)
        before = found.payment.promised_back
        found = returning.accept(found, name, CAUSE, damaged={})
        assert found.payment.promised_back - before == said.amount
        told += said.amount
    assert told == priced.goods


def test_six_at_ten_percent_off_from_three_hundred_give_back_what_each_cost():
    """A threshold that is lost is not asked for again: ¥225 for five, ¥45 for the last one."""
    line = OrderedLine(
        sku="A", quantity=6, price=Fen(5_000), name="羽绒服", options="M", off=Fen(3_000)
    )
    gift = OrderedLine(sku="G", quantity=1, price=Fen(900), name="袜子", options="", off=Fen(900))
    placed = before_payment(replace(an_order(lines=(), total=27_000), lines=(line, gift)))
    payment = replace(placed.payment, state=PaymentState.PAID, transaction_id="4200001")
    part = FulfilmentOrder(
        id=f"{placed.id}-1", units={"A": 6, "G": 1}, state=PartState.SHIPPED, done_at=NOW
    )
    order = replace(placed, payment=payment, parts=(part,))
    five = previewed(order, {"A": 5}, CAUSE, among=MAY)
    assert (five.amount, five.by_return) == (22_500, True)
    assert previewed(order, {"A": 6, "G": 1}, CAUSE, among=MAY).amount == 27_000
    gift_alone = previewed(order, {"G": 1}, CAUSE, among=MAY)
    assert [line.amount for line in gift_alone.lines] == [0]
    late = replace(CAUSE, at=NOW + returning.RETURN_WITHIN + timedelta(seconds=1))
    with pytest.raises(Invalid):
        previewed(order, {"A": 1}, late, among=MAY)
