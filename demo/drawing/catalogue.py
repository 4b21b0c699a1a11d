"""Which drawing, colours and backdrop belong to every product of the demo brand."""

from __future__ import annotations

from PIL import Image

from demo.drawing.canvas import Canvas
from demo.drawing.entries import Entry
from demo.drawing.goods import GOODS
from demo.drawing.studio import backdrop
from demo.drawing.wear_down import DOWN
from demo.drawing.wear_layers import LAYERS

COLOURS: dict[str, str] = {
    "BLK": "#24262b",
    "NVY": "#22345a",
    "RED": "#b93a2c",
    "ORG": "#db6b2c",
    "GRN": "#2e5d48",
    "SAG": "#8a9a7c",
    "KHK": "#b39a70",
    "BEI": "#dccfb8",
    "WHT": "#eeece8",
    "GRY": "#7f8790",
    "BLU": "#2f6f9f",
    "PUR": "#6a5a86",
    "BRN": "#6d4a33",
    "YEL": "#e0aa3e",
    "PNK": "#dba6a0",
    "TEA": "#1f6268",
    "CRM": "#efe3cc",
    "ICE": "#a9c6d6",
    "OLV": "#5c6142",
    "CHR": "#474c55",
}


CATALOGUE: dict[str, Entry] = DOWN | LAYERS | GOODS


def product_files() -> dict[str, tuple[str, str]]:
    """Return every product picture's file name with its product number and colour code."""
    return {
        f"{number}-{code.lower()}.jpg": (number, code)
        for number, entry in CATALOGUE.items()
        for code in entry.colours
    }


def draw_product(number: str, code: str, scale: float) -> Image.Image:
    """Draw one product in one of its colours on its studio backdrop."""
    entry = CATALOGUE[number]
    canvas = Canvas(scale, seed=int(number))
    entry.paint(canvas, COLOURS[code])
    if entry.zoom != 1:
        canvas.zoom(entry.zoom)
    wall = backdrop(entry.mood, entry.style, seed=int(number))
    return canvas.finish(wall, "#2a2a38", entry.style == "floor")
