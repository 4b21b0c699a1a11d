"""Forest, lake, camp and trail covers."""

from __future__ import annotations

from PIL import Image

from demo.drawing.canvas import mix
from demo.drawing.geometry import closed, curve, ellipse
from demo.drawing.scenes import Scene


def night_camp(scene: Scene) -> None:
    """A camp fire beside a lit tent under the stars."""
    w, h = scene.size
    scene.sky("#0c1230", "#1a2450", "#384178", "#6d5a86")
    scene.stars(260, h * 0.6)
    scene.glow(w * 0.78, h * 0.16, 70, "#fdf3d0", 0.6)
    scene.fill(ellipse(w * 0.78, h * 0.16, 52, 52), "#fdf6dc")
    scene.mountains(h * 0.62, 260, "#2c3566", "#3e437a")
    scene.mountains(h * 0.72, 160, "#1d2750", "#2b3260")
    scene.forest(h * 0.8, 22, 280, "#121b38")
    scene.mountains(h * 0.84, 40, "#1c2438", "#0f1524", 0.3)
    _tent(scene, w * 0.32, h * 0.86, 330)
    _fire(scene, w * 0.72, h * 0.9)


def _tent(scene: Scene, x: float, y: float, half: float) -> None:
    scene.glow(x, y - 100, 320, "#f6b04a", 0.35)
    dome = closed(
        [
            (x - half, y, 1),
            (x - half * 0.7, y - half * 0.5),
            (x, y - half * 0.86),
            (x + half * 0.7, y - half * 0.5),
            (x + half, y, 1),
        ]
    )
    scene.shaded(dome, "#f7b755", "#d9742f")
    scene.fill(
        closed(
            [
                (x + half * 0.1, y, 1),
                (x + half * 0.3, y - half * 0.5),
                (x, y - half * 0.86, 1),
                (x + half * 0.7, y - half * 0.5),
                (x + half, y, 1),
            ]
        ),
        "#9c4a24",
        0.55,
    )
    scene.fill(
        closed(
            [
                (x - half * 0.34, y, 1),
                (x - half * 0.2, y - half * 0.42),
                (x, y - half * 0.66),
                (x + half * 0.14, y - half * 0.4),
                (x + half * 0.2, y, 1),
            ]
        ),
        "#fff0bf",
        0.9,
    )
    scene.glow(x - 20, y - 60, 90, "#fffbe8", 0.7)


def _fire(scene: Scene, x: float, y: float) -> None:
    scene.glow(x, y - 60, 260, "#ff9a3c", 0.5)
    for turn in (-0.5, 0.5):
        scene.line([(x - 80, y + turn * 40), (x + 80, y - turn * 40)], "#4a2c1c", 22)
    for grow, tone in ((1.0, "#f2622e"), (0.7, "#fb9d38"), (0.4, "#ffe38a")):
        flame = closed(
            [
                (x - 62 * grow, y - 4),
                (x - 50 * grow, y - 90 * grow),
                (x - 12 * grow, y - 120 * grow),
                (x + 4 * grow, y - 210 * grow, 1),
                (x + 36 * grow, y - 110 * grow),
                (x + 60 * grow, y - 70 * grow),
                (x + 56 * grow, y - 4),
            ]
        )
        scene.fill(flame, tone, 0.95, 2)
    for _ in range(40):
        sx, sy = x + scene.rng.gauss(0, 80), y - 120 - abs(scene.rng.gauss(0, 190))
        scene.fill(ellipse(sx, sy, 3, 3, 10), "#ffd28a")


