"""Thresholds that are asked for again: what comes back in all, against all that could be tried."""

from collections import Counter
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid
from domain.mall.fulfilment.fulfilments import OrderedLine
from domain.promotions import rechecks as rules
from domain.promotions.calculating import price
from domain.promotions.offers import (
    AmountOff,
    FreeShipping,
    Gift,
    Measure,
    NthPiece,
    PercentOff,
    Tier,
    Tiers,
)
from domain.promotions.rechecks import (
    MOST_RECHECKS,
    Recheck,
    RecheckedLine,
    given_back,
    missed,
    rechecks,
)
from domain.promotions.reckoning import Allocation
from tests.domain.promotions.test_calculating import a_line, a_shopper, an_offer, from_amount


def a_sold(sku, quantity, price, off=0):
    return OrderedLine(
        sku=sku, quantity=quantity, price=Fen(price), off=Fen(off), name="羽绒服", options=""
    )


def a_recheck(at, *lines, id="r"):
    rows = tuple(RecheckedLine(sku=sku, counted=n, gained=Fen(fen)) for sku, n, fen in lines)
    return Recheck(offer_id=id, offer_version=1, name=id, at=at, lines=rows)


some_sold = st.lists(
    st.builds(a_sold, st.sampled_from("ABCD"), st.integers(1, 3), st.integers(1, 400)),
    min_size=1,
    max_size=4,
    unique_by=lambda line: line.sku,
)


@st.composite
def some_rechecks(draw, lines, most):
    """Thresholds that an order meets, each of which some of its lines count for, or gained by."""
    found = []
    for number in range(draw(st.integers(1, most))):
        rows = [
            (line.sku, draw(st.integers(0, 900)), draw(st.integers(0, line.payable)))
            for line in lines
        ]
        at = draw(st.integers(0, sum(counted for _, counted, _ in rows)))
        found.append(a_recheck(at, *rows, id=f"r{number}"))
    return found


def all_within(units):
    for numbers in product(*(range(n + 1) for n in units.values())):
        yield dict(zip(units, numbers, strict=True))


def by_definition(lines, asked_again, back):
    """The greatest R(T), of all T that there are."""

    def part(amount, line, n):
        return amount * n // line.quantity

    def r(chosen):
        gained = dict.fromkeys(back, 0)
        for offer in asked_again:
            rows = {one.sku: one for one in offer.lines}
            gone = sum(part(rows[one.sku].counted, one, chosen[one.sku]) for one in lines)
            if sum(one.counted for one in offer.lines) - gone < offer.at:
                for sku in gained:
                    gained[sku] += rows[sku].gained
        return sum(
            part(one.payable + gained[one.sku], one, chosen[one.sku]) - gained[one.sku]
            for one in lines
        )

    return max(0, *(r(chosen) for chosen in all_within(back)))


def sold_for(lines, back):
    return sum(one.payable * back[one.sku] // one.quantity for one in lines)


@given(st.data(), some_sold)
def test_with_one_such_offer_it_is_what_trying_everything_finds(data, lines):
    asked_again = data.draw(some_rechecks(lines, 1))
    back = {one.sku: data.draw(st.integers(0, one.quantity)) for one in lines}
    assert given_back(lines, asked_again, back) == by_definition(lines, asked_again, back)


@given(st.data(), some_sold, st.sampled_from([rules.MOST_STATES, 5]))
def test_with_several_or_in_steps_it_is_no_less_and_never_falls(data, lines, states):
    asked_again = data.draw(some_rechecks(lines, 3))
    units = {one.sku: one.quantity for one in lines}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "MOST_STATES", states)
        back = {one.sku: data.draw(st.integers(0, one.quantity)) for one in lines}
        more = {sku: data.draw(st.integers(n, units[sku])) for sku, n in back.items()}
        found = given_back(lines, asked_again, back)
        assert by_definition(lines, asked_again, back) <= found <= sold_for(lines, back)
        assert found <= given_back(lines, asked_again, more)
        assert given_back(lines, asked_again, units) == sold_for(lines, units)
        if not missed(lines, asked_again, back):
            assert found == sold_for(lines, back)
        assert missed(lines, asked_again, units) == []


