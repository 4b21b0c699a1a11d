"""Offers and shipping fees."""

from domain.promotions.offering import PromotionPorts
from qianmian.foundation import Foundation
from storage.advertising_claims import read_claims
from storage.mongo.kernel.records import MongoRecords


def promotion_ports(base: Foundation) -> PromotionPorts:
    """Promotions and their writing."""
    return PromotionPorts(
        source=base.reference,
        writer=base.reference,
        catalogue=base.reference,
        directory=base.reference,
        records=base.made(MongoRecords),
        wording=read_claims(),
    )
