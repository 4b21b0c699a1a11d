"""Prices by offers on shelves and pages: the calculator's, until the moment at which they flip."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.network.hours import parse_hours
from domain.promotions.calculating import price
from domain.promotions.offer_versions import OfferHistory, OfferVersion, Promotions
from domain.promotions.offers import Offer, OfferKind, PercentOff
from domain.promotions.scopes import Eligibility, Goods, OfferWindow
from domain.promotions.shown_offers import ShownOffers
from tests.domain.promotions.test_calculating import (
    NOW,
    a_line,
    a_shopper,
    an_offer,
    some_offers,
)
from tests.support.builders import a_product, a_variant

MINUTE = timedelta(minutes=1)
moments = st.integers(-40, 40).map(lambda n: NOW + n * MINUTE)


@settings(max_examples=100)
@given(some_offers, st.integers(0, 90_000))
def test_a_shelf_says_what_an_order_of_one_piece_costs(offers, amount):
    coat = a_product("A", variants=(a_variant("A-1"),))
    line = a_line("A-1", price=amount, category=coat.category)
    on_goods = [one for one in offers if one.kind is OfferKind.GOODS]
    [ordered] = price([line], a_shopper(), on_goods).lines
    shown = ShownOffers.among(offers, a_shopper()).price(coat, "A-1", amount)
    assert shown.price == ordered.payable
    assert (shown.offer is None) == (shown.price == amount)


def test_what_is_for_some_members_or_other_places_or_coupons_is_shown_to_nobody():
    coat = a_product("A", variants=(a_variant("A-1"),))
    half = PercentOff(percent=50)
    offers = [
        an_offer(half, id="o1", eligibility=Eligibility(levels=frozenset({"GOLD"}))),
        an_offer(half, id="o2", eligibility=Eligibility(segments=frozenset({"s"}))),
        an_offer(half, id="o3", eligibility=Eligibility(stores=frozenset({"s9"}))),
        an_offer(half, id="o4", goods=Goods(except_products=frozenset({"A"}))),
        an_offer(half, id="o5", goods=Goods(skus=frozenset({"B-1"}))),
        an_offer(
            half, id="o6", window=OfferWindow(begins_at=NOW + MINUTE, ends_at=NOW + 2 * MINUTE)
        ),
    ]
    shown = ShownOffers.among(offers, a_shopper())
    assert (shown.price(coat, "A-1", 100).price, list(shown.of(coat))) == (100, [])


def let_out(rule: Offer, begins, ends) -> OfferHistory:
    version = OfferVersion(
        rule=rule, author_id="a", made_at=NOW, holds_from=begins, holds_until=ends
    )
    return OfferHistory(id=rule.id, versions=(version,))


@settings(max_examples=100)
@given(st.lists(st.tuples(moments, moments, moments, st.booleans()), max_size=4), moments, moments)
def test_nothing_that_holds_changes_before_the_next_flip(drawn, now, later):
    hours = parse_hours("10:00-12:20")
    histories = [
        let_out(
            an_offer(
                PercentOff(percent=5),
                id=f"o{n}",
                window=OfferWindow(
                    begins_at=begins, ends_at=begins + 7 * MINUTE, hours=hours if timed else None
                ),
            ),
            out,
            max(out, until),
        )
        for n, (begins, out, until, timed) in enumerate(drawn)
    ]
    promotions = Promotions(offers={one.id: one for one in histories})

    def holding(moment):
        rules = promotions.rules_at(moment)
        return [one.id for one in rules if one.window.holds(moment)]

    # Asked for another moment first: what is remembered of that one must not be told of this.
    promotions.next_flip(later)
    flip = promotions.next_flip(now)
    assert flip is None or flip > now
    if later > now and (flip is None or later < flip):
        assert holding(later) == holding(now)
