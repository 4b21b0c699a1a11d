"""The waiting list: who wants a day that is full is held a place when one comes free."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import NewType, Protocol

from domain.kernel.days import read_day
from domain.kernel.each import each
from domain.kernel.facts import Batch, Fact, FactId
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound, Refusal, TooMany
from domain.kernel.request_keys import RequestKey
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.service.booking_facts import BOOKING_FREED
from domain.service.bookings import SHOWN, Booking, moment_of
from domain.service.calendars import CalendarDay, customer_day
from domain.service.free_slots import is_within, offered_service, store_day
from domain.service.holding import BookingPorts, WantedVisit, booking_id, seek_place
from domain.service.services import Bookable, BookableId

WaitId = NewType("WaitId", str)

FREED_FACTS = frozenset({BOOKING_FREED})
MOST_WAITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A customer's wish for a service in a store on a day, with anybody or with one advisor.

    `served_for` is the fact for which somebody is holding it a place just now.
    """

    id: WaitId
    customer_id: PersonId
    service_id: BookableId
    store_id: StoreId
    day: date
    since: datetime
    advisor_id: GuideId | None = None
    served_for: FactId | None = None


class Waits(Protocol):
    """The wishes that wait."""

    async def add(self, wait: Wait) -> None:
        """Keep a wish; one of the id stays as it is."""

    async def remove(self, id: WaitId) -> None:
        """Forget a wish."""

    async def claim(self, id: WaitId, fact: FactId) -> bool:
        """Have a wish served for one fact alone; False where it is for another, or is no more."""

    async def let_go(self, id: WaitId, fact: FactId) -> None:
        """Have a wish that was claimed for a fact wait for any again."""

    async def of_customer(self, customer_id: PersonId) -> Sequence[Wait]:
        """A customer's wishes for days that are not over, the oldest first."""

    async def of_store_day(self, store_id: StoreId, day: date) -> Sequence[Wait]:
        """The wishes for a store's day, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitPorts(Ports):
    """The waiting list, and the bookings that come of it."""

    holding: BookingPorts
    waits: Waits


async def join_waiting_list(
    ports: WaitPorts,
    act: Act,
    *,
    service_id: str,
    store_id: str,
    day: str,
    advisor_id: str | None = None,
) -> Wait:
    """Wait for a time on a day; the same wish again is the same one, in its old place."""
    act.viewer.require("booking.make")
    slots = ports.holding.slots
    service = await offered_service(slots, act, service_id)
    store = slots.directory.directory().store(store_id)
    wanted = read_day(day, ["day"])
    if not is_within(wanted, act.at):
        raise Invalid("Wait for today or one of the next 60 days.", field=["day"])
    view, _ = await store_day(slots, act, store, wanted)
    if advisor_id is not None and advisor_id not in {one.id for one in view.advisors}:
        raise NotFound("This store has no such advisor; leave it out.", field=["advisorId"])
    wait = Wait(
        id=WaitId(f"{act.viewer.id}:{service.id}:{store.id}:{wanted}"),
        customer_id=act.viewer.id,
        service_id=service.id,
        store_id=store.id,
        day=wanted,
        since=act.at,
        advisor_id=GuideId(advisor_id) if advisor_id else None,
    )
    own = {one.id: one for one in await ports.waits.of_customer(act.viewer.id)}
    if wait.id in own:
        return own[wait.id]
    if len(own) >= MOST_WAITS:
        raise TooMany(f"One waits for {MOST_WAITS} days at most; leave one of them first.")
    await ports.waits.add(wait)
    return wait


async def leave_waiting_list(ports: WaitPorts, act: Act, id: str) -> None:
    """Wait no more; again, it changes nothing."""
    act.viewer.require("booking.make")
    if id in {one.id for one in await ports.waits.of_customer(act.viewer.id)}:
        await ports.waits.remove(WaitId(id))


async def own_waits(ports: WaitPorts, act: Act) -> Sequence[Wait]:
    """What the viewer waits for, the oldest first."""
    act.viewer.require("booking.make")
    return await ports.waits.of_customer(act.viewer.id)


async def follow_freed(ports: WaitPorts, act: Act, batch: Batch) -> None:
    """Hold a place for those who wait for a day on which one came free; again, it is the same."""
    for fact in batch.facts:
        store_id, day = StoreId(fact.data["store"]), date.fromisoformat(fact.data["day"])
        if is_within(day, act.at):
            waits = await ports.waits.of_store_day(store_id, day)
            await each(waits, partial(_serve, ports, act, fact))


async def _serve(ports: WaitPorts, act: Act, fact: Fact, wait: Wait) -> None:
    """Hold the first time that is free for somebody who waits, once for a fact, if there is one."""
    if not await ports.waits.claim(wait.id, fact.id):
        return
    holding = ports.holding
    key = RequestKey(key=f"{fact.id}:{wait.id}", fingerprint=fact.id)
    known = await holding.bookings.by_id(booking_id(wait.customer_id, key.key))
    if known is None:
        known = await _held(ports, act, wait, key)
    if known is not None and known.state in SHOWN:
        await ports.waits.remove(wait.id)
    else:
        await ports.waits.let_go(wait.id, fact.id)


async def _held(ports: WaitPorts, act: Act, wait: Wait, key: RequestKey) -> Booking | None:
    service = (await ports.holding.slots.book.services()).get(wait.service_id)
    if service is None or (wanted := await _first_free(ports, act, wait, service)) is None:
        return None
    with contextlib.suppress(Refusal):
        # Refused where somebody else was faster; the next that comes free may be theirs.
        return await seek_place(
            ports.holding, act, service, wanted, wait.customer_id, key, waited=True
        )
    return None


async def _first_free(
    ports: WaitPorts, act: Act, wait: Wait, service: Bookable
) -> WantedVisit | None:
    """The first time on the day that is free and at which the customer is nowhere else."""
    slots = ports.holding.slots
    store = slots.directory.directory().stores.get(wait.store_id)
    if not service.offered or store is None:
        return None
    view, _ = await store_day(slots, act, store, wait.day)
    own_id = customer_day(wait.customer_id, wait.day)
    own = (await slots.calendars.by_ids([own_id])).get(own_id) or CalendarDay(id=own_id)
    for visit, free in view.slots(service, act.at):
        if wait.advisor_id in (None, *free) and own.free(visit):
            return WantedVisit(
                service_id=service.id,
                store_id=store.id,
                starts_at=moment_of(wait.day, visit.start),
                advisor_id=wait.advisor_id,
            )
    return None
