"""Goods that one store sends to another."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.mall.stock.lines import OrderLineInput
from api.network.stores import Store, store_shown
from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Invalid
from domain.mall.stock import transfers
from domain.mall.stock.transfers import TransferPorts, TransferState
from domain.people.act import Act

strawberry.enum(
    TransferState,
    name="StockTransferState",
    description="Where a transfer stands; a requested one is looking for its units.",
)


@strawberry.type(description="So many units of a SKU on their way.")
class TransferLine:
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    sent: int = strawberry.field(description="How many were sent.")
    received: int | None = strawberry.field(description="How many arrived; null until they do.")


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
        received = self.value.received
        return [
            TransferLine(
                sku=strawberry.ID(sku),
                sent=n,
                received=None if received is None else received.get(sku, 0),
            )
            for sku, n in self.value.units.items()
        ]


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
    page = await transfers.listed(ports, act, store_id, PageRequest(first=first, after=after))
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
        await transfers.send(ports, act, id, input.from_store_id, input.to_store_id, units)
    )


@mutation(
    "Receive a transfer; what is named is what has arrived, all of it if nothing is.",
    transfer="The transfer.",
)
async def stock_transfer_receive(
    ports: TransferPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The transfer's id.")],
    lines: Annotated[
        list[OrderLineInput] | None,
        strawberry.argument(description="What has come; all that was sent if left out."),
    ] = None,
) -> StockTransfer:
    arrived = None if lines is None else _units(lines)
    return StockTransfer.of(await transfers.receive(ports, act, id, arrived))


QUERIES = (stock_transfers,)
MUTATIONS = (stock_transfer_send, stock_transfer_receive)


def _units(lines: list[OrderLineInput]) -> Units:
    units = {Sku(line.sku): line.quantity for line in lines}
    if len(units) < len(lines):
        raise Invalid("Name each SKU once.", field=["lines"])
    return units
