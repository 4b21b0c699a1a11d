"""Webhooks: other systems that are told of orders."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import pack
from api.kernel.payloads import Payload
from domain.people.act import Act
from domain.webhooks import webhooks as told
from domain.webhooks.webhooks import WebhookPorts, add_webhook, list_webhooks, remove_webhook


@strawberry.type(description="An address that is told of every step of every order.")
class Webhook:
    id: strawberry.ID = strawberry.field(description="The webhook's id.")
    url: str = strawberry.field(description="Where each step is posted to.")
    created_at: datetime = strawberry.field(description="Since when.")
    failing_orders: int = strawberry.field(
        description="Of how many orders it could not be told at the last try."
    )

    @classmethod
    def of(cls, webhook: told.Webhook, failing_orders: int = 0) -> "Webhook":
        """Pack a webhook, without its secret."""
        return pack(cls, webhook, failing_orders=failing_orders)


@strawberry.type(description="The answer to a new webhook.")
class WebhookAddPayload(Payload):
    webhook: Webhook | None = strawberry.field(description="The webhook.", default=None)
    secret: str | None = strawberry.field(
        description="Signs what is sent; keep it, it is not shown again.", default=None
    )


@query("All webhooks, for head office and the systems themselves.")
async def webhooks(ports: WebhookPorts, act: Act) -> list[Webhook]:
    return [Webhook.of(one, failing) for one, failing in await list_webhooks(ports, act)]


@mutation(
    "Tell an address of every step of every order: signed, in order for each order, again "
    "until it answers with success."
)
async def webhook_add(
    ports: WebhookPorts,
    act: Act,
    url: Annotated[
        str, strawberry.argument(description="An https:// address; http:// on this machine.")
    ],
) -> WebhookAddPayload:
    webhook = await add_webhook(ports, act, url)
    return WebhookAddPayload(webhook=Webhook.of(webhook), secret=webhook.secret)


@mutation("Tell an address no more.")
async def webhook_remove(
    ports: WebhookPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The webhook's id.")],
) -> None:
    await remove_webhook(ports, act, id)


QUERIES = (webhooks,)
MUTATIONS = (webhook_add, webhook_remove)
