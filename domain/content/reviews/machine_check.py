"""What a machine can tell about content before people read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalogue.catalogue import Product, ProductId
from domain.content.reviews.claims import ClaimRules, find_claims
from domain.content.reviews.policies import ReviewPolicy
from domain.content.reviews.review import Finding, FindingKind
from domain.content.revisions import Content
from domain.content.scenes import Scene
from domain.kernel.text import fold
from domain.media.assets import Asset, AssetId, Kind, why_unusable
from domain.media.renditions import FRAMES, Preset

# The frame that a scene shows pictures in: squares in chats and moments, upright in the seeding
# zone and on the screens of stores.
FRAME_OF: Mapping[Scene, Preset] = {
    Scene.MOMENTS: Preset.MOMENTS,
    Scene.COMMUNITY: Preset.MOMENTS,
    Scene.ONE_TO_ONE: Preset.MOMENTS,
    Scene.IN_STORE: Preset.COVER,
    Scene.SEEDING_ZONE: Preset.COVER,
    Scene.INTERNAL: Preset.COVER,
}
# A picture narrower than this within its frame looks soft on a phone of 360 points at 2 pixels.
LEAST_WIDTH = 720
# A frame that keeps less of a picture than this has cropped away what it was about.
LEAST_KEPT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What content is checked against."""

    policy: ReviewPolicy
    claims: ClaimRules
    assets: Mapping[AssetId, Asset]
    products: Mapping[ProductId, Product]


def machine_check(
    content: Content, surroundings: Surroundings, *, now: datetime
) -> tuple[Finding, ...]:
    """Everything that the machine finds in content, each blocking or not as the policy says."""
    policy = surroundings.policy
    found = (
        *_claims(content, surroundings.claims),
        *_missing_disclaimers(content, policy),
        *_dead_products(content, surroundings.products, now=now),
        *_unusable_assets(content, surroundings.assets, now=now),
        *_unfit_pictures(content, surroundings.assets),
    )
    return tuple(replace(one, blocking=one.kind in policy.blocking) for one in found)


def _claims(content: Content, claims: ClaimRules) -> Iterator[Finding]:
    for field, text in content.texts().items():
        for one in find_claims(text, claims):
            yield Finding(
                kind=FindingKind.FORBIDDEN_CLAIM
                if one.claim.blocking
                else FindingKind.DOUBTFUL_CLAIM,
                field=field,
                start=one.start,
                end=one.end,
                message=one.told(text),
                advice=one.claim.advice,
                source=one.claim.source,
            )


def _missing_disclaimers(content: Content, policy: ReviewPolicy) -> Iterator[Finding]:
    written = fold(" ".join(content.texts().values()))
    for disclaimer in policy.disclaimers:
        if fold(disclaimer) not in written:
            yield Finding(
                kind=FindingKind.MISSING_DISCLAIMER,
                field="body",
                message=f"The text lacks the disclaimer “{disclaimer}”.",
                advice="Add this sentence to the body.",
            )


def _dead_products(
    content: Content, products: Mapping[ProductId, Product], *, now: datetime
) -> Iterator[Finding]:
    for field, product_id in content.product_fields().items():
        if product_id not in products or not products[product_id].on_shelf(now):
            yield Finding(
                kind=FindingKind.DEAD_PRODUCT,
                field=field,
                message=f"Product {product_id} is not on the shelf.",
                advice="Link another product, or have this one put on the shelf.",
            )


def _unusable_assets(
    content: Content, assets: Mapping[AssetId, Asset], *, now: datetime
) -> Iterator[Finding]:
    for field, asset_id in content.asset_fields().items():
        asset = assets.get(asset_id)
        reason = why_unusable(asset, now) if asset else "deleted"
        if reason is not None:
            yield Finding(
                kind=FindingKind.UNUSABLE_ASSET,
                field=field,
                message=f"Asset {asset_id} may not be shown: it is {reason.lower()}.",
                advice="Use another one, or have its rights renewed.",
            )


def _unfit_pictures(content: Content, assets: Mapping[AssetId, Asset]) -> Iterator[Finding]:
    """Each picture against each frame that the content's scenes need, once for each frame."""
    frames = sorted({FRAME_OF[scene] for scene in content.scenes})
    for field, asset_id in content.asset_fields().items():
        asset = assets.get(asset_id)
        if asset is not None and asset.kind is Kind.IMAGE:
            for frame in frames:
                yield from _unfit(field, asset, frame)


def _unfit(field: str, asset: Asset, frame: Preset) -> Iterator[Finding]:
    width, height = FRAMES[frame]
    cropped_width = min(asset.width, asset.height * width / height)
    kept = cropped_width * (cropped_width * height / width) / (asset.width * asset.height)
    shape = f"{width}:{height}"
    if cropped_width < LEAST_WIDTH:
        yield Finding(
            kind=FindingKind.IMAGE_TOO_SMALL,
            field=field,
            message=f"Cropped to {shape} it is {cropped_width:.0f} pixels wide, "
            f"less than {LEAST_WIDTH}.",
            advice="Upload a larger picture.",
        )
    if kept < LEAST_KEPT:
        yield Finding(
            kind=FindingKind.IMAGE_SHAPE,
            field=field,
            message=f"A frame of {shape} shows only {kept:.0%} of it.",
            advice=f"Use a picture nearer to {shape}.",
        )
