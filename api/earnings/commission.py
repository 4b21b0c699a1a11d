"""What orders earn their guides."""

from api.kernel.context import Load
from api.kernel.money import Money
from api.kernel.operations import added_to
from api.mall.fulfilment.progress import OrderProgress
from domain.earnings.commission import commissions_by_orders
from domain.kernel.money import Fen


@added_to(OrderProgress, "What the guide earns by it; refunds take their part back.")
async def commission(self: OrderProgress, load: Load) -> Money:
    found = await load(commissions_by_orders, str(self.order_id))
    return Money(fen=found.amount if found else Fen(0))
