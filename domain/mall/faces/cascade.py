"""The cascade that makes a storefront of layers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.catalogue.catalogue import ProductId
from domain.mall.faces.layers import (
    BRAND,
    RANK,
    Arrangement,
    LayerId,
    LayerLevel,
    ModuleChange,
    level_of,
)
from domain.mall.faces.modules import (
    ALWAYS,
    ANYBODY,
    Audience,
    Content,
    ModuleKey,
    OnlyFor,
    Window,
)
from domain.people.viewer import Role

# What a layer can say of a module.
SAID = ("content", "title", "position", "hidden", "audience", "window", "only_for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module of a resolved storefront.

    `origin` is the layer that its content came from, `said_by` every layer that says something of
    it, the lowest first.
    """

    key: ModuleKey
    content: Content
    origin: LayerId
    said_by: tuple[LayerId, ...]
    title: str = ""
    position: int = 0
    hidden: bool = False
    audience: Audience = Audience.EVERYONE
    window: Window = ALWAYS
    only_for: OnlyFor = ANYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A storefront's arrangement, resolved.

    It holds all modules in their order, whoever and whenever they are for.
    """

    modules: tuple[Module, ...] = ()
    featured: tuple[ProductId, ...] = ()
    hidden: frozenset[ProductId] = frozenset()
    captions: Mapping[ProductId, str] = field(default_factory=dict)

    def visible(self, *, role: Role, now: datetime) -> tuple[Module, ...]:
        """The modules for people of a role at a moment, those for some of them alone too."""
        return tuple(
            module
            for module in self.modules
            if not module.hidden and module.audience.includes(role) and module.window.covers(now)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What head office keeps of the layers below, whatever a later layer says.

    Of a locked module only the brand is heard. Layers of the levels in `modules` take no module
    away that a layer below shows; those in `products` take no product from the shelves.
    """

    locked: frozenset[ModuleKey] = frozenset()
    modules: frozenset[LayerLevel] = frozenset()
    products: frozenset[LayerLevel] = frozenset()


NOTHING_KEPT = Keeping()


def still_shown(before: Module, after: Module) -> bool:
    """Whether all who are shown a module as it was are shown it still, whenever they were.

    A module with another content is another one: what was shown is gone.
    """
    if before.hidden:
        return True
    narrower = after.audience not in (before.audience, Audience.EVERYONE)
    return not (after.hidden or narrower) and (
        after.content == before.content
        and after.window.spans(before.window)
        and after.only_for.spans(before.only_for)
    )


def over(module: Module, by: LayerId, change: ModuleChange) -> Module:
    """A module as a layer changes it."""
    said = {name: value for name in SAID if (value := getattr(change, name)) is not None}
    if not said:
        return module
    origin = by if "content" in said else module.origin
    return replace(module, **said, origin=origin, said_by=(*module.said_by, by))


def resolve(layers: Iterable[tuple[LayerId, Arrangement]], *, kept: Keeping = NOTHING_KEPT) -> Face:
    """Fold layers into a face: the brand's, the region's, the store's, in whatever order given.

    A later layer wins in what it says, and what it does not say stays as it was. Of a locked
    module only the brand's layer is heard, and of a layer that would take away what is kept, its
    title and position alone. A module whose content no layer gives is left out.
    """
    ordered = sorted(layers, key=lambda layer: RANK[level_of(layer[0])])
    changes: dict[ModuleKey, list[tuple[LayerId, ModuleChange]]] = defaultdict(list)
    featured: tuple[ProductId, ...] = ()
    shown: dict[ProductId, bool] = {}
    captions: dict[ProductId, str] = {}
    for by, said in ordered:
        for key, change in said.modules.items():
            if by == BRAND or key not in kept.locked:
                below = _module(key, changes[key]) if kept.modules else None
                changes[key].append((by, _heard(by, change, below, kept)))
        featured = featured if said.featured is None else said.featured
        may_hide = level_of(by) not in kept.products
        shown.update({product: on for product, on in said.shown.items() if on or may_hide})
        captions.update(said.captions)
    modules = filter(None, (_module(key, said_of_it) for key, said_of_it in changes.items()))
    return Face(
        modules=tuple(sorted(modules, key=lambda module: (module.position, module.key))),
        featured=featured,
        hidden=frozenset(product for product, is_shown in shown.items() if not is_shown),
        captions=captions,
    )


def _heard(by: LayerId, change: ModuleChange, below: Module | None, kept: Keeping) -> ModuleChange:
    """What is heard of a change: of one that takes away what is kept, its title and position."""
    if below is None or level_of(by) not in kept.modules:
        return change
    if still_shown(below, over(below, by, change)):
        return change
    return replace(change, content=None, hidden=None, audience=None, window=None, only_for=None)


def _module(key: ModuleKey, changes: Iterable[tuple[LayerId, ModuleChange]]) -> Module | None:
    fields: dict[str, Any] = {}
    said_by: list[LayerId] = []
    for by, change in changes:
        said = {name: value for name in SAID if (value := getattr(change, name)) is not None}
        if said:
            said_by.append(by)
        if "content" in said:
            said["origin"] = by
        fields |= said
    return Module(key=key, said_by=tuple(said_by), **fields) if "content" in fields else None
