"""Draw docs/posters.jpg: the shipped poster templates side by side, stamped for one guide."""

import io
import json
from pathlib import Path

from PIL import Image

from domain.posters.codes import QrCode
from domain.posters.drawing import PosterPicture, PosterSubject, Stamp
from domain.posters.parsing import parse_template
from domain.posters.stamping import make_plate
from domain.posters.templates import Blank
from storage.fonts import bundled

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "demo" / "images"
COLUMNS = 3
WIDTH, HEIGHT, GAP = 480, 720, 24

# Template, product picture, cover, title, summary.
SHOWN = (
    ("product", "10042-pur", "lake", "高领抓绒保暖中层", "一拉到顶，风停在领口。"),
    ("new-arrival", "10012-red", "lake", "云岭连帽羽绒服，山野与城市都合身", "本季首发"),
    ("member-day", "10001-nvy", "member-gift", "极寒长款羽绒服", "会员专享"),
    (
        "buyer-show",
        "10001-nvy",
        "sunrise-run",
        "零下十度的清晨，也没有一点冷",
        "第一次跑完半马，最后五公里下着小雪，衣服里还是干的。谢谢导购推荐的尺码，刚刚好。",
    ),
    ("store-opening", "10001-nvy", "store-front", "新店开业", ""),
    (
        "festival",
        "10005-red",
        "festival",
        "把团圆穿在身上，新年限定礼盒上架",
        "到店可享礼盒包装与手写贺卡。",
    ),
)


def poster(template: str, product: str, cover: str, title: str, summary: str) -> Image.Image:
    """One template as a guide's poster."""
    design = json.loads((ROOT / "demo" / "templates" / f"{template}.json").read_text("utf-8"))
    subject = PosterSubject(
        texts={
            Blank.TITLE: title,
            Blank.SUMMARY: summary,
            Blank.PRICE: "¥2,399",
            Blank.AMOUNT: "2,399",
        },
        pictures={
            "product": PosterPicture(data=(IMAGES / "products" / f"{product}.jpg").read_bytes()),
            "cover": PosterPicture(data=(IMAGES / "posts" / f"{cover}.jpg").read_bytes()),
        },
    )
    stamp = Stamp(
        texts={
            Blank.GUIDE: "林小雨",
            Blank.STORE: "苏州观前街店",
            Blank.ADDRESS: "江苏省苏州市姑苏区观前街 128 号",
        },
        code=QrCode(text="https://mall.example/s/aB3dE5fG7h"),
        avatar=(IMAGES / "avatars" / "guide-01.png").read_bytes(),
    )
    plate = make_plate(parse_template(design["design"]), subject, bundled())
    return Image.open(io.BytesIO(plate.stamped(stamp)))


def main() -> None:
    """Write the sheet."""
    rows = -(-len(SHOWN) // COLUMNS)
    size = (COLUMNS * (WIDTH + GAP) + GAP, rows * (HEIGHT + GAP) + GAP)
    sheet = Image.new("RGB", size, (222, 222, 222))
    for number, shown in enumerate(SHOWN):
        small = poster(*shown).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        row, column = divmod(number, COLUMNS)
        sheet.paste(small, (GAP + column * (WIDTH + GAP), GAP + row * (HEIGHT + GAP)))
    target = ROOT / "docs" / "posters.jpg"
    target.parent.mkdir(exist_ok=True)
    sheet.save(target, "JPEG", quality=85, optimize=True, progressive=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
