"""Making share links and following them: what is behind a link just now, and whose it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from domain.catalogue.catalogue import Product, ProductId
from domain.content.planning.campaigns import Campaigns, CampaignState
from domain.content.scenes import Scene
from domain.content.showings import CampaignId
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.mall.reference import ReferenceSource
from domain.network.stores import Store, StoreId, StoreState
from domain.people.accounts import Guide, GuideId, Guides
from domain.people.viewer import Role, Viewer
from domain.sharing.links import (
    ShareCode,
    ShareKind,
    ShareLink,
    ShareLinks,
    ShareTarget,
    Touch,
    TouchLog,
    require_campaign,
)

NewCode = Callable[[], ShareCode]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedPost:
    """What of a post may go out: its approved revision; pictures by asset id.

    With a store, it is that store's own version, which only its guides share.
    """

    revision: str
    title: str
    summary: str
    cover: str | None
    product_ids: tuple[str, ...]
    store_id: StoreId | None = None


class ApprovedPosts(Protocol):
    """The posts that reviewers let out."""

    async def approved(self, post_id: str, scene: Scene, now: datetime) -> ApprovedPost | None:
        """The revision that may go out for a scene at a moment; None where none may."""

    async def count_uses(self, post_id: str, times: int) -> None:
        """Count that guides have taken a post up, so that lists can be ordered by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingPorts(Ports):
    """The ports that share links need."""

    links: ShareLinks
    touches: TouchLog
    guides: Guides
    posts: ApprovedPosts
    campaigns: Campaigns
    reference: ReferenceSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What is behind a link at this moment; the product is the one whose price a poster shows."""

    title: str
    summary: str
    cover: str | None
    product: Product | None
    revision: str | None = None
    own_store: StoreId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A link that works, with everything that a visitor is to be shown."""

    link: ShareLink
    shared: Shared
    guide: Guide
    store: Store


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOrder:
    """What a link is wanted for; without a guide's id, the guide who asks."""

    target: ShareTarget
    scene: Scene
    campaign: str | None = None
    guide_id: GuideId | None = None


async def create_link(
    sharing: SharingPorts, viewer: Viewer, order: LinkOrder, *, now: datetime, new_code: NewCode
) -> ShareLink:
    """Give out a link; asked again for the same, the one that was given out."""
    require_campaign(order.campaign)
    guide = await _guide_of(sharing, viewer, order.guide_id)
    (link,) = await create_links(sharing, [guide], order, now=now, new_code=new_code)
    return link


async def create_links(
    sharing: SharingPorts,
    guides: Sequence[Guide],
    order: LinkOrder,
    *,
    now: datetime,
    new_code: NewCode,
) -> list[ShareLink]:
    """Give out one link to each guide, in their order."""
    shared = await behind(sharing, order.target, order.scene, now=now)
    if any(shared.own_store not in (None, guide.store_id) for guide in guides):
        raise WrongState(
            f"This is store {shared.own_store}'s own version; share the brand's post instead."
        )
    links = [
        ShareLink(
            code=new_code(),
            guide_id=guide.id,
            store_id=StoreId(guide.store_id),
            target=order.target,
            revision=shared.revision,
            scene=order.scene,
            campaign=order.campaign,
            created_at=now,
        )
        for guide in guides
    ]
    kept = await sharing.links.keep(links, new_code)
    new = sum(link.created_at == now for link in kept)
    if order.target.kind is ShareKind.POST and new:
        await sharing.posts.count_uses(order.target.id, new)
    return kept


async def follow(sharing: SharingPorts, code: ShareCode, *, now: datetime) -> Followed:
    """What a link leads to; an unknown one is NotFound, one that was taken back WrongState."""
    link = await sharing.links.by_code(code)
    if link is None:
        raise NotFound("There is no such share link; ask who sent it for a new one.")
    shared = await behind(sharing, link.target, link.scene, now=now)
    guide = await sharing.guides.by_id(link.guide_id)
    if guide is None:
        raise WrongState("This guide has left; ask the shop for a new link.")
    store = sharing.reference.now().store(link.store_id)
    return Followed(link=link, shared=shared, guide=guide, store=store)


