"""What stores have, how it is fed in, and how it came to be so."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.imports import ImportFile, ImportPayload, Mode, OnlyCheck, hand_in
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.catalogue.catalogue import Sku
from domain.kernel.import_reports import ImportMode
from domain.kernel.imports import ImportPorts
from domain.kernel.paging import PageRequest
from domain.mall.stock import levels
from domain.mall.stock.counts import import_counts
from domain.mall.stock.differences import Difference, import_differences, tell_difference
from domain.mall.stock.pools import Event, Movement
from domain.mall.stock.stocking import Shortage, StockPorts
from domain.network.stores import StoreId
from domain.people.act import Act

enum(
    Event,
    "What happened to units in a store.",
    name="StockEvent",
    COUNTED="They were counted.",
    SOLD="A till sold them.",
    ADJUSTED="A till told that more are there.",
    SAFETY_SET="How many are held back was set.",
    CORRECTED="Our books were set right, by what orders hold.",
    TRANSFER_SENT="They left for another store.",
    TRANSFER_COMING="They are on their way here.",
    TRANSFER_RECEIVED="They arrived from another store.",
    TRANSFER_FOUND="They did not arrive, and turned up in the store that sent them.",
    TRANSFER_LOST="They did not arrive, and are lost.",
    MOVED_OUT="The store moved to another region, whose stock they are now.",
    MOVED_IN="The store moved here from another region, with them.",
    RESERVED="An order reserved them.",
    RELEASED="An order gave them up.",
    SHIPPED="They were sent or handed over.",
    WRITTEN_OFF="They were reserved, and are not there.",
    DAMAGED="They were reserved, and are damaged.",
    RETURNED="They came back to be sold again.",
    RETURNED_DAMAGED="They came back damaged.",
)

StoreArgument = Annotated[strawberry.ID, strawberry.argument(description="The store's code.")]


@strawberry.type(description="One store's units of one SKU.")
class StockLevel:
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    on_hand: int = strawberry.field(description="Units in the store, promised ones among them.")
    reserved: int = strawberry.field(description="Units promised to orders.")
    safety: int = strawberry.field(
        description="Units held back from sale; 1,000,000,000 in a store that does not sell."
    )
    damaged: int = strawberry.field(description="Units that can't be sold.")
    incoming: int = strawberry.field(description="Units on their way to the store.")
    available: int = strawberry.field(description="Units of the store that may be sold.")
    region_available: int = strawberry.field(
        description="Units that may be sold in the store's region: what every storefront of it "
        "shows."
    )
    counted_at: datetime | None = strawberry.field(
        description="When the store last counted them; null if it never has."
    )

    @classmethod
    def of(cls, level: levels.Level) -> "StockLevel":
        """Pack a level."""
        stock = level.stock
        return cls(
            sku=strawberry.ID(level.sku),
            on_hand=stock.on_hand,
            reserved=stock.reserved,
            safety=stock.safety,
            damaged=stock.damaged,
            incoming=stock.incoming,
            available=stock.available,
            region_available=level.region_available,
            counted_at=stock.counted_at,
        )


@strawberry.type(description="One change of one SKU in one store; negative where fewer.")
class StockMovement:
    event: Event = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When it happened.")
    actor: str = strawberry.field(description="Who did it: a person's id, or system.")
    reason: str = strawberry.field(description="Why; may be empty.")
    order_id: strawberry.ID | None = strawberry.field(
        description="The order that it was for; null if none."
    )
    till_id: strawberry.ID | None = strawberry.field(
        description="The till's own id of it; null of what no till told."
    )
    on_hand: int = strawberry.field(description="Change of the units in the store.")
    reserved: int = strawberry.field(description="Change of the units promised to orders.")
    safety: int = strawberry.field(description="Change of the units held back.")
    damaged: int = strawberry.field(description="Change of the units that can't be sold.")
    incoming: int = strawberry.field(description="Change of the units on their way.")

    @classmethod
    def of(cls, movement: Movement) -> "StockMovement":
        """Pack a movement."""
        delta = movement.delta
        return cls(
            event=movement.event,
            at=movement.at,
            actor=movement.actor,
            reason=movement.reason,
            order_id=strawberry.ID(movement.order_id) if movement.order_id else None,
            till_id=strawberry.ID(movement.till_id) if movement.till_id else None,
            on_hand=delta.on_hand,
            reserved=delta.reserved,
            safety=delta.safety,
            damaged=delta.damaged,
            incoming=delta.incoming,
        )


@strawberry.type(description="A store has fewer units on hand than are promised in it.")
class StockShortage(Packed[Shortage]):
    store_id: strawberry.ID = strawberry.field(description="The store's code.")
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    on_hand: int = strawberry.field(description="What the store counted.")
    reserved: int = strawberry.field(description="What was promised then.")
    missing: int = strawberry.field(description="How many units were promised and not there.")
    raised_at: datetime = strawberry.field(description="Since when.")


@strawberry.input(description="So many units of a SKU more, or fewer, in a store.")
class StockDifferenceInput:
    store_id: strawberry.ID = strawberry.field(description="The store's code.")
    sku: strawberry.ID = strawberry.field(description="The SKU's code.")
    units: int = strawberry.field(description="How many more; below 0 for a sale.")
    at: datetime | None = strawberry.field(description="When; now if left out.", default=None)
    reason: str = strawberry.field(description="Why, in a few words.", default="")


@strawberry.type(description="The answer to stockImport.")
class StockImportPayload(ImportPayload):
    pass


@strawberry.type(description="The answer to stockDifferencesImport.")
class StockDifferencesImportPayload(ImportPayload):
    pass


@query("What a store has of some SKUs, for its own people and feeds.")
async def stock_levels(
    ports: StockPorts,
    act: Act,
    store_id: StoreArgument,
    skus: Annotated[list[strawberry.ID], strawberry.argument(description="Which SKUs.")],
) -> list[StockLevel]:
    found = await levels.of_store(ports, act, StoreId(store_id), [Sku(sku) for sku in skus])
    return [StockLevel.of(level) for level in found]


@query("How a store came to have what it has of a SKU: every change, newest first.")
async def stock_explain(
    ports: StockPorts,
    act: Act,
    store_id: StoreArgument,
    sku: Annotated[strawberry.ID, strawberry.argument(description="Which SKU.")],
    first: First = 20,
    after: After = None,
) -> Connection[StockMovement]:
    request = PageRequest(first=first, after=after)
    page = await levels.explain(ports, act, StoreId(store_id), Sku(sku), request)
    return connection(page, StockMovement.of)


@query(
    "Where fewer units are on hand than are promised, the oldest first, at most 100; of one store, "
    "or for head office of all."
)
async def stock_shortages(
    ports: StockPorts,
    act: Act,
    store_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Of one store; of all if left out, for head office."),
    ] = None,
) -> list[StockShortage]:
    found = await levels.shortages(ports, act, StoreId(store_id) if store_id else None)
    return [StockShortage.of(shortage) for shortage in found]


@mutation(
    "Take in counts of stock: a file with the columns store_id, sku, on_hand and counted_at, and "
    "damaged and incoming where they are known. A count that is no newer than the store's last one "
    "changes nothing."
)
async def stock_import(
    ports: StockPorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode = ImportMode.ALL_OR_NOTHING,
    only_check: OnlyCheck = False,
) -> StockImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return StockImportPayload.of(await import_counts(ports, act, handed), handed)


@mutation(
    "Take in differences of stock, such as a till's sales: a file with the columns id, store_id, "
    "sku, units and at, and reason where there is one. An id that a store has told before changes "
    "nothing."
)
async def stock_differences_import(
    ports: StockPorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode = ImportMode.ALL_OR_NOTHING,
    only_check: OnlyCheck = False,
) -> StockDifferencesImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return StockDifferencesImportPayload.of(await import_differences(ports, act, handed), handed)


@mutation(
    "Tell one difference of a store's stock, such as one sale; the same id again changes nothing.",
    changed="Whether it changed anything; false if it was told before, or counted since.",
)
async def stock_adjust(
    ports: StockPorts,
    act: Act,
    id: Annotated[
        strawberry.ID,
        strawberry.argument(
            description="The till's own id of this change; told again, it changes nothing."
        ),
    ],
    input: Annotated[
        StockDifferenceInput,
        strawberry.argument(description="By how many units, of what, where and why."),
    ],
) -> bool:
    difference = Difference(
        id=id,
        store_id=StoreId(input.store_id),
        sku=Sku(input.sku),
        units=input.units,
        at=input.at or act.at,
        reason=input.reason,
    )
    return await tell_difference(ports, act, difference)


QUERIES = (stock_levels, stock_explain, stock_shortages)
MUTATIONS = (stock_import, stock_differences_import, stock_adjust)
