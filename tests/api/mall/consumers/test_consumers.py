"""What the mall remembers of a consumer, over HTTP."""

from datetime import timedelta
from typing import Any

import anyio

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.sharing.touches import MongoTouches
from tests.conftest import Service
from tests.support.builders import NOON
from tests.support.network import a_product_row, a_store_row, as_csv, counts, open_stores
from tests.support.network import take_in as take

MAY = Viewer(id=PersonId("member_may"), role=Role.MEMBER)
GUIDE = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")
CONSUMER = """{ consumer { favourites { product { id } } viewed { product { id } }
  lastStore { id } addresses { id name names } } }"""
ERRORS = "userErrors { code field message }"
START = f"mutation {{ visitStart {{ viewer {{ id }} accessToken {ERRORS} }} }}"
SIGN_IN = f"""mutation ($code: String!) {{ memberSignIn(code: $code) {{
  viewer {{ id }} accessToken {ERRORS} }} }}"""
BY_PHONE = f"""mutation ($code: String!, $login: String!) {{
  memberPhoneSignIn(phoneCode: $code, loginCode: $login) {{
    viewer {{ id }} accessToken {ERRORS} }} }}"""
SET_PHONE = f"""mutation ($code: String!) {{ memberPhoneSet(phoneCode: $code) {{
  phone {ERRORS} }} }}"""
ADDRESS = {
    "name": "梅",
    "phone": "13800138000",
    "district": "320508",
    "detail": "人民路1号",
}


class Person:
    """Somebody with a token."""

    def __init__(self, service: Service, token: str | None = None) -> None:
        self._service = service
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def ask(self, text: str, **variables: Any) -> Any:
        response = await self._service.http.post(
            "/graphql", json={"query": text, "variables": variables}, headers=self._headers
        )
        body = response.json()
        assert "errors" not in body, body
        [answer] = body["data"].values()
        return answer

    async def do(self, call: str, **variables: Any) -> Any:
        answer = await self.ask(f"mutation {{ {call} {{ {ERRORS} }} }}", **variables)
        assert answer["userErrors"] == []

    async def becomes(self, text: str, **variables: Any) -> "Person":
        return Person(self._service, (await self.ask(text, **variables))["accessToken"])


async def a_mall(service: Service) -> None:
    counts(await open_stores(service, a_store_row("S1"), a_store_row("S2")))
    products = [a_product_row("10001"), a_product_row("10002")]
    counts(await take(service, "products", as_csv(*products)))


def ids(noted: list[dict[str, Any]]) -> list[str]:
    return [one["product"]["id"] for one in noted]


async def test_a_member_keeps_favourites_history_store_and_addresses(service: Service):
    await a_mall(service)
    may = await Person(service).becomes(SIGN_IN, code="sandbox:may")
    await may.do('favouriteAdd(productId: "10001")')
    await may.do('favouriteAdd(productId: "10002")')
    await may.do('favouriteRemove(productId: "10001")')
    for product in ("10001", "10002", "10001"):
        await may.do(f'productView(productId: "{product}")')
    await may.do('storeUse(id: "S2")')
    answer = await may.ask(
        f"""mutation ($input: AddressInput!) {{ addressAdd(input: $input) {{
          consumer {{ addresses {{ id }} }} {ERRORS} }} }}""",
        input=ADDRESS,
    )
    address = answer["consumer"]["addresses"][0]["id"]
    remembered = await may.ask(CONSUMER)
    assert ids(remembered["favourites"]) == ["10002"]
    assert ids(remembered["viewed"]) == ["10001", "10002"]
    assert remembered["lastStore"] == {"id": "S2"}
    assert remembered["addresses"] == [
        {"id": address, "name": "梅", "names": ["江苏省", "苏州市", "姑苏区"]}
    ]
    await may.do(f'addressRemove(id: "{address}")')
    await may.do("viewedClear")
    remembered = await may.ask(CONSUMER)
    assert (remembered["addresses"], remembered["viewed"]) == ([], [])