async def behind(
    sharing: SharingPorts, target: ShareTarget, scene: Scene, *, now: datetime
) -> Shared:
    """What may be shown of a target for a scene just now, or the refusal to say so."""
    if target.kind is ShareKind.POST:
        return await _post(sharing, target.id, scene, now=now)
    if target.kind is ShareKind.PRODUCT:
        return _product(sharing, target.id, now=now)
    if target.kind is ShareKind.STOREFRONT:
        return _storefront(sharing.reference.now().store(target.id))
    return await _campaign(sharing, CampaignId(target.id), scene, now=now)


async def touch(touches: TouchLog, link: ShareLink, visitor: PersonId, *, now: datetime) -> Touch:
    """Write down one visit through a link."""
    touched = Touch(
        code=link.code,
        guide_id=link.guide_id,
        store_id=link.store_id,
        scene=link.scene,
        person_id=visitor,
        touched_at=now,
    )
    await touches.add(touched)
    return touched


async def _post(sharing: SharingPorts, id: str, scene: Scene, *, now: datetime) -> Shared:
    post = await sharing.posts.approved(id, scene, now)
    if post is None:
        raise WrongState(
            f"Post {id} may not go out for this scene just now; choose one that is approved."
        )
    catalogue = sharing.reference.now().catalogue
    found = (catalogue.products.get(product) for product in map(ProductId, post.product_ids))
    return Shared(
        title=post.title,
        summary=post.summary,
        cover=post.cover,
        product=next((one for one in found if one and one.on_shelf(now)), None),
        revision=post.revision,
        own_store=post.store_id,
    )


async def _campaign(
    sharing: SharingPorts, id: CampaignId, scene: Scene, *, now: datetime
) -> Shared:
    """A running campaign, shown by the first of its posts that may go out."""
    campaign = await sharing.campaigns.by_id(id)
    if campaign is None:
        raise NotFound(f"There is no campaign {id}; look its id up in the calendar.")
    if campaign.state(now) is CampaignState.RUNNING:
        for post_id in campaign.post_ids:
            if await sharing.posts.approved(post_id, scene, now) is not None:
                shared = await _post(sharing, post_id, scene, now=now)
                return replace(shared, title=campaign.name, revision=None)
    raise WrongState(f"Nothing of {campaign.name} may go out for this scene just now.")


def _product(sharing: SharingPorts, id: str, *, now: datetime) -> Shared:
    product = sharing.reference.now().product(id)
    if not product.on_shelf(now):
        raise WrongState(f"{product.name} is not on sale just now; choose another product.")
    cover = product.pictures[0] if product.pictures else None
    return Shared(title=product.name, summary=product.subtitle, cover=cover, product=product)


def _storefront(store: Store) -> Shared:
    if store.state is StoreState.CLOSED:
        raise WrongState(f"{store.name} is closed; choose another store.")
    return Shared(title=store.name, summary=store.address, cover=None, product=None)


async def _guide_of(sharing: SharingPorts, viewer: Viewer, guide_id: GuideId | None) -> Guide:
    viewer.require(Role.GUIDE, Role.STORE_MANAGER, Role.HEAD_OFFICE)
    if viewer.role is Role.GUIDE:
        if guide_id is not None and guide_id != GuideId(viewer.id):
            raise Forbidden("A guide makes links of their own only; leave guideId out.")
        guide_id = GuideId(viewer.id)
    if guide_id is None:
        raise Invalid("Say for which guide the link is.", field=["input", "guideId"])
    guide = await sharing.guides.by_id(guide_id)
    if guide is None or not guide.active:
        raise NotFound(f"There is no active guide {guide_id}.", field=["input", "guideId"])
    viewer.require_store(guide.store_id)
    return guide
