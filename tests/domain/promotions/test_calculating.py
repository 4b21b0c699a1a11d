"""What a basket costs: what holds for any basket and any rules, and the cases that people know."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.catalogue import Channel
from domain.kernel.refusals import Invalid
from domain.network.hours import parse_hours
from domain.promotions.baskets import Basket, BasketLine, Shopper
from domain.promotions.calculating import Tender, price
from domain.promotions.offers import (
    AmountOff,
    Bundle,
    BundlePart,
    Claiming,
    Coupon,
    FixedPrice,
    FreeShipping,
    Gift,
    Measure,
    NthPiece,
    Offer,
    OfferKind,
    PercentOff,
    Tier,
    Tiers,
)
from domain.promotions.reckoning import Missing, RuleOutcome
from domain.promotions.scopes import Eligibility, Goods, OfferWindow
from domain.promotions.shipping_fees import Heavier, ShippingFees, Zone

NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
ALWAYS = OfferWindow(begins_at=NOW - timedelta(days=9), ends_at=NOW + timedelta(days=9))
EVERY_KIND = frozenset(OfferKind)


def a_line(sku="A-1", quantity=1, price=10_000, category=("服装", "羽绒服")):
    return BasketLine(
        sku=sku, product_id=sku.split("-")[0], category=category, quantity=quantity, price=price
    )


def a_shopper(**changed):
    asked = {"at": NOW, "channel": Channel.MINI_PROGRAM, "region_id": "r1", "store_id": "s1"}
    return Shopper(**asked | changed)


def an_offer(effect, *, id="o1", kind=None, **changed):
    kind = kind or (OfferKind.ORDER if isinstance(effect, Tiers | NthPiece | Bundle) else None)
    told = {"version": 1, "name": id, "window": ALWAYS, "combines_with": EVERY_KIND}
    return Offer(id=id, kind=kind or OfferKind.GOODS, effect=effect, **told | changed)


def a_coupon(effect, *, id="c1", kind=OfferKind.ORDER_COUPON, expires_in=3, **changed):
    claiming = Claiming(total=1)
    rule = an_offer(effect, id=f"rule of {id}", kind=kind, claiming=claiming, **changed)
    return Coupon(id=id, offer=rule, expires_at=NOW + timedelta(days=expires_in))


def from_amount(at, gives, **changed):
    return Tiers(by=Measure.AMOUNT, tiers=(Tier(at=at, gives=gives),), **changed)


def why(priced, id):
    return next(
        one for one in priced.traced if id in (one.offer.id, one.coupon.id if one.coupon else None)
    )


# --- what holds for any basket

SKUS = ("A-1", "A-2", "B-1", "C-1")
some_lines = st.lists(
    st.builds(a_line, st.sampled_from(SKUS), st.integers(1, 9), st.integers(0, 90_000)),
    min_size=1,
    max_size=4,
    unique_by=lambda line: line.sku,
)
some_goods = st.sampled_from(
    [Goods(), Goods(products=frozenset({"A"})), Goods(skus=frozenset({"B-1", "C-1"}))]
)
some_kinds = st.frozensets(st.sampled_from(OfferKind))
percents = st.builds(PercentOff, percent=st.integers(1, 100))
amounts = st.builds(AmountOff, amount=st.integers(1, 60_000))
rewards = percents | amounts | st.just(FreeShipping()) | st.just(Gift(sku="G-1", pieces=1))
tiers = st.builds(
    lambda by, steps: Tiers(
        by=by,
        tiers=tuple(Tier(at=at, gives=gives) for at, gives in sorted(steps, key=lambda s: s[0])),
    ),
    st.sampled_from(Measure),
    st.lists(
        st.tuples(st.integers(1, 300), rewards), min_size=1, max_size=3, unique_by=lambda s: s[0]
    ),
)
on_goods = percents | amounts | st.builds(FixedPrice, price=st.integers(0, 90_000))
on_order = (
    tiers
    | st.builds(NthPiece, n=st.integers(2, 4), percent=st.integers(1, 100))
    | st.builds(
        lambda pieces, price: Bundle(
            parts=(BundlePart(goods=Goods(products=frozenset({"A"})), pieces=pieces),), price=price
        ),
        st.integers(1, 3),
        st.integers(0, 50_000),
    )
)
some_offers = st.lists(st.tuples(on_goods | on_order, some_goods, some_kinds), max_size=5).map(
    lambda drawn: [
        an_offer(effect, id=f"o{n}", goods=goods, combines_with=kinds)
        for n, (effect, goods, kinds) in enumerate(drawn)
    ]
)
some_coupons = st.lists(
    st.tuples(
        tiers,
        st.sampled_from(["GOODS_COUPON", "ORDER_COUPON", "SHIPPING_COUPON"]),
        some_goods,
        some_kinds,
        st.integers(1, 5),
    ),
    max_size=6,
).map(
    lambda drawn: [
        a_coupon(
            effect,
            id=f"c{n}",
            kind=OfferKind(kind),
            goods=goods,
            combines_with=kinds,
            expires_in=days,
        )
        for n, (effect, kind, goods, kinds, days) in enumerate(drawn)
    ]
)
some_tender = st.none() | st.builds(
    Tender,
    points=st.integers(0, 50_000),
    points_per_yuan=st.integers(1, 300),
    most_percent=st.integers(1, 100),
)
some_zone = st.none() | st.builds(
    Zone, prefixes=st.just(("65",)), fee=st.integers(0, 2_000), free_from=st.just(20_000)
)


@settings(max_examples=150)
@given(some_lines, some_offers, some_coupons, some_tender, some_zone)
def test_every_fen_off_is_accounted_for_and_nothing_costs_less_than_nothing(
    lines, offers, coupons, tender, zone
):
    priced = price(lines, a_shopper(), offers, coupons=coupons, tender=tender, zone=zone)
    for one in priced.lines:
        off = sum(taken.amount for taken in priced.allocations if taken.sku == one.line.sku)
        assert one.line.amount == off + one.by_points + one.payable
        assert min(one.payable, one.by_points, off) >= 0
    assert priced.payable == priced.goods + priced.shipping_fee
    assert all(taken.amount > 0 for taken in priced.allocations)
    traced = sum(one.given for one in priced.traced if one.outcome is RuleOutcome.APPLIED)
    assert traced == sum(taken.amount for taken in priced.allocations)


@settings(max_examples=150)
@given(st.data(), some_lines, some_offers, some_coupons, some_tender, some_zone)
def test_the_order_in_which_anything_was_entered_changes_nothing(
    data, lines, offers, coupons, tender, zone
):
    told = price(lines, a_shopper(), offers, coupons=coupons, tender=tender, zone=zone)
    parted = [replace(one, quantity=1) for one in lines for _ in range(one.quantity)]
    again = price(
        data.draw(st.permutations(parted)),
        a_shopper(),
        data.draw(st.permutations(offers)),
        coupons=data.draw(st.permutations(coupons)),
        tender=tender,
        zone=zone,
    )
    assert again == told


@settings(max_examples=150)
@given(some_lines, some_offers, some_coupons, some_zone)
def test_no_choice_of_coupons_is_better_for_the_buyer_than_the_one_that_is_made(
    lines, offers, coupons, zone
):
    made = price(lines, a_shopper(), offers, coupons=coupons, zone=zone)
    for size in range(4):
        for choice in combinations(coupons, size):
            other = price(lines, a_shopper(), offers, coupons=choice, zone=zone)
            assert made.payable <= other.payable


@settings(max_examples=150)
@given(some_lines, some_offers, some_coupons)
def test_rules_hold_for_one_line_only_where_both_allow_it(lines, offers, coupons):
    priced = price(lines, a_shopper(), offers, coupons=coupons)
    rules = {rule.id: rule for rule in [*offers, *(coupon.offer for coupon in coupons)]}
    for line in lines:
        held = [rules[one.offer_id] for one in priced.allocations if one.sku == line.sku]
        assert all(rule.goods.among(Basket([line])) for rule in held)
        assert sum(rule.kind is OfferKind.GOODS for rule in held) <= 1
        for one, other in combinations(held, 2):
            assert other.kind in one.combines_with
            assert one.kind in other.combines_with
    used = [coupon.offer.kind for coupon in coupons if coupon.id in priced.coupons]
    assert len(used) == len(set(used))


@settings(max_examples=150)
@given(some_lines, st.integers(2, 4), st.integers(1, 100))
def test_every_nth_piece_is_found_as_by_laying_the_pieces_in_a_row(lines, n, percent):
    priced = price(lines, a_shopper(), [an_offer(NthPiece(n=n, percent=percent))])
    row = sorted((line.price for line in lines for _ in range(line.quantity)), reverse=True)
    cheaper = sum(each * percent // 100 for each in row[n - 1 :: n])
    assert sum(taken.amount for taken in priced.allocations) == cheaper


# --- the cases that people know


def test_a_part_and_an_amount_off_give_the_same_in_both_orders_of_entry():
    # ¥176 of two lines: 10 % off, then ¥50 off, by the stages and not by who came first.
    lines = [a_line("A-1", 1, 10_000), a_line("B-1", 1, 7_600)]
    tenth = an_offer(PercentOff(percent=10), id="z")
    coupon = a_coupon(from_amount(1, AmountOff(amount=5_000)))
    priced = price(lines, a_shopper(), [tenth], coupons=[coupon])
    assert priced.payable == 17_600 - 1_760 - 5_000
    assert [one.payable for one in priced.lines] == [6_159, 4_681]


def test_what_a_coupon_gives_beyond_its_goods_is_lost_and_not_moved_to_others():
    coupon = a_coupon(
        from_amount(0, AmountOff(amount=50_000)),
        kind=OfferKind.GOODS_COUPON,
        goods=Goods(skus=frozenset({"A-1"})),
    )
    lines = [a_line("A-1", price=3_000), a_line("B-1", price=9_000)]
    priced = price(lines, a_shopper(), [], coupons=[coupon])
    assert [one.payable for one in priced.lines] == [0, 9_000]


def test_points_pay_their_part_and_no_more_of_them_are_taken_than_that_takes():
    tender = Tender(points=100_000, points_per_yuan=3, most_percent=50)
    priced = price([a_line(price=9_999)], a_shopper(), [], tender=tender)
    assert priced.by_points == 4_999
    assert priced.points == 150
    everything = Tender(points=10_000, points_per_yuan=100, most_percent=100)
    free = price([a_line(price=9_999)], a_shopper(), [], tender=everything)
    assert (free.payable, free.points) == (0, 9_999)


def test_the_highest_step_that_is_reached_counts_and_the_next_one_is_told():
    steps = Tiers(
        by=Measure.AMOUNT,
        tiers=(
            Tier(at=30_000, gives=AmountOff(amount=5_000)),
            Tier(at=60_000, gives=AmountOff(amount=12_000)),
        ),
    )
    offer = an_offer(steps)
    below = price([a_line(price=29_900)], a_shopper(), [offer])
    assert why(below, "o1").outcome is RuleOutcome.BELOW_THRESHOLD
    assert why(below, "o1").missing == Missing(by=Measure.AMOUNT, count=100)
    first = price([a_line(price=59_000)], a_shopper(), [offer])
    assert (first.payable, why(first, "o1").missing.count) == (54_000, 1_000)
    second = price([a_line(price=60_000)], a_shopper(), [offer])
    assert (second.payable, why(second, "o1").missing) == (48_000, None)


def test_what_is_given_every_time_is_given_as_often_as_the_step_is_reached():
    offer = an_offer(from_amount(30_000, AmountOff(amount=5_000), every=True))
    priced = price([a_line(price=95_000)], a_shopper(), [offer])
    assert priced.payable == 80_000
    assert why(priced, "o1").missing.count == 25_000
    gift = an_offer(
        Tiers(by=Measure.PIECES, tiers=(Tier(at=2, gives=Gift(sku="G-1", pieces=1)),), every=True)
    )
    given = price([a_line(quantity=5)], a_shopper(), [gift])
    assert [(one.sku, one.pieces) for _, one in given.gifts] == [("G-1", 2)]


def test_a_bundle_takes_the_dearest_pieces_and_leaves_the_others_as_they_are():
    suit = Bundle(
        parts=(
            BundlePart(goods=Goods(products=frozenset({"A"})), pieces=1),
            BundlePart(goods=Goods(products=frozenset({"B"})), pieces=1),
        ),
        price=15_000,
    )
    lines = [a_line("A-1", 1, 10_000), a_line("A-2", 1, 12_000), a_line("B-1", 1, 8_000)]
    priced = price(lines, a_shopper(), [an_offer(suit)])
    assert [one.payable for one in priced.lines] == [10_000, 9_000, 6_000]


def test_the_best_offer_of_a_line_is_taken_and_the_other_is_told():
    better = an_offer(FixedPrice(price=8_000), id="member price")
    worse = an_offer(PercentOff(percent=10), id="a tenth")
    priced = price([a_line()], a_shopper(), [worse, better])
    assert priced.payable == 8_000
    assert why(priced, "a tenth").outcome is RuleOutcome.ANOTHER_IS_BETTER


def test_of_two_coupons_that_leave_the_same_the_one_that_lapses_sooner_is_used():
    sooner = a_coupon(from_amount(1, AmountOff(amount=1_000)), id="z", expires_in=1)
    later = a_coupon(from_amount(1, AmountOff(amount=1_000)), id="a", expires_in=2)
    priced = price([a_line()], a_shopper(), [], coupons=[later, sooner])
    assert priced.coupons == ("z",)
    assert why(priced, "a").outcome is RuleOutcome.ANOTHER_IS_BETTER


def test_a_coupon_that_would_lose_much_of_its_worth_is_spared():
    great = a_coupon(from_amount(0, AmountOff(amount=50_000)), id="great")
    small = a_coupon(from_amount(0, AmountOff(amount=3_000)), id="small")
    priced = price([a_line(price=3_000)], a_shopper(), [], coupons=[great, small])
    assert priced.coupons == ("small",)


def test_a_coupon_that_costs_more_shipping_than_it_gives_is_not_used():
    zone = Zone(prefixes=("65",), fee=1_500, free_from=10_000)
    coupon = a_coupon(from_amount(0, AmountOff(amount=1_000)))
    priced = price([a_line(price=10_000)], a_shopper(), [], coupons=[coupon], zone=zone)
    assert (priced.coupons, priced.payable) == ((), 10_000)


def test_shipping_is_free_from_an_amount_and_by_a_coupon_and_where_it_is_fetched():
    zone = Zone(prefixes=("65",), fee=1_500, free_from=29_900)
    assert price([a_line()], a_shopper(), [], zone=zone).shipping_fee == 1_500
    assert price([a_line(price=29_900)], a_shopper(), [], zone=zone).shipping_fee == 0
    assert price([a_line()], a_shopper(), []).shipping_fee == 0
    free = a_coupon(from_amount(0, FreeShipping()), kind=OfferKind.SHIPPING_COUPON)
    assert price([a_line()], a_shopper(), [], coupons=[free], zone=zone).payable == 10_000


def test_the_nearest_zone_of_a_district_counts():
    fees = ShippingFees(
        zones=(
            Zone(prefixes=("",), fee=800),
            Zone(prefixes=("54", "65"), fee=2_000),
            Zone(prefixes=("6501",), fee=1_200),
        ),
    )
    assert [fees.zone(code).fee for code in ("310101", "650203", "650102")] == [800, 2_000, 1_200]


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"window": replace(ALWAYS, ends_at=NOW)}, RuleOutcome.NOT_NOW),
        ({"window": replace(ALWAYS, hours=parse_hours("08:00-10:00"))}, RuleOutcome.NOT_NOW),
        ({"eligibility": Eligibility(channels=frozenset({Channel.STORE}))}, RuleOutcome.NOT_HERE),
        ({"eligibility": Eligibility(stores=frozenset({"s2"}))}, RuleOutcome.NOT_HERE),
        ({"eligibility": Eligibility(levels=frozenset({"gold"}))}, RuleOutcome.NOT_FOR_THIS_BUYER),
        (
            {"eligibility": Eligibility(segments=frozenset({"runners"}))},
            RuleOutcome.NOT_FOR_THIS_BUYER,
        ),
    ],
)
def test_an_offer_that_does_not_hold_says_why(changed, outcome):
    priced = price([a_line()], a_shopper(), [an_offer(PercentOff(percent=10), **changed)])
    assert (priced.payable, why(priced, "o1").outcome) == (10_000, outcome)


def test_hours_of_the_day_are_those_of_china_and_may_run_past_midnight():
    night = replace(ALWAYS, hours=parse_hours("22:00-06:00"))
    held = [night.holds(NOW.replace(hour=hour)) for hour in (13, 14, 21, 22)]
    assert held == [False, True, True, False]


def test_a_category_means_all_below_it_and_what_is_excepted_is_not_meant():
    coats = Goods(categories=frozenset({("服装",)}), except_products=frozenset({"B"}))
    basket = Basket([a_line("A-1"), a_line("B-1"), a_line("C-1", category=("鞋",))])
    assert coats.among(basket) == [0]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: PercentOff(percent=0),
        lambda: AmountOff(amount=2**31),
        lambda: FixedPrice(price=-1),
        lambda: Tiers(by=Measure.AMOUNT, tiers=()),
        lambda: Tiers(by=Measure.AMOUNT, tiers=(Tier(at=5, gives=FreeShipping()),) * 2),
        lambda: from_amount(0, AmountOff(amount=1), every=True),
        lambda: from_amount(9, PercentOff(percent=5), every=True),
        lambda: an_offer(PercentOff(percent=5), kind=OfferKind.ORDER),
        lambda: an_offer(PercentOff(percent=5), claiming=Claiming(total=1)),
        lambda: an_offer(from_amount(1, FreeShipping()), kind=OfferKind.ORDER_COUPON),
        lambda: Claiming(total=0),
        lambda: replace(ALWAYS, ends_at=ALWAYS.begins_at),
    ],
)
def test_a_rule_that_means_nothing_is_refused(wrong):
    with pytest.raises(Invalid):
        wrong()


def test_a_coupon_that_gives_nothing_is_not_used_up_beside_one_that_does():
    hundredth = a_coupon(
        from_amount(0, PercentOff(percent=1)),
        id="nothing",
        kind=OfferKind.GOODS_COUPON,
        expires_in=1,
    )
    some = a_coupon(from_amount(0, AmountOff(amount=10)), id="some", expires_in=2)
    priced = price([a_line(price=50)], a_shopper(), [], coupons=[hundredth, some])
    assert priced.coupons == ("some",)
    assert why(priced, "nothing").outcome is RuleOutcome.NOTHING_TO_GIVE


def test_shipping_costs_more_for_each_step_that_is_begun_beyond_a_weight():
    heavier = Heavier(beyond_g=3_000, step_g=1_000, fee=200)
    zone = Zone(prefixes=("",), fee=1_200, free_from=100_000, heavier=heavier)

    def fee(quantity, weight_g, price=100, zone=zone):
        line = replace(a_line(quantity=quantity, price=price), weight_g=weight_g)
        return price_of([line], zone=zone).shipping_fee

    def price_of(lines, **told):
        return price(lines, a_shopper(), [], **told)

    assert [fee(1, n) for n in (0, 3_000, 3_001, 4_000, 4_001)] == [
        1_200,
        1_200,
        1_400,
        1_400,
        1_600,
    ]
    assert fee(3, 2_000) == 1_200 + 3 * 200
    assert fee(10, 9_000, price=10_000) == 0
    assert fee(900, 100_000) == 100_000
    assert fee(3, 2_000, zone=replace(zone, heavier=None)) == 1_200
    for wrong in (replace(heavier, step_g=0), replace(heavier, fee=-1)):
        with pytest.raises(Invalid):
            ShippingFees(zones=(replace(zone, heavier=wrong),))
