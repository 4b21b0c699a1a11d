"""Signing in over HTTP."""

import pytest

from domain.people.accounts import Guide, GuideId, Staff
from domain.people.viewer import PersonId, Role
from storage.mongo.database import Database
from storage.mongo.people import MongoGuides, MongoStaff
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
    await MongoStaff(database).save(an_editor())
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
    await MongoStaff(database).save(an_editor())
    wrong = await service.query(SIGN_IN, login="lin", password="not the password")
    unknown = await service.query(SIGN_IN, login="nobody", password=PASSWORD)
    assert wrong.refused("staffSignIn") == unknown.refused("staffSignIn")
    assert wrong.refused("staffSignIn")[0]["code"] == "UNAUTHENTICATED"


async def test_ten_failures_close_a_login_even_to_the_right_password(
    service: Service, database: Database
):
    await MongoStaff(database).save(an_editor())
    for _ in range(10):
        await service.query(SIGN_IN, login="lin", password="not the password")
    answer = await service.query(SIGN_IN, login="lin", password=PASSWORD)
    assert answer.refused("staffSignIn")[0]["code"] == "TOO_MANY"


async def test_a_refresh_token_works_once_and_a_second_use_ends_the_session(
    service: Service, database: Database
):
    await MongoStaff(database).save(an_editor())
    first = (await service.query(SIGN_IN, login="lin", password=PASSWORD)).data["staffSignIn"]
    second = (await service.query(REFRESH, token=first["refreshToken"])).data["sessionRefresh"]
    assert second["userErrors"] == []
    stolen = await service.query(REFRESH, token=first["refreshToken"])
    assert stolen.refused("sessionRefresh")[0]["code"] == "UNAUTHENTICATED"
    ended = await service.query(REFRESH, token=second["refreshToken"])
    assert ended.refused("sessionRefresh")[0]["code"] == "UNAUTHENTICATED"


async def test_a_closed_account_can_not_refresh(service: Service, database: Database):
    await MongoStaff(database).save(an_editor())
    first = (await service.query(SIGN_IN, login="lin", password=PASSWORD)).data["staffSignIn"]
    await MongoStaff(database).save(an_editor(active=False))
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
