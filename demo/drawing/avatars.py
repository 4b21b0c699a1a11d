"""Friendly drawn faces for shop guides."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from demo.drawing.canvas import mix
from demo.drawing.geometry import Path, Point, closed, curve, ellipse, moved
from demo.drawing.scenes import Scene

SIZE = 240


@dataclass(frozen=True)
class Face:
    """The look of one guide."""

    backdrop: tuple[str, str]
    coat: str
    hair: str
    style: str
    skin: str = "#f2cdaa"
    hat: str = ""
    glasses: bool = False


FACES: tuple[Face, ...] = (
    Face(("#f6dcc4", "#e8b08a"), "#23355c", "#2a211f", "long"),
    Face(("#d5e6ea", "#94bccb"), "#c8452f", "#1f1c1e", "short"),
    Face(("#e2ead6", "#a9c193"), "#f0a63c", "#3a2a22", "bun"),
    Face(("#e6e1f1", "#b3a9d3"), "#2f6f63", "#221d1f", "side", glasses=True),
    Face(("#f7e3e0", "#e2aaa6"), "#6f7f6a", "#4a2f22", "bob"),
    Face(("#e3ecf4", "#9fb9d6"), "#8a6238", "#26211f", "short", "#e6b98f", hat="#b5452f"),
    Face(("#f5ebcf", "#dfc27c"), "#2f5d6b", "#2c2120", "long", glasses=True),
    Face(("#dcebe4", "#8fbfa9"), "#d8572f", "#1d1b1c", "crop", "#e0b088"),
    Face(("#f1dfe8", "#cf9fb8"), "#4b4f73", "#33241f", "tail"),
    Face(("#dfe6ee", "#8fa5c0"), "#222428", "#2a2522", "side", "#ebc19a", hat="#37506b"),
    Face(("#f8e6d0", "#eab27a"), "#7a4f6b", "#21191a", "bob", hat="#f0e4cf"),
    Face(("#e4e9dd", "#b0bd9b"), "#3f5a4c", "#4c4744", "crop", "#eec8a4", glasses=True),
)


def draw_avatar(index: int, scale: float) -> Image.Image:
    """Draw one guide's head and shoulders."""
    face = FACES[index]
    scene = Scene((SIZE, SIZE), scale * 2, 70 + index)
    scene.sky(*face.backdrop)
    scene.glow(90, 70, 80, "#ffffff", 0.35)
    _back_hair(scene, face)
    _shoulders(scene, face)
    _head(scene, face)
    _features(scene, face)
    _front_hair(scene, face)
    if face.hat:
        _hat(scene, face.hat)
    return scene.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _both(right: list[Point]) -> Path:
    return closed([*right, *[(SIZE - p[0], *p[1:]) for p in reversed(right)]])


def _back_hair(scene: Scene, face: Face) -> None:
    dark = mix(face.hair, "#000000", 0.2)
    if face.style == "long":
        scene.fill(_both([(120, 44), (172, 60), (182, 120), (186, 196), (150, 206)]), dark)
    elif face.style == "bob":
        scene.fill(_both([(120, 46), (172, 62), (180, 120), (170, 164), (140, 168)]), dark)
    elif face.style == "bun":
        scene.fill(ellipse(120, 40, 26, 24), dark)
    elif face.style == "tail":
        scene.fill(closed([(150, 60), (196, 78), (200, 150), (176, 190), (178, 130)]), dark)


def _shoulders(scene: Scene, face: Face) -> None:
    scene.fill([(102, 140), (138, 140), (142, 190), (98, 190)], mix(face.skin, "#a8653f", 0.28))
    coat = _both([(120, 188), (148, 178), (190, 192), (218, 216), (226, 250, 1)])
    scene.shaded(coat, mix(face.coat, "#ffffff", 0.14), face.coat)
    for y in (212, 232):
        scene.line(
            curve([(30, y + 6), (120, y + 12), (210, y + 6)]), mix(face.coat, "#0b0d14", 0.25), 2
        )
    for side in (-1, 1):
        flap = closed(
            [
                (120, 206, 1),
                (120 + side * 34, 164, 1),
                (120 + side * 44, 186),
                (120 + side * 16, 222, 1),
            ]
        )
        scene.fill(flap, mix(face.coat, "#ffffff", 0.22))
        scene.fill(moved(flap, 0, 2), mix(face.coat, "#0b0d14", 0.2), 0.25, 2)
    scene.line([(120, 206), (120, 240)], "#e9dcc0", 2.4)
    scene.fill(moved([(0, 0), (8, -12), (12, -7), (17, -16), (27, 0)], 148, 222), "#f2e2bd")


