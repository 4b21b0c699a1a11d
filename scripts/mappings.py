"""How another system's file becomes one of ours: a small TOML file that head office writes.

    kind = "products"
    skip_rows_without = "Variant SKU"

    [columns]
    product_code = "Handle"
    price_fen = { from = "Variant Price", as = "fen" }
    category = { value = "服装" }

docs/imports.md tells all of it.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

from domain.kernel.cells import cleaned, plain_number, unquoted
from domain.kernel.columns import Columns, read_header
from domain.kernel.grids import Record
from domain.kernel.refusals import Invalid
from scripts.file_parts import FileOfRows

KEYS = frozenset({"kind", "skip_rows_without", "columns"})
COLUMN_KEYS = frozenset({"from", "value", "as", "zone", "replace", "fill_down"})
CHINA = "+08:00"
_ZONE = re.compile(r"[+-](0[0-9]|1[0-4]):[0-5][0-9]")
_CURRENCY = re.compile(r"^[¥￥$€\s]+|[\s元]+$")
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])\b[^>]*>", re.IGNORECASE)
_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y%m%d%H%M%S", "%Y%m%d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the cells of one of our columns come from, and what is made of them."""

    column: str | None = None
    value: str = ""
    form: str | None = None
    zone: str = CHINA
    replace: Mapping[str, str] = field(default_factory=dict)
    fill_down: bool = False

    def read(self, text: str) -> str:
        """A cell as we write it; one that can't be converted stays, for the service to refuse."""
        text = unquoted(cleaned(text, code=False)[0])
        text = self.replace.get(text, text)
        return _FORMS[self.form](text, self.zone) if self.form and text else text


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMapping:
    """A mapping that was read: the kind of file that it makes, and each column's source."""

    kind: str
    sources: Mapping[str, Source]
    skip_rows_without: str | None = None

    @property
    def columns(self) -> Columns:
        """The other system's columns, by which its file is read."""
        names = {one.column: () for one in self.sources.values() if one.column}
        if self.skip_rows_without:
            names[self.skip_rows_without] = ()
        return Columns(names=names, ids=(), codes=frozenset())

    def apply(self, file: FileOfRows) -> FileOfRows:
        """The file as one of ours; Invalid where it lacks a column that the mapping names."""
        header = read_header(file.name, file.header_line, file.header, self.columns)
        places = {name: place for place, name in header.columns.items()}
        missing = [name for name in self.columns.names if name not in places]
        if missing:
            raise Invalid(
                f"{file.name}: 缺少对照文件里的列：{'、'.join(missing)}。 The file has no column "
                f"{', '.join(missing)}, which the mapping names."
            )
        records = [record for record in file.records if self._counts(record[1], places)]
        return replace(
            file, header=list(self.sources), records=self._written(records, places), key=0
        )

    def _counts(self, cells: Sequence[str], places: Mapping[str, int]) -> bool:
        return self.skip_rows_without is None or bool(
            _cell(cells, places[self.skip_rows_without]).strip()
        )

    def _written(self, records: Sequence[Record], places: Mapping[str, int]) -> list[Record]:
        """Our cells of each record; what is filled down is so within one thing's rows."""
        above: dict[tuple[str, str], str] = {}
        written: list[Record] = []
        for line, cells in records:
            read = {
                name: one.read(_cell(cells, places[one.column]) if one.column else one.value)
                for name, one in self.sources.items()
            }
            thing = next(iter(read.values()))
            for name, one in self.sources.items():
                if one.fill_down:
                    read[name] = above[thing, name] = read[name] or above.get((thing, name), "")
            written.append((line, list(read.values())))
        return written


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def read_mapping(path: Path, kinds: Mapping[str, Columns]) -> FileMapping:
    """Read a mapping file; Invalid says what of it is wrong, and where."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Invalid(f"{path}: this is no TOML in UTF-8: {fault}.") from None
    _only(path, "", said, KEYS)
    kind = str(said.get("kind"))
    if kind not in kinds:
        raise Invalid(f"{path}: kind: write one of {', '.join(kinds)}.")
    columns = said.get("columns")
    if not isinstance(columns, dict) or not columns:
        raise Invalid(f'{path}: columns: say where each column comes from, such as sku = "货号".')
    sources: dict[str, Source] = {}
    for name, one in columns.items():
        if name not in kinds[kind].names:
            meant = kinds[kind].meant(name)
            instead = f"; did you mean {meant}?" if meant else "."
            raise Invalid(f"{path}: columns.{name} is no column of {kind}{instead}")
        sources[name] = _source(path, name, one)
    missing = [name for name in kinds[kind].ids if name not in sources]
    if missing:
        raise Invalid(f"{path}: columns: {kind} needs {', '.join(missing)} too.")
    skip = said.get("skip_rows_without")
    if skip is not None and not isinstance(skip, str):
        raise Invalid(f"{path}: skip_rows_without: write the name of a column.")
    ids = kinds[kind].ids
    ordered = {name: sources[name] for name in (*ids, *(one for one in sources if one not in ids))}
    return FileMapping(kind=kind, sources=ordered, skip_rows_without=skip)


def _source(path: Path, name: str, said: Any) -> Source:
    where = f"{path}: columns.{name}"
    if isinstance(said, str) and said.strip():
        return Source(column=said)
    if not isinstance(said, dict):
        raise Invalid(f"{where}: write the other file's column, or {{ from = …, as = … }}.")
    _only(path, f"columns.{name}.", said, COLUMN_KEYS)
    column, value = said.get("from"), said.get("value")
    if (column is None) == (value is None) or not isinstance(column or value, str):
        raise Invalid(f"{where}: write either from, a column, or value, a text for every row.")
    form, zone = said.get("as"), said.get("zone", CHINA)
    if form is not None and form not in _FORMS:
        raise Invalid(f"{where}.as: write one of {', '.join(_FORMS)}.")
    if not isinstance(zone, str) or not _ZONE.fullmatch(zone):
        raise Invalid(f"{where}.zone: write the offset from UTC, such as {CHINA}.")
    replaced = said.get("replace", {})
    if not isinstance(replaced, dict) or not all(isinstance(one, str) for one in replaced.values()):
        raise Invalid(f'{where}.replace: write texts for texts, such as {{ "是" = "OPEN" }}.')
    if not isinstance(said.get("fill_down", False), bool):
        raise Invalid(f"{where}.fill_down: write true or false.")
    return Source(
        column=column,
        value=value or "",
        form=form,
        zone=zone,
        replace=replaced,
        fill_down=said.get("fill_down", False),
    )


def _only(path: Path, where: str, said: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(said) - known)
    if unknown:
        raise Invalid(
            f"{path}: {where}{unknown[0]} is not known here; there are {', '.join(sorted(known))}."
        )


def _fen(text: str, _: str) -> str:
    """An amount in yuan as fen: 1,299.00 is 129900."""
    plain = plain_number(_CURRENCY.sub("", text))
    fen = Decimal(plain) * 100 if plain else None
    return text if fen is None or fen != fen.to_integral_value() else str(int(fen))


def _moment(text: str, zone: str) -> str:
    """A moment without an offset, in the zone that the mapping says."""
    plain = text.replace("/", "-").replace("T", " ")
    for form in _MOMENTS:
        try:
            return f"{datetime.strptime(plain, form).isoformat()}{zone}"
        except ValueError:
            continue
    return text


def _text(text: str, _: str) -> str:
    """HTML as plain paragraphs."""
    lines = unescape(_TAG.sub("", _BREAK.sub("\n", text))).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


_FORMS: Mapping[str, Callable[[str, str], str]] = {"fen": _fen, "moment": _moment, "text": _text}
