"""The catalogue as a file, in the form in which it is taken in."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.catalogue import descriptions
from domain.catalogue.catalogue import Catalogue, Product, Variant
from domain.catalogue.ports import CataloguePorts, ProductPictures
from domain.catalogue.product_columns import OPTIONS
from domain.kernel.cells import as_written
from domain.people.act import Act

Rename = Callable[[str], str]


class ProductFileForm(StrEnum):
    """A spreadsheet, one row a SKU; or one line of JSON a product, its variants inside."""

    CSV = "CSV"
    JSON_LINES = "JSON_LINES"


async def export_products(ports: CataloguePorts, act: Act, form: ProductFileForm) -> str:
    """Every product with the prices of now; taken in again it changes nothing.

    In a spreadsheet no text is a formula: one that would be has a ' before it.
    """
    act.viewer.require("product.keep")
    catalogue = ports.source.catalogue()
    products = sorted(catalogue.products.values(), key=lambda product: product.id)
    names = await _names(ports.pictures, products)
    write = _csv if form is ProductFileForm.CSV else _json_lines
    return write(products, catalogue, names.__getitem__, act.at)


async def _names(pictures: ProductPictures, products: Iterable[Product]) -> Mapping[str, str]:
    """What an import finds each picture by: its file name, or its id where that means another."""
    shown = sorted({picture for product in products for picture in _picture_ids(product)})
    named = {asset: known.file_name for asset, known in (await pictures.by_ids(shown)).items()}
    found = await pictures.by_file_names(sorted(set(named.values())))
    clear = {name: asset for name, asset in found.items() if ";" not in name}
    return {
        asset: named[asset] if clear.get(named.get(asset, "")) == asset else asset
        for asset in shown
    }


def _picture_ids(product: Product) -> list[str]:
    """The assets that a product shows: its pictures, then those in its description."""
    return [*product.pictures, *descriptions.pictures(product.description)]


def _csv(products: Sequence[Product], catalogue: Catalogue, rename: Rename, now: datetime) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for product in products:
        cells = _product_cells(product, rename)
        for variant in product.variants:
            row = {
                "product_code": product.id,
                **cells,
                **_option_cells(variant),
                **_variant_cells(variant, catalogue, now),
            }
            writer.writerow({column: as_written(cell) for column, cell in row.items()})
            cells = {}
    return text.getvalue()


def _json_lines(
    products: Sequence[Product], catalogue: Catalogue, rename: Rename, now: datetime
) -> str:
    lines = [
        {
            "product_code": product.id,
            **_product_cells(product, rename),
            "variants": [
                {"options": dict(variant.options), **_variant_cells(variant, catalogue, now)}
                for variant in product.variants
            ],
        }
        for product in products
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _product_cells(product: Product, rename: Rename) -> dict[str, str]:
    return {
        "name": product.name,
        "subtitle": product.subtitle,
        "category": "/".join(product.category),
        "description": descriptions.rename_pictures(product.description, rename),
        "care": product.care,
        "attributes": ";".join(f"{name}={value}" for name, value in product.attributes.items()),
        "channels": ";".join(sorted(channel.lower() for channel in product.channels)),
        "images": ";".join(map(rename, product.pictures)),
        "on_shelf_at": _moment(product.on_shelf_at),
        "off_shelf_at": _moment(product.off_shelf_at),
    }


def _option_cells(variant: Variant) -> dict[str, str]:
    cells: dict[str, str] = {}
    for number, (name, value) in zip(OPTIONS, variant.options.items(), strict=False):
        cells |= {f"option{number}_name": name, f"option{number}_value": value}
    return cells


def _variant_cells(variant: Variant, catalogue: Catalogue, now: datetime) -> dict[str, Any]:
    price = catalogue.price_at(variant.sku, now)
    return {
        "sku": variant.sku,
        "barcode": variant.barcode or "",
        "weight_g": variant.weight_g or "",
        "price_fen": price.amount,
        "compare_at_fen": "" if price.compare_at is None else price.compare_at,
    }


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


_COLUMNS = [
    "product_code",
    "name",
    "subtitle",
    "category",
    "description",
    "care",
    "attributes",
    "channels",
    "images",
    *(f"option{number}_{part}" for number in OPTIONS for part in ("name", "value")),
    "sku",
    "barcode",
    "weight_g",
    "price_fen",
    "compare_at_fen",
    "on_shelf_at",
    "off_shelf_at",
]
