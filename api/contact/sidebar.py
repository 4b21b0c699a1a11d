"""Signing pages for WeCom's SDK, in the schema."""

from typing import Annotated

import strawberry

from api.kernel.operations import query
from api.kernel.packing import Packed
from domain.contact import sidebar
from domain.contact.ports import ContactPorts
from domain.people.act import Act


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


QUERIES = (page_signature,)
