"""Curves and outlines in design units (a picture is 1080 by 1440 of them)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, ...]
Path = list[tuple[float, float]]
Outline = Sequence[Point]


def _spline(run: Sequence[Point], steps: int) -> Path:
    """Pass a Catmull-Rom curve through an open run of points."""
    if len(run) < 3:
        return [(p[0], p[1]) for p in run]
    pts = [run[0], *run, run[-1]]
    out: Path = []
    for p0, p1, p2, p3 in zip(pts, pts[1:], pts[2:], pts[3:], strict=False):
        for i in range(steps):
            t = i / steps
            x, y = (
                0.5
                * (
                    2 * b
                    + (c - a) * t
                    + (2 * a - 5 * b + 4 * c - d) * t * t
                    + (3 * b - a - 3 * c + d) * t**3
                )
                for a, b, c, d in zip(p0[:2], p1[:2], p2[:2], p3[:2], strict=True)
            )
            out.append((x, y))
    out.append((run[-1][0], run[-1][1]))
    return out


def curve(points: Sequence[Point], steps: int = 14) -> Path:
    """Return a smooth open line; a point with a third value is a sharp corner."""
    out: Path = []
    start = 0
    for i in range(1, len(points)):
        if len(points[i]) > 2 or i == len(points) - 1:
            out.extend(_spline(points[start : i + 1], steps))
            start = i
    return out


def closed(points: Sequence[Point], steps: int = 14) -> Path:
    """Return a smooth closed outline, corners marked as in `curve`."""
    corner = next((i for i, p in enumerate(points) if len(p) > 2), None)
    if corner is not None:
        turned = [*points[corner:], *points[:corner], points[corner]]
        return curve(turned, steps)
    n = len(points)
    ring = [points[-1], *points, points[0], points[1]]
    return _spline(ring, steps)[steps : steps * (n + 1)]


def mirror(path: Sequence[Point], axis: float = 540) -> list[Point]:
    """Return the path flipped left to right about a vertical axis."""
    return [(2 * axis - p[0], *p[1:]) for p in path]


def symmetric(right: Sequence[Point], axis: float = 540) -> Path:
    """Close an outline given by its right half, from the top middle to the bottom middle."""
    return closed([*right, *reversed(mirror(right, axis))])


def moved(path: Sequence[Point], dx: float, dy: float, grow: float = 1.0) -> Path:
    """Return the path scaled about the origin, then shifted."""
    return [(p[0] * grow + dx, p[1] * grow + dy) for p in path]


def rotated(path: Sequence[Point], degrees: float, cx: float, cy: float) -> Path:
    """Return the path turned clockwise about a centre."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (cx + (p[0] - cx) * c - (p[1] - cy) * s, cy + (p[0] - cx) * s + (p[1] - cy) * c)
        for p in path
    ]


def ellipse(cx: float, cy: float, rx: float, ry: float, n: int = 64) -> Path:
    """Return an ellipse as an outline."""
    return [
        (cx + rx * math.cos(2 * math.pi * i / n), cy + ry * math.sin(2 * math.pi * i / n))
        for i in range(n)
    ]


def rounded(x0: float, y0: float, x1: float, y1: float, r: float) -> Path:
    """Return a rectangle with round corners as an outline."""
    out: Path = []
    for cx, cy, a0 in (
        (x1 - r, y0 + r, -90),
        (x1 - r, y1 - r, 0),
        (x0 + r, y1 - r, 90),
        (x0 + r, y0 + r, 180),
    ):
        for i in range(9):
            a = math.radians(a0 + i * 90 / 8)
            out.append((cx + r * math.cos(a), cy + r * math.sin(a)))
    return out


def along(path: Sequence[Point], t: float) -> tuple[float, float]:
    """Return the point a share `t` of the way along a line."""
    lengths = [math.dist(a[:2], b[:2]) for a, b in pairwise(path)]
    want = max(0.0, min(1.0, t)) * sum(lengths)
    for length, a, b in zip(lengths, path, path[1:], strict=False):
        if want <= length and length > 0:
            f = want / length
            return (a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f)
        want -= length
    return (path[-1][0], path[-1][1])


def sagging(a: Point, b: Point, sag: float, n: int = 10) -> Path:
    """Return a line from `a` to `b` that hangs down by `sag` in its middle."""
    out: Path = []
    for i in range(n + 1):
        t = i / n
        out.append((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t + sag * 4 * t * (1 - t)))
    return out


def tube(
    left: Sequence[Point], right: Sequence[Point], cells: int, puff: float = 0, sag: float = 8
) -> tuple[Path, list[Path]]:
    """Return the outline and the cross seams of a quilted tube between two edges."""
    n = max(cells, 1) * 10
    mid = [(along(left, i / n), along(right, i / n)) for i in range(n + 1)]
    out_left: Path = []
    out_right: Path = []
    seams: list[Path] = []
    for i, (a, b) in enumerate(mid):
        width = math.dist(a, b) or 1.0
        swell = puff * abs(math.sin(math.pi * i / 10)) ** 0.7
        ux, uy = (b[0] - a[0]) / width, (b[1] - a[1]) / width
        out_left.append((a[0] - ux * swell, a[1] - uy * swell))
        out_right.append((b[0] + ux * swell, b[1] + uy * swell))
        if cells > 1 and i % 10 == 0 and 0 < i < n:
            over = 14
            seams.append(
                sagging(
                    (a[0] - ux * over, a[1] - uy * over), (b[0] + ux * over, b[1] + uy * over), sag
                )
            )
    return [*out_left, *reversed(out_right)], seams
