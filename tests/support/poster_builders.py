"""Designs, subjects and stamps with defaults."""

import io
from functools import cache
from random import Random

from PIL import Image

from domain.posters.codes import QrCode
from domain.posters.drawing import PosterPicture, PosterSubject, Stamp
from domain.posters.templates import Blank

SHARE_URL = "https://mall.example/s/aB3dE5fG7h"


@cache
def a_picture(width=300, height=400) -> bytes:
    """A picture with fine detail all over, whose four corners differ."""
    noise = Image.frombytes("L", (width, height), Random(1).randbytes(width * height))
    ramp = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", (noise, ramp, ramp.transpose(Image.Transpose.ROTATE_180)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def a_code(**changes):
    return {"kind": "code", "box": [800, 1180, 240, 240], **changes}


def a_text(**changes):
    fields = {"kind": "text", "text": "{guide}", "box": [60, 1200, 600, 60]}
    return {**fields, "size": 44, "minSize": 24, "colour": "#222222", **changes}


def a_shape(**changes):
    return {"kind": "shape", "box": [0, 1100, 1080, 340], "fill": "#FFFFFF", **changes}


def a_product_picture(**changes):
    return {"kind": "picture", "source": "product", "box": [0, 0, 1080, 1080], **changes}


def a_design(*layers, **changes):
    chosen = list(layers) or [a_product_picture(), a_shape(), a_text(), a_code()]
    return {"height": 1440, "background": "#F6F2EC", "layers": chosen, **changes}


def a_subject(**changes):
    fields = {
        "texts": {Blank.TITLE: "轻暖羽绒服", Blank.PRICE: "¥1,299"},
        "pictures": {"product": PosterPicture(data=a_picture())},
    }
    return PosterSubject(**{**fields, **changes})


def a_stamp(guide="林小雨", store="苏州观前街店", **changes):
    texts = {Blank.GUIDE: guide, Blank.STORE: store, Blank.ADDRESS: "观前街 128 号"}
    return Stamp(**{"texts": texts, "code": QrCode(text=SHARE_URL), **changes})
