"""What is said of an order, to whoever follows."""

from domain.kernel.facts import Fact, FactId, FactKind
from domain.mall.orders.order import ORDER, Order, OrderState


def facts_of_order(order: Order) -> tuple[Fact, ...]:
    """That an order was paid, with what was bought through which storefront."""
    return tuple(
        Fact(
            id=FactId(f"order:{order.id}:{number}"),
            subject=f"order:{order.id}",
            kind=FactKind(f"{ORDER.kind}.{step.after.lower()}"),
            at=step.at,
            data={
                "orderId": order.id,
                "storeId": order.store_id,
                "regionId": order.region_id,
                "placedAt": order.placed_at.isoformat(timespec="milliseconds"),
                "lines": [
                    {"sku": one.sku, "productId": one.product_id, "quantity": one.quantity}
                    for one in order.lines
                ],
            },
        )
        for number, step in enumerate(order.steps, 1)
        if number > order.told and step.after == OrderState.PAID
    )
