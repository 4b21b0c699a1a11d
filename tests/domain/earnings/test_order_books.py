"""The books of an order: all sums to zero, everybody has their part, nothing is left over."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.earnings.commission import due
from domain.earnings.journals import Journal, JournalLine, kind_of_account
from domain.earnings.order_books import released, with_facts
from domain.earnings.terms import FIRST_RULE, SplitRule, Terms, rule_at
from domain.kernel.facts import Fact
from domain.kernel.refusals import Invalid
from domain.mall.fulfilment.returning import RETURN_WITHIN
from tests.support.builders import NOON

OWNERS = {"S1": "owner:O1", "S2": "owner:O2", "S3": "brand"}
NUMBERS = count(1)


def a_fact(kind: str, after: timedelta = timedelta(), **data) -> Fact:
    number = next(NUMBERS)
    data = {"orderId": "order_1", **data}
    return Fact(
        id=f"f:{number}", subject="order:1", kind=kind, at=NOON + after, data=data, n=number
    )


def an_order(*lines, guide="G1", store="S1") -> Fact:
    rows = [{"sku": sku, "quantity": n, "payableFen": fen} for sku, n, fen in lines]
    return a_fact("order.paid", storeId=store, guideId=guide, lines=rows)


def a_payment(fen: int) -> Fact:
    return a_fact("payment.paid", paidFen=fen, refundedFen=0)


def a_refund(paid: int, refunded: int) -> Fact:
    return a_fact("refund.done", paidFen=paid, refundedFen=refunded)


def sent(store: str, after: timedelta = timedelta(), **units) -> Fact:
    return a_fact("fulfilment_order.shipped", after, details=details(store, units))


def details(store: str, units) -> dict:
    rows = [{"sku": sku, "quantity": n} for sku, n in units.items()]
    return {"storeId": store, "units": rows}


def terms_of(fact: Fact) -> Terms:
    store, guide = fact.data["storeId"], fact.data["guideId"]
    return Terms(rule_version=0, weights=(150, 750, 100), seller=OWNERS[store], guide_id=guide)


def books_of(*facts: Fact, books=None):
    return with_facts(books, facts, terms_of, OWNERS.__getitem__)


def test_the_guide_the_seller_the_sender_and_the_brand_have_their_parts():
    books = books_of(an_order(("A", 1, 10_000)), a_payment(10_000), sent("S2", A=1))
    assert books.booked == {
        "provider": -10_000,
        "guide:G1:pending": 500,
        "owner:O1:pending": 1_425,
        "owner:O2:pending": 7_125,
        "brand": 950,
        "open": 0,
    }
    assert [one.cause for one in books.journals] == ["payment.paid", "fulfilment_order.shipped"]


def test_what_nobody_has_sent_yet_is_nobodys():
    books = books_of(
        an_order(("A", 1, 6_000), ("B", 2, 4_000), guide=None), a_payment(10_000), sent("S2", A=1)
    )
    assert books.booked["owner:O2:pending"] == 4_500
    assert books.booked["open"] == 3_000
    assert books.matures_at is None


def test_what_is_called_off_and_given_back_leaves_the_sender_theirs():
    books = books_of(
        an_order(("A", 1, 6_000), ("B", 1, 4_000), guide=None),
        a_payment(10_000),
        sent("S2", A=1),
        a_fact("fulfilment_order.cancelled", details=details("S1", {"B": 1})),
        a_refund(10_000, 4_000),
    )
    assert books.booked["owner:O2:pending"] == 4_500
    assert books.booked["open"] == 0
    assert books.matures_at == NOON + RETURN_WITHIN


def test_a_return_costs_whoever_sent_it_and_not_the_other():
    books = books_of(
        an_order(("A", 1, 6_000), ("B", 1, 4_000), guide=None),
        a_payment(10_000),
        sent("S2", A=1),
        sent("S3", B=1),
        a_fact("return.requested", of="r1", details=details("S1", {"B": 1})),
        a_fact("return.accepted", of="r1", details=details("S1", {"B": 1})),
        a_refund(10_000, 4_000),
    )
    assert books.booked["owner:O2:pending"] == 4_500
    assert books.booked["brand"] == 600


def test_what_is_pending_is_payable_after_the_return_window_and_not_before():
    books = books_of(an_order(("A", 1, 10_000)), a_payment(10_000), sent("S1", A=1))
    end = NOON + RETURN_WITHIN
    assert released(books, end - timedelta(seconds=1)) == books
    free = released(books, end)
    assert free.booked["guide:G1:pending"] == 0
    assert free.booked["guide:G1:payable"] == 500
    assert released(free, end + RETURN_WITHIN) == free
    late = books_of(a_refund(10_000, 10_000), books=free)
    assert not any(late.booked.values())


def test_a_return_on_its_way_holds_back_what_is_payable():
    books = books_of(
        an_order(("A", 1, 10_000)),
        a_payment(10_000),
        sent("S1", A=1),
        a_fact("return.requested", of="r1", details=details("S1", {"A": 1})),
    )
    assert books.matures_at is None
    assert books_of(a_fact("return.refused", of="r1"), books=books).matures_at is not None


@given(st.data())
def test_whatever_happens_in_whatever_order_all_sums_to_zero_and_refunds_leave_nothing(data):
    lines = [
        (sku, data.draw(st.integers(1, 3)), data.draw(st.integers(0, 99_999)))
        for sku in data.draw(st.sampled_from(["A", "AB", "ABC"]))
    ]
    paid = sum(fen for _, _, fen in lines) + data.draw(st.integers(1, 900))
    guide = data.draw(st.sampled_from([None, "G1"]))
    store = st.sampled_from(sorted(OWNERS))
    facts = [an_order(*lines, guide=guide, store=data.draw(store)), a_payment(paid)]
    facts += [sent(data.draw(store), **{sku: 1}) for sku, n, _ in lines for _ in range(n)]
    steps = sorted(data.draw(st.lists(st.integers(1, paid), max_size=4)))
    facts += [a_refund(paid, refunded) for refunded in steps]
    facts = data.draw(st.permutations(facts))
    books, released_once = None, data.draw(st.integers(0, len(facts)))
    for number, fact in enumerate(facts):
        books = books_of(fact, books=books)
        if number == released_once:
            books = released(books, NOON + RETURN_WITHIN)
        # A journal that does not sum to 0 can't be made; so no sum of them is anything else.
        assert sum(books.booked.values()) == 0
    kept = paid - max(steps, default=0)
    assert books.booked.get("provider", 0) == -kept
    stages = [books.booked.get(f"guide:G1:{stage}", 0) for stage in ("pending", "payable")]
    assert sum(stages) == (due(kept) if guide else 0)
    assert books.booked.get("open", 0) == 0
    assert all(n >= 0 for account, n in books.booked.items() if account != "provider")
    nothing = books_of(a_refund(paid, paid), books=books)
    assert not any(nothing.booked.values())


def test_a_journal_that_does_not_balance_is_none():
    for lines in [[("brand", 1)], [("brand", 1), ("brand", -1)]]:
        with pytest.raises(ValueError, match="journal x"):
            Journal(
                id="x",
                order_id=None,
                cause="a test",
                at=NOON,
                lines=tuple(JournalLine(account=account, amount=n) for account, n in lines),
            )


def test_an_account_tells_its_kind_by_its_name_whatever_its_owner_is_called():
    assert kind_of_account("provider") == "PROVIDER"
    assert kind_of_account("owner:a:b:payable") == "OWNER_PAYABLE"
    assert kind_of_account("guide:G1:pending") == "GUIDE_PENDING"


def test_an_order_has_the_rule_of_its_moment():
    later = [
        SplitRule(
            version=n,
            selling_permille=100,
            fulfilling_permille=n,
            valid_from=NOON + timedelta(hours=n),
        )
        for n in (1, 2)
    ]
    assert rule_at(later, NOON) == FIRST_RULE
    assert rule_at(later, NOON + timedelta(hours=1)).version == 1
    assert rule_at(later, NOON + timedelta(hours=9)).version == 2


@pytest.mark.parametrize(("selling", "fulfilling"), [(-1, 0), (1_001, 0), (501, 500)])
def test_parts_that_are_more_than_the_whole_are_refused(selling, fulfilling):
    with pytest.raises(Invalid):
        SplitRule(
            version=1, selling_permille=selling, fulfilling_permille=fulfilling, valid_from=NOON
        )
