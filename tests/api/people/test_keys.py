"""Keys of tills and channels: what they open, what they do not, changed and revoked in use."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import websockets

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Forbidden, Refusal
from domain.people.actions import RIGHTS
from domain.people.keys import Key, KeyId, grantable
from domain.people.roles import ANONYMOUS_ROLE
from domain.people.scopes import Scope, StorePlace
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import M, a_count
from tests.api.mall.stock.test_stock import ADJUST, LEVELS
from tests.api.members.test_feeds import SEND
from tests.conftest import Answer, Service, serving, settings_for
from tests.support.fulfilling import has_heard_of, open_stores_with_stock
from tests.support.network import HEAD_OFFICE, as_csv
from tests.support.sockets import connected, opened

pytestmark = pytest.mark.anyio

KEY = "key { id name revokedAt secrets { madeAt until usedAt } }"
ERRORS = "userErrors { code field message }"
CREATE = f"mutation($input: KeyInput!) {{ keyCreate(input: $input) {{ {KEY} secret {ERRORS} }} }}"
ROTATE = f"""mutation($id: ID!, $hours: Int!) {{
  keyRotate(id: $id, keepOldHours: $hours) {{ {KEY} secret {ERRORS} }} }}"""
FINISH = f"mutation($id: ID!) {{ keyRotationFinish(id: $id) {{ {KEY} {ERRORS} }} }}"
REVOKE = f"mutation($id: ID!) {{ keyRevoke(id: $id) {{ {KEY} {ERRORS} }} }}"
LIST = f"{{ keys {{ totalCount nodes {{ actions storeId ownerId channel {KEY[6:-2]} }} }} }}"
WHO = "{ viewer { id role storeId } }"
IMPORT = """mutation($file: Upload!) { stockImport(file: $file, mode: GOOD_ROWS) {
  report { rows created changed errors { line message } } userErrors { code } } }"""


async def created(service: Service, name: str = "till 1", **wanted: Any) -> dict:
    given = {"name": name, "actions": ["stock.see", "stock.adjust", "stock.count"], **wanted}
    return (await service.query(CREATE, HEAD_OFFICE, input=given)).data["keyCreate"]


async def by(service: Service, secret: str, text: str = WHO, **variables: Any) -> Answer:
    body = {"query": text, "variables": variables}
    headers = {"Authorization": f"Bearer {secret}"}
    response = await service.http.post("/graphql", json=body, headers=headers)
    return Answer(response.status_code, response.json(), response.headers)


async def is_good(service: Service, secret: str) -> bool:
    return (await by(service, secret)).status == 200


async def changed(service: Service, text: str, id: str, **more: Any) -> dict:
    [(_, payload)] = (await service.query(text, HEAD_OFFICE, id=id, **more)).data.items()
    return payload


def code_of(payload: dict) -> str | None:
    return payload["userErrors"][0]["code"] if payload["userErrors"] else None


@pytest.fixture
async def two(
    mongodb_uri: str, database: Database, tmp_path: Path
) -> AsyncIterator[tuple[Service, Service]]:
    """Two services on one database."""
    settings = settings_for(mongodb_uri, database.name, tmp_path)
    async with serving(settings) as one, serving(settings) as other:
        yield one, other


async def test_a_key_of_a_store_opens_that_store_alone_for_what_it_names(service: Service):
    await open_stores_with_stock(service)
    await has_heard_of(service, "S1", "S2")
    answer = await created(service, storeId="S1")
    secret = answer["secret"]
    who = (await by(service, secret)).data["viewer"]
    assert who == {"id": answer["key"]["id"], "role": "FEED", "storeId": "S1"}

    async def adjusted(store: str, id: str) -> dict:
        wanted = {"storeId": store, "sku": M, "units": -1}
        return (await by(service, secret, ADJUST, id=id, input=wanted)).data["stockAdjust"]

    assert (await adjusted("S1", "r1"))["changed"]
    assert not (await adjusted("S1", "r1"))["changed"]
    assert code_of(await adjusted("S2", "r2")) == "FORBIDDEN"
    assert code_of(await adjusted("S9", "r3")) == "FORBIDDEN"
    assert (await by(service, secret, LEVELS, store="S1", skus=[M])).data
    for text in (
        """{ stockShortages { sku } }""",
        """{ stockLevels(storeId: "S2", skus: ["x"]) { sku } }""",
        """{ webhooks { id } }""",
        """{ keys { totalCount } }""",
        """{ priceChanges { totalCount } }""",
    ):
        told = await by(service, secret, text)
        codes = [one["extensions"]["code"] for one in told.body.get("errors", [])]
        assert codes in (["FORBIDDEN"], ["BAD_REQUEST"]), (text, told.body)
    counts = [a_count(store, M, 9) | {"counted_at": now().isoformat()} for store in ("S1", "S2")]
    file = ("counts.csv", as_csv(*counts), "text/csv")
    report = await imported(service, secret, file)
    assert [one["line"] for one in report["errors"]] == [3]
    levels = [
        (await service.query(LEVELS, HEAD_OFFICE, store=store, skus=[M])).data["stockLevels"][0]
        for store in ("S1", "S2")
    ]
    assert [one["onHand"] for one in levels] == [9, 5]


async def imported(service: Service, secret: str, file: tuple[str, bytes, str]) -> dict:
    operations = f'{{"query": {quoted(IMPORT)}, "variables": {{}}}}'
    answer = await service.http.post(
        "/graphql",
        data={"operations": operations, "map": '{"0": ["variables.file"]}'},
        files={"0": file},
        headers={"Authorization": f"Bearer {secret}"},
    )
    return answer.json()["data"]["stockImport"]["report"]


def quoted(text: str) -> str:
    return '"' + text.replace("\n", " ").replace('"', '\\"') + '"'


async def test_a_key_of_a_channel_feeds_its_members_alone(service: Service):
    secret = (await created(service, actions=["member.feed"], channel="TMALL"))["secret"]
    one = [{"id": "7", "name": "梅"}]
    fed = (await by(service, secret, SEND, channel="TMALL", members=one)).data["membersFeed"]
    assert fed["members"][0]["memberId"]
    other = (await by(service, secret, SEND, channel="JD", members=one)).data["membersFeed"]
    assert code_of(other) == "FORBIDDEN"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"actions": []}, "actions"),
        ({"actions": ["staff.keep"]}, "actions"),
        ({"actions": ["records.see_by"]}, "actions"),
        ({"actions": ["product.keep"], "storeId": "S1"}, "actions"),
        ({"actions": ["member.feed"], "storeId": "S1"}, "actions"),
        ({"storeId": "S9"}, "storeId"),
        ({"ownerId": "nobody"}, "ownerId"),
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"channel": "天 猫"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"storeId": "S1", "ownerId": "brand"}, None),
    ],
)
async def test_a_key_that_can_not_be_is_refused_by_its_field(
    keys_here: Service, wanted: dict, field: str | None
):
    answer = await created(keys_here, **wanted)
    assert answer["userErrors"][0]["field"] == ["input", field][: 2 if field else 1], answer
    assert answer["secret"] is None


@pytest.fixture(scope="module")
async def keys_here(standing: Service) -> Service:
    """A service with a store."""
    await open_stores_with_stock(standing)
    await has_heard_of(standing, "S1")
    return standing


async def test_only_head_office_keeps_keys_and_names_are_free_once(service: Service):
    for role in set(Role) - {Role.HEAD_OFFICE}:
        viewer = Viewer(id=PersonId("somebody"), role=role)
        wanted = {"name": "x", "actions": ["stock.see"]}
        refused = (await service.query(CREATE, viewer, input=wanted)).refused("keyCreate")
        assert refused[0]["code"] == "FORBIDDEN"
    answers = await asyncio.gather(*(created(service) for _ in range(4)))
    assert sorted(str(code_of(one)) for one in answers) == ["CONFLICT"] * 3 + ["None"]
    listed = (await service.query(LIST, HEAD_OFFICE)).data["keys"]
    assert (listed["totalCount"], listed["nodes"][0]["name"]) == (1, "till 1")
    assert code_of(await changed(service, REVOKE, "key_none")) == "NOT_FOUND"


async def test_what_was_revoked_opens_nothing_in_any_process_from_the_next_request_on(two):
    one, other = two
    key = await created(one)
    assert await is_good(other, key["secret"])
    revoked = await changed(one, REVOKE, key["key"]["id"])
    assert [await is_good(service, key["secret"]) for service in two] == [False, False]
    assert await changed(other, REVOKE, key["key"]["id"]) == revoked
    assert code_of(await changed(other, ROTATE, key["key"]["id"], hours=1)) == "WRONG_STATE"
    assert code_of(await changed(other, FINISH, key["key"]["id"])) == "WRONG_STATE"


async def test_two_secrets_are_good_while_one_is_changed(two, database: Database):
    one, other = two
    key = await created(one)
    named, first = key["key"]["id"], key["secret"]
    lost = (await changed(one, ROTATE, named, hours=1))["secret"]
    second = (await changed(other, ROTATE, named, hours=1))["secret"]
    good = [await is_good(other, secret) for secret in (first, lost, second)]
    assert good == [True, False, True]
    assert code_of(await changed(one, ROTATE, named, hours=1)) == "WRONG_STATE"
    assert code_of(await changed(one, FINISH, named)) is None
    assert [await is_good(other, secret) for secret in (first, second)] == [False, True]
    assert code_of(await changed(one, FINISH, named)) is None
    assert await is_good(one, second)
    third = (await changed(one, ROTATE, named, hours=0))["secret"]
    assert [await is_good(other, secret) for secret in (second, third)] == [False, True]
    fourth = (await changed(one, ROTATE, named, hours=168))["secret"]
    over = now() - timedelta(seconds=1)
    await database["keys"].update_one({}, {"$set": {"secrets.0.until": over}})
    assert [await is_good(other, secret) for secret in (third, fourth)] == [False, True]
    for hours in (-1, 169, 2**31 - 1):
        assert code_of(await changed(one, ROTATE, named, hours=hours)) == "INVALID"


async def test_two_who_rotate_at_once_make_one_secret_or_the_later_counts(two):
    key = await created(two[0])
    named = key["key"]["id"]
    answers = await asyncio.gather(*(changed(two[n % 2], ROTATE, named, hours=1) for n in range(6)))
    shown = [one["secret"] for one in answers if one["secret"]]
    assert {code_of(one) for one in answers} <= {None, "CONFLICT"}
    good = [secret for secret in shown if await is_good(two[0], secret)]
    assert len(good) == 1
    assert await is_good(two[1], key["secret"])


async def test_a_use_is_noted_to_the_minute_and_no_secret_is_kept(
    service: Service, database: Database
):
    key = await created(service)
    await is_good(service, key["secret"])
    [first] = await used(service)
    await is_good(service, key["secret"])
    assert first
    assert await used(service) == [first]
    earlier = now() - timedelta(hours=1)
    await database["keys"].update_one({}, {"$set": {"secrets.0.used_at": earlier}})
    await is_good(service, key["secret"])
    assert (await used(service))[0] >= first
    names = await database.list_collection_names()
    kept = str([await database[name].find({}).to_list(None) for name in names])
    assert key["secret"].rpartition(".")[2] not in kept


async def used(service: Service) -> list[str]:
    [key] = (await service.query(LIST, HEAD_OFFICE)).data["keys"]["nodes"]
    return [one["usedAt"] for one in key["secrets"]]


async def test_a_key_opens_a_socket_which_ends_in_every_process_once_it_is_changed(
    two: tuple[Service, Service],
):
    one, other = two
    key = await created(one)
    async with connected(other, authorization=f"Bearer {key['secret']}") as socket:
        await socket.subscribe("{ viewer { role } }")
        assert (await socket.next())["data"]["viewer"]["role"] == "FEED"
        assert (await socket.receive())["type"] == "complete"
        await changed(one, REVOKE, key["key"]["id"])
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    async with opened(other) as socket:
        payload = {"authorization": f"Bearer {key['secret']}"}
        await socket.send(type="connection_init", payload=payload)
        with pytest.raises(websockets.ConnectionClosed):
            await socket.receive()


async def test_what_is_no_key_is_refused(service: Service):
    secret = (await created(service))["secret"]
    named, _, rest = secret.partition(".")
    for wrong in (
        "key_",
        named,
        f"{named}.",
        f"{named}.{rest}x",
        f"{named}.{rest[:-1]}",
        f"{named}.{'x' * 43}",
        f"key_none.{rest}",
        f"key_{'x' * 5_000}.{rest}",
        f"{named}.{rest}.{rest}",
    ):
        answer = await by(service, wrong)
        assert answer.status == 401, wrong
        assert answer.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert await is_good(service, secret)


class Places:
    """S1 is of the brand, all else of another owner."""

    def place_of(self, store_id: str) -> StorePlace | None:
        return StorePlace(region_id="320500", owner_id="brand" if store_id == "S1" else "other")


def a_key(**bound: str) -> Viewer:
    key = Key(
        id=KeyId("key_1"),
        name="till",
        actions=tuple(RIGHTS),
        secrets=(),
        created_at=now(),
        created_by=PersonId("staff_1"),
        **bound,
    )
    return replace(key.viewer(), places=Places())


@pytest.mark.parametrize("action", sorted(RIGHTS))
def test_a_bounded_key_reaches_nothing_beyond_its_bounds(action: str):
    if RIGHTS[action].lets(ANONYMOUS_ROLE):
        return
    near = {"store": "S1", "channel": "TMALL"}
    far = {"store": "S2", "channel": "JD", "region": "320500", "owner": "other"}
    for scope, bound in (
        (Scope.STORE, {"store_id": "S1"}),
        (Scope.OWNER, {"owner_id": "brand"}),
        (Scope.CHANNEL, {"channel": "TMALL"}),
    ):
        viewer = a_key(**bound)
        possible = action in grantable(scope)
        assert viewer.may(action, **near) is possible
        assert not viewer.may(action, **far)
        with pytest.raises(Refusal):
            viewer.require(action, **far)
    unbounded = a_key()
    assert unbounded.may(action, **far) is (action in grantable(Scope.ALL))
    with pytest.raises(Forbidden):
        replace(unbounded, actions=frozenset()).require(action)
