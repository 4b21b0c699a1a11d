"""The sidebar: what lets a page that WeCom opens ask whose conversation it is beside."""

import hashlib
from dataclasses import dataclass

from domain.contact.ports import ContactPorts
from domain.contact.rules import LONGEST_URL
from domain.contact.wecom import Ticket
from domain.kernel.refusals import Invalid
from domain.people.act import Act


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


def signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """SHA-1 over the four in the order of their names; document/path/90506."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
