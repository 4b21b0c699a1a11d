"""Signing in over HTTP."""

import pytest

from domain.kernel.ids import PersonId
from domain.people.accounts import Guide, GuideId, Staff
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides, MongoStaff
from tests.conftest import PASSWORD, PASSWORD_HASH, Service

pytestmark = pytest.mark.anyio

SIGN_IN = """mutation($login: String!, $password: String!) {
  staffSignIn(login: $login, password: $password) {
    accessToken refreshToken viewer { id role department } userErrors { code field message }
  }
}"""
REFRESH = """mutation($token: String!) {
  sessionRefresh(refreshToken: $token) { accessToken refreshToken userErrors { code message } }
}"""


def an_editor(**changes):
    fields = {
        "id": PersonId("staff_1"),
        "login": "lin",
        "name": "林编辑",
        "role": Role.EDITOR,
        "password_hash": PASSWORD_HASH,
        "department": "brand",
    }
    return Staff(**{**fields, **changes})


async def test_staff_sign_in_and_their_token_says_who_they_are(
    service: Service, database: Database
):
    await MongoStaff(database).save(an_editor(), expected=0)
    answer = await service.query(SIGN_IN, login="Lin", password=PASSWORD)
    signed_in = answer.data["staffSignIn"]
    assert signed_in["viewer"] == {"id": "staff_1", "role": "EDITOR", "department": "brand"}
    headers = {"Authorization": f"Bearer {signed_in['accessToken']}"}
    viewer = await service.http.post(
        "/graphql", json={"query": "{ viewer { id role } }"}, headers=headers
    )
    assert viewer.json()["data"]["viewer"] == {"id": "staff_1", "role": "EDITOR"}


async def test_a_wrong_password_and_an_unknown_name_are_refused_alike(
    service: Service, database: Database
):
    await MongoStaff(database).save(an_editor(), expected=0)
    wrong = await service.query(SIGN_IN, login="lin", password="not the password")
    unknown = await service.query(SIGN_IN, login="nobody", password=PASSWORD)
    assert wrong.refused("staffSignIn") == unknown.refused("staffSignIn")
    assert wrong.refused("staffSignIn")[0]["code"] == "UNAUTHENTICATED"


async def test_a_closed_account_can_not_refresh(service: Service, database: Database):
    await MongoStaff(database).save(an_editor(), expected=0)
    first = (await service.query(SIGN_IN, login="lin", password=PASSWORD)).data["staffSignIn"]
    await MongoStaff(database).save(an_editor(active=False, version=2), expected=1)
    answer = await service.query(REFRESH, token=first["refreshToken"])
    assert answer.refused("sessionRefresh")


async def test_a_guide_signs_in_through_wecom_and_belongs_to_a_store(
    service: Service, database: Database
):
    guide = Guide(id=GuideId("G1"), name="小雪", store_id="S0001", wecom_user_id="xue")
    await MongoGuides(database).save_all([guide])
    answer = await service.query(
        """mutation { guideSignIn(code: "sandbox:xue") {
          viewer { id role storeId } userErrors { message } } }"""
    )
    assert answer.data["guideSignIn"]["viewer"] == {
        "id": "G1",
        "role": "GUIDE",
        "storeId": "S0001",
    }


async def test_a_consumer_joins_once_however_often_they_sign_in(service: Service):
    text = 'mutation { memberSignIn(code: "sandbox:may") { viewer { id } userErrors { message } } }'
    first = (await service.query(text)).data["memberSignIn"]["viewer"]["id"]
    second = (await service.query(text)).data["memberSignIn"]["viewer"]["id"]
    assert first == second


async def test_a_forged_token_is_answered_before_anything_runs(service: Service):
    response = await service.http.post(
        "/graphql",
        json={"query": "{ viewer { id } }"},
        headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."},
    )
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


OFFICE = Viewer(id=PersonId("staff_0"), role=Role.HEAD_OFFICE)
OPEN = """mutation($input: StaffInput!) { staffOpen(input: $input) {
  staff { id login active } userErrors { code field message } } }"""
CLOSE = """mutation($id: ID!) { staffClose(id: $id) {
  staff { active } userErrors { code field message } } }"""


def an_account(**changes):
    fields = {"login": "lin", "name": "林编辑", "role": "EDITOR", "password": PASSWORD}
    return {**fields, **changes}


