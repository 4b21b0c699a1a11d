"""Paying guides by transfers, and freezing what is not to be paid."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.earnings.ledger import LedgerSum
from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.earnings import freezes, transfer_files, transferring, transfers
from domain.earnings.freezes import FreezePorts, FreezeState, FrozenKind
from domain.earnings.transferring import GuidePayPorts
from domain.earnings.transfers import GuideTransferState, TransferWay
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    GuideTransferState,
    "Where a transfer stands.",
    PLANNED="It is not booked yet.",
    VOID="Less was payable by then, so it was not made.",
    BOOKED="It is booked, and the provider is asked next; by a file, it stands in that.",
    ASKED="The provider was asked, and has not said that it took it.",
    WAIT_USER_CONFIRM="The guide has a day to take it.",
    TRANSFERRING="It is on its way into their account.",
    CANCELLING="They were frozen meanwhile, and the provider is asked to stop it.",
    PAID="They have it.",
    FAILING="It did not arrive, and becomes the guide's again.",
    FAILED="It did not arrive, and is the guide's again.",
)
enum(
    TransferWay,
    "How a transfer reaches a guide.",
    WECHAT="Into their WeChat account.",
    FILE="By a row of a file, for the bank or for whoever pays the wages.",
)
enum(
    FrozenKind,
    "What is frozen.",
    OWNER="All that an owner has.",
    GUIDE="All that a guide has.",
    ORDER="What an order earned.",
)
enum(
    FreezeState,
    "Whether it is frozen now, or was.",
    FROZEN="It is frozen.",
    RELEASED="It was, and is no more.",
)

Reason = Annotated[str, strawberry.argument(description="Why, in 1 to 200 characters.")]
TransferId = Annotated[strawberry.ID, strawberry.argument(description="The transfer.")]
Round = Annotated[
    str, strawberry.argument(description="The round: a month such as 2026-10, or a day of it.")
]


@strawberry.type(description="What one guide is paid in a round.")
class GuideTransfer(Packed[transfers.GuideTransfer]):
    value: strawberry.Private[transfers.GuideTransfer]
    id: strawberry.ID = strawberry.field(description="Its id, which is its journal's, too.")
    guide_id: strawberry.ID = strawberry.field(description="Whose it is.")
    period: str = strawberry.field(description="The round.")
    amount: LedgerSum = strawberry.field(description="What it is.")
    way: TransferWay = strawberry.field(description="How it reaches them.")
    state: GuideTransferState = strawberry.field(description="Where it stands.")
    confirm: str = strawberry.field(
        description="The package that wx.requestMerchantTransfer opens for the guide to take it; "
        "empty unless it waits for that."
    )
    said: str = strawberry.field(description="Why it failed, or what holds it up.")
    reference: str = strawberry.field(
        description="That of whoever paid it by a file; empty until then."
    )

    @strawberry.field(description="When it came to be as it is.")
    def since(self) -> datetime:
        return self.value.steps[-1].at


@strawberry.type(description="What became of making a round of transfers.")
class TransferRound(Packed[transferring.TransferRound]):
    period: str = strawberry.field(description="The round.")
    planned: int = strawberry.field(description="How many transfers are new in it.")
    not_reached: list[strawberry.ID] = strawberry.field(
        description="The first 100 guides who have something and were not reached: they have left, "
        "the list of guides names no member as whom they buy, or that member never signed in. Pay "
        "them by a FILE, or name those who have left one by one."
    )


@strawberry.type(description="Something that is not paid, while it is frozen.")
class Freeze(Packed[freezes.Freeze]):
    value: strawberry.Private[freezes.Freeze]
    id: strawberry.ID = strawberry.field(description="Its id, such as owner:O1.")
    kind: FrozenKind = strawberry.field(description="What it is.")
    whose: strawberry.ID = strawberry.field(description="The owner, the guide or the order.")
    state: FreezeState = strawberry.field(description="Whether it is frozen now.")

    @strawberry.field(description="Why it came to be so.")
    def reason(self) -> str:
        return self.value.steps[-1].reason

    @strawberry.field(description="When it came to be so.")
    def since(self) -> datetime:
        return self.value.steps[-1].at


@query(
    "The transfers to one guide, the latest round first, for the guide too, and for the member as "
    "whom they buy; or all of one round, for head office and finance. Say which."
)
async def guide_transfers(
    ports: GuidePayPorts,
    act: Act,
    guide_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="One guide's.")
    ] = None,
    period: Annotated[str | None, strawberry.argument(description="One round's.")] = None,
    first: First = 20,
    after: After = None,
) -> Connection[GuideTransfer]:
    request = PageRequest(first=first, after=after)
    page = await transferring.transfers_seen(ports, act, request, guide_id=guide_id, period=period)
    return connection(page, GuideTransfer.of)


@mutation(
    "Make a round of transfers to guides of what is payable to them; for head office and finance. "
    "Each guide has one in a round, and confirms it; sent again, they are the same. By a FILE they "
    "are for whoever has none in the round yet, those who have left too.",
    round="What became of it.",
)
async def guide_transfers_make(
    ports: GuidePayPorts,
    act: Act,
    period: Round,
    way: Annotated[
        TransferWay, strawberry.argument(description="How it reaches them.")
    ] = TransferWay.WECHAT,
    guide_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(
            description="This guide alone, who may have left: into the WeChat account that is "
            "known of them; left out, all."
        ),
    ] = None,
) -> TransferRound:
    made = await transferring.make_transfers(ports, act, period, way=way, guide_id=guide_id)
    return TransferRound.of(made)


@query(
    "The transfers of a round that are to leave by a FILE, as rows for the bank or for whoever "
    "pays the wages; for head office and finance."
)
async def guide_transfer_file(ports: GuidePayPorts, act: Act, period: Round) -> str:
    return await transfer_files.transfer_file(ports, act, period)


@mutation(
    "Say that a transfer by a FILE has left; for head office and finance. Sent again, it is the "
    "same.",
    transfer="The transfer, which is PAID.",
)
async def guide_transfer_confirm(
    ports: GuidePayPorts,
    act: Act,
    id: TransferId,
    reference: Annotated[
        str, strawberry.argument(description="The bank's reference, in 1 to 200 characters.")
    ],
) -> GuideTransfer:
    return GuideTransfer.of(await transfer_files.confirm_transfer(ports, act, id, reference))


@mutation(
    "Say that a transfer by a FILE did not arrive: it is the guide's again, for the next round. "
    "For head office and finance.",
    transfer="The transfer, which is FAILED.",
)
async def guide_transfer_fail(
    ports: GuidePayPorts, act: Act, id: TransferId, reason: Reason
) -> GuideTransfer:
    return GuideTransfer.of(await transfer_files.fail_transfer(ports, act, id, reason))


@query("What is frozen, or was; for head office and finance.")
async def earnings_frozen(
    ports: FreezePorts,
    act: Act,
    state: Annotated[
        FreezeState, strawberry.argument(description="Frozen now, or released since.")
    ] = FreezeState.FROZEN,
    first: First = 20,
    after: After = None,
) -> Connection[Freeze]:
    page = await freezes.freezes_seen(ports, act, state, PageRequest(first=first, after=after))
    return connection(page, Freeze.of)


@mutation(
    "Let an owner, a guide or what an order earned be paid no more; for head office and finance. "
    "The books stay as they are. Frozen again, it is the same.",
    freeze="What is frozen.",
)
async def earnings_freeze(
    ports: FreezePorts,
    act: Act,
    kind: Annotated[FrozenKind, strawberry.argument(description="What it is.")],
    of: Annotated[
        strawberry.ID, strawberry.argument(description="The owner, the guide or the order.")
    ],
    reason: Reason,
) -> Freeze:
    return Freeze.of(await freezes.freeze_earnings(ports, act, kind, of, reason))


@mutation(
    "Let what is frozen be paid again; for head office and finance. Sent again, it is the same.",
    freeze="What was frozen.",
)
async def earnings_release(
    ports: FreezePorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="Its id, such as owner:O1.")],
    reason: Reason,
) -> Freeze:
    return Freeze.of(await freezes.release_earnings(ports, act, id, reason))


QUERIES = (guide_transfers, guide_transfer_file, earnings_frozen)
MUTATIONS = (
    guide_transfers_make,
    guide_transfer_confirm,
    guide_transfer_fail,
    earnings_freeze,
    earnings_release,
)
