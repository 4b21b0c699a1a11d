"""Cancelling, returning and paying back."""

from typing import Annotated

import strawberry

from api.kernel.keys import IdempotencyKey
from api.kernel.money import Money
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.mall.fulfilment.fulfilment import SkuUnitsInput, units_of
from api.mall.fulfilment.payments import OrderIdArgument
from api.mall.fulfilment.progress import OrderProgress
from domain.kernel.money import Fen
from domain.mall.fulfilment import after_sale, previewing
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.people.act import Act

PROGRESS = "How the order goes on now."


@strawberry.type(description="Units of one SKU that would be given back.")
class RefundPreviewLine(Packed[previewing.PreviewedLine]):
    sku: strawberry.ID = strawberry.field(description="The SKU.")
    quantity: int = strawberry.field(description="How many.")
    amount: Money = strawberry.field(
        description="What was paid for them after offers, coupons and points; of a gift nothing."
    )


@strawberry.type(description="What giving units back would pay.")
class RefundPreview(Packed[previewing.RefundPreview]):
    amount: Money = strawberry.field(
        description="What would be paid back: the lines and the shipping fee less what is held "
        "back, or what is left of the payment if that is less."
    )
    shipping_fee: Money = strawberry.field(
        description="The shipping fee in it: all of it with the last units of an order of which "
        "nothing was sent or handed over, else nothing."
    )
    held_back: Money = strawberry.field(
        description="What of the lines would not be paid back, as what stays no longer reaches the "
        "thresholds of the offers `missed`, and keeps what it gained by them; below 0 for what was "
        "held back before and would be paid back now."
    )
    missed: list[str] = strawberry.field(
        description="The offers whose threshold is asked for again and would be missed."
    )
    lines: list[RefundPreviewLine] = strawberry.field(description="The units, by SKU.")
    by_return: bool = strawberry.field(
        description="Whether the goods have to come back first; else they can be called off now."
    )


ReturnIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The return's id.")]
ReasonArgument = Annotated[str, strawberry.argument(description="Why; at most 200 characters.")]


@query(
    "What would be paid back for units of an order, to be shown before the buyer agrees; for "
    "whoever follows the order."
)
async def refund_preview(
    ports: FulfilmentPorts,
    act: Act,
    order_id: OrderIdArgument,
    units: Annotated[
        list[SkuUnitsInput] | None,
        strawberry.argument(description="Which units; by default all that the buyer has."),
    ] = None,
) -> RefundPreview:
    which = None if units is None else units_of(units, "units")
    return RefundPreview.of(await previewing.preview_refund(ports, act, order_id, which))


@mutation(
    "Call off an order that is not paid, or units of one that is and get them paid back: the "
    "buyer until a store has accepted, head office until they are on their way.",
    progress=PROGRESS,
)
async def order_cancel(
    ports: FulfilmentPorts,
    act: Act,
    order_id: OrderIdArgument,
    reason: ReasonArgument,
    idempotency_key: IdempotencyKey,
    units: Annotated[
        list[SkuUnitsInput] | None,
        strawberry.argument(description="Which units; by default all that are left."),
    ] = None,
) -> OrderProgress:
    which = None if units is None else units_of(units, "units")
    return OrderProgress.of(
        await after_sale.cancel(ports, act, order_id, which, reason, key=idempotency_key)
    )


@mutation(
    "Ask to return goods that were sent or handed over, to any store of the brand.",
    progress=PROGRESS,
)
async def return_request(
    ports: FulfilmentPorts,
    act: Act,
    order_id: OrderIdArgument,
    store_id: Annotated[
        strawberry.ID, strawberry.argument(description="The store that takes them.")
    ],
    units: Annotated[list[SkuUnitsInput], strawberry.argument(description="What comes back.")],
    reason: ReasonArgument,
    idempotency_key: IdempotencyKey,
    parcel_refused: Annotated[
        bool,
        strawberry.argument(description="The buyer did not take the parcel; it came back."),
    ] = False,
) -> OrderProgress:
    back = units_of(units, "units")
    return OrderProgress.of(
        await after_sale.request_return(
            ports,
            act,
            order_id,
            back,
            store_id,
            reason,
            key=idempotency_key,
            parcel_refused=parcel_refused,
        )
    )


@mutation(
    "Keep the goods after all: the buyer, and nobody else, until the store has received them.",
    progress=PROGRESS,
)
async def return_cancel(ports: FulfilmentPorts, act: Act, id: ReturnIdArgument) -> OrderProgress:
    return OrderProgress.of(await after_sale.call_off_return(ports, act, id))


@mutation("Take returned goods into the store.", progress=PROGRESS)
async def return_receive(ports: FulfilmentPorts, act: Act, id: ReturnIdArgument) -> OrderProgress:
    return OrderProgress.of(await after_sale.receive_return(ports, act, id))


@mutation(
    "Accept returned goods after inspection: those not damaged are on sale there again, and "
    "the buyer is paid back. Who inspects is said by `returnPolicy`.",
    progress=PROGRESS,
)
async def return_accept(
    ports: FulfilmentPorts,
    act: Act,
    id: ReturnIdArgument,
    damaged: Annotated[
        list[SkuUnitsInput] | None,
        strawberry.argument(description="Which units can't be sold again."),
    ] = None,
    amount_fen: Annotated[
        int | None,
        strawberry.argument(
            description="What is paid back; by default the price, or what is left of the payment "
            "if that is less, be it nothing."
        ),
    ] = None,
    note: Annotated[str, strawberry.argument(description="Needed where less is paid back.")] = "",
) -> OrderProgress:
    amount = None if amount_fen is None else Fen(amount_fen)
    broken = units_of(damaged or [], "damaged")
    return OrderProgress.of(
        await after_sale.accept_return(ports, act, id, damaged=broken, amount=amount, note=note)
    )


@mutation(
    "Hand returned goods back to the buyer after inspection; nothing is paid back. Who inspects is "
    "said by `returnPolicy`.",
    progress=PROGRESS,
)
async def return_refuse(
    ports: FulfilmentPorts, act: Act, id: ReturnIdArgument, reason: ReasonArgument
) -> OrderProgress:
    return OrderProgress.of(await after_sale.refuse_return(ports, act, id, reason))


@mutation(
    "Pay some of an order back for a reason of head office's own; where nothing is left of what "
    "was paid, all that has not been sent or handed over is called off.",
    progress=PROGRESS,
)
async def order_refund(
    ports: FulfilmentPorts,
    act: Act,
    order_id: OrderIdArgument,
    amount_fen: Annotated[int, strawberry.argument(description="How much, in fen.")],
    reason: ReasonArgument,
    idempotency_key: IdempotencyKey,
) -> OrderProgress:
    amount = Fen(amount_fen)
    return OrderProgress.of(
        await after_sale.refund(ports, act, order_id, amount, reason, key=idempotency_key)
    )


@mutation("Try a failed refund again, once what was in its way is put right.", progress=PROGRESS)
async def refund_retry(
    ports: FulfilmentPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The refund's id.")],
) -> OrderProgress:
    return OrderProgress.of(await after_sale.retry_refund(ports, act, id))


QUERIES = (refund_preview,)
MUTATIONS = (
    order_cancel,
    return_request,
    return_cancel,
    return_receive,
    return_accept,
    return_refuse,
    order_refund,
    refund_retry,
)
