"""Wallets: points, what earns them, and what the clock does to them."""

from functools import partial

from domain.audiences.spending import RatesOfLevels
from domain.kernel.facts import Follower
from domain.wallets.carrying import MERGE_FACTS, follow_merges
from domain.wallets.earning import EARNING_FACTS, follow_orders
from domain.wallets.keeping import tend_wallets
from domain.wallets.ports import WalletPorts
from qianmian.clock import Job, now
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.mongo.audiences.rule_book import MongoMemberRuleBook
from storage.mongo.audiences.traits import MongoTraits
from storage.mongo.members.merges import MongoMerges
from storage.mongo.people.people import MongoMembers
from storage.mongo.people.sessions import MongoTallies
from storage.mongo.wallets.ledger import MongoWalletLedger
from storage.mongo.wallets.points_rules import points_rules_of
from storage.mongo.wallets.wallets import MongoTillCodes, MongoWallets

TEND_EVERY_S = 5.0


def wallet_ports(base: Foundation) -> WalletPorts:
    """Wallets of points."""
    return WalletPorts(
        ledger=base.made(MongoWalletLedger),
        wallets=base.made(MongoWallets),
        rules=base.made(points_rules_of),
        rates=RatesOfLevels(base.made(MongoTraits), base.made(MongoMemberRuleBook), now),
        codes=base.made(MongoTillCodes),
        merges=base.made(MongoMerges),
        members=base.made(MongoMembers),
        tallies=base.made(MongoTallies),
    )


def wallet_followers(base: Foundation) -> tuple[Follower, ...]:
    """What wallets follow. What was paid before there were points earns none."""
    ports = wallet_ports(base)
    return (
        follower("points", EARNING_FACTS, follow_orders, ports, from_the_first=False),
        follower("points of merged members", MERGE_FACTS, follow_merges, ports),
    )


def wallet_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to wallets."""
    work = partial(tend_wallets, wallet_ports(base))
    return (Job(name="ripening and lapsing of points", work=work, every_s=TEND_EVERY_S),)
