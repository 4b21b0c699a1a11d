"""Which storefront a consumer enters, and why."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.kernel.places import Position, distance_m
from domain.kernel.refusals import Invalid, WrongState
from domain.mall.storefronts.pages import StorefrontPorts
from domain.network.directory import Directory
from domain.network.nearest import Near
from domain.network.stores import RegionId, Store, StoreId
from domain.people.act import Act
from domain.sharing.share_links import read_reference

ALTERNATIVES = 5


class EntranceRule(StrEnum):
    """The rules in the order in which they are tried."""

    SHARE_LINK = "SHARE_LINK"
    LAST_USED = "LAST_USED"
    NEAREST = "NEAREST"
    REGION_DEFAULT = "REGION_DEFAULT"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A store that a rule named, but that may not be entered now."""

    rule: EntranceRule
    store: Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The store to enter, the rule that decided, and what else there is.

    The distances of the alternatives are from the consumer's position, or from the store where
    they gave none.
    """

    store: Store
    rule: EntranceRule
    distance_m: float | None
    passed_over: tuple[PassedOver, ...]
    alternatives: tuple[Near, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What is known of a consumer who comes in; None is unknown."""

    shared: StoreId | None = None
    last_used: StoreId | None = None
    position: Position | None = None
    region: RegionId | None = None


async def enter_storefront(
    ports: StorefrontPorts, act: Act, clues: Clues, *, share_reference: str | None
) -> Entrance:
    """Choose the store that a consumer enters; an unknown code or store is passed by.

    A share reference is whatever the client has of a share link: its code, address or scene.
    """
    shared = None
    if share_reference:
        with contextlib.suppress(Invalid):
            touch = await ports.touches.shared_by(read_reference(share_reference), now=act.at)
            shared = touch.store_id if touch else None
    return enter(ports.reference.directory(), replace(clues, shared=shared))


def enter(directory: Directory, clues: Clues) -> Entrance:
    """Choose the store by the first rule that names one which receives customers."""
    passed_over: list[PassedOver] = []
    for rule, store in _named(directory, clues):
        if store.receives:
            return _entrance(directory, clues, store, rule, tuple(passed_over))
        passed_over.append(PassedOver(rule=rule, store=store))
    raise WrongState("No store of the brand is open just now; come back later.")


def _named(directory: Directory, clues: Clues) -> Iterator[tuple[EntranceRule, Store]]:
    stores = directory.stores
    shared = stores.get(clues.shared) if clues.shared else None
    last_used = stores.get(clues.last_used) if clues.last_used else None
    if shared:
        yield EntranceRule.SHARE_LINK, shared
    if last_used:
        yield EntranceRule.LAST_USED, last_used
    if clues.position:
        for near in directory.shop_map.nearest(clues.position, most=1, where=_receives):
            yield EntranceRule.NEAREST, near.store
    known = shared or last_used
    region = clues.region or (known.region_id if known else None)
    for store in _defaults(directory, region, beside=known):
        yield EntranceRule.REGION_DEFAULT, store


def _defaults(
    directory: Directory, region_id: RegionId | None, *, beside: Store | None
) -> Iterator[Store]:
    """A region's default store, then its others, the nearest to a known store first.

    Without a region, and when a whole region is closed, the one with the most stores follows.
    """
    regions = [region_id] if region_id and region_id in directory.regions else []
    for each in (*regions, *directory.largest_regions):
        stores = directory.stores_of_region.get(each, ())
        chosen = directory.regions[each].default_store_id
        yield from (store for store in stores if store.id == chosen)
        if beside and beside.region_id == each:
            near = directory.shop_map.nearest(beside.position, most=1, where=_in(each))
            yield from (one.store for one in near)
        yield from (store for store in stores if store.receives)


def _receives(store: Store) -> bool:
    return store.receives


def _in(region_id: RegionId) -> Callable[[Store], bool]:
    return lambda store: store.receives and store.region_id == region_id


def _entrance(
    directory: Directory,
    clues: Clues,
    store: Store,
    rule: EntranceRule,
    passed_over: tuple[PassedOver, ...],
) -> Entrance:
    here = clues.position or store.position
    others = directory.shop_map.nearest(
        here, most=ALTERNATIVES, where=lambda other: other.receives and other.id != store.id
    )
    return Entrance(
        store=store,
        rule=rule,
        distance_m=distance_m(clues.position, store.position) if clues.position else None,
        passed_over=passed_over,
        alternatives=tuple(others),
    )
