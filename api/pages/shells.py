"""The shells of the pages: what a browser gets first, and what it then fetches at once."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.kernel.world import World
from api.pages.files import Tree, file_route

DESK = "/desk"
MALL = "/mall"
FIRST_PAGE = "sign-in"

_SHELL = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>千面</title>
{links}
<script type="module" src="{entry}"></script>
</head>
<body class="{app}">
<div id="app"></div>
<noscript>请在浏览器中打开 JavaScript。Please allow JavaScript.</noscript>
<script type="application/json" id="start">{start}</script>
</body>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an operator says of the pages.

    `people` are those whom a demo lets in by one click; `uploads_to` is where parts of large files
    are put, if that is not the service itself. `sign_on` says that the staff may come in by the
    brand's own provider.
    """

    people: Sequence[Mapping[str, str]] = ()
    uploads_to: str | None = None
    sign_on: bool = False


NOBODY_LET_IN = Desk()


def page_routes(world: World, desk: Desk) -> list[Route]:
    """The routes of the desk and of the reference mall."""
    tree = _tree()
    policy = _policy(world.public_url, desk.uploads_to)
    people = {
        "desk": desk.people,
        "mall": [one for one in desk.people if one["role"] == "MEMBER"],
    }

    @cache
    def shell(app: str, page: str) -> str:
        return _shell(tree, app, page, {"people": people[app], "signOn": desk.sign_on})

    async def home(request: Request) -> Response:
        return RedirectResponse(DESK)

    async def at_the_desk(request: Request) -> Response:
        wanted = request.path_params.get("page", "").partition("/")[0]
        page = wanted if f"pages/{wanted}.js" in tree.files else FIRST_PAGE
        return _answer(shell("desk", page), f"{policy}frame-ancestors 'none'")

    async def in_the_mall(request: Request) -> Response:
        return _answer(shell("mall", "mall"), f"{policy}frame-ancestors 'self'")

    return [
        Route("/", home, methods=["GET"]),
        file_route(tree),
        Route(DESK, at_the_desk, methods=["GET"]),
        Route(DESK + "/{page:path}", at_the_desk, methods=["GET"]),
        Route(MALL, in_the_mall, methods=["GET"]),
        Route(MALL + "/{page:path}", in_the_mall, methods=["GET"]),
    ]


@cache
def _tree() -> Tree:
    """The files are read and compressed once for a process, however many services it builds."""
    return Tree.read()


def _policy(public_url: str, uploads_to: str | None) -> str:
    """What a page may load: its own scripts alone, pictures of the service, data of the service."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(public_url))
    parts = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' blob: data: {origin}",
        "media-src": f"'self' blob: {origin}",
        "connect-src": " ".join(filter(None, ("'self'", origin, uploads_to))),
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-src": "'self'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "".join(f"{name} {value}; " for name, value in parts.items())


def _answer(text: str, policy: str) -> Response:
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
    return Response(text, media_type="text/html", headers=headers)


def _shell(tree: Tree, app: str, page: str, start: Mapping[str, Any]) -> str:
    entry = f"{app}.js"
    modules = tree.modules(entry, f"pages/{page}.js")
    links = [f'<link rel="stylesheet" href="{tree.address("style.css")}">']
    links.append(f'<link rel="icon" href="{tree.address("icon.svg")}">')
    links += [f'<link rel="modulepreload" href="{tree.address(one)}">' for one in modules]
    operations = f"pages/{page}.graphql"
    if operations in tree.files and page != FIRST_PAGE:  # which asks only once somebody acts
        address = tree.address(operations)
        links.append(f'<link rel="preload" as="fetch" crossorigin href="{address}">')
    told = {"app": app, "files": tree.address(""), **start}
    return _SHELL.format(
        app=app,
        links="\n".join(links),
        entry=html.escape(tree.address(entry)),
        # Nothing in it may end the block that it stands in.
        start=json.dumps(told, ensure_ascii=False).replace("<", "\\u003c"),
    )
