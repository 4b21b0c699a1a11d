"""Copying changes of stock to the ledger in batches."""

from collections.abc import Sequence

from domain.mall.stock.pools import Change, Pools


class Settling:
    """Gathers the changes of many orders and settles them together.

    What is still waiting when a process ends is settled by whoever sweeps.
    """

    def __init__(self, pools: Pools) -> None:
        self._pools = pools
        self._waiting: list[Change] = []

    async def soon(self, changes: Sequence[Change]) -> None:
        """Settle changes with the next batch."""
        self._waiting += changes

    async def settle_waiting(self) -> None:
        """Settle all that is waiting."""
        batch, self._waiting = self._waiting, []
        await self._pools.settle(batch)
