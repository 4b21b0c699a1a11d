"""City streets and the shop."""

from __future__ import annotations

from demo.drawing.canvas import mix
from demo.drawing.covers_snow import puffs
from demo.drawing.geometry import closed, ellipse, moved, rounded, sagging
from demo.drawing.scenes import Scene


def winter_city(scene: Scene) -> None:
    """A city street on a snowy evening."""
    w, h = scene.size
    scene.sky("#39466f", "#6f7396", "#c39a95", "#f0c9a3")
    for layer, (tone, low) in enumerate((("#8d8aa6", 0.36), ("#5d6489", 0.26))):
        x = -20.0
        while x < w:
            wide = scene.rng.uniform(90, 170)
            top = h * (low + scene.rng.uniform(-0.1, 0.14))
            _tower(scene, x, top, wide, h * 0.78, tone, layer == 1)
            x += wide + scene.rng.uniform(0, 16)
    scene.mist(h * 0.62, 130, "#f0cdb2", 0.4)
    for side in (0, 1):
        _shop_row(scene, side)
    street = [(w * 0.34, h * 0.7), (w * 0.66, h * 0.7), (w * 1.1, h), (-w * 0.1, h)]
    scene.shaded(street, "#c7bfce", "#eef0f7")
    for x, tall in ((0.2, 420), (0.8, 420)):
        _lamp(scene, w * x, h * 0.9, tall)
    scene.walker(w * 0.44, h * 0.93, 300, "#23355c", 1, hat="#c8452f")
    scene.walker(w * 0.62, h * 0.89, 250, "#b5452f", 0.9, hat="#f0e4cf")
    scene.flakes(420, big=5)


def _tower(
    scene: Scene, x: float, top: float, wide: float, low: float, tone: str, lit: bool
) -> None:
    scene.shaded(
        [(x, top), (x + wide, top), (x + wide, low), (x, low)],
        mix(tone, "#ffffff", 0.08),
        mix(tone, "#f0c9a3", 0.25),
    )
    for row in range(int((low - top) / 42)):
        for col in range(int(wide / 30)):
            if scene.rng.random() < (0.55 if lit else 0.25):
                wx, wy = x + 12 + col * 30, top + 20 + row * 42
                scene.fill(rounded(wx, wy, wx + 14, wy + 20, 2), "#ffdf9c", 0.85 if lit else 0.4)


def _shop_row(scene: Scene, side: int) -> None:
    w, h = scene.size

    def at(x: float, y: float) -> tuple[float, float]:
        return ((w - x) if side else x, y)

    wall = [at(0, h * 0.3), at(w * 0.3, h * 0.5), at(w * 0.3, h * 0.72), at(0, h * 0.92)]
    scene.shaded(wall, "#4a3f52", "#3a3244")
    for i, tone in enumerate(("#ffd98f", "#ffc978")):
        a, b = 0.03 + i * 0.14, 0.14 + i * 0.13
        (y0, y2), (y1, y3) = _shop_edges(h, a), _shop_edges(h, b)
        scene.shaded(
            [at(w * a, y0), at(w * b, y1), at(w * b, y3), at(w * a, y2)],
            tone,
            "#f3a35c",
        )
        scene.fill(
            [
                at(w * a - 8, y0 - 36),
                at(w * b + 8, y1 - 26),
                at(w * b + 14, y1 + 16),
                at(w * a - 14, y0 + 12),
            ],
            ("#a83a30", "#2f5d6b")[i],
        )
    scene.fill(
        [at(0, h * 0.285), at(w * 0.31, h * 0.49), at(w * 0.31, h * 0.51), at(0, h * 0.32)],
        "#f3f3fa",
    )


def _shop_edges(h: float, t: float) -> tuple[float, float]:
    """Return the top and the foot of a shop window at a share of the picture's width."""
    return h * (0.44 + 0.28 * t), h * (0.84 - 0.36 * t)


def _lamp(scene: Scene, x: float, y: float, tall: float) -> None:
    scene.line([(x, y), (x, y - tall)], "#241f2c", 11)
    scene.glow(x, y - tall - 26, 120, "#ffdf9c", 0.7)
    scene.fill(ellipse(x, y - tall - 20, 24, 32), "#fff3cf")
    scene.fill(
        closed([(x - 32, y - tall - 46, 1), (x, y - tall - 76), (x + 32, y - tall - 46, 1)]),
        "#241f2c",
    )


