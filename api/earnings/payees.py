"""Where owners are paid, and how payments at WeChat Pay are shared with them."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.money import Money
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.earnings import payees, payment_sharing, sharing_out
from domain.earnings.payees import PayeePorts
from domain.earnings.payment_sharing import ShareOutcome, SharingState
from domain.earnings.sharing_out import SharingOutPorts
from domain.people.act import Act

enum(
    SharingState,
    "Where the sharing of a payment stands.",
    name="PaymentSharingState",
    HELD="What the order earned is not payable yet.",
    PLANNED="Its shares are being booked.",
    ASKED="The provider shares it.",
    ENDING="There is nothing left to share, and it is to be held no longer.",
    DONE="It is over.",
)
enum(
    ShareOutcome,
    "What became of a share, or of its coming back.",
    WAITING="It is not known yet.",
    VOID="The owner had less by then.",
    DONE="It has arrived.",
    FAILED="It did not arrive.",
)


@strawberry.type(description="An account at a bank.")
class BankAccount(Packed[payees.BankAccount]):
    value: strawberry.Private[payees.BankAccount]
    holder: str = strawberry.field(description="Whose it is.")
    bank: str = strawberry.field(description="At which bank.")

    @strawberry.field(description="Its number's last four digits.")
    def number(self) -> str:
        return self.value.shown


@strawberry.type(description="A merchant at WeChat Pay that may have shares of payments.")
class MerchantAccount(Packed[payees.MerchantAccount]):
    id: str = strawberry.field(description="The merchant's number.")
    name: str = strawberry.field(description="Its full legal name.")


@strawberry.type(description="Where an owner is paid.")
class Payee(Packed[payees.Payee]):
    owner_id: strawberry.ID = strawberry.field(description="The owner.")
    bank: BankAccount | None = strawberry.field(
        description="The account for the file for the bank; null where none is known."
    )
    merchant: MerchantAccount | None = strawberry.field(
        description="The merchant that has shares of payments; null for none."
    )
    version: int = strawberry.field(description="Counts up each time it is set; 0 for never.")


@strawberry.input(description="An account at a bank.")
class BankAccountInput:
    holder: str = strawberry.field(description="Whose it is, in 1 to 100 characters.")
    bank: str = strawberry.field(description="At which bank, in 1 to 100 characters.")
    number: str = strawberry.field(description="Its number, of 8 to 30 digits.")


@strawberry.input(description="A merchant at WeChat Pay.")
class MerchantAccountInput:
    id: str = strawberry.field(description="The merchant's number.")
    name: str = strawberry.field(description="Its full legal name, in 1 to 71 Chinese characters.")


@strawberry.input(description="Where an owner is to be paid; what is left out, there is none of.")
class PayeeInput:
    owner_id: strawberry.ID = strawberry.field(description="The owner.")
    expected_version: int = strawberry.field(description="The version that you loaded.")
    bank: BankAccountInput | None = strawberry.field(
        description="The account for the file for the bank.", default=None
    )
    merchant: MerchantAccountInput | None = strawberry.field(
        description="The merchant that is to have shares of payments.", default=None
    )


@strawberry.type(description="What one owner's merchant has of a payment, or gives back of it.")
class PaymentShare(Packed[payment_sharing.PaymentShare]):
    owner_id: strawberry.ID = strawberry.field(description="The owner.")
    merchant_id: str = strawberry.field(description="The owner's merchant.")
    amount: Money = strawberry.field(description="How much it is.")
    outcome: ShareOutcome = strawberry.field(description="What became of it.")
    said: str = strawberry.field(description="What the provider has against it.")


@strawberry.type(description="How the payment of an order was shared.")
class PaymentSharing(Packed[payment_sharing.PaymentSharing]):
    transaction_id: str = strawberry.field(description="The payment's id at the provider.")
    state: SharingState = strawberry.field(description="Where it stands.")
    shares: list[PaymentShare] = strawberry.field(description="What went to owners.")
    backs: list[PaymentShare] = strawberry.field(
        description="What was asked back of them since; what does not come, they owe."
    )
    due: datetime | None = strawberry.field(
        description="When it is looked at next; null where nothing more is to come."
    )
    said: str = strawberry.field(description="Why it was ended without shares, if it was.")


@query("Where an owner is paid; for its franchisee, head office and finance.")
async def payee(
    ports: PayeePorts,
    act: Act,
    owner_id: Annotated[strawberry.ID, strawberry.argument(description="The owner.")],
) -> Payee:
    return Payee.of(await payees.payee_of(ports, act, owner_id))


@mutation(
    "Say where an owner is paid from now on, for head office and finance. A merchant is made known "
    "to WeChat Pay as a receiver of shares first.",
    payee="Where the owner is paid.",
)
async def payee_set(
    ports: PayeePorts,
    act: Act,
    input: Annotated[PayeeInput, strawberry.argument(description="What is to hold.")],
) -> Payee:
    bank, merchant = input.bank, input.merchant
    return Payee.of(
        await payees.set_payee(
            ports,
            act,
            input.owner_id,
            bank=payees.BankAccount(**vars(bank)) if bank else None,
            merchant=payees.MerchantAccount(**vars(merchant)) if merchant else None,
            expected=input.expected_version,
        )
    )


@query("How the payment of an order was shared with franchisees; for head office and finance.")
async def payment_sharing_of(
    ports: SharingOutPorts,
    act: Act,
    order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
) -> PaymentSharing:
    return PaymentSharing.of(await sharing_out.payment_sharing(ports, act, order_id))


QUERIES = (payee, payment_sharing_of)
MUTATIONS = (payee_set,)
