"""The brands by which ISO media files (ISO/IEC 14496-12, 4.3) say what they are."""

from collections.abc import Mapping

from domain.media.damage import refused

_FILMS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 avc1 hvc1 mmp4 MSNV XAVC "
    b"3gp4 3gp5 3gp6 3gp7 3gp8 3gp9 3g2a".split()
) | {b"M4V ", b"M4VH", b"M4VP"}

_HEIC = (
    "HEIC pictures are not taken; save it as JPEG. On an iPhone choose Settings › Camera › Formats "
    "› Most Compatible (设置 › 相机 › 格式 › 兼容性最佳) for the next ones."
)
_HEIC_BRANDS = b"heic heix heim heis hevc hevx hevm hevs mif1 mif2 msf1".split()
_AVIF = "AVIF pictures are not taken; save it as JPEG."
_REFUSED: Mapping[bytes, str] = {
    **dict.fromkeys(_HEIC_BRANDS, _HEIC),
    b"avif": _AVIF,
    b"avis": _AVIF,
    b"crx ": "Raw pictures of a camera are not taken; export it as JPEG.",
    b"qt  ": "QuickTime films (MOV) are not taken; export it as MP4.",
    b"M4A ": "This is sound alone; only pictures and videos are taken.",
    b"M4B ": "This is sound alone; only pictures and videos are taken.",
}


def require_video_brand(head: bytes) -> None:
    """Refuse a file whose brands are not those of an MP4 video, with what to do about it.

    `head` is the beginning of the file. Of a brand that nobody knows, those that the file is
    compatible with decide.
    """
    length = int.from_bytes(head[:4], "big")
    brand, others = head[8:12], head[16:length]
    compatible = {others[at : at + 4] for at in range(0, len(others), 4)}
    if brand in _REFUSED:
        raise refused(_AVIF if compatible & {b"avif", b"avis"} else _REFUSED[brand])
    if brand not in _FILMS and not compatible & _FILMS:
        named = "".join(one if one.isprintable() else "?" for one in brand.decode("latin-1"))
        raise refused(f"The file is of the kind “{named}”, which is not taken; export it as MP4.")
