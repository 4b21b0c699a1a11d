"""Quiet studio backdrops for product pictures."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from demo.drawing.canvas import Colour, gradient, mix, noise, rgb, soft

MOODS: dict[str, tuple[str, str, str]] = {
    "linen": ("#f4eee4", "#e3d8c8", "#d3c4ae"),
    "mist": ("#eef2f5", "#d8e0e7", "#c2ced9"),
    "sage": ("#eef1e9", "#d6ddce", "#bfcab5"),
    "blush": ("#f7ece8", "#ead6cf", "#dcc0b7"),
    "dusk": ("#e9e8f1", "#d2d1e2", "#bbbad2"),
    "sand": ("#f6f0e2", "#e8dabc", "#d9c69d"),
    "ice": ("#eef6f8", "#d3e5ea", "#b6d1d9"),
    "stone": ("#efeeec", "#dcdad6", "#c8c5bf"),
}


def backdrop(mood: str, style: str, seed: int, size: tuple[int, int] = (1080, 1440)) -> Image.Image:
    """Return a studio wall: `arch`, `sun`, `ridges` or `plain`, with or without a floor."""
    light, middle, deep = MOODS[mood]
    image = gradient(size, light, middle)
    rng = random.Random(seed)
    if style == "arch":
        _arch(image, mix(middle, deep, 0.35))
    elif style == "sun":
        _disc(image, mix(light, "#ffffff", 0.55))
    elif style == "ridges":
        _ridges(image, rgb(middle), rgb(deep), rng)
    elif style == "floor":
        _floor(image, rgb(light), rgb(deep))
    _spot(image)
    grain = noise(size, 1.2, rng).point(lambda v: 7 if v > 150 else 0)
    image.paste((255, 255, 255), (0, 0), grain)
    return image


def _spot(image: Image.Image) -> None:
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((60, -120, 900, 900), fill=120)
    image.paste((255, 255, 255), (0, 0), soft(mask, 150))
    edge = Image.new("L", image.size, 46)
    ImageDraw.Draw(edge).ellipse((-160, -160, 1240, 1600), fill=0)
    image.paste((60, 58, 66), (0, 0), soft(edge, 140))


def _arch(image: Image.Image, colour: Colour) -> None:
    mask = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(mask)
    draw.rounded_rectangle((130, 120, 950, 1600), radius=410, fill=200)
    image.paste(colour, (0, 0), soft(mask, 1.2))


def _disc(image: Image.Image, colour: Colour) -> None:
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((130, 260, 950, 1080), fill=210)
    image.paste(colour, (0, 0), soft(mask, 1.2))


def _ridges(image: Image.Image, near: Colour, deep: Colour, rng: random.Random) -> None:
    for layer in range(3):
        base = 980 + layer * 130
        points = [(-20.0, 1460.0)]
        x = -20.0
        while x < 1120:
            points.append((x, base - rng.uniform(0, 210 - layer * 40)))
            x += rng.uniform(90, 190)
        points += [(1120.0, float(base)), (1120.0, 1460.0)]
        mask = Image.new("L", image.size, 0)
        ImageDraw.Draw(mask).polygon(points, fill=110)
        image.paste(mix(near, deep, 0.35 + layer * 0.25), (0, 0), soft(mask, 1.4))


def _floor(image: Image.Image, light: Colour, deep: Colour) -> None:
    width, height = image.size
    floor = gradient((width, height - 1010), mix(light, deep, 0.85), mix(light, deep, 0.25))
    mask = Image.new("L", floor.size, 255)
    ImageDraw.Draw(mask).rectangle((0, 0, width, 40), fill=0)
    image.paste(floor, (0, 1010), soft(mask, 26))
