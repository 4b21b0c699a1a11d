"""What orders earn their guides."""

from api.kernel.context import Load
from api.kernel.money import Money
from api.kernel.operations import added_to
from api.mall.fulfilment.progress import OrderProgress
from domain.earnings.bookkeeping import guides_have_of
from domain.kernel.money import Fen


@added_to(OrderProgress, "What its guides earn by it; refunds take their part back.")
async def commission(self: OrderProgress, load: Load) -> Money:
    return Money(fen=await load(guides_have_of, str(self.order_id)) or Fen(0))
