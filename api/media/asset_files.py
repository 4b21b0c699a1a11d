"""The bytes of assets over HTTP: whole or in part, cached for as long as they may be shown."""

import re
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api.kernel.context import act_of
from api.kernel.world import World
from domain.kernel.refusals import Forbidden, NotFound, Refusal
from domain.media.direct_uploads import PutPart, UploadPorts, receive_part
from domain.media.links import Kept, Served, read_signature, served
from domain.media.ports import MediaPorts

_STATUS = {Forbidden: 403, NotFound: 404}
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def asset_routes(world: World) -> list[Route]:
    """The routes under /assets."""

    async def file(request: Request) -> Response:
        query, path = request.query_params, request.path_params
        signature = read_signature(query.get("expires"), query.get("signature"))
        known = _tags(request.headers.get("if-none-match", ""))
        try:
            found = await served(
                world.bundle(MediaPorts), act_of(world), path["id"], path["name"], signature, known
            )
        except Refusal as refusal:
            return PlainTextResponse(
                refusal.message, status_code=404, headers={"Cache-Control": "no-store"}
            )
        return _answer(request, found)

    async def part(request: Request) -> Response:
        try:
            await receive_part(
                world.bundle(UploadPorts), act_of(world), _part(request), request.stream()
            )
        except Refusal as refusal:
            return PlainTextResponse(refusal.message, status_code=_STATUS.get(type(refusal), 400))
        return Response(status_code=204)

    return [
        Route("/assets/{id}/{name}", file, methods=["GET"]),
        Route("/incoming/{id}/{number:int}", part, methods=["PUT"]),
    ]


def _part(request: Request) -> PutPart:
    query = request.query_params
    size = query.get("bytes", "")
    return PutPart(
        path=request.url.path,
        number=request.path_params["number"],
        size=int(size) if size.isdecimal() else None,
        signature=read_signature(query.get("expires"), query.get("signature")),
    )


def _answer(request: Request, found: Served) -> Response:
    headers, size = _headers(found.file), found.size
    if size is None:
        return Response(status_code=304, headers=headers)
    wanted = request.headers.get("range")
    if request.headers.get("if-range", headers["ETag"]) != headers["ETag"]:
        wanted = None
    part = _range(wanted, size) if wanted else None
    if part is not None and part.start >= part.stop:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    status = 200 if part is None else 206
    part = range(size) if part is None else part
    if status == 206:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    headers["Content-Length"] = str(len(part))
    body = found.read(part)
    return StreamingResponse(body, status, headers=headers, media_type=found.file.content_type)


def _headers(found: Kept) -> dict[str, str]:
    return {
        "ETag": f'"{found.etag}"',
        "Cache-Control": _cache_control(found.keep_for),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Access-Control-Allow-Origin": "*",
    }


def _cache_control(keep_for: timedelta | None) -> str:
    if keep_for is None:
        return "private, no-store"
    return f"public, max-age={int(keep_for.total_seconds())}, immutable"


def _tags(if_none_match: str) -> frozenset[str]:
    """The tags of what the asker has already; `*` is any."""
    given = (one.strip().removeprefix("W/").strip('"') for one in if_none_match.split(","))
    return frozenset(given)


def _range(header: str, size: int) -> range | None:
    """The bytes that a Range header of one range asks for; None where it is to be ignored."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    return range(int(first), min(size, int(last) + 1) if last else size)
