"""The cells of a product's row, each read as what it says of the product or of its variant."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from domain.catalogue import descriptions
from domain.catalogue.barcodes import ean_13
from domain.catalogue.catalogue import Channel, Variant
from domain.catalogue.prices import MOST_FEN, Price
from domain.catalogue.product_columns import OPTIONS
from domain.kernel.lines import read_line, read_paragraphs, shown
from domain.kernel.money import Fen
from domain.kernel.refusals import Invalid
from domain.kernel.tables import Row

# A piece of 100 kg is a slip of the keys.
MOST_GRAMS = 100_000
MOST_LEVELS = 4
MOST_NAMED = 5
# Names become keys of documents, where a dot or a dollar sign would have a meaning.
_NAME = re.compile(r"[^.$\x00]{1,30}")
_NUMBER = re.compile(r"[0-9.]+")
_SPOILT = (
    " A spreadsheet may have dropped its zeros or rounded its digits: format the column as text "
    "and write it again (请把条码列设为文本)."
)

# The columns whose words consumers read.
SHOWN_COLUMNS = frozenset(
    {
        *("name", "subtitle", "category", "description", "care", "attributes"),
        *("options", "option1_value"),
    }
)


def texts_of(said: object) -> Iterable[str]:
    """What consumers read of a cell: a text, the levels of a category, names with values."""
    if isinstance(said, str):
        return [said]
    if isinstance(said, dict):
        return [f"{name}: {value}" for name, value in said.items()]
    return said if isinstance(said, tuple) else ()


Pictures = Mapping[str, str]

# What is read from which column, and into which field of the product.
OWN_CELLS: Mapping[str, tuple[str, Callable[[Row, Pictures], Any]]] = {
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


def first_to_say(rows: Sequence[Row]) -> dict[str, Row]:
    """For each of a product's own columns, the first row in which something stands."""
    return {column: row for row in reversed(rows) for column in OWN_CELLS if row.says(column)}


def require_the_same(row: Row, told: Mapping[str, Row]) -> None:
    """Refuse a row that says something else of its product than the first that speaks of it."""
    for column, first in told.items():
        if row.says(column) and row.cells[column] != first.cells[column]:
            raise Invalid(
                f"line {first.line} says something else; leave this empty or repeat it.",
                field=[column],
            )


def read_options(row: Row, base: Variant | None) -> dict[str, str]:
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


def read_amounts(row: Row, current: Price | None) -> Price:
    """The amounts of a row, laid over those that hold now."""
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


def read_weight(row: Row, base: Variant | None) -> int:
    """What one piece weighs in grams; as it was where the row says nothing, else 0."""
    if not row.says("weight_g"):
        return base.weight_g if base else 0
    return row.integer("weight_g", high=MOST_GRAMS) if row.optional("weight_g") else 0


def read_barcode(row: Row) -> str:
    """A row's barcode; where it is none, and looks like a number, why a spreadsheet may be it."""
    barcode = row.id("barcode")
    try:
        return ean_13(barcode)
    except Invalid as refusal:
        message = f"{refusal.message}{_SPOILT}" if _NUMBER.fullmatch(barcode) else refusal.message
        raise Invalid(message, field=["barcode"]) from None


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
