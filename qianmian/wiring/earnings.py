"""What guides earn."""

from domain.earnings.commission import COMMISSION_FACTS, EarningsPorts, follow_payments
from domain.kernel.facts import Follower
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.mongo.earnings.commissions import MongoCommissions


def earnings_ports(base: Foundation) -> EarningsPorts:
    """Commissions."""
    return EarningsPorts(commissions=base.made(MongoCommissions))


def earnings_followers(base: Foundation, earnings: EarningsPorts) -> tuple[Follower, ...]:
    """What earnings follow."""
    return (
        follower(
            "commissions",
            COMMISSION_FACTS,
            follow_payments,
            earnings,
            forget=base.made(MongoCommissions).forget,
        ),
    )
