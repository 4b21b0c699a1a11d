"""What this group adds to the schema."""

from api.mall.fulfilment import (
    after_sale,
    channel_orders,
    following,
    head_office,
    payments,
    progress,
    return_policy,
    store_desk,
    stray_payments,
)

QUERIES = (
    *after_sale.QUERIES,
    *progress.QUERIES,
    *store_desk.QUERIES,
    *head_office.QUERIES,
    *return_policy.QUERIES,
    *stray_payments.QUERIES,
)
MUTATIONS = (
    *payments.MUTATIONS,
    *channel_orders.MUTATIONS,
    *store_desk.MUTATIONS,
    *after_sale.MUTATIONS,
    *head_office.MUTATIONS,
    *return_policy.MUTATIONS,
    *stray_payments.MUTATIONS,
)
SUBSCRIPTIONS = following.SUBSCRIPTIONS
