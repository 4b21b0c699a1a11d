"""What may be shared: what is behind a target at a moment, or the refusal that says why not."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.catalogue import CatalogueSource, Product, ProductId
from domain.content.bank import ContentPorts
from domain.content.campaigns import CampaignState
from domain.content.finding import usable
from domain.content.revisions import TextBlock
from domain.content.scenes import Scene
from domain.content.showings import CampaignId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.network.directory import DirectorySource
from domain.network.stores import Store, StoreId, StoreState
from domain.people.accounts import Guides
from domain.people.act import Act
from domain.people.successions import Successions
from domain.sharing.share_links import NewCode, ShareKind, ShareLinks, ShareTarget
from domain.sharing.touches import TouchLog


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingPorts(Ports):
    """The ports that share links need; `public_url` is where their addresses begin.

    `app_id` is the mini-program's; None where the brand has none yet.
    """

    links: ShareLinks
    touches: TouchLog
    guides: Guides
    successions: Successions
    content: ContentPorts
    directory: DirectorySource
    catalogue: CatalogueSource
    new_code: NewCode
    public_url: str
    app_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What is behind a link at this moment; the product is the one whose price a poster shows.

    With a store, it is that store's own version of a post, which only its guides share.
    """

    title: str
    summary: str
    cover: str | None
    product: Product | None
    revision: str | None = None
    own_store: StoreId | None = None


async def behind(ports: SharingPorts, act: Act, target: ShareTarget, scene: Scene) -> Shared:
    """What may be shown of a target for a scene just now, or the refusal to say so."""
    if scene is Scene.INTERNAL:
        raise Invalid("INTERNAL is for the brand's own people; share for another scene.")
    if target.kind is ShareKind.POST:
        shared = await _post(ports, act, target.id, scene)
        if shared is None:
            raise WrongState(
                f"Post {target.id} may not go out for this scene just now; "
                "choose one that is approved."
            )
        return shared
    if target.kind is ShareKind.PRODUCT:
        return _product(ports.catalogue.catalogue().product(target.id), act.at)
    if target.kind is ShareKind.STOREFRONT:
        return _storefront(ports.directory.directory().store(target.id))
    return await _campaign(ports, act, CampaignId(target.id), scene)


async def _post(ports: SharingPorts, act: Act, id: str, scene: Scene) -> Shared | None:
    """A post's approved revision; None where none may go out."""
    found = await usable(ports.content, act, id, scene)
    if found is None:
        return None
    content = found.revision.content
    products = ports.catalogue.catalogue().products
    linked = map(products.get, map(ProductId, content.product_fields().values()))
    texts = (block.text for block in content.body if isinstance(block, TextBlock))
    return Shared(
        title=content.title,
        summary=next(texts, ""),
        cover=content.cover,
        product=next((one for one in linked if one and one.on_shelf(act.at)), None),
        revision=found.revision.id,
        own_store=found.post.store_id,
    )


async def _campaign(ports: SharingPorts, act: Act, id: CampaignId, scene: Scene) -> Shared:
    """A running campaign, shown by the first of its posts that may go out."""
    campaign = await ports.content.campaigns.by_id(id)
    if campaign is None:
        raise NotFound(f"There is no campaign {id}; look its id up in the calendar.")
    if campaign.state(act.at) is CampaignState.RUNNING:
        for post_id in campaign.post_ids:
            shared = await _post(ports, act, post_id, scene)
            if shared is not None:
                return replace(shared, title=campaign.name, revision=None)
    raise WrongState(f"Nothing of {campaign.name} may go out for this scene just now.")


def _product(product: Product, at: datetime) -> Shared:
    if not product.on_shelf(at):
        raise WrongState(f"{product.name} is not on sale just now; choose another product.")
    cover = product.pictures[0] if product.pictures else None
    return Shared(title=product.name, summary=product.subtitle, cover=cover, product=product)


def _storefront(store: Store) -> Shared:
    if store.state is StoreState.CLOSED:
        raise WrongState(f"{store.name} is closed; choose another store.")
    return Shared(title=store.name, summary=store.address, cover=None, product=None)
