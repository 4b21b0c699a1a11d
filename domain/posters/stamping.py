"""One design for ten thousand guides: what they share is drawn and encoded once.

A plate holds the poster without anybody's parameter. To stamp it, only the rows of JPEG blocks
that a guide's own layers touch are drawn and encoded; all others are the plate's bytes.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

from cachetools import LRUCache
from PIL import Image

from domain.posters import codes, jpeg
from domain.posters.codes import QrCode
from domain.posters.drawing import Overlay, PosterSubject, Stamp, draw_own, draw_shared, paint
from domain.posters.fonts import FontSet
from domain.posters.templates import Box, CodeLayer, Layer, Template, is_guides_own, reach

QUALITY = 88
"""JPEG quality at which small type on flat colour shows no rings at a phone's distance."""

KEPT_PLATES = 8
"""Plates held in memory; one takes some 10 MB."""


class UnreadableCode(Exception):
    """A stamped code did not read back as what was stamped: the poster must not go out."""


class PosterFormat(StrEnum):
    """The picture formats a poster comes in."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"

    @property
    def extension(self) -> str:
        """How files of the format are named."""
        return "jpg" if self is PosterFormat.JPEG else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    """Neighbouring rows of blocks that guides touch, drawn without their layers."""

    row: int
    image: Image.Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A design at one width with all that its posters share, ready for stamping.

    That JPEG leaves its codes readable was tried out when it was made; each stamped code is read
    back from the very pixels that are encoded.

    `base` is drawn without the layers of `over`: marks that are ready, or a guide's own layers.
    `between` holds the joined JPEG rows before, between and after the bands.
    """

    template: Template
    subject: PosterSubject
    fonts: FontSet
    quality: int
    base: Image.Image
    over: tuple[Layer | tuple[Overlay, ...], ...]
    head: bytes
    bands: tuple[_Band, ...]
    between: tuple[bytes, ...]

    def stamped(self, stamp: Stamp, form: PosterFormat = PosterFormat.JPEG) -> bytes:
        """One guide's poster as a file, its code read back; UnreadableCode if that fails."""
        if form is PosterFormat.JPEG:
            return self._jpeg(stamp)
        image = self.drawn(stamp)
        self._read_back(image, 0, stamp)
        buffer = io.BytesIO()
        if form is PosterFormat.PNG:
            image.save(buffer, "PNG")
        else:
            image.save(buffer, "WEBP", quality=self.quality, method=2)
        return buffer.getvalue()

    def drawn(self, stamp: Stamp) -> Image.Image:
        """One guide's poster, drawn whole."""
        image = self.base.copy()
        paint(image, self._marks(stamp))
        return image

    def changed_rows(self) -> list[tuple[int, int]]:
        """The rows that stamping draws and encodes anew, as (top, height) in px."""
        return [(band.row * jpeg.ROW_PX, band.image.height) for band in self.bands]

    def try_out(self) -> None:
        """Stamp the longest code there is and read it from the finished JPEG."""
        stamp = Stamp(texts={}, code=QrCode(text="x" * codes.LONGEST_TEXT_BYTES))
        with Image.open(io.BytesIO(self._jpeg(stamp))) as poster:
            self._read_back(poster, 0, stamp)

    def _jpeg(self, stamp: Stamp) -> bytes:
        marks = self._marks(stamp)
        pieces = [self.between[0]]
        for band, after in zip(self.bands, self.between[1:], strict=True):
            image = band.image.copy()
            top = band.row * jpeg.ROW_PX
            paint(image, marks, top=top)
            self._read_back(image, top, stamp)
            _, rows = jpeg.split(jpeg.encode(image, self.quality))
            pieces += (jpeg.join(rows, band.row), after)
        return jpeg.assemble(self.head, pieces)

    def _marks(self, stamp: Stamp) -> list[Overlay]:
        marks: list[Overlay] = []
        for item in self.over:
            if isinstance(item, tuple):
                marks.extend(item)
            else:
                marks.extend(draw_own(item, self.subject, stamp, self.fonts))
        return marks

    def _read_back(self, image: Image.Image, top: int, stamp: Stamp) -> None:
        """Read the code in an image that shows the canvas from row `top` on."""
        if not isinstance(stamp.code, QrCode):
            return
        for layer in self.template.layers:
            box = layer.box
            if isinstance(layer, CodeLayer) and top <= box.y < top + image.height:
                part = image.crop((box.x, box.y - top, box.right, box.bottom - top))
                read = codes.read(part.convert("L"))
                if read != stamp.code.text:
                    raise UnreadableCode(f"stamped {stamp.code.text!r}, read {read!r}")


class PlateRack:
    """The plates last used, so that the next guide's poster only has to be stamped."""

    def __init__(self) -> None:
        self._plates: LRUCache[str, Plate] = LRUCache(KEPT_PLATES)
        self._lock = Lock()

    def get(self, fingerprint: str, make: Callable[[], Plate]) -> Plate:
        """The plate of a fingerprint, made if it is not there; several threads may ask."""
        with self._lock:
            plate = self._plates.get(fingerprint)
        plate = plate or make()
        with self._lock:
            self._plates[fingerprint] = plate
        return plate


def make_plate(
    template: Template, subject: PosterSubject, fonts: FontSet, quality: int = QUALITY
) -> Plate:
    """Draw and encode what all posters of a design share, and try a code on it.

    Raises UnreadableCode where the finished JPEG does not read.
    """
    restamped = template.restamped()
    shared = Image.new("RGB", (template.width, template.height), template.background[:3])
    base = shared.copy()
    over: list[Layer | tuple[Overlay, ...]] = []
    for number, layer in enumerate(template.layers):
        if is_guides_own(layer):
            over.append(layer)
            continue
        marks = draw_shared(layer, subject, fonts)
        paint(shared, marks)
        if number in restamped:
            over.append(tuple(marks))
        else:
            paint(base, marks)
    head, rows = jpeg.split(jpeg.encode(shared, quality))
    runs = _runs(template, len(rows))
    edges = [0, *(edge for run in runs for edge in run), len(rows)]
    plate = Plate(
        template=template,
        subject=subject,
        fonts=fonts,
        quality=quality,
        base=base,
        over=tuple(over),
        head=head,
        bands=tuple(_band(base, first, end) for first, end in runs),
        between=tuple(
            jpeg.join(rows[first:end], first)
            for first, end in zip(edges[::2], edges[1::2], strict=True)
        ),
    )
    plate.try_out()
    return plate


def _runs(template: Template, rows: int) -> list[tuple[int, int]]:
    """The rows of blocks that guides' own layers touch, as (first, end) with no gap inside."""
    own = [reach(layer) for layer in template.layers if is_guides_own(layer)]
    runs: list[tuple[int, int]] = []
    for first, end in sorted(_rows_of(box, rows) for box in own):
        if runs and first <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        elif first < end:
            runs.append((first, end))
    return runs


def _rows_of(box: Box, rows: int) -> tuple[int, int]:
    first = max(0, box.y // jpeg.ROW_PX)
    return first, min(rows, -(-box.bottom // jpeg.ROW_PX))


def _band(base: Image.Image, first: int, end: int) -> _Band:
    bottom = min(base.height, end * jpeg.ROW_PX)
    return _Band(row=first, image=base.crop((0, first * jpeg.ROW_PX, base.width, bottom)))
