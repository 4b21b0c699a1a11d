"""What a poster carries for people to scan."""

from typing import Protocol

from domain.posters.codes import CodePicture, QrCode
from domain.sharing.share_links import ShareCode, share_url


class LinkCodes(Protocol):
    """Makes the code that leads to a share link; `kind` tells one maker's from another's."""

    kind: str

    async def code_of(self, code: ShareCode) -> QrCode | CodePicture:
        """The link's code to print; Unavailable where somebody else draws it and can't now."""


class ShareUrlCodes:
    """QR codes of the share URL, which any phone can scan."""

    kind = "url"

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    async def code_of(self, code: ShareCode) -> QrCode:
        """The QR code of the link's URL."""
        return QrCode(text=share_url(self._public_url, code))
