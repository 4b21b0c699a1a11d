"""Tokens that are refreshed, replayed, forged and ended, as clients meet them."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import websockets

from domain.kernel.ids import PersonId
from domain.people.accounts import Guide, GuideId
from domain.people.sessions import REPEAT_WITHIN
from domain.people.tokens import ACCESS_LIFETIME, issue_access_token
from domain.people.viewer import Role, Viewer
from qianmian import composition
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides, MongoStaff
from tests.api.people.test_people import PASSWORD, REFRESH, SIGN_IN, an_editor
from tests.conftest import Service
from tests.support.sockets import opened
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

SIGN_OUT = "mutation($token: String!) { signOut(refreshToken: $token) { userErrors { code } } }"
WHO = "{ viewer { id role } }"
FOLLOW = 'subscription { fulfilmentOrderChanged(storeId: "S1") { id } }'


async def signed_in(service: Service, database: Database) -> dict:
    """An editor's pair of tokens."""
    await MongoStaff(database).save(an_editor(), expected=0)
    answer = await service.query(SIGN_IN, login="lin", password=PASSWORD)
    return answer.data["staffSignIn"]


async def refreshed(service: Service, token: str) -> dict:
    return (await service.query(REFRESH, token=token)).data["sessionRefresh"]


async def status_of(service: Service, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await service.http.post("/graphql", json={"query": WHO}, headers=headers)).status_code


async def turned_earlier(database: Database, by: timedelta) -> None:
    """Let it be longer ago that the session's pair was made."""
    one = await database["sessions"].find_one({})
    await database["sessions"].update_one({}, {"$set": {"turned_at": one["turned_at"] - by}})


class TestRefreshing:
    async def test_a_refresh_that_is_repeated_or_raced_gives_the_same_pair(
        self, service: Service, database: Database
    ):
        first = await signed_in(service, database)
        pairs = await asyncio.gather(*(refreshed(service, first["refreshToken"]) for _ in range(8)))
        pairs.append(await refreshed(service, first["refreshToken"]))
        assert pairs[0]["userErrors"] == []
        assert pairs == [pairs[0]] * 9
        assert await status_of(service, pairs[0]["accessToken"]) == 200
        assert (await refreshed(service, pairs[0]["refreshToken"]))["userErrors"] == []

    async def test_a_token_that_comes_again_later_ends_the_session_for_thief_and_owner(
        self, service: Service, database: Database
    ):
        first = await signed_in(service, database)
        second = await refreshed(service, first["refreshToken"])
        await turned_earlier(database, REPEAT_WITHIN + timedelta(seconds=1))
        stolen = await refreshed(service, first["refreshToken"])
        assert stolen["userErrors"][0]["code"] == "UNAUTHENTICATED"
        ended = await refreshed(service, second["refreshToken"])
        assert ended["userErrors"][0]["code"] == "UNAUTHENTICATED"
        await comes_to(True, lambda: refuses(service, second["accessToken"]))

    async def test_what_we_never_gave_ends_nobody_s_session(
        self, service: Service, database: Database
    ):
        first = await signed_in(service, database)
        session, generation, signature = first["refreshToken"].split(".")
        another = await refreshed(service, first["refreshToken"])
        for wrong in (
            "",
            ".",
            session,
            f"{session}.wrong",
            f"{session}.{generation}",
            f"{session}.{generation}.",
            f"{session}.{generation}.{'x' * 43}",
            f"{session}.0.{signature}",
            f"{session}.2.{signature}",
            f"{session}.999999999999999999999.{signature}",
            f"{session}.١.{signature}",
            f"{session}.{generation}.{signature}x",
            f"nobody.{generation}.{signature}",
            first["accessToken"],
            "雪.1.雪",
        ):
            answer = await refreshed(service, wrong)
            assert answer["userErrors"][0]["code"] == "UNAUTHENTICATED", wrong
            out = await service.query(SIGN_OUT, token=wrong)
            assert out.data["signOut"]["userErrors"] == [], wrong
        assert (await refreshed(service, another["refreshToken"]))["userErrors"] == []

    async def test_no_token_is_kept(self, service: Service, database: Database):
        first = await signed_in(service, database)
        second = await refreshed(service, first["refreshToken"])
        kept = str(
            [await database[name].find({}).to_list(None) for name in ("sessions", "tallies")]
        )
        for pair in (first, second):
            for token in (pair["accessToken"], pair["refreshToken"]):
                assert token.rpartition(".")[2] not in kept


async def refuses(service: Service, token: str) -> bool:
    return await status_of(service, token) == 401


