"""Who calls returns off, and who inspects them."""

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Forbidden, WrongState
from domain.mall.fulfilment import after_sale, head_office
from domain.mall.fulfilment.return_policy import Inspector
from domain.mall.fulfilment.returns import ReturnState
from domain.people.viewer import Role, Viewer
from domain.sharing.attribution import Credit
from tests.domain.mall.fulfilment.test_after_sale import a_key, shipped
from tests.domain.mall.fulfilment.test_store_desk import a_paid_shop
from tests.support.shop import BUYER, HEAD_OFFICE, NOW, ORDER, a_manager, act, an_order

pytestmark = pytest.mark.anyio
CREDIT = Credit(guide_id="G1", store_id="S9", share_code="abc", touched_at=NOW)


def a_guide(id="G1", store_id="S9"):
    return Viewer(id=PersonId(id), role=Role.GUIDE, store_id=store_id)


MANAGER, GUIDE, OTHER_GUIDE = a_manager("S9"), a_guide(), a_guide("G2")


async def a_shop_with(policy: Inspector | None = None):
    """A shop whose parcel has arrived; the guide G1 is credited with it."""
    mall = await a_paid_shop(order=an_order(credit=CREDIT))
    await shipped(mall)
    if policy:
        await head_office.set_return_policy(mall, act(HEAD_OFFICE), policy, expected=0)
    return mall


async def asked(mall, viewer):
    fulfilment = await after_sale.request_return(
        mall, act(viewer), ORDER, {"A": 1}, "S9", "偏小", key=a_key()
    )
    return fulfilment.returns[-1].id


async def received(mall, asker, receiver):
    return_id = await asked(mall, asker)
    await after_sale.receive_return(mall, act(receiver), return_id)
    return return_id


async def accept(mall, viewer, return_id):
    return await after_sale.accept_return(
        mall, act(viewer), return_id, damaged={}, amount=None, note=""
    )


async def refuse(mall, viewer, return_id):
    return await after_sale.refuse_return(mall, act(viewer), return_id, "穿过")


INSPECTED = [
    # policy, who asked, who received, who inspects, whether they may
    (None, GUIDE, GUIDE, GUIDE, False),
    (None, BUYER, GUIDE, OTHER_GUIDE, False),
    (None, BUYER, MANAGER, MANAGER, True),
    (None, GUIDE, GUIDE, HEAD_OFFICE, True),
    (None, BUYER, MANAGER, a_manager("S1"), False),
    (Inspector.ANOTHER_PERSON, GUIDE, GUIDE, GUIDE, False),
    (Inspector.ANOTHER_PERSON, GUIDE, OTHER_GUIDE, GUIDE, False),
    (Inspector.ANOTHER_PERSON, GUIDE, OTHER_GUIDE, OTHER_GUIDE, False),
    (Inspector.ANOTHER_PERSON, BUYER, GUIDE, OTHER_GUIDE, True),
    (Inspector.ANOTHER_PERSON, BUYER, GUIDE, MANAGER, True),
    (Inspector.ANOTHER_PERSON, BUYER, MANAGER, MANAGER, False),
    (Inspector.ANOTHER_PERSON, HEAD_OFFICE, HEAD_OFFICE, HEAD_OFFICE, True),
    (Inspector.ANOTHER_PERSON, BUYER, GUIDE, a_guide("G3", "S1"), False),
    (Inspector.ANOTHER_PERSON, BUYER, GUIDE, BUYER, False),
]


@pytest.mark.parametrize("inspect", [accept, refuse])
@pytest.mark.parametrize(("policy", "asker", "receiver", "inspector", "may"), INSPECTED)
async def test_who_inspects_is_who_the_policy_says(
    policy, asker, receiver, inspector, may, inspect
):
    mall = await a_shop_with(policy)
    return_id = await received(mall, asker, receiver)
    if may:
        done = await inspect(mall, inspector, return_id)
        assert done.returns[-1].state in {ReturnState.ACCEPTED, ReturnState.REFUSED}
        assert await inspect(mall, inspector, return_id) == done
    else:
        with pytest.raises(Forbidden):
            await inspect(mall, inspector, return_id)
        assert mall.fulfilments.kept[ORDER].returns[-1].state is ReturnState.RECEIVED


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (None, "inspected by the manager of store S9 or by head office"),
        (Inspector.ANOTHER_PERSON, "somebody else of store S9, or head office"),
    ],
)
async def test_the_refusal_says_who_may(policy, said):
    mall = await a_shop_with(policy)
    return_id = await received(mall, GUIDE, GUIDE)
    with pytest.raises(Forbidden, match=said):
        await accept(mall, GUIDE, return_id)


@pytest.mark.parametrize("viewer", [GUIDE, MANAGER, a_manager("S1"), HEAD_OFFICE])
async def test_nobody_but_the_buyer_calls_a_return_off(viewer):
    mall = await a_shop_with()
    return_id = await asked(mall, BUYER)
    with pytest.raises(Forbidden, match="Only the buyer"):
        await after_sale.call_off_return(mall, act(viewer), return_id)


async def test_a_return_is_called_off_until_the_store_has_received_it():
    mall = await a_shop_with()
    return_id = await asked(mall, GUIDE)
    kept = await after_sale.call_off_return(mall, act(BUYER), return_id)
    assert kept.returns[-1].state is ReturnState.CANCELLED
    return_id = await received(mall, BUYER, MANAGER)
    for inspect in (None, accept):
        if inspect:
            await inspect(mall, MANAGER, return_id)
        with pytest.raises(WrongState):
            await after_sale.call_off_return(mall, act(BUYER), return_id)


async def test_two_who_set_the_policy_at_once_get_a_conflict():
    mall = await a_shop_with(Inspector.ANOTHER_PERSON)
    with pytest.raises(Conflict):
        await head_office.set_return_policy(mall, act(HEAD_OFFICE), Inspector.MANAGER, expected=0)
    with pytest.raises(Forbidden):
        await head_office.set_return_policy(mall, act(MANAGER), Inspector.MANAGER, expected=1)
    assert (await head_office.return_policy(mall, act(GUIDE))).version == 1
