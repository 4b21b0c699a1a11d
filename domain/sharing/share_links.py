"""Share links: a short code for (guide, store, what is shared, revision, scene, campaign)."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol
from urllib.parse import quote, unquote

from domain.content.scenes import Scene
from domain.kernel.lines import read_line
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Invalid
from domain.network.stores import StoreId
from domain.people.accounts import GuideId

ShareCode = NewType("ShareCode", str)
NewCode = Callable[[], ShareCode]

CODE_LENGTH = 10
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"
"""56 characters without those that people mix up: ten of them give 58 random bits."""

SCENE_LENGTH = 32
"""The most characters that a mini-program code's scene carries, by getwxacodeunlimit."""

SHARE_PAGE = "pages/share/index"
"""The mini-program's page that reads a scene; it need not be published yet when codes are made."""

MAX_CAMPAIGN = 40
_REFERENCE = re.compile(rf"(?:^|/s/|s=)([{CODE_ALPHABET}]{{{CODE_LENGTH}}})(?:$|[?#&])")


class ShareKind(StrEnum):
    """What can be shared."""

    POST = "POST"
    PRODUCT = "PRODUCT"
    STOREFRONT = "STOREFRONT"
    CAMPAIGN = "CAMPAIGN"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareTarget:
    """What a link leads to; a storefront's id is its store's."""

    kind: ShareKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLink:
    """Who shared what; `revision` is the one that was approved when it was shared.

    `template_id` is of the poster that carries it, if it was made for one.
    """

    code: ShareCode
    guide_id: GuideId
    store_id: StoreId
    target: ShareTarget
    revision: str | None
    scene: Scene
    campaign: str | None
    created_at: datetime
    template_id: str | None = None

    @property
    def key(self) -> str:
        """What makes two requests for a link the same request."""
        parts = (self.target.kind, self.target.id, self.revision, self.scene, self.campaign)
        template = [self.template_id] if self.template_id else []
        return json.dumps([self.guide_id, self.store_id, *parts, *template], ensure_ascii=False)


class ShareLinks(Protocol):
    """The links that were given out; a link never changes."""

    async def by_code(self, code: ShareCode) -> ShareLink | None:
        """One link, by one indexed read."""

    async def by_codes(self, codes: Collection[ShareCode]) -> Mapping[ShareCode, ShareLink]:
        """Those of these codes."""

    async def of_guide(self, guide_id: GuideId, request: PageRequest) -> Page[ShareLink]:
        """A guide's links, the newest first."""

    async def keep(self, links: Sequence[ShareLink], new_code: NewCode) -> list[ShareLink]:
        """Keep links and return them in order; one that exists by its key stays as it was.

        A code that another link has is replaced by a new one. Each that is new says that it was
        made.
        """


def new_code(choose: Callable[[str], str]) -> ShareCode:
    """A code that can't be guessed from others; `choose` picks a character with a good source."""
    return ShareCode("".join(choose(CODE_ALPHABET) for _ in range(CODE_LENGTH)))


def share_url(public_url: str, code: ShareCode) -> str:
    """The address of a link; an ordinary-link rule for `…/s/` opens the mini-program on it."""
    return f"{public_url}/s/{code}"


def scene_string(code: ShareCode) -> str:
    """What a mini-program code carries as its scene; at most 32 characters that it allows."""
    return f"s={code}"


def opening_mini_program(app_id: str, code: ShareCode) -> str:
    """An address that opens the mini-program from a browser outside of WeChat, with a link's scene.

    A clear-text URL Scheme, as developers.weixin.qq.com/miniprogram/dev/framework/open-ability/
    url-scheme.html has it: it never expires and is made without asking. The brand allows it in the
    console of the platform, under 明文 scheme 拉起此小程序.
    """
    query = quote(f"scene={quote(scene_string(code), safe='')}", safe="")
    return f"weixin://dl/business/?appid={app_id}&path={SHARE_PAGE}&query={query}"


def read_reference(text: str) -> ShareCode:
    """The code in whatever a client got hold of: the code itself, a scene, or a share URL.

    A scene or a URL may still be percent-encoded, as `query.scene` and `query.q` are in a
    mini-program's page before decodeURIComponent, or once more by whoever passed it on.
    """
    for form in (text, unquote(text), unquote(unquote(text))):
        match = _REFERENCE.search(form.strip())
        if match:
            return ShareCode(match[1])
    raise Invalid(
        f"{text[:80]!r} holds no share code; hand in the code, the scene or the share URL.",
        field=["code"],
    )


def read_campaign(campaign: str | None) -> str | None:
    """A campaign's name, which is kept with the link and never part of its URL or scene."""
    if campaign is None:
        return None
    return read_line(campaign, most=MAX_CAMPAIGN, least=1, field=["input", "campaign"])
