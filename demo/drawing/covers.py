"""The covers of the demo posts, by file name."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from demo.drawing.covers_feast import festival, member_gift
from demo.drawing.covers_snow import aurora, rock_climb, ski_slope, snow_dawn
from demo.drawing.covers_street import city_morning, store_front, winter_city
from demo.drawing.covers_wild import (
    autumn_valley,
    forest_trail,
    lake,
    night_camp,
    rain_walk,
    sunrise_run,
)
from demo.drawing.scenes import Scene

TALL = (1080, 1440)


WIDE = (1440, 1080)


COVERS: dict[str, tuple[Callable[[Scene], None], tuple[int, int]]] = {
    "snow-dawn.jpg": (snow_dawn, TALL),
    "night-camp.jpg": (night_camp, TALL),
    "winter-city.jpg": (winter_city, TALL),
    "forest-trail.jpg": (forest_trail, TALL),
    "ski-slope.jpg": (ski_slope, WIDE),
    "festival.jpg": (festival, TALL),
    "store-front.jpg": (store_front, WIDE),
    "lake.jpg": (lake, WIDE),
    "rain-walk.jpg": (rain_walk, TALL),
    "sunrise-run.jpg": (sunrise_run, WIDE),
    "autumn-valley.jpg": (autumn_valley, TALL),
    "aurora.jpg": (aurora, TALL),
    "city-morning.jpg": (city_morning, TALL),
    "member-gift.jpg": (member_gift, WIDE),
    "sea-of-clouds.jpg": (rock_climb, TALL),
}


def draw_cover(name: str, scale: float) -> Image.Image:
    """Paint one cover by its file name."""
    paint, size = COVERS[name]
    scene = Scene(size, scale, seed=sum(name.encode()))
    paint(scene)
    return scene.finish()
