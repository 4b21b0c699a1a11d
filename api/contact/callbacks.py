"""The addresses that WeCom and WeChat call; see document/path/90930."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from api.kernel.world import World
from domain.contact.hearing import hear_wecom, prove_address
from domain.contact.inbox import Call, InboxPorts
from domain.kernel.ports import Ports
from domain.kernel.refusals import Forbidden, Invalid
from domain.people.act import Act, by_the_clock

P = TypeVar("P", bound=Ports)


def contact_routes(world: World) -> list[Route]:
    """Where WeCom tells of what happens; it tells again what is not answered."""
    return [callback_route(world, "/wecom/callback", InboxPorts, prove_address, hear_wecom)]


def callback_route(
    world: World,
    path: str,
    kind: type[P],
    prove: Callable[[P, Act, Call], Awaitable[str]],
    hear: Callable[[P, Act, Call], Awaitable[None]],
) -> Route:
    """An address at which a platform is answered: once to prove it, then with each call."""

    async def callback(request: Request) -> Response:
        ports, act = world.bundle(kind), by_the_clock(world.now(), world.new_id)
        query = request.query_params
        call = Call(
            signature=query.get("msg_signature") or query.get("signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
            echo=query.get("echostr", ""),
            body=await request.body(),
        )
        try:
            if request.method == "GET":
                return PlainTextResponse(await prove(ports, act, call))
            await hear(ports, act, call)
        except Forbidden as refusal:
            return JSONResponse({"message": refusal.message}, status_code=403)
        except Invalid as refusal:
            return JSONResponse({"message": refusal.message}, status_code=400)
        return PlainTextResponse("success")

    return Route(path, callback, methods=["GET", "POST"])
