"""Covers for festivals and members."""

from __future__ import annotations

import math

from demo.drawing.canvas import mix
from demo.drawing.geometry import Path, closed, curve, ellipse, moved, rotated, rounded
from demo.drawing.scenes import Scene


def turned_square(x: float, y: float, r: float, degrees: float) -> Path:
    """Return a small square turned about its middle."""
    return rotated([(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)], degrees, x, y)


def festival(scene: Scene) -> None:
    """A red and gold new-year picture with lanterns and a paper mountain."""
    w, h = scene.size
    scene.sky("#8f1419", "#b8231f", "#d4382a")
    scene.glow(w * 0.5, h * 0.46, 300, "#ffcf78", 0.7)
    scene.fill(ellipse(w * 0.5, h * 0.44, 250, 250), "#f7d58f")
    for i, tone in enumerate(("#c22c25", "#a51d1e", "#84131a")):
        line = scene.ridge(h * (0.72 + i * 0.1), 230 - i * 40, 0.5)
        scene.fill([*line, (w, h), (0, h)], tone)
        scene.line(line, "#e8b65a", 4)
    for x, drop, size in (
        (0.14, 0.2, 1.0),
        (0.32, 0.12, 0.72),
        (0.72, 0.13, 0.76),
        (0.88, 0.24, 1.05),
    ):
        _lantern(scene, w * x, h * drop, size)
    for x, y in ((0.25, 0.86), (0.76, 0.92), (0.5, 0.95)):
        _cloud_scroll(scene, w * x, h * y)
    for _ in range(90):
        x, y = scene.rng.uniform(0, w), scene.rng.uniform(0, h * 0.8)
        scene.fill(
            turned_square(x, y, scene.rng.uniform(2, 6), scene.rng.uniform(0, 90)), "#f5cf7a", 0.8
        )


def _lantern(scene: Scene, x: float, y: float, size: float) -> None:
    u = 100 * size
    scene.line([(x, 0), (x, y - u * 0.8)], "#e8b65a", 4)
    scene.glow(x, y, u * 1.3, "#ff8a4a", 0.4)
    for i in range(4):
        scene.fill(ellipse(x, y, u * (1 - i * 0.26), u * 0.78), mix("#e0342a", "#ff8a5a", i * 0.2))
    for dy in (-0.78, 0.66):
        scene.fill(rounded(x - u * 0.4, y + u * dy, x + u * 0.4, y + u * (dy + 0.14), 5), "#f0c25e")
    for i in range(-3, 4):
        scene.line([(x + i * u * 0.07, y + u * 0.8), (x + i * u * 0.08, y + u * 1.4)], "#f0c25e", 4)


def _cloud_scroll(scene: Scene, x: float, y: float) -> None:
    for i, r in enumerate((58, 78, 54)):
        cx = x + (i - 1) * 86
        for ring, tone in (
            (1.0, "#f0c25e"),
            (0.84, "#c22c25"),
            (0.6, "#f0c25e"),
            (0.46, "#c22c25"),
        ):
            scene.fill(ellipse(cx, y - (14 if i == 1 else 0), r * ring, r * ring * 0.82), tone)


def member_gift(scene: Scene) -> None:
    """Gifts on a warm table for a members' day."""
    w, h = scene.size
    scene.sky("#f6e3cf", "#f1cdb0", "#e3a98a")
    scene.glow(w * 0.5, h * 0.35, 380, "#fff6e6", 0.9)
    for i in range(14):
        x, y = w * (i + 0.5) / 14, h * (0.1 + 0.06 * math.sin(math.pi * (i + 0.5) / 14 * 2))
        scene.glow(x, y + 20, 34, "#fff0b8", 0.7)
        scene.fill(ellipse(x, y + 20, 11, 15), "#fff8dc")
    scene.line(
        curve(
            [
                (w * (i + 0.5) / 14, h * (0.1 + 0.06 * math.sin(math.pi * (i + 0.5) / 7)))
                for i in range(14)
            ]
        ),
        "#8a5a44",
        3,
    )
    scene.shaded([(0, h * 0.78), (w, h * 0.78), (w, h), (0, h)], "#a8674a", "#7c4632")
    boxes = (
        (0.22, 0.3, 0.26, "#2f5d6b", "#f0c25e"),
        (0.56, 0.34, 0.36, "#b5352c", "#f6e3cf"),
        (0.86, 0.2, 0.2, "#4f6b4a", "#f0c25e"),
        (0.4, 0.2, 0.15, "#e9d9b8", "#b5352c"),
    )
    for x, wide, tall, tone, ribbon in boxes:
        _box(
            scene, w * x, h * (0.86 if wide > 0.25 else 0.9), w * wide * 0.8, h * tall, tone, ribbon
        )
    scene.flakes(70, "#fff3cf", 6, 0.7)


def _box(
    scene: Scene, x: float, y: float, wide: float, tall: float, tone: str, ribbon: str
) -> None:
    a, b = x - wide / 2, x + wide / 2
    scene.fill(ellipse(x, y, wide * 0.62, 26), "#3a1d14", 0.4, 14)
    scene.shaded([(a, y - tall), (b, y - tall), (b, y), (a, y)], mix(tone, "#ffffff", 0.12), tone)
    scene.shaded(
        [
            (x - wide * 0.08, y - tall),
            (x + wide * 0.08, y - tall),
            (x + wide * 0.08, y),
            (x - wide * 0.08, y),
        ],
        ribbon,
        mix(ribbon, "#3a1d14", 0.2),
    )
    scene.shaded(
        rounded(a - 12, y - tall - 26, b + 12, y - tall + 34, 6),
        mix(tone, "#ffffff", 0.22),
        mix(tone, "#3a1d14", 0.1),
    )
    scene.fill(
        [
            (x - wide * 0.08, y - tall - 26),
            (x + wide * 0.08, y - tall - 26),
            (x + wide * 0.08, y - tall + 34),
            (x - wide * 0.08, y - tall + 34),
        ],
        ribbon,
    )
    for side in (-1, 1):
        loop = closed(
            [
                (x, y - tall - 24, 1),
                (x + side * wide * 0.2, y - tall - 100),
                (x + side * wide * 0.36, y - tall - 84),
                (x + side * wide * 0.3, y - tall - 36),
            ]
        )
        scene.fill(loop, ribbon)
        scene.fill(moved(loop, 0, 6), mix(ribbon, "#3a1d14", 0.4), 0.25, 5)
