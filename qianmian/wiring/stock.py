"""The stock of regions."""

from domain.mall.stock.holding_back import follow_states
from domain.mall.stock.stocking import StockPorts
from domain.mall.stock.transfers import TransferPorts, sweep_transfers
from domain.network.stores import StoreId, StoreState
from qianmian.clock import Job
from qianmian.foundation import Foundation
from storage.mongo.mall.stock.outcomes import MongoOutcomes
from storage.mongo.mall.stock.safety import MongoSafetyRules
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
    )


def transfer_ports(base: Foundation, stock: StockPorts) -> TransferPorts:
    """Goods on their way between stores."""
    return TransferPorts(
        stocking=stock,
        outcomes=base.made(MongoOutcomes),
        transfers=base.made(MongoTransfers),
    )


def stock_jobs(stock: StockPorts, transfers: TransferPorts) -> tuple[Job, ...]:
    """What the clock does to stock."""
    known: dict[StoreId, StoreState] = {}
    return (
        Job(
            name="holding back of stores that do not sell",
            work=lambda act: follow_states(stock, known, now=act.at, new_id=act.new_id),
            every_s=SWEEP_EVERY_S,
        ),
        Job(
            name="sweeping of transfers",
            work=lambda act: sweep_transfers(transfers, act),
            every_s=SWEEP_EVERY_S,
        ),
    )
