"""What the clock does to bookings: holds end, reminders are due, what was cut short is undone."""

from dataclasses import dataclass
from functools import partial

from domain.kernel.each import each
from domain.kernel.ports import Ports
from domain.people.act import Act
from domain.service.booking_facts import displaced_from, reminded_of, stepped
from domain.service.bookings import (
    GRACE,
    STANDING,
    Booking,
    BookingState,
    displaced,
    ended,
    next_reminder,
    reminded,
    turned_away,
)
from domain.service.free_slots import StoreDay, store_day
from domain.service.holding import BookingPorts, give_back_left, give_up
from domain.service.services import ServicePoint, at_work

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MindingPorts(Ports):
    """The bookings that the clock looks after."""

    holding: BookingPorts


async def mind_bookings(ports: MindingPorts, act: Act) -> int:
    """Do what is due by now; tell to how many bookings."""
    due = await ports.holding.bookings.due(act.at, MOST_AT_ONCE)
    return await each(due, partial(_mind, ports, act))


async def _mind(ports: MindingPorts, act: Act, booking: Booking) -> None:
    holding = ports.holding
    bookings = holding.bookings
    since = booking.moving_since
    if booking.moving and since and since + GRACE <= act.at:
        after = turned_away(booking, act.cause())
        await bookings.save(after, expected=booking.version)
        booking = after
    if booking.state is BookingState.SEEKING and not booking.moving:
        booking = await give_up(holding, act, booking)
    over = booking.held_until is not None and booking.held_until <= act.at
    if booking.state is BookingState.HELD and over:
        after = ended(booking, BookingState.LAPSED, act.cause())
        await bookings.save(after, expected=booking.version, facts=stepped(after, act.at))
        booking = after
    reminder = next_reminder(booking)
    if booking.state is BookingState.BOOKED and reminder and reminder <= act.at:
        after = reminded(booking, act.at)
        facts = reminded_of(after, act.at) if act.at < after.place.starts_at else ()
        await bookings.save(after, expected=booking.version, facts=facts)
        booking = after
        await _compared(holding, act, booking, None)
    await give_back_left(holding, act, booking)


async def compare_with_hours(ports: MindingPorts, act: Act) -> int:
    """Find the bookings that stores and advisors are not there for any more; tell of how many.

    Only those of stores that have changed since they were last looked at.
    """
    holding = ports.holding
    stores = holding.slots.directory.directory().stores
    points = await holding.slots.book.points()
    changed = [
        one
        for one in points.values()
        if one.id in stores and one.checked != one.as_of(stores[one.id])
    ]
    return await each(changed, partial(_compare_store, ports, act))


async def _compare_store(ports: MindingPorts, act: Act, point: ServicePoint) -> None:
    holding = ports.holding
    store = holding.slots.directory.directory().store(point.id)
    views: dict[object, StoreDay] = {}
    for booking in await holding.bookings.standing(store.id, act.at):
        day = booking.place.day
        if day not in views:
            views[day], _ = await store_day(holding.slots, act, store, day)
        await _compared(holding, act, booking, views[day])
    await holding.slots.book.note_checked(point, point.as_of(store))


async def _compared(
    holding: BookingPorts, act: Act, booking: Booking, view: StoreDay | None
) -> None:
    """Note whether a booking can be kept, and say once that it can't."""
    stay = booking.place
    if view is None:
        store = holding.slots.directory.directory().store(stay.store_id)
        view, _ = await store_day(holding.slots, act, store, stay.day)
    kept = any(
        one.id == stay.advisor_id and at_work(view.store, one, stay.day, stay.visit)
        for one in view.advisors
    )
    if booking.state not in STANDING or kept == (booking.displaced_at is None):
        return
    after = displaced(booking, None if kept else act.at)
    facts = () if kept else displaced_from(after, act.at)
    await holding.bookings.save(after, expected=booking.version, facts=facts)
