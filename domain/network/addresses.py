"""Addresses that parcels can reach, in one spelling, wherever somebody writes one down."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.kernel.codes import LONGEST_CODE, plain_id
from domain.kernel.lines import read_line
from domain.kernel.refusals import Invalid
from domain.network.divisions import Divisions

MOST_NAME = 40
MOST_DETAIL = 200
MOST_DIVISIONS = 6
MOST_PHONE = 40

# Spaces of other widths are meant as spaces.
_SPACES = re.compile("[\u00a0\u3000]+")
# What takes no ink and is in no category of its own: fillers of Hangul, a blank of Braille, the
# joiner of graphemes.
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
_INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp"})
_BETWEEN_DIGITS = re.compile(r"[\s().\-\u2010-\u2015]+")
_ABROAD = re.compile(r"(?:\+|00)86")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
# 10 and 2x are areas of two digits, the others have three; a number has seven or eight.
_LAND_LINE = re.compile(r"0?(10|2[0-9]|[3-9][0-9]{2})([2-9][0-9]{6,7})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidAddress:
    """Where parcels go, as somebody writes it; `district` is a GB/T 2260 code.

    `names` are its divisions in words, kept beside the code, because an address book may know
    other codes than ours.
    """

    name: str
    phone: str
    district: str
    names: tuple[str, ...] = ()
    detail: str


def read_address(
    divisions: Divisions, said: SaidAddress, *, at: Sequence[str] = (), detail: str = "detail"
) -> SaidAddress:
    """An address that a parcel can reach, in the one spelling in which it is kept.

    `at` is the path of the input that has it, and `detail` what that calls its last line. A code
    that our table does not have is taken if the address says its divisions in words.
    """
    names = _names(said.names, field=[*at, "names"])
    district = _district(divisions, said.district, names, field=[*at, "district"])
    return replace(
        said,
        name=_line(said.name, most=MOST_NAME, field=[*at, "name"]),
        phone=read_phone(said.phone, field=[*at, "phone"]),
        district=district,
        names=divisions.names(district) or names,
        detail=_line(said.detail, most=MOST_DETAIL, field=[*at, detail]),
    )


def read_phone(text: str, *, field: Sequence[str] = ()) -> str:
    """A telephone number of China as it is kept: 13800138000, or 0512-65001234.

    Blanks, hyphens, brackets, wide digits and the country's own +86 say nothing more.
    """
    if len(text) <= MOST_PHONE:
        digits = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", text))
        digits = _ABROAD.sub("", digits, count=1) if _ABROAD.match(digits) else digits
        if _MOBILE.fullmatch(digits):
            return digits
        if land_line := _LAND_LINE.fullmatch(digits):
            return f"0{land_line[1]}-{land_line[2]}"
    raise Invalid(
        "write a mobile number such as 13800138000, or one with its area such as 0512-65001234.",
        field=field,
    )


def _line(text: str, *, most: int, field: Sequence[str], least: int = 1) -> str:
    line = read_line(_SPACES.sub(" ", text), most=most, least=least, field=field)
    for place, character in enumerate(line, 1):
        unseen = unicodedata.category(character) in _INVISIBLE or character in _BLANK
        if unseen and character != " ":
            raise Invalid(
                f"take out U+{ord(character):04X}, character {place}: it can't be seen.",
                field=field,
            )
    return line


def _names(names: Sequence[str], *, field: Sequence[str]) -> tuple[str, ...]:
    if len(names) > MOST_DIVISIONS:
        raise Invalid(f"say at most {MOST_DIVISIONS} divisions.", field=field)
    return tuple(_line(one, most=MOST_NAME, field=field) for one in names)


def _district(
    divisions: Divisions, text: str, names: Sequence[str], *, field: Sequence[str]
) -> str:
    """The code of a district; one that we do not know must be of a province that we know."""
    if len(text) > LONGEST_CODE:
        raise Invalid("a division code has six digits.", field=field)
    code = plain_id(text)
    try:
        known = code in divisions.by_code
        divisions.refuse_former(code)
        return divisions.district(code).code if known else _unknown(divisions, code, names)
    except Invalid as refusal:
        raise Invalid(refusal.message, field=field) from None


def _unknown(divisions: Divisions, code: str, names: Sequence[str]) -> str:
    if not re.fullmatch("[0-9]{6}", code) or f"{code[:2]}0000" not in divisions.by_code:
        raise Invalid(f"{code!r} is no division code of GB/T 2260.")
    if len(names) < 2:
        raise Invalid(
            f"{code} is no division code that we know; say its province, city and district in "
            "words too."
        )
    return code
