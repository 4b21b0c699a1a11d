"""Guides' work: coins and what they buy."""

from functools import partial

from domain.guiding.coins import CoinPorts
from domain.guiding.reward_orders import RewardPorts, finish_reward_orders
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.wiring.wallets import wallet_ports
from storage.advertising_claims import read_claims
from storage.mongo.guiding.coin_rewards import MongoCoinRewards, MongoRewardOrders
from storage.mongo.guiding.guiding_rules import guiding_rules_of
from storage.mongo.kernel.apply_once import MongoApplyOnce
from storage.mongo.people.people import MongoGuides

FINISH_EVERY_S = 5.0


def coin_ports(base: Foundation) -> CoinPorts:
    """Coins of guides."""
    return CoinPorts(
        wallets=wallet_ports(base),
        guides=base.made(MongoGuides),
        rules=base.made(guiding_rules_of),
    )


def reward_ports(base: Foundation) -> RewardPorts:
    """The shop of rewards."""
    return RewardPorts(
        rewards=base.made(MongoCoinRewards),
        stock=MongoApplyOnce(
            base.database, movements="coin_reward_moves", targets="coin_reward_stock"
        ),
        orders=base.made(MongoRewardOrders),
        wallets=wallet_ports(base),
        wording=read_claims(),
    )


def guiding_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to guides' work."""
    return (
        Job(
            name="finishing of orders of rewards",
            work=partial(finish_reward_orders, reward_ports(base)),
            every_s=FINISH_EVERY_S,
        ),
    )