@settings(max_examples=10)
@given(st.lists(st.integers(10_000, 90_000), min_size=12, max_size=20), st.randoms())
def test_many_goods_are_counted_in_steps_that_favour_the_buyer_by_little(prices, random):
    lines = [a_sold(f"S{n:02}", 2, price, price // 5) for n, price in enumerate(prices)]
    offer = a_recheck(sum(prices) * 4 // 3, *((one.sku, 2 * one.price, one.off) for one in lines))
    back = {one.sku: 2 for one in random.sample(lines, 4)}
    found = given_back(lines, [offer], back)
    # What the steps let come back beyond the threshold is less than a step for each piece.
    beyond = sum(back.values()) * (offer.spare // rules.MOST_STATES + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "MOST_STATES", 10**9)
        least = given_back(lines, [offer], back)
        most = given_back(lines, [replace(offer, at=offer.at - beyond)], back)
    assert least <= found <= most


def bought(lines, *offers):
    """Goods at their price, as an order keeps them."""
    priced = price(lines, a_shopper(), offers)
    sold = [
        OrderedLine(
            sku=one.line.sku,
            quantity=one.line.quantity,
            price=one.line.price,
            off=Fen(one.line.amount - one.payable),
            name="",
            options="",
        )
        for one in priced.lines
    ]
    return priced, sold


def test_who_pads_an_order_and_brings_the_padding_back_pays_as_if_without_it():
    """¥290 and ¥200 with 100 off from 300 on: without the second it would have cost ¥290."""
    hundred = an_offer(from_amount(30_000, AmountOff(amount=Fen(10_000))), recheck=True)
    priced, sold = bought([a_line("A-1", 1, 29_000), a_line("B-1", 1, 20_000)], hundred)
    asked_again = rechecks(priced, priced.allocations)
    assert given_back(sold, asked_again, {"B-1": 1}) == 39_000 - 29_000
    assert [one.name for one in missed(sold, asked_again, {"B-1": 1})] == ["o1"]
    # The other one stays and is below it too: it pays ¥200 alone.
    assert given_back(sold, asked_again, {"A-1": 1}) == 39_000 - 20_000
    # A thing that is worth less than what is lost by it gives nothing, and is paid with the rest.
    priced, sold = bought([a_line("A-1", 1, 29_000), a_line("B-1", 1, 2_000)], hundred)
    asked_again = rechecks(priced, priced.allocations)
    assert given_back(sold, asked_again, {"B-1": 1}) == 0
    assert given_back(sold, asked_again, {"A-1": 1, "B-1": 1}) == 21_000


def test_pieces_may_come_back_until_too_few_stay():
    """Six at ¥50, a tenth off from five pieces on: one may go, with the second the tenth goes."""
    tenth = Tiers(by=Measure.PIECES, tiers=(Tier(at=5, gives=PercentOff(percent=10)),))
    priced, sold = bought([a_line("A-1", 6, 5_000)], an_offer(tenth, recheck=True))
    asked_again = rechecks(priced, priced.allocations)
    found = [given_back(sold, asked_again, {"A-1": n}) for n in range(7)]
    assert found == [0, 4_500, 9_000 - 4 * 500, 13_500 - 3 * 500, 18_000 - 1_000, 22_000, 27_000]


def test_a_gift_that_stays_is_paid_for_where_its_threshold_is_missed():
    gift = an_offer(from_amount(30_000, Gift(sku="G-1", pieces=1)), recheck=True)
    priced, sold = bought([a_line("A-1", 2, 20_000)], gift)
    sold.append(a_sold("G-1", 1, 900, 900))
    gifts = [Allocation.by(gift, "G-1", Fen(900))]
    asked_again = rechecks(priced, [*priced.allocations, *gifts])
    assert given_back(sold, asked_again, {"A-1": 1}) == 20_000 - 900
    assert given_back(sold, asked_again, {"A-1": 1, "G-1": 1}) == 20_000
    assert given_back(sold, asked_again, {"G-1": 1}) == 0
    # Where there was none to give, nothing is asked for again.
    assert rechecks(priced, priced.allocations) == ()


def test_of_many_such_offers_those_that_gave_most_are_asked_for_again():
    offers = [
        an_offer(from_amount(100, AmountOff(amount=Fen(n * 100))), id=f"o{n}", recheck=True)
        for n in range(1, 5)
    ]
    priced, _ = bought([a_line("A-1", 1, 20_000)], *offers)
    found = rechecks(priced, priced.allocations)
    assert [one.offer_id for one in found] == ["o4", "o3", "o2"][:MOST_RECHECKS]
    assert Counter(one.gained for one in found) == {400: 1, 300: 1}


@pytest.mark.parametrize(
    "effect",
    [
        NthPiece(n=2, percent=50),
        from_amount(0, AmountOff(amount=Fen(100))),
        from_amount(100, FreeShipping()),
        from_amount(100, AmountOff(amount=Fen(100)), every=True),
        Tiers(
            by=Measure.AMOUNT,
            tiers=tuple(Tier(at=n, gives=AmountOff(amount=Fen(n))) for n in (1, 2)),
        ),
    ],
)
def test_what_has_no_one_threshold_is_not_asked_for_again(effect):
    with pytest.raises(Invalid):
        an_offer(effect, recheck=True)
