"""The stock of regions."""

import asyncio

from domain.kernel.facts import Follower
from domain.mall.stock.heeding import finish_movements
from domain.mall.stock.holding_back import follow_states, look_again
from domain.mall.stock.moving import MovePorts, sweep_moves
from domain.mall.stock.recategorising import CATEGORY_FACTS, follow_categories
from domain.mall.stock.reconciling import ReconcilePorts
from domain.mall.stock.stocking import StockPorts
from domain.mall.stock.transferring import TransferPorts, sweep_transfers
from domain.network.directory import NetworkPorts
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.network import network_ports
from storage.mongo.mall.fulfilment.promises import MongoPromises
from storage.mongo.mall.stock.books import MongoBooks
from storage.mongo.mall.stock.moves import MongoStoreMoves
from storage.mongo.mall.stock.outcomes import MongoOutcomes
from storage.mongo.mall.stock.safety import MongoAppliedStates, MongoSafetyDoubts, MongoSafetyRules
from storage.mongo.mall.stock.shortages import MongoShortages
from storage.mongo.mall.stock.stock import MongoPools
from storage.mongo.mall.stock.transfers import MongoTransfers

SWEEP_EVERY_S = 2.0


def stock_ports(base: Foundation) -> StockPorts:
    """Feeding and keeping stock."""
    return StockPorts(
        reference=base.reference,
        pools=base.made(MongoPools),
        safety=base.made(MongoSafetyRules),
        shortages=base.made(MongoShortages),
        applied=base.made(MongoAppliedStates),
        doubts=base.made(MongoSafetyDoubts),
    )


def move_ports(base: Foundation, network: NetworkPorts, stock: StockPorts) -> MovePorts:
    """Stores on their way between regions."""
    return MovePorts(network=network, stocking=stock, moves=base.made(MongoStoreMoves))


def transfer_ports(base: Foundation, stock: StockPorts) -> TransferPorts:
    """Goods on their way between stores."""
    return TransferPorts(
        stocking=stock,
        outcomes=base.made(MongoOutcomes),
        transfers=base.made(MongoTransfers),
        pause=asyncio.sleep,
    )


def reconcile_ports(base: Foundation) -> ReconcilePorts:
    """Recomputing what stores have."""
    return ReconcilePorts(
        books=base.made(MongoBooks),
        promises=base.made(MongoPromises),
        moving=move_ports(base, network_ports(base), stock_ports(base)),
    )


def stock_followers(stock: StockPorts) -> tuple[Follower, ...]:
    """What stock follows."""
    return (follower("safety by category", CATEGORY_FACTS, follow_categories, stock),)


def stock_jobs(stock: StockPorts, transfers: TransferPorts, moves: MovePorts) -> tuple[Job, ...]:
    """What the clock does to stock."""
    return (
        Job(
            name="finishing of movements",
            work=lambda act: finish_movements(stock, act),
            every_s=SWEEP_EVERY_S,
        ),
        Job(
            name="holding back of stores that do not sell",
            work=lambda act: follow_states(stock, act),
            every_s=SWEEP_EVERY_S,
        ),
        Job(
            name="holding back what rules say, after a crash",
            work=lambda act: look_again(stock, act),
            every_s=SWEEP_EVERY_S,
        ),
        Job(
            name="sweeping of transfers",
            work=lambda act: sweep_transfers(transfers, act),
            every_s=SWEEP_EVERY_S,
        ),
        Job(
            name="sweeping of moves",
            work=lambda act: sweep_moves(moves, act),
            every_s=SWEEP_EVERY_S,
        ),
    )
