"""Posters for many guides at once, in the schema and as archives."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated

import strawberry
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.kernel.context import Info
from api.kernel.paging import After, Connection, First, connection
from api.kernel.payloads import Payload, mutation
from api.kernel.world import World
from api.posters.formats import Format
from api.sharing.share import ShareLinkCreateInput, ShareTarget
from domain.kernel.paging import PageRequest, page_of
from domain.kernel.refusals import Refusal
from domain.media.links import read_signature, require_signed, sign
from domain.network.stores import OwnerId, RegionId
from domain.people.viewer import Role
from domain.posters import batches, bulk
from domain.posters.batches import BatchId, BatchState
from domain.posters.bulk import BatchOrder
from domain.posters.reviews import TemplateId
from domain.sharing.links import share_url

strawberry.enum(BatchState, description="Where a batch of posters stands.")

ARCHIVE_LIFETIME = timedelta(hours=1)


@strawberry.type(description="One guide's poster of a batch.")
class BatchPoster:
    value: strawberry.Private[batches.MadePoster]
    guide_id: strawberry.ID = strawberry.field(description="Whose it is.")
    share_code: str = strawberry.field(description="The share link whose code it carries.")
    name: str = strawberry.field(description="Its file within the archives: STORE/GUIDE-CODE.jpg.")

    @classmethod
    def of(cls, made: batches.MadePoster) -> "BatchPoster":
        """Pack a finished poster."""
        return cls(
            value=made,
            guide_id=strawberry.ID(made.guide_id),
            share_code=made.code,
            name=made.name,
        )

    @strawberry.field(description="The share link itself, to send along with the poster.")
    def share_url(self, info: Info) -> str:
        return share_url(info.context.world.public_url, self.value.code)


@strawberry.type(description="Posters for many guides, made in the background.")
class PosterBatch:
    value: strawberry.Private[batches.PosterBatch]
    id: strawberry.ID = strawberry.field(description="The batch's id.")
    state: BatchState = strawberry.field(description="Where it stands.")
    target: ShareTarget = strawberry.field(description="What the posters are about.")
    total: int = strawberry.field(description="How many guides it was ordered for.")
    why: str = strawberry.field(description="Why it failed; empty where it did not.")
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

    @strawberry.field(description="How many posters are finished so far.")
    async def made(self, info: Info) -> int:
        parts = await info.context.world.bulk.batches.parts(self.value.id)
        return sum(len(part.made) for part in parts)

    @strawberry.field(description="The finished posters, by store and guide.")
    async def posters(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[BatchPoster]:
        parts = await info.context.world.bulk.batches.parts(self.value.id)
        made = [poster for part in parts for poster in part.made]
        return connection(page_of(made, PageRequest(first=first, after=after)), BatchPoster.of)

    @strawberry.field(
        description="ZIP archives with the finished posters, a hundred in each; the addresses "
        "work for an hour."
    )
    async def archives(self, info: Info) -> list[str]:
        context = info.context
        world = context.world
        addresses = []
        for part in await world.bulk.batches.parts(self.value.id):
            path = f"/posters/batches/{self.value.id}/{part.number}.zip"
            signature = sign(world.people.secret, f"GET {path}", context.now + ARCHIVE_LIFETIME)
            expires = int(signature.expires_at.timestamp())
            query = f"expires={expires}&signature={signature.code}"
            addresses += [f"{world.public_url}{path}?{query}"] if part.done else []
        return addresses


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
    width: int = strawberry.field(description="750 or 1080 px.", default=1080)
    format: Format = strawberry.field(description="The picture format.", default=Format.JPEG)


@strawberry.type(description="The answer to an order of posters.")
class PosterBatchCreatePayload(Payload):
    batch: PosterBatch | None = strawberry.field(description="The batch.", default=None)


@strawberry.type(description="The answer to stopping a batch.")
class PosterBatchCancelPayload(Payload):
    batch: PosterBatch | None = strawberry.field(description="As it is now.", default=None)


Id = Annotated[strawberry.ID, strawberry.argument(description="The batch's id.")]


@strawberry.type
class PosterBatchQuery:
    @strawberry.field(description="One batch of posters; for head office.")
    async def poster_batch(self, info: Info, id: Id) -> PosterBatch | None:
        info.context.viewer.require(Role.HEAD_OFFICE)
        found = await info.context.world.bulk.batches.by_id(BatchId(str(id)))
        return PosterBatch.of(found) if found else None


@strawberry.type
class PosterBatchMutation:
    @mutation("Order posters for the guides of a region, of an owner or of the whole brand.")
    async def poster_batch_create(
        self,
        info: Info,
        input: Annotated[
            PosterBatchCreateInput, strawberry.argument(description="Which posters, for whom.")
        ],
    ) -> PosterBatchCreatePayload:
        context = info.context
        order = BatchOrder(
            link=input.link.order(),
            template_id=TemplateId(str(input.template_id)) if input.template_id else None,
            width=input.width,
            format=input.format,
            region_id=RegionId(str(input.region_id)) if input.region_id else None,
            owner_id=OwnerId(str(input.owner_id)) if input.owner_id else None,
        )
        batch = await bulk.create_batch(
            context.world.bulk,
            context.viewer,
            order,
            now=context.now,
            new_id=context.world.new_id,
        )
        return PosterBatchCreatePayload(batch=PosterBatch.of(batch))

    @mutation("Stop a batch; the posters that are finished stay.")
    async def poster_batch_cancel(self, info: Info, id: Id) -> PosterBatchCancelPayload:
        context = info.context
        batch = await bulk.cancel_batch(context.world.bulk, context.viewer, BatchId(str(id)))
        return PosterBatchCancelPayload(batch=PosterBatch.of(batch))


def batch_archive(world: World) -> Callable[[Request], Awaitable[Response]]:
    """Make the endpoint of a batch's archives, for whoever was given a signed address."""

    async def answer(request: Request) -> Response:
        query = request.query_params
        signature = read_signature(query.get("expires"), query.get("signature"))
        key = None
        try:
            if signature is not None:
                text = f"GET {request.url.path}"
                require_signed(world.people.secret, text, signature, now=world.now())
                key = _key(request)
        except Refusal as refusal:
            error = {"code": refusal.code.value, "message": refusal.message}
            return JSONResponse({"error": error}, status_code=403)
        data = await world.files.get(key) if key else None
        if data is None:
            return JSONResponse({"error": {"code": "NOT_FOUND"}}, status_code=404)
        return Response(data, media_type="application/zip")

    return answer


def _key(request: Request) -> str:
    batch_id, number = request.path_params["batch"], request.path_params["number"]
    return batches.archive_key(BatchId(batch_id), number)
