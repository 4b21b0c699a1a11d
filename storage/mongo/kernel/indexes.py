"""Every index of every collection, as (collection, keys, options)."""

from typing import Any

Index = tuple[str, tuple[tuple[str, int], ...], dict[str, Any]]

KERNEL: tuple[Index, ...] = (
    # A process that is gone beats no more.
    ("hearts", (("at", 1),), {"expireAfterSeconds": 3_600}),
)

PEOPLE: tuple[Index, ...] = (
    ("staff", (("login", 1),), {"unique": True}),
    ("guides", (("wecom_user_id", 1),), {"unique": True}),
    ("guides", (("store_id", 1),), {}),
    ("members", (("openid", 1),), {"unique": True}),
    ("members", (("unionid", 1),), {}),
    ("sessions", (("expires_at", 1),), {"expireAfterSeconds": 0}),
    ("ended_sessions", (("expires_at", 1),), {"expireAfterSeconds": 0}),
    ("tallies", (("expires_at", 1),), {"expireAfterSeconds": 0}),
)

ASSETS: tuple[Index, ...] = (
    ("assets", (("names.name", 1),), {}),
    ("assets", (("likeness_keys", 1),), {}),
    ("assets", (("state", 1), ("order", -1)), {}),
    ("assets", (("uploaded_by", 1), ("uploaded_at", 1)), {}),
    ("direct_uploads", (("sender_id", 1), ("asset_id", 1)), {}),
    ("direct_uploads", (("expires_at", 1),), {}),
    ("uses", (("claims.targets", 1), ("key", 1)), {}),
    ("records", (("subject.id", 1), ("subject.kind", 1), ("order", -1)), {}),
    ("records", (("actor_id", 1), ("order", -1)), {}),
)

CATALOGUE: tuple[Index, ...] = (
    # No SKU belongs to two products, whoever imports them at the same time.
    ("products", (("variants.sku", 1),), {"unique": True}),
    # No SKU is changed twice at one moment, whoever plans it at the same time.
    ("price_changes", (("claims", 1),), {"unique": True, "sparse": True}),
)

SHARING: tuple[Index, ...] = (
    ("share_links", (("key", 1),), {"unique": True}),
    ("touches", (("person_id", 1), ("touched_at", -1)), {}),
    ("touches", (("code", 1),), {}),
    ("poster_templates", (("kinds", 1), ("usable", 1)), {}),
    ("poster_batches", (("cleared", 1),), {}),
    ("poster_parts", (("open", 1), ("free_at", 1)), {}),
    ("poster_parts", (("batch_id", 1), ("open", 1)), {}),
)

STOCK: tuple[Index, ...] = (
    # Without `available`, which every order would have to move in the index.
    ("pools", (("region_id", 1),), {}),
    ("pools", (("in_flight.at", 1),), {}),
    ("pools", (("ops.at", 1),), {}),
    ("movements", (("open_at", 1),), {"sparse": True}),
    ("movements", (("store_id", 1), ("sku", 1), ("at", 1)), {}),
    ("movements", (("store_id", 1), ("at", 1)), {}),
    ("store_moves", (("at", 1),), {}),
    ("transfers", (("stores", 1), ("at", 1)), {}),
    ("transfers", (("unfinished", 1), ("at", 1)), {}),
    ("transfers", (("state", 1), ("at", 1)), {}),
    ("safety_doubts", (("look_at", 1),), {}),
    ("shortages", (("store_id", 1), ("raised_at", 1)), {}),
    ("shortages", (("waiting", 1), ("raised_at", 1)), {}),
    ("shortages", (("waiting", 1), ("attended_at", 1)), {}),
)

ORDERS: tuple[Index, ...] = (
    ("orders", (("buyer_id", 1), ("idempotency_key", 1)), {"unique": True}),
    ("orders", (("buyer_id", 1), ("placed_at", 1)), {}),
    ("orders", (("visitor_key", 1),), {"sparse": True}),
    ("orders", (("state", 1), ("expires_at", 1)), {}),
    ("orders", (("state", 1), ("placed_at", 1)), {}),
    ("orders", (("release.since", 1),), {}),
    ("unpaid", (("forget_at", 1),), {"expireAfterSeconds": 0}),
    ("carts", (("forget_at", 1),), {"expireAfterSeconds": 0}),
)

