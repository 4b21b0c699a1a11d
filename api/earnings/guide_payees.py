"""Where guides are paid."""

from typing import Annotated

import strawberry

from api.earnings.payees import BankAccount, BankAccountInput
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.earnings import guide_payees, payees
from domain.earnings.guide_payees import GuidePayeePorts
from domain.people.act import Act


@strawberry.type(description="Where a guide is paid.")
class GuidePayee(Packed[guide_payees.GuidePayee]):
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    legal_name: str = strawberry.field(
        description="Their legal name, which WeChat Pay wants from ¥2,000 on; empty where it is "
        "not known."
    )
    bank: BankAccount | None = strawberry.field(
        description="The account for the file; null where none is known."
    )
    version: int = strawberry.field(description="Counts up each time it is set; 0 for never.")


@strawberry.input(description="Where a guide is to be paid; what is left out, there is not.")
class GuidePayeeInput:
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    expected_version: int = strawberry.field(description="The version that you loaded.")
    legal_name: str = strawberry.field(
        description="Their name as in their WeChat account, in up to 71 Chinese characters.",
        default="",
    )
    bank: BankAccountInput | None = strawberry.field(
        description="The account for the file.", default=None
    )


@query("Where a guide is paid; for the guide, head office and finance.")
async def guide_payee(
    ports: GuidePayeePorts,
    act: Act,
    guide_id: Annotated[strawberry.ID, strawberry.argument(description="The guide.")],
) -> GuidePayee:
    return GuidePayee.of(await guide_payees.guide_payee_of(ports, act, guide_id))


@mutation(
    "Say where a guide is paid from now on; for the guide, head office and finance.",
    payee="Where the guide is paid.",
)
async def guide_payee_set(
    ports: GuidePayeePorts,
    act: Act,
    input: Annotated[GuidePayeeInput, strawberry.argument(description="What is to hold.")],
) -> GuidePayee:
    bank = input.bank
    return GuidePayee.of(
        await guide_payees.set_guide_payee(
            ports,
            act,
            input.guide_id,
            legal_name=input.legal_name,
            bank=payees.BankAccount(**vars(bank)) if bank else None,
            expected=input.expected_version,
        )
    )


QUERIES = (guide_payee,)
MUTATIONS = (guide_payee_set,)
