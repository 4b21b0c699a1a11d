"""What is seen of members by who looks after them, and erasing them."""

from functools import partial

from domain.content.bank import ContentPorts
from domain.kernel.facts import Follower
from domain.members.telling import TellingPorts
from domain.service.customers import CustomerPorts
from domain.service.erasing import ErasingPorts, finish_erasures
from domain.service.listing_members import LISTED_FACTS, list_members
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.audiences import trait_ports
from qianmian.wiring.wallets import wallet_ports
from storage.mongo.contact.contact import MongoBonds
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.mongo.mall.orders.carts import MongoCarts
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.members.channel_purchases import MongoChannelPurchases
from storage.mongo.promotions.coupons import MongoCoupons
from storage.mongo.service.bookings import MongoBookings
from storage.mongo.service.personal_data import MongoErasures, MongoPersonalData
from storage.mongo.service.store_lists import MongoStoreLists

ERASE_EVERY_S = 60.0


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
        bookings=base.made(MongoBookings),
        lists=base.made(MongoStoreLists),
        records=base.made(MongoRecords),
    )


def customer_followers(base: Foundation, members: TellingPorts) -> tuple[Follower, ...]:
    """What lists of members follow."""
    ports = customer_ports(base, members)
    return (follower("lists of members", LISTED_FACTS, list_members, ports),)


def erasing_ports(base: Foundation, members: TellingPorts, content: ContentPorts) -> ErasingPorts:
    """All that is kept of members."""
    return ErasingPorts(
        members=members,
        kept=MongoPersonalData(base.database, base.phones),
        erasures=base.made(MongoErasures),
        content=content,
        records=base.made(MongoRecords),
    )


def erasing_jobs(ports: ErasingPorts) -> tuple[Job, ...]:
    """What the clock does about members who are erased."""
    return (
        Job(
            name="erasing of members",
            work=partial(finish_erasures, ports),
            every_s=ERASE_EVERY_S,
        ),
    )