class TestEnding:
    async def test_signing_out_ends_the_access_token(self, service: Service, database: Database):
        first = await signed_in(service, database)
        other = (await service.query(SIGN_IN, login="lin", password=PASSWORD)).data["staffSignIn"]
        await service.query(SIGN_OUT, token=first["refreshToken"])
        await comes_to(True, lambda: refuses(service, first["accessToken"]))
        assert await status_of(service, other["accessToken"]) == 200

    async def test_a_changed_role_ends_the_old_token_and_a_refresh_has_the_new_role(
        self, service: Service, database: Database
    ):
        first = await signed_in(service, database)
        changed = an_editor(role=Role.REVIEWER, version=2)
        await MongoStaff(database).save(changed, expected=1)
        await comes_to(True, lambda: refuses(service, first["accessToken"]))
        second = await refreshed(service, first["refreshToken"])
        headers = {"Authorization": f"Bearer {second['accessToken']}"}
        answer = await service.http.post("/graphql", json={"query": WHO}, headers=headers)
        assert answer.json()["data"]["viewer"]["role"] == "REVIEWER"

    async def test_a_new_name_ends_no_token(self, service: Service, database: Database):
        first = await signed_in(service, database)
        await MongoStaff(database).save(an_editor(name="林溪", version=2), expected=1)
        closed = an_editor(id=PersonId("staff_2"), login="wu", active=False)
        await MongoStaff(database).save(closed, expected=0)
        await comes_to(True, lambda: refuses(service, token_of(service, closed.viewer())))
        assert await status_of(service, first["accessToken"]) == 200

    async def test_a_guide_who_moves_to_another_store_needs_a_fresh_token(
        self, service: Service, database: Database
    ):
        guide = Guide(id=GuideId("G1"), name="小雪", store_id="S1", wecom_user_id="xue", version=1)
        await MongoGuides(database).save_all([guide])
        token = token_of(service, guide.viewer(), version=1)
        assert await status_of(service, token) == 200
        await MongoGuides(database).save_all([replace(guide, store_id="S2", version=2)])
        await comes_to(True, lambda: refuses(service, token))

    async def test_a_removed_account_is_closed(self, service: Service, database: Database):
        first = await signed_in(service, database)
        await comes_to(True, lambda: knows(service, database))
        await database["staff"].delete_one({})
        await comes_to(True, lambda: refuses(service, first["accessToken"]))


async def knows(service: Service, database: Database) -> bool:
    """Whether the service has heard of the editor, which a token of another role shows."""
    other = an_editor(role=Role.FEED).viewer()
    return await status_of(service, token_of(service, other)) == 401


def token_of(service: Service, viewer: Viewer, **more) -> str:
    secret = service.settings.secret
    return issue_access_token(
        viewer, secret=secret, now=composition.now(), session_id="session_1", **more
    )


class TestSockets:
    async def test_a_socket_lives_as_long_as_its_token(self, service: Service):
        viewer = Viewer(id=PersonId("manager"), role=Role.STORE_MANAGER, store_id="S1")
        # A machine may stand still until the first token has expired before it could be shown.
        for left_s in (3, 30):
            begun = composition.now() - ACCESS_LIFETIME + timedelta(seconds=left_s)
            token = issue_access_token(viewer, secret=service.settings.secret, now=begun)
            following = asyncio.Event()
            closed = await closed_while_following(service, token, following)
            if following.is_set():
                break
        assert following.is_set()
        assert (closed.rcvd.code, closed.rcvd.reason) == (
            4403,
            "The access token has expired; refresh it.",
        )

    async def test_a_socket_of_a_session_that_ended_is_closed(
        self, service: Service, database: Database
    ):
        pair = await signed_in(service, database)
        async with asyncio.TaskGroup() as group:
            following = asyncio.Event()
            waiting = closed_while_following(service, pair["accessToken"], following)
            closed = group.create_task(waiting)
            await following.wait()
            await service.query(SIGN_OUT, token=pair["refreshToken"])
        assert closed.result().rcvd.code == 4403
        assert "ended" in closed.result().rcvd.reason

    async def test_a_fresh_token_opens_a_new_socket(self, service: Service, database: Database):
        pair = await signed_in(service, database)
        await refreshed(service, pair["refreshToken"])
        fresh = await refreshed(service, pair["refreshToken"])
        async with opened(service) as socket:
            payload = {"authorization": f"Bearer {fresh['accessToken']}"}
            await socket.send(type="connection_init", payload=payload)
            assert (await socket.receive())["type"] == "connection_ack"
            await socket.subscribe(WHO)
            assert (await socket.next())["data"]["viewer"]["id"] == "staff_1"


async def closed_while_following(
    service: Service, token: str, following: asyncio.Event
) -> websockets.ConnectionClosed:
    """How a socket is closed that only waits; `following` is set once it was let in."""
    async with opened(service) as socket:
        await socket.send(type="connection_init", payload={"authorization": f"Bearer {token}"})
        try:
            assert (await socket.receive())["type"] == "connection_ack"
            following.set()
            message = await socket.receive()
        except websockets.ConnectionClosed as closed:
            return closed
        raise AssertionError(message)
