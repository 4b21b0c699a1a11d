"""The six templates that come with the project."""

import json

import pytest

from domain.posters.checking import check_template
from domain.posters.codes import QrCode
from domain.posters.drawing import PosterPicture
from domain.posters.parsing import parse_template
from domain.posters.stamping import make_plate
from domain.posters.templates import Blank
from domain.sharing.share_links import ShareKind
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
    check_template(template, bundled(), assets=(), claims=read_claims())
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
    for width in (750, 1080):
        plate = make_plate(template.scaled(width), subject, bundled())
        assert plate.stamped(stamp)  # reads its own code back, or raises
