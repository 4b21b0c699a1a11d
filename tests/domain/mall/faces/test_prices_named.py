"""Prices that texts name beside products."""

import pytest

from domain.catalogue.prices import Price
from domain.kernel.money import Fen
from domain.mall.faces.prices_named import wrong_price

# ¥1,899 instead of ¥2,374, which is 8 折 (7.999) and saves ¥475.
PRICES = [Price(amount=Fen(189_900), compare_at=Fen(237_400)), Price(amount=Fen(99_950))]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "店长最爱",
        "现价¥1,899",
        "￥1899 起",
        "１８９９元",
        "原价2374元，现在1899.00元",
        "¥999.50",
        "八折",
        "8折",
        "立省475元",
        "直降 ¥475",
        "满500元包邮",
        "满1000元减50",
        "一千八百九十九元",
        "RMB 1899",
        "三折叠伞",
        "3折叠",
        "12 块面料拼成",
        "2026年新款",
        "800蓬",
        "第2件",
        "打折不打烊",
        "2026元旦快乐",
        "一元复始",
        "到手价1899",
        "到手价：1,899 起",
        "只要1899拿下",
        "特价 100 件，售完即止",
        "特价3折叠伞",
        "只需30秒",
        "只要12月有雪",
        "价高100%",
        "开售12.12",
    ],
)
def test_what_the_catalogue_says_too_may_be_repeated(text):
    assert wrong_price(text, PRICES) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("只要¥399", "¥399"),
        ("只要￥３９９", "¥399"),
        ("３９９元带走", "399元"),
        ("399 元", "399 元"),
        ("九十九元", "九十九元"),
        ("99块钱", "99块钱"),
        ("99块", "99块"),
        ("rmb99", "rmb99"),
        ("5折", "5折"),
        ("五折", "五折"),
        ("８５折", "85折"),
        ("八八折", "八八折"),
        ("7.5折起", "7.5折"),
        ("半价", "半价"),
        ("立减100元", "减100元"),
        ("现价¥1,899，会员¥1,599", "¥1,599"),
        ("¥1,899.01", "¥1,899.01"),
        ("399¥", "399¥"),
        ("到手价399", "价399"),
        ("到手价：399！", "价:399"),
        ("券后价 1,599 起", "价 1,599"),
        ("仅售399", "售399"),
        ("只要３９９包邮", "只要399"),
        ("399元，到手价299", "399元"),
    ],
)
def test_what_it_does_not_say_is_told(text, said):
    assert wrong_price(text, PRICES) == said
