"""What a machine can tell about content before people read it."""

from collections.abc import Mapping
from datetime import datetime

from domain.content.assets import Asset, AssetId, why_unusable
from domain.content.policies import Policy
from domain.content.reviews import Finding, FindingKind
from domain.content.revisions import Content
from domain.mall.catalogue import Product, ProductId
from domain.text import fold


def machine_check(
    content: Content,
    policy: Policy,
    assets: Mapping[AssetId, Asset],
    products: Mapping[ProductId, Product],
    *,
    now: datetime,
) -> tuple[Finding, ...]:
    """Everything that the machine finds in content, each blocking or not as the policy says."""
    return (
        *_missing_disclaimers(content, policy),
        *_dead_products(content, policy, products, now=now),
        *_unusable_assets(content, policy, assets, now=now),
    )


def _missing_disclaimers(content: Content, policy: Policy) -> list[Finding]:
    written = fold(" ".join(content.texts().values()))
    return [
        Finding(
            kind=FindingKind.MISSING_DISCLAIMER,
            field="body",
            message=f"The text lacks the disclaimer “{disclaimer}”.",
            advice="Add this sentence to the body.",
            blocking=FindingKind.MISSING_DISCLAIMER in policy.blocking,
        )
        for disclaimer in policy.disclaimers
        if fold(disclaimer) not in written
    ]


def _dead_products(
    content: Content,
    policy: Policy,
    products: Mapping[ProductId, Product],
    *,
    now: datetime,
) -> list[Finding]:
    return [
        Finding(
            kind=FindingKind.DEAD_PRODUCT,
            field=field,
            message=f"Product {product_id} is not on the shelf.",
            advice="Link another product, or have this one put on the shelf.",
            blocking=FindingKind.DEAD_PRODUCT in policy.blocking,
        )
        for field, product_id in content.product_fields().items()
        if product_id not in products or not products[product_id].on_shelf(now)
    ]


def _unusable_assets(
    content: Content, policy: Policy, assets: Mapping[AssetId, Asset], *, now: datetime
) -> list[Finding]:
    found = []
    for field, asset_id in content.asset_fields().items():
        asset = assets.get(asset_id)
        reason = why_unusable(asset, now) if asset else "deleted"
        if reason is not None:
            found.append(
                Finding(
                    kind=FindingKind.UNUSABLE_ASSET,
                    field=field,
                    message=f"Asset {asset_id} may not be shown: it is {reason.lower()}.",
                    advice="Use another one, or have its rights renewed.",
                    blocking=FindingKind.UNUSABLE_ASSET in policy.blocking,
                )
            )
    return found
