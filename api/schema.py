"""The schema: what every group adds to it."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.tools import create_type

from api.audiences import fields as audiences
from api.catalogue import fields as catalogue
from api.contact import fields as contact
from api.content import fields as content
from api.earnings import fields as earnings
from api.guiding import fields as guiding
from api.insight import fields as insight
from api.journeys import fields as journeys
from api.kernel.documents import Documents, Reading
from api.kernel.ids import ID
from api.kernel.moments import DATE_TIME
from api.kernel.sockets import masked
from api.learning import fields as learning
from api.mall.consumers import fields as consumers
from api.mall.fulfilment import fields as fulfilment
from api.mall.orders import fields as orders
from api.mall.stock import fields as stock
from api.mall.storefronts import fields as storefronts
from api.mall.storefronts.modules import KINDS as MODULE_KINDS
from api.media import fields as media
from api.members import fields as members
from api.messaging import fields as messaging
from api.network import fields as network
from api.nodes import node_queries
from api.people import fields as people
from api.posters import fields as posters
from api.promotions import fields as promotions
from api.service import fields as service
from api.sharing import fields as sharing
from api.wallets import fields as wallets
from api.webhooks import fields as webhooks

GROUPS = (
    people,
    network,
    members,
    media,
    catalogue,
    wallets,
    audiences,
    promotions,
    content,
    sharing,
    posters,
    consumers,
    stock,
    orders,
    fulfilment,
    storefronts,
    earnings,
    contact,
    messaging,
    learning,
    service,
    guiding,
    insight,
    journeys,
    webhooks,
)
QUERIES = [one for group in GROUPS for one in group.QUERIES]
Query = create_type(
    "Query",
    [*QUERIES, *node_queries(QUERIES)],
    description="Everything that can be read.",
)
Mutation = create_type(
    "Mutation",
    [one for group in GROUPS for one in group.MUTATIONS],
    description="Everything that can be done; one mutation for one action.",
)

Subscription = create_type(
    "FollowingSubscription",
    [*fulfilment.SUBSCRIPTIONS, *insight.SUBSCRIPTIONS, *guiding.SUBSCRIPTIONS],
    description="Everything that can be followed.",
)


class Schema(strawberry.Schema):
    """Leaves logging to the endpoint, which tells bugs from refusals."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Log nothing here."""

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Run an operation of a socket in a context of its own, its errors masked."""
        context = context_value.fresh_context()
        results = await super().stream(
            query, variable_values, context, root_value, operation_name, *args, **kwargs
        )
        return masked(results, query or "", operation_name, context)


_documents = Documents()
schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=MODULE_KINDS.values(),
    scalar_overrides={datetime: DATE_TIME, strawberry.ID: ID},
    extensions=[lambda: Reading(_documents)],
)
