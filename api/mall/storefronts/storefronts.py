"""Storefronts: entering one and seeing it."""

import contextlib
from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Info
from api.kernel.hints import PUBLIC
from api.mall.storefronts.shelves import LayerName, StorefrontModule, module_of
from api.mall.storefronts.storefront_enums import Audience as ModuleAudience
from api.network.places import PositionInput
from api.network.stores import Store
from domain.kernel.refusals import Invalid
from domain.mall.faces.layers import layers_of
from domain.mall.storefronts import entering as entrance
from domain.mall.storefronts.entering import EntranceRule
from domain.mall.storefronts.storefronts import (
    enter_storefront,
    open_page,
    preview_face,
    storefront_of,
)
from domain.network import stores as values
from domain.network.nearest import Near
from domain.network.stores import RegionId, StoreId
from domain.people.viewer import Role
from domain.sharing.share_links import read_reference

strawberry.enum(
    EntranceRule, description="What decided the storefront; tried in the order of this list."
)


@strawberry.type(description="A store's page in the mini-program.")
class Storefront:
    value: strawberry.Private[values.Store]
    store: Store = strawberry.field(description="Whose page it is.")

    @classmethod
    def of(cls, store: values.Store) -> "Storefront":
        """Pack a store's storefront."""
        return cls(value=store, store=Store.of(store))

    @strawberry.field(
        description="What the viewer is shown now, from top to bottom: the brand's layer, changed "
        "by the region's, changed by the store's."
    )
    async def modules(self, info: Info) -> list[StorefrontModule]:
        context = info.context
        view = context.world.reference.now()
        page = await open_page(
            context.world.shopfront,
            view,
            self.value,
            view.layers.face(self.value),
            role=context.viewer.role,
            now=context.now,
        )
        return [module_of(module, page) for module in page.modules]


@strawberry.type(description="A storefront as somebody will see it, for those who arrange it.")
class StorefrontPreview:
    at: datetime = strawberry.field(description="The moment it is seen at; stock is today's.")
    drafts: list[LayerName] = strawberry.field(
        description="The layers that count as their drafts say; the others as they are published."
    )
    modules: list[StorefrontModule] = strawberry.field(description="What is shown then.")


@strawberry.type(description="A store and how far it is.")
class NearStore:
    store: Store = strawberry.field(description="The store.")
    distance_m: float = strawberry.field(description="Great-circle metres.")

    @classmethod
    def of(cls, near: Near) -> "NearStore":
        """Pack a near store."""
        return cls(store=Store.of(near.store), distance_m=round(near.distance_m, 1))


@strawberry.type(description="A store that a rule named, but that can't be entered now.")
class PassedOverStore:
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
        return cls(
            storefront=Storefront.of(entered.store),
            rule=entered.rule,
            distance_m=None if away_m is None else round(away_m, 1),
            passed_over=[
                PassedOverStore(store=Store.of(one.store), rule=one.rule)
                for one in entered.passed_over
            ],
            alternatives=[NearStore.of(near) for near in entered.alternatives],
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


@strawberry.type
class StorefrontsQuery:
    @strawberry.field(
        description="A shop's storefront; null where there is no such shop.", metadata=PUBLIC
    )
    def storefront(
        self,
        info: Info,
        store_id: StoreIdArgument,
    ) -> Storefront | None:
        found = storefront_of(info.context.world.reference.now(), store_id)
        return Storefront.of(found) if found else None

    @strawberry.field(
        description="A storefront with the drafts that the viewer may arrange, as a consumer will "
        "see it at a moment: prices, products and modules are those of that moment."
    )
    async def storefront_preview(
        self,
        info: Info,
        store_id: StoreIdArgument,
        at: Annotated[
            datetime | None, strawberry.argument(description="When; now if left out.")
        ] = None,
        audience: Annotated[
            ModuleAudience, strawberry.argument(description="As whom; everybody is a visitor.")
        ] = ModuleAudience.VISITORS,
    ) -> StorefrontPreview | None:
        context = info.context
        context.viewer.require(Role.HEAD_OFFICE, Role.STORE_MANAGER)
        view = context.world.reference.now()
        store = storefront_of(view, store_id)
        if store is None:
            return None
        face, drafts = await preview_face(context.world.faces, context.viewer, view, store)
        role = Role.MEMBER if audience is ModuleAudience.MEMBERS else Role.VISITOR
        page = await open_page(
            context.world.shopfront, view, store, face, role=role, now=at or context.now
        )
        return StorefrontPreview(
            at=page.at,
            drafts=[LayerName.of(layer) for layer in layers_of(store) if layer in drafts],
            modules=[module_of(module, page) for module in page.modules],
        )

    @strawberry.field(
        description="The storefront to show to somebody who opens the mini-program: the share "
        "link's, else the one last used, else the nearest, else the region's default."
    )
    async def storefront_enter(
        self,
        info: Info,
        share_code: ShareCode = None,
        last_store_id: LastStore = None,
        position: Here = None,
        region_id: ChosenRegion = None,
    ) -> StorefrontEntrance | None:
        context = info.context
        entered = await enter_storefront(
            context.world.shopfront,
            context.world.reference.now(),
            share_code=_code(share_code),
            last_store_id=StoreId(last_store_id) if last_store_id else None,
            position=position.value() if position else None,
            region_id=RegionId(region_id) if region_id else None,
            now=context.now,
        )
        return StorefrontEntrance.of(entered)


def _code(reference: str | None) -> str | None:
    """The code of a share link from whatever the client has of it; None if it is not one."""
    with contextlib.suppress(Invalid):
        return read_reference(reference) if reference else None
    return None
