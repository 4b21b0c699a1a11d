"""What orders take of offers' budgets: when they are placed, until they come to nothing.

As with points, what an order takes is named by the promise of stock that it belongs to, so that
what one took before it expired is told from what it takes to be revived.
"""

from dataclasses import dataclass

from domain.kernel.facts import Batch, kind_of
from domain.kernel.ports import Ports
from domain.mall.orders.order import ORDER, Order, Orders, OrderState
from domain.mall.stock.pools import OrderId
from domain.people.act import Act
from domain.promotions.budgets import BudgetPorts, Spending, give_budgets_back, take_budgets

BUDGET_FACTS = frozenset(
    kind_of(ORDER.kind, state) for state in (OrderState.CANCELLED, OrderState.EXPIRED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBudgetPorts(Ports):
    """Orders, and the budgets that they take of."""

    orders: Orders
    budgets: BudgetPorts


async def hold_budgets(ports: BudgetPorts, act: Act, order: Order) -> Spending | None:
    """Take for an order's next promise; the one of which too little is left, if there is one."""
    return await take_budgets(ports, act, _hold(order, len(order.promises) + 1), order.budgets)


async def return_budgets(ports: BudgetPorts, act: Act, order: Order, promise: int) -> None:
    """Give back what an order took for one of its promises."""
    await give_budgets_back(ports, act, _hold(order, promise), order.budgets)


async def follow_budgets(ports: OrderBudgetPorts, act: Act, batch: Batch) -> None:
    """Give back what orders took that were called off or not paid in time; again, it is done."""
    for order_id in dict.fromkeys(fact.data["orderId"] for fact in batch.facts):
        order = await ports.orders.by_id(OrderId(order_id))
        if order is None or not order.budgets:
            continue
        # One that was revived keeps what it took for the last one.
        kept = order.state is OrderState.PAID
        for promise in range(1, len(order.promises) + (not kept)):
            await return_budgets(ports.budgets, act, order, promise)


def _hold(order: Order, promise: int) -> str:
    return f"{order.id}:{promise}"
