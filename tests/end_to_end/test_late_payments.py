"""A late payment that is told twice at once: what one of them decides, the other one keeps to."""

from datetime import timedelta

import pytest

from domain.mall.orders import settling, sweeping
from domain.mall.orders.order import OrderState
from domain.mall.orders.settling import settle
from storage.mongo.kernel.database import Database
from tests.support.selling import COAT, SmallMall, a_reference, stores_in_a_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def mall(database: Database) -> SmallMall:
    mall = SmallMall(database, a_reference(stores_in_a_row(1)))
    await mall.stock(S1={COAT: 3})
    return mall


async def test_an_order_that_was_given_up_meanwhile_is_not_revived(
    mall: SmallMall, monkeypatch: pytest.MonkeyPatch
):
    """The first is just giving its units back when the second finds none and gives it up."""
    order = await mall.buy({COAT: 3})
    mall.now += timedelta(hours=1)

    async def cut_short(*_):
        """Whoever let the order expire is killed before it gives its units back."""

    with monkeypatch.context() as killed:
        killed.setattr(sweeping, "release", cut_short)
        await sweeping.expire_unpaid(mall.sweeping, mall.act())
    decided = []

    async def overtaken(*asked):
        monkeypatch.undo()
        await settling.release(*asked)
        await mall.stock(S1={COAT: 0})
        decided.append(await settle(mall.ordering, mall.act(), order.id))
        await mall.stock(S1={COAT: 3})

    monkeypatch.setattr(settling, "release", overtaken)
    first = await settle(mall.ordering, mall.act(), order.id)
    assert (decided, first) == ([None], None)
    assert (await mall.orders.by_id(order.id)).state is OrderState.EXPIRED
    assert (await mall.pool(COAT)).available == 3
    assert await mall.wrong() == []
