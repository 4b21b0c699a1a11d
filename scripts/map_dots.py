"""Write api/pages/web/china.js, the centres of all lowest divisions, of which the desk draws China.

Eight characters in base 36 are a division: four say by how much its code is above the one before,
two and two its longitude and latitude in twentieths of a degree from 70 east and 0 north.
"""

from domain.network.divisions import Division
from scripts.bootstrap import ROOT, say
from storage.divisions import read_divisions

FILE = ROOT / "api" / "pages" / "web" / "china.js"
WEST, A_DEGREE = 70, 20
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MODULE = """// The centres of China's lowest divisions as scripts/map_dots.py writes them.
export default "{dots}";
"""


def module() -> str:
    """The text of the module."""
    divisions = read_divisions().by_code.values()
    parents = {one.parent for one in divisions}
    lowest = sorted((one for one in divisions if one.code not in parents), key=lambda one: one.code)
    before = [0, *(int(one.code) for one in lowest)]
    return MODULE.format(dots="".join(map(_written, lowest, before)))


def _written(one: Division, before: int) -> str:
    east = round((one.centre.longitude - WEST) * A_DEGREE)
    north = round(one.centre.latitude * A_DEGREE)
    return _in_base_36(int(one.code) - before, 4) + _in_base_36(east, 2) + _in_base_36(north, 2)


def _in_base_36(number: int, size: int) -> str:
    digits = ""
    for _ in range(size):
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits


if __name__ == "__main__":
    FILE.write_text(module(), "utf-8")
    say(f"wrote {FILE.relative_to(ROOT)}")
