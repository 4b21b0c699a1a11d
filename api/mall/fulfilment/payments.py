"""Paying for an order."""

from datetime import datetime
from typing import Annotated

import strawberry
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.kernel.enums import enum
from api.kernel.money import Money
from api.kernel.operations import mutation
from api.kernel.packing import Packed
from api.kernel.payloads import Payload
from api.kernel.world import World
from domain.kernel.refusals import Forbidden, Refusal
from domain.mall.fulfilment import paying
from domain.mall.fulfilment import payments as values
from domain.mall.fulfilment.payments import PaymentState, RefundState
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.people.act import Act, by_the_clock

OrderIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The order's id.")]

enum(
    PaymentState,
    "Where a payment stands.",
    OPEN="It has not been made yet.",
    PAID="It was made.",
    CLOSED="It is asked for no more; one that was made at that moment still counts.",
    PART_REFUNDED="A part of it was paid back.",
    REFUNDED="All of it was paid back.",
)
enum(
    RefundState,
    "Where a refund stands.",
    REQUESTED="It is to be asked of the provider.",
    PROCESSING="The provider is doing it.",
    DONE="The buyer has it.",
    FAILED="It did not arrive, such as at a closed card; it can be tried again.",
)


@strawberry.type(description="Money on its way back to the buyer.")
class Refund(Packed[values.Refund]):
    id: strawberry.ID = strawberry.field(description="The refund's id, at the provider too.")
    amount: Money = strawberry.field(description="How much.")
    reason: str = strawberry.field(description="What for.")
    state: RefundState = strawberry.field(description="Where it stands.")
    requested_at: datetime = strawberry.field(description="When it was promised.")
    done_at: datetime | None = strawberry.field(description="When it arrived; null until then.")


@strawberry.type(description="The one payment of an order.")
class Payment(Packed[values.Payment]):
    amount: Money = strawberry.field(description="What the order costs.")
    state: PaymentState = strawberry.field(description="Where it stands.")
    paid_at: datetime | None = strawberry.field(description="When it arrived; null until then.")
    refunded: Money = strawberry.field(description="How much has arrived back at the buyer.")
    refunds: list[Refund] = strawberry.field(description="What was given back, oldest first.")


@strawberry.type(description="The arguments of wx.requestPayment, signed.")
class WechatPayCall(Packed[values.WechatCall]):
    app_id: str = strawberry.field(description="The mini-program's appId.")
    time_stamp: str = strawberry.field(description="Seconds since 1970, as text.")
    nonce_str: str = strawberry.field(description="A random text.")
    package: str = strawberry.field(description="The prepaid order: prepay_id=….")
    sign_type: str = strawberry.field(description="Always RSA.")
    pay_sign: str = strawberry.field(description="The signature, in base 64.")


@strawberry.type(description="The answer to the start of a payment.")
class PaymentStartPayload(Payload):
    payment: Payment | None = strawberry.field(description="The payment.", default=None)
    wechat_pay: WechatPayCall | None = strawberry.field(
        description="What to call wx.requestPayment with; null in the sandbox.", default=None
    )
    sandbox_url: str | None = strawberry.field(
        description="Where a POST pays in the sandbox; null in production.", default=None
    )


@mutation("Ask for the payment of one's own order; started again, it is the same payment.")
async def payment_start(
    ports: FulfilmentPorts, act: Act, order_id: OrderIdArgument
) -> PaymentStartPayload:
    fulfilment, to_pay = await paying.start(ports, act, order_id)
    return PaymentStartPayload(
        payment=Payment.of(fulfilment.payment),
        wechat_pay=WechatPayCall.of(to_pay.wechat) if to_pay.wechat else None,
        sandbox_url=to_pay.sandbox_url,
    )


@mutation(
    "Ask the provider whether a payment has come, after wx.requestPayment returned and in "
    "case the provider's word was lost.",
    payment="The payment.",
)
async def payment_check(ports: FulfilmentPorts, act: Act, order_id: OrderIdArgument) -> Payment:
    return Payment.of((await paying.check(ports, act, order_id)).payment)


MUTATIONS = (payment_start, payment_check)


def payment_routes(world: World) -> list[Route]:
    """The addresses that a payment provider, or a buyer in the sandbox, calls."""

    async def notice(request: Request) -> Response:
        """Hear what WeChat Pay says; it repeats for a day what is not answered with success."""
        act, body = by_the_clock(world.now(), world.new_id), await request.body()
        try:
            await paying.hear_notice(world.bundle(FulfilmentPorts), act, request.headers, body)
        except Forbidden as refusal:
            return _failed(refusal.message, 401)
        except Refusal as refusal:
            return _failed(refusal.message, 503)
        return Response(status_code=204)

    async def sandbox(request: Request) -> Response:
        """Pay in the sandbox, as a buyer's phone would, and tell the service of it."""
        act, order_id = by_the_clock(world.now(), world.new_id), request.path_params["payment_id"]
        try:
            paid = await paying.pay_in_sandbox(world.bundle(FulfilmentPorts), act, order_id)
        except Refusal as refusal:
            return _failed(refusal.message, 404 if isinstance(refusal, Forbidden) else 409)
        return JSONResponse({"orderId": paid.id, "state": paid.payment.state})

    return [
        Route("/pay/wechat/notice", notice, methods=["POST"]),
        Route("/pay/sandbox/{payment_id}", sandbox, methods=["POST"]),
    ]


def _failed(message: str, status: int) -> Response:
    return JSONResponse({"code": "FAIL", "message": message}, status_code=status)
