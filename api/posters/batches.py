"""Posters for many guides at once, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.posters.formats import PosterFormat
from api.sharing.share_links import ShareLinkCreateInput, ShareTarget
from domain.kernel.paging import PageRequest
from domain.network.stores import OwnerId, RegionId
from domain.people.act import Act
from domain.posters import batch_orders, batches
from domain.posters.batch_orders import BatchOrder, BatchPorts
from domain.posters.batches import BatchId, BatchState
from domain.posters.template_reviews import TemplateId
from domain.sharing.share_links import share_url
from domain.sharing.shareable import SharingPorts

enum(
    BatchState,
    "Where a batch of posters stands.",
    RUNNING="Its posters are being made.",
    DONE="All of them are made.",
    CANCELLED="It was called off.",
    FAILED="It can't be made; `why` says the reason.",
)


@strawberry.type(description="One guide's poster of a batch.")
class BatchPoster:
    value: strawberry.Private[batches.MadePoster]
    guide_id: strawberry.ID = strawberry.field(description="Whose it is.")
    share_code: str = strawberry.field(description="The share link whose code it carries.")
    name: str = strawberry.field(description="Its file within the archives: STORE/GUIDE-CODE.jpg.")
    lacking: str = strawberry.field(
        description="The characters of the guide's name, store and address that no font has; a "
        "middle dot stands for each. Empty where all is drawn."
    )

    @classmethod
    def of(cls, made: batches.MadePoster) -> "BatchPoster":
        """Pack a finished poster."""
        return pack(cls, made, share_code=made.code)

    @field("The share link itself, to send along with the poster.")
    def share_url(self, ports: SharingPorts) -> str:
        return share_url(ports.public_url, self.value.code)


@strawberry.type(description="Posters for many guides, made in the background.")
class PosterBatch:
    value: strawberry.Private[batches.PosterBatch]
    id: strawberry.ID = strawberry.field(description="The batch's id.")
    state: BatchState = strawberry.field(description="Where it stands.")
    target: ShareTarget = strawberry.field(description="What the posters are about.")
    total: int = strawberry.field(description="How many guides it was ordered for.")
    why: str = strawberry.field(
        description="Why it failed, or why its archives are gone; else empty."
    )
    created_at: datetime = strawberry.field(description="When it was ordered.")

    @classmethod
    def of(cls, batch: batches.PosterBatch) -> "PosterBatch":
        """Pack a batch."""
        target = batch.link.target
        return cls(
            value=batch,
            id=strawberry.ID(batch.id),
            state=batch.state,
            target=ShareTarget(kind=target.kind, id=strawberry.ID(target.id)),
            total=batch.total,
            why=batch.why,
            created_at=batch.created_at,
        )

    @field("How many posters are finished so far.")
    async def made(self, ports: BatchPorts, act: Act) -> int:
        return await batch_orders.count_made(ports, act, self.value.id)

    @field("The finished posters, by store and guide.")
    async def posters(
        self, ports: BatchPorts, act: Act, first: First = 20, after: After = None
    ) -> Connection[BatchPoster]:
        request = PageRequest(first=first, after=after)
        page = await batch_orders.list_made(ports, act, self.value.id, request)
        return connection(page, BatchPoster.of)

    @field(
        "The finished posters on which a dot stands for a character that no font has, by store and "
        "guide: look at them, or spell these guides' names in another way."
    )
    async def posters_lacking_characters(
        self, ports: BatchPorts, act: Act, first: First = 20, after: After = None
    ) -> Connection[BatchPoster]:
        request = PageRequest(first=first, after=after)
        page = await batch_orders.list_made(ports, act, self.value.id, request, lacking=True)
        return connection(page, BatchPoster.of)

    @field(
        "ZIP archives with the finished posters, a hundred in each; the addresses work for an "
        "hour, and as long as what the posters show may go out. None after that."
    )
    async def archives(self, ports: BatchPorts, act: Act) -> list[str]:
        return await batch_orders.archive_addresses(ports, act, self.value.id)


@strawberry.input(description="Which posters are wanted, and for whom.")
class PosterBatchCreateInput:
    link: ShareLinkCreateInput = strawberry.field(
        description="What each guide's link is for; without a guide's id."
    )
    template_id: strawberry.ID | None = strawberry.field(
        description="The template; null for the first that suits.", default=None
    )
    region_id: strawberry.ID | None = strawberry.field(
        description="Only guides of this region's stores.", default=None
    )
    owner_id: strawberry.ID | None = strawberry.field(
        description="Only guides of this owner's stores; null with regionId null for everybody.",
        default=None,
    )
    audience_id: strawberry.ID | None = strawberry.field(
        description="Only guides whose customers some members of this frozen audience are, such as "
        "those to whose taste the target is; null for all.",
        default=None,
    )
    width: int = strawberry.field(description="750 or 1080 px.", default=1080)
    format: PosterFormat = strawberry.field(
        description="The picture format.", default=PosterFormat.JPEG
    )

    def order(self) -> BatchOrder:
        """The order as the domain knows it."""
        return BatchOrder(
            link=self.link.order(),
            template_id=TemplateId(self.template_id) if self.template_id else None,
            width=self.width,
            format=self.format,
            region_id=RegionId(self.region_id) if self.region_id else None,
            owner_id=OwnerId(self.owner_id) if self.owner_id else None,
            audience_id=self.audience_id,
        )


Id = Annotated[strawberry.ID, strawberry.argument(description="The batch's id.")]


@query("One batch of posters; for head office.")
async def poster_batch(ports: BatchPorts, act: Act, id: Id) -> PosterBatch | None:
    found = await batch_orders.looked_up(ports, act, BatchId(id))
    return PosterBatch.of(found) if found else None


@query("The batches of posters, the newest first; for head office.")
async def poster_batches(
    ports: BatchPorts, act: Act, first: First = 20, after: After = None
) -> Connection[PosterBatch]:
    page = await batch_orders.listed(ports, act, PageRequest(first=first, after=after))
    return connection(page, PosterBatch.of)


@mutation(
    "Order posters for the guides of a region, of an owner or of the whole brand.",
    batch="The batch.",
)
async def poster_batch_create(
    ports: BatchPorts,
    act: Act,
    input: Annotated[
        PosterBatchCreateInput, strawberry.argument(description="Which posters, for whom.")
    ],
) -> PosterBatch:
    return PosterBatch.of(await batch_orders.create_batch(ports, act, input.order()))


@mutation("Stop a batch; the posters that are finished stay.", batch="As it is now.")
async def poster_batch_cancel(ports: BatchPorts, act: Act, id: Id) -> PosterBatch:
    return PosterBatch.of(await batch_orders.cancel_batch(ports, act, BatchId(id)))


QUERIES = (poster_batch, poster_batches)
MUTATIONS = (poster_batch_create, poster_batch_cancel)
