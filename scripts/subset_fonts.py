"""Cut the bundled fonts from their sources; needed only when the set of characters changes.

The sources are the Debian packages fonts-noto-cjk (Noto Sans CJK) and unicode-data (the Unihan
database, whose property kTGH lists 通用规范汉字表), and NotoEmoji_400Regular.ttf, which the npm
package @expo-google-fonts/noto-emoji carries. All fonts are under the SIL Open Font License.
"""

import argparse
import bz2
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

FONTS = Path(__file__).parent.parent / "storage" / "fonts"
STANDARD_CHARACTERS = FONTS / "standard_characters.txt"

# Latin with its accents, general punctuation, currency, letter-like signs and arrows, circled
# numbers, boxes and geometric shapes, common symbols, CJK punctuation and kana, full-width forms.
SYMBOL_RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x2010, 0x205E),
    (0x20A0, 0x20BF),
    (0x2100, 0x2199),
    (0x2460, 0x24FF),
    (0x2500, 0x26FF),
    (0x3000, 0x30FF),
    (0xFF01, 0xFFEF),
)


def main() -> None:
    """Write the list of standard characters and the three fonts."""
    parser = argparse.ArgumentParser(prog="scripts/subset-fonts", description=__doc__)
    parser.add_argument("--noto", type=Path, default=Path("/usr/share/fonts/opentype/noto"))
    parser.add_argument(
        "--unihan",
        type=Path,
        default=Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2"),
    )
    parser.add_argument("--emoji", type=Path, required=True, help="NotoEmoji_400Regular.ttf")
    options = parser.parse_args()
    standard = standard_characters(options.unihan)
    STANDARD_CHARACTERS.write_text("".join(standard) + "\n", "utf-8")
    wanted = {*standard, *legacy_characters("gb2312"), *legacy_characters("big5"), *symbols()}
    for weight in ("Regular", "Bold"):
        font = simplified_chinese(options.noto / f"NotoSansCJK-{weight}.ttc")
        report(cut(font, wanted, FONTS / f"NotoSansSC-{weight}.otf"))
    emoji = TTFont(options.emoji)
    report(cut(emoji, map(chr, emoji.getBestCmap()), FONTS / "NotoEmoji-Regular.ttf"))


def standard_characters(unihan: Path) -> list[str]:
    """The 8,105 characters of 通用规范汉字表 in the table's own order."""
    numbered = []
    for line in bz2.decompress(unihan.read_bytes()).decode().splitlines():
        if "\tkTGH\t" in line:
            code, _, number = line.split("\t")
            numbered.append((int(number.partition(":")[2]), chr(int(code.removeprefix("U+"), 16))))
    return [character for _, character in sorted(numbered)]


def legacy_characters(encoding: str) -> set[str]:
    """What the common half of an older national standard can write, for names in older spellings.

    Rows up to 0xF7 hold GB 2312; in Big5 rows up to 0xC6 hold the traditional characters in
    daily use, and the rarely used ones after them are left out.
    """
    last_row = 0xF7 if encoding == "gb2312" else 0xC6
    pairs = (bytes((a, b)) for a in range(0xA1, last_row + 1) for b in range(0x40, 0xFF))
    return set("".join(pair.decode(encoding, "ignore") for pair in pairs))


def symbols() -> Iterable[str]:
    """The characters of SYMBOL_RANGES."""
    return (chr(code) for first, last in SYMBOL_RANGES for code in range(first, last + 1))


def simplified_chinese(collection: Path) -> TTFont:
    """The face of the collection with the letter forms of mainland China."""
    return next(
        font
        for font in TTCollection(collection).fonts
        if "Noto Sans CJK SC" in font["name"].getDebugName(1)
    )


def cut(font: TTFont, characters: Iterable[str], target: Path) -> Path:
    """Save the outlines of the characters alone: posters use no hinting and no layout features."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.drop_tables += ["BASE", "DSIG", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # names, version, licence
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    font.save(target)
    return target


def report(target: Path) -> None:
    """Say what was written."""
    count = len(TTFont(target).getBestCmap())
    print(f"{target.name}: {count:,} characters, {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
