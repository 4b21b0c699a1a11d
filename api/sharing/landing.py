"""What a share link's address shows: a page to people, JSON to programs."""

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.kernel.context import act_of
from api.kernel.world import World
from domain.kernel.ids import PersonId
from domain.kernel.refusals import NotFound, Refusal, Unauthenticated
from domain.sharing.following_links import Followed, visit
from domain.sharing.share_links import ShareCode, scene_string
from domain.sharing.shareable import SharingPorts

VISITOR_COOKIE = "qm_visitor"
_VISITOR = re.compile(r"[0-9a-f]{32}")
_COOKIE_AGE_S = 365 * 24 * 3600

_STYLE = """
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f6f2ec;color:#1f1b16;
font:16px/1.6 -apple-system,"PingFang SC","Noto Sans SC",sans-serif}
main{max-width:22rem;margin:2rem;padding:2rem;border-radius:1rem;background:#fff;
box-shadow:0 8px 32px #1f1b1614;text-align:center}
h1{margin:0 0 .5rem;font-size:1.35rem}p{margin:.5rem 0;color:#5c544a}
small{color:#9a9085}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_CSP = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<style>{style}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""

_OPEN = """<p>{summary}</p><p>{guide} · {store}</p>
<p>请用微信扫一扫海报，或在微信中打开本页，即可进入小程序。</p><small>{code}</small>"""

_GONE = "<p>{reason}</p><p>请向分享给您的导购索取新的链接，或到附近门店看看。</p>"


def landing(world: World) -> Callable[[Request], Awaitable[Response]]:
    """Make the endpoint of `GET /s/CODE`."""

    async def answer(request: Request) -> Response:
        as_json = "application/json" in request.headers.get("accept", "")
        cookie = request.cookies.get(VISITOR_COOKIE, "")
        known = _VISITOR.fullmatch(cookie) is not None
        browser = PersonId(cookie if known else secrets.token_hex(16))
        try:
            act = act_of(world, request.headers.get("authorization"))
            code = ShareCode(request.path_params["code"])
            followed = await visit(world.bundle(SharingPorts), act, code, browser)
        except Refusal as refusal:
            return _refused(refusal, as_json=as_json)
        response: Response = JSONResponse(_facts(followed)) if as_json else _page(followed)
        response.headers["Cache-Control"] = "no-store"  # each visit is to be seen
        response.headers["Vary"] = "Accept"
        if not (known or act.viewer.id):
            response.set_cookie(
                VISITOR_COOKIE,
                browser,
                max_age=_COOKIE_AGE_S,
                httponly=True,
                secure=world.public_url.startswith("https://"),
                samesite="lax",
            )
        return response

    return answer


def _facts(followed: Followed) -> dict[str, object]:
    link = followed.link
    return {
        "code": link.code,
        "kind": link.target.kind,
        "id": link.target.id,
        "revision": link.revision,
        "scene": link.scene,
        "campaign": link.campaign,
        "sceneString": scene_string(link.code),
        "title": followed.shared.title,
        "summary": followed.shared.summary,
        "guide": {"id": followed.guide.id, "name": followed.guide.name},
        "store": {"id": followed.store.id, "name": followed.store.name},
    }


def _page(followed: Followed) -> HTMLResponse:
    shown = {
        "summary": followed.shared.summary,
        "guide": followed.guide.name,
        "store": followed.store.name,
        "code": followed.link.code,
    }
    body = _OPEN.format_map({name: html.escape(text) for name, text in shown.items()})
    title = html.escape(followed.shared.title or followed.store.name)
    return _html(title, body)


def _html(title: str, body: str, status: int = 200) -> HTMLResponse:
    page = _PAGE.format(title=title, style=_STYLE, body=body)
    return HTMLResponse(page, status_code=status, headers={"Content-Security-Policy": _CSP})


def _refused(refusal: Refusal, *, as_json: bool) -> Response:
    """404 for what never was, 410 for what was taken back; nobody keeps either."""
    status = 410
    if isinstance(refusal, NotFound):
        status = 404
    if isinstance(refusal, Unauthenticated):
        status = 401
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    if as_json:
        error = {"code": refusal.code.value, "message": refusal.message}
        return JSONResponse({"error": error}, status_code=status, headers=headers)
    title = "链接不存在" if status == 404 else "内容已下线"
    reason = "没有找到这个链接。" if status == 404 else "这份内容已不再展示。"
    page = _html(title, _GONE.format(reason=reason), status)
    page.headers.update(headers)
    return page
