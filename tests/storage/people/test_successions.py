"""A guide who leaves: nothing passes until the hand-over is done, and nothing of before ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.contact.handing_over import CustomerMove, MoveId, MoveState
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, WrongState
from domain.kernel.versions import all_risen
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act, by_the_clock
from domain.people.successions import (
    SuccessionPorts,
    begin_succession,
    finish_succession,
    succession_of,
)
from domain.people.viewer import Role, Viewer
from domain.sharing.attribution import claims_to
from storage.mongo.audiences.audiences import MongoCustomers
from storage.mongo.contact.customer_moves import MongoCustomerMoves
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides
from storage.mongo.people.successions import MongoSuccessions
from storage.mongo.sharing.touches import MongoTouches
from tests.storage.sharing.test_sharing import a_touch
from tests.support.builders import NOON

pytestmark = pytest.mark.anyio

MAY, WEEK, HOUR = PersonId("may"), timedelta(days=7), timedelta(hours=1)


def an_act(after: timedelta = timedelta(), role=Role.HEAD_OFFICE, store: str | None = None) -> Act:
    viewer = Viewer(id=PersonId("x"), role=role, store_id=store)
    return replace(by_the_clock(NOON + after, str), viewer=viewer)


@pytest.fixture
async def ports(database: Database) -> SuccessionPorts:
    guides = [
        Guide(
            id=GuideId(name),
            name=name,
            store_id="S1",
            wecom_user_id=name,
            active=name != "G9",
            version=0,
        )
        for name in ("G1", "G2", "G3", "G9")
    ]
    await MongoGuides(database).save_all(all_risen(guides))
    await MongoTouches(database).add(a_touch("may", guide_id=GuideId("G1")))
    return SuccessionPorts(
        successions=MongoSuccessions(database),
        guides=MongoGuides(database),
        customers=MongoCustomerMoves(database),
    )


async def whose(database: Database, after: timedelta) -> tuple[str, str, str]:
    """Who shared, whose customer it is at an order, and who may see the customer."""
    claims = await claims_to(
        MongoTouches(database), [MAY], share_code=None, now=NOON + after, window=WEEK
    )
    customer = await MongoCustomers(database).guide_of(MAY)
    return claims.shared.guide_id, claims.bonded_to, customer.guide_id


async def test_customers_and_links_pass_when_the_hand_over_is_done_and_not_before(ports, database):
    assert await whose(database, HOUR) == ("G1", "G1", "G1")
    begun = await begin_succession(ports, an_act(), "G1", "G2")
    assert (begun.done_at, await whose(database, HOUR)) == (None, ("G1", "G1", "G1"))
    done = await finish_succession(ports, an_act(HOUR), "G1")
    assert await finish_succession(ports, an_act(2 * HOUR), "G1") == done
    assert await whose(database, 2 * HOUR) == ("G2", "G2", "G2")
    touches = MongoTouches(database)
    for after, guide in ((HOUR - timedelta(seconds=1), "G1"), (HOUR, "G2")):
        until = NOON + after
        [seen] = await touches.touches_of([MAY], since=NOON, until=until, most=9)
        bond = await touches.last_before([MAY], until)
        assert (seen.guide_id, bond.guide_id) == (guide, guide)


async def test_a_successor_who_leaves_hands_on_what_came_to_them(ports, database):
    for leaver, heir, after in (("G1", "G2", HOUR), ("G2", "G3", 2 * HOUR)):
        await begin_succession(ports, an_act(), leaver, heir)
        await finish_succession(ports, an_act(after), leaver)
    assert await whose(database, 3 * HOUR) == ("G3", "G3", "G3")
    bond = await MongoTouches(database).last_before([MAY], NOON + HOUR)
    assert bond.guide_id == "G2"


async def test_nobody_comes_after_themselves_or_is_who_has_left(ports):
    await begin_succession(ports, an_act(), "G1", "G2")
    for leaver, heir in (("G2", "G1"), ("G3", "G3"), ("G3", "G9")):
        with pytest.raises(Invalid):
            await begin_succession(ports, an_act(), leaver, heir)
    for leaver, heir in (("G7", "G1"), ("G3", "G7")):
        with pytest.raises(NotFound):
            await begin_succession(ports, an_act(), leaver, heir)


async def test_another_may_be_named_until_it_is_done_and_two_name_one(ports):
    class AsOfBefore:
        """What somebody looks at who is overtaken before they write."""

        save = ports.successions.save

        async def known(self):
            return {}

    overtaken = replace(ports, successions=AsOfBefore())
    await begin_succession(ports, an_act(), "G1", "G2")
    with pytest.raises(Conflict):
        await begin_succession(overtaken, an_act(), "G1", "G3")
    begun = await begin_succession(ports, an_act(), "G1", "G3")
    assert await begin_succession(ports, an_act(HOUR), "G1", "G3") == begun
    with pytest.raises(WrongState):
        await finish_succession(ports, an_act(), "G2")
    await finish_succession(ports, an_act(), "G1")
    with pytest.raises(WrongState):
        await begin_succession(ports, an_act(), "G1", "G2")


async def test_it_is_for_the_manager_of_the_store_and_head_office(ports):
    manager = an_act(role=Role.STORE_MANAGER, store="S1")
    await begin_succession(ports, manager, "G1", "G2")
    assert (await succession_of(ports, manager, "G1")).successor_id == "G2"
    for act in (an_act(role=Role.STORE_MANAGER, store="S2"), an_act(role=Role.FINANCE)):
        for refused in (
            begin_succession(ports, act, "G1", "G3"),
            finish_succession(ports, act, "G1"),
            succession_of(ports, act, "G1"),
        ):
            with pytest.raises(Forbidden):
                await refused


async def test_nothing_passes_while_customers_are_being_handed_over_in_wecom(ports, database):
    await begin_succession(ports, an_act(), "G1", "G2")
    moves = MongoCustomerMoves(database)
    asked = CustomerMove(
        id=MoveId("e1:G1"),
        external_id="e1",
        name=None,
        from_user="G1",
        to_user="G2",
        left=True,
        state=MoveState.PLANNED,
        due_at=NOON,
        version=1,
    )
    await moves.add([asked])
    for _ in range(2):
        with pytest.raises(WrongState, match="1 customers"):
            await finish_succession(ports, an_act(), "G1")
        assert (await whose(database, HOUR))[1] == "G1"
        asked = asked.to(MoveState.ASKED if asked.state == "PLANNED" else MoveState.REFUSED)
        await moves.save(asked, expected=asked.version - 1)
    done = await finish_succession(ports, an_act(HOUR), "G1")
    assert done.done_at == NOON + HOUR
    assert (await whose(database, 2 * HOUR))[1] == "G2"
