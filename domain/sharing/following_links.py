"""Following share links: what is behind one just now, whose it is, and who came by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.kernel.ids import PersonId
from domain.kernel.refusals import NotFound, WrongState
from domain.network.stores import Store
from domain.people.accounts import Guide
from domain.people.act import Act
from domain.people.successions import heir_at
from domain.people.viewer import ANONYMOUS, CONSUMERS
from domain.sharing.link_facts import link_touched
from domain.sharing.share_links import ShareCode, ShareLink
from domain.sharing.shareable import Shared, SharingPorts, behind
from domain.sharing.touches import touch_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A link that works, with everything that a visitor is to be shown.

    `guide` is whose it is by now: where its own has left, whoever came after them.
    """

    link: ShareLink
    shared: Shared
    guide: Guide
    store: Store


async def visit(
    ports: SharingPorts, act: Act, code: ShareCode, browser: PersonId = ANONYMOUS.id
) -> Followed:
    """Follow a link and write down that whoever asks has come by it, or else their browser."""
    if not browser:
        act.viewer.require("link.open")
    followed = await follow(ports, act, code)
    touch = touch_of(followed.link, act.viewer.id or browser, act.at)
    touch = replace(touch, guide_id=followed.guide.id)
    consumer = act.viewer.role in CONSUMERS
    await ports.touches.add(touch, [link_touched(followed.link, touch, consumer=consumer)])
    return followed


async def follow(ports: SharingPorts, act: Act, code: ShareCode) -> Followed:
    """What a link leads to; an unknown one is NotFound, one that was taken back WrongState."""
    link = await link_of(ports, act, code)
    if link is None:
        raise NotFound("There is no such share link; ask who sent it for a new one.")
    shared = await behind(ports, act, link.target, link.scene)
    heir = heir_at(await ports.successions.known(), link.guide_id)
    guide = await ports.guides.by_id(heir)
    if guide is None:
        raise WrongState("This guide has left; ask the shop for a new link.")
    store = ports.directory.directory().store(link.store_id)
    return Followed(link=link, shared=shared, guide=guide, store=store)


async def link_of(ports: SharingPorts, act: Act, code: ShareCode) -> ShareLink | None:
    """The link of a code, whatever has become of what it leads to."""
    return await ports.links.by_code(code)


async def touch_counts(
    ports: SharingPorts, act: Act, codes: Sequence[ShareCode]
) -> Mapping[ShareCode, int]:
    """How many visits links have brought; one that brought none is left out."""
    return await ports.touches.counts(codes)
