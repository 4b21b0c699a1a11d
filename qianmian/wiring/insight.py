"""Figures: counters, boards and what they are made of."""

from domain.insight.boards import BoardPorts
from domain.insight.counting import COUNTED_FACTS, CounterPorts, count
from domain.kernel.facts import Follower
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from storage.board_news import BoardNewsFromFacts
from storage.mongo.insight.counters import MongoCases, MongoCounters, MongoRows
from storage.mongo.sharing.share_links import MongoShareLinks


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


def insight_followers(base: Foundation) -> tuple[Follower, ...]:
    """What is counted of facts."""
    forget = base.made(MongoCounters).forget
    return (follower("counters", COUNTED_FACTS, count, counter_ports(base), forget=forget),)
