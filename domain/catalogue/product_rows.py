"""Rows of a product file, one for each SKU, laid over the catalogue as it is.

A product's own cells stand in any of its rows; in the others they are blank or the same. A blank
cell, like a column that the file does not have, leaves what is there as it is.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.catalogue import descriptions
from domain.catalogue.barcodes import ean_13
from domain.catalogue.catalogue import Catalogue, Channel, Product, ProductId, Sku, Variant
from domain.catalogue.prices import MOST_FEN, Price
from domain.kernel.columns import Columns
from domain.kernel.import_reports import RowError
from domain.kernel.lines import read_line, read_paragraphs, shown
from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid, Refusal, refuse_all
from domain.kernel.tables import Row
from domain.kernel.wording import Wording

MOST_LEVELS = 4
MOST_NAMED = 5
OPTIONS = (1, 2, 3)
# Names become keys of documents, where a dot or a dollar sign would have a meaning.
_NAME = re.compile(r"[^.$\x00]{1,30}")
_NUMBER = re.compile(r"[0-9.]+")
_SPOILT = (
    " A spreadsheet may have dropped its zeros or rounded its digits: format the column as text "
    "and write it again (请把条码列设为文本)."
)


COLUMNS = Columns(
    names={
        "product_code": ("商品编码", "商品编号", "货号", "款号"),
        "name": ("商品名称", "品名", "名称"),
        "subtitle": ("副标题", "卖点"),
        "category": ("类目", "分类"),
        "description": ("商品描述", "描述"),
        "care": ("洗护说明", "洗涤说明"),
        "attributes": ("属性",),
        "channels": ("销售渠道", "渠道"),
        "images": ("图片", "商品图片"),
        "on_shelf_at": ("上架时间",),
        "off_shelf_at": ("下架时间",),
        **{
            f"option{number}_{part}": (f"规格{number}{called}",)
            for number in OPTIONS
            for part, called in (("name", "名称"), ("value", "值"))
        },
        "options": ("规格",),
        "sku": ("SKU编码", "规格编码"),
        "barcode": ("条码", "条形码", "商品条码"),
        "price_fen": ("价格（分）", "售价（分）"),
        "compare_at_fen": ("划线价（分）", "原价（分）"),
        "variants": ("规格列表",),
    },
    ids=("product_code",),
    codes=frozenset({"product_code", "sku", "barcode"}),
)


def by_sku(row: Row) -> list[Row]:
    """The rows of a JSON object that lists its `variants`; any other row is one already."""
    variants = row.cells.get("variants")
    if variants is None:
        return [row]
    listed = isinstance(variants, list) and all(isinstance(one, dict) for one in variants)
    if not listed or not variants:
        raise Invalid("list the variants, at least one, as objects.", field=["variants"])
    for name in {name for one in variants for name in one}:
        if name not in COLUMNS.names:
            raise Invalid(f"{name[:40]} is not known of a variant.", field=["variants"])
    product = {name: value for name, value in row.cells.items() if name != "variants"}
    return [replace(row, cells={**product, **variant}) for variant in variants]


def by_product(rows: Iterable[Row]) -> tuple[dict[ProductId, list[Row]], list[RowError]]:
    """The rows of each product, in the file's order, and the rows that name none."""
    groups: dict[ProductId, list[Row]] = {}
    errors: list[RowError] = []
    for row in rows:
        try:
            for one in by_sku(row):
                groups.setdefault(ProductId(one.code("product_code")), []).append(one)
        except Refusal as refusal:
            errors.extend(row.error(refusal))
    return groups, errors


def picture_names(row: Row) -> list[str]:
    """The file names of the pictures that a row mentions, as far as they can be read."""
    description = row.cells.get("description")
    inside = descriptions.pictures(description) if isinstance(description, str) else []
    try:
        return [*row.items("images"), *inside]
    except Refusal:
        return inside


