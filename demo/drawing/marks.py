"""The brand's mark and the dark ink used for shadows and seams."""

from __future__ import annotations

from demo.drawing.geometry import Path

DARK = "#0b0d14"
PEAK: Path = [(0, 0), (11, -17), (17, -9), (23, -22), (38, 0)]
