"""Winter and high-mountain covers."""

from __future__ import annotations

import random

from demo.drawing.canvas import mix
from demo.drawing.geometry import Path, curve, ellipse, moved, rounded
from demo.drawing.scenes import Scene


def snow_dawn(scene: Scene) -> None:
    """Snow mountains at first light."""
    w, h = scene.size
    scene.sky("#3d4f86", "#8e86b4", "#e7a9a0", "#fbd9b0", "#fdeccf")
    scene.glow(w * 0.72, h * 0.44, 210, "#fff0c4", 0.9)
    scene.peak(w * 0.42, h * 0.2, w * 0.62, h * 0.5, "#6b6f9c", "#fff1e2")
    scene.peak(w * 0.86, h * 0.34, w * 0.42, h * 0.4, "#7d7ba6", "#ffe9d6")
    scene.mist(h * 0.6, 150, "#fde6d2", 0.7)
    scene.mountains(h * 0.72, 140, "#8b86ae", "#c6b5c9")
    scene.mountains(h * 0.82, 120, "#5d6590", "#9d9abb")
    scene.mist(h * 0.8, 110, "#fbe3d6", 0.5)
    scene.forest(h * 0.93, 26, 150, "#36456b")
    scene.mountains(h * 1.0, 90, "#eef0f8", "#cfd6ea", 0.35)
    scene.walker(w * 0.3, h * 0.955, 120, "#d8472f", 1, "#23355c")


def ski_slope(scene: Scene) -> None:
    """A ski slope with fresh tracks."""
    w, h = scene.size
    scene.sky("#3f86c4", "#7fb6e0", "#cfe6f5")
    scene.glow(w * 0.2, h * 0.16, 110, "#fffbe6", 0.9)
    scene.peak(w * 0.62, h * 0.12, w * 0.55, h * 0.5, "#6f8fb4", "#ffffff")
    scene.mountains(h * 0.62, 120, "#a9c7e2", "#d3e4f2")
    scene.forest(h * 0.66, 24, 130, "#37597a", "#f4f9ff")
    slope = [
        *curve([(0, h * 0.56), (w * 0.35, h * 0.6), (w * 0.7, h * 0.76), (w, h * 0.84)]),
        (w, h),
        (0, h),
    ]
    scene.shaded(slope, "#fdfeff", "#c9def0")
    for shift in (0, 26):
        track = curve(
            [
                (w * 0.12 + shift, h * 0.6),
                (w * 0.3 + shift, h * 0.68),
                (w * 0.2 + shift, h * 0.76),
                (w * 0.46 + shift, h * 0.85),
                (w * 0.5 + shift, h * 0.89),
            ]
        )
        scene.line(track, "#a9c7e2", 6)
    for x, tall in ((0.05, 330), (0.16, 240), (0.86, 260), (0.95, 360)):
        scene.pine(w * x, h * 0.99, tall, "#274765", "#eef6ff")
    x, y = w * 0.52, h * 0.9
    scene.line([(x - 110, y + 6), (x + 130, y + 30)], "#c8452f", 9)
    scene.line([(x - 90, y + 18), (x + 150, y + 42)], "#23355c", 9)
    scene.walker(x, y + 8, 220, "#f0a63c", 0.7, hat="#23355c")
    scene.line([(x + 44, y - 128), (x + 96, y + 20)], "#2a2f3a", 5)
    scene.flakes(120, big=4, strength=0.7)


def aurora(scene: Scene) -> None:
    """Northern lights above a snowy hut."""
    w, h = scene.size
    scene.sky("#081027", "#0e2440", "#1d4a58", "#2f6a66")
    scene.stars(220, h * 0.6)
    for i, tone in enumerate(("#4fe0a0", "#7ff0c0", "#5fb8e0")):
        top = curve(
            [
                (-60, h * (0.3 - i * 0.06)),
                (w * 0.3, h * (0.16 + i * 0.05)),
                (w * 0.6, h * (0.34 - i * 0.08)),
                (w + 60, h * (0.14 + i * 0.03)),
            ]
        )
        low = moved(top, 0, 190)
        scene.fill([*top, *reversed(low)], tone, 0.42, 46)
    scene.mountains(h * 0.66, 240, "#2b4a66", "#5a7c94")
    scene.mountains(h * 0.76, 120, "#9db8cc", "#dbe7f0", 0.4)
    scene.forest(h * 0.8, 20, 180, "#183248", "#c7dbe6")
    scene.shaded(
        [*curve([(0, h * 0.82), (w * 0.5, h * 0.79), (w, h * 0.83)]), (w, h), (0, h)],
        "#e9f2f7",
        "#9fbacb",
    )
    x, y = w * 0.62, h * 0.86
    scene.glow(x, y - 70, 200, "#ffca70", 0.4)
    scene.fill([(x - 140, y), (x + 140, y), (x + 140, y - 120), (x - 140, y - 120)], "#4a2f24")
    scene.fill([(x - 180, y - 110), (x, y - 230), (x + 180, y - 110)], "#f3f8fb")
    scene.fill(rounded(x - 100, y - 90, x - 40, y - 30, 3), "#ffdc8f")
    scene.fill(rounded(x + 20, y - 96, x + 80, y, 3), "#ffc66a")
    scene.walker(w * 0.3, h * 0.92, 210, "#c8452f", 0.8, "#1c2438")


def puffs(x: float, y: float, wide: float, n: int, rng: random.Random) -> list[Path]:
    """Return the round lobes of a cloud or a bush."""
    return [
        ellipse(
            x + wide * (i / (n - 1) - 0.5),
            y - rng.uniform(0, wide * 0.1),
            wide * rng.uniform(0.12, 0.2),
            wide * rng.uniform(0.09, 0.15),
        )
        for i in range(n)
    ]


def rock_climb(scene: Scene) -> None:
    """A rest on a cliff above a sea of clouds."""
    w, h = scene.size
    scene.sky("#5f8fc0", "#a8cbe2", "#f3e6d6", "#f8d3b4")
    scene.glow(w * 0.3, h * 0.42, 170, "#fff6d8", 0.9)
    for i in range(4):
        scene.mountains(
            h * (0.6 + i * 0.07), 190 - i * 20, mix("#8fa6c6", "#5a6f98", i / 3), "#e6e4ea"
        )
        y = h * (0.62 + i * 0.08)
        for k in range(5):
            for lobe in puffs(w * (k + 0.2 + 0.3 * (i % 2)) / 5, y + 30, 380, 5, scene.rng):
                scene.fill(lobe, mix("#fbeee2", "#ffffff", i / 4), 0.7, 12)
    cliff = [
        (w * 0.5, h),
        (w * 0.47, h * 0.9),
        (w * 0.52, h * 0.82),
        (w * 0.49, h * 0.74),
        (w * 0.58, h * 0.69),
        (w * 0.74, h * 0.675),
        (w * 0.86, h * 0.66),
        (w, h * 0.67),
        (w, h),
    ]
    scene.shaded(cliff, "#7a6858", "#3a3030")
    for i in range(12):
        x = w * (0.54 + i * 0.04)
        scene.fill(
            [(x, h * 0.7), (x + 40, h * 0.7), (x + scene.rng.uniform(-30, 60), h)], "#2a2226", 0.25
        )
    scene.walker(w * 0.68, h * 0.685, 280, "#d8472f", 0.6, "#2c3440", "#f0e4cf")
