"""The address that WeChat calls for the official account."""

from starlette.routing import Route

from api.contact.callbacks import callback_route
from api.kernel.world import World
from domain.messaging.hearing_followers import (
    FollowerInboxPorts,
    hear_follower,
    prove_follower_address,
)


def follower_routes(world: World) -> list[Route]:
    """Where WeChat tells of followers; it tells again what is not answered."""
    prove, hear = prove_follower_address, hear_follower
    return [callback_route(world, "/wechat/callback", FollowerInboxPorts, prove, hear)]
