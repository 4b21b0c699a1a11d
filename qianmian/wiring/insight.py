"""Figures: counters, boards and what they are made of."""

from functools import partial

from domain.guiding.running_contests import ContestPorts
from domain.insight.boards import BoardPorts
from domain.insight.contest_boards import ContestBoardPorts
from domain.insight.counting import COUNTED_FACTS, CounterPorts, count
from domain.insight.outcomes import OUTCOME_FACTS, OutcomePorts, count_cohorts, follow_outcomes
from domain.insight.stock_board import StockBoardPorts
from domain.insight.touchpoint_tests import TrialPorts, take_looks
from domain.insight.touchpoints import TouchpointPorts
from domain.kernel.facts import Follower
from domain.sharing.shareable import SharingPorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.board_news import BoardNewsFromFacts
from storage.mongo.contact.contact import MongoWays
from storage.mongo.insight.contest_rows import MongoContestRows
from storage.mongo.insight.counters import MongoCases, MongoCounters, MongoRows
from storage.mongo.insight.outcomes import (
    MongoDeeds,
    MongoEntries,
    MongoTouchpoints,
    MongoTouchpointTests,
)
from storage.mongo.insight.sold_out import MongoSoldOut
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.sharing.share_links import MongoShareLinks

COUNT_COHORTS_EVERY_S = 2.0
LOOK_EVERY_S = 30.0


def counter_ports(base: Foundation) -> CounterPorts:
    """What is counted."""
    return CounterPorts(
        cases=base.made(MongoCases),
        rows=base.made(MongoRows),
        counters=base.made(MongoCounters),
        links=base.made(MongoShareLinks),
        directory=base.reference,
    )


def board_ports(base: Foundation, news: BoardNewsFromFacts) -> BoardPorts:
    """Boards."""
    return BoardPorts(counting=counter_ports(base), news=news)


def stock_board_ports(base: Foundation) -> StockBoardPorts:
    """The stock board."""
    return StockBoardPorts(
        sold_out=base.made(MongoSoldOut), catalogue=base.reference, directory=base.reference
    )


def contest_board_ports(base: Foundation, contesting: ContestPorts) -> ContestBoardPorts:
    """Boards of contests."""
    return ContestBoardPorts(contesting=contesting, rows=base.made(MongoContestRows))


def outcome_ports(base: Foundation) -> OutcomePorts:
    """Who came by touchpoints and tests, and what they did."""
    return OutcomePorts(people=base.made(MongoDeeds), entries=base.made(MongoEntries))


def touchpoint_ports(base: Foundation, sharing: SharingPorts) -> TouchpointPorts:
    """Touchpoints."""
    return TouchpointPorts(
        touchpoints=base.made(MongoTouchpoints),
        ways=base.made(MongoWays),
        sharing=sharing,
        outcomes=outcome_ports(base),
    )


def trial_ports(base: Foundation) -> TrialPorts:
    """Tests of what people meet."""
    return TrialPorts(
        tests=base.made(MongoTouchpointTests),
        outcomes=outcome_ports(base),
        records=base.made(MongoRecords),
    )


def insight_followers(base: Foundation) -> tuple[Follower, ...]:
    """What is counted of facts."""
    ports = outcome_ports(base)
    return (
        follower(
            "counters",
            COUNTED_FACTS,
            count,
            counter_ports(base),
            forget=base.made(MongoCounters).forget,
        ),
        follower(
            "outcomes",
            OUTCOME_FACTS,
            follow_outcomes,
            ports,
            forget=base.made(MongoEntries).forget,
        ),
    )


def insight_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to figures."""
    return (
        Job(
            name="counting of cohorts",
            work=partial(count_cohorts, outcome_ports(base)),
            every_s=COUNT_COHORTS_EVERY_S,
        ),
        Job(
            name="looks at tests",
            work=partial(take_looks, trial_ports(base)),
            every_s=LOOK_EVERY_S,
        ),
    )
