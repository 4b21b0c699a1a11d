"""The schema: what every part of the API adds to it."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.extensions import (
    AddValidationRules,
    MaxAliasesLimiter,
    MaxTokensLimiter,
    QueryDepthLimiter,
)

from api.catalogue.pricing import PricingMutation, PricingQuery
from api.catalogue.products import CatalogueMutation, CatalogueQuery
from api.content.adaptations import AdaptationMutation
from api.content.calendar import CalendarMutation, CalendarQuery
from api.content.categories import CategoryMutation, CategoryQuery
from api.content.posts import PostMutation, PostQuery
from api.content.review_desk import ReviewDeskMutation, ReviewDeskQuery
from api.content.seeding import SeedingMutation, SeedingQuery
from api.kernel.limits import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS, CostLimit
from api.kernel.moments import DATE_TIME
from api.kernel.sockets import Socket, masked
from api.mall.consumers.consumers import ConsumerMutation, ConsumerQuery
from api.mall.fulfilment.after_sale import AfterSaleMutation
from api.mall.fulfilment.following import FollowingSubscription
from api.mall.fulfilment.head_office import HeadOfficeMutation, HeadOfficeQuery
from api.mall.fulfilment.payments import PaymentsMutation
from api.mall.fulfilment.progress import ProgressQuery
from api.mall.fulfilment.store_desk import StoreDeskMutation, StoreDeskQuery
from api.mall.orders.carts import CartMutation, CartQuery
from api.mall.orders.orders import OrderMutation, OrderQuery
from api.mall.stock.safety import SafetyMutation, SafetyQuery
from api.mall.stock.stock import StockMutation, StockQuery
from api.mall.stock.transfers import TransferMutation, TransferQuery
from api.mall.storefronts.faces import FacesMutation, FacesQuery
from api.mall.storefronts.nearby import NearbyQuery
from api.mall.storefronts.shelves import MODULE_TYPES
from api.mall.storefronts.storefronts import StorefrontsQuery
from api.media.asset_changes import AssetChangesMutation
from api.media.assets import AssetMutation, AssetQuery
from api.media.direct_uploads import DirectUploadMutation, DirectUploadQuery
from api.media.uses import UsesQuery
from api.network.store_changes import StoreChangesMutation
from api.network.stores import StoresMutation, StoresQuery
from api.people.people import PeopleMutation, PeopleQuery
from api.people.records import RecordsQuery
from api.posters.batches import PosterBatchMutation, PosterBatchQuery
from api.posters.templates import PosterMutation, PosterQuery
from api.sharing.share import ShareMutation, ShareQuery
from api.webhooks.webhooks import WebhooksMutation, WebhooksQuery


@strawberry.type(description="Everything that can be read.")
class Query(
    CatalogueQuery,
    PricingQuery,
    CategoryQuery,
    PeopleQuery,
    StoresQuery,
    AssetQuery,
    DirectUploadQuery,
    UsesQuery,
    RecordsQuery,
    ShareQuery,
    PosterQuery,
    PosterBatchQuery,
    ConsumerQuery,
    FacesQuery,
    NearbyQuery,
    StorefrontsQuery,
    OrderQuery,
    CartQuery,
    SafetyQuery,
    TransferQuery,
    StockQuery,
    PostQuery,
    SeedingQuery,
    ProgressQuery,
    StoreDeskQuery,
    HeadOfficeQuery,
    WebhooksQuery,
    ReviewDeskQuery,
    CalendarQuery,
):
    pass


@strawberry.type(description="Everything that can be done; one mutation for one action.")
class Mutation(
    CatalogueMutation,
    PricingMutation,
    CategoryMutation,
    PeopleMutation,
    StoreChangesMutation,
    StoresMutation,
    AssetMutation,
    AssetChangesMutation,
    DirectUploadMutation,
    ShareMutation,
    PosterMutation,
    PosterBatchMutation,
    ConsumerMutation,
    FacesMutation,
    OrderMutation,
    CartMutation,
    SafetyMutation,
    TransferMutation,
    StockMutation,
    PostMutation,
    SeedingMutation,
    AdaptationMutation,
    PaymentsMutation,
    StoreDeskMutation,
    AfterSaleMutation,
    HeadOfficeMutation,
    WebhooksMutation,
    ReviewDeskMutation,
    CalendarMutation,
):
    pass


class Schema(strawberry.Schema):
    """Leaves logging to the endpoint, which tells bugs from refusals."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Log nothing here."""

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Run an operation of a socket in a context of its own, its errors masked."""
        if isinstance(context_value, Socket):
            context_value = context_value.fresh_context()
        results = await super().stream(query, variable_values, context_value, *args, **kwargs)
        return masked(results, request_id=context_value.request_id)


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=FollowingSubscription,
    types=MODULE_TYPES,
    scalar_overrides={datetime: DATE_TIME},
    extensions=[
        lambda: QueryDepthLimiter(max_depth=MAX_DEPTH),
        lambda: MaxAliasesLimiter(max_alias_count=MAX_ALIASES),
        lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        lambda: AddValidationRules([CostLimit]),
    ],
)
