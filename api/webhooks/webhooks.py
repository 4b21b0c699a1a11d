"""Webhooks: other systems that are told of orders."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.payloads import Payload, mutation
from domain.people.viewer import Role
from domain.webhooks import webhooks as outbox


@strawberry.type(description="An address that is told of every step of every order.")
class Webhook:
    id: strawberry.ID = strawberry.field(description="The webhook's id.")
    url: str = strawberry.field(description="Where each step is posted to.")
    created_at: datetime = strawberry.field(description="Since when.")
    failing_orders: int = strawberry.field(
        description="Of how many orders it could not be told at the last try."
    )

    @classmethod
    def of(cls, webhook: outbox.Webhook, failing_orders: int = 0) -> "Webhook":
        """Pack a webhook, without its secret."""
        return cls(
            id=strawberry.ID(webhook.id),
            url=webhook.url,
            created_at=webhook.created_at,
            failing_orders=failing_orders,
        )


@strawberry.type(description="The answer to a new webhook.")
class WebhookAddPayload(Payload):
    webhook: Webhook | None = strawberry.field(description="The webhook.", default=None)
    secret: str | None = strawberry.field(
        description="Signs what is sent; keep it, it is not shown again.", default=None
    )


@strawberry.type(description="The answer to the end of a webhook.")
class WebhookRemovePayload(Payload):
    pass


@strawberry.type
class WebhooksQuery:
    @strawberry.field(description="All webhooks, for head office and the systems themselves.")
    async def webhooks(self, info: Info) -> list[Webhook]:
        context = info.context
        context.viewer.require(Role.HEAD_OFFICE, Role.FEED)
        failing = await context.world.outbox.failing()
        found = await context.world.outbox.webhooks()
        return [Webhook.of(one, failing.get(one.id, 0)) for one in found]


@strawberry.type
class WebhooksMutation:
    @mutation(
        "Tell an address of every step of every order: signed, in order for each order, again "
        "until it answers with success."
    )
    async def webhook_add(
        self,
        info: Info,
        url: Annotated[
            str, strawberry.argument(description="An https:// address; http:// on this machine.")
        ],
    ) -> WebhookAddPayload:
        context = info.context
        world = context.world
        webhook = await outbox.add_webhook(
            world.outbox,
            context.viewer,
            url,
            now=context.now,
            new_id=world.new_id,
            secret=world.new_secret(),
        )
        return WebhookAddPayload(webhook=Webhook.of(webhook), secret=webhook.secret)

    @mutation("Tell an address no more.")
    async def webhook_remove(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The webhook's id.")],
    ) -> WebhookRemovePayload:
        context = info.context
        await outbox.remove_webhook(context.world.outbox, context.viewer, id)
        return WebhookRemovePayload()
