"""The closed sets of storefronts, described to the schema before any type names them."""

from api.kernel.enums import enum
from domain.mall.faces.layers import LayerLevel
from domain.mall.faces.modules import Audience, ModuleKind, SalesScope, TargetKind
from domain.mall.faces.policy import PolicyRule

enum(
    Audience,
    "Who is shown a module.",
    name="ModuleAudience",
    EVERYONE="Whoever comes.",
    VISITORS="Those who are no members.",
    MEMBERS="Members, and the brand's own people.",
)
enum(
    ModuleKind,
    "The closed set of modules.",
    BANNER="One wide picture.",
    PRODUCT_SHELF="Some products.",
    CONTENT_SHELF="Some approved posts and notes.",
    COUNTDOWN="The time left until a moment.",
    GUIDE_CARD="A guide of the store: the one whose link the visitor came by, else one of the "
    "store's.",
    STORE_CARD="The store itself: its address, hours and services.",
    NOTICE="A line of text.",
    COUPON_SLOT="A place for a coupon.",
)
enum(
    TargetKind,
    "What a tap on a banner opens.",
    name="BannerTargetKind",
    PRODUCT="A product, by its code.",
    CATEGORY="A category, by its path.",
    POST="A post, by its id.",
    PAGE="A page of the frontend's own.",
)
enum(
    SalesScope,
    "Whose sales count.",
    STORE="This store's.",
    REGION="Its region's.",
)
enum(
    LayerLevel,
    "How far up a layer stands; a later one wins.",
    BRAND="Of all storefronts.",
    REGION="Of a region's storefronts.",
    STORE="Of one store's.",
)
enum(
    PolicyRule,
    "What a layer may not do by head office's policy.",
    LOCKED_MODULE="Say anything of a module that is locked.",
    MODULE_KINDS="Add or fill a module of this kind.",
    MOST_MODULES="Have so many modules of its own.",
    MOST_FEATURED="Feature so many products.",
    HIDING_MODULES="Take away a module that layers below show.",
    HIDING_PRODUCTS="Hide products.",
)

__all__ = ["Audience", "LayerLevel", "ModuleKind", "PolicyRule", "SalesScope", "TargetKind"]
