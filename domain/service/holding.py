"""Holding a place: of all who want the same minutes one has them, for a while."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.kernel.days import BEIJING
from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, NotFound, TooMany
from domain.kernel.request_keys import RequestKey, made_by, request_key
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.limits import Limit, Tallies
from domain.service.booking_facts import freed, moved, stepped
from domain.service.bookings import (
    SHOWN,
    STANDING,
    Booking,
    BookingId,
    Bookings,
    BookingState,
    Stay,
    moved_in,
    moves_to,
    refused,
    turned_away,
    without_left,
)
from domain.service.calendars import Need, give_back, take_minutes
from domain.service.free_slots import SlotPorts, offered_service, read_start, store_day
from domain.service.services import Bookable, ServicePoint

# Who holds times without end keeps them from others.
HOLDS = Limit(name="holds of bookings", most=30, window=timedelta(days=1))
# Others may write a booking meanwhile: the clock, the store's people, the customer's other phone.
ATTEMPTS = 20
MOVABLE = STANDING | {BookingState.SEEKING}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingPorts(Ports):
    """The bookings, what is free, and how often one may hold a place."""

    slots: SlotPorts
    bookings: Bookings
    tallies: Tallies


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedVisit:
    """What a customer asks for; without an advisor anybody who is free will do."""

    service_id: str
    store_id: str
    starts_at: datetime
    advisor_id: str | None = None


async def hold_place(
    ports: BookingPorts, act: Act, wanted: WantedVisit, *, idempotency_key: str
) -> Booking:
    """Hold a place for the viewer until they confirm; the same key again is the same booking."""
    act.viewer.require("booking.make")
    key = request_key(idempotency_key, wanted)
    known = await ports.bookings.by_id(booking_id(act.viewer.id, key.key))
    if known is not None:
        return await _repeated(ports, act, known, key)
    service = await offered_service(ports.slots, act, wanted.service_id)
    await count_hold(ports, act)
    return await seek_place(ports, act, service, wanted, act.viewer.id, key)


async def count_hold(ports: BookingPorts, act: Act) -> None:
    """Count that the viewer takes a time; TooMany where they did so too often."""
    if not await ports.tallies.count(HOLDS.tally(act.at, act.viewer.id)):
        raise TooMany(
            f"One can hold or move to {HOLDS.most} times a day; ask the store, or again tomorrow."
        )


async def seek_place(
    ports: BookingPorts,
    act: Act,
    service: Bookable,
    wanted: WantedVisit,
    customer_id: PersonId,
    key: RequestKey,
    *,
    waited: bool = False,
) -> Booking:
    """Find a customer a place under a key; Conflict, with what is free next, if there is none."""
    store = ports.slots.directory.directory().store(wanted.store_id)
    day, start = read_start(wanted.starts_at, act.at)
    choice = GuideId(wanted.advisor_id) if wanted.advisor_id else None
    view, _ = await store_day(ports.slots, act, store, day)
    if choice is not None and choice not in {one.id for one in view.advisors}:
        raise NotFound("This store has no such advisor; leave it out.", field=["advisorId"])
    visit = service.visit(start)
    free = [one for one in view.free_for(service, visit) if choice in (None, one)]
    if not free:
        # Its twin may have it.
        known = await ports.bookings.by_id(booking_id(customer_id, key.key))
        if known is not None:
            return await _repeated(ports, act, known, key)
        raise await not_free(ports, act, service, wanted, None)
    stay = Stay(number=1, store_id=store.id, advisor_id=free[0], day=day, visit=visit)
    booking = Booking(
        id=booking_id(customer_id, key.key),
        customer_id=customer_id,
        service=service,
        request=key,
        asked_at=act.at,
        asked=stay,
        choice=choice,
        waited=waited,
        moving=stay,
        moving_since=act.at,
    )
    try:
        await ports.bookings.save(booking, expected=0)
    except Conflict:
        # Its twin was faster.
        known = await ports.bookings.by_id(booking.id)
        assert known is not None, "it was there just now"
        return await _repeated(ports, act, known, key)
    return await _found(ports, act, booking, wanted)


async def settle(ports: BookingPorts, act: Act, booking: Booking) -> tuple[Booking, Need | None]:
    """Take what a booking is moving to and give back what it leaves; tell what was not free.

    Whoever does it, and however often, it comes to the same.
    """
    missing = None
    while (moving := booking.moving) is not None:
        missing = await _missing(ports, booking, moving)
        facts: tuple[Fact, ...] = ()
        if missing or booking.state not in MOVABLE:
            after = turned_away(booking, act.cause())
        else:
            after = moved_in(booking, act.cause())
            facts = (stepped if booking.stay is None else moved)(after, act.at)
        try:
            await ports.bookings.save(after, expected=booking.version, facts=facts)
        except Conflict:
            booking = await reloaded(ports, act, booking)
            continue
        booking = after
    return await give_back_left(ports, act, booking), missing


async def give_back_left(ports: BookingPorts, act: Act, booking: Booking) -> Booking:
    """Give back all that a booking is leaving, once."""
    while booking.leaving:
        stay = booking.leaving[0]
        for need in booking.needs(stay, 1):
            calendars = ports.slots.calendars
            await give_back(calendars, need.calendar, booking.id, stay.number, act.at)
        after = without_left(booking, {stay.number})
        try:
            # Who got no place had none that others could be told of.
            facts = freed(after, stay, act.at) if booking.state in SHOWN else ()
            await ports.bookings.save(after, expected=booking.version, facts=facts)
        except Conflict:
            booking = await reloaded(ports, act, booking)
            continue
        booking = after
    return booking


async def reloaded(ports: BookingPorts, act: Act, booking: Booking) -> Booking:
    """A booking as it is now."""
    found = await ports.bookings.by_id(booking.id)
    assert found is not None, "bookings that have a place stay"
    return found


async def give_up(ports: BookingPorts, act: Act, booking: Booking) -> Booking:
    """Note that a booking which is still seeking found nothing."""
    after = refused(booking, act.cause())
    try:
        await ports.bookings.save(after, expected=booking.version)
    except Conflict:
        return await reloaded(ports, act, booking)
    return after


async def next_free(
    ports: BookingPorts, act: Act, service: Bookable, wanted: WantedVisit
) -> tuple[datetime, str] | None:
    """When the service is free next that day, and with whom; None where not any more."""
    day, _ = read_start(wanted.starts_at, act.at)
    store = ports.slots.directory.directory().store(wanted.store_id)
    view, guides = await store_day(ports.slots, act, store, day)
    for visit, free in view.slots(service, wanted.starts_at):
        chosen = [one for one in free if wanted.advisor_id in (None, one)]
        if chosen:
            starts_at = Stay(
                number=0, store_id=store.id, advisor_id=chosen[0], day=day, visit=visit
            ).starts_at
            return starts_at, guides[chosen[0]].name
    return None


def booking_id(asker: PersonId, key: str) -> BookingId:
    """The id of what somebody asks for under a key, the same however often they ask."""
    return BookingId(made_by("booking", asker, key))


async def _repeated(ports: BookingPorts, act: Act, known: Booking, key: RequestKey) -> Booking:
    key.is_among([known.request])
    wanted = WantedVisit(
        service_id=known.service.id,
        store_id=known.asked.store_id,
        starts_at=known.asked.starts_at,
        advisor_id=known.choice,
    )
    return await _found(ports, act, known, wanted)


async def _found(ports: BookingPorts, act: Act, booking: Booking, wanted: WantedVisit) -> Booking:
    """The booking with a place: that which it seeks, or with the next advisor who is free."""
    missing = None
    for _ in range(ATTEMPTS):
        booking, failed = await settle(ports, act, booking)
        missing = failed or missing
        if booking.state is not BookingState.SEEKING:
            break
        own = missing is not None and missing.calendar.startswith("customer:")
        again = None if own else await _other(ports, act, booking)
        if again is None:
            booking = await give_up(ports, act, booking)
            continue
        after = moves_to(booking, again, act.at)
        try:
            await ports.bookings.save(after, expected=booking.version)
        except Conflict:
            after = await reloaded(ports, act, booking)
        booking = after
    if booking.state not in SHOWN:
        raise await not_free(ports, act, booking.service, wanted, missing)
    return booking


async def _other(ports: BookingPorts, act: Act, booking: Booking) -> Stay | None:
    """The same time with another advisor who may do; None where nobody is free."""
    if booking.choice is not None:
        return None
    asked = booking.asked
    store = ports.slots.directory.directory().store(asked.store_id)
    view, _ = await store_day(ports.slots, act, store, asked.day)
    free = view.free_for(booking.service, asked.visit, booking=booking.id)
    untried = [one for one in free if one not in booking.tried]
    if not untried:
        return None
    return replace(asked, number=booking.stays + 1, advisor_id=untried[0])


async def _missing(ports: BookingPorts, booking: Booking, stay: Stay) -> Need | None:
    """Take all that a stay needs, one after the other; the first that is not free, if any."""
    for need in booking.needs(stay, await _resources(ports, booking, stay)):
        if not await take_minutes(ports.slots.calendars, need, booking.id, stay.number):
            return need
    return None


async def _resources(ports: BookingPorts, booking: Booking, stay: Stay) -> int:
    """How many of the resource that a booking needs there are at a place."""
    if booking.service.resource is None:
        return 0
    points = await ports.slots.book.points()
    point = points.get(stay.store_id) or ServicePoint(id=StoreId(stay.store_id))
    return point.count_of(booking.service.resource)


async def not_free(
    ports: BookingPorts, act: Act, service: Bookable, wanted: WantedVisit, missing: Need | None
) -> Conflict:
    """That a time is not free, and which one is."""
    field = ["startsAt"]
    if missing and missing.calendar.startswith("customer:"):
        return Conflict(
            "The customer has another booking at this time; move or cancel that first.", field=field
        )
    time = f"{wanted.starts_at.astimezone(BEIJING):%H:%M}"
    free = await next_free(ports, act, service, wanted)
    if free is None:
        return Conflict(
            f"{time} is not free, nor is anything later that day; take another day or join the "
            "waiting list.",
            field=field,
        )
    starts_at, name = free
    return Conflict(
        f"{time} is not free; the next free time is {starts_at:%H:%M} with {name}.", field=field
    )