def picture_ids(product: Product) -> list[str]:
    """The assets that a product shows: its pictures, then those in its description."""
    return [*product.pictures, *descriptions.pictures(product.description)]


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
        told = _first_to_say(rows)
        product = self._header(id, rows, told)
        if product is None:
            return None
        base = self.known.products.get(id)
        new_header = base is None or replace(product, variants=()) != replace(base, variants=())
        skus: list[Sku] = []
        refused: list[Row] = []
        for row in rows:
            try:
                _same_header(row, told)
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
        for column, (attribute, read) in _HEADER.items():
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
        if column in _SHOWN and said != before:
            refuse_all(
                refused for text in _texts(said) for refused in self.wording.refused(text, [column])
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
        options = _options(row, base)
        column = "options" if row.says("options") else "option1_value"
        self._require_words(column, options, base.options if base else None)
        return Variant(
            sku=sku,
            options=options,
            own_price=self._price(row, base),
            barcode=self._barcode(row, base, sku),
        )

    def _price(self, row: Row, base: Variant | None) -> Price:
        """The price of the row: as it was where a buyer sees no difference, else new from now."""
        current = self.known.price_at(base.sku, self.now) if base else None
        wanted = _amounts(row, current)
        if base is None or current is None:
            return wanted
        return base.own_price if wanted.same_amounts(current) else replace(wanted, since=self.now)

    def _barcode(self, row: Row, base: Variant | None, sku: Sku) -> str | None:
        if base and not row.says("barcode"):
            return base.barcode
        if row.optional("barcode") is None:
            return None
        barcode = row.id("barcode")
        holder = self.barcodes.get(barcode, sku)
        if holder != sku:
            raise Invalid(f"{holder} has this barcode.", field=["barcode"])
        try:
            return ean_13(barcode)
        except Invalid as refusal:
            message = (
                f"{refusal.message}{_SPOILT}" if _NUMBER.fullmatch(barcode) else refusal.message
            )
            raise Invalid(message, field=["barcode"]) from None

    def _claim(self, variant: Variant, row: Row) -> None:
        self.rows[variant.sku] = row
        if variant.barcode:
            self.barcodes[variant.barcode] = variant.sku


# The columns whose words consumers read.
_SHOWN = frozenset(
    {
        *("name", "subtitle", "category", "description", "care", "attributes"),
        *("options", "option1_value"),
    }
)


def _texts(said: object) -> Iterable[str]:
    """What consumers read of a cell: a text, the levels of a category, names with values."""
    if isinstance(said, str):
        return [said]
    if isinstance(said, dict):
        return [f"{name}: {value}" for name, value in said.items()]
    return said if isinstance(said, tuple) else ()


Pictures = Mapping[str, str]

# What is read from which column, and into which field of the product.
_HEADER: Mapping[str, tuple[str, Callable[[Row, Pictures], Any]]] = {
    "name": ("name", lambda row, _: _line(row, "name", least=1)),
    "subtitle": ("subtitle", lambda row, _: _line(row, "subtitle")),
    "category": ("category", lambda row, _: _category(row)),
    "description": ("description", lambda row, pictures: _description(row, pictures)),
    "care": ("care", lambda row, _: _paragraphs(row, "care", most=2_000)),
    "attributes": ("attributes", lambda row, _: _attributes(row)),
    "channels": ("channels", lambda row, _: _channels(row)),
    "images": ("pictures", lambda row, pictures: _images(row, pictures)),
    "on_shelf_at": ("on_shelf_at", lambda row, _: row.moment("on_shelf_at")),
    "off_shelf_at": ("off_shelf_at", lambda row, _: row.moment("off_shelf_at")),
}


def _first_to_say(rows: Sequence[Row]) -> dict[str, Row]:
    """For each of a product's own columns, the first row in which something stands."""
    return {column: row for row in reversed(rows) for column in _HEADER if row.says(column)}


def _leaves_before_it_comes(product: Product) -> bool:
    on, off = product.on_shelf_at, product.off_shelf_at
    return on is not None and off is not None and off <= on


def _same_header(row: Row, told: Mapping[str, Row]) -> None:
    for column, first in told.items():
        if row.says(column) and row.cells[column] != first.cells[column]:
            raise Invalid(
                f"line {first.line} says something else; leave this empty or repeat it.",
                field=[column],
            )


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


def _options(row: Row, base: Variant | None) -> dict[str, str]:
    """A variant's choice of each option, from pairs of columns or from an object."""
    if row.says("options"):
        return _named(row.pairs("options"), "options")
    columns = [(f"option{number}_name", f"option{number}_value") for number in OPTIONS]
    if base and not any(row.says(cell) for both in columns for cell in both):
        return dict(base.options)
    found: dict[str, str] = {}
    for name, value in columns:
        if row.optional(name) or row.optional(value):
            found[row.text(name, most=30)] = row.text(value, most=30)
    return _named(found, columns[0][0])


def _amounts(row: Row, current: Price | None) -> Price:
    amount, compare_at = (current.amount, current.compare_at) if current else (None, None)
    if amount is None or row.says("price_fen"):
        amount = Fen(row.integer("price_fen", low=1, high=MOST_FEN))
    if row.says("compare_at_fen"):
        compare_at = None
        if row.optional("compare_at_fen"):
            compare_at = Fen(row.integer("compare_at_fen", low=1, high=MOST_FEN))
    if compare_at is not None and compare_at <= amount:
        raise Invalid(f"it must be more than the price of {amount} fen.", field=["compare_at_fen"])
    return Price(amount=amount, compare_at=compare_at)


def _line(row: Row, column: str, *, least: int = 0) -> str:
    said = row.text(column) if least else row.optional(column)
    return read_line(said or "", most=60, least=least, field=[column])


def _paragraphs(row: Row, column: str, *, most: int) -> str:
    return read_paragraphs(row.optional(column) or "", most=most, field=[column])


def _category(row: Row) -> tuple[str, ...]:
    levels = row.items("category", separator="/")
    if not 1 <= len(levels) <= MOST_LEVELS or max(map(len, levels)) > 30:
        raise Invalid(
            f"write 1 to {MOST_LEVELS} levels of at most 30 characters, such as 服装/羽绒服.",
            field=["category"],
        )
    return tuple(read_line(level, most=30, least=1, field=["category"]) for level in levels)


def _description(row: Row, pictures: Pictures) -> str:
    text = _paragraphs(row, "description", most=20_000)
    _known(descriptions.pictures(text), pictures, "description")
    return descriptions.rename_pictures(text, pictures.__getitem__)


def _attributes(row: Row) -> dict[str, str]:
    return _named(row.pairs("attributes"), "attributes")


def _channels(row: Row) -> frozenset[Channel]:
    return row.some_of("channels", Channel) or frozenset({Channel.MINI_PROGRAM})


def _images(row: Row, pictures: Pictures) -> tuple[str, ...]:
    names = row.items("images")
    _known(names, pictures, "images")
    return tuple(dict.fromkeys(pictures[name] for name in names))


def _known(names: Iterable[str], pictures: Pictures, column: str) -> None:
    missing = [name for name in names if name not in pictures]
    if missing:
        named = ", ".join(map(shown, missing[:MOST_NAMED]))
        raise Invalid(f"no picture named {named} is uploaded; upload it first.", field=[column])


def _named(values: dict[str, str], column: str) -> dict[str, str]:
    for name, value in values.items():
        if not _NAME.fullmatch(name) or len(value) > 60:
            raise Invalid(
                f"{shown(name)} is no name of up to 30 characters without . and $, or its value is "
                "longer than 60.",
                field=[column],
            )
        for text in (name, value):
            read_line(text, most=60, least=1, field=[column])
    return values
