"""Placed orders as payment and fulfilment see them."""

from dataclasses import dataclass

from domain.kernel.ids import NewId
from domain.kernel.refusals import Conflict
from domain.kernel.states import Cause
from domain.mall.fulfilment.fulfilments import OrderedLine
from domain.mall.fulfilment.ports import Payable
from domain.mall.orders import placing as ordering
from domain.mall.orders.order import Order, OrderState, cancelled, paid, revived
from domain.mall.orders.ordered_units import release
from domain.mall.orders.placing import OrderPorts
from domain.mall.routing.routing import Decision
from domain.mall.stock.pools import OrderId, promise

MOST_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrders:
    """The orders that payment sees; see `domain.mall.fulfilment.ports.PayableOrders`."""

    mall: OrderPorts
    new_id: NewId

    async def payable(self, id: str) -> Payable | None:
        """The order of this id."""
        order = await self.mall.orders.by_id(OrderId(id))
        return _payable(order) if order and order.state is not OrderState.PENDING else None

    async def settle(self, id: str, act: Cause) -> Decision | None:
        """Mark the order paid and answer which store gives what; again, it is the same answer.

        One that expired is revived if its units can still be had, else the answer is None.
        """
        for _ in range(MOST_TRIES):
            order = await self.mall.orders.by_id(OrderId(id))
            if order is None or order.state is OrderState.CANCELLED:
                return None
            if order.state is OrderState.PAID:
                return order.decision
            try:
                if order.state is OrderState.EXPIRED:
                    return await self._revive(await self._all_given_back(order, act), act)
                return (await self.mall.orders.save(paid(order, act))).decision
            except Conflict:
                continue
        raise Conflict("Others are changing this order at the same time; try again in a moment.")

    async def cancel(self, id: str, act: Cause) -> bool:
        """Call off an order that is not paid and give its units back; tell whether it is off."""
        orders = self.mall.orders
        order = await orders.by_id(OrderId(id))
        if order is None or order.state is not OrderState.PLACED:
            return order is not None and order.state is OrderState.CANCELLED
        try:
            release_id = self.new_id("release")
            saved = await orders.save(cancelled(order, act, release_id=release_id))
        except Conflict:
            return False
        await release(self.mall.pools, self.mall.reference.now(), orders, saved, act)
        return True

    async def _all_given_back(self, order: Order, act: Cause) -> Order:
        """An ended order whose units are free again, so that it may have them itself."""
        if order.release is None:
            return order
        mall = self.mall
        await release(mall.pools, mall.reference.now(), mall.orders, order, act)
        return await mall.orders.by_id(order.id) or order

    async def _revive(self, order: Order, act: Cause) -> Decision | None:
        """Reserve the units of an expired order anew; None where they are gone."""
        decision = await ordering.plan(
            self.mall,
            region_id=order.region_id,
            units=order.units,
            destination=order.destination,
            pickup_store_id=order.pickup_store_id,
            now=act.at,
        )
        if decision.short:
            return None
        pools = self.mall.pools
        changes = promise(
            id=self.new_id("promise"),
            attempt=self.new_id("try"),
            region_id=order.region_id,
            order_id=order.id,
            at=act.at,
            actor=act.actor,
            shares={share.store_id: share.units for share in decision.shares},
            tentative=True,
        )
        taken = await pools.take(changes)
        if len(taken) < len(changes):
            await pools.undo(taken)
            raise Conflict("Others were faster; plan again.")
        try:
            await self.mall.orders.save(revived(order, decision, changes[0].id, act))
        except Conflict:
            await pools.undo(taken)
            raise
        await pools.settle(taken)
        return decision


def _payable(order: Order) -> Payable:
    return Payable(
        id=order.id,
        buyer_id=order.buyer_id,
        region_id=order.region_id,
        lines=tuple(
            OrderedLine(
                sku=line.sku,
                quantity=line.quantity,
                price=line.price,
                name=line.name,
                options=line.options,
            )
            for line in order.lines
        ),
        total=order.total,
        expires_at=order.expires_at,
        open=order.state is OrderState.PLACED,
        recipient=order.recipient,
        destination=order.destination,
        pickup_store_id=order.pickup_store_id,
        credit=order.credit,
    )
