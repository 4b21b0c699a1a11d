"""Carts and orders until they are paid."""

import asyncio
from functools import partial

from domain.kernel.facts import Follower
from domain.mall.orders.carts import CartPorts
from domain.mall.orders.order_budgets import BUDGET_FACTS, OrderBudgetPorts, follow_budgets
from domain.mall.orders.order_coupons import (
    COUPON_FACTS,
    OrderCouponPorts,
    follow_orders,
    sweep_coupons,
)
from domain.mall.orders.order_points import (
    POINT_FACTS,
    OrderPointPorts,
    follow_points,
    sweep_points,
)
from domain.mall.orders.placing import OrderPorts
from domain.mall.orders.searching import OrderSearchPorts
from domain.mall.orders.sweeping import OrderSweepPorts, sweep_orders
from domain.members.merging import MemberPorts
from domain.wallets.movements import WalletMovement
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.audiences import trait_ports
from qianmian.wiring.promotions import budget_ports
from qianmian.wiring.wallets import wallet_ports
from storage.concluding import Concluding
from storage.divisions import read_divisions
from storage.mongo.earnings.split_rules import MongoSplitRules
from storage.mongo.kernel.database import Database
from storage.mongo.mall.consumers.consumers import MongoConsumers
from storage.mongo.mall.orders.carts import MongoCarts
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.mall.orders.unpaid import MongoUnpaidBook
from storage.mongo.mall.routing.workload import MongoWorkload
from storage.mongo.mall.stock.outcomes import MongoOutcomes
from storage.mongo.mall.stock.shown import MongoShownStock
from storage.mongo.mall.stock.stock import MongoPools
from storage.mongo.promotions.coupons import MongoCoupons
from storage.mongo.service.bookings import MongoBookings
from storage.mongo.service.service_book import MongoServiceBook
from storage.mongo.service.visits import MongoVisits
from storage.mongo.sharing.touches import MongoTouches
from storage.mongo.wallets.ledger import MongoWalletLedger
from storage.settling import Settling
from storage.turns import Turns

# An unpaid order expires at most this long after its time is up.
SWEEP_EVERY_S = 2.0
# Marks that are not in the ledger yet make their pools slower to write.
SETTLE_EVERY_S = 0.1


def order_ports(base: Foundation) -> OrderPorts:
    """Placing orders."""
    return OrderPorts(
        reference=base.reference,
        divisions=read_divisions(),
        pools=base.made(MongoPools),
        workload=base.made(MongoWorkload),
        settle=base.made(settling_of_stock).soon,
        conclude_points=base.made(concluding_points).soon,
        orders=base.sealed(MongoOrders),
        touches=base.made(MongoTouches),
        pause=asyncio.sleep,
        turns=Turns(),
        unpaid=base.made(MongoUnpaidBook),
        unpaid_orders=base.sealed(MongoOrders),
        wallets=wallet_ports(base),
        budgets=budget_ports(base),
        traits=trait_ports(base),
        consumers=base.sealed(MongoConsumers),
        credit_window=base.made(MongoSplitRules),
        visits=MongoVisits(base.made(MongoServiceBook), base.made(MongoBookings)),
        coupons=base.made(MongoCoupons),
        pay_within=base.settings.pay_within,
    )


def settling_of_stock(database: Database) -> Settling:
    """What copies to the ledger what orders did to stock."""
    return Settling(MongoPools(database))


def concluding_points(database: Database) -> Concluding[WalletMovement]:
    """What puts on record that orders hold points."""
    return Concluding(MongoWalletLedger(database))


def order_search_ports(base: Foundation, members: MemberPorts) -> OrderSearchPorts:
    """Looking for orders."""
    return OrderSearchPorts(orders=base.sealed(MongoOrders), members=members)


def cart_ports(base: Foundation, orders: OrderPorts) -> CartPorts:
    """What buyers mean to order."""
    return CartPorts(carts=base.made(MongoCarts), ordering=orders, stock=base.made(MongoShownStock))


def order_sweep_ports(base: Foundation) -> OrderSweepPorts:
    """What the clock needs of orders."""
    return OrderSweepPorts(
        reference=base.reference,
        orders=base.sealed(MongoOrders),
        pools=base.made(MongoPools),
        outcomes=base.made(MongoOutcomes),
        budgets=budget_ports(base),
    )


def order_coupon_ports(base: Foundation) -> OrderCouponPorts:
    """What the coupons of orders need."""
    return OrderCouponPorts(
        reference=base.reference, orders=base.sealed(MongoOrders), coupons=base.made(MongoCoupons)
    )


def order_point_ports(base: Foundation) -> OrderPointPorts:
    """What the points of orders need."""
    return OrderPointPorts(orders=base.sealed(MongoOrders), wallets=wallet_ports(base))


def order_followers(base: Foundation) -> tuple[Follower, ...]:
    """What the coupons, the points and the budgets of orders follow."""
    coupons, points = order_coupon_ports(base), order_point_ports(base)
    budgets = OrderBudgetPorts(orders=base.sealed(MongoOrders), budgets=budget_ports(base))
    return (
        follower("coupons of orders", COUPON_FACTS, follow_orders, coupons),
        follower("points of orders", POINT_FACTS, follow_points, points, from_the_first=False),
        follower("budgets of orders", BUDGET_FACTS, follow_budgets, budgets, from_the_first=False),
    )


def order_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to orders."""
    ports = order_sweep_ports(base)
    settling, concluding = base.made(settling_of_stock), base.made(concluding_points)
    workload = base.made(MongoWorkload)
    return (
        Job(
            name="settling of stock",
            work=lambda _: settling.settle_waiting(),
            every_s=SETTLE_EVERY_S,
        ),
        Job(
            name="concluding of held points",
            work=lambda _: concluding.conclude_waiting(),
            every_s=SETTLE_EVERY_S,
        ),
        Job(
            name="sweeping of orders",
            work=partial(sweep_orders, ports),
            every_s=SWEEP_EVERY_S,
        ),
        Job(
            name="looking after held coupons",
            work=partial(sweep_coupons, order_coupon_ports(base)),
            every_s=SWEEP_EVERY_S,
        ),
        Job(
            name="looking after held points",
            work=partial(sweep_points, order_point_ports(base)),
            every_s=SWEEP_EVERY_S,
        ),
        Job(
            name="reading of which stores are full",
            work=lambda act: workload.refresh(act.at),
            every_s=SWEEP_EVERY_S,
        ),
    )
