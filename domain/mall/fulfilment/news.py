"""Hearing of orders while they go on."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Protocol


class OrderNews(Protocol):
    """Tells that something of an order has changed, whoever changed it in whichever process.

    Many changes in a row may be told as one. The news begins where the block is entered; whoever
    looks the order up after that misses nothing.
    """

    def of_order(self, order_id: str) -> AbstractContextManager[AsyncIterator[str]]:
        """The order's id, each time that it has changed."""

    def of_store(self, store_id: str) -> AbstractContextManager[AsyncIterator[str]]:
        """The ids of orders of which a part is, or was, with a store, as they change."""
