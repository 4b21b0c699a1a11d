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

from api.content.adaptations import AdaptationMutation
from api.content.asset_changes import AssetChangesMutation
from api.content.assets import AssetMutation, AssetQuery
from api.content.calendar import CalendarMutation, CalendarQuery
from api.content.categories import CategoryMutation, CategoryQuery
from api.content.direct_uploads import DirectUploadMutation, DirectUploadQuery
from api.content.posts import PostMutation, PostQuery
from api.content.records import RecordsQuery
from api.content.review_desk import ReviewDeskMutation, ReviewDeskQuery
from api.content.seeding import SeedingMutation, SeedingQuery
from api.content.uses import UsesQuery
from api.limits import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS, CostLimit
from api.mall.after_sale import AfterSaleMutation
from api.mall.carts import CartMutation, CartQuery
from api.mall.consumers import ConsumerMutation, ConsumerQuery
from api.mall.faces import FacesMutation, FacesQuery
from api.mall.following import FollowingSubscription
from api.mall.head_office import HeadOfficeMutation, HeadOfficeQuery
from api.mall.nearby import NearbyQuery
from api.mall.orders import OrderMutation, OrderQuery
from api.mall.payments import PaymentsMutation
from api.mall.pricing import PricingMutation, PricingQuery
from api.mall.products import CatalogueMutation, CatalogueQuery
from api.mall.progress import ProgressQuery
from api.mall.safety import SafetyMutation, SafetyQuery
from api.mall.shelves import MODULE_TYPES
from api.mall.stock import StockMutation, StockQuery
from api.mall.store_changes import StoreChangesMutation
from api.mall.store_desk import StoreDeskMutation, StoreDeskQuery
from api.mall.storefronts import StorefrontsQuery
from api.mall.stores import StoresMutation, StoresQuery
from api.mall.transfers import TransferMutation, TransferQuery
from api.mall.webhooks import WebhooksMutation, WebhooksQuery
from api.moments import DATE_TIME
from api.people import PeopleMutation, PeopleQuery
from api.posters.batches import PosterBatchMutation, PosterBatchQuery
from api.posters.share import ShareMutation, ShareQuery
from api.posters.templates import PosterMutation, PosterQuery
from api.sockets import Socket, masked


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
