"""Working off batches: each step takes one part, so that a restart loses at most that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.kernel.ids import NewId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, Refusal
from domain.network.stores import OwnerId, RegionId
from domain.people.accounts import Guide
from domain.people.viewer import Role, Viewer
from domain.posters.batches import (
    MAX_TRIES,
    BatchId,
    BatchPart,
    BatchState,
    MadePoster,
    PosterBatch,
    PosterBatches,
    Stampers,
    archive,
    cut,
)
from domain.posters.layouts import Choice, Wish, choose, gather, require_usable, require_width
from domain.posters.making import PosterPorts, own_texts, stamp_for, usable_avatar
from domain.posters.reviews import TemplateId
from domain.posters.stamping import Format, UnreadableCode
from domain.sharing.links import ShareLink, require_campaign
from domain.sharing.sharing import LinkOrder, NewCode, behind, create_links


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPorts(Ports):
    """The ports that batches need."""

    press: PosterPorts
    batches: PosterBatches
    stampers: Stampers


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOrder:
    """Which posters are wanted, and for whose guides: a region's, an owner's or everybody's."""

    link: LinkOrder
    template_id: TemplateId | None
    width: int
    format: Format
    region_id: RegionId | None = None
    owner_id: OwnerId | None = None

    def __post_init__(self) -> None:
        """Refuse what no poster could be made of."""
        require_width(self.width)
        require_campaign(self.link.campaign)
        if self.region_id is not None and self.owner_id is not None:
            raise Invalid("Choose a region or an owner, not both.", field=["input", "ownerId"])


async def create_batch(
    bulk: BatchPorts, viewer: Viewer, order: BatchOrder, *, now: datetime, new_id: NewId
) -> PosterBatch:
    """Order posters for many guides; they are made in the background."""
    viewer.require(Role.HEAD_OFFICE)
    press = bulk.press
    wish = Wish(
        kind=order.link.target.kind,
        template_id=order.template_id,
        number=None,
        width=order.width,
    )
    choice = await _chosen(press, wish, order.link, now=now)
    guides = await _guides(bulk, order)
    if not guides:
        raise NotFound("No active guide works there; choose others.", field=["input"])
    batch_id = BatchId(new_id("batch"))
    parts = cut(batch_id, [guide.id for guide in guides], now)
    batch = PosterBatch(
        id=batch_id,
        link=order.link,
        template_id=choice.template_id,
        number=choice.number,
        width=order.width,
        format=order.format,
        total=len(guides),
        parts=len(parts),
        created_by=viewer.id,
        created_at=now,
    )
    await bulk.batches.add(batch, parts)
    return batch


async def cancel_batch(bulk: BatchPorts, viewer: Viewer, id: BatchId) -> PosterBatch:
    """Stop a batch; what is finished stays."""
    viewer.require(Role.HEAD_OFFICE)
    batch = await load_batch(bulk, id)
    cancelled = batch.moved(BatchState.CANCELLED)
    await bulk.batches.save(cancelled, expected=batch.version)
    await bulk.batches.drop(id)
    return cancelled


async def load_batch(bulk: BatchPorts, id: BatchId) -> PosterBatch:
    """The batch of this id, or NotFound."""
    batch = await bulk.batches.by_id(id)
    if batch is None:
        raise NotFound(f"There is no batch {id}.")
    return batch


async def work(bulk: BatchPorts, *, clock: Callable[[], datetime], new_code: NewCode) -> int:
    """Work off parts until none is left to take; how many this was."""
    count = 0
    while (part := await bulk.batches.take(clock())) is not None:
        worked = False
        try:
            await _work_on(bulk, part, now=clock(), new_code=new_code)
            worked = True
        finally:
            if not worked:  # the process is asked to stop, or something broke: let others try
                await bulk.batches.give_back(part, clock())
        count += 1
    return count


