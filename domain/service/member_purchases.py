"""What a member bought, in the mall and elsewhere, in one list by time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.catalogue import Catalogue, Sku
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from domain.mall.fulfilment.fulfilments import Fulfilment
from domain.mall.fulfilment.payments import RefundState
from domain.mall.orders.order import Order
from domain.members.channel_purchases import ChannelPurchase
from domain.members.telling import KnownMember
from domain.people.act import Act
from domain.service.customers import CustomerPorts, looked_at, write_down

MALL = "MALL"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtLine:
    """Units of one thing; `name` as it was bought, or as the catalogue has it, if it does."""

    sku: str
    name: str | None
    quantity: int
    paid: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPurchase:
    """One purchase, of the mall (its number is the order's id) or of another channel."""

    id: str
    channel: str
    number: str
    at: datetime
    store_id: str | None
    guide_id: str | None
    lines: tuple[BoughtLine, ...]
    paid: Fen
    refunded: Fen


async def member_purchases(
    ports: CustomerPorts, act: Act, member_id: str, request: PageRequest
) -> Page[MemberPurchase]:
    """What a member bought, the newest first; for themselves and who may look at them."""
    seen = await looked_at(ports, act, member_id)
    page = await purchases_of(ports, act, seen, request)
    await write_down(ports, act, "memberPurchases", seen)
    return page


async def purchases_of(
    ports: CustomerPorts, act: Act, seen: KnownMember, request: PageRequest
) -> Page[MemberPurchase]:
    """Orders that were paid and purchases elsewhere, of all who lead to a member, by time.

    Both lists go on from one cursor, a moment and an id, so each page is the first of both.
    """
    orders = await ports.orders.paid_by(seen.ids, request)
    others = await ports.purchases.of_members(seen.ids, request)
    fulfilments = await ports.fulfilments.by_ids([one.id for one in orders.items])
    catalogue = ports.reference.catalogue()
    both = [
        *(
            (cursor, _ordered(one, fulfilments))
            for cursor, one in zip(orders.cursors, orders.items, strict=True)
        ),
        *(
            (cursor, _elsewhere(one, catalogue))
            for cursor, one in zip(others.cursors, others.items, strict=True)
        ),
    ]
    both.sort(key=lambda one: (one[1].at, one[1].id), reverse=True)
    shown = both[: request.first]
    return Page(
        items=[one for _, one in shown],
        cursors=[cursor for cursor, _ in shown],
        has_next=len(both) > len(shown) or orders.has_next or others.has_next,
        total=orders.total + others.total,
    )


def _ordered(order: Order, fulfilments: Mapping[str, Fulfilment]) -> MemberPurchase:
    found = fulfilments.get(order.id)
    refunds = found.payment.refunds if found else ()
    return MemberPurchase(
        id=order.id,
        channel=MALL,
        number=order.id,
        at=order.placed_at,
        store_id=order.store_id,
        guide_id=order.credit.guide_id if order.credit else None,
        lines=tuple(
            BoughtLine(sku=one.sku, name=one.name, quantity=one.quantity, paid=one.payable)
            for one in order.lines
        ),
        paid=order.total,
        refunded=Fen(sum(one.amount for one in refunds if one.state is RefundState.DONE)),
    )


def _elsewhere(purchase: ChannelPurchase, catalogue: Catalogue) -> MemberPurchase:
    bought = purchase.bought
    assert bought is not None, "nobody is known to have bought what was not told"
    return MemberPurchase(
        id=purchase.id,
        channel=purchase.channel,
        number=purchase.number,
        at=purchase.at,
        store_id=bought.store_id,
        guide_id=bought.guide_id,
        lines=tuple(
            BoughtLine(
                sku=one.sku,
                name=name_of(catalogue, one.sku),
                quantity=one.quantity,
                paid=one.paid,
            )
            for one in bought.lines
        ),
        paid=bought.paid,
        refunded=purchase.refunded,
    )


def name_of(catalogue: Catalogue, sku: str) -> str | None:
    """What a SKU is called; None for a code that the catalogue does not have."""
    found = catalogue.variants.get(Sku(sku))
    return found[0].name if found else None
