"""The six templates that come with the project."""

import json

import pytest

from domain.posters.checking import check_template
from domain.posters.codes import QrCode, draw
from domain.posters.drawing import PosterPicture
from domain.posters.layouts import WIDTHS
from domain.posters.parsing import parse_template
from domain.posters.stamping import make_plate
from domain.posters.templates import Blank, CodeLayer
from domain.sharing.share_links import ShareKind
from scripts.bench_posters import as_received, read_by_zxing
from storage.advertising_claims import read_claims
from storage.fonts import bundled
from tests.support.paths import ROOT
from tests.support.poster_builders import a_picture, a_stamp, a_subject

SHIPPED = sorted((ROOT / "demo" / "templates").glob("*.json"))


def test_there_are_six():
    names = {json.loads(file.read_text("utf-8"))["name"] for file in SHIPPED}
    assert names == {"单品推荐", "新品上市", "会员日", "买家秀", "新店开业", "节日好礼"}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_it_is_sound_and_scans_at_both_widths_whatever_it_has_to_say(file):
    shipped = json.loads(file.read_text("utf-8"))
    assert shipped["kinds"] == [ShareKind(kind) for kind in shipped["kinds"]]
    template = parse_template(shipped["design"])
    check_template(template, bundled(), pictures={}, claims=read_claims())
    picture = PosterPicture(data=a_picture())
    subject = a_subject(
        texts={
            Blank.TITLE: "超长标题，" * 20,
            Blank.SUMMARY: "说明" * 100,
            Blank.PRICE: "¥12,999.50",
            Blank.AMOUNT: "12,999.50",
        },
        pictures={"product": picture, "cover": picture},
    )
    stamp = a_stamp(
        guide="Alexandrina 欧阳小雨🌸" * 3,
        store="新疆维吾尔自治区乌鲁木齐市天山区人民路旗舰店",
        code=QrCode(text="https://a-rather-long-name.example.com.cn/shop/s/aB3dE5fG7h"),
    )
    for width in WIDTHS:
        plate = make_plate(template.scaled(width), subject, bundled())
        # It reads its own code back, or raises.
        assert all(stamp.code.text in read for read in map(read_by_zxing, received(plate, stamp)))


def received(plate, stamp):
    """The poster as it is sent on and as it is in a chat."""
    return [image for _, image in as_received(plate.stamped(stamp))]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_its_code_is_a_seventh_larger_at_750_px_than_it_was(file):
    design = json.loads(file.read_text("utf-8"))["design"]
    (box,) = (
        layer.box
        for layer in parse_template(design).scaled(750).layers
        if isinstance(layer, CodeLayer)
    )
    assert min(box.width, box.height) >= 1.15 * 156
    # A share URL's modules, with those of its margin, were 4 px each, the longest one's 3 px.
    for text, across, least in (("https://mall.example/s/aB3dE5fG7h", 37, 5), ("x" * 62, 41, 4)):
        image = draw(text, box.width, (0, 0, 0), (255, 255, 255)).convert("L")
        left, _, right, _ = image.point(lambda v: 255 - v).getbbox()
        assert (right - left) / (across - 8) >= least