async def test_a_visitor_who_signs_in_keeps_what_they_did_and_the_guides_touch(
    service: Service, database: Database
):
    await a_mall(service)
    guide = {"guide_id": "G1", "name": "雪", "store_id": "S1", "wecom_user_id": "x", "avatar": ""}
    counts(await take(service, "guides", as_csv(guide)))
    may = await Person(service).becomes(SIGN_IN, code="sandbox:may")
    await may.do('favouriteAdd(productId: "10001")')
    linked = await service.query(
        f"""mutation ($input: ShareLinkCreateInput!) {{ shareLinkCreate(input: $input) {{
          shareLink {{ code }} {ERRORS} }} }}""",
        GUIDE,
        input={"kind": "STOREFRONT", "targetId": "S1", "scene": "MOMENTS"},
    )
    code = linked.data["shareLinkCreate"]["shareLink"]["code"]

    visitor = await Person(service).becomes(START)
    await visitor.do(f'shareLinkOpen(code: "{code}")')
    await visitor.do('favouriteAdd(productId: "10002")')
    await visitor.do('storeUse(id: "S1")')
    signed_in = await visitor.becomes(SIGN_IN, code="sandbox:may")
    remembered = await signed_in.ask(CONSUMER)
    assert ids(remembered["favourites"]) == ["10002", "10001"]
    assert remembered["lastStore"] == {"id": "S1"}
    assert ids((await visitor.ask(CONSUMER))["favourites"]) == []
    member = (await signed_in.ask("{ viewer { id } }"))["id"]
    credit = await MongoTouches(database).last_credit([member], since=NOON - timedelta(days=400))
    assert credit is not None
    assert (credit.guide_id, credit.share_code) == ("G1", code)


async def test_a_visitor_is_recognised_by_phone(service: Service):
    await a_mall(service)
    may = await Person(service).becomes(SIGN_IN, code="sandbox:may")
    assert (await may.ask(SET_PHONE, code="sandbox:13800138000"))["phone"] == "+8613800138000"
    visitor = await Person(service).becomes(START)
    await visitor.do('favouriteAdd(productId: "10002")')
    by_phone = await visitor.becomes(BY_PHONE, code="sandbox:13800138000", login="sandbox:may")
    assert ids((await by_phone.ask(CONSUMER))["favourites"]) == ["10002"]
    assert await may.ask("{ viewer { id } }") == await by_phone.ask("{ viewer { id } }")
    lan = await Person(service).becomes(SIGN_IN, code="sandbox:lan")
    taken = await lan.ask(SET_PHONE, code="sandbox:13800138000")
    assert taken["userErrors"][0]["code"] == "CONFLICT"
    assert (await may.ask(SET_PHONE, code="sandbox:13800138000"))["userErrors"] == []
    assert (await may.ask(SET_PHONE, code="sandbox:13900139000"))["userErrors"] == []
    assert (await lan.ask(SET_PHONE, code="sandbox:13800138000"))["userErrors"] == []


async def test_changes_from_several_devices_at_once_are_all_kept(service: Service):
    await a_mall(service)
    may = await Person(service).becomes(SIGN_IN, code="sandbox:may")
    async with anyio.create_task_group() as together:
        together.start_soon(may.do, 'favouriteAdd(productId: "10001")')
        together.start_soon(may.do, 'favouriteAdd(productId: "10002")')
        together.start_soon(may.do, 'storeUse(id: "S2")')
    remembered = await may.ask(CONSUMER)
    assert sorted(ids(remembered["favourites"])) == ["10001", "10002"]
    assert remembered["lastStore"] == {"id": "S2"}


async def test_nothing_is_remembered_of_somebody_without_a_token_or_of_staff(service: Service):
    anonymous = await service.query(CONSUMER)
    assert anonymous.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
    guide = await service.query(CONSUMER, GUIDE)
    assert guide.errors[0]["extensions"]["code"] == "FORBIDDEN"


async def test_twenty_favourites_of_one_member_at_once_are_all_kept(service: Service):
    codes = [str(10_001 + number) for number in range(20)]
    counts(await take(service, "products", as_csv(*map(a_product_row, codes))))
    text = f"mutation ($id: ID!) {{ favouriteAdd(productId: $id) {{ {ERRORS} }} }}"
    answers: list[Any] = []

    async def add(code: str) -> None:
        answers.append((await service.query(text, MAY, id=code)).data["favouriteAdd"])

    async with anyio.create_task_group() as together:
        for code in codes:
            together.start_soon(add, code)
    assert answers == [{"userErrors": []}] * 20
    kept = (await service.query(CONSUMER, MAY)).data["consumer"]["favourites"]
    assert sorted(one["product"]["id"] for one in kept) == codes
