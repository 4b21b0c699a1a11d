"""Posters for many guides at once, as head office orders them, stops them and gets them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.audiences.segmenting import guides_of_audience
from domain.audiences.trait_ports import TraitPorts
from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound, Refusal, Unavailable
from domain.media.links import Signature, require_signed, sign
from domain.network.stores import OwnerId, RegionId
from domain.people.accounts import Guide
from domain.people.act import Act
from domain.posters.batches import (
    BatchId,
    BatchState,
    MadePoster,
    PosterBatch,
    PosterBatches,
    Stampers,
    archive_key,
    archive_path,
    cut,
)
from domain.posters.layouts import Layout, Wish, require_width
from domain.posters.link_posters import PosterPorts, choose_usable
from domain.posters.stamping import PosterFormat
from domain.posters.template_reviews import TemplateId
from domain.sharing.creating_links import LinkOrder
from domain.sharing.shareable import behind

ARCHIVE_LIFETIME = timedelta(hours=1)
POSTERS = Cursors("posters of a batch", int, int)
LACKING = Cursors("posters of a batch that lack characters", int, int)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPorts(Ports):
    """The ports that batches need; the secret signs the addresses of their archives."""

    press: PosterPorts
    batches: PosterBatches
    stampers: Stampers
    traits: TraitPorts
    clock: Callable[[], datetime]
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOrder:
    """Which posters are wanted, and for whose guides: a region's, an owner's or everybody's.

    With an audience, for those of them alone whose customers some of its members are.
    """

    link: LinkOrder
    template_id: TemplateId | None
    width: int
    format: PosterFormat
    region_id: RegionId | None = None
    owner_id: OwnerId | None = None
    audience_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no poster could be made of."""
        require_width(self.width)
        if self.region_id is not None and self.owner_id is not None:
            raise Invalid("Choose a region or an owner, not both.", field=["input", "ownerId"])


async def create_batch(ports: BatchPorts, act: Act, order: BatchOrder) -> PosterBatch:
    """Order posters for many guides; they are made in the background."""
    act.viewer.require("poster_batch.order")
    link, press = order.link, ports.press
    wish = Wish(
        kind=link.target.kind, template_id=order.template_id, number=None, width=order.width
    )
    shared = await behind(press.sharing, act, link.target, link.scene)
    choice = await choose_usable(press, act, wish, shared)
    guides = await _guides(ports, order)
    if order.audience_id is not None:
        own = await guides_of_audience(ports.traits, act, order.audience_id)
        guides = [one for one in guides if one.id in own]
    if not guides:
        raise NotFound("No active guide works there; choose others.", field=["input"])
    batch_id = BatchId(act.new_id("batch"))
    parts = cut(batch_id, [guide.id for guide in guides], act.at)
    batch = PosterBatch(
        id=batch_id,
        link=link,
        template_id=choice.template_id,
        number=choice.number,
        width=order.width,
        format=order.format,
        total=len(guides),
        parts=len(parts),
        created_by=act.viewer.id,
        created_at=act.at,
    )
    await ports.batches.add(batch, parts)
    return batch


async def cancel_batch(ports: BatchPorts, act: Act, id: BatchId) -> PosterBatch:
    """Stop a batch; what is finished stays."""
    batch = await looked_up(ports, act, id)
    if batch is None:
        raise NotFound(f"There is no batch {id}.")
    cancelled = batch.moved(BatchState.CANCELLED)
    await ports.batches.save(cancelled, expected=batch.version)
    await ports.batches.drop(id)
    return cancelled


async def looked_up(ports: BatchPorts, act: Act, id: BatchId) -> PosterBatch | None:
    """One batch; None where there is none."""
    act.viewer.require("poster_batch.order")
    return await ports.batches.by_id(id)


async def listed(ports: BatchPorts, act: Act, request: PageRequest) -> Page[PosterBatch]:
    """All batches, the newest first."""
    act.viewer.require("poster_batch.order")
    return await ports.batches.page(request)


async def count_made(ports: BatchPorts, act: Act, id: BatchId) -> int:
    """How many posters of a batch are finished so far."""
    return sum(len(part.made) for part in await ports.batches.parts(id))


async def list_made(
    ports: BatchPorts, act: Act, id: BatchId, request: PageRequest, *, lacking: bool = False
) -> Page[MadePoster]:
    """The finished posters of a batch, by store and guide; or only those that lack characters."""
    made = [
        (part.number, place, poster)
        for part in await ports.batches.parts(id)
        for place, poster in enumerate(part.made)
        if poster.lacking or not lacking
    ]
    page = page_in_order(made, lambda one: one[:2], request, LACKING if lacking else POSTERS)
    return page.map(lambda one: one[2])


async def layout_now(ports: BatchPorts, act: Act, batch: PosterBatch) -> Layout:
    """What a batch's posters show, or the refusal that says why it may go out no more."""
    press, link = ports.press, batch.link
    wish = Wish(
        kind=link.target.kind,
        template_id=batch.template_id,
        number=batch.number,
        width=batch.width,
    )
    shared = await behind(press.sharing, act, link.target, link.scene)
    return (await choose_usable(press, act, wish, shared)).layout


async def why_not(ports: BatchPorts, act: Act, batch: PosterBatch) -> str | None:
    """Why a batch's posters may go out no more; None while they may."""
    try:
        await layout_now(ports, act, batch)
    except Unavailable:
        raise
    except Refusal as refusal:
        return str(refusal)
    return None


async def archive_addresses(ports: BatchPorts, act: Act, id: BatchId) -> list[str]:
    """Addresses of a batch's archives for whoever is given them, for an hour; none if cleared."""
    batch = await ports.batches.by_id(id)
    if batch is None or batch.cleared or await why_not(ports, act, batch):
        return []
    paths = [archive_path(id, part.number) for part in await ports.batches.parts(id) if part.done]
    return [f"{ports.press.sharing.public_url}{_signed(ports, act, path)}" for path in paths]


async def archive_file(
    ports: BatchPorts, act: Act, id: BatchId, number: int, signature: Signature | None
) -> bytes:
    """The bytes of an archive, for whoever was given its address, while it may go out."""
    data = batch = None
    if signature is not None:
        require_signed(ports.secret, f"GET {archive_path(id, number)}", signature, now=act.at)
        data = await ports.press.files.get(archive_key(id, number))
        batch = await ports.batches.by_id(id)
    if data is None or batch is None or batch.cleared:
        raise NotFound("There is no such archive; ask for the batch's addresses.")
    if await why_not(ports, act, batch):
        raise NotFound("What these posters show may go out no more.")
    return data


def _signed(ports: BatchPorts, act: Act, path: str) -> str:
    signature = sign(ports.secret, f"GET {path}", act.at + ARCHIVE_LIFETIME)
    return f"{path}?expires={int(signature.expires_at.timestamp())}&signature={signature.code}"


async def _guides(ports: BatchPorts, order: BatchOrder) -> Sequence[Guide]:
    directory = ports.press.sharing.directory.directory()
    if order.region_id is not None:
        directory.region(order.region_id)
    if order.owner_id is not None and order.owner_id not in directory.owners:
        raise NotFound(f"There is no owner {order.owner_id}.", field=["input", "ownerId"])
    stores: list[str] = [
        store.id
        for store in directory.stores.values()
        if order.region_id in {None, store.region_id} and order.owner_id in {None, store.owner_id}
    ]
    guides = await ports.press.sharing.guides.of_stores(stores)
    return sorted(guides, key=lambda guide: (guide.store_id, guide.id))
