"""The books of a purchase at a till: the seller keeps the money and owes the others their parts."""

from datetime import timedelta
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from domain.earnings.line_credits import kept_by_line, line_credits
from domain.earnings.order_books import released, with_facts
from domain.earnings.terms import LineRates, Terms
from domain.kernel.facts import Fact
from domain.mall.fulfilment.returning import RETURN_WITHIN
from domain.members.channel_purchases import Bought, ChannelPurchase, ChannelRefund, PurchaseLine
from domain.members.purchase_facts import of_purchase
from tests.domain.earnings.test_order_books import had
from tests.support.builders import NOON

SELLERS = ["owner:O1", "brand"]


def a_purchase(*lines, buyer=None, refunds=()) -> ChannelPurchase:
    rows = tuple(PurchaseLine(sku=sku, quantity=1, paid=fen) for sku, fen in lines)
    return ChannelPurchase(
        id="POS:1",
        channel="POS",
        number="1",
        at=NOON,
        bought=Bought(at=NOON, lines=rows, store_id="S1", guide_id="G3"),
        member_id=buyer,
        refunds=refunds,
    )


def a_refund(number: int, *lines) -> ChannelRefund:
    rows = tuple(PurchaseLine(sku=sku, quantity=1, paid=fen) for sku, fen in lines)
    at = NOON + timedelta(days=number)
    amount = sum(fen for _, fen in lines)
    return ChannelRefund(number=str(number), at=at, amount=amount, lines=rows)


def terms(fact: Fact, *, seller="owner:O1", rates=(), most=0, own=()) -> Terms:
    matched = fact.data["buyerId"] is not None
    return Terms(
        rule_version=0,
        weights=(970, 0, 30) if matched else (1_000, 0, 0),
        seller=seller,
        guide_id="G1" if matched else None,
        service_id="G2" if matched else None,
        serving_id=fact.data["guideId"],
        home="owner:O9" if matched else "brand",
        home_permille=30 if matched else 0,
        store_id="S1",
        rates=rates,
        most=most,
        own=own,
        holder=seller,
    )


def books_of(*purchases, **said):
    """The books after a purchase was seen at each of these stages."""
    books, before = None, None
    for one in purchases:
        facts = of_purchase(before, one)
        books = with_facts(books, facts, partial(terms, **said), str) if facts else books
        before = one
    return books


RATES = tuple(LineRates(sku=sku, share=500, service=200, serving=100) for sku in "AB")


def test_whoever_brought_serves_and_stood_at_the_till_and_whose_member_it_is_have_their_parts():
    books = books_of(a_purchase(("A", 10_000), buyer="may"), rates=RATES)
    assert books.booked == {
        "guide:G1:pending": 500,
        "guide:G2:pending": 200,
        "guide:G3:pending": 100,
        "owner:O9:pending": 276,
        "owner:O1:pending": -1_076,
    }
    assert had(books)["SELLING", "owner:O1"] == 8_924
    assert books.matures_at == NOON + RETURN_WITHIN
    free = released(books, NOON + RETURN_WITHIN)
    assert free.booked["owner:O1:payable"] == -1_076
    assert not any(n for account, n in free.booked.items() if account.endswith("pending"))


def test_a_purchase_of_nobody_credits_the_till_and_all_others_once_it_is_somebodys():
    nobodys = a_purchase(("A", 10_000))
    books = books_of(nobodys, rates=RATES)
    assert books.booked == {"guide:G3:pending": 100, "owner:O1:pending": -100}
    later = books_of(nobodys, a_purchase(("A", 10_000), buyer="may"), rates=RATES)
    at_once = books_of(a_purchase(("A", 10_000), buyer="may"), rates=RATES)
    assert later.booked == at_once.booked


def test_a_refund_takes_the_credit_of_its_own_line_back_and_no_other():
    rates = (RATES[0], LineRates(sku="B", share=0, service=0, serving=1_000))
    lines = (("A", 6_000), ("B", 4_000))
    bought = a_purchase(*lines, buyer="may")
    back = a_purchase(*lines, buyer="may", refunds=(a_refund(1, ("B", 4_000)),))
    books = books_of(bought, back, rates=rates)
    assert kept_by_line(books) == {"A": 6_000, "B": 0}
    assert books.booked["guide:G1:pending"] == 300
    assert books.booked["guide:G3:pending"] == 60


def test_a_refund_of_a_purchase_that_has_no_books_books_nothing():
    bought = a_purchase(("A", 100))
    [made] = of_purchase(None, bought)
    back = a_purchase(("A", 100), refunds=(a_refund(1, ("A", 100)),))
    books = with_facts(None, of_purchase(bought, back), terms, str)
    assert books.booked == {}
    assert made.kind == "purchase.made"


def test_what_the_store_that_sells_would_owe_itself_is_not_booked():
    books = books_of(a_purchase(("A", 10_000)))
    assert books.journals == ()


@given(st.data())
def test_whatever_is_bought_and_paid_back_sums_to_zero_and_all_refunds_leave_nothing(data):
    skus = data.draw(st.lists(st.sampled_from("AB"), min_size=1, max_size=3))
    lines = [(sku, data.draw(st.integers(0, 99_999))) for sku in skus]
    rate = st.integers(0, 1_000)
    said = {
        "rates": tuple(
            LineRates(sku=sku, share=data.draw(rate), service=data.draw(rate), serving=7)
            for sku in "AB"
        ),
        "seller": data.draw(st.sampled_from(SELLERS)),
        "most": data.draw(st.sampled_from([0, 1, 500])),
        "own": data.draw(st.sampled_from([(), ("G1",), ("G3",)])),
    }
    paid = sum(fen for _, fen in lines)
    left, refunds = paid, []
    for number in range(data.draw(st.integers(0, 4))):
        fen = data.draw(st.integers(0, left))
        # A till may pay back more on one line than was paid for it, or for a thing never bought.
        refunds.append(a_refund(number, (data.draw(st.sampled_from("ABC")), fen)))
        left -= fen
    refunds.append(a_refund(9, (lines[0][0], left)))
    matched_after = data.draw(st.integers(0, len(refunds)))
    seen = [
        a_purchase(*lines, buyer="may" if n >= matched_after else None, refunds=tuple(refunds[:n]))
        for n in range(len(refunds) + 1)
    ]
    released_after = data.draw(st.integers(0, len(refunds)))
    books, before = None, None
    for number, one in enumerate(seen):
        facts = of_purchase(before, one)
        books = with_facts(books, facts, partial(terms, **said), str) if facts else books
        assert sum(books.booked.values()) == 0
        assert sum(one.amount for one in line_credits(books)) == books.kept
        if number == released_after:
            books = released(books, NOON + RETURN_WITHIN)
        before = one
    assert not any(books.booked.values())
    assert not any(had(books).values())
