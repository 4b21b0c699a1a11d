"""Becoming a guide's friend: by their code, and by a link to a chat of theirs."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation
from domain.contact import inviting, ways
from domain.contact.inviting import InvitingPorts
from domain.people.act import Act


@strawberry.type(description="A guide's code in WeCom, as everybody is shown it.")
class GuideCode:
    qr_url: str | None = strawberry.field(description="Where its picture is.")
    config_id: str | None = strawberry.field(
        description="What WeCom's plugin for mini-programs shows as a card to be tapped: it adds "
        "the guide, or opens the chat with them."
    )

    @classmethod
    def of(cls, way: ways.Way) -> "GuideCode":
        """Pack a code."""
        return cls(qr_url=way.qr_url, config_id=way.config_id)


@strawberry.type(description="How the viewer becomes a guide's friend.")
class FriendInvitation:
    code: GuideCode = strawberry.field(description="The guide's code.")
    chat_url: str | None = strawberry.field(
        description="A link of the viewer's own that opens a chat with the guide; null where the "
        "company has no such links."
    )


@mutation(
    "Give the viewer a guide's code and a link to a chat with them; again, it is the same link.",
    invitation="Both.",
)
async def friend_invite(
    ports: InvitingPorts,
    act: Act,
    guide_id: Annotated[strawberry.ID, strawberry.argument(description="The guide.")],
) -> FriendInvitation:
    found = await inviting.invite_friend(ports, act, guide_id)
    return FriendInvitation(code=GuideCode.of(found.way), chat_url=found.chat_url)


MUTATIONS = (friend_invite,)
