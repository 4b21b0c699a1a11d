"""Goods that one store sends to another."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.keys import IdempotencyKey
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.mall.stock.lines import OrderLineInput
from api.network.stores import Store, store_shown
from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Invalid
from domain.mall.stock import transferring, transfers
from domain.mall.stock.transferring import TransferPorts
from domain.mall.stock.transfers import TransferState, TransferVerdict
from domain.people.act import Act

TransferIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The transfer's id.")]

enum(
    TransferState,
    "Where a transfer stands.",
    name="StockTransferState",
    REQUESTED="It is looking for its units.",
    REFUSED="The store has too few of them.",
    SENT="All of it is on its way.",
    PART_RECEIVED="Some of it is still on its way.",
    RECEIVED="Nothing of it is on its way any more.",
)
enum(
    TransferVerdict,
    "What became of units that did not arrive.",
    name="StockTransferVerdict",
    FOUND="They turned up in the store that sent them, and are on hand there again.",
    LOST="They are lost.",
)


@strawberry.type(description="What became of the units of one SKU that were sent.")
class TransferLine:
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    sent: int = strawberry.field(description="How many were sent.")
    received: int = strawberry.field(description="How many have arrived.")
    missing: int = strawberry.field(
        description="How many are on their way, or missing: incoming in the store that gets them, "
        "and nowhere for sale."
    )


@strawberry.type(description="So many units of one SKU.")
class ReceivedLine:
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    quantity: int = strawberry.field(description="How many.")


@strawberry.type(description="Units that arrived together, or that were decided on.")
class TransferReceipt(Packed[transfers.Receipt]):
    value: strawberry.Private[transfers.Receipt]
    verdict: TransferVerdict | None = strawberry.field(
        description="What became of them by head office; null if they arrived."
    )
    at: datetime = strawberry.field(description="When it was told.")
    actor: str = strawberry.field(description="Who told it: a person's id.")
    reason: str = strawberry.field(description="Why it was decided so; empty if they arrived.")

    @strawberry.field(description="Which units.")
    def lines(self) -> list[ReceivedLine]:
        return [
            ReceivedLine(sku=strawberry.ID(sku), quantity=n) for sku, n in self.value.units.items()
        ]


@strawberry.type(description="Goods on their way from one store to another.")
class StockTransfer(Packed[transfers.Transfer]):
    value: strawberry.Private[transfers.Transfer]
    id: strawberry.ID = strawberry.field(description="The sending store's own id for it.")
    state: TransferState = strawberry.field(description="Where it stands.")
    at: datetime = strawberry.field(description="When it was begun.")

    @field("Who sends it.")
    async def from_store(self, load: Load) -> Store:
        return await store_shown(load, self.value.from_store_id)

    @field("Who gets it.")
    async def to_store(self, load: Load) -> Store:
        return await store_shown(load, self.value.to_store_id)

    @strawberry.field(description="What is in it.")
    def lines(self) -> list[TransferLine]:
        received, missing = self.value.received, self.value.missing
        return [
            TransferLine(
                sku=strawberry.ID(sku),
                sent=n,
                received=received.get(sku, 0),
                missing=missing.get(sku, 0),
            )
            for sku, n in self.value.units.items()
        ]

    @strawberry.field(description="What has arrived or was decided on, the oldest first.")
    def receipts(self) -> list[TransferReceipt]:
        return [TransferReceipt.of(one) for one in self.value.receipts]


@strawberry.input(description="What is sent where.")
class StockTransferInput:
    from_store_id: strawberry.ID = strawberry.field(description="Who sends it.")
    to_store_id: strawberry.ID = strawberry.field(description="Who gets it.")
    lines: list[OrderLineInput] = strawberry.field(description="What is sent; 1 to 50 SKUs.")


@query("What a store has sent or is to get, the newest first.")
async def stock_transfers(
    ports: TransferPorts,
    act: Act,
    store_id: Annotated[
        strawberry.ID, strawberry.argument(description="The store that sends or receives.")
    ],
    first: First = 20,
    after: After = None,
) -> Connection[StockTransfer]:
    page = await transferring.listed(ports, act, store_id, PageRequest(first=first, after=after))
    return connection(page, StockTransfer.of)


@query(
    "Transfers of which something is on its way or missing, the newest first; of one store, or for "
    "head office of all."
)
async def stock_transfers_under_way(
    ports: TransferPorts,
    act: Act,
    store_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Of one store; of all if left out, for head office."),
    ] = None,
    first: First = 20,
    after: After = None,
) -> Connection[StockTransfer]:
    page = await transferring.under_way(ports, act, store_id, PageRequest(first=first, after=after))
    return connection(page, StockTransfer.of)


@mutation(
    "Send free units of a store to another; the same id again is the same transfer. They are "
    "incoming there until they are received.",
    transfer="The transfer: sent, or refused where not all of it was free.",
)
async def stock_transfer_send(
    ports: TransferPorts,
    act: Act,
    id: Annotated[
        strawberry.ID,
        strawberry.argument(
            description="The sender's own id of this transfer; sent again, it is the same."
        ),
    ],
    input: Annotated[
        StockTransferInput, strawberry.argument(description="What goes from where to where.")
    ],
) -> StockTransfer:
    units = _units(input.lines)
    return StockTransfer.of(
        await transferring.send(ports, act, id, input.from_store_id, input.to_store_id, units)
    )


@mutation(
    "Receive what has arrived of a transfer now; what has not stays incoming. More than is on its "
    "way is refused.",
    transfer="The transfer.",
)
async def stock_transfer_receive(
    ports: TransferPorts,
    act: Act,
    id: TransferIdArgument,
    idempotency_key: IdempotencyKey,
    lines: Annotated[
        list[OrderLineInput] | None,
        strawberry.argument(description="What has come; all that is missing if left out."),
    ] = None,
) -> StockTransfer:
    return StockTransfer.of(
        await transferring.receive(ports, act, id, _arrived(lines), key=idempotency_key)
    )


@mutation(
    "Decide what became of units of a transfer that did not arrive; for head office.",
    transfer="The transfer.",
)
async def stock_transfer_decide(
    ports: TransferPorts,
    act: Act,
    id: TransferIdArgument,
    verdict: Annotated[TransferVerdict, strawberry.argument(description="What became of them.")],
    reason: Annotated[
        str, strawberry.argument(description="How that is known; at most 200 characters.")
    ],
    idempotency_key: IdempotencyKey,
    lines: Annotated[
        list[OrderLineInput] | None,
        strawberry.argument(description="Which units; all that are missing if left out."),
    ] = None,
) -> StockTransfer:
    return StockTransfer.of(
        await transferring.decide(
            ports, act, id, verdict, _arrived(lines), reason, key=idempotency_key
        )
    )


QUERIES = (stock_transfers, stock_transfers_under_way)
MUTATIONS = (stock_transfer_send, stock_transfer_receive, stock_transfer_decide)


def _arrived(lines: list[OrderLineInput] | None) -> Units | None:
    return None if lines is None else _units(lines)


def _units(lines: list[OrderLineInput]) -> Units:
    units = {Sku(line.sku): line.quantity for line in lines}
    if len(units) < len(lines):
        raise Invalid("Name each SKU once.", field=["lines"])
    return units
