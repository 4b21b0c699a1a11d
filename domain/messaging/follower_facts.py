"""What is said of the official account's followers: that they did something."""

from domain.contact.inbox import WecomTold
from domain.kernel.facts import Fact, FactId, FactKind

FOLLOWER_HEARD = FactKind("follower.heard")


def follower_heard(told: WecomTold) -> Fact:
    """That a follower wrote, or came by a code or a menu; of writing there is no event."""
    return Fact(
        id=FactId(f"follower:{told.id}"),
        subject=f"follower:{told.id}",
        kind=FOLLOWER_HEARD,
        at=told.heard_at,
        data={
            "openid": told.event["FromUserName"],
            "event": told.event.get("Event"),
            "at": told.at.isoformat(),
        },
    )
