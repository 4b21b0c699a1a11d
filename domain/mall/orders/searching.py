"""Looking for orders, as stores and head office do when somebody asks about theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.kernel.days import day_begins, day_ends, read_day
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.mall.orders.order import Order, OrderState
from domain.members.finding import ids_of_phone
from domain.members.merging import MemberPorts
from domain.network.stores import StoreId
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSearch:
    """Which orders: of a storefront, of whoever has a number, or both; days are of Beijing."""

    store_id: str | None = None
    phone: str | None = None
    state: OrderState | None = None
    first_day: str | None = None
    last_day: str | None = None


class SearchedOrders(Protocol):
    """Orders as they are looked for, those excepted that are still being placed."""

    async def searched(
        self,
        buyer_ids: Sequence[PersonId] | None,
        store_id: StoreId | None,
        state: OrderState | None,
        since: datetime | None,
        until: datetime | None,
        request: PageRequest,
    ) -> Page[Order]:
        """The newest first, placed from `since` on and before `until`; None is any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSearchPorts(Ports):
    """Orders, and members by their numbers."""

    orders: SearchedOrders
    members: MemberPorts


async def search(
    ports: OrderSearchPorts, act: Act, wanted: OrderSearch, request: PageRequest
) -> Page[Order]:
    """The orders that are looked for, the newest first; managers look in their own store alone."""
    act.viewer.require("order.search", store=wanted.store_id)
    if not wanted.store_id and wanted.phone is None:
        raise Invalid("Say a storeId, a phone or both.", field=["search", "storeId"])
    if wanted.state is OrderState.PENDING:
        raise Invalid(
            "Nobody is told of an order while it is placed; ask for another state.",
            field=["search", "state"],
        )
    first = _day(wanted.first_day, "firstDay")
    last = _day(wanted.last_day, "lastDay")
    if first and last and last < first:
        raise Invalid("The last day is before the first.", field=["search", "lastDay"])
    buyer_ids: Sequence[PersonId] | None = None
    if wanted.phone is not None:
        buyer_ids = await ids_of_phone(ports.members, act, wanted.phone)
    return await ports.orders.searched(
        buyer_ids,
        StoreId(wanted.store_id) if wanted.store_id else None,
        wanted.state,
        day_begins(first) if first else None,
        day_ends(last) if last else None,
        request,
    )


def _day(text: str | None, name: str) -> date | None:
    return read_day(text, ["search", name]) if text is not None else None
