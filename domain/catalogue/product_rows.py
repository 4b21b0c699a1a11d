"""Rows of a product file, one for each SKU, laid over the catalogue as it is.

A product's own cells stand in any of its rows; in the others they are blank or the same. A blank
cell, like a column that the file does not have, leaves what is there as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.catalogue.catalogue import Catalogue, Product, ProductId, Sku, Variant
from domain.catalogue.prices import Price
from domain.catalogue.product_cells import (
    OWN_CELLS,
    SHOWN_COLUMNS,
    first_to_say,
    read_amounts,
    read_barcode,
    read_options,
    read_weight,
    require_the_same,
    texts_of,
)
from domain.kernel.import_reports import RowError
from domain.kernel.refusals import Invalid, Refusal, refuse_all
from domain.kernel.tables import Row
from domain.kernel.wording import Wording


@dataclass(kw_only=True)
class ProductReader:
    """Reads the rows of one file; what is wrong with them gathers in `errors`.

    `known` holds the products of the file as they are now, `taken` every SKU's product and every
    barcode's SKU, `pictures` the asset ids of file names and of themselves.
    """

    known: Catalogue
    taken: Mapping[Sku, ProductId]
    barcodes: dict[str, Sku]
    pictures: Mapping[str, str]
    wording: Wording
    now: datetime
    errors: list[RowError] = field(default_factory=list)
    rows: dict[Sku, Row] = field(default_factory=dict)

    def read(self, id: ProductId, rows: Sequence[Row]) -> tuple[Product, list[Sku]] | None:
        """The product as its rows want it, and which SKUs they were; None where none is good."""
        told = first_to_say(rows)
        product = self._header(id, rows, told)
        if product is None:
            return None
        base = self.known.products.get(id)
        new_header = base is None or replace(product, variants=()) != replace(base, variants=())
        skus: list[Sku] = []
        refused: list[Row] = []
        for row in rows:
            try:
                require_the_same(row, told)
                variant = self._variant(row, product)
                product = _with_variant(product, variant)
                self._claim(variant, row)
                skus.append(variant.sku)
            except Refusal as refusal:
                self.errors.extend(row.error(refusal))
                refused.append(row)
        tellers = {row.line for row in told.values()} | {rows[0].line}
        if new_header and any(row.line in tellers for row in refused):
            # What a refused row says of the product can't be taken, nor what builds on it.
            self._give_up(rows, because_of=refused)
            return None
        return (product, skus) if skus else None

    def _header(
        self, id: ProductId, rows: Sequence[Row], told: Mapping[str, Row]
    ) -> Product | None:
        """What its rows say of a product, laid over what is there; None where that is wrong."""
        base = self.known.products.get(id)
        fields: dict[str, Any] = {}
        bad: list[Row] = []
        for column, (attribute, read) in OWN_CELLS.items():
            row = told.get(column, rows[0])
            if base is None or column in told:
                try:
                    fields[attribute] = read(row, self.pictures)
                    before = getattr(base, attribute, None)
                    self._require_words(column, fields[attribute], before)
                except Refusal as refusal:
                    self.errors.extend(row.error(refusal))
                    bad.append(row)
        if not bad:
            product = replace(base, **fields) if base else Product(id=id, variants=(), **fields)
            if not _leaves_before_it_comes(product):
                return product
            bad = [told.get("off_shelf_at", told.get("on_shelf_at", rows[0]))]
            wrong = Invalid("it goes off the shelf before it is on it.", field=["off_shelf_at"])
            self.errors.extend(bad[0].error(wrong))
        self._give_up(rows, because_of=bad)
        return None

    def _require_words(self, column: str, said: object, before: object) -> None:
        """Refuse a new text with what may not be said of goods; an old one is left as it is."""
        if column in SHOWN_COLUMNS and said != before:
            refuse_all(
                refused
                for text in texts_of(said)
                for refused in self.wording.refused(text, [column])
            )

    def _give_up(self, rows: Sequence[Row], *, because_of: Sequence[Row]) -> None:
        lines = {row.line for row in because_of}
        for row in rows:
            if row.line not in lines:
                refusal = Invalid(f"its product is not clear: line {min(lines)} is wrong.")
                self.errors.extend(row.error(refusal))

    def _variant(self, row: Row, product: Product) -> Variant:
        sku = Sku(row.code("sku"))
        holder = self.taken.get(sku, product.id)
        if holder != product.id:
            raise Invalid(f"{sku} belongs to product {holder}.", field=["sku"])
        if sku in self.rows:
            raise Invalid(f"{sku} is on line {self.rows[sku].line} already.", field=["sku"])
        base = next((one for one in product.variants if one.sku == sku), None)
        options = read_options(row, base)
        column = "options" if row.says("options") else "option1_value"
        self._require_words(column, options, base.options if base else None)
        return Variant(
            sku=sku,
            options=options,
            own_price=self._price(row, base),
            barcode=self._barcode(row, base, sku),
            weight_g=read_weight(row, base),
        )

    def _price(self, row: Row, base: Variant | None) -> Price:
        """The price of the row: as it was where a buyer sees no difference, else new from now."""
        current = self.known.price_at(base.sku, self.now) if base else None
        wanted = read_amounts(row, current)
        if base is None or current is None:
            return wanted
        return base.own_price if wanted.same_amounts(current) else replace(wanted, since=self.now)

    def _barcode(self, row: Row, base: Variant | None, sku: Sku) -> str | None:
        if base and not row.says("barcode"):
            return base.barcode
        if row.optional("barcode") is None:
            return None
        barcode = read_barcode(row)
        holder = self.barcodes.get(barcode, sku)
        if holder != sku:
            raise Invalid(f"{holder} has this barcode.", field=["barcode"])
        return barcode

    def _claim(self, variant: Variant, row: Row) -> None:
        self.rows[variant.sku] = row
        if variant.barcode:
            self.barcodes[variant.barcode] = variant.sku


def _leaves_before_it_comes(product: Product) -> bool:
    on, off = product.on_shelf_at, product.off_shelf_at
    return on is not None and off is not None and off <= on


def _with_variant(product: Product, variant: Variant) -> Product:
    """The product with a variant new or in place of the one of its SKU."""
    others = [one for one in product.variants if one.sku != variant.sku]
    for other in others:
        if set(other.options) != set(variant.options):
            names = ", ".join(other.options) or "no options"
            raise Invalid(f"{other.sku} has {names}; all of a product have the same options.")
        if other.options == variant.options:
            raise Invalid(f"{other.sku} has the same options; change one of them.")
    if len(others) == len(product.variants):
        return replace(product, variants=(*product.variants, variant))
    variants = (variant if one.sku == variant.sku else one for one in product.variants)
    return replace(product, variants=tuple(variants))
