"""What is remembered of a consumer, and a visitor who turns out to be a member."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.catalogue import ProductId
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Invalid, TooMany
from domain.mall.consumers.profiles import (
    MOST_ADDRESSES,
    MOST_VIEWED,
    Address,
    AddressId,
    Consumer,
    LastStore,
    Noted,
    checked_address,
    merged,
    others_part,
    own_part,
    together,
    with_address,
    with_changed_address,
    with_favourite,
    with_store,
    with_view,
    without_address,
    without_favourite,
    without_views,
)
from domain.network.addresses import SaidAddress
from domain.network.stores import StoreId
from storage.divisions import read_divisions
from tests.support.builders import NOON

DIVISIONS = read_divisions()


def an_address(id: str = "address_1", **changes) -> Address:
    fields = {
        "id": AddressId(id),
        "name": "梅",
        "phone": "13800138000",
        "district": "320508",
        "names": ("江苏省", "苏州市", "姑苏区"),
        "detail": "人民路1号",
    }
    return Address(**{**fields, **changes})


moments = st.integers(0, 99).map(lambda minutes: NOON + timedelta(minutes=minutes))
noted = st.lists(
    st.builds(Noted, product_id=st.integers(1, 9).map(lambda n: ProductId(str(n))), at=moments),
    max_size=8,
    unique_by=lambda one: one.product_id,
).map(lambda some: tuple(sorted(some, key=lambda one: (one.at, one.product_id), reverse=True)))
consumers = st.builds(
    Consumer,
    id=st.just(PersonId("someone")),
    favourites=noted,
    viewed=noted,
    last_store=st.none()
    | st.builds(LastStore, store_id=st.sampled_from([StoreId("S1"), StoreId("S2")]), at=moments),
    addresses=st.lists(
        st.sampled_from(["一", "二", "三"]).map(lambda text: an_address(text, detail=text)),
        unique=True,
    ).map(tuple),
)


@given(consumers, consumers)
def test_merging_loses_nothing_of_either(member, visitor):
    both = merged(member, visitor)
    for name in ("favourites", "viewed"):
        before = [*getattr(member, name), *getattr(visitor, name)]
        after = {one.product_id: one.at for one in getattr(both, name)}
        assert after.keys() == {one.product_id for one in before}
        assert all(
            after[product] == max(one.at for one in before if one.product_id == product)
            for product in after
        )
    assert set(member.addresses) | set(visitor.addresses) == set(both.addresses)
    assert both.addresses[: len(member.addresses)] == member.addresses
    stores = [one for one in (member.last_store, visitor.last_store) if one]
    assert both.last_store in (stores or [None])
    assert all(both.last_store.at >= one.at for one in stores)


@given(consumers, consumers)
def test_merging_again_changes_nothing(member, visitor):
    once = merged(member, visitor)
    assert merged(once, visitor) == once


def test_a_favourite_is_noted_once_and_dropped_for_good():
    someone = Consumer(id=PersonId("member_1"))
    once = with_favourite(someone, ProductId("10001"), now=NOON)
    assert with_favourite(once, ProductId("10001"), now=NOON + timedelta(1)) == once
    assert without_favourite(once, ProductId("10001")) == someone
    assert without_favourite(someone, ProductId("10001")) == someone


def test_the_last_hundred_products_looked_at_are_remembered_each_once():
    someone = Consumer(id=PersonId("member_1"))
    for minute in range(MOST_VIEWED + 5):
        now = NOON + timedelta(minutes=minute)
        someone = with_view(someone, ProductId(str(minute % (MOST_VIEWED + 2))), now=now)
    assert len(someone.viewed) == MOST_VIEWED
    assert [one.product_id for one in someone.viewed[:3]] == ["2", "1", "0"]


def test_an_address_made_default_comes_first_and_a_changed_one_keeps_its_place():
    someone = Consumer(id=PersonId("member_1"))
    for name in ("一", "二", "三"):
        someone = with_address(someone, an_address(name), default=False)
    someone = with_address(someone, an_address("三"), default=True)
    assert [one.id for one in someone.addresses] == ["三", "一", "二"]
    someone = with_address(someone, an_address("一", detail="新"), default=False)
    assert [(one.id, one.detail) for one in someone.addresses][1] == ("一", "新")


def test_too_many_addresses_are_refused_but_a_full_book_can_be_changed():
    someone = Consumer(id=PersonId("member_1"))
    for number in range(MOST_ADDRESSES):
        someone = with_address(someone, an_address(str(number)), default=False)
    with pytest.raises(TooMany):
        with_address(someone, an_address("one more"), default=False)
    assert with_address(someone, an_address("3", name="兰"), default=False) != someone


def check(**changes) -> Address:
    fields = {
        "name": " 梅 ",
        "phone": "13800138000",
        "district": "320508",
        "names": (),
        "detail": "人民路1号",
    }
    return checked_address(DIVISIONS, "address_1", SaidAddress(**{**fields, **changes}))


def test_an_address_is_kept_in_one_spelling_with_its_divisions_in_words():
    assert check().names == ("江苏省", "苏州市", "姑苏区")
    assert check(phone="+86 138-0013-8000") == check()


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("name", "梅" * 41), ("detail", ""), ("phone", "12345"), ("phone", "")],
)
def test_an_address_that_no_parcel_reaches_is_refused(field, value):
    with pytest.raises(Invalid) as refused:
        check(**{field: value})
    assert refused.value.field == (field,)


def a_rule(data: st.DataObject, whole: Consumer):
    """Something that a person may do to what is remembered of them."""
    product = ProductId(str(data.draw(st.integers(1, 9))))
    now = NOON + timedelta(minutes=100 + data.draw(st.integers(0, 9)))
    new = an_address("新", detail=data.draw(st.sampled_from(["四", "五"])))
    rules = [
        lambda one: with_favourite(one, product, now=now),
        lambda one: without_favourite(one, product),
        lambda one: with_view(one, product, now=now),
        without_views,
        lambda one: with_store(one, StoreId("S1"), now=now),
        lambda one: with_address(one, new, default=data.draw(st.booleans())),
    ]
    if whole.addresses:
        known = data.draw(st.sampled_from(whole.addresses))
        moved = an_address(known.id, detail="搬家")
        rules += [
            lambda one: without_address(one, known.id),
            lambda one: with_changed_address(one, moved, default=True),
        ]
    return data.draw(st.sampled_from(rules))


def test_an_address_that_is_not_made_the_default_does_not_become_it_beside_those_of_another_id():
    own, other = (
        Consumer(id=PersonId("a")),
        Consumer(id=PersonId("b"), addresses=(an_address("一"),)),
    )
    before = together(own, [other])
    after = with_address(before, an_address("新"), default=False)
    whole = together(own_part(own, before, after), [others_part(other, before, after)])
    assert [one.id for one in whole.addresses] == ["一", "新"]


@given(consumers, consumers, st.data())
def test_what_one_of_two_ids_changes_is_told_of_both_and_taken_from_the_other_only_if_taken_out(
    own, other, data
):
    before = together(own, [other])
    after = a_rule(data, before)(before)
    parts = own_part(own, before, after), others_part(other, before, after)
    whole = together(parts[0], parts[1:])
    assert (whole.favourites, whole.viewed) == (after.favourites, after.viewed)
    assert whole.last_store == after.last_store
    assert {one.id for one in whole.addresses} == {one.id for one in after.addresses}
    assert whole.addresses[:1] == after.addresses[:1] or not parts[0].addresses
    # Undone, the other has all that they had and nobody took out.
    gone = {one.id for one in before.addresses} - {one.id for one in after.addresses}
    assert {one.id for one in parts[1].addresses} == {one.id for one in other.addresses} - gone
    kept = {one.product_id for one in after.favourites}
    assert {one.product_id for one in parts[1].favourites} == {
        one.product_id for one in other.favourites
    } & kept
