"""Layered landscapes and small scenes for the covers of posts."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise

from PIL import Image, ImageDraw

from demo.drawing.canvas import Colour, gradient, mix, noise, rgb, soft, stroke
from demo.drawing.geometry import Path, closed, curve, ellipse, moved

Tone = str | Colour


class Scene:
    """A wide or tall picture painted from the sky forwards."""

    def __init__(self, size: tuple[int, int], scale: float, seed: int) -> None:
        self.size = size
        self.scale = scale
        self.rng = random.Random(seed)
        self.image = Image.new("RGB", (round(size[0] * scale), round(size[1] * scale)))

    def _px(self, path: Sequence[tuple[float, ...]]) -> Path:
        return [(p[0] * self.scale, p[1] * self.scale) for p in path]

    def sky(self, *stops: Tone) -> None:
        """Fill the picture with a gradient through several colours."""
        width, height = self.image.size
        step = height / (len(stops) - 1)
        for i, (a, b) in enumerate(pairwise(stops)):
            band = gradient((width, math.ceil(step) + 1), a, b)
            self.image.paste(band, (0, int(i * step)))

    def fill(
        self, path: Sequence[tuple[float, ...]], tone: Tone, strength: float = 1.0, blur: float = 0
    ) -> None:
        """Fill an outline, soft and see-through when asked."""
        pts = self._px(path)
        if strength >= 1 and not blur:
            ImageDraw.Draw(self.image).polygon(pts, fill=rgb(tone))
            return
        pad = blur * self.scale * 3 + 2
        x0, y0 = int(min(p[0] for p in pts) - pad), int(min(p[1] for p in pts) - pad)
        x1, y1 = int(max(p[0] for p in pts) + pad), int(max(p[1] for p in pts) + pad)
        mask = Image.new("L", (x1 - x0, y1 - y0), 0)
        inside = [(x - x0, y - y0) for x, y in pts]
        ImageDraw.Draw(mask).polygon(inside, fill=round(255 * strength))
        self.image.paste(rgb(tone), (x0, y0), soft(mask, blur * self.scale) if blur else mask)

    def shaded(self, path: Sequence[tuple[float, ...]], top: Tone, bottom: Tone) -> None:
        """Fill an outline with a vertical gradient."""
        pts = self._px(path)
        x0, y0 = int(min(p[0] for p in pts)), int(min(p[1] for p in pts))
        x1, y1 = int(max(p[0] for p in pts)) + 2, int(max(p[1] for p in pts)) + 2
        mask = Image.new("L", (x1 - x0, y1 - y0), 0)
        ImageDraw.Draw(mask).polygon([(x - x0, y - y0) for x, y in pts], fill=255)
        self.image.paste(gradient(mask.size, top, bottom), (x0, y0), mask)

    def line(self, path: Sequence[tuple[float, ...]], tone: Tone, width: float) -> None:
        """Draw a plain line."""
        wide = max(1, round(width * self.scale))
        stroke(ImageDraw.Draw(self.image), self._px(path), rgb(tone), wide)

    def glow(self, x: float, y: float, r: float, tone: Tone, strength: float = 0.8) -> None:
        """Add a soft round light."""
        self.fill(ellipse(x, y, r, r), tone, strength, r * 0.6)

    def ridge(self, base: float, rise: float, rough: float = 0.5, step: float = 6) -> Path:
        """Return a fractal mountain line from the left edge to the right."""
        n = 128
        heights = {0: self.rng.uniform(0.2, 0.8), n: self.rng.uniform(0.2, 0.8)}
        gap, amount = n, 1.0
        while gap > 1:
            for i in range(0, n, gap):
                mid = (heights[i] + heights[i + gap]) / 2
                heights[i + gap // 2] = mid + self.rng.uniform(-amount, amount) * 0.5
            gap //= 2
            amount *= rough
        width = self.size[0]
        return [(width * i / n, base - rise * heights[i]) for i in range(n + 1)]

    def mountains(
        self, base: float, rise: float, top: Tone, bottom: Tone, rough: float = 0.5
    ) -> Path:
        """Paint one range of hills down to the foot of the picture."""
        line = self.ridge(base, rise, rough)
        self.shaded([*line, (self.size[0], self.size[1]), (0, self.size[1])], top, bottom)
        return line

    def peak(self, x: float, y: float, half: float, height: float, rock: Tone, snow: Tone) -> None:
        """Paint one big mountain with a lit and a shaded snow face."""
        rng = self.rng
        left = [
            (x - half, y + height),
            (x - half * 0.55, y + height * 0.5),
            (x - half * 0.2, y + height * 0.22),
            (x, y),
        ]
        right = [
            (x, y),
            (x + half * 0.24, y + height * 0.26),
            (x + half * 0.6, y + height * 0.55),
            (x + half, y + height),
        ]
        self.shaded([*left, *right], mix(rock, snow, 0.25), rock)
        spine = [(x, y)]
        spine += [(x + rng.uniform(-0.1, 0.12) * half, y + height * i / 8) for i in range(1, 9)]
        self.fill([*right, *reversed(spine)], mix(rock, "#0a1024", 0.35), 0.55)
        self._snow(x, y, half, height, snow, mix(snow, rock, 0.45), spine)

    def _snow(
        self, x: float, y: float, half: float, height: float, lit: Tone, shade: Tone, spine: Path
    ) -> None:
        depth = 0.52
        for side, tone in ((-1, lit), (1, shade)):
            edge = [
                (x, y),
                (x + side * half * 0.22, y + height * 0.24),
                (x + side * half * 0.5, y + height * depth),
            ]
            teeth: Path = []
            steps = 9
            for i in range(steps):
                t = i / steps
                px = x + side * half * 0.5 * (1 - t)
                drop = height * (depth - 0.12 * t)
                teeth.append((px, y + drop + (self.rng.uniform(18, 90) if i % 2 else -30)))
            self.fill([*edge, *teeth, spine[3], spine[2], spine[1]], tone, 0.95)

    def pine(self, x: float, y: float, tall: float, tone: Tone, snow: Tone | None = None) -> None:
        """Paint one fir tree standing at a point."""
        self.fill(
            [(x - tall * 0.02, y), (x + tall * 0.02, y), (x, y - tall)], mix(tone, "#1a120c", 0.4)
        )
        tiers = 6
        for i in range(tiers):
            t = i / tiers
            w = tall * 0.24 * (1 - t * 0.82)
            low = y - tall * (0.08 + t * 0.78)
            tip = low - tall * 0.28
            self.fill(
                [
                    (x - w, low),
                    (x - w * 0.3, low - tall * 0.03),
                    (x, low + tall * 0.015),
                    (x + w * 0.3, low - tall * 0.03),
                    (x + w, low),
                    (x, tip),
                ],
                mix(tone, "#ffffff", 0.03 * i),
            )
            if snow:
                self.fill(
                    [
                        (x - w, low),
                        (x - w * 0.45, low - tall * 0.05),
                        (x - w * 0.1, low - tall * 0.03),
                        (x + w * 0.15, low - tall * 0.08),
                        (x, tip),
                    ],
                    snow,
                    0.85,
                )

    def forest(
        self,
        line: float,
        count: int,
        tall: float,
        tone: Tone,
        snow: Tone | None = None,
        wave: float = 20,
    ) -> None:
        """Paint a row of fir trees of uneven height."""
        for i in range(count):
            x = self.size[0] * (i + self.rng.uniform(-0.3, 1.3)) / count
            y = line + self.rng.uniform(-wave, wave)
            self.pine(x, y, tall * self.rng.uniform(0.65, 1.15), tone, snow)

    def flakes(
        self, count: int, tone: Tone = "#ffffff", big: float = 5, strength: float = 0.8
    ) -> None:
        """Scatter soft snow flakes or sparks."""
        mask = Image.new("L", self.image.size, 0)
        draw = ImageDraw.Draw(mask)
        s = self.scale
        for _ in range(count):
            x, y = self.rng.uniform(0, self.size[0]) * s, self.rng.uniform(0, self.size[1]) * s
            r = self.rng.uniform(1, big) * s
            draw.ellipse(
                (x - r, y - r, x + r, y + r), fill=int(255 * strength * self.rng.uniform(0.3, 1))
            )
        self.image.paste(rgb(tone), (0, 0), soft(mask, 0.8 * s))

    def stars(self, count: int, low: float) -> None:
        """Scatter stars above a line."""
        draw = ImageDraw.Draw(self.image)
        s = self.scale
        for _ in range(count):
            x, y = self.rng.uniform(0, self.size[0]) * s, self.rng.uniform(0, low) * s
            r = self.rng.choice((0.8, 1.1, 1.6, 2.3)) * s
            draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 250, 235))

    def mist(self, y: float, thick: float, tone: Tone, strength: float = 0.6) -> None:
        """Lay a soft band of mist across the picture."""
        w = self.size[0]
        wave = curve(
            [
                (-80, y),
                (w * 0.25, y - thick * 0.3),
                (w * 0.6, y + thick * 0.2),
                (w + 80, y - thick * 0.1),
            ]
        )
        self.fill([*wave, (w + 80, y + thick), (-80, y + thick)], tone, strength, thick * 0.35)

    def walker(
        self,
        x: float,
        y: float,
        tall: float,
        coat: Tone,
        stride: float = 1,
        pack: Tone | None = None,
        hat: Tone = "#d8572f",
    ) -> None:
        """Paint a small person seen from the side, walking or running."""
        u = tall / 100
        lean = 4 * max(0.0, stride - 1)

        def limb(points: Path, tone: Tone, wide: float) -> None:
            path = curve([(x + px * u, y - py * u) for px, py in points])
            self.line(path, tone, wide * u)
            for end in (path[0], path[-1]):
                self.fill(ellipse(end[0], end[1], wide * u / 2, wide * u / 2, 18), tone)

        dark = mix(coat, "#10131c", 0.6)
        limb([(0, 44), (-9 * stride, 24), (-14 * stride - 2, 4)], mix(dark, "#000000", 0.2), 9)
        limb([(0, 44), (9 * stride, 25), (9 * stride + 2, 4)], dark, 9.5)
        for foot in (-14 * stride - 1, 9 * stride + 4):
            limb([(foot - 2, 2), (foot + 5, 2)], "#2a2320", 6)
        limb([(lean, 72), (-10 * stride, 58), (-6 * stride, 46)], mix(coat, "#10131c", 0.3), 8)
        torso = closed(
            [
                (x + (px + lean * py / 70) * u, y - py * u)
                for px, py in ((-9, 42), (-11, 60), (-8, 78), (2, 81), (9, 74), (10, 58), (9, 40))
            ]
        )
        self.fill(torso, coat)
        self.fill(moved(torso, -3 * u, 0), mix(coat, "#10131c", 0.4), 0.25, 2 * u)
        if pack:
            self.fill(
                closed(
                    [
                        (x + px * u, y - py * u)
                        for px, py in ((-9, 50), (-21, 52), (-23, 72), (-16, 84), (-7, 80))
                    ]
                ),
                pack,
            )
        limb([(lean + 1, 73), (9 * stride, 60), (15 * stride, 62)], mix(coat, "#ffffff", 0.12), 8)
        hx, hy = x + (3 + lean * 1.4) * u, y - 90 * u
        self.fill(ellipse(hx, hy, 7.5 * u, 8.5 * u), "#e5b996")
        self.fill(
            closed(
                [
                    (hx - 9 * u, hy),
                    (hx - 8 * u, hy - 9 * u),
                    (hx, hy - 12 * u),
                    (hx + 8 * u, hy - 8 * u),
                    (hx + 9 * u, hy - 2 * u),
                    (hx, hy - 3 * u),
                ]
            ),
            hat,
        )

    def finish(self) -> Image.Image:
        """Add a breath of grain and return the picture at its real size."""
        out = self.image.resize(self.size, Image.Resampling.LANCZOS)
        grain = noise(self.size, 1.4, self.rng).point(lambda v: 8 if v > 160 else 0)
        out.paste((255, 255, 255), (0, 0), grain)
        return out
