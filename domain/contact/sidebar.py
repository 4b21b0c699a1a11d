"""The sidebar: what lets a page that WeCom opens ask whose conversation it is beside."""

import hashlib
from dataclasses import dataclass

from domain.contact.ports import ContactPorts
from domain.contact.rules import LONGEST_URL
from domain.contact.wecom import Picture, TakenPicture, Ticket, Wecom
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.people.act import Act
from domain.posters.link_posters import PosterOrder, PosterPorts, poster
from domain.sharing.share_links import ShareCode


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSignature:
    """What a page hands to WeCom's SDK: for the company, and for the app."""

    company: str
    agent_id: str | None
    timestamp: int
    nonce: str
    signature: str
    app_signature: str


async def sign_page(ports: ContactPorts, act: Act, url: str) -> PageSignature:
    """Sign the address of a page, without what stands behind its #."""
    act.viewer.require("contact.sign_page")
    page = url.partition("#")[0]
    if not page.startswith(("https://", "http://")) or len(page) > LONGEST_URL:
        raise Invalid("give the page's whole address, as location.href has it.", field=["url"])
    stamp, nonce = int(act.at.timestamp()), act.new_id("nonce")
    return PageSignature(
        company=ports.company,
        agent_id=ports.agent_id,
        timestamp=stamp,
        nonce=nonce,
        signature=signature(await ports.wecom.ticket(Ticket.COMPANY), nonce, stamp, page),
        app_signature=signature(await ports.wecom.ticket(Ticket.APP), nonce, stamp, page),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPicturePorts(Ports):
    """WeCom, and the posters that are sent there."""

    wecom: Wecom
    posters: PosterPorts


async def poster_to_chat(ports: ChatPicturePorts, act: Act, code: ShareCode) -> TakenPicture:
    """Hand a link's poster to WeCom, whose `sendChatMessage` sends pictures by their ids alone."""
    act.viewer.require("contact.sign_page")
    made = await poster(ports.posters, act, PosterOrder(code=code))
    picture = Picture(name=f"{code}.jpg", data=made.data, format="jpeg")
    return await ports.wecom.take_in(picture)


def signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """SHA-1 over the four in the order of their names; document/path/90506."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