async def test_head_office_opens_an_account_and_closes_it_again(service: Service):
    opened = (await service.query(OPEN, OFFICE, input=an_account())).data["staffOpen"]["staff"]
    signed_in = await service.query(SIGN_IN, login="lin", password=PASSWORD)
    assert signed_in.data["staffSignIn"]["viewer"]["id"] == opened["id"]
    closed = await service.query(CLOSE, OFFICE, id=opened["id"])
    assert closed.data["staffClose"]["staff"] == {"active": False}
    answer = await service.query(SIGN_IN, login="lin", password=PASSWORD)
    assert answer.refused("staffSignIn")[0]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"login": "L in"}, "login"),
        ({"role": "GUIDE"}, "role"),
        ({"role": "STORE_MANAGER"}, "storeId"),
        ({"password": "short"}, "password"),
    ],
)
async def test_an_account_that_can_not_be_is_refused_by_its_field(service, changes, field):
    answer = await service.query(OPEN, OFFICE, input=an_account(**changes))
    assert answer.refused("staffOpen")[0]["field"] == [field]


async def test_only_head_office_opens_accounts_and_never_closes_its_own(service: Service):
    editor = Viewer(id=PersonId("staff_1"), role=Role.EDITOR)
    refused = (await service.query(OPEN, editor, input=an_account())).refused("staffOpen")
    assert refused[0]["code"] == "FORBIDDEN"
    await service.query(OPEN, OFFICE, input=an_account())
    taken = (await service.query(OPEN, OFFICE, input=an_account())).refused("staffOpen")
    assert (taken[0]["code"], taken[0]["field"]) == ("CONFLICT", ["login"])
    assert (await service.query(CLOSE, OFFICE, id="nobody")).refused("staffClose")


GUIDES = """mutation($file: Upload!, $mode: ImportMode!) { guidesImport(file: $file, mode: $mode) {
  report { rows created changed unchanged errors { file line column message } }
  userErrors { code } } }"""
GUIDE_ROWS = "guide_id,name,store_id,wecom_user_id,avatar\nG1,小雪,S0001,xue,\n"


@pytest.fixture
async def store(service: Service, database: Database) -> None:
    """A store that guides can work in, known to the service."""
    owners = "owner_code,name,kind\nbrand,山屿,brand\n"
    stores = (
        "store_id,name,owner_code,district,address,longitude,latitude,datum,phone,kind,state,"
        "services,capacity_a_day,opening_hours,region\n"
        "S0001,一号店,brand,320508,人民路1号,120.6,31.3,GCJ02,,SHOP,OPEN,PICKUP,50,10:00-22:00,\n"
    )
    for kind, rows in (("owners", owners), ("stores", stores)):
        text = GUIDES.replace("guidesImport", f"{kind}Import")
        file = (f"{kind}.csv", rows.encode(), "text/csv")
        answer = await service.upload(text, file, OFFICE, mode="ALL_OR_NOTHING")
        assert answer.data[f"{kind}Import"]["report"]["created"] == 1, answer.body


async def take_in_guides(service: Service, rows: str, mode: str = "ALL_OR_NOTHING"):
    file = ("guides.csv", rows.encode(), "text/csv")
    return (await service.upload(GUIDES, file, OFFICE, mode=mode)).data["guidesImport"]


@pytest.mark.usefixtures("store")
async def test_guides_are_taken_in_once_however_often_the_file_comes(service: Service):
    first = await take_in_guides(service, GUIDE_ROWS)
    again = await take_in_guides(service, GUIDE_ROWS)
    assert first["report"]["created"] == 1
    assert (again["report"]["created"], again["report"]["unchanged"]) == (0, 1)


@pytest.mark.usefixtures("store")
async def test_a_guide_of_no_store_or_with_another_s_account_is_named_by_line(service: Service):
    await take_in_guides(service, GUIDE_ROWS)
    rows = GUIDE_ROWS + "G2,小雨,S9999,yu,\nG3,小雷,S0001,xue,\nG4,小云,S0001,yun,\n"
    rows += "G5,小雾,S0001,wu,nobody.png\n"
    refused = await take_in_guides(service, rows)
    assert [(error["line"], error["column"]) for error in refused["report"]["errors"]] == [
        (3, "store_id"),
        (4, "wecom_user_id"),
        (6, "avatar"),
    ]
    assert refused["report"]["created"] == 0
    assert refused["userErrors"]
    taken = await take_in_guides(service, rows, mode="GOOD_ROWS")
    assert (taken["report"]["created"], taken["userErrors"]) == (1, [])
