"""What movements of stock call for: shortages are raised, safety rules obeyed."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.kernel.apply_once import Entry, Told, finish_open
from domain.mall.stock.holding_back import hold_back
from domain.mall.stock.ledger import TOLD_BY_TILLS
from domain.mall.stock.pools import Event, Movement
from domain.mall.stock.safety import EVERYTHING
from domain.mall.stock.stocking import StockPorts, raise_shortages
from domain.people.act import Act

MOVES = frozenset({Event.MOVED_OUT, Event.MOVED_IN})


@dataclass(frozen=True, slots=True)
class Heeding:
    """Told of movements before they are concluded, so that what they call for is done for sure."""

    ports: StockPorts
    act: Act

    async def __call__(self, entries: Sequence[Entry[Movement]], /) -> None:
        """Raise the shortages that they have made; ask the rules where a store was new to a SKU."""
        done = [entry.movement for entry in entries]
        fewer = [
            (one.region_id, one.sku, one.delta.store_id)
            for one in done
            if one.event in TOLD_BY_TILLS and one.delta.on_hand < 0
        ]
        await raise_shortages(self.ports, self.act, fewer)
        reference = self.ports.reference.now()
        for one in done:
            if one.delta.safety == EVERYTHING and one.event not in MOVES:
                store = reference.store(one.delta.store_id)
                await hold_back(self.ports, self.act, [store], [one.sku])


def heed(ports: StockPorts, act: Act) -> Told[Movement]:
    """What is to be told of movements."""
    return Heeding(ports, act)


async def finish_movements(ports: StockPorts, act: Act) -> None:
    """Finish the movements that were cut short, with all that they call for."""
    await finish_open(ports.pools.ledger, act.at, first=heed(ports, act))
