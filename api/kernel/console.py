"""The page at /graphql, for people: it asks the endpoint and loads nothing from elsewhere."""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.kernel.http import GRAPHQL

FOLDER = Path(__file__).parent / "page"
_TYPES = {"console.js": "text/javascript", "console.css": "text/css"}
_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


def console_page() -> Response:
    """The page itself."""
    headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-cache", "Vary": "Accept"}
    return Response(_read("console.html"), media_type="text/html", headers=headers)


def console_files() -> list[Route]:
    """The routes of the page's style and script."""

    def serves(name: str) -> Route:
        async def answer(request: Request) -> Response:
            headers = {"Cache-Control": "no-cache"}
            return Response(_read(name), media_type=_TYPES[name], headers=headers)

        return Route(f"{GRAPHQL}/{name}", answer, methods=["GET"])

    return [serves(name) for name in _TYPES]


@cache
def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
