"""A hand-over that is cut short anywhere, and gone on with by two at once, ends as it should."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from domain.contact.bonds import bond_of, met
from domain.contact.handing_over import (
    CustomerMove,
    HandOverPorts,
    MoveId,
    MoveState,
    go_on_with_hand_overs,
)
from domain.contact.matching_friends import bind_member
from domain.contact.mirroring import keep_bond
from domain.kernel.ids import PersonId
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from qianmian.clock import now
from qianmian.wiring.contact import hand_over_ports
from qianmian.wiring.members import member_ports
from qianmian.wiring.people import people_ports
from scripts.wecom_stub import COMPANY, DAY_S, SECRET, WecomStub
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.tokens import MongoTokens
from storage.mongo.sharing.touches import MongoTouches
from storage.outside.wechat_token import WecomToken
from storage.outside.wecom import WecomContact
from tests.support.crashing import Mortal
from tests.support.foundations import a_foundation
from tests.support.guiding import an_act, open_shops
from tests.support.stub import listening

pytestmark = pytest.mark.anyio

LEAVER, TAKER = "wecom_1", "wecom_2"
# More than there are calls of ports in any turn: the last ones live through all of it.
MOMENTS = range(1, 18)


class Room:
    """A guide who gives customers away, each in another trouble."""

    def __init__(self, database: Database, ports: HandOverPorts, clock: list[float]) -> None:
        self.database, self.ports, self.clock = database, ports, clock

    async def customer(self, name: str) -> None:
        """A member who is the leaver's friend, and is to be handed over."""
        contact = self.ports.contact
        nothing = bond_of(name, LEAVER)
        bond = replace(
            met(nothing, now() - timedelta(days=1)),
            member_id=PersonId(f"member_{name}"),
            guide_id=GuideId("G1"),
            store_id=StoreId("S1"),
        )
        await bind_member(contact, an_act(), bond)
        await keep_bond(contact, an_act(), nothing, bond)
        move = CustomerMove(
            id=MoveId(bond.id),
            external_id=name,
            name=None,
            from_user=LEAVER,
            to_user=TAKER,
            left=True,
            state=MoveState.PLANNED,
            due_at=now(),
            version=1,
        )
        await self.ports.moves.add([move])

    async def go_on(self, moments: int | None = None) -> None:
        """A process takes its turn, and dies after so many moments of it."""
        ports = self.ports
        if moments is not None:
            mortal, contact = Mortal(moments), ports.contact
            contact = replace(
                contact,
                bonds=mortal.port(contact.bonds),
                touches=mortal.port(contact.touches),
                wecom=mortal.port(contact.wecom),
            )
            ports = replace(ports, contact=contact, moves=mortal.port(ports.moves))
        try:
            await go_on_with_hand_overs(ports, an_act())
        except Exception:
            assert moments is not None, "only who is killed leaves anything undone"

    async def all_is_due(self) -> None:
        due = {"due_at": {"$type": "date"}}
        await self.database["customer_moves"].update_many(due, {"$set": {"due_at": now()}})

    async def state(self, name: str) -> MoveState:
        found = await self.ports.moves.of(LEAVER)
        [one] = [one for one in found if one.external_id == name]
        return one.state

    async def whose(self, name: str) -> tuple[str | None, set[str]]:
        """Whose customer the member is, and whose friend."""
        member = PersonId(f"member_{name}")
        since = now() - timedelta(days=9)
        credit = await MongoTouches(self.database).last_credit([member], since=since)
        bonds = await self.ports.contact.bonds.of_contacts([name])
        return credit.guide_id if credit else None, {one.user_id for one in bonds if one.standing}

    async def said(self, name: str) -> Counter[tuple[str, str]]:
        found = await self.database["bonds"].find({"external_id": name}).to_list(None)
        facts = [fact for one in found for fact in one["outbox"]["facts"]]
        return Counter((one["kind"], one["data"]["user"]) for one in facts)


@pytest.fixture
def clock() -> list[float]:
    return [time.time() - 3_600]


@pytest.fixture
def stub(clock: list[float]) -> WecomStub:
    found = WecomStub(now=lambda: clock[0])
    found.users, found.left = {LEAVER, TAKER}, {LEAVER}
    return found


@pytest.fixture
async def room(database: Database, stub: WecomStub, clock: list[float]) -> AsyncIterator[Room]:
    base = a_foundation(database)
    await open_shops(base, guides=2)
    found = hand_over_ports(base, member_ports(base, people_ports(base)))
    async with listening(stub.app()) as gateway, httpx2.AsyncClient() as client:
        tokens = MongoTokens(database)
        token = WecomToken(client, COMPANY, SECRET, tokens=tokens, now=now, base_url=gateway)
        contact = replace(found.contact, wecom=WecomContact(token), company=COMPANY)
        yield Room(database, replace(found, contact=contact), clock)


async def test_wherever_it_is_killed_a_customer_moves_once_and_only_when_it_is_done(
    room: Room, stub: WecomStub
):
    for moments in MOMENTS:
        name = f"wm{moments}"
        stub.add(LEAVER, name)
        await room.customer(name)
        await room.go_on(moments)
        for _ in range(3):
            await room.all_is_due()
            await asyncio.gather(room.go_on(), room.go_on())
            assert await room.whose(name) == ("G1", {LEAVER})
        assert await room.state(name) is MoveState.ASKED
        assert (LEAVER, name) in [(one.from_user, one.external) for one in stub.moving.values()]
        room.clock[0] += DAY_S + 1
        await room.all_is_due()
        await room.go_on(moments)
        for _ in range(2):
            await room.all_is_due()
            await asyncio.gather(room.go_on(), room.go_on())
        assert await room.state(name) is MoveState.DONE
        assert await room.whose(name) == ("G2", {TAKER})
        assert await room.said(name) == {
            ("friend.added", LEAVER): 1,
            ("friend.added", TAKER): 1,
            ("friend.gone", LEAVER): 1,
        }


async def test_of_refused_and_full_ones_nothing_moves_wherever_it_is_killed(
    room: Room, stub: WecomStub
):
    for moments, (state, full) in itertools.product(
        MOMENTS[::4], ((MoveState.REFUSED, False), (MoveState.FULL, True))
    ):
        name = f"wm{moments}{state}"
        stub.refusing, stub.full = (set(), {TAKER}) if full else ({name}, set())
        stub.add(LEAVER, name)
        await room.customer(name)
        await room.go_on()
        room.clock[0] += DAY_S + 1
        await room.all_is_due()
        await room.go_on(moments)
        await room.all_is_due()
        await asyncio.gather(room.go_on(), room.go_on())
        assert await room.state(name) is state
        assert await room.whose(name) == ("G1", {LEAVER})
