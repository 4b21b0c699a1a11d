"""A price is a function of time."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.catalogue import Catalogue
from tests.support.builders import NOON, a_price_change, a_product, a_variant

SKU = "10001-NVY-M"
MINUTE = timedelta(minutes=1)

minutes = st.integers(min_value=-1_000, max_value=1_000)
changes = st.dictionaries(minutes, st.integers(min_value=1, max_value=10**6), max_size=8)


def a_catalogue(*price_changes, variant=None):
    product = a_product(variants=(variant or a_variant(SKU, price=239900),))
    return Catalogue(
        products={product.id: product},
        price_changes={change.id: change for change in price_changes},
    )


def scheduled(by_minute):
    return [
        a_price_change((SKU, fen), id=f"pricechange_{i}", effective_at=NOON + minute * MINUTE)
        for i, (minute, fen) in enumerate(by_minute.items())
    ]


@given(changes, minutes)
def test_the_price_at_a_moment_is_that_of_the_last_change_before_it(by_minute, minute):
    begun = [earlier for earlier in by_minute if earlier <= minute]
    expected = by_minute[max(begun)] if begun else 239900
    catalogue = a_catalogue(*scheduled(by_minute))
    assert catalogue.price_at(SKU, NOON + minute * MINUTE).amount == expected


@given(changes, minutes, st.randoms())
def test_the_order_in_which_changes_were_written_does_not_matter(by_minute, minute, dice):
    written = scheduled(by_minute)
    shuffled = dice.sample(written, len(written))
    moment = NOON + minute * MINUTE
    assert a_catalogue(*written).price_at(SKU, moment) == a_catalogue(*shuffled).price_at(
        SKU, moment
    )


@given(changes, minutes, minutes)
def test_a_price_set_by_hand_counts_until_the_next_change(by_minute, set_at, minute):
    since = NOON + set_at * MINUTE
    by_hand = a_variant(SKU, price=55500, since=since)
    catalogue = a_catalogue(*scheduled(by_minute), variant=by_hand)
    later = [one for one in by_minute if set_at <= one <= minute]
    if minute >= set_at:
        expected = by_minute[max(later)] if later else 55500
        assert catalogue.price_at(SKU, NOON + minute * MINUTE).amount == expected


@given(changes, minutes)
def test_the_next_flip_is_the_first_moment_at_which_a_price_may_differ(by_minute, minute):
    catalogue, moment = a_catalogue(*scheduled(by_minute)), NOON + minute * MINUTE
    flip = catalogue.next_flip(moment)
    upcoming = [NOON + later * MINUTE for later in by_minute if later > minute]
    assert flip == min(upcoming, default=None)


def test_a_cancelled_change_never_happens():
    called_off = a_price_change((SKU, 99900), cancelled_at=NOON - MINUTE)
    catalogue = a_catalogue(called_off)
    assert catalogue.price_at(SKU, NOON + MINUTE).amount == 239900
    assert catalogue.next_flip(NOON - MINUTE) is None


def test_a_change_flips_at_its_very_moment_and_says_since_when():
    catalogue = a_catalogue(a_price_change((SKU, 99900), effective_at=NOON))
    just_before = NOON - timedelta(milliseconds=1)
    assert catalogue.price_at(SKU, just_before).amount == 239900
    assert catalogue.price_at(SKU, NOON).amount == 99900
    assert catalogue.price_at(SKU, NOON).since == NOON


def test_a_change_of_an_unknown_sku_is_no_harm():
    catalogue = a_catalogue(a_price_change(("gone", 99900)))
    assert catalogue.price_at(SKU, NOON).amount == 239900


def test_the_lowest_price_is_that_of_the_cheapest_variant_at_the_moment():
    product = a_product(variants=(a_variant("A-1", price=300), a_variant("A-2", price=200)))
    catalogue = Catalogue(
        products={product.id: product},
        price_changes={"pricechange_1": a_price_change(("A-1", 100), effective_at=NOON)},
    )
    assert catalogue.lowest_price(product, NOON - MINUTE).amount == 200
    assert catalogue.lowest_price(product, NOON).amount == 100


def test_a_product_going_on_or_off_the_shelf_is_a_flip_too():
    product = a_product(on_shelf_at=NOON, off_shelf_at=NOON + MINUTE)
    catalogue = Catalogue(products={product.id: product})
    assert catalogue.next_flip(NOON - MINUTE) == NOON
    assert catalogue.next_flip(NOON) == NOON + MINUTE
    assert catalogue.next_flip(NOON + MINUTE) is None