def store_front(scene: Scene) -> None:
    """The front of a brand shop on a winter evening."""
    w, h = scene.size
    scene.sky("#2a3350", "#4a5273", "#7d7a94")
    scene.shaded(
        [(w * 0.06, h * 0.12), (w * 0.94, h * 0.12), (w * 0.94, h * 0.86), (w * 0.06, h * 0.86)],
        "#5a4534",
        "#3d2e24",
    )
    for i in range(26):
        x = w * (0.06 + i * 0.88 / 26)
        scene.line([(x, h * 0.12), (x, h * 0.86)], "#4a382a", 3)
    scene.fill(rounded(w * 0.1, h * 0.17, w * 0.9, h * 0.3, 12), "#241b16")
    peak = [(0, 0), (11, -17), (17, -9), (23, -22), (38, 0)]
    scene.glow(w * 0.5, h * 0.24, 90, "#ffd98f", 0.4)
    scene.fill(moved(peak, w * 0.5 - 76, h * 0.27, 4), "#ffeec4")
    for x0, x1 in ((0.1, 0.38), (0.62, 0.9)):
        _window(scene, w * x0, w * x1, h * 0.36, h * 0.8)
    scene.shaded(rounded(w * 0.42, h * 0.36, w * 0.58, h * 0.86, 8), "#ffe2a8", "#f0b064")
    scene.line([(w * 0.5, h * 0.36), (w * 0.5, h * 0.86)], "#3d2e24", 8)
    for x in (0.485, 0.515):
        scene.line([(w * x, h * 0.58), (w * x, h * 0.66)], "#3d2e24", 8)
    scene.shaded([(0, h * 0.86), (w, h * 0.86), (w, h), (0, h)], "#dfe3ee", "#b9c1d6")
    scene.fill(
        [(w * 0.36, h * 0.86), (w * 0.64, h * 0.86), (w * 0.72, h), (w * 0.28, h)],
        "#ffd98f",
        0.5,
        24,
    )
    scene.fill(
        closed(
            [
                (w * 0.04, h * 0.13),
                (w * 0.2, h * 0.09),
                (w * 0.5, h * 0.1),
                (w * 0.8, h * 0.085),
                (w * 0.96, h * 0.13),
                (w * 0.5, h * 0.14),
            ]
        ),
        "#f4f6fb",
    )
    for x in (0.08, 0.92):
        scene.pine(w * x, h * 0.9, 250, "#2d5140", "#f2f6fb")
    scene.walker(w * 0.7, h * 0.95, 250, "#6f7f6a", 0.9, hat="#b5452f")
    scene.flakes(260, big=4.5)


def _window(scene: Scene, x0: float, x1: float, y0: float, y1: float) -> None:
    scene.fill(rounded(x0 - 10, y0 - 10, x1 + 10, y1 + 10, 6), "#241b16")
    scene.shaded([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], "#ffe9bd", "#f5c27c")
    step = (x1 - x0) / 3
    for i, tone in enumerate(("#c8452f", "#23355c", "#6f7f6a")):
        x = x0 + step * (i + 0.5)
        coat = closed(
            [
                (x - 40, y1 - 90, 1),
                (x - 48, y0 + 160),
                (x - 28, y0 + 110, 1),
                (x, y0 + 98),
                (x + 28, y0 + 110, 1),
                (x + 48, y0 + 160),
                (x + 40, y1 - 90, 1),
            ]
        )
        scene.line([(x, y1 - 90), (x, y1)], "#7a5f44", 7)
        scene.shaded(coat, mix(tone, "#ffffff", 0.15), tone)
        for k in range(5):
            y = y0 + 150 + k * (y1 - y0 - 260) / 5
            scene.line(sagging((x - 42, y), (x + 42, y), 6), mix(tone, "#10131c", 0.35), 4)
        scene.fill(ellipse(x, y0 + 84, 18, 20), mix(tone, "#10131c", 0.2))


def city_morning(scene: Scene) -> None:
    """A commuter on a bright cold morning."""
    w, h = scene.size
    scene.sky("#b9d3e3", "#dfe9ec", "#f8eddc")
    scene.glow(w * 0.76, h * 0.24, 190, "#fffbe6", 0.9)
    for tone, low in (("#c3cfd9", 0.3), ("#9fb1c1", 0.4)):
        x = -10.0
        while x < w:
            wide = scene.rng.uniform(100, 190)
            top = h * (low + scene.rng.uniform(-0.1, 0.1))
            scene.shaded(
                [(x, top), (x + wide, top), (x + wide, h * 0.82), (x, h * 0.82)],
                tone,
                mix(tone, "#f8eddc", 0.5),
            )
            for row in range(int((h * 0.8 - top) / 46)):
                scene.line(
                    [(x + 16, top + 30 + row * 46), (x + wide - 16, top + 30 + row * 46)],
                    mix(tone, "#ffffff", 0.35),
                    9,
                )
            x += wide + scene.rng.uniform(4, 30)
    for x in (0.1, 0.32, 0.9):
        scene.line([(w * x, h * 0.86), (w * x, h * 0.6)], "#5a4638", 14)
        for row, tone in enumerate(("#b9822f", "#cf973e", "#e0ae55")):
            for lobe in puffs(w * x, h * (0.6 - row * 0.035), 250 - row * 60, 5, scene.rng):
                scene.fill(ellipse(*_middle(lobe), 52, 46), tone, 0.95)
    scene.shaded([(0, h * 0.82), (w, h * 0.82), (w, h), (0, h)], "#d9d4cc", "#b5aea4")
    for i in range(9):
        scene.fill(
            [
                (w * i / 8 - 60, h),
                (w * i / 8 + 40, h),
                (w * (0.5 + (i - 4) * 0.07) + 14, h * 0.87),
                (w * (0.5 + (i - 4) * 0.07) - 14, h * 0.87),
            ],
            "#f6f3ee",
            0.6,
        )
    scene.walker(w * 0.55, h * 0.945, 440, "#2c3440", 1, "#8a6238", "#6b4a34")


def _middle(path: list[tuple[float, float]]) -> tuple[float, float]:
    xs, ys = [p[0] for p in path], [p[1] for p in path]
    return ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
