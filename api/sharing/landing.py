"""What a share link's address shows: a page to people, JSON to programs."""

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.kernel.context import act_of
from api.kernel.world import World
from domain.content.scenes import Scene
from domain.kernel.ids import PersonId
from domain.kernel.money import yuan
from domain.kernel.refusals import NotFound, Refusal, Unauthenticated
from domain.media.links import whole_link
from domain.media.looking_up import usable_by_ids
from domain.media.ports import MediaPorts
from domain.people.act import Act
from domain.sharing.following_links import Followed, visit
from domain.sharing.share_links import ShareCode, ShareKind, opening_mini_program, scene_string
from domain.sharing.shareable import SharingPorts

VISITOR_COOKIE = "qm_visitor"
_VISITOR = re.compile(r"[0-9a-f]{32}")
_COOKIE_AGE_S = 365 * 24 * 3600

_STYLE = """
:root{color-scheme:light dark;--paper:#f7f4ef;--surface:#fff;--ink:#1f1b16;--ink2:#5a5248;
--accent:#0b6b5d;--on:#fff;--price:#b8321a}
@media (prefers-color-scheme:dark){:root{--paper:#14120f;--surface:#1d1a16;--ink:#f2ede5;
--ink2:#bdb4a7;--accent:#63c7b2;--on:#10201c;--price:#ff9c85}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--paper);
color:var(--ink);font:16px/1.6 Arial,"PingFang SC","Noto Sans SC",sans-serif}
main{box-sizing:border-box;width:100%;max-width:26rem;padding:0 0 2rem;background:var(--surface);
overflow:hidden}
main>*{margin:.75rem 1.25rem}img{display:block;object-fit:cover}
.cover{width:100%;margin:0;aspect-ratio:3/4}
h1{font-size:1.35rem;line-height:1.4;padding-top:.5rem}p{color:var(--ink2)}
.price{color:var(--price);font-size:1.5rem;font-weight:600}
.who{display:flex;gap:.75rem;align-items:center}.who img{width:56px;height:56px;border-radius:50%}
.who p{margin:0}a{color:var(--accent)}
.go{display:block;text-align:center;padding:.75rem;border-radius:4px;
background:var(--accent);color:var(--on);font-weight:600;text-decoration:none}
small{color:var(--ink2);font-size:.75rem}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_CSP = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "img-src 'self'"
)

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>{title}</title>
<style>{style}</style></head><body><main>{body}</main></body></html>"""

_OPEN = """{cover}<h1>{title}</h1>{price}<p>{summary}</p>
<div class="who">{portrait}<p><strong>{guide}</strong> 为您推荐<br>{store}</p></div>
<p>{address}<br>{hours}</p>
{ways}<small>{code}</small>"""

_TO_MALL = """<a class="go" href="{mall}">进店看看</a>"""
_TO_BOTH = """<a class="go" href="{app}">打开小程序</a>
<p>在微信中请扫一扫海报。<a href="{mall}">不用小程序，在网页里看</a></p>"""

_GONE = "<h1>{title}</h1><p>{reason}</p><p>请向分享给您的导购索取新的链接，或到附近门店看看。</p>"


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
        response: Response
        if as_json:
            response = JSONResponse(_facts(followed))
        else:
            response = _page(world, act, followed, await _pictures(world, act, followed))
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pictures:
    """The addresses of what the page shows; None of what may not be shown."""

    cover: str | None
    portrait: str | None


async def _pictures(world: World, act: Act, followed: Followed) -> _Pictures:
    ports = world.bundle(MediaPorts)
    wanted = [one for one in (followed.shared.cover, followed.guide.avatar) if one]
    found = await usable_by_ids(ports, act, wanted) if wanted else {}

    async def link(id: str | None) -> str | None:
        asset = found.get(id) if id else None
        return await whole_link(ports, act, asset) if asset else None

    return _Pictures(
        cover=await link(followed.shared.cover), portrait=await link(followed.guide.avatar)
    )


def _page(world: World, act: Act, followed: Followed, pictures: _Pictures) -> HTMLResponse:
    shared, store = followed.shared, followed.store
    price = ""
    if shared.product is not None:
        prices = world.bundle(SharingPorts).catalogue.catalogue()
        price = yuan(prices.lowest_price(shared.product, act.at).amount)
    title = shared.title or store.name
    hours = f"营业时间 {store.opening_hours}" if store.opening_hours else "全天营业"
    shown = {
        "title": title,
        "summary": shared.summary,
        "guide": followed.guide.name,
        "store": store.name,
        "address": store.address,
        "hours": hours,
        "code": followed.link.code,
    }
    texts = {name: html.escape(text) for name, text in shown.items()}
    app_id = world.bundle(SharingPorts).app_id
    app = opening_mini_program(app_id, followed.link.code) if app_id else ""
    ways = _TO_BOTH if app_id else _TO_MALL
    texts["ways"] = ways.format(app=html.escape(app), mall=html.escape(_in_the_mall(followed)))
    texts["price"] = f'<p class="price">{html.escape(price)}</p>' if price else ""
    texts["cover"] = _picture(pictures.cover, "cover", title)
    texts["portrait"] = _picture(pictures.portrait, "portrait", followed.guide.name)
    return _html(html.escape(title), _OPEN.format_map(texts))


def _picture(address: str | None, kind: str, alt: str) -> str:
    """A picture by its path alone: the page loads from where it came and nowhere else."""
    if address is None:
        return ""
    path = html.escape(urlsplit(address)._replace(scheme="", netloc="").geturl())
    return f'<img class="{kind}" src="{path}" alt="{html.escape(alt)}">'


def _in_the_mall(followed: Followed) -> str:
    """Where the reference mall shows it, with the guide's parameter."""
    target = followed.link.target
    place = {ShareKind.PRODUCT: f"/p/{target.id}", ShareKind.POST: f"/notes/{target.id}"}
    seen = target.kind is not ShareKind.POST or followed.link.scene is Scene.SEEDING_ZONE
    path = place.get(target.kind, "") if seen else ""
    return f"/mall/{quote(followed.store.id)}{quote(path)}?share={quote(followed.link.code)}"


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
    page = _html(title, _GONE.format(title=title, reason=reason), status)
    page.headers.update(headers)
    return page
