"""Posters as files: `GET /posters/CODE.jpg`."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.kernel.world import World
from domain.kernel.refusals import Invalid, NotFound, Refusal, RefusalCode
from domain.posters.making import PosterFile, PosterOrder, poster
from domain.posters.reviews import TemplateId
from domain.posters.stamping import Format
from domain.posters.templates import DESIGN_WIDTH
from domain.sharing.links import ShareCode, is_code

FORMATS = {form.extension: form for form in Format}
# Short, so that a withdrawn post's poster is gone from every cache within minutes.
CACHE_CONTROL = "public, max-age=300, immutable"
STATUS: Mapping[RefusalCode, int] = {
    RefusalCode.INVALID: 400,
    RefusalCode.NOT_FOUND: 404,
    RefusalCode.WRONG_STATE: 410,
    RefusalCode.UNAVAILABLE: 503,
}


def poster_file(world: World) -> Callable[[Request], Awaitable[Response]]:
    """Make the endpoint."""

    async def answer(request: Request) -> Response:
        try:
            found = await poster(world.press, _order(request), now=world.now())
        except Refusal as refusal:
            error = {"code": refusal.code.value, "message": refusal.message}
            return JSONResponse(
                {"error": error},
                status_code=STATUS.get(refusal.code, 400),
                headers={"Cache-Control": "no-store"},
            )
        return _sent(found, request.headers.get("if-none-match", ""))

    return answer


def poster_path(found: PosterFile) -> str:
    """The path of a poster, with its template's version and its width."""
    query = f"template={found.template_id}&version={found.number}&width={found.width}"
    return f"/posters/{found.link.code}.{found.format.extension}?{query}"


def _order(request: Request) -> PosterOrder:
    name, _, extension = request.path_params["name"].rpartition(".")
    if not is_code(name) or extension not in FORMATS:
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
