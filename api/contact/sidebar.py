"""Signing pages for WeCom's SDK, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.sharing.share_links import Reference
from domain.contact import sidebar
from domain.contact.ports import ContactPorts
from domain.contact.wecom import TakenPicture
from domain.people.act import Act
from domain.sharing.share_links import read_reference


@strawberry.type(description="What ww.register, or wx.config and wx.agentConfig, take.")
class PageSignature(Packed[sidebar.PageSignature]):
    company: str = strawberry.field(description="The company's id: corpId, or appId of wx.config.")
    agent_id: str | None = strawberry.field(description="The app's number; null if not set up.")
    timestamp: int = strawberry.field(description="Seconds since 1970.")
    nonce: str = strawberry.field(description="nonceStr.")
    signature: str = strawberry.field(description="The signature of getConfigSignature.")
    app_signature: str = strawberry.field(description="The signature of getAgentConfigSignature.")


@query("The signatures of a page that WeCom opens, such as the sidebar; for the store's people.")
async def page_signature(
    ports: ContactPorts,
    act: Act,
    url: Annotated[str, strawberry.argument(description="The page's address: location.href.")],
) -> PageSignature:
    return PageSignature.of(await sidebar.sign_page(ports, act, url))


@strawberry.type(description="A poster that WeCom has taken in.")
class ChatPicture(Packed[TakenPicture]):
    media_id: str = strawberry.field(
        description="WeCom's id of it: image.mediaid of sendChatMessage."
    )
    until: datetime = strawberry.field(description="When WeCom forgets it; hand it in anew then.")


@mutation(
    "Hand the poster of a share link to WeCom, so that a page there sends it into a chat; for the "
    "store's people.",
    picture="What WeCom has taken in.",
)
async def poster_to_chat(ports: sidebar.ChatPicturePorts, act: Act, code: Reference) -> ChatPicture:
    return ChatPicture.of(await sidebar.poster_to_chat(ports, act, read_reference(code)))


QUERIES = (page_signature,)
MUTATIONS = (poster_to_chat,)
