"""A payment provider that moves no money, for the demo and for trying out; no production has it."""

import contextlib
from datetime import datetime, timedelta

from domain.kernel.money import Fen
from domain.kernel.refusals import NotFound, WrongState
from domain.mall.fulfilment.payments import (
    Bill,
    Paid,
    RefundAnswer,
    RefundId,
    RefundState,
    Standing,
    ToPay,
)
from storage.mongo.kernel.database import Database, Document, DuplicateKeyError


class SandboxPayments:
    """Keeps what a real provider would keep, so that every process of the service sees the same."""

    refunds_apart = timedelta()

    def __init__(self, database: Database, public_url: str) -> None:
        self._payments = database["sandbox_payments"]
        self._refunds = database["sandbox_refunds"]
        self._public_url = public_url

    async def create(self, bill: Bill) -> ToPay:
        """Ask for a payment, which whoever posts to the address makes."""
        with contextlib.suppress(DuplicateKeyError):
            await self._payments.insert_one(
                {"_id": bill.payment_id, "amount": bill.amount, "state": Standing.OPEN.value}
            )
        return ToPay(sandbox_url=f"{self._public_url}/pay/sandbox/{bill.payment_id}")

    async def pay(self, payment_id: str, *, now: datetime) -> Paid:
        """Pay as a buyer would; paid already, it is the same payment."""
        paid = {"state": "PAID", "paid_at": now, "transaction_id": f"sandbox-{payment_id}"}
        done = await self._payments.find_one_and_update(
            {"_id": payment_id, "state": Standing.OPEN.value}, {"$set": paid}
        )
        answer = _standing({**done, **paid}) if done else await self.query(payment_id)
        if answer is Standing.UNKNOWN:
            raise NotFound("The sandbox has no such payment; start one with paymentStart.")
        if not isinstance(answer, Paid):
            raise WrongState("This payment is closed; place the order again.")
        return answer

    async def query(self, payment_id: str) -> Paid | Standing:
        """Ask how a payment stands."""
        found = await self._payments.find_one({"_id": payment_id})
        return _standing(found) if found else Standing.UNKNOWN

    async def close(self, payment_id: str) -> None:
        """Take no payment for this any more."""
        await self._payments.update_one(
            {"_id": payment_id, "state": Standing.OPEN.value},
            {"$set": {"state": Standing.CLOSED.value}},
        )

    async def refund(
        self, payment_id: str, refund_id: RefundId, amount: Fen, *, of: Fen, reason: str
    ) -> RefundAnswer:
        """Give back an amount; the same id again gives back nothing more."""
        refund = {"_id": refund_id, "payment_id": payment_id, "amount": amount, "of": of}
        with contextlib.suppress(DuplicateKeyError):
            await self._refunds.insert_one({**refund, "reason": reason})
        return RefundAnswer(state=RefundState.DONE)

    async def query_refund(self, refund_id: RefundId) -> RefundAnswer:
        """Ask how a refund stands; NotFound if it was never taken."""
        if await self._refunds.find_one({"_id": refund_id}) is None:
            raise NotFound("The sandbox has no such refund.")
        return RefundAnswer(state=RefundState.DONE)


def _standing(found: Document) -> Paid | Standing:
    if found["state"] != "PAID":
        return Standing(found["state"])
    return Paid(
        payment_id=found["_id"],
        amount=Fen(found["amount"]),
        transaction_id=found["transaction_id"],
        paid_at=found["paid_at"],
    )