def _head(scene: Scene, face: Face) -> None:
    for side in (-1, 1):
        scene.fill(ellipse(120 + side * 51, 114, 9, 13), mix(face.skin, "#c47f57", 0.2))
    head = _both([(120, 52), (158, 66), (171, 106), (160, 142), (136, 164), (120, 168)])
    scene.shaded(head, mix(face.skin, "#ffffff", 0.15), face.skin)
    for side in (-1, 1):
        scene.fill(ellipse(120 + side * 32, 131, 12, 8), "#ee8d78", 0.4, 4)


def _features(scene: Scene, face: Face) -> None:
    for side in (-1, 1):
        x = 120 + side * 22
        scene.fill(ellipse(x, 112, 5.2, 6.6), "#2a1f1c")
        scene.fill(ellipse(x + 1.6, 109.4, 1.7, 1.9), "#ffffff")
        scene.line(
            curve([(x - 11, 96), (x, 92.5), (x + 11, 96)]), mix(face.hair, "#6a4a3a", 0.3), 3
        )
        if face.glasses:
            ring = ellipse(x, 112, 15, 14)
            scene.line([*ring, ring[0]], "#4a3a32", 2.6)
    if face.glasses:
        scene.line(curve([(113, 110), (120, 107), (127, 110)]), "#4a3a32", 2.6)
    scene.line(curve([(119, 114), (123, 126), (117, 128)]), mix(face.skin, "#a8653f", 0.45), 2.2)
    mouth = [
        *curve([(104, 140), (120, 144), (136, 140)]),
        *curve([(136, 140), (120, 155), (104, 140)]),
    ]
    scene.fill(mouth, "#b5493f")
    scene.fill([*curve([(108, 141), (120, 144), (132, 141)]), (120, 147.5)], "#ffffff")


def _front_hair(scene: Scene, face: Face) -> None:
    if face.style in ("short", "crop"):
        low = 78 if face.style == "crop" else 86
        shape = closed(
            [
                (68, 112, 1),
                (64, 78),
                (88, 46),
                (126, 38),
                (160, 50),
                (177, 82),
                (172, 112, 1),
                (166, low),
                (142, low - 10),
                (112, low - 2),
                (86, low - 4),
                (74, low + 8),
            ]
        )
    elif face.style == "side":
        shape = closed(
            [
                (67, 116, 1),
                (62, 76),
                (92, 42),
                (136, 38),
                (172, 62),
                (174, 114, 1),
                (166, 88),
                (140, 70),
                (106, 92),
                (78, 90),
            ]
        )
    elif face.style in ("bun", "tail"):
        shape = closed(
            [
                (68, 118, 1),
                (62, 80),
                (86, 46),
                (120, 40),
                (154, 46),
                (178, 80),
                (172, 118, 1),
                (164, 92),
                (120, 62),
                (76, 92),
            ]
        )
    else:
        shape = closed(
            [
                (64, 138, 1),
                (58, 88),
                (84, 46),
                (120, 38),
                (156, 46),
                (182, 88),
                (176, 138, 1),
                (166, 100),
                (136, 68),
                (112, 84),
                (78, 98),
            ]
        )
    scene.shaded(shape, mix(face.hair, "#ffffff", 0.14), face.hair)
    scene.line(curve([(90, 62), (112, 50), (140, 52)]), mix(face.hair, "#ffffff", 0.3), 3)


def _hat(scene: Scene, tone: str) -> None:
    dome = closed([(62, 84, 1), (68, 46), (96, 22), (120, 18), (144, 22), (172, 46), (178, 84, 1)])
    scene.shaded(dome, mix(tone, "#ffffff", 0.15), tone)
    for i in range(9):
        scene.line(
            curve([(74 + i * 11.5, 80), (84 + i * 9, 50), (100 + i * 5, 24)]),
            mix(tone, "#0b0d14", 0.16),
            1.6,
        )
    cuff = closed([(56, 70, 1), (120, 60), (184, 70, 1), (184, 92, 1), (120, 82), (56, 92, 1)])
    scene.shaded(cuff, mix(tone, "#ffffff", 0.25), mix(tone, "#0b0d14", 0.12))
    scene.fill(ellipse(120, 14, 15, 13), mix(tone, "#ffffff", 0.4))
