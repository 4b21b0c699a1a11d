"""The books of an order: all sums to zero, everybody has their part, nothing is left over."""

from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.earnings.journals import Journal, JournalLine, kind_of_account
from domain.earnings.line_credits import for_guides, kept_by_line, line_credits
from domain.earnings.order_books import released, with_facts
from domain.earnings.split_rules import FIRST_RULE, GuideRates, Overlap, SplitRule, checked_rule
from domain.earnings.terms import LineRates, Terms
from domain.kernel.facts import Fact
from domain.kernel.refusals import Invalid
from domain.kernel.rule_versions import rule_at
from domain.mall.fulfilment.returning import RETURN_WITHIN
from domain.network.stores import OwnerKind
from tests.support.builders import NOON

OWNERS = {"S1": "owner:O1", "S2": "owner:O2", "S3": "brand"}
NUMBERS = count(1)


def a_fact(kind: str, after: timedelta = timedelta(), **data) -> Fact:
    number = next(NUMBERS)
    data = {"orderId": "order_1", **data}
    return Fact(
        id=f"f:{number}", subject="order:1", kind=kind, at=NOON + after, data=data, n=number
    )


def an_order(
    *lines, guide="G1", store="S1", buyer="may", bonded=None, order="order_1", product="P1"
) -> Fact:
    rows = [
        {"sku": sku, "productId": product, "quantity": n, "payableFen": fen}
        for sku, n, fen in lines
    ]
    return a_fact(
        "order.paid",
        orderId=order,
        buyerId=buyer,
        storeId=store,
        guideId=guide,
        bondedGuideId=bonded,
        lines=rows,
    )


def a_payment(fen: int) -> Fact:
    return a_fact("payment.paid", paidFen=fen, refundedFen=0)


def a_refund(paid: int, refunded: int) -> Fact:
    return a_fact("refund.done", paidFen=paid, refundedFen=refunded)


def sent(store: str, after: timedelta = timedelta(), **units) -> Fact:
    return a_fact("fulfilment_order.shipped", after, details=details(store, units))


def details(store: str, units) -> dict:
    rows = [{"sku": sku, "quantity": n} for sku, n in units.items()]
    return {"storeId": store, "units": rows}


def terms_of(fact: Fact, **others) -> Terms:
    store, guide = fact.data["storeId"], fact.data["guideId"]
    return Terms(
        rule_version=0,
        weights=(150, 750, 100),
        seller=OWNERS[store],
        guide_id=guide,
        store_id=store,
        **others,
    )


def books_of(*facts: Fact, books=None, **terms):
    return with_facts(books, facts, partial(terms_of, **terms), OWNERS.__getitem__)


def had(books) -> dict[tuple[str, str], int]:
    """What each account has for each role, of all lines."""
    found: Counter = Counter()
    for one in line_credits(books):
        found[one.role.value, one.account] += one.amount
    return dict(found)


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


PARTIES = st.sampled_from([None, "G1", "G2"])


@st.composite
def some_terms(draw, skus):
    """Any terms of an order of these lines."""
    rate = st.integers(0, 1_500)
    return {
        "service_id": draw(PARTIES),
        "home": draw(st.sampled_from(["owner:O1", "owner:O9", "brand"])),
        "home_permille": draw(st.integers(0, 100)),
        "rates": tuple(LineRates(sku=sku, share=draw(rate), service=draw(rate)) for sku in skus),
        "most": draw(st.sampled_from([0, 1, 77, 100_000])),
        "own": draw(st.sampled_from([(), ("G1",), ("G1", "G2")])),
    }


