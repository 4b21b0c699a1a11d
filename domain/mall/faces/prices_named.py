"""Prices that a text names, held against those of the products that it stands beside.

What a product costs is the catalogue's to say. A text may repeat it, so that it is refused, or not
shown, only where it says something else.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from fractions import Fraction
from functools import lru_cache

from domain.catalogue.prices import Price

_DIGITS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_TENS = {"十": 10, "百": 100, "千": 1_000}
_NUMBER = r"\d[\d,]{0,11}(?:\.\d{1,2})?"
_ONES = "".join(_DIGITS)
_WORDS = f"[{_ONES}]?[十百千][{_ONES}十百千]{{0,7}}"
# NFKC has made ￥ and full-width digits plain by then. 块 stands for 元 where no word goes on, and
# 元旦 and 元宵 are days.
_AMOUNT = re.compile(
    rf"(?P<before>满|[减省降抵返券惠宜]|)\s?"
    rf"(?:(?:¥|RMB|CNY|人民币)\s?(?P<sign>{_NUMBER})"
    rf"|(?P<unit>{_NUMBER}|{_WORDS})\s?(?:元(?![旦宵素气])|圆|RMB|CNY|块(?:钱|(?!\w))|¥(?!\s?\d)))",
    re.IGNORECASE,
)
# A bare number is a price where 到手价 and its like say so, and it counts nothing else.
_BARE = re.compile(
    r"(?:价|(?<![开发预在])售|到手|[仅只][卖需要]|只收)\s?[:是为仅只]?\s?"
    rf"(?P<bare>\d,?{_NUMBER})(?=\s?(?:$|[^\w\s.%]|起|包邮|包税|拿下|拿走|入手|带走|带回|到手|开抢|秒杀))"
)
# 折叠 is folding; nobody gives 12 折.
_DISCOUNT = re.compile(
    r"(?:(?<![\d.])(?P<digits>[1-9](?:\.[1-9]|[1-9])?)|(?P<words>[一二三四五六七八九]{1,2}))\s?折(?!叠)"
    r"|(?P<half>半价)"
)


def names_money(text: str) -> bool:
    """Whether a text names a price, a saving or a discount."""
    return bool(_named(text))


def wrong_price(text: str, prices: Collection[Price]) -> str | None:
    """What a text says of money that is true of none of some prices; None where all of it is.

    An amount is what something costs or is compared to; after 减, 省, 降 and their like it is the
    difference, after 满 an order's and no price. A discount of 8 折 is eight tenths of what the
    price is compared to, to a tenth.
    """
    for said, kind, value in _named(text):
        if not any(_true_of(kind, value, price) for price in prices):
            return said
    return None


def _true_of(kind: str, value: Fraction, price: Price) -> bool:
    compared = price.compare_at
    if kind == "price":
        return value in (price.amount, compared)
    if compared is None:
        return False
    if kind == "saved":
        return value == compared - price.amount
    return abs(Fraction(price.amount, compared) * 10 - value) <= Fraction(1, 20)


@lru_cache(maxsize=4096)
def _named(text: str) -> tuple[tuple[str, str, Fraction], ...]:
    return tuple(_find(unicodedata.normalize("NFKC", text)))


def _find(text: str) -> Iterator[tuple[str, str, Fraction]]:
    for one in _AMOUNT.finditer(text):
        if one["before"] == "满":
            continue
        fen = _value(one["sign"] or one["unit"]) * 100
        yield one.group(), "saved" if one["before"] else "price", fen
    for one in _BARE.finditer(text):
        yield one.group(), "price", _value(one["bare"]) * 100
    for one in _DISCOUNT.finditer(text):
        tenths = "5" if one["half"] else one["digits"]
        if tenths is None:
            tenths = "".join(str(_DIGITS[word]) for word in one["words"])
        value = Fraction(tenths)
        yield one.group(), "discount", value if value < 10 else value / 10


def _value(text: str) -> Fraction:
    if text[0].isdigit():
        return Fraction(text.replace(",", ""))
    total, last = 0, 0
    for word in text:
        if word in _TENS:
            total += (last or 1) * _TENS[word]
            last = 0
        else:
            last = _DIGITS[word]
    return Fraction(total + last)
