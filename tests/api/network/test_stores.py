from domain.people.viewer import ANONYMOUS
from tests.conftest import Service
from tests.support.network import (
    GUSU,
    HEAD_OFFICE,
    LIANGXI,
    a_store_row,
    as_csv,
    counts,
    open_stores,
    take_in,
)


async def test_a_region_is_made_for_each_city_that_gets_its_first_store(service: Service):
    in_wuxi = {"district": LIANGXI[0], "longitude": str(LIANGXI[1]), "latitude": str(LIANGXI[2])}
    in_beijing = {"district": "110101", "longitude": "116.41649", "latitude": "39.928341"}
    rows = [a_store_row("S1"), a_store_row("S2", **in_wuxi), a_store_row("S3", **in_beijing)]
    assert counts(await open_stores(service, *rows)) == (3, 0, 0)
    answer = await service.query("{ regions { nodes { id name stores { nodes { id } } } } }")
    assert answer.data["regions"]["nodes"] == [
        {"id": "110000", "name": "北京市", "stores": {"nodes": [{"id": "S3"}]}},
        {"id": "320200", "name": "无锡市", "stores": {"nodes": [{"id": "S2"}]}},
        {"id": "320500", "name": "苏州市", "stores": {"nodes": [{"id": "S1"}]}},
    ]


async def test_the_same_file_again_changes_nothing(service: Service):
    await open_stores(service, a_store_row("S1"), a_store_row("S2"))
    again = await open_stores(service, a_store_row("S1"), a_store_row("S2", phone="400-1"))
    assert counts(again) == (0, 1, 1)


async def test_a_store_is_read_back_as_it_was_handed_in(service: Service):
    await open_stores(service, a_store_row("S1", opening_hours="Mon-Fri 10:00-22:00"))
    answer = await service.query(
        """{ store(id: "S1") { name state services capacityADay address district divisions
          openingHours owner { name kind } region { name }
          position { longitude latitude datum } } nothing: store(id: "S9") { id } }"""
    )
    assert answer.data["store"] == {
        "name": "店 S1",
        "state": "OPEN",
        "services": ["PICKUP"],
        "capacityADay": 50,
        "address": "人民路1号",
        "district": "320508",
        "divisions": ["江苏省", "苏州市", "姑苏区"],
        "openingHours": "Mon-Fri 10:00-22:00; Sat-Sun closed",
        "owner": {"name": "山屿", "kind": "BRAND"},
        "region": {"name": "苏州市"},
        "position": {"longitude": GUSU[1], "latitude": GUSU[2], "datum": "GCJ02"},
    }
    assert answer.data["nothing"] is None


async def test_all_that_is_wrong_with_a_row_is_told_with_its_line(service: Service):
    bad = a_store_row("S2", owner_code="nobody", district="320500", datum="BD09", longitude="x")
    answer = await open_stores(service, a_store_row("S1"), bad)
    errors = answer["report"]["errors"]
    assert [(error["line"], error["column"]) for error in errors] == [
        (3, "owner_code"),
        (3, "district"),
        (3, "longitude"),
    ]
    assert answer["userErrors"][0]["field"] == ["file"]
    stores = await service.query("{ stores { totalCount } }")
    assert stores.data["stores"]["totalCount"] == 0


async def test_good_rows_are_written_where_that_is_asked_for(service: Service):
    rows = a_store_row("S1"), a_store_row("S2", capacity_a_day="many")
    answer = await open_stores(service, *rows, mode="GOOD_ROWS")
    assert counts(answer) == (1, 0, 0)
    assert answer["report"]["errors"][0]["column"] == "capacity_a_day"


async def test_an_import_does_not_move_a_store_to_another_region(service: Service):
    in_wuxi = a_store_row("S2", district=LIANGXI[0])
    await open_stores(service, a_store_row("S1"), in_wuxi)
    moved = await open_stores(service, a_store_row("S1", region="320200"))
    assert "storeMove" in moved["report"]["errors"][0]["message"]


async def test_only_head_office_opens_stores(service: Service):
    answer = await take_in(service, "stores", as_csv(a_store_row()), ANONYMOUS)
    assert answer["userErrors"][0]["code"] == "UNAUTHENTICATED"


async def test_a_store_that_can_not_be_in_its_district_is_refused(service: Service):
    far = a_store_row("S1", longitude=str(GUSU[1] - 20))
    answer = await open_stores(service, far)
    error = answer["report"]["errors"][0]
    assert (error["line"], error["column"], "姑苏区" in error["message"]) == (2, "longitude", True)


async def test_no_name_that_people_are_shown_claims_what_may_not_be_claimed(service: Service):
    claim = "全国销量第一"
    owner = {"owner_code": "brand", "name": f"{claim}商贸", "kind": "brand"}
    guide = {"guide_id": "G1", "name": claim, "store_id": "S1", "wecom_user_id": "w1", "avatar": ""}
    assert counts(await open_stores(service, a_store_row("S1"))) == (1, 0, 0)
    for what, row in (
        ("owners", owner),
        ("stores", a_store_row("S1", name=f"{claim}旗舰店")),
        ("guides", guide),
    ):
        [error] = (await take_in(service, what, as_csv(row)))["report"]["errors"]
        assert (error["line"], error["column"]) == (2, "name")
        assert claim in error["message"]
    text = """mutation($name: String!) { regionCreate(id: "east", name: $name) {
      userErrors { field message } } }"""
    answer = await service.query(text, HEAD_OFFICE, name=f"{claim}大区")
    [refused] = answer.data["regionCreate"]["userErrors"]
    assert (refused["field"], claim in refused["message"]) == (["name"], True)
    innocent = a_store_row("S1", name="山屿 上海第一百货店")
    assert counts(await take_in(service, "stores", as_csv(innocent))) == (0, 1, 0)