def forest_trail(scene: Scene) -> None:
    """A sunlit path through a forest."""
    w, h = scene.size
    scene.sky("#e9f0c9", "#cfe0ad", "#a7c48c")
    scene.glow(w * 0.55, h * 0.3, 300, "#fffbe0", 0.9)
    for layer, tone in enumerate(("#b3cc9c", "#8fb283", "#63905f", "#3d6b47")):
        scene.mountains(h * (0.5 + layer * 0.075), 30, mix(tone, "#eef4d2", 0.15), tone, 0.3)
        scene.forest(h * (0.52 + layer * 0.07), 15 - layer * 2, 420 + layer * 120, tone)
        scene.mist(h * (0.5 + layer * 0.07), 90, "#eef4d2", 0.35)
    scene.mountains(h * 0.8, 70, "#587d45", "#2f5635", 0.35)
    path = [
        *curve([(w * 0.52, h * 0.74), (w * 0.6, h * 0.8), (w * 0.42, h * 0.88), (w * 0.3, h)]),
        *curve([(w * 0.78, h), (w * 0.62, h * 0.88), (w * 0.68, h * 0.8), (w * 0.55, h * 0.74)]),
    ]
    scene.shaded(path, "#e8d7a6", "#b8935c")
    for x in (0.25, 0.5, 0.75):
        scene.fill(
            [(w * x, 0), (w * (x + 0.1), 0), (w * (x - 0.1), h * 0.85), (w * (x - 0.34), h * 0.85)],
            "#fffbe0",
            0.16,
            16,
        )
    for x, tall in ((-0.02, 1500), (0.97, 1400)):
        scene.pine(w * x, h * 1.0, tall, "#21472f")
    scene.walker(w * 0.53, h * 0.915, 230, "#d8872f", 1, "#2f5d6b", "#7a2f2a")


def lake(scene: Scene) -> None:
    """A still lake that mirrors the mountains."""
    w, h = scene.size
    scene.sky("#6fa8c9", "#b7d8e2", "#f3ead2", "#fbe3c0")
    scene.glow(w * 0.3, h * 0.36, 130, "#fff4d2", 0.9)
    scene.peak(w * 0.64, h * 0.14, w * 0.44, h * 0.42, "#6f86a4", "#fbfdff")
    scene.peak(w * 0.2, h * 0.28, w * 0.36, h * 0.3, "#7f96b0", "#f6f9fc")
    scene.mountains(h * 0.54, 90, "#6b8f86", "#4f7a70")
    scene.forest(h * 0.56, 34, 90, "#2f5a52")
    _mirror(scene, h * 0.56)
    scene.mist(h * 0.555, 40, "#fdf6e6", 0.5)
    shore = [
        *curve([(0, h * 0.84), (w * 0.25, h * 0.87), (w * 0.55, h * 0.95), (w * 0.7, h)]),
        (0, h),
    ]
    scene.shaded(shore, "#8a9a6a", "#4f6343")
    scene.forest(h * 0.99, 4, 330, "#2b4a3a", wave=30)
    scene.walker(w * 0.36, h * 0.92, 190, "#d8572f", 0.6, "#3a4652")


