"""The closed sets of storefronts, described to the schema before any type names them."""

import strawberry

from domain.mall.faces.layers import LayerLevel
from domain.mall.faces.modules import Audience, ModuleKind, SalesScope, TargetKind

strawberry.enum(Audience, name="ModuleAudience", description="Who is shown a module.")
strawberry.enum(ModuleKind, description="The closed set of modules.")
strawberry.enum(TargetKind, name="BannerTargetKind", description="What a tap on a banner opens.")
strawberry.enum(SalesScope, description="Whose sales count: this store's or its region's.")
strawberry.enum(LayerLevel, description="How far up a layer stands; a later one wins.")

__all__ = ["Audience", "LayerLevel", "ModuleKind", "SalesScope", "TargetKind"]
