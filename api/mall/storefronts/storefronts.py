"""Storefronts: entering one and seeing it."""

import logging
from datetime import datetime
from typing import Annotated

import strawberry

from api.catalogue.catalogue import Variant
from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import added_to, field, query
from api.kernel.packing import Packed, pack
from api.mall.storefronts.modules import LayerName, StorefrontModule, module_of
from api.mall.storefronts.nearby import StoreUnits
from api.mall.storefronts.storefront_enums import Audience as ModuleAudience
from api.network.places import PositionInput
from api.network.stores import Store
from domain.catalogue.catalogue import Sku
from domain.mall.faces.modules import OnlyFor
from domain.mall.storefronts import entering as entrance
from domain.mall.storefronts import pages
from domain.mall.storefronts.entering import Clues, EntranceRule, enter_storefront
from domain.mall.storefronts.pages import StorefrontPorts
from domain.network import stores as values
from domain.network.nearest import Near
from domain.network.stores import RegionId, StoreId
from domain.people.act import Act

logger = logging.getLogger(__name__)

enum(
    EntranceRule,
    "What decided the storefront; tried in the order of this list.",
    SHARE_LINK="The store of the link that they came by.",
    LAST_USED="The store that they were in last.",
    NEAREST="The shop nearest to them.",
    REGION_DEFAULT="A store of the region, the region's default first.",
)


@strawberry.type(description="A store's page in the mini-program.")
class Storefront:
    value: strawberry.Private[values.Store]
    store: Store = strawberry.field(description="Whose page it is.")

    @classmethod
    def of(cls, store: values.Store) -> "Storefront":
        """Pack a store's storefront."""
        return pack(cls, store, store=Store.of(store))

    @field(
        "What the viewer is shown now, from top to bottom: the brand's layer, changed by the "
        "region's, changed by the store's."
    )
    async def modules(self, ports: StorefrontPorts, act: Act) -> list[StorefrontModule]:
        return _modules(await pages.shown_page(ports, act, self.value))[0]

    @field(
        "How many units of each SKU the store's region may sell, the same in all its stores; at "
        "most a second old. In the order asked for."
    )
    async def available(
        self,
        ports: StorefrontPorts,
        act: Act,
        skus: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 SKUs.")],
    ) -> list[StoreUnits]:
        found = await pages.available_at(ports, act, self.value, [Sku(one) for one in skus])
        return [StoreUnits(sku=strawberry.ID(sku), units=units) for sku, units in found.items()]


@strawberry.type(description="A storefront as somebody will see it, for those who arrange it.")
class StorefrontPreview:
    at: datetime = strawberry.field(description="The moment it is seen at; stock is today's.")
    drafts: list[LayerName] = strawberry.field(
        description="The layers that count as their drafts say; the others as they are published."
    )
    modules: list[StorefrontModule] = strawberry.field(description="What is shown then.")
    failed: list[strawberry.ID] = strawberry.field(
        description="Keys of modules that can't be made as they are said, and are left out."
    )

    @classmethod
    def of(cls, preview: pages.Preview) -> "StorefrontPreview":
        """Pack a preview."""
        modules, failed = _modules(preview.page)
        return cls(
            at=preview.page.at,
            drafts=[LayerName.of(layer) for layer in preview.drafts],
            modules=modules,
            failed=list(map(strawberry.ID, failed)),
        )


def _modules(page: pages.StorefrontPage) -> tuple[list[StorefrontModule], list[str]]:
    """The modules of a page, and the keys of those that can't be made."""
    made: list[StorefrontModule] = []
    failed = dict(page.failed)
    for module in page.modules:
        try:
            made.append(module_of(module, page))
        except Exception as fault:
            failed[module.key] = fault
    for key, why in failed.items():
        logger.error("module %s of %s can't be made", key, page.store.id, exc_info=why)
    return made, list(failed)


@strawberry.type(description="A store and how far it is.")
class NearStore:
    store: Store = strawberry.field(description="The store.")
    distance_m: float = strawberry.field(description="Great-circle metres.")

    @classmethod
    def of(cls, near: Near) -> "NearStore":
        """Pack a near store."""
        return pack(cls, near, distance_m=round(near.distance_m, 1))