def _mirror(scene: Scene, line: float) -> None:
    s = scene.scale
    w, h = scene.image.size
    y = int(line * s)
    deep = h - y
    copy = scene.image.crop((0, max(0, y - deep), w, y)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    copy = copy.resize((max(1, w // 2), max(1, deep // 5))).resize(
        (w, deep), Image.Resampling.BICUBIC
    )
    scene.image.paste(Image.blend(copy, Image.new("RGB", copy.size, (88, 130, 150)), 0.28), (0, y))
    for _ in range(110):
        ry = line + abs(scene.rng.gauss(0, 170)) + 8
        rx = scene.rng.uniform(0, scene.size[0])
        long = scene.rng.uniform(20, 150)
        scene.fill(ellipse(rx, ry, long, 1.8, 20), "#f6fbfc", 0.35)


def rain_walk(scene: Scene) -> None:
    """A walk in spring rain among misty hills."""
    w, h = scene.size
    scene.sky("#7f959c", "#a9bcbb", "#cfd8cf")
    for i, tone in enumerate(("#a3b6b2", "#86a09a", "#668880", "#476c62")):
        scene.mountains(h * (0.5 + i * 0.11), 230 - i * 30, tone, mix(tone, "#dfe6de", 0.45))
        scene.mist(h * (0.52 + i * 0.11), 120, "#e3eae4", 0.45)
    scene.forest(h * 0.86, 14, 260, "#2d5047")
    scene.shaded(
        [*curve([(0, h * 0.87), (w * 0.5, h * 0.85), (w, h * 0.89)]), (w, h), (0, h)],
        "#6f7f6a",
        "#3f5044",
    )
    scene.shaded(
        closed(
            [(w * 0.2, h * 0.93), (w * 0.5, h * 0.915), (w * 0.84, h * 0.94), (w * 0.5, h * 0.965)]
        ),
        "#c3d2d2",
        "#8fa6a6",
    )
    scene.walker(w * 0.44, h * 0.93, 330, "#f0a63c", 1, "#2f5d6b", "#f0a63c")
    scene.walker(w * 0.66, h * 0.915, 290, "#2f8fa3", 0.9, "#7a3f2f", "#2f8fa3")
    for _ in range(430):
        x, y = scene.rng.uniform(0, w), scene.rng.uniform(0, h)
        long = scene.rng.uniform(18, 54)
        scene.line([(x, y), (x - long * 0.2, y + long)], "#e6eeee", scene.rng.choice((1, 1.5, 2)))


def sunrise_run(scene: Scene) -> None:
    """Running along a ridge at sunrise."""
    w, h = scene.size
    scene.sky("#4a4f8f", "#b0698f", "#f2906b", "#fdc97a", "#ffe9b0")
    scene.glow(w * 0.62, h * 0.54, 300, "#fff0b8", 0.8)
    scene.fill(ellipse(w * 0.62, h * 0.54, 120, 120), "#fff4cc")
    for i, tone in enumerate(("#c7788a", "#9c5f86", "#6d4a78")):
        scene.mountains(h * (0.64 + i * 0.09), 170 - i * 30, tone, mix(tone, "#fdc97a", 0.3))
    ridge = curve([(0, h * 0.84), (w * 0.3, h * 0.86), (w * 0.6, h * 0.83), (w, h * 0.8)])
    scene.shaded([*ridge, (w, h), (0, h)], "#3d2f58", "#1f1a38")
    for x in range(0, w, 14):
        y = h * 0.85 + scene.rng.uniform(-24, 60)
        scene.line(
            [(x, y), (x + scene.rng.gauss(0, 8), y - scene.rng.uniform(14, 40))], "#2a2146", 3
        )
    scene.walker(w * 0.4, h * 0.855, 300, "#e8472f", 1.7, hat="#23355c")
    scene.walker(w * 0.66, h * 0.84, 260, "#2fa3a0", 1.6, hat="#f0e4cf")


def autumn_valley(scene: Scene) -> None:
    """An autumn valley with golden larches."""
    w, h = scene.size
    scene.sky("#7fb0d0", "#c9dde0", "#f6e7c6")
    scene.peak(w * 0.5, h * 0.14, w * 0.5, h * 0.44, "#7f8aa0", "#fbfbfd")
    scene.mountains(h * 0.58, 140, "#a9a06a", "#c9b070")
    for i, tones in enumerate(
        (("#d9a441", "#c98a34"), ("#cf7a2f", "#e0a040"), ("#a8562a", "#d98a34"))
    ):
        for _ in range(16):
            scene.pine(
                scene.rng.uniform(0, w),
                h * (0.66 + i * 0.1) + scene.rng.uniform(-24, 24),
                scene.rng.uniform(120, 190) * (1 + i * 0.3),
                scene.rng.choice(tones),
            )
    scene.shaded(
        [*curve([(0, h * 0.86), (w * 0.4, h * 0.83), (w, h * 0.88)]), (w, h), (0, h)],
        "#c9a352",
        "#8a6a34",
    )
    river = [
        *curve([(w * 0.56, h * 0.845), (w * 0.62, h * 0.9), (w * 0.44, h)]),
        *curve([(w * 0.72, h), (w * 0.74, h * 0.9), (w * 0.6, h * 0.845)]),
    ]
    scene.shaded(river, "#dcecf0", "#7fb0c4")
    scene.walker(w * 0.26, h * 0.94, 240, "#2f5d6b", 1, "#c8452f", "#f0e4cf")
    scene.walker(w * 0.36, h * 0.925, 190, "#d8572f", 0.8, "#3a4652")
