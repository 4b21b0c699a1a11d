"""A supersampled canvas that lights cloth from a height map."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

from demo.drawing.geometry import Outline, Path

Colour = tuple[int, int, int]


def rgb(colour: str | Colour) -> Colour:
    """Return a colour name or hex text as three numbers."""
    return ImageColor.getrgb(colour)[:3] if isinstance(colour, str) else colour


def mix(a: str | Colour, b: str | Colour, share: float) -> Colour:
    """Return `a` with a share of `b` stirred in."""
    (r0, g0, b0), (r1, g1, b1) = rgb(a), rgb(b)
    return (
        round(r0 + (r1 - r0) * share),
        round(g0 + (g1 - g0) * share),
        round(b0 + (b1 - b0) * share),
    )


def soft(image: Image.Image, radius: float) -> Image.Image:
    """Blur an image, working on a smaller copy when the radius is large."""
    if radius <= 6:
        return image.filter(ImageFilter.GaussianBlur(max(radius, 0)))
    shrink = max(1, int(radius // 4))
    small = image.reduce(shrink).filter(ImageFilter.GaussianBlur(radius / shrink))
    return small.resize(image.size, Image.Resampling.BICUBIC)


def gradient(size: tuple[int, int], top: str | Colour, bottom: str | Colour) -> Image.Image:
    """Return a vertical gradient between two colours."""
    ramp = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
    return Image.composite(
        Image.new("RGB", size, rgb(bottom)), Image.new("RGB", size, rgb(top)), ramp
    )


def noise(size: tuple[int, int], grain: float, rng: random.Random) -> Image.Image:
    """Return even grey noise whose specks are `grain` pixels wide."""
    small = (max(2, int(size[0] / grain)), max(2, int(size[1] / grain)))
    raw = Image.frombytes("L", small, rng.randbytes(small[0] * small[1]))
    return raw.resize(size, Image.Resampling.BICUBIC)


def stroke(draw: ImageDraw.ImageDraw, points: Path, fill: Colour | int, width: int) -> None:
    """Draw a line whose bends are round however thick it is."""
    draw.line(points, fill=fill, width=width)
    if width > 3:
        for x, y in points[1:-1]:
            r = width / 2 - 0.5
            draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)


@dataclass(frozen=True)
class Cloth:
    """How a surface looks: its colour, how round it is and what it is woven from."""

    colour: str | Colour
    volume: float = 34
    relief: float = 1.0
    gloss: float = 0.55
    texture: str = ""


@dataclass
class Canvas:
    """Collects lit parts into one product layer with its own silhouette."""

    scale: float = 2.0
    seed: int = 1
    width: int = 1080
    height: int = 1440
    colours: Image.Image = field(init=False)
    alpha: Image.Image = field(init=False)
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        size = (round(self.width * self.scale), round(self.height * self.scale))
        self.colours = Image.new("RGB", size, (128, 128, 128))
        self.alpha = Image.new("L", size, 0)
        self.rng = random.Random(self.seed)

    def _box(self, path: Outline, pad: float) -> tuple[int, int, int, int]:
        s = self.scale
        xs, ys = [p[0] for p in path], [p[1] for p in path]
        return (
            int((min(xs) - pad) * s),
            int((min(ys) - pad) * s),
            int((max(xs) + pad) * s) + 1,
            int((max(ys) + pad) * s) + 1,
        )

    def _local(self, path: Outline, box: tuple[int, int, int, int]) -> Path:
        return [(x * self.scale - box[0], y * self.scale - box[1]) for x, y in path]

    def part(
        self,
        outline: Outline,
        cloth: Cloth,
        seams: Sequence[Outline] = (),
        puff: float = 10,
        folds: Sequence[Outline] = (),
        cast: float = 12,
        crinkle: float = 0,
    ) -> None:
        """Add one lit piece of cloth, with quilting seams and soft folds."""
        box = self._box(outline, max(cloth.volume, cast, 10) * 1.6)
        size = (box[2] - box[0], box[3] - box[1])
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).polygon(self._local(outline, box), fill=255)
        local = [self._local(s, box) for s in seams]
        height, quilt = self._height(mask, cloth, local, puff, crinkle)
        height = self._fold(height, [self._local(f, box) for f in folds])
        lit = self._light(mask, height, quilt, cloth)
        if cast:
            self._cast(mask, box, cast)
        self.colours.paste(lit, box[:2], mask)
        self.alpha.paste(255, box[:2], mask)

    def _height(
        self, mask: Image.Image, cloth: Cloth, seams: list[Path], puff: float, crinkle: float
    ) -> tuple[Image.Image, Image.Image | None]:
        s = self.scale
        height = Image.blend(soft(mask, cloth.volume * s), soft(mask, cloth.volume * s / 3), 0.45)
        quilt = None
        if seams:
            lines = Image.new("L", mask.size, 255)
            draw = ImageDraw.Draw(lines)
            for seam in seams:
                draw.line(seam, fill=0, width=max(1, round(puff * s * 0.5)), joint="curve")
                if crinkle:
                    self._wrinkle(draw, seam, crinkle)
            quilt = Image.blend(soft(lines, puff * s), soft(lines, puff * s * 0.35), 0.35)
            height = Image.blend(height, ImageChops.multiply(quilt, soft(mask, 4 * s)), 0.6)
        return self._weave(height, cloth.texture), quilt

    def _wrinkle(self, draw: ImageDraw.ImageDraw, seam: Path, crinkle: float) -> None:
        s, rng = self.scale, self.rng
        for (x0, y0), (x1, y1) in pairwise(seam):
            for _ in range(3):
                t = rng.random()
                x, y = x0 + (x1 - x0) * t, y0 + (y1 - y0) * t
                reach = crinkle * s * rng.uniform(0.4, 1.2) * rng.choice((-1, 1))
                nx, ny = -(y1 - y0), x1 - x0
                n = (nx * nx + ny * ny) ** 0.5 or 1
                lean = rng.uniform(-0.35, 0.35)
                draw.line(
                    [
                        (x, y),
                        (
                            x + (nx / n + lean * ny / n) * reach,
                            y + (ny / n - lean * nx / n) * reach,
                        ),
                    ],
                    fill=rng.randint(60, 150),
                    width=max(1, round(2.2 * s)),
                )

    def _fold(self, height: Image.Image, folds: list[Path]) -> Image.Image:
        if not folds:
            return height
        s = self.scale
        layer = Image.new("L", height.size, 0)
        draw = ImageDraw.Draw(layer)
        for fold in folds:
            draw.line(
                fold, fill=self.rng.randint(45, 85), width=max(1, round(9 * s)), joint="curve"
            )
        return ImageChops.subtract(height, soft(layer, 9 * s))

    def _weave(self, height: Image.Image, texture: str) -> Image.Image:
        if not texture:
            return height
        s, size = self.scale, height.size
        layer = Image.new("L", size, 0)
        draw = ImageDraw.Draw(layer)
        strength = 0.12
        if texture == "fleece":
            rough = Image.blend(noise(size, 11 * s, self.rng), noise(size, 5 * s, self.rng), 0.45)
            return Image.blend(height, rough, 0.17)
        if texture == "suede":
            return Image.blend(height, noise(size, 2.4 * s, self.rng), 0.035)
        if texture in ("rib", "knit"):
            step = (9 if texture == "rib" else 13) * s
            x = 0.0
            while x < size[0]:
                if texture == "rib":
                    draw.line([(x, 0), (x, size[1])], fill=255, width=round(4 * s))
                else:
                    self._stitch_column(draw, x, step, size[1])
                x += step
            layer, strength = soft(layer, 1.6 * s), 0.16
        elif texture == "ripstop":
            for step in range(0, max(size), round(16 * s)):
                draw.line([(step, 0), (step, size[1])], fill=255, width=round(s))
                draw.line([(0, step), (size[0], step)], fill=255, width=round(s))
            layer, strength = soft(layer, 0.8 * s), 0.03
        return Image.blend(height, layer, strength)

    def _stitch_column(self, draw: ImageDraw.ImageDraw, x: float, step: float, high: int) -> None:
        y = 0.0
        while y < high + step:
            draw.line(
                [(x, y), (x + step / 2, y + step * 0.6), (x + step, y)],
                fill=255,
                width=round(step * 0.36),
            )
            y += step * 0.85

    def _light(
        self, mask: Image.Image, height: Image.Image, quilt: Image.Image | None, cloth: Cloth
    ) -> Image.Image:
        s = self.scale
        d = max(1, round(4 * s))
        lit = ImageChops.subtract(
            ImageChops.offset(height, -d, -round(d * 1.5)),
            ImageChops.offset(height, d, round(d * 1.5)),
            scale=0.62 / cloth.relief,
            offset=128,
        )
        lit = soft(lit, 0.9 * s)
        base = rgb(cloth.colour)
        brightness = sum(base) / 765
        high = mix(base, (255, 253, 248), 0.42 + 0.25 * brightness)
        dark = mix(mix(base, (14, 20, 42), 0.62 - 0.25 * brightness), (0, 0, 0), 0.1)
        out = gradient(mask.size, mix(base, high, 0.16), mix(base, dark, 0.2))
        if quilt is not None:
            deep = quilt.point(lambda v: int((255 - v) * 0.5))
            out.paste(dark, (0, 0), deep)
        out.paste(dark, (0, 0), lit.point(lambda v: min(255, max(0, int((128 - v) * 2.1)))))
        glow = cloth.gloss
        out.paste(high, (0, 0), lit.point(lambda v: min(235, max(0, int((v - 128) * 2.4 * glow)))))
        rim = ImageChops.invert(soft(mask, 7 * s)).point(lambda v: int(v * 0.35))
        out.paste(dark, (0, 0), rim)
        return out

    def _cast(self, mask: Image.Image, box: tuple[int, int, int, int], reach: float) -> None:
        s = self.scale
        shade = soft(mask, reach * s * 0.7).point(lambda v: int(v * 0.5))
        where = (box[0] + round(reach * s * 0.2), box[1] + round(reach * s * 0.5))
        self.colours.paste((16, 18, 30), where, shade)

    def shade(self, outline: Outline, colour: str | Colour, strength: float, blur: float) -> None:
        """Darken or tint a blurred area of what is already drawn."""
        box = self._box(outline, blur * 2.5 + 2)
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
        ImageDraw.Draw(mask).polygon(self._local(outline, box), fill=round(255 * strength))
        self.colours.paste(rgb(colour), box[:2], soft(mask, blur * self.scale))

    def flat(self, outline: Outline, colour: str | Colour) -> None:
        """Fill an outline with one plain colour."""
        pts = [(x * self.scale, y * self.scale) for x, y in outline]
        ImageDraw.Draw(self.colours).polygon(pts, fill=rgb(colour))
        ImageDraw.Draw(self.alpha).polygon(pts, fill=255)

    def line(self, path: Outline, colour: str | Colour, width: float, solid: bool = False) -> None:
        """Draw a line; `solid` lines also count towards the silhouette."""
        pts = [(x * self.scale, y * self.scale) for x, y in path]
        w = max(1, round(width * self.scale))
        stroke(ImageDraw.Draw(self.colours), pts, rgb(colour), w)
        if solid:
            stroke(ImageDraw.Draw(self.alpha), pts, 255, w)

    def zoom(self, grow: float, about: tuple[float, float] = (540, 720)) -> None:
        """Enlarge everything drawn so far about a point."""
        w, h = self.colours.size
        x, y = about[0] * self.scale, about[1] * self.scale
        box = (x - x / grow, y - y / grow, x + (w - x) / grow, y + (h - y) / grow)
        self.colours = self.colours.resize((w, h), Image.Resampling.BICUBIC, box=box)
        self.alpha = self.alpha.resize((w, h), Image.Resampling.BICUBIC, box=box)

    def finish(self, backdrop: Image.Image, shadow: str | Colour, floor: bool) -> Image.Image:
        """Set the product before a backdrop with its shadow and return the small picture."""
        s = self.scale
        scene = backdrop.resize(self.colours.size, Image.Resampling.BICUBIC)
        for blur, dx, dy, strength in ((42, 26, 44, 0.34), (12, 8, 14, 0.3)):
            if floor and blur > 20:
                dx, strength = 10, 0.16
            shade = soft(self.alpha, blur * s).point(lambda v, k=strength: int(v * k))
            scene.paste(rgb(shadow), (round(dx * s), round(dy * s)), shade)
        scene.paste(self.colours, (0, 0), self.alpha)
        return scene.resize((self.width, self.height), Image.Resampling.LANCZOS)
