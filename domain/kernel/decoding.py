"""Bytes of a text file, told for sure to be one encoding, or asked back."""

import codecs
import re
from collections import Counter
from typing import NoReturn

from domain.kernel.refusals import Invalid

# Of a Chinese text in GB18030 nearly all characters are among the 3,755 common ones of GB 2312; of
# Big5, Shift-JIS or broken UTF-8 that is read so, fewer than half are.
COMMON_SHARE = 0.7
_MARKED = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_RUN = re.compile(rb"[\x80-\xff]{6,}")


def decoded(file: str, data: bytes) -> str:
    """The text of a file in UTF-8, with or without its mark, UTF-16 with its mark, or GB18030.

    What could be something else is refused as a whole, in words for the person who saved it.
    """
    for mark, codec, name in _MARKED:
        if data.startswith(mark):
            text = _strict(file, data, codec, name)
            break
    else:
        text = _unmarked(file, data)
    if "\x00" in text:
        _ask_back(file, text.count("\n", 0, text.index("\x00")) + 1, "is no text")
    return text.removeprefix("\ufeff")


def _strict(file: str, data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        _ask_back(file, line, f"says that it is {name} and is not")


def _unmarked(file: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        _ask_back(file, line, "is neither UTF-8 nor GB18030")
    mixed = next((run for run in _RUN.finditer(data) if _is_utf_8(run[0])), None)
    if mixed:
        line = data.count(b"\n", 0, mixed.start()) + 1
        _ask_back(file, line, "is partly UTF-8 and partly something else")
    if not _is_common_chinese(text):
        _ask_back(file, line, "may be GB18030 or something else")
    return text


def _is_utf_8(run: bytes) -> bool:
    try:
        run.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_common_chinese(text: str) -> bool:
    """Whether nearly all of a text's own characters are common ones of GB 2312."""
    common = other = 0
    for character, times in Counter(text).items():
        if character.isascii():
            continue
        try:
            lead = character.encode("gb2312")[0]
        except UnicodeEncodeError:
            lead = 0xFF
        if lead < 0xB0:  # punctuation, full-width forms: in every text
            continue
        if lead < 0xD8:
            common += times
        else:
            other += times
    return common > 0 and common >= COMMON_SHARE * (common + other)


def _ask_back(file: str, line: int, why: str) -> NoReturn:
    raise Invalid(
        f"{file}:{line}: 无法确定文件的编码，没有导入任何内容。请在 Excel 或 WPS 中"
        "「另存为 → CSV UTF-8」或 .xlsx 后重新上传。 "
        f"The file {why}; save the file as UTF-8 and send it again.",
        field=["file"],
    )
