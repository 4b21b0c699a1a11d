"""Matching: which advisor a visitor is shown, and why.

Whoever brought them stays their guide; else it is somebody who has time, in the nearest open shop.
The visitor's position is used for this answer and kept nowhere.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.contact.rules import ContactRules
from domain.contact.ways import Way, Ways, guide_state
from domain.kernel.days import beijing_day
from domain.kernel.places import Position, distance_m
from domain.kernel.ports import Ports
from domain.kernel.rule_versions import RuleVersions
from domain.network.hours import MINUTES_A_DAY, Span
from domain.network.nearest import Near
from domain.network.stores import Store, StoreId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act
from domain.service.bookings import moment_of
from domain.service.calendars import CalendarDay, advisor_day
from domain.service.free_slots import SlotPorts, certified, offered_service
from domain.service.services import at_work
from domain.sharing.attribution import Touches

# After so long without a visit through a link of theirs, a visitor is nobody's any more.
BOND_LASTS = timedelta(days=365)
# Nobody goes farther, and nobody looks at more shops.
FARTHEST_M = 50_000.0
MOST_STORES = 20
# Who has to go in less than this is not free.
FREE_FOR_MIN = 15


class MatchReason(StrEnum):
    """Why somebody is shown to a visitor."""

    BONDED = "BONDED"
    NEAREST = "NEAREST"
    BRAND = "BRAND"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisorMatch:
    """An advisor for a visitor, where they work, and why it is them.

    `since` is when the visitor last came through a link of theirs, `load_min` how many minutes of
    the day are booked with them; each is None for the other reason. `way` is their code in WeCom.
    """

    guide: Guide
    store: Store
    distance_m: float
    reason: MatchReason
    since: datetime | None = None
    load_min: int | None = None
    way: Way | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPorts(Ports):
    """Who is free where, and whose links visitors came through."""

    slots: SlotPorts
    touches: Touches
    rules: RuleVersions[ContactRules]
    ways: Ways


async def match_advisor(
    ports: MatchPorts, act: Act, position: Position, *, service_id: str | None = None
) -> AdvisorMatch | None:
    """The advisor for whoever asks, near a position; the brand's own account where nobody is free.

    With a service, somebody who is trained for it, unless the visitor has a guide of their own.
    """
    found = await _match(ports, act, position, service_id)
    if found is None:
        return None
    return replace(found, way=await ports.ways.by_id(guide_state(found.guide.id)))


async def _match(
    ports: MatchPorts, act: Act, position: Position, service_id: str | None
) -> AdvisorMatch | None:
    service = await offered_service(ports.slots, act, service_id) if service_id else None
    own = await _own_guide(ports, act, position)
    if own is not None:
        return own
    shops = ports.slots.directory.directory().shop_map.nearest(
        position,
        most=MOST_STORES,
        within_m=FARTHEST_M,
        where=lambda store: store.receives and store.open_at(act.at),
    )
    free = await _free_in(ports, act, shops, service.id if service else None)
    for near in shops:
        if found := free.get(near.store.id):
            load_min, _, guide = min(found, key=lambda one: one[:2])
            return AdvisorMatch(
                guide=guide,
                store=near.store,
                distance_m=near.distance_m,
                reason=MatchReason.NEAREST,
                load_min=load_min,
            )
    return await _brand(ports, position)


async def _brand(ports: MatchPorts, position: Position) -> AdvisorMatch | None:
    """The brand's own account, which answers where no guide can."""
    brand_id = ports.rules.now().brand_guide_id
    guide = await ports.slots.guides.by_id(brand_id) if brand_id else None
    if guide is None or not guide.active:
        return None
    store = ports.slots.directory.directory().stores.get(StoreId(guide.store_id))
    if store is None:
        return None
    away = distance_m(position, store.position)
    return AdvisorMatch(guide=guide, store=store, distance_m=away, reason=MatchReason.BRAND)


async def _own_guide(ports: MatchPorts, act: Act, position: Position) -> AdvisorMatch | None:
    """The guide whose link the visitor came through last, while they work in a shop."""
    if not act.viewer.id:
        return None
    credit = await ports.touches.last_credit(act.viewer.ids, since=act.at - BOND_LASTS)
    guide = await ports.slots.guides.by_id(credit.guide_id) if credit else None
    if credit is None or guide is None or not guide.active:
        return None
    store = ports.slots.directory.directory().stores.get(StoreId(guide.store_id))
    if store is None or not store.receives:
        return None
    return AdvisorMatch(
        guide=guide,
        store=store,
        distance_m=distance_m(position, store.position),
        reason=MatchReason.BONDED,
        since=credit.touched_at,
    )


async def _free_in(
    ports: MatchPorts, act: Act, shops: list[Near], service_id: str | None
) -> dict[StoreId, list[tuple[int, GuideId, Guide]]]:
    """Who is free now in each of some shops, with how many minutes are booked with them today."""
    stores = {near.store.id: near.store for near in shops}
    guides = await ports.slots.guides.of_stores(sorted(stores)) if stores else []
    advisors = await ports.slots.book.advisors()
    here = [advisors[one.id] for one in guides if one.id in advisors]
    known = {one.id: one for one in await certified(ports.slots, act, here)}
    day = beijing_day(act.at)
    minute = (act.at - moment_of(day, 0)) // timedelta(minutes=1)
    now = Span(start=minute, end=min(minute + FREE_FOR_MIN, MINUTES_A_DAY))
    working = [
        one
        for one in guides
        if (advisor := known.get(one.id))
        and (advisor.services if service_id is None else service_id in advisor.services)
        and at_work(stores[StoreId(one.store_id)], advisor, day, now)
    ]
    ids = {one.id: advisor_day(one.id, day) for one in working}
    days = await ports.slots.calendars.by_ids(list(ids.values())) if ids else {}
    found: dict[StoreId, list[tuple[int, GuideId, Guide]]] = defaultdict(list)
    for one in working:
        calendar = days.get(ids[one.id]) or CalendarDay(id=ids[one.id])
        if calendar.free(now):
            found[StoreId(one.store_id)].append((calendar.load_min, one.id, one))
    return found
