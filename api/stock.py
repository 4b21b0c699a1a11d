"""What stores have, and how it is fed in."""

import strawberry

from api.context import Info
from api.imports import ImportFile, ImportPayload, Mode, read_upload
from api.payloads import mutation
from domain.mall.counts import import_counts
from domain.tables import ImportMode


@strawberry.type(description="The answer to an import of stock counts.")
class StockImportPayload(ImportPayload):
    pass


@strawberry.type
class StockMutation:
    @mutation(
        "Take in counts of stock: a file with the columns store_id, sku, on_hand and counted_at. "
        "A count that is older than the store's last one changes nothing."
    )
    async def stock_import(
        self, info: Info, file: ImportFile, mode: Mode = ImportMode.ALL_OR_NOTHING
    ) -> StockImportPayload:
        context = info.context
        report = await import_counts(
            context.world.stocking,
            *await read_upload(file),
            mode,
            viewer=context.viewer,
            now=context.now,
            new_id=context.world.new_id,
        )
        return StockImportPayload.of(report, mode)
