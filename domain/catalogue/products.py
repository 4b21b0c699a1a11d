"""Taking in the catalogue from files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue import descriptions
from domain.catalogue.catalogue import Catalogue, Product, ProductId, Sku, Variant
from domain.catalogue.ports import CataloguePorts, ProductPictures
from domain.catalogue.product_columns import COLUMNS, by_product, picture_names
from domain.catalogue.product_facts import facts_of_products
from domain.catalogue.product_rows import ProductReader
from domain.kernel.import_reports import ImportReport, RowError
from domain.kernel.imports import HandedIn, RowsRead, take_in
from domain.kernel.look_alikes import look_alikes
from domain.kernel.records import Subject
from domain.kernel.tables import Row
from domain.kernel.uses import User, UserKind, asset_use, saving
from domain.kernel.versions import risen
from domain.kernel.wording import Wording
from domain.people.act import Act


@dataclass(frozen=True, slots=True)
class _Entry:
    """One SKU as a file's row sees it: the variant, and its product without the others."""

    product: Product
    variant: Variant


async def import_products(ports: CataloguePorts, act: Act, handed: HandedIn) -> ImportReport:
    """Write the products and variants of a file over the catalogue; what it leaves out stays."""
    act.viewer.require("product.keep")
    table = await handed.table(COLUMNS)
    rows = table.rows
    groups, nameless = by_product(rows)
    pictures = await _pictures(
        ports.pictures, {name for row in rows for name in picture_names(row)}
    )
    existing: Mapping[ProductId, Product] = {}
    wanted: dict[ProductId, Product] = {}

    async def read() -> RowsRead[Sku, _Entry]:
        nonlocal existing, wanted
        existing = await ports.writer.products_by_ids(list(groups))
        view = ports.source.catalogue()
        reader = _reader(view, existing, pictures, ports.wording, act.at)
        found = await handed.workers.run(
            lambda: [one for code, group in groups.items() if (one := reader.read(code, group))]
        )
        wanted = {product.id: product for product, _ in found}
        return RowsRead(
            existing={sku: entry for one in existing.values() for sku, entry in _entries(one)},
            values={
                sku: entry
                for product, skus in found
                for sku, entry in _entries(product)
                if sku in skus
            },
            errors=sorted([*table.errors, *nameless, *reader.errors], key=lambda error: error.line),
            warnings=[*table.warnings, *_look_alikes(groups, reader.rows, view)],
        )

    async def save(changes: Mapping[Sku, _Entry]) -> None:
        changed = dict.fromkeys(entry.product.id for entry in changes.values())
        written = [risen(wanted[one]) if one in existing else wanted[one] for one in changed]
        facts = facts_of_products(written, existing, act.at)
        async with saving(ports.uses, map(_user, written)):
            await ports.writer.save_products(written, facts)

    report = await take_in(read, save, handed)
    if (report.created or report.changed) and not handed.only_check:
        done = {"created": report.created, "changed": report.changed}
        subject = Subject(kind="product_file", id=handed.name)
        await ports.records.append(act.record("productsImport", subject, before={}, after=done))
    return report


def _look_alikes(
    groups: Mapping[ProductId, list[Row]], skus: Mapping[Sku, Row], view: Catalogue
) -> list[RowError]:
    """New products and SKUs that are called like known ones but for the zeros before them."""
    products = {code: rows[0] for code, rows in groups.items()}
    return [
        *look_alikes(products, view.products, column="product_code", what="product"),
        *look_alikes(skus, view.variants, column="sku", what="SKU"),
    ]


def _reader(
    view: Catalogue,
    existing: Mapping[ProductId, Product],
    pictures: Mapping[str, str],
    wording: Wording,
    now: datetime,
) -> ProductReader:
    """What reads a file's rows over the products as they are written down."""
    return ProductReader(
        known=Catalogue(products=existing, price_changes=view.price_changes),
        taken={sku: product.id for sku, (product, _) in view.variants.items()},
        barcodes={v.barcode: sku for sku, (_, v) in view.variants.items() if v.barcode},
        pictures=pictures,
        wording=wording,
        now=now,
    )


async def _pictures(pictures: ProductPictures, names: Iterable[str]) -> Mapping[str, str]:
    """The assets that a file's names mean: file names of uploads, or assets' own ids."""
    names = sorted(names)
    found = await pictures.by_file_names(names)
    known = await pictures.by_ids([name for name in names if name not in found])
    return {**found, **{str(asset): str(asset) for asset in known}}


def _entries(product: Product) -> list[tuple[Sku, _Entry]]:
    bare = replace(product, variants=())
    return [(variant.sku, _Entry(bare, variant)) for variant in product.variants]


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