PROMOTIONS: tuple[Index, ...] = (
    ("coupons", (("member_id", 1), ("claimed_at", 1)), {}),
    ("coupons", (("hold.order_id", 1),), {"sparse": True}),
    ("coupons", (("state", 1), ("moved_at", 1)), {}),
    ("coupon_claims", (("open_at", 1),), {"sparse": True}),
    ("coupon_totals", (("ops.at", 1),), {}),
)

POSTS: tuple[Index, ...] = (
    ("posts", (("latest.revision_id", 1),), {}),
    ("posts", (("latest.category_id", 1),), {}),
    ("posts", (("latest.products", 1),), {}),
    ("posts", (("latest.scenes", 1),), {}),
    ("posts", (("showings.facets.revision_id", 1),), {}),
    ("posts", (("showings.facets.category_id", 1),), {}),
    ("posts", (("showings.facets.products", 1),), {}),
    ("posts", (("showings.facets.scenes", 1),), {}),
    ("posts", (("showings.facets.assets", 1),), {}),
    ("posts", (("schedule.campaign_id", 1),), {}),
    ("posts", (("parent.post_id", 1),), {}),
    ("posts", (("source_id", 1),), {}),
    ("posts", (("author_id", 1),), {}),
    ("posts", (("due_at", 1),), {}),
    ("posts", (("waiting.role", 1), ("waiting.order", 1)), {}),
    ("post_revisions", (("words.grams", 1),), {}),
    ("post_revisions", (("post_id", 1),), {}),
    ("post_reports", (("post_id", 1),), {}),
    ("marks", (("person_id", 1), ("mark", 1)), {}),
    ("mark_changes", (("open_at", 1),), {"sparse": True}),
    ("posts", (("ops.at", 1),), {"sparse": True}),
    ("campaigns", (("settled", 1),), {}),
    ("campaigns", (("starts_at", 1),), {}),
)

FULFILMENT: tuple[Index, ...] = (
    ("fulfilments", (("buyer_id", 1),), {}),
    ("fulfilments", (("queues", 1), ("order_id", 1)), {}),
    ("deliveries", (("waiting", 1), ("attend_at", 1)), {}),
    ("deliveries", (("webhook_id", 1),), {}),
    ("deliveries", (("failures", 1),), {}),
    ("store_days", (("day", 1), ("full", 1)), {}),
    ("fulfilments", (("exceptional", 1), ("order_id", 1)), {}),
    ("fulfilments", (("waiting", 1), ("attend_at", 1)), {}),
    ("fulfilments", (("reporting", 1), ("report_at", 1)), {}),
    ("stray_payments", (("settled", 1), ("heard_at", 1), ("stray_id", 1)), {}),
)

STOREFRONTS: tuple[Index, ...] = (
    ("layer_history", (("layer", 1), ("version", -1)), {}),
    ("consumers", (("forget_at", 1),), {"expireAfterSeconds": 0}),
)

# The collections in whose documents facts wait to be relayed.
FACT_SOURCES = ("fulfilments", "orders", "products", "share_links")

FACTS: tuple[Index, ...] = (
    ("sales", (("changed_at", 1),), {}),
    ("sales", (("scope", 1), ("day", 1)), {}),
    ("facts", (("upto", 1),), {}),
    ("facts", (("facts.id", 1),), {}),
    ("held_facts", (("follower", 1),), {}),
    *((source, (("outbox.last", 1),), {"sparse": True}) for source in FACT_SOURCES),
)

INDEXES: tuple[Index, ...] = (
    *KERNEL,
    *PEOPLE,
    *CATALOGUE,
    *ASSETS,
    *SHARING,
    *STOCK,
    *ORDERS,
    *PROMOTIONS,
    *POSTS,
    *FULFILMENT,
    *STOREFRONTS,
    *FACTS,
)
