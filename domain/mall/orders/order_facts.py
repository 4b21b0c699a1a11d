"""What is said of an order, to whoever follows."""

from domain.kernel.facts import Fact, FactId, kind_of
from domain.kernel.states import Step
from domain.mall.orders.order import ORDER, Order, OrderState

# A pending order is not there for anybody yet.
ORDER_FACTS = frozenset(
    kind_of(ORDER.kind, state) for state in OrderState if state is not OrderState.PENDING
)


def facts_of_order(order: Order) -> tuple[Fact, ...]:
    """A fact for each step since the last save: that it was placed, paid, called off, or expired.

    Each says who ordered through which storefront, of what, for how much.
    """
    numbered = enumerate(order.steps[order.told :], order.told + 1)
    return tuple(_fact(order, number, step) for number, step in numbered)


def _fact(order: Order, number: int, step: Step) -> Fact:
    return Fact(
        id=FactId(f"order:{order.id}:{number}"),
        subject=f"order:{order.id}",
        kind=kind_of(step.kind, step.after),
        at=step.at,
        data={
            "orderId": order.id,
            "buyerId": order.buyer_id,
            "storeId": order.store_id,
            "regionId": order.region_id,
            "guideId": order.credit.guide_id if order.credit else None,
            "shareCode": order.credit.share_code if order.credit else None,
            "bondedGuideId": order.bonded_to,
            "placedAt": order.placed_at.isoformat(timespec="milliseconds"),
            "totalFen": order.total,
            "lines": [
                {
                    "sku": one.sku,
                    "productId": one.product_id,
                    "quantity": one.quantity,
                    "priceFen": one.price,
                    "payableFen": one.payable,
                }
                for one in order.lines
            ],
            "reason": step.reason,
        },
    )
