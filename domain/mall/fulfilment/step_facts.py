"""What is said of the steps of an order's payment and fulfilment, to whoever follows."""

from collections.abc import Mapping
from typing import Any

from domain.catalogue.units import Units
from domain.kernel.facts import Fact, FactId, kind_of
from domain.kernel.states import Step
from domain.mall.fulfilment.fulfilments import PART, Fulfilment
from domain.mall.fulfilment.payments import PAYMENT, REFUND, RefundState
from domain.mall.fulfilment.returning import find
from domain.mall.fulfilment.returns import RETURN

STEP_FACTS = frozenset(
    kind_of(machine.kind, state)
    for machine in (PAYMENT, REFUND, RETURN, PART)
    for state in machine.next
)


def step_fact_id(order_id: str, number: int) -> FactId:
    """The id of the fact of an order's step, counted from 1."""
    return FactId(f"fulfilment:{order_id}:{number}")


def facts_of(fulfilment: Fulfilment) -> tuple[Fact, ...]:
    """A fact for each step that was taken since the last save, such as `payment.paid`."""
    return tuple(_fact(fulfilment, i) for i in range(fulfilment.told, len(fulfilment.history)))


def _fact(fulfilment: Fulfilment, number: int) -> Fact:
    step = fulfilment.history[number]
    stores = {part.store_id for part in fulfilment.parts if part.store_id is not None}
    return Fact(
        id=step_fact_id(fulfilment.id, number + 1),
        subject=f"fulfilment:{fulfilment.id}",
        kind=kind_of(step.kind, step.after),
        at=step.at,
        data={
            "orderId": fulfilment.id,
            "sequence": number + 1,
            "of": step.subject,
            "before": step.before,
            "after": step.after,
            "reason": step.reason,
            "stores": sorted(stores),
            "details": _details(fulfilment, step),
            **_money(fulfilment, number),
        },
    )


def _details(fulfilment: Fulfilment, step: Step) -> Mapping[str, Any]:
    if step.kind == PAYMENT.kind:
        return {"amountFen": fulfilment.payment.amount}
    if step.kind == REFUND.kind:
        refund = next(one for one in fulfilment.payment.refunds if one.id == step.subject)
        return {"amountFen": refund.amount}
    if step.kind == RETURN.kind:
        found = find(fulfilment, step.subject)
        return {
            "storeId": found.store_id,
            "units": _rows(found.units),
            "buyerId": fulfilment.buyer_id,
            "parcelRefused": found.parcel_refused,
        }
    if step.kind == PART.kind:
        part = fulfilment.part(step.subject)
        return {
            "storeId": part.store_id,
            "units": _rows(part.units),
            "carrier": part.carrier,
            "trackingNumber": part.tracking_number,
        }
    return {}


def _money(fulfilment: Fulfilment, number: int) -> Mapping[str, Any]:
    """Of payments and refunds, who buys and who is credited, and what was given back by then."""
    step, payment, credit = fulfilment.history[number], fulfilment.payment, fulfilment.credit
    if step.kind not in (PAYMENT.kind, REFUND.kind):
        return {}
    given_back = {
        one.subject
        for one in fulfilment.history[: number + 1]
        if one.kind == REFUND.kind and one.after == RefundState.DONE
    }
    return {
        "cause": payment.transaction_id if step.kind == PAYMENT.kind else step.subject,
        "buyerId": fulfilment.buyer_id,
        "paidAt": payment.paid_at.isoformat() if payment.paid_at else None,
        "guideId": credit.guide_id if credit else None,
        "paidFen": payment.amount,
        "refundedFen": sum(one.amount for one in payment.refunds if one.id in given_back),
    }


def _rows(units: Units) -> list[Mapping[str, Any]]:
    """Units as rows, since a SKU may have a dot in it, which a name may not."""
    return [{"sku": sku, "quantity": quantity} for sku, quantity in units.items()]
