"""What guides have sold, in MongoDB, one document for each order."""

from collections.abc import Sequence

from domain.guiding.guide_sales import GuideSale
from domain.sharing.share_links import ShareCode
from storage.mongo.kernel.database import Database, Document
from storage.mongo.kernel.documents import find_by, find_by_ids, from_document, to_document
from storage.mongo.kernel.folds import MongoFolds


class MongoGuideSales(MongoFolds[GuideSale]):
    """See `domain.guiding.guide_sales.GuideSales`."""

    def __init__(self, database: Database) -> None:
        self._sales = database["guide_sales"]
        super().__init__(self._sales, _read, _fields)

    async def by_ids(self, ids: Sequence[str]) -> Sequence[GuideSale]:
        """Those of these orders of which anything is known."""
        return [_read(one) for one in await find_by_ids(self._sales, ids)]

    async def by_links(self, codes: Sequence[ShareCode]) -> Sequence[GuideSale]:
        """Those of orders that some links brought."""
        return [_read(one) for one in await find_by(self._sales, "share_code", list(codes))]


def _read(document: Document) -> GuideSale:
    return from_document(GuideSale, document)


def _fields(_: str, sale: GuideSale) -> Document:
    document = to_document(sale)
    del document["_id"]
    return document
