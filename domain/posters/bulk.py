"""Working off batches: each step takes one part, so that a restart loses at most that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.mall.stores import OwnerId, RegionId
from domain.people.accounts import Guide
from domain.people.viewer import Role, Viewer
from domain.posters.batches import (
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
from domain.posters.links import ShareLink, require_campaign
from domain.posters.making import (
    Layout,
    PosterPress,
    gather,
    lay_out,
    own_texts,
    require_usable,
    require_width,
    stamp_for,
    template_for,
    usable_avatar,
)
from domain.posters.reviews import TemplateId, TemplateState
from domain.posters.sharing import LinkOrder, NewCode, behind, create_links
from domain.posters.stamping import Format, UnreadableCode
from domain.refusals import Conflict, Invalid, NotFound, Refusal, WrongState

NewId = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPress:
    """The ports that batches need."""

    press: PosterPress
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
    bulk: BulkPress, viewer: Viewer, order: BatchOrder, *, now: datetime, new_id: NewId
) -> PosterBatch:
    """Order posters for many guides; they are made in the background."""
    viewer.require(Role.HEAD_OFFICE)
    press = bulk.press
    template = await template_for(press, order.template_id, order.link.target.kind)
    version = template.approved()
    if version is None:
        raise WrongState(f"{template.name} is not approved; choose another template.")
    shared = await behind(press.sharing, order.link.target, order.link.scene, now=now)
    reference = press.sharing.reference.now()
    layout = lay_out(version.design, order.width, shared, reference, now=now, name=template.name)
    await require_usable(press.pictures, layout, now=now)
    guides = await _guides(bulk, order)
    if not guides:
        raise NotFound("No active guide works there; choose others.", field=["input"])
    batch_id = BatchId(new_id("batch"))
    parts = cut(batch_id, [guide.id for guide in guides], now)
    batch = PosterBatch(
        id=batch_id,
        link=order.link,
        template_id=template.id,
        number=version.number,
        width=order.width,
        format=order.format,
        total=len(guides),
        parts=len(parts),
        created_by=viewer.id,
        created_at=now,
    )
    await bulk.batches.add(batch, parts)
    return batch


async def cancel_batch(bulk: BulkPress, viewer: Viewer, id: BatchId) -> PosterBatch:
    """Stop a batch; what is finished stays."""
    viewer.require(Role.HEAD_OFFICE)
    batch = await load_batch(bulk, id)
    cancelled = batch.moved(BatchState.CANCELLED)
    await bulk.batches.save(cancelled, expected=batch.version)
    await bulk.batches.drop(id)
    return cancelled


async def load_batch(bulk: BulkPress, id: BatchId) -> PosterBatch:
    """The batch of this id, or NotFound."""
    batch = await bulk.batches.by_id(id)
    if batch is None:
        raise NotFound(f"There is no batch {id}.")
    return batch


async def work(bulk: BulkPress, *, clock: Callable[[], datetime], new_code: NewCode) -> int:
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


async def _work_on(bulk: BulkPress, part: BatchPart, *, now: datetime, new_code: NewCode) -> None:
    batch = await load_batch(bulk, part.batch_id)
    if batch.state is not BatchState.RUNNING:
        await bulk.batches.drop(batch.id)
        return
    try:
        made, packed = await _made(bulk, batch, part, now=now, new_code=new_code)
    except (Refusal, UnreadableCode) as fault:
        await _end(bulk, batch, BatchState.FAILED, str(fault))
        await bulk.batches.drop(batch.id)
        return
    await bulk.press.files.put(part.archive_key, packed, "application/zip")
    await bulk.batches.finish(part, made)
    if all(one.done for one in await bulk.batches.parts(batch.id)):
        await _end(bulk, batch, BatchState.DONE)


async def _end(bulk: BulkPress, batch: PosterBatch, state: BatchState, why: str = "") -> None:
    """Write down how a batch ended, unless somebody else has."""
    try:
        await bulk.batches.save(batch.moved(state, why), expected=batch.version)
    except Conflict:
        return


async def _made(
    bulk: BulkPress, batch: PosterBatch, part: BatchPart, *, now: datetime, new_code: NewCode
) -> tuple[tuple[MadePoster, ...], bytes]:
    """The posters of a part and their archive."""
    press = bulk.press
    found = await press.sharing.guides.by_ids(list(part.guide_ids))
    guides = [one for one in map(found.get, part.guide_ids) if one and one.active]
    links = await create_links(press.sharing, guides, batch.link, now=now, new_code=new_code)
    layout = await _layout(press, batch, now=now)
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


async def _layout(press: PosterPress, batch: PosterBatch, *, now: datetime) -> Layout:
    template = await template_for(press, batch.template_id, batch.link.target.kind)
    version = template.numbered(batch.number)
    if version.state is not TemplateState.APPROVED:
        raise WrongState(f"{template.name} is not approved any more.")
    shared = await behind(press.sharing, batch.link.target, batch.link.scene, now=now)
    reference = press.sharing.reference.now()
    layout = lay_out(version.design, batch.width, shared, reference, now=now, name=template.name)
    await require_usable(press.pictures, layout, now=now)
    return layout


def _named(guide: Guide, link: ShareLink, form: Format) -> MadePoster:
    name = f"{guide.store_id}/{guide.id}-{link.code}.{form.extension}"
    return MadePoster(guide_id=guide.id, code=link.code, name=name)


async def _guides(bulk: BulkPress, order: BatchOrder) -> Sequence[Guide]:
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
