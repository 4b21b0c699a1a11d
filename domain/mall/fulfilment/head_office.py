"""What head office does with orders that the rules could not bring to an end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Invalid, OutOfStock, refuse_all
from domain.kernel.states import Cause
from domain.mall.fulfilment import fulfilment_orders
from domain.mall.fulfilment.due_work import advance
from domain.mall.fulfilment.fulfilments import Fulfilment, PartState
from domain.mall.fulfilment.payments import RefundState
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.saving import change
from domain.mall.fulfilment.store_desk import find, said_why
from domain.network.stores import StoreId, StoreState
from domain.people.viewer import Role, Viewer


class ExceptionKind(StrEnum):
    """Why an order waits for head office."""

    NO_STORE_LEFT = "NO_STORE_LEFT"
    NOT_FETCHED = "NOT_FETCHED"
    REFUND_FAILED = "REFUND_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderException:
    """One thing that head office has to decide; `subject` is the id of what it is about."""

    kind: ExceptionKind
    subject: str


def exceptions_of(fulfilment: Fulfilment) -> Iterator[OrderException]:
    """What of an order waits for head office."""
    kinds = {
        PartState.UNASSIGNED: ExceptionKind.NO_STORE_LEFT,
        PartState.UNCLAIMED: ExceptionKind.NOT_FETCHED,
    }
    for part in fulfilment.parts:
        if part.state in kinds:
            yield OrderException(kind=kinds[part.state], subject=part.id)
    for refund in fulfilment.payment.refunds:
        if refund.state is RefundState.FAILED:
            yield OrderException(kind=ExceptionKind.REFUND_FAILED, subject=refund.id)


async def exceptions(
    mall: FulfilmentPorts, viewer: Viewer, request: PageRequest
) -> Page[Fulfilment]:
    """The orders of which something waits for head office, the oldest first."""
    viewer.require(Role.HEAD_OFFICE)
    return await mall.fulfilments.with_exceptions(request)


async def assign(
    mall: FulfilmentPorts,
    viewer: Viewer,
    part_id: str,
    store_id: str | None,
    reason: str,
    *,
    now: datetime,
) -> Fulfilment:
    """Give a part that no store is left for to a store of the region, or route it again.

    Which store it is may have refused before: people have talked. OutOfStock if it lacks goods.
    """
    viewer.require(Role.HEAD_OFFICE)
    fulfilment = await find(mall, viewer, part_id)
    chosen = StoreId(store_id) if store_id else None
    if chosen is not None:
        await _require_goods(mall, fulfilment, part_id, chosen, now)
    act = Cause(actor=viewer.id, at=now, reason=said_why(reason))
    await change(
        mall,
        fulfilment.id,
        lambda found: fulfilment_orders.assign(found, found.part(part_id), chosen, act),
    )
    return await advance(mall, fulfilment.id, now=now)


async def _require_goods(
    mall: FulfilmentPorts, fulfilment: Fulfilment, part_id: str, store_id: StoreId, now: datetime
) -> None:
    part = fulfilment.part(part_id)
    known = await mall.shelves.candidates(fulfilment.region_id, part.units, now=now)
    candidate = next((one for one in known if one.store.id == store_id), None)
    if candidate is None or candidate.store.state is not StoreState.OPEN:
        raise Invalid("Choose an open store of the order's region.", field=["storeId"])
    held = part.held if part.held_at == store_id else {}
    available = {sku: candidate.available.get(sku, 0) + held.get(sku, 0) for sku in part.units}
    refuse_all(
        OutOfStock(
            f"{candidate.store.name} has only {available[sku]} of {sku}; choose another store.",
            sku=sku,
            left=available[sku],
            field=["storeId"],
        )
        for sku, n in sorted(part.units.items())
        if available[sku] < n
    )
