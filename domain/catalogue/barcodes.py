"""EAN-13 barcodes, as GS1 defines them."""

import re

from domain.kernel.refusals import Invalid

_EAN_13 = re.compile(r"[0-9]{13}")


def check_digit(first_twelve: str) -> str:
    """The thirteenth digit: weights 1 and 3 in turn, filled up to a multiple of ten."""
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(first_twelve))
    return str(-total % 10)


def ean_13(code: str) -> str:
    """A barcode of 13 digits with its right check digit; anything else is Invalid."""
    if not _EAN_13.fullmatch(code):
        raise Invalid(f"{code!r} is not a barcode of 13 digits.")
    wanted = check_digit(code[:12])
    if code[12] != wanted:
        raise Invalid(f"{code} is mistyped: a barcode {code[:12]}… ends in {wanted}.")
    return code
