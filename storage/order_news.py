"""News of orders for those who follow them in this process, from the stream of facts."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence

from domain.kernel.facts import Fact
from domain.mall.fulfilment.step_facts import STEP_FACTS
from domain.mall.orders.order_facts import ORDER_FACTS

HEARD = STEP_FACTS | ORDER_FACTS


class _Ear:
    """One listener: the ids that it has not heard of yet, each once, in order."""

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        self._woken = asyncio.Event()

    def tell(self, order_id: str) -> None:
        self._waiting[order_id] = None
        self._woken.set()

    async def listen(self) -> AsyncIterator[str]:
        while True:
            await self._woken.wait()
            order_id = next(iter(self._waiting))
            del self._waiting[order_id]
            if not self._waiting:
                self._woken.clear()
            yield order_id


class OrderNewsFromFacts:
    """See `OrderNews` in the domain; costs the database nothing, whoever listens."""

    def __init__(self) -> None:
        self._of_order: dict[str, set[_Ear]] = defaultdict(set)
        self._of_store: dict[str, set[_Ear]] = defaultdict(set)

    @contextlib.contextmanager
    def of_order(self, order_id: str) -> Iterator[AsyncIterator[str]]:
        """The order's id, each time that it has changed."""
        with _listening(self._of_order, order_id) as news:
            yield news

    @contextlib.contextmanager
    def of_store(self, store_id: str) -> Iterator[AsyncIterator[str]]:
        """The ids of orders of which a part is, or was, with a store, as they change."""
        with _listening(self._of_store, store_id) as news:
            yield news

    def hear(self, facts: Sequence[Fact]) -> None:
        """Tell those who listen for the orders of these steps, or for their stores."""
        for fact in facts:
            if fact.kind in HEARD:
                order_id = fact.data["orderId"]
                self._tell(self._of_order, order_id, order_id)
                # An order that is not paid is with no store.
                for store_id in fact.data.get("stores", ()):
                    self._tell(self._of_store, store_id, order_id)

    def _tell(self, ears: dict[str, set[_Ear]], key: str, order_id: str) -> None:
        for ear in ears.get(key, ()):
            ear.tell(order_id)


@contextlib.contextmanager
def _listening(ears: dict[str, set[_Ear]], key: str) -> Iterator[AsyncIterator[str]]:
    ear = _Ear()
    ears[key].add(ear)
    try:
        yield ear.listen()
    finally:
        ears[key].discard(ear)
        if not ears[key]:
            del ears[key]
