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

from api.adaptations import AdaptationMutation
from api.after_sale import AfterSaleMutation
from api.asset_changes import AssetChangesMutation
from api.assets import AssetMutation, AssetQuery
from api.calendar import CalendarMutation, CalendarQuery
from api.carts import CartMutation, CartQuery
from api.categories import CategoryMutation, CategoryQuery
from api.consumers import ConsumerMutation, ConsumerQuery
from api.direct_uploads import DirectUploadMutation, DirectUploadQuery
from api.faces import FacesMutation, FacesQuery
from api.following import FollowingSubscription
from api.head_office import HeadOfficeMutation, HeadOfficeQuery
from api.limits import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS, CostLimit
from api.moments import DATE_TIME
from api.nearby import NearbyQuery
from api.orders import OrderMutation, OrderQuery
from api.payments import PaymentsMutation
from api.people import PeopleMutation, PeopleQuery
from api.poster_batches import PosterBatchMutation, PosterBatchQuery
from api.posters import PosterMutation, PosterQuery
from api.posts import PostMutation, PostQuery
from api.pricing import PricingMutation, PricingQuery
from api.products import CatalogueMutation, CatalogueQuery
from api.progress import ProgressQuery
from api.records import RecordsQuery
from api.review_desk import ReviewDeskMutation, ReviewDeskQuery
from api.safety import SafetyMutation, SafetyQuery
from api.seeding import SeedingMutation, SeedingQuery
from api.share import ShareMutation, ShareQuery
from api.shelves import MODULE_TYPES
from api.sockets import Socket, masked
from api.stock import StockMutation, StockQuery
from api.store_changes import StoreChangesMutation
from api.store_desk import StoreDeskMutation, StoreDeskQuery
from api.storefronts import StorefrontsQuery
from api.stores import StoresMutation, StoresQuery
from api.transfers import TransferMutation, TransferQuery
from api.uses import UsesQuery
from api.webhooks import WebhooksMutation, WebhooksQuery


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
