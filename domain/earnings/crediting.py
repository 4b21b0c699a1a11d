"""Who may see which orders are credited to whom: the guide, their store, the owner, finance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.earnings.line_credits import GUIDES, LineCredit, line_credits
from domain.earnings.order_books import OrderBooks
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedOrder:
    """What somebody may see of the parts in one order, by the terms that were frozen for it."""

    order_id: str
    paid_at: datetime
    rule_version: int
    payable: bool
    matures_at: datetime | None
    credits: tuple[LineCredit, ...]


class CreditedOrders(Protocol):
    """The books of orders by whoever has a part in them."""

    async def of_party(self, party: str, request: PageRequest) -> Page[OrderBooks]:
        """Those of a guide, a selling store or an owner, as `guide:G1`, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditingPorts(Ports):
    """What showing credits needs."""

    credited: CreditedOrders


async def credited_orders(
    ports: CreditingPorts,
    act: Act,
    request: PageRequest,
    *,
    guide_id: str | None = None,
    store_id: str | None = None,
    owner_id: str | None = None,
) -> Page[CreditedOrder]:
    """The paid orders in which a guide, the guides of a selling store, or an owner have a part."""
    if guide_id and not store_id and not owner_id:
        act.viewer.require("credits.see", person=guide_id)
        party = f"guide:{guide_id}"
    elif store_id and not guide_id and not owner_id:
        act.viewer.require("credits.see", store=store_id)
        party = f"store:{store_id}"
    elif owner_id and not guide_id and not store_id:
        act.viewer.require("credits.see", owner=owner_id)
        party = f"owner:{owner_id}"
    else:
        raise Invalid("Ask for one guide, one store or one owner.", field=["guideId"])
    page = await ports.credited.of_party(party, request)
    return page.map(lambda books: _seen_by(party, books))


def parties_of(books: OrderBooks) -> list[str]:
    """Whoever has a part in an order, and the store that sold it."""
    accounts = {one.account for one in line_credits(books) if ":" in one.account}
    store = {f"store:{books.terms.store_id}"} if books.terms and books.terms.store_id else set()
    return sorted(accounts | store)


def _seen_by(party: str, books: OrderBooks) -> CreditedOrder:
    assert books.terms is not None, "nobody has a part in what has no terms"
    assert books.paid_at is not None, "terms come with the payment"
    store = party.startswith("store:")
    return CreditedOrder(
        order_id=books.order_id,
        paid_at=books.paid_at,
        rule_version=books.terms.rule_version,
        payable=books.released_at is not None,
        matures_at=books.matures_at,
        credits=tuple(
            one
            for one in line_credits(books)
            if (one.role in GUIDES if store else one.account == party)
        ),
    )