@given(st.data())
def test_whatever_happens_in_whatever_order_all_sums_to_zero_and_refunds_leave_nothing(data):
    lines = [
        (sku, data.draw(st.integers(1, 3)), data.draw(st.integers(0, 99_999)))
        for sku in data.draw(st.sampled_from(["A", "AB", "ABC"]))
    ]
    terms = data.draw(some_terms([sku for sku, _, _ in lines]))
    paid = sum(fen for _, _, fen in lines) + data.draw(st.integers(1, 900))
    store = st.sampled_from(sorted(OWNERS))
    facts = [an_order(*lines, guide=data.draw(PARTIES), store=data.draw(store)), a_payment(paid)]
    facts += [sent(data.draw(store), **{sku: 1}) for sku, n, _ in lines for _ in range(n)]
    for number, (sku, n, _) in enumerate(lines[: data.draw(st.integers(0, 2))]):
        back = details("S1", {sku: data.draw(st.integers(1, n))})
        facts.append(a_fact("return.accepted", of=f"r{number}", details=back))
    steps = sorted(data.draw(st.lists(st.integers(1, paid), max_size=4)))
    facts += [a_refund(paid, refunded) for refunded in steps]
    facts = data.draw(st.permutations(facts))
    books, released_once = None, data.draw(st.integers(0, len(facts)))
    for number, fact in enumerate(facts):
        books = books_of(fact, books=books, **terms)
        if number == released_once:
            books = released(books, NOON + RETURN_WITHIN)
        # A journal that does not sum to 0 can't be made; so no sum of them is anything else.
        assert sum(books.booked.values()) == 0
        if books.terms:
            assert sum(had(books).values()) == sum(kept_by_line(books).values()) == books.kept
        assert for_guides(books) <= (terms["most"] or books.kept)
    kept = paid - max(steps, default=0)
    assert books.booked.get("provider", 0) == -kept
    assert not any(
        f"guide:{guide}" in account for guide in terms["own"] for account in books.booked
    )
    assert books.booked.get("open", 0) == 0
    assert all(n >= 0 for account, n in books.booked.items() if account != "provider")
    nothing = books_of(a_refund(paid, paid), books=books, **terms)
    assert not any(nothing.booked.values())
    assert not any(had(nothing).values())


@given(st.data())
def test_refunds_of_any_split_come_to_the_same_as_one(data):
    lines = [("A", 2, data.draw(st.integers(1, 9_999))), ("B", 1, data.draw(st.integers(0, 9_999)))]
    terms = data.draw(some_terms("AB"))
    paid = sum(fen for _, _, fen in lines)
    steps = sorted(data.draw(st.lists(st.integers(1, paid), min_size=1, max_size=5)))
    before = books_of(an_order(*lines), a_payment(paid), sent("S2", A=2, B=1), **terms)
    at_once = books_of(a_refund(paid, steps[-1]), books=before, **terms)
    in_parts = books_of(*(a_refund(paid, n) for n in steps), books=before, **terms)
    assert {one: n for one, n in at_once.booked.items() if n} == {
        one: n for one, n in in_parts.booked.items() if n
    }


def test_who_shared_and_who_serves_have_their_rates_of_each_line_and_nobody_of_their_own():
    rates = (LineRates(sku="A", share=500, service=200), LineRates(sku="B", share=0, service=1_000))
    order = [an_order(("A", 1, 10_000), ("B", 1, 1_000)), a_payment(11_000), sent("S2", A=1, B=1)]
    found = had(books_of(*order, service_id="G2", rates=rates))
    assert found["SHARE", "guide:G1"] == 500
    assert found["SERVICE", "guide:G2"] == 200 + 100
    found = had(books_of(*order, service_id="G2", rates=rates, own=("G1",)))
    assert ("SHARE", "guide:G1") not in found
    assert found["SERVICE", "guide:G2"] == 300


def test_the_owner_whose_member_buys_has_a_part_of_what_the_brand_had():
    order = [an_order(("A", 1, 10_000), guide=None), a_payment(10_000), sent("S2", A=1)]
    found = had(books_of(*order, home="owner:O9", home_permille=30))
    assert found == {
        ("SELLING", "owner:O1"): 1_500,
        ("FULFILMENT", "owner:O2"): 7_500,
        ("OWNER", "owner:O9"): 300,
        ("BRAND", "brand"): 700,
    }


