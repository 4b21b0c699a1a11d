"""The address that WeCom calls; see document/path/90930."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from api.kernel.world import World
from domain.contact.hearing import hear_wecom, prove_address
from domain.contact.inbox import Call, InboxPorts
from domain.kernel.refusals import Forbidden, Invalid
from domain.people.act import by_the_clock


def contact_routes(world: World) -> list[Route]:
    """Where WeCom tells of what happens; it tells again what is not answered."""

    async def callback(request: Request) -> Response:
        ports, act = world.bundle(InboxPorts), by_the_clock(world.now(), world.new_id)
        query = request.query_params
        call = Call(
            signature=query.get("msg_signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
            echo=query.get("echostr", ""),
            body=await request.body(),
        )
        try:
            if request.method == "GET":
                return PlainTextResponse(await prove_address(ports, act, call))
            await hear_wecom(ports, act, call)
        except Forbidden as refusal:
            return JSONResponse({"message": refusal.message}, status_code=403)
        except Invalid as refusal:
            return JSONResponse({"message": refusal.message}, status_code=400)
        return PlainTextResponse("success")

    return [Route("/wecom/callback", callback, methods=["GET", "POST"])]