async def _work_on(bulk: BatchPorts, part: BatchPart, *, now: datetime, new_code: NewCode) -> None:
    batch = await load_batch(bulk, part.batch_id)
    if batch.state is not BatchState.RUNNING:
        await bulk.batches.drop(batch.id)
        return
    if part.tries > MAX_TRIES:
        await _give_up(bulk, batch, f"Part {part.number} broke {MAX_TRIES} times; see the log.")
        return
    try:
        made, packed = await _made(bulk, batch, part, now=now, new_code=new_code)
    except (Refusal, UnreadableCode) as fault:
        await _give_up(bulk, batch, str(fault))
        return
    await bulk.press.files.put(part.archive_key, packed, "application/zip")
    await bulk.batches.finish(part, made)
    if all(one.done for one in await bulk.batches.parts(batch.id)):
        await _end(bulk, batch, BatchState.DONE)


async def _give_up(bulk: BatchPorts, batch: PosterBatch, why: str) -> None:
    await _end(bulk, batch, BatchState.FAILED, why)
    await bulk.batches.drop(batch.id)


async def _end(bulk: BatchPorts, batch: PosterBatch, state: BatchState, why: str = "") -> None:
    """Write down how a batch ended, unless somebody else has."""
    try:
        await bulk.batches.save(batch.moved(state, why), expected=batch.version)
    except Conflict:
        return


async def _made(
    bulk: BatchPorts, batch: PosterBatch, part: BatchPart, *, now: datetime, new_code: NewCode
) -> tuple[tuple[MadePoster, ...], bytes]:
    """The posters of a part and their archive."""
    press = bulk.press
    found = await press.sharing.guides.by_ids(list(part.guide_ids))
    guides = [one for one in map(found.get, part.guide_ids) if one and one.active]
    links = await create_links(press.sharing, guides, batch.link, now=now, new_code=new_code)
    wish = Wish(
        kind=batch.link.target.kind,
        template_id=batch.template_id,
        number=batch.number,
        width=batch.width,
    )
    layout = (await _chosen(press, wish, batch.link, now=now)).layout
    stamps = [
        await stamp_for(
            press,
            link,
            own_texts(press, guide, link.store_id),
            await usable_avatar(press, guide, now=now),
        )
        for guide, link in zip(guides, links, strict=True)
    ]
    subject = await gather(press.pictures, layout)
    posters = await bulk.stampers.stamp(layout, subject, stamps, batch.format)
    made = tuple(
        _named(guide, link, batch.format) for guide, link in zip(guides, links, strict=True)
    )
    named = list(zip([one.name for one in made], posters, strict=True))
    return made, await press.workers.run(lambda: archive(named))


async def _chosen(press: PosterPorts, wish: Wish, link: LinkOrder, *, now: datetime) -> Choice:
    """The template laid out with what is shared, all of which may go out just now."""
    shared = await behind(press.sharing, link.target, link.scene, now=now)
    reference = press.sharing.reference.now()
    choice = await choose(press.templates, wish, shared, reference, now=now)
    await require_usable(press.pictures, choice.layout, now=now)
    return choice


def _named(guide: Guide, link: ShareLink, form: Format) -> MadePoster:
    name = f"{guide.store_id}/{guide.id}-{link.code}.{form.extension}"
    return MadePoster(guide_id=guide.id, code=link.code, name=name)


async def _guides(bulk: BatchPorts, order: BatchOrder) -> Sequence[Guide]:
    reference = bulk.press.sharing.reference.now()
    if order.region_id is not None:
        reference.region(order.region_id)
    if order.owner_id is not None and order.owner_id not in reference.owners:
        raise NotFound(f"There is no owner {order.owner_id}.", field=["input", "ownerId"])
    stores: list[str] = [
        store.id
        for store in reference.stores.values()
        if order.region_id in {None, store.region_id} and order.owner_id in {None, store.owner_id}
    ]
    guides = await bulk.press.sharing.guides.of_stores(stores)
    return sorted(guides, key=lambda guide: (guide.store_id, guide.id))
