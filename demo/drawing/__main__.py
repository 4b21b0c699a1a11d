"""Draws the demo brand's product pictures, post covers and guide avatars again."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image

from demo.drawing.avatars import FACES, draw_avatar
from demo.drawing.catalogue import draw_product, product_files
from demo.drawing.covers import COVERS, draw_cover

IMAGES = Path(__file__).resolve().parent.parent / "images"
GROUPS = ("products", "posts", "avatars")


def save(image: Image.Image, path: Path) -> None:
    """Write a picture, as JPEG or PNG by its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jpg":
        image.save(path, quality=88, optimize=True, progressive=True)
    else:
        image.save(path, optimize=True)


def jobs_of(group: str, scale: float) -> dict[str, Callable[[], Image.Image]]:
    """What draws each picture of a group, by the picture's file name."""
    if group == "products":
        return {n: partial(draw_product, *key, scale) for n, key in product_files().items()}
    if group == "posts":
        return {name: partial(draw_cover, name, scale) for name in COVERS}
    return {f"guide-{i + 1:02}.png": partial(draw_avatar, i, scale) for i in range(len(FACES))}


def draw_group(group: str, out: Path, scale: float, match: str) -> int:
    """Draw one group of pictures and return how many were written."""
    jobs = jobs_of(group, scale)
    chosen = {name: draw for name, draw in jobs.items() if match in name}
    for name, draw in chosen.items():
        save(draw(), out / group / name)
    return len(chosen)


def main() -> None:
    """Read the options and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=GROUPS, action="append", help="draw just this group")
    parser.add_argument("--match", default="", help="draw just the files whose name contains this")
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder to write to")
    parser.add_argument("--scale", type=float, default=2.0, help="how much to oversample")
    options = parser.parse_args()
    for group in options.only or GROUPS:
        count = draw_group(group, options.out, options.scale, options.match)
        print(f"{group}: {count} pictures")


if __name__ == "__main__":
    main()
