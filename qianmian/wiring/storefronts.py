"""Storefronts, and the consumers who come into them."""

from functools import partial

from domain.kernel.ids import PersonId
from domain.mall.consumers.remembering import ConsumerPorts
from domain.mall.orders.carts import take_over
from domain.mall.storefronts.arranging import LayerPorts
from domain.mall.storefronts.nearby import NearbyPorts
from domain.mall.storefronts.pages import StorefrontPorts
from domain.members.merging import MemberPorts
from domain.network.directory import NetworkPorts
from domain.sharing.link_facts import touches_taken
from qianmian.clock import now
from qianmian.foundation import Foundation
from qianmian.wiring.audiences import trait_ports
from storage.advertising_claims import read_claims
from storage.mongo.audiences.rule_book import MongoMemberRuleBook
from storage.mongo.earnings.split_rules import MongoSplitRules
from storage.mongo.kernel.uses import MongoUses
from storage.mongo.mall.consumers.consumers import MongoConsumers
from storage.mongo.mall.fulfilment.fulfilments import MongoFulfilments
from storage.mongo.mall.orders.carts import MongoCarts
from storage.mongo.mall.orders.orders import MongoOrders
from storage.mongo.mall.stock.shown import MongoShownStock
from storage.mongo.mall.storefronts.layers import MongoLayers
from storage.mongo.mall.storefronts.store_best_sellers import MongoStoreBestSellers
from storage.mongo.media.assets import MongoAssets
from storage.mongo.people.people import MongoGuides
from storage.mongo.sharing.touches import MongoTouches


def consumer_ports(base: Foundation, members: MemberPorts, network: NetworkPorts) -> ConsumerPorts:
    """What is remembered of consumers, and what moves along when a visitor signs in."""
    return ConsumerPorts(
        consumers=base.sealed(MongoConsumers),
        directory=base.reference,
        catalogue=base.reference,
        divisions=network.divisions,
        members=members,
        belongings=[
            partial(_take_touches, base.made(MongoTouches)),
            base.sealed(MongoOrders).hand_over,
            base.sealed(MongoFulfilments).hand_over,
            partial(take_over, base.made(MongoCarts)),
        ],
    )


async def _take_touches(touches: MongoTouches, visitor_id: PersonId, member_id: PersonId) -> None:
    taken = touches_taken(visitor_id, member_id, now())
    await touches.hand_over(visitor_id, member_id, [taken])


def layer_ports(base: Foundation) -> LayerPorts:
    """Arranging storefronts."""
    return LayerPorts(
        reference=base.reference,
        layers=MongoLayers(base.database, base.reference),
        pictures=base.made(MongoAssets),
        uses=base.made(MongoUses),
        claims=read_claims(),
        members=base.made(MongoMemberRuleBook),
        workers=base.workers,
    )


def nearby_ports(base: Foundation) -> NearbyPorts:
    """Stores near a consumer."""
    return NearbyPorts(reference=base.reference, stock=base.made(MongoShownStock))


def storefront_ports(base: Foundation, layers: LayerPorts) -> StorefrontPorts:
    """Showing storefronts."""
    return StorefrontPorts(
        reference=base.reference,
        layers=layers.layers,
        stock=base.made(MongoShownStock),
        best_selling=base.made(MongoStoreBestSellers),
        traits=trait_ports(base),
        touches=base.made(MongoTouches),
        credit_window=base.made(MongoSplitRules),
        guides=base.made(MongoGuides),
    )
