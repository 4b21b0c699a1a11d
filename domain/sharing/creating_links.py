"""Giving out share links: one for each wish, whoever asks and however often."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.content.scenes import Scene
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.network.stores import StoreId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act
from domain.people.viewer import Role
from domain.sharing.share_links import ShareLink, ShareTarget, read_campaign
from domain.sharing.shareable import SharingPorts, behind


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOrder:
    """What a link is wanted for; without a guide's id, the guide who asks."""

    target: ShareTarget
    scene: Scene
    campaign: str | None = None
    guide_id: GuideId | None = None
    template_id: str | None = None

    def __post_init__(self) -> None:
        """Read the campaign's name as it is kept."""
        object.__setattr__(self, "campaign", read_campaign(self.campaign))


async def create_link(ports: SharingPorts, act: Act, order: LinkOrder) -> ShareLink:
    """Give out a link; asked again for the same, the one that was given out."""
    guide = await _guide_of(ports, act, order.guide_id)
    (link,) = await create_links(ports, act, [guide], order)
    return link


async def own_links(ports: SharingPorts, act: Act, request: PageRequest) -> Page[ShareLink]:
    """The links of the guide who asks, the newest first."""
    act.viewer.require("link.list_own")
    return await ports.links.of_guide(GuideId(act.viewer.id), request)


async def create_links(
    ports: SharingPorts, act: Act, guides: Sequence[Guide], order: LinkOrder
) -> list[ShareLink]:
    """Give out one link to each guide, in their order."""
    shared = await behind(ports, act, order.target, order.scene)
    if any(shared.own_store not in (None, guide.store_id) for guide in guides):
        raise WrongState(
            f"This is store {shared.own_store}'s own version; share the brand's post instead."
        )
    links = [
        ShareLink(
            code=ports.new_code(),
            guide_id=guide.id,
            store_id=StoreId(guide.store_id),
            target=order.target,
            revision=shared.revision,
            scene=order.scene,
            campaign=order.campaign,
            created_at=act.at,
            template_id=order.template_id,
        )
        for guide in guides
    ]
    return await ports.links.keep(links, ports.new_code)


async def link_of_poster(
    ports: SharingPorts, act: Act, link: ShareLink, template_id: str
) -> ShareLink:
    """The same link for posters of a template alone, so that what those bring is told apart."""
    if link.template_id == template_id:
        return link
    own = replace(link, code=ports.new_code(), template_id=template_id, created_at=act.at)
    [kept] = await ports.links.keep([own], ports.new_code)
    return kept


async def _guide_of(ports: SharingPorts, act: Act, guide_id: GuideId | None) -> Guide:
    act.viewer.require("link.make")
    if act.viewer.role is Role.GUIDE:
        own = GuideId(act.viewer.id)
        if guide_id not in (None, own):
            raise Forbidden("A guide makes links of their own only; leave guideId out.")
        guide_id = own
    if guide_id is None:
        raise Invalid("Say for which guide the link is.", field=["input", "guideId"])
    guide = await ports.guides.by_id(guide_id)
    if guide is None or not guide.active:
        raise NotFound(f"There is no active guide {guide_id}.", field=["input", "guideId"])
    act.viewer.require("link.make", person=guide.id, store=guide.store_id)
    return guide
