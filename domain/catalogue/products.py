"""Taking in the catalogue from files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue import descriptions
from domain.catalogue.catalogue import Catalogue, Pictures, Product, ProductId, Sku, Variant
from domain.catalogue.product_facts import facts_of_products
from domain.catalogue.product_rows import ProductReader, by_product, picture_names
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject, record
from domain.kernel.tables import ImportMode, ImportReport, plan_import, read_rows
from domain.kernel.uses import User, UserKind, Uses, asset_use, saving
from domain.mall.reference import ReferenceSource, ReferenceWriter
from domain.people.viewer import Role, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguePorts(Ports):
    """What the use cases of the catalogue work with."""

    reference: ReferenceSource
    writer: ReferenceWriter
    pictures: Pictures
    uses: Uses
    records: Records


@dataclass(frozen=True, slots=True)
class _Entry:
    """One SKU as a file's row sees it: the variant, and its product without the others."""

    product: Product
    variant: Variant


async def import_products(
    assortment: CataloguePorts,
    viewer: Viewer,
    file: str,
    data: bytes,
    *,
    mode: ImportMode,
    now: datetime,
    new_id: Callable[[str], str],
) -> ImportReport:
    """Write the products and variants of a file over the catalogue; what it leaves out stays."""
    viewer.require(Role.HEAD_OFFICE, Role.FEED)
    rows, unread = read_rows(file, data)
    groups, nameless = by_product(rows)
    names = {name for row in rows for name in picture_names(row)}
    existing = await assortment.writer.products_by_ids(list(groups))
    view = assortment.reference.now().catalogue
    reader = ProductReader(
        known=Catalogue(products=existing, price_changes=view.price_changes),
        taken={sku: product.id for sku, (product, _) in view.variants.items()},
        barcodes={v.barcode: sku for sku, (_, v) in view.variants.items() if v.barcode},
        pictures=await _pictures(assortment.pictures, names),
        now=now,
    )
    read = [found for code, group in groups.items() if (found := reader.read(code, group))]
    changes, counted = plan_import(
        existing={sku: entry for product in existing.values() for sku, entry in _entries(product)},
        values={
            sku: entry for product, skus in read for sku, entry in _entries(product) if sku in skus
        },
        errors=sorted([*unread, *nameless, *reader.errors], key=lambda error: error.line),
        mode=mode,
    )
    changed = {entry.product.id for entry in changes.values()}
    written = [_next_version(product, existing) for product, _ in read if product.id in changed]
    async with saving(assortment.uses, map(_user, written)):
        facts = facts_of_products(written, existing, now)
        await assortment.writer.save_products(written, facts)
    if written:
        await assortment.records.append(
            record(
                "productsImport",
                Subject(kind="product_file", id=file),
                viewer=viewer,
                before={},
                after={"created": counted.created, "changed": counted.changed},
                now=now,
                new_id=new_id,
            )
        )
    return counted


async def _pictures(pictures: Pictures, names: Iterable[str]) -> Mapping[str, str]:
    """The assets that a file's names mean: file names of uploads, or assets' own ids."""
    names = sorted(names)
    found = await pictures.by_file_names(names)
    known = await pictures.by_ids([name for name in names if name not in found])
    return {**found, **{str(asset): str(asset) for asset in known}}


def _entries(product: Product) -> list[tuple[Sku, _Entry]]:
    bare = replace(product, variants=())
    return [(variant.sku, _Entry(bare, variant)) for variant in product.variants]


def _next_version(product: Product, existing: Mapping[ProductId, Product]) -> Product:
    return replace(product, version=product.version + 1) if product.id in existing else product


def _user(product: Product) -> User:
    """Which assets a product shows, and where."""
    shown = [asset_use(asset, f"pictures.{i}") for i, asset in enumerate(product.pictures)]
    described = descriptions.blocks(product.description)
    shown += [
        asset_use(block.picture, f"descriptionBlocks.{i}.picture")
        for i, block in enumerate(described)
        if block.picture
    ]
    return User(
        kind=UserKind.PRODUCT,
        id=product.id,
        label=product.name,
        uses=tuple(shown),
        version=product.version,
    )
