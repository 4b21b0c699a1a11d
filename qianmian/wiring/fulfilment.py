"""Payment and fulfilment."""

import secrets
from functools import partial

from domain.kernel.facts import Follower
from domain.mall.fulfilment.channel_orders import (
    REFUND_FACTS,
    ChannelOrderPorts,
    follow_refunds,
)
from domain.mall.fulfilment.due_work import sweep_fulfilments
from domain.mall.fulfilment.news import OrderNews
from domain.mall.fulfilment.pickup import new_pickup_code
from domain.mall.fulfilment.placed_orders import PlacedOrders
from domain.mall.fulfilment.ports import BeforeRefunds, FulfilmentPorts
from domain.mall.fulfilment.reporting import (
    SHIPPING_FACTS,
    ReportingPorts,
    note_shipments,
    report_shipments,
)
from domain.mall.fulfilment.rerouting import ReroutingPorts, attend_shortages
from domain.mall.fulfilment.stock_shelves import StockShelves
from domain.mall.orders.placing import OrderPorts
from domain.mall.stock.stocking import StockPorts
from qianmian.clock import Job, new_id, now
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.members import channel_purchase_ports
from qianmian.wiring.wechat_pay import wechat_pay_account
from storage.mongo.kernel.migrating import Migration, Phase
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.mongo.mall.fulfilment.return_policies import MongoReturnPolicies
from storage.mongo.mall.fulfilment.sandbox_payments import SandboxPayments
from storage.mongo.mall.fulfilment.stray_payments import MongoStrayPayments
from storage.mongo.mall.stock.outcomes import MongoOutcomes
from storage.mongo.people.people import MongoMembers
from storage.outside.wechat_pay import WechatPay
from storage.outside.wechat_shipping import WechatShipping

SWEEP_EVERY_S = 2.0


def fulfilment_ports(
    base: Foundation,
    stock: StockPorts,
    orders: OrderPorts,
    news: OrderNews,
    before: BeforeRefunds | None,
) -> FulfilmentPorts:
    """Money moves in a sandbox where no merchant is configured."""
    account = wechat_pay_account(base)
    wechat_pay = WechatPay(base.http, account, now=now) if account else None
    sandbox = SandboxPayments(base.database, base.settings.public_url)
    return FulfilmentPorts(
        fulfilments=base.sealed(MongoFulfilments),
        orders=PlacedOrders(ordering=orders),
        shelves=StockShelves(
            stocking=stock,
            outcomes=base.made(MongoOutcomes),
            workload=orders.workload,
            new_id=new_id,
        ),
        provider=wechat_pay or sandbox,
        strays=base.made(MongoStrayPayments),
        return_policies=base.made(MongoReturnPolicies),
        members=base.made(MongoMembers),
        directory=base.reference,
        news=news,
        new_pickup_code=partial(new_pickup_code, secrets.choice),
        records=base.made(MongoRecords),
        notices=wechat_pay,
        sandbox=None if wechat_pay else sandbox,
        before_refunds=before,
    )


def queueing_of_returns(base: Foundation) -> Migration:
    """Lists the returns of orders that were written before returns were listed."""
    fulfilments = base.sealed(MongoFulfilments)
    return Migration(
        number=2, name="returns_in_queues", phase=Phase.MIGRATE, work=fulfilments.queue_again
    )


def channel_order_ports(
    base: Foundation, orders: OrderPorts, fulfilment: FulfilmentPorts
) -> ChannelOrderPorts:
    """Orders of other shops, which stores send or hand over."""
    return ChannelOrderPorts(
        purchases=channel_purchase_ports(base), ordering=orders, fulfilling=fulfilment
    )


def channel_order_followers(ports: ChannelOrderPorts) -> tuple[Follower, ...]:
    """What channels pay back is not sent any more."""
    return (follower("channel orders", REFUND_FACTS, follow_refunds, ports, from_the_first=False),)


def fulfilment_jobs(stock: StockPorts, fulfilment: FulfilmentPorts) -> tuple[Job, ...]:
    """What the clock does to payments and fulfilment orders."""
    rerouting = ReroutingPorts(stocking=stock, fulfilling=fulfilment)
    return (
        Job(
            name="passing on of orders whose units are missing",
            work=partial(attend_shortages, rerouting),
            every_s=SWEEP_EVERY_S,
        ),
        Job(
            name="sweeping of fulfilment",
            work=partial(sweep_fulfilments, fulfilment),
            every_s=SWEEP_EVERY_S,
        ),
    )


def reporting_ports(base: Foundation) -> ReportingPorts | None:
    """Telling WeChat of shipments; None where WeChat takes no payments, or somebody else tells."""
    settings = base.settings
    if not (settings.wechat and settings.wechat_pay and settings.reports_shipping):
        return None
    return ReportingPorts(
        fulfilments=base.sealed(MongoFulfilments),
        members=base.made(MongoMembers),
        reporter=WechatShipping(base.wechat_token(settings.wechat)),
    )


def reporting_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock tells WeChat."""
    ports = reporting_ports(base)
    if ports is None:
        return ()
    work = partial(report_shipments, ports)
    return (Job(name="reporting of shipments", work=work, every_s=SWEEP_EVERY_S),)


def fulfilment_followers(base: Foundation) -> tuple[Follower, ...]:
    """What fulfilment follows. What was shipped before it began to has been told by others."""
    ports = reporting_ports(base)
    if ports is None:
        return ()
    return (
        follower("shipping reports", SHIPPING_FACTS, note_shipments, ports, from_the_first=False),
    )
