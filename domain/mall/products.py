"""Taking in and handing out the catalogue as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.mall.catalogue import Catalogue, Pictures, Product, ProductId, Sku, Variant
from domain.mall.product_rows import ProductReader, by_product, picture_names
from domain.mall.reference import ReferenceSource
from domain.people.viewer import Role, Viewer
from domain.tables import ImportMode, ImportReport, plan_import, read_rows


class Products(Protocol):
    """The catalogue as it is written down, ahead of any view of it in memory."""

    async def by_ids(self, ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """Those of the ids that exist."""

    async def save_products(self, products: list[Product]) -> None:
        """Write products, each over the version before its own.

        Conflict where another has been written meanwhile; the others are written all the same.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Assortment:
    """What the use cases of the catalogue work with."""

    reference: ReferenceSource
    products: Products
    pictures: Pictures


@dataclass(frozen=True, slots=True)
class _Entry:
    """One SKU as a file's row sees it: the variant, and its product without the others."""

    product: Product
    variant: Variant


async def import_products(
    assortment: Assortment,
    viewer: Viewer,
    file: str,
    data: bytes,
    *,
    mode: ImportMode,
    now: datetime,
) -> ImportReport:
    """Write the products and variants of a file over the catalogue; what it leaves out stays."""
    viewer.require(Role.HEAD_OFFICE, Role.FEED)
    rows, unread = read_rows(file, data)
    groups, nameless = by_product(rows)
    names = {name for row in rows for name in picture_names(row)}
    existing = await assortment.products.by_ids(list(groups))
    view = assortment.reference.now().catalogue
    reader = ProductReader(
        known=Catalogue(products=existing, price_changes=view.price_changes),
        taken={sku: product.id for sku, (product, _) in view.variants.items()},
        barcodes={v.barcode: sku for sku, (_, v) in view.variants.items() if v.barcode},
        pictures=await assortment.pictures.by_file_names(sorted(names)),
        now=now,
    )
    read = [found for id, group in groups.items() if (found := reader.read(id, group))]
    changes, counted = plan_import(
        existing={sku: entry for product in existing.values() for sku, entry in _entries(product)},
        values={
            sku: entry for product, skus in read for sku, entry in _entries(product) if sku in skus
        },
        errors=sorted([*unread, *nameless, *reader.errors], key=lambda error: error.line),
        mode=mode,
    )
    changed = {entry.product.id for entry in changes.values()}
    await assortment.products.save_products(
        [_next_version(product, existing) for product, _ in read if product.id in changed]
    )
    return counted


def _entries(product: Product) -> list[tuple[Sku, _Entry]]:
    bare = replace(product, variants=())
    return [(variant.sku, _Entry(bare, variant)) for variant in product.variants]


def _next_version(product: Product, existing: Mapping[ProductId, Product]) -> Product:
    return replace(product, version=product.version + 1) if product.id in existing else product
