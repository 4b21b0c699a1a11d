"""The bytes of assets over HTTP: whole or in part, cached for as long as they may be shown."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from api.kernel.world import World
from domain.kernel.files import Files
from domain.kernel.refusals import Forbidden, NotFound, Refusal
from domain.media.links import Served, read_signature, require_signed, served
from domain.media.mp4 import masked

CHUNK_BYTES = 1024 * 1024
_STATUS = {Forbidden: 403, NotFound: 404}
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def asset_routes(world: World) -> list[Route]:
    """The routes under /assets."""

    async def file(request: Request) -> Response:
        query = request.query_params
        try:
            found = await served(
                world.assets,
                request.path_params["id"],
                request.path_params["name"],
                read_signature(query.get("expires"), query.get("signature")),
                secret=world.people.secret,
                now=world.now(),
            )
        except Refusal as refusal:
            return PlainTextResponse(
                refusal.message, status_code=404, headers={"Cache-Control": "no-store"}
            )
        return await _answer(request, found, world.files)

    async def part(request: Request) -> Response:
        try:
            await _receive(world, request)
        except Refusal as refusal:
            return PlainTextResponse(refusal.message, status_code=_STATUS.get(type(refusal), 400))
        return Response(status_code=204)

    return [
        Route("/assets/{id}/{name}", file, methods=["GET"]),
        Route("/incoming/{id}/{number:int}", part, methods=["PUT"]),
    ]


async def _receive(world: World, request: Request) -> None:
    """Take a part of a large file that is put to a link of ours."""
    receiver = world.arrivals.receiver
    query = request.query_params
    signature = read_signature(query.get("expires"), query.get("signature"))
    size = query.get("bytes", "")
    if receiver is None or signature is None or not size.isdecimal():
        raise Forbidden("Put the part to the link that you were given.")
    path = request.url.path
    signed = f"PUT {path} {size}"
    require_signed(world.people.secret, signed, signature, now=world.now())
    key = path.strip("/").rpartition("/")[0]
    await receiver.receive(key, request.path_params["number"], int(size), request.stream())


async def _answer(request: Request, found: Served, files: Files) -> Response:
    headers = _headers(found)
    if _matches(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    size = await files.size(found.key)
    if size is None:
        return PlainTextResponse("There is no such file.", status_code=404)
    wanted = request.headers.get("range")
    if request.headers.get("if-range", headers["ETag"]) != headers["ETag"]:
        wanted = None
    part = _part(wanted, size) if wanted else None
    if part is not None and part.start >= part.stop:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    status = 200 if part is None else 206
    part = range(size) if part is None else part
    if status == 206:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    headers["Content-Length"] = str(len(part))
    body = _chunks(files, found, part)
    return StreamingResponse(body, status, headers=headers, media_type=found.content_type)


def _headers(found: Served) -> dict[str, str]:
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


def _matches(if_none_match: str, etag: str) -> bool:
    given = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return etag in given or "*" in given


def _part(header: str, size: int) -> range | None:
    """The bytes that a Range header of one range asks for; None where it is to be ignored."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    return range(int(first), min(size, int(last) + 1) if last else size)


async def _chunks(files: Files, found: Served, part: range) -> AsyncIterator[bytes]:
    for start in range(part.start, part.stop, CHUNK_BYTES):
        chunk = await files.read(found.key, start, min(CHUNK_BYTES, part.stop - start))
        if chunk:
            yield masked(chunk, start, found.hidden)
