"""What is seen of members by who looks after them."""

from domain.members.telling import TellingPorts
from domain.service.customers import CustomerPorts
from qianmian.foundation import Foundation
from qianmian.wiring.audiences import trait_ports
from qianmian.wiring.wallets import wallet_ports
from storage.mongo.contact.contact import MongoBonds
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.mongo.mall.orders.carts import MongoCarts
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.members.channel_purchases import MongoChannelPurchases
from storage.mongo.promotions.coupons import MongoCoupons


def customer_ports(base: Foundation, members: TellingPorts) -> CustomerPorts:
    """All that is known of members."""
    return CustomerPorts(
        members=members,
        purchases=base.made(MongoChannelPurchases),
        orders=base.sealed(MongoOrders),
        fulfilments=base.sealed(MongoFulfilments),
        traits=trait_ports(base),
        wallets=wallet_ports(base),
        coupons=base.made(MongoCoupons),
        carts=base.made(MongoCarts),
        reference=base.reference,
        bonds=base.made(MongoBonds),
        records=base.made(MongoRecords),
    )
