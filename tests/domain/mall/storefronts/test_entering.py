"""Which storefront a consumer enters."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.places import Datum, Position, distance_m
from domain.kernel.refusals import WrongState
from domain.mall.storefronts.entering import ALTERNATIVES, Clues, EntranceRule, enter
from domain.network.directory import Directory
from domain.network.stores import RegionId, StoreId, StoreKind, StoreState
from tests.support.builders import a_region, a_store

SUZHOU, WUXI = RegionId("320500"), RegionId("320200")


def at(tenths: int) -> Position:
    return Position(longitude=120 + tenths / 10, latitude=31.3, datum=Datum.GCJ02)


def a_directory(*states: StoreState, warehouses=(), default: str | None = None) -> Directory:
    """Stores S0, S1, … in a row from west to east; the even ones sell in 苏州, the odd in 无锡."""
    stores = {
        StoreId(f"S{i}"): a_store(
            f"S{i}", state=state, region_id=(SUZHOU, WUXI)[i % 2], position=at(i)
        )
        for i, state in enumerate(states)
    }
    for warehouse in warehouses:
        stores[warehouse] = replace(stores[warehouse], kind=StoreKind.WAREHOUSE)
    regions = {
        SUZHOU: a_region(SUZHOU, default_store_id=default),
        WUXI: a_region(WUXI, name="无锡市"),
    }
    return Directory(regions=regions, stores=stores)


states = st.lists(st.sampled_from(StoreState), min_size=1, max_size=8)
store_ids = st.none() | st.integers(0, 9).map(lambda i: StoreId(f"S{i}"))
clues = st.builds(
    Clues,
    shared=store_ids,
    last_used=store_ids,
    position=st.none() | st.integers(0, 9).map(at),
    region=st.sampled_from([None, SUZHOU, WUXI, RegionId("999999")]),
)


@given(states, clues)
def test_whoever_comes_enters_an_open_shop_by_the_first_rule_that_names_one(states, clues):
    directory = a_directory(*states)
    if StoreState.OPEN not in states:
        with pytest.raises(WrongState):
            enter(directory, clues)
        return
    entered = enter(directory, clues)
    assert entered.store.receives
    named = [
        (EntranceRule.SHARE_LINK, clues.shared),
        (EntranceRule.LAST_USED, clues.last_used),
    ]
    for rule, store_id in named:
        store = directory.stores.get(store_id)
        if store is None:
            continue
        if store.receives:
            assert (entered.rule, entered.store) == (rule, store)
            return
        assert (rule, store) in [(one.rule, one.store) for one in entered.passed_over]
    expected = EntranceRule.NEAREST if clues.position else EntranceRule.REGION_DEFAULT
    assert entered.rule is expected


@given(states, st.integers(0, 9).map(at))
def test_the_alternatives_are_the_nearest_of_the_other_open_shops(states, here):
    directory = a_directory(StoreState.OPEN, *states)
    entered = enter(directory, Clues(position=here))
    others = [
        (distance_m(here, store.position), store.id)
        for store in directory.stores.values()
        if store.receives and store != entered.store
    ]
    found = [(one.distance_m, one.store.id) for one in entered.alternatives]
    assert found == sorted(others)[:ALTERNATIVES]
    assert all(entered.distance_m <= away_m for away_m, _ in found)


def test_a_paused_store_leads_to_its_neighbour_in_the_region():
    shut = StoreState.PAUSED
    directory = a_directory(StoreState.OPEN, StoreState.OPEN, StoreState.OPEN, shut, shut)
    entered = enter(directory, Clues(shared=StoreId("S4")))
    assert (entered.store.id, entered.rule) == ("S2", EntranceRule.REGION_DEFAULT)


def test_head_offices_default_comes_before_the_neighbour():
    directory = a_directory(*[StoreState.OPEN] * 4, StoreState.PAUSED, default="S0")
    assert enter(directory, Clues(last_used=StoreId("S4"))).store.id == "S0"
    assert enter(directory, Clues(region=SUZHOU)).store.id == "S0"


def test_a_region_with_nothing_open_leads_to_the_largest_one():
    shut = StoreState.CLOSED
    directory = a_directory(StoreState.OPEN, shut, StoreState.OPEN, shut)
    assert enter(directory, Clues(region=WUXI)).store.id == "S0"


def test_a_warehouse_is_never_entered():
    directory = a_directory(*[StoreState.OPEN] * 3, warehouses=["S0"])
    assert enter(directory, Clues(position=at(0))).store.id == "S1"
    entered = enter(directory, Clues(shared=StoreId("S0")))
    assert (entered.store.id, entered.passed_over[0].store.id) == ("S2", "S0")
