"""Posters as files: `GET /posters/CODE.jpg`, and the archives of batches."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.kernel.context import act_of
from api.kernel.world import World
from domain.kernel.refusals import Invalid, NotFound, Refusal, RefusalCode
from domain.media.links import read_signature
from domain.posters.batch_orders import BatchPorts, archive_file
from domain.posters.batches import BatchId
from domain.posters.link_posters import PosterFile, PosterOrder, PosterPorts, poster
from domain.posters.stamping import PosterFormat
from domain.posters.template_reviews import TemplateId
from domain.posters.templates import DESIGN_WIDTH
from domain.sharing.share_links import ShareCode

FORMATS = {form.extension: form for form in PosterFormat}
# Short, so that a withdrawn post's poster is gone from every cache within minutes.
CACHE_CONTROL = "public, max-age=300, immutable"
STATUS: Mapping[RefusalCode, int] = {
    RefusalCode.INVALID: 400,
    RefusalCode.FORBIDDEN: 403,
    RefusalCode.NOT_FOUND: 404,
    RefusalCode.WRONG_STATE: 410,
    RefusalCode.UNAVAILABLE: 503,
}


def poster_routes(world: World) -> list[Route]:
    """The routes under /posters."""

    async def file(request: Request) -> Response:
        try:
            found = await poster(world.bundle(PosterPorts), act_of(world), _order(request))
        except Refusal as refusal:
            return _refused(refusal)
        return _sent(found, request.headers.get("if-none-match", ""))

    async def archive(request: Request) -> Response:
        query, path = request.query_params, request.path_params
        signature = read_signature(query.get("expires"), query.get("signature"))
        try:
            data = await archive_file(
                world.bundle(BatchPorts),
                act_of(world),
                BatchId(path["batch"]),
                path["number"],
                signature,
            )
        except Refusal as refusal:
            return _refused(refusal)
        return Response(data, media_type="application/zip")

    return [
        Route("/posters/{name}", file),
        Route("/posters/batches/{batch}/{number:int}.zip", archive),
    ]


def _refused(refusal: Refusal) -> Response:
    error = {"code": refusal.code.value, "message": refusal.message}
    headers = {"Cache-Control": "no-store"}
    return JSONResponse({"error": error}, STATUS.get(refusal.code, 400), headers)


def _order(request: Request) -> PosterOrder:
    name, _, extension = request.path_params["name"].rpartition(".")
    if extension not in FORMATS:
        raise NotFound("Ask for a share code with .jpg, .png or .webp.")
    query = request.query_params
    template = query.get("template")
    return PosterOrder(
        code=ShareCode(name),
        template_id=TemplateId(template) if template else None,
        number=_whole(query.get("version")),
        width=_whole(query.get("width")) or DESIGN_WIDTH,
        format=FORMATS[extension],
    )


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Invalid(f"{text[:20]!r} is not a whole number.")
    return int(text)


def _sent(found: PosterFile, known: str) -> Response:
    tag = f'"{found.tag}"'
    headers = {"ETag": tag, "Cache-Control": CACHE_CONTROL}
    if known == "*" or tag in (part.strip().removeprefix("W/") for part in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=f"image/{found.format}", headers=headers)
