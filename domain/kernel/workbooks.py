"""Workbooks (.xlsx): measured first, as they unpack to far more than they weigh, then read."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, NoReturn
from xml.parsers import expat

from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum, load_workbook

from domain.kernel.refusals import Invalid

ZIP = b"PK\x03\x04"
# The older .xls, and an .xlsx with a password.
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

MOST_PARTS = 1_000
MOST_SHEETS = 50
MOST_UNPACKED = 128 * 2**20
# Of a tag with its attributes, a comment or the like: nothing else runs while one is read.
LONGEST_TAG = 2**20
# 50,000 rows of 40 columns, with what is inside of their cells.
MOST_ELEMENTS = 6_000_000
_CHUNK = 2**18
# No sheet of Excel or WPS has more, blank ones counted.
MOST_ROWS = 2**20
# Rows by columns, with what is empty between them: 50,000 rows of 100 columns.
LARGEST_AREA = 5_000_000
# Of all cells together; one shared text may stand in many of them.
MOST_TEXT = 64 * 2**20
# Excel itself keeps so many digits.
_DIGITS = ".15g"

Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSheet:
    """One visible sheet: its name, and its rows by their numbers in it."""

    name: str
    rows: Rows


def read_workbook(file: str, data: bytes) -> list[WorkSheet]:
    """The visible sheets of a workbook, with the values of formulas and cells as texts.

    One that is broken, locked or too large to be read safely is refused as a whole.
    """
    try:
        safe = _measured(file, data)
        book = load_workbook(io.BytesIO(safe))
        if len(book.sheets_metadata) > MOST_SHEETS:
            _refuse(file, f"工作表超过 {MOST_SHEETS} 个", f"it has more than {MOST_SHEETS} sheets")
        return [
            WorkSheet(name=one.name, rows=_rows(book.get_sheet_by_name(one.name).iter_rows()))
            for one in book.sheets_metadata
            if one.visible is SheetVisibleEnum.Visible and one.typ is SheetTypeEnum.WorkSheet
        ]
    except (CalamineError, zipfile.BadZipFile, expat.ExpatError, NotImplementedError, EOFError):
        _refuse(file, "文件已损坏或带密码", "it is broken or locked")


def _rows(rows: Iterator[list[Any]]) -> Rows:
    for number, cells in enumerate(rows, start=1):
        yield number, [_text(cell) for cell in cells]


def _text(value: Any) -> str:
    """A cell's value as somebody would type it; 12.0 is 12."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return format(value, _DIGITS)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def _measured(file: str, data: bytes) -> bytes:
    """The workbook's XML alone, packed anew, once it is known to be of a bearable size."""
    measure = _Measure()
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(packed, "w") as safe:
        parts = archive.infolist()
        names = [part.filename.replace("\\", "/").casefold() for part in parts]
        if len(parts) > MOST_PARTS or len(set(names)) < len(names):
            _refuse(file, "文件内部结构异常", "its parts are too many, or two have one name")
        if "xl/workbook.xml" not in names:
            _refuse(file, "这不是 .xlsx 工作簿", "it is no workbook of the kind .xlsx")
        left = MOST_UNPACKED
        wanted = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
        # The shared texts come first: cells are measured by them.
        for part in sorted(wanted, key=lambda one: "sharedstrings" not in one.filename.lower()):
            if part.flag_bits & 1:
                _refuse(file, "文件带密码", "it is locked")
            with archive.open(part) as opened:
                content = opened.read(left + 1)
            left -= len(content)
            if left < 0:
                _refuse(file, "文件解压后过大", f"it unpacks to more than {MOST_UNPACKED} bytes")
            if not measure.bears(content):
                _refuse(
                    file,
                    "表格过大（行×列或文字过多），请删去空行空列或拆分后重新上传",
                    "its cells reach too far down or right, or hold too much; delete what is empty "
                    "or split it",
                )
            safe.writestr(part.filename, content)
    return packed.getvalue()


@dataclass
class _Measure:
    """How far cells reach and how much is in them, in all parts of a workbook together."""

    text: int = 0
    area: int = 0
    elements: int = 0
    _shared: list[int] = field(default_factory=list)
    _row: int = 0
    _column: int = 0
    _last_column: int = 0
    _is_shared: bool = False
    _heard: list[str] | None = None
    _long: int = 0

    def bears(self, content: bytes) -> bool:
        """Measure one part, up to where it is more than can be borne; whether it is not."""
        self._last_column = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        for end in range(_CHUNK, len(content) + _CHUNK, _CHUNK):
            parser.Parse(content[end - _CHUNK : end])
            # What has begun and not ended is where the parser stands.
            if end - parser.CurrentByteIndex > LONGEST_TAG or self._too_large():
                return False
        parser.Parse(b"", True)
        self.area += self._part_area()
        self._row = 0
        return not self._too_large()

    def _too_large(self) -> bool:
        return (
            self._row > MOST_ROWS
            or self.area + self._part_area() > LARGEST_AREA
            or self.text > MOST_TEXT
            or self.elements > MOST_ELEMENTS
        )

    def _part_area(self) -> int:
        return self._row * max(1, self._last_column)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        match name.rpartition(":")[2]:
            case "row":
                self._row = max(self._row + 1, int(attributes.get("r", "0")[:9] or 0))
                self._column = 0
            case "c":
                self._column = _column(attributes.get("r", "")) or self._column + 1
                self._last_column = max(self._last_column, self._column)
                self._is_shared = attributes.get("t") == "s"
            case "v":
                self._heard = []
            case "si":
                self._long = 0

    def _end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "v":
                index = "".join(self._heard or ()) if self._is_shared else ""
                if index.isdecimal() and int(index[:9]) < len(self._shared):
                    self.text += self._shared[int(index[:9])]
                self._heard = None
            case "si":
                self._shared.append(self._long)

    def _characters(self, text: str) -> None:
        self._long += len(text)
        if self._heard is None or not self._is_shared:
            self.text += len(text)
        else:
            self._heard.append(text)


def _column(reference: str) -> int:
    """The number of the column of a cell such as AB12."""
    number = 0
    for letter in reference[:8].upper():
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def _no_doctype(*_: Any) -> NoReturn:
    raise expat.ExpatError("a workbook declares no document type")


def _refuse(file: str, chinese: str, english: str) -> NoReturn:
    raise Invalid(
        f"{file}: {chinese}，没有导入任何内容。请在 Excel 或 WPS 中「另存为 → .xlsx」或"
        f"「CSV UTF-8」后重新上传。 The workbook can't be read: {english}.",
        field=["file"],
    )
