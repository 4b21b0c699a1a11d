"""Changing stores and regions over HTTP."""

from typing import Any

from domain.kernel.ids import PersonId
from domain.network.stores import StoreState
from domain.people.viewer import Role, Viewer
from tests.conftest import Service
from tests.support.network import HEAD_OFFICE, a_store_row, as_csv, counts, open_stores, take_in

MANAGER = Viewer(id=PersonId("staff_s1"), role=Role.STORE_MANAGER, store_id="S1")
STORE = "store { state openNow openingHours services capacityADay }"
ENTER = """query ($last: ID, $region: ID) { storefrontEnter(lastStoreId: $last, regionId: $region) {
  storefront { store { id } } rule passedOver { store { id state } } } }"""


async def change(
    service: Service, call: str, viewer: Viewer = MANAGER, asked: str = STORE
) -> dict[str, Any]:
    text = f"mutation {{ it: {call} {{ {asked} userErrors {{ code field message }} }} }}"
    return (await service.query(text, viewer)).data["it"]


async def test_a_store_is_paused_and_opened_again_by_its_manager(service: Service):
    await open_stores(service, a_store_row("S1"), a_store_row("S2"))
    paused = await change(service, 'storePause(id: "S1")')
    assert paused["store"]["state"] == "PAUSED"
    assert not paused["store"]["openNow"]
    entered = (await service.query(ENTER, last="S1")).data["storefrontEnter"]
    assert entered["storefront"]["store"]["id"] == "S2"
    assert entered["passedOver"] == [{"store": {"id": "S1", "state": "PAUSED"}}]
    again = await change(service, 'storePause(id: "S1")')
    assert again["userErrors"][0]["code"] == "WRONG_STATE"
    assert (await change(service, 'storeResume(id: "S1")'))["store"]["state"] == "OPEN"
    entered = (await service.query(ENTER, last="S1")).data["storefrontEnter"]
    assert (entered["storefront"]["store"]["id"], entered["rule"]) == ("S1", "LAST_USED")


async def test_only_head_office_closes_a_store_and_it_stays_closed(service: Service):
    await open_stores(service, a_store_row("S1"))
    refused = await change(service, 'storeClose(id: "S1")')
    assert refused["userErrors"][0]["code"] == "FORBIDDEN"
    closed = await change(service, 'storeClose(id: "S1")', HEAD_OFFICE)
    assert closed["store"]["state"] == StoreState.CLOSED
    again = await change(service, 'storeResume(id: "S1")', HEAD_OFFICE)
    assert again["userErrors"][0]["code"] == "WRONG_STATE"


async def test_hours_services_and_capacity_are_set_one_by_one(service: Service):
    await open_stores(service, a_store_row("S1"))
    hours = await change(service, 'storeHoursSet(id: "S1", openingHours: "00:00-24:00")')
    assert (hours["store"]["openingHours"], hours["store"]["openNow"]) == ("00:00-24:00", True)
    services = await change(service, 'storeServicesSet(id: "S1", services: [FITTING])')
    capacity = await change(service, 'storeCapacitySet(id: "S1", capacityADay: 7)')
    assert services["store"]["services"] == ["FITTING"]
    assert capacity["store"] == {
        "state": "OPEN",
        "openNow": True,
        "openingHours": "00:00-24:00",
        "services": ["FITTING"],
        "capacityADay": 7,
    }
    wrong = await change(service, 'storeHoursSet(id: "S1", openingHours: "from ten")')
    assert wrong["userErrors"][0]["code"] == "INVALID"
    elsewhere = await change(service, 'storeCapacitySet(id: "S2", capacityADay: 7)')
    assert elsewhere["userErrors"][0]["code"] == "NOT_FOUND"


async def test_a_manager_changes_no_other_store(service: Service):
    await open_stores(service, a_store_row("S1"), a_store_row("S2"))
    for call in ('storePause(id: "S2")', 'storeCapacitySet(id: "S2", capacityADay: 1)'):
        assert (await change(service, call))["userErrors"][0]["code"] == "FORBIDDEN"


async def test_a_file_that_says_what_a_store_is_already_changes_nothing(service: Service):
    await open_stores(service, a_store_row("S1"))
    await change(service, 'storeCapacitySet(id: "S1", capacityADay: 7)')
    again = await take_in(service, "stores", as_csv(a_store_row("S1", capacity_a_day="7")))
    assert counts(again) == (0, 0, 1)


async def test_head_office_makes_regions_and_chooses_the_store_to_enter(service: Service):
    await open_stores(service, a_store_row("S1"), a_store_row("S2"))
    region = "region { id name defaultStore { id } }"
    made = await change(service, 'regionCreate(id: "EAST", name: "华东")', HEAD_OFFICE, region)
    assert made["region"] == {"id": "EAST", "name": "华东", "defaultStore": None}
    twice = await change(service, 'regionCreate(id: "EAST", name: "东")', HEAD_OFFICE, region)
    assert twice["userErrors"][0]["code"] == "CONFLICT"
    renamed = await change(service, 'regionRename(id: "EAST", name: "东区")', HEAD_OFFICE, region)
    assert renamed["region"]["name"] == "东区"
    call = 'regionDefaultStoreSet(id: "320500", storeId: "S2")'
    assert (await change(service, call, HEAD_OFFICE, region))["region"]["defaultStore"] == {
        "id": "S2"
    }
    entered = (await service.query(ENTER, region="320500")).data["storefrontEnter"]
    assert entered["storefront"]["store"]["id"] == "S2"
    call = 'regionDefaultStoreSet(id: "EAST", storeId: "S2")'
    outside = await change(service, call, HEAD_OFFICE, region)
    assert outside["userErrors"][0]["field"] == ["storeId"]
    refused = await change(service, 'regionCreate(id: "X", name: "X")', MANAGER, region)
    assert refused["userErrors"][0]["code"] == "FORBIDDEN"