@strawberry.type(description="A store that a rule named, but that can't be entered now.")
class PassedOverStore(Packed[entrance.PassedOver]):
    store: Store = strawberry.field(description="The store; its state says why.")
    rule: EntranceRule = strawberry.field(description="The rule that named it.")


@strawberry.type(description="Where a consumer enters, and why.")
class StorefrontEntrance:
    storefront: Storefront = strawberry.field(description="The storefront to show.")
    rule: EntranceRule = strawberry.field(description="The rule that decided.")
    distance_m: float | None = strawberry.field(
        description="Metres from the position given; null where none was."
    )
    passed_over: list[PassedOverStore] = strawberry.field(
        description="Stores that came first by the rules but are paused or closed."
    )
    alternatives: list[NearStore] = strawberry.field(
        description="Other open stores, the nearest first, with their distances from the position "
        "given, else from the store entered."
    )

    @classmethod
    def of(cls, entered: entrance.Entrance) -> "StorefrontEntrance":
        """Pack an entrance."""
        away_m = entered.distance_m
        return pack(
            cls,
            entered,
            storefront=Storefront.of(entered.store),
            distance_m=None if away_m is None else round(away_m, 1),
        )


StoreIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The shop's code.")]
ShareCode = Annotated[
    str | None,
    strawberry.argument(
        description="The code of the share link that was followed, or the scene or share URL "
        "that the mini-program was opened with."
    ),
]
LastStore = Annotated[
    strawberry.ID | None, strawberry.argument(description="The store that the client used last.")
]
Here = Annotated[PositionInput | None, strawberry.argument(description="Where the consumer is.")]
ChosenRegion = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="The region that the consumer chose from a list."),
]


@added_to(
    Variant,
    "How many units the region of a storefront may sell, the same in all its stores; at most a "
    "second old. Null of a store that there is not.",
)
async def available(
    self: Variant,
    load: Load,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The storefront.")],
) -> int | None:
    return await load(pages.units_for_sale, (str(store_id), self.value.sku))


@query("A shop's storefront; null where there is no such shop.", public=True)
async def storefront(
    ports: StorefrontPorts, act: Act, store_id: StoreIdArgument
) -> Storefront | None:
    found = await pages.storefront(ports, act, store_id)
    return Storefront.of(found) if found else None


@query(
    "A storefront with the drafts that the viewer may arrange, as a consumer will see it at a "
    "moment: prices, products and modules are those of that moment."
)
async def storefront_preview(
    ports: StorefrontPorts,
    act: Act,
    store_id: StoreIdArgument,
    at: Annotated[
        datetime | None, strawberry.argument(description="When; now if left out.")
    ] = None,
    audience: Annotated[
        ModuleAudience, strawberry.argument(description="As whom; everybody is a visitor.")
    ] = ModuleAudience.VISITORS,
    level: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The member's level; the lowest if left out."),
    ] = None,
    segments: Annotated[
        list[strawberry.ID] | None,
        strawberry.argument(description="The segments that the member is in; none if left out."),
    ] = None,
) -> StorefrontPreview | None:
    only_for = OnlyFor(levels=(level,) if level else (), segments=tuple(segments or ()))
    found = await pages.preview(ports, act, store_id, at=at, audience=audience, only_for=only_for)
    return StorefrontPreview.of(found) if found else None


@query(
    "The storefront to show to somebody who opens the mini-program: the share link's, else the "
    "one last used, else the nearest, else the region's default."
)
async def storefront_enter(
    ports: StorefrontPorts,
    act: Act,
    share_code: ShareCode = None,
    last_store_id: LastStore = None,
    position: Here = None,
    region_id: ChosenRegion = None,
) -> StorefrontEntrance | None:
    clues = Clues(
        last_used=StoreId(last_store_id) if last_store_id else None,
        position=position.value() if position else None,
        region=RegionId(region_id) if region_id else None,
    )
    entered = await enter_storefront(ports, act, clues, share_reference=share_code)
    return StorefrontEntrance.of(entered)


QUERIES = (storefront, storefront_preview, storefront_enter)
