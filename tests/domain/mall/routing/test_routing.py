"""Which store ships, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.places import Datum, Position
from domain.mall.routing.routing import Candidate, Share, Verdict, route
from domain.network.stores import OwnerId, RegionId, Service, Store, StoreId, StoreState

HOME = Position(longitude=120.60, latitude=31.30, datum=Datum.GCJ02)


def a_store(id="S1", *, km=1.0, **changes):
    fields = {
        "id": StoreId(id),
        "name": id,
        "region_id": RegionId("320500"),
        "owner_id": OwnerId("O1"),
        "district": "320505",
        "address": "狮山路 1 号",
        # A degree of latitude is 111.195 km on this sphere.
        "position": Position(longitude=120.60, latitude=31.30 + km / 111.195, datum=Datum.GCJ02),
        "services": frozenset({Service.PICKUP}),
    }
    return Store(**{**fields, **changes})


def a_candidate(id="S1", available=None, *, km=1.0, open_now=True, full=False, **store):
    return Candidate(
        store=a_store(id, km=km, **store),
        available={"A": 5, "B": 5} if available is None else available,
        open_now=open_now,
        full=full,
    )


def stores_of(decision):
    return [share.store_id for share in decision.shares]


def verdicts(decision):
    return {one.store_id: one.verdict for one in decision.considered}


def test_the_nearest_store_that_has_everything_ships_it_all():
    decision = route(
        {"A": 2, "B": 1},
        [a_candidate("FAR", km=9), a_candidate("NEAR", km=3)],
        destination=HOME,
    )
    assert decision.shares == (Share(store_id=StoreId("NEAR"), units={"A": 2, "B": 1}),)
    assert [(one.store_id, one.distance_m, one.verdict) for one in decision.considered] == [
        ("NEAR", 3000, Verdict.CHOSEN),
        ("FAR", 9000, Verdict.FARTHER),
    ]


def test_one_store_that_has_everything_beats_two_nearer_ones():
    decision = route(
        {"A": 1, "B": 1},
        [
            a_candidate("HAS_A", {"A": 1}, km=1),
            a_candidate("HAS_B", {"B": 1}, km=1),
            a_candidate("BOTH", {"A": 1, "B": 1}, km=50),
        ],
        destination=HOME,
    )
    assert stores_of(decision) == ["BOTH"]
    assert verdicts(decision)["HAS_A"] is Verdict.NEEDS_MORE_STORES


def test_a_line_that_no_store_has_in_full_is_split_and_each_gives_its_part():
    decision = route(
        {"A": 5},
        [
            a_candidate("X", {"A": 3}, km=1),
            a_candidate("Y", {"A": 3}, km=2),
            a_candidate("Z", {"A": 1}, km=0.5),
        ],
        destination=HOME,
    )
    assert {share.store_id: share.units for share in decision.shares} == {
        "X": {"A": 3},
        "Y": {"A": 2},
    }


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"open_now": False}, Verdict.SHUT_NOW),
        ({"full": True}, Verdict.AT_CAPACITY),
    ],
)
def test_an_open_store_with_capacity_beats_a_nearer_one_without(changes, verdict):
    decision = route(
        {"A": 1},
        [a_candidate("NEAR", km=1, **changes), a_candidate("FAR", km=5)],
        destination=HOME,
    )
    assert stores_of(decision) == ["FAR"]
    assert verdicts(decision)["NEAR"] is verdict


def test_a_shut_store_is_still_asked_where_it_alone_has_the_goods():
    decision = route({"A": 1}, [a_candidate("S1", open_now=False)], destination=HOME)
    assert stores_of(decision) == ["S1"]


def test_stores_at_one_place_are_chosen_by_their_ids():
    decision = route({"A": 1}, [a_candidate("S2"), a_candidate("S1")], destination=HOME)
    assert stores_of(decision) == ["S1"]
    assert verdicts(decision)["S2"] is Verdict.LATER_ID


def test_who_refused_is_left_out_and_the_next_nearest_is_asked():
    stores = [a_candidate("S1", km=1), a_candidate("S2", km=2), a_candidate("S3", km=3)]
    decision = route({"A": 1}, stores, destination=HOME, refused={StoreId("S1")})
    assert stores_of(decision) == ["S2"]
    assert verdicts(decision) == {
        "S1": Verdict.REFUSED_BEFORE,
        "S2": Verdict.CHOSEN,
        "S3": Verdict.FARTHER,
    }


def test_a_pickup_is_for_the_chosen_store_however_far_it_is():
    stores = [a_candidate("S1", km=1), a_candidate("S2", km=20)]
    decision = route({"A": 1}, stores, pickup_store_id=StoreId("S2"))
    assert stores_of(decision) == ["S2"]
    assert verdicts(decision)["S1"] is Verdict.NOT_THE_PICKUP_STORE


def test_a_pickup_where_the_chosen_store_lacks_goods_is_short_whatever_others_have():
    stores = [a_candidate("S1"), a_candidate("S2", {"A": 1})]
    decision = route({"A": 2}, stores, pickup_store_id=StoreId("S2"))
    assert decision.shares == ()
    assert decision.short == {"A": 1}


def test_a_store_without_a_counter_service_can_not_hand_over():
    stores = [a_candidate("S1", services=frozenset())]
    decision = route({"A": 1}, stores, pickup_store_id=StoreId("S1"))
    assert verdicts(decision) == {"S1": Verdict.OFFERS_NO_PICKUP}
    assert decision.short == {"A": 0}


@pytest.mark.parametrize("state", [StoreState.PAUSED, StoreState.CLOSED])
def test_a_store_that_does_not_sell_is_not_asked(state):
    decision = route({"A": 1}, [a_candidate("S1", state=state)], destination=HOME)
    assert verdicts(decision) == {"S1": Verdict.NOT_SELLING}


def test_what_nobody_has_in_full_is_named_with_how_many_are_left():
    stores = [a_candidate("S1", {"A": 1, "B": 9}), a_candidate("S2", {"A": 1})]
    decision = route({"A": 3, "B": 1}, stores, destination=HOME)
    assert decision.shares == ()
    assert decision.short == {"A": 2}


@st.composite
def situations(draw):
    candidates = [
        a_candidate(
            f"S{i}",
            {sku: draw(st.integers(0, 4)) for sku in "ABC"},
            km=draw(st.integers(1, 5)),
            open_now=draw(st.booleans()),
            full=draw(st.booleans()),
        )
        for i in range(draw(st.integers(1, 6)))
    ]
    needs = draw(st.dictionaries(st.sampled_from("ABC"), st.integers(1, 6), min_size=1))
    refused = frozenset(draw(st.sets(st.sampled_from([one.store.id for one in candidates]))))
    return needs, candidates, refused


@given(situations())
def test_shares_give_exactly_what_is_needed_and_nobody_gives_more_than_they_have(situation):
    needs, candidates, refused = situation
    decision = route(needs, candidates, destination=HOME, refused=refused)
    have = {one.store.id: one.available for one in candidates}
    for share in decision.shares:
        assert share.store_id not in refused
        assert share.units
        assert all(0 < n <= have[share.store_id][sku] for sku, n in share.units.items())
    given_away = {sku: sum(share.units.get(sku, 0) for share in decision.shares) for sku in needs}
    assert bool(decision.short) != (given_away == needs)
    assert {one.store_id for one in decision.considered} == set(have)
    chosen = {store for store, verdict in verdicts(decision).items() if verdict is Verdict.CHOSEN}
    assert chosen == set(stores_of(decision))
