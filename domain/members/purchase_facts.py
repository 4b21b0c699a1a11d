"""What is said of purchases in other channels: that one was made, whose it is, what came back.

In the words in which payments of orders are told, so that what follows those follows these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.kernel.facts import Fact, FactId, FactKind
from domain.members.channel_purchases import ChannelPurchase, ChannelRefund, PurchaseLine

PURCHASE_MADE = FactKind("purchase.made")
PURCHASE_MATCHED = FactKind("purchase.matched")
PURCHASE_REFUNDED = FactKind("purchase.refunded")


def of_purchase(before: ChannelPurchase | None, after: ChannelPurchase) -> list[Fact]:
    """What is new of a purchase, in the order in which it counts.

    Nothing while only refunds of it are known. One that is matched at last says what was paid back
    of it before, as `refundedFen`: those refunds were said of nobody.
    """
    if after.bought is None:
        return []
    was_told = before is not None and before.bought is not None
    said = before.refunds if before and was_told else ()
    by_then = replace(after, refunds=said)
    facts: list[Fact] = []
    if not was_told:
        facts.append(_fact(PURCHASE_MADE, by_then, "made", after.bought.at))
    if after.member_id and not (before and before.member_id):
        facts.append(_fact(PURCHASE_MATCHED, by_then, "matched", after.bought.at))
    for refund in after.refunds[len(said) :]:
        by_then = replace(by_then, refunds=(*by_then.refunds, refund))
        facts.append(_refunded(by_then, refund))
    return facts


def _refunded(by_then: ChannelPurchase, refund: ChannelRefund) -> Fact:
    details = {"amountFen": refund.amount, "number": refund.number, "lines": _rows(refund.lines)}
    data = {"of": f"{by_then.id}:{refund.number}", "details": details}
    return _fact(PURCHASE_REFUNDED, by_then, f"refunded:{refund.number}", refund.at, data)


def _fact(
    kind: FactKind,
    purchase: ChannelPurchase,
    name: str,
    at: datetime,
    more: Mapping[str, Any] | None = None,
) -> Fact:
    bought = purchase.bought
    assert bought is not None, "nothing is said of one that was not told yet"
    return Fact(
        id=FactId(f"purchase:{purchase.id}:{name}"),
        subject=f"purchase:{purchase.id}",
        kind=kind,
        at=at,
        data={
            "orderId": purchase.id,
            "of": purchase.id,
            "channel": purchase.channel,
            "number": purchase.number,
            "storeId": bought.store_id,
            "guideId": bought.guide_id,
            "buyerId": purchase.member_id,
            "paidAt": bought.at.isoformat(),
            "paidFen": bought.paid,
            "refundedFen": purchase.refunded,
            "reason": "",
            "lines": _rows(bought.lines),
            **(more or {}),
        },
    )


def _rows(lines: Sequence[PurchaseLine]) -> list[dict[str, Any]]:
    return [{"sku": one.sku, "quantity": one.quantity, "paidFen": one.paid} for one in lines]