def test_guides_have_at_most_what_they_may_have_of_an_order_by_their_rates():
    rates = (LineRates(sku="A", share=500, service=250),)
    order = [an_order(("A", 1, 10_000)), a_payment(10_000)]
    found = had(books_of(*order, service_id="G2", rates=rates, most=100))
    assert (found["SHARE", "guide:G1"], found["SERVICE", "guide:G2"]) == (67, 33)


def test_a_line_that_comes_back_costs_its_own_credit_alone():
    rates = (LineRates(sku="A", share=500, service=0), LineRates(sku="B", share=1_000, service=0))
    books = books_of(
        an_order(("A", 1, 6_000), ("B", 2, 4_001)),
        a_payment(10_601),
        sent("S2", A=1, B=2),
        a_fact("return.accepted", of="r1", details=details("S2", {"B": 1})),
        a_refund(10_601, 2_000),
        rates=rates,
    )
    # The way to the buyer, 600 fen, is the lines' by their value.
    assert kept_by_line(books) == {"A": 6_360, "B": 2_241}
    assert [one.amount for one in line_credits(books) if one.role == "SHARE"] == [318, 224]


@pytest.mark.parametrize(
    ("overlap", "all_three"),
    [
        (Overlap.ADD, [500, 250, 100]),
        (Overlap.GREATER, [500, 0, 0]),
        (Overlap.SPLIT, [167, 167, 166]),
    ],
)
def test_claims_add_up_or_the_greatest_counts_or_is_split(overlap, all_three):
    rule = SplitRule(share_permille=50, service_permille=25, serving_permille=10, overlap=overlap)
    assert rule.shared_out(rule.rates, (True, True, True)) == all_three
    assert rule.shared_out(rule.rates, (True, False, False)) == [500, 0, 0]
    assert rule.shared_out(rule.rates, (False, False, True)) == [0, 0, 100]
    assert rule.shared_out(rule.rates, (False, False, False)) == [0, 0, 0]


def test_the_first_exception_that_holds_for_a_category_and_a_kind_of_store_counts():
    rule = SplitRule(
        exceptions=(
            GuideRates(
                share_permille=10,
                service_permille=1,
                category="羽绒服",
                owner_kind=OwnerKind.FRANCHISEE,
            ),
            GuideRates(share_permille=20, service_permille=2, category="女装"),
        )
    )
    down = ("女装", "羽绒服")
    assert rule.rates_for(down, OwnerKind.FRANCHISEE).share_permille == 10
    assert rule.rates_for(down, OwnerKind.BRAND).share_permille == 20
    assert rule.rates_for(("男装",), OwnerKind.BRAND) == rule.rates


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
    later = [SplitRule(version=n, set_at=NOON + timedelta(hours=n)) for n in (2, 1)]
    assert rule_at(later, NOON, FIRST_RULE) == FIRST_RULE
    assert rule_at(later, NOON + timedelta(hours=1), FIRST_RULE).version == 1
    assert rule_at(later, NOON + timedelta(hours=9), FIRST_RULE).version == 2


@pytest.mark.parametrize(
    "said",
    [
        {"selling_permille": -1},
        {"selling_permille": 1_001},
        {"selling_permille": 200, "fulfilling_permille": 700, "member_permille": 101},
        {"window_days": 0},
        {"share_permille": 301},
        {"share_permille": 200, "service_permille": 101},
        {"share_permille": 200, "service_permille": 50, "serving_permille": 51},
        {"most_for_guides": -1},
        {"exceptions": (GuideRates(share_permille=0, service_permille=301),)},
    ],
)
def test_a_rule_outside_of_what_it_may_be_is_refused(said):
    with pytest.raises(Invalid):
        checked_rule(SplitRule(**said))
