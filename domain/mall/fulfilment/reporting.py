"""Telling WeChat of what is on its way or handed over, by the facts that say so."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from domain.catalogue.units import Units
from domain.kernel.each import each
from domain.kernel.facts import Batch, kind_of
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, Unavailable, WrongState
from domain.mall.fulfilment.fulfilments import DONE, PART, Fulfilment, PartState
from domain.mall.fulfilment.payments import PaymentState
from domain.mall.fulfilment.ports import FulfilmentPorts, Fulfilments
from domain.mall.fulfilment.saving import change, load
from domain.mall.fulfilment.shipping_reports import (
    Parcel,
    Shipment,
    ShipmentReporter,
    ShippingReport,
    ShippingReports,
)
from domain.people.accounts import Members
from domain.people.act import Act

SHIPPING_FACTS = frozenset(kind_of(PART.kind, one) for one in (*DONE, PartState.CANCELLED))

LEASE = timedelta(seconds=60)
MOST_AT_ONCE = 20
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)
# What WeChat has not taken for so long, people have to look at.
GIVEN_UP_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingPorts(Ports):
    """What telling WeChat of shipments needs."""

    fulfilments: Fulfilments
    members: Members
    reporter: ShipmentReporter


async def note_shipments(ports: ReportingPorts, act: Act, batch: Batch) -> None:
    """Note what WeChat is to be told of the orders that facts are about; again, it is the same."""
    for order_id in dict.fromkeys(fact.data["orderId"] for fact in batch.facts):
        await change(ports.fulfilments, order_id, partial(with_due, at=act.at))


async def report_shipments(ports: ReportingPorts, act: Act) -> int:
    """Tell WeChat what is due; tells of how many orders that was."""
    due = await ports.fulfilments.claim_reports(act.at, until=act.at + LEASE, most=MOST_AT_ONCE)
    return await each(due, partial(report, ports, act))


async def report(ports: ReportingPorts, act: Act, order_id: str) -> None:
    """Tell WeChat what it is to be told next of an order."""
    fulfilment = await load(ports.fulfilments, order_id)
    due = fulfilment.reports.due
    if due is None or due.next_at is None:
        return
    rule = partial(told, report=due, at=act.at)
    if fulfilment.payment.state is not PaymentState.REFUNDED:
        member = await ports.members.by_id(fulfilment.buyer_id)
        payer = fulfilment.payment.payer or (member and member.openid) or ""
        try:
            await ports.reporter.report(shipment(fulfilment, due, payer))
        except (Unavailable, Invalid) as fault:
            over = isinstance(fault, Invalid) or act.at - due.at >= GIVEN_UP_AFTER
            rule = partial(failed, report=due, said=fault.message, at=None if over else act.at)
    await change(ports.fulfilments, order_id, rule)


async def report_again(
    ports: FulfilmentPorts, act: Act, order_id: str, carrier_code: str | None
) -> Fulfilment:
    """Have a report sent again that WeChat did not take; `carrier_code` is for its parcels."""
    act.viewer.require("fulfilment.assign")
    if carrier_code is not None and not (carrier_code.isascii() and carrier_code.isalnum()):
        raise Invalid("Give WeChat's code of the carrier, such as SF.", field=["carrierCode"])

    def again(found: Fulfilment) -> Fulfilment:
        due = found.reports.due
        if due is None:
            raise WrongState("WeChat knows all there is to tell of this order; nothing waits.")
        code = due.carrier_code if carrier_code is None else carrier_code
        return _with(found, due=replace(due, next_at=act.at, carrier_code=code))

    return await change(ports.fulfilments, order_id, again)


def with_due(fulfilment: Fulfilment, at: datetime) -> Fulfilment:
    """The order with the next report, where there is something to tell and none waits.

    A pickup is told as a whole, once nothing is left to be handed over: WeChat takes it in one
    report. A parcel is told as it goes; where the rest is cancelled after the last parcel was told,
    that one is told again as the last.
    """
    reports, payment = fulfilment.reports, fulfilment.payment
    if reports.due is not None or reports.ended or payment.state is PaymentState.REFUNDED:
        return fulfilment
    if not payment.amount:
        # WeChat took no money for it, so it knows of no order to be told about.
        return fulfilment
    parts = [one for one in fulfilment.live_parts() if one.state is not PartState.CANCELLED]
    done = [one.id for one in parts if one.state in DONE]
    last, pickup = len(done) == len(parts), fulfilment.pickup_store_id is not None
    new = [str(one) for one in done if one not in reports.told]
    if last and not new:
        new = list(reports.told[-1:])
    if not new or (pickup and not last):
        return fulfilment
    split = not pickup and (bool(reports.told) or not last or len(new) > 1)
    due = ShippingReport(parts=tuple(new), split=split, last=last, at=at, next_at=at)
    return _with(fulfilment, due=due)


def told(fulfilment: Fulfilment, report: ShippingReport, at: datetime) -> Fulfilment:
    """WeChat knows; whatever was done meanwhile is told next."""
    reports = fulfilment.reports
    if reports.due is None or reports.due.at != report.at:
        return fulfilment
    known = tuple(dict.fromkeys((*reports.told, *report.parts)))
    after = ShippingReports(told=known, ended=report.last)
    return with_due(replace(fulfilment, reports=after), at)


def failed(
    fulfilment: Fulfilment, report: ShippingReport, said: str, at: datetime | None
) -> Fulfilment:
    """WeChat did not take it: it is sent again later and later, or, without `at`, people look."""
    due = fulfilment.reports.due
    if due is None or due.at != report.at:
        return fulfilment
    wait = min(FIRST_RETRY * 2 ** min(due.failures, 10), LAST_RETRY)
    next_at = None if at is None else at + wait
    tried = replace(due, failures=due.failures + 1, said=said, next_at=next_at)
    return _with(fulfilment, due=tried)


def shipment(fulfilment: Fulfilment, report: ShippingReport, payer: str) -> Shipment:
    """A report in full."""
    parts = [fulfilment.part(one) for one in report.parts]
    pickup = fulfilment.pickup_store_id is not None
    if pickup:
        parcels = [Parcel(content="；".join(_content(fulfilment, one.units) for one in parts))]
    else:
        phone = fulfilment.recipient.phone if fulfilment.recipient else ""
        parcels = [
            Parcel(
                content=_content(fulfilment, one.units),
                carrier=one.carrier or "",
                number=one.tracking_number or "",
                phone=phone,
            )
            for one in parts
        ]
    return Shipment(
        transaction_id=fulfilment.payment.transaction_id or "",
        payer=payer,
        parcels=tuple(parcels),
        pickup=pickup,
        split=report.split,
        last=report.last,
        at=report.at,
        carrier_code=report.carrier_code,
    )


def _content(fulfilment: Fulfilment, units: Units) -> str:
    names = {line.sku: line.name for line in fulfilment.lines}
    return "；".join(f"{names[sku]}*{quantity}" for sku, quantity in units.items())


def _with(fulfilment: Fulfilment, *, due: ShippingReport) -> Fulfilment:
    return replace(fulfilment, reports=replace(fulfilment.reports, due=due))
