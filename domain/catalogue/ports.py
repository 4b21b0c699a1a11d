"""What the use cases of the catalogue work with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domain.catalogue.catalogue import CatalogueSource, Product, ProductId
from domain.catalogue.prices import PriceChange
from domain.kernel.facts import Fact
from domain.kernel.picture_names import Pictures
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.uses import Uses
from domain.kernel.wording import Wording


class UploadedPicture(Protocol):
    """What a product file needs to know of an upload."""

    @property
    def file_name(self) -> str:
        """The name of the file that was uploaded first."""


class ProductPictures(Pictures, Protocol):
    """Uploaded pictures, as product files name them and as they are written out again."""

    async def by_ids(self, ids: Sequence[str]) -> Mapping[Any, UploadedPicture]:
        """Those of the assets that exist, by their ids."""


class CatalogueWriter(Protocol):
    """Writes products and price changes, each over the version before its own.

    What was written is in this process's next view. Raises Conflict if somebody else has written
    one of them meanwhile; the others are written.
    """

    async def products_by_ids(self, ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """The products of these ids as they are written down, ahead of any view."""

    async def save_products(
        self, products: Sequence[Product], facts: Mapping[ProductId, Sequence[Fact]]
    ) -> None:
        """Write products, each over the version before its own, and say the facts with them."""

    async def save_price_change(self, change: PriceChange) -> None:
        """Write a price change over the version before its own; else Conflict.

        A Conflict too, of a new one, where another sets one of its SKUs at the same moment.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguePorts(Ports):
    """The catalogue, its writing, and what is kept beside it."""

    source: CatalogueSource
    writer: CatalogueWriter
    pictures: ProductPictures
    uses: Uses
    records: Records
    wording: Wording
