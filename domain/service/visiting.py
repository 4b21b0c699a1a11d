"""What becomes of a booking: confirmed, moved, cancelled; the customer arrives, or does not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.kernel.days import beijing_day, read_day
from domain.kernel.facts import Fact
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject, Values
from domain.kernel.refusals import Conflict, NotFound, WrongState
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.service.booking_facts import stepped
from domain.service.bookings import (
    BOOKING,
    SHOWN,
    STANDING,
    Booking,
    BookingId,
    BookingState,
    Stay,
    arrived,
    confirmed,
    ended,
    moment_of,
    moves_to,
)
from domain.service.free_slots import read_start, store_day
from domain.service.holding import (
    ATTEMPTS,
    BookingPorts,
    WantedVisit,
    count_hold,
    give_back_left,
    not_free,
    reloaded,
    settle,
)

DAYS_SHOWN = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPorts(Ports):
    """The bookings, and the book of what staff do with them."""

    holding: BookingPorts
    records: Records


async def own_bookings(ports: VisitPorts, act: Act, request: PageRequest) -> Page[Booking]:
    """The viewer's bookings, the latest time first."""
    act.viewer.require("booking.make")
    return await ports.holding.bookings.of_customer(act.viewer.ids, request)


async def store_bookings(
    ports: VisitPorts,
    act: Act,
    store_id: str,
    request: PageRequest,
    *,
    day: str,
    displaced: bool = False,
) -> Page[Booking]:
    """A store's bookings of a day in order; or all displaced ones from that day on."""
    act.viewer.require("booking.attend", store=store_id)
    store = ports.holding.slots.directory.directory().store(store_id)
    since = moment_of(read_day(day, ["day"]), 0)
    until = since + timedelta(days=DAYS_SHOWN * 2 if displaced else 1)
    return await ports.holding.bookings.of_store(
        store.id, since, until, request, displaced=displaced
    )


async def one_booking(ports: VisitPorts, act: Act, id: str) -> Booking:
    """A booking, for its customer and the store's people; else NotFound."""
    act.viewer.require("booking.change")
    booking = await ports.holding.bookings.by_id(BookingId(id))
    if (
        booking is None
        or booking.state not in SHOWN
        or not act.viewer.may(
            "booking.change", person=booking.customer_id, store=booking.place.store_id
        )
    ):
        raise NotFound(f"There is no booking {id[:60]!r}; look at your bookings.", field=["id"])
    return booking


async def confirm_booking(ports: VisitPorts, act: Act, id: str) -> Booking:
    """Confirm what is held for the viewer; again, it changes nothing."""

    def rule(booking: Booking) -> Booking:
        if booking.state is BookingState.BOOKED:
            return booking
        if booking.held_until and act.at >= booking.held_until:
            raise WrongState("It was held for you until a moment ago; ask for a time again.")
        return confirmed(booking, act.cause())

    act.viewer.require("booking.make")
    booking = await one_booking(ports, act, id)
    act.viewer.require("booking.make", person=booking.customer_id)
    return await _change(ports, act, booking, rule)


async def cancel_booking(ports: VisitPorts, act: Act, id: str) -> Booking:
    """Cancel a booking, whose time is free at once; again, it changes nothing."""

    def rule(booking: Booking) -> Booking:
        if booking.state is BookingState.CANCELLED:
            return booking
        return ended(booking, BookingState.CANCELLED, act.cause())

    booking = await one_booking(ports, act, id)
    after = await _change(ports, act, booking, rule)
    after = await give_back_left(ports.holding, act, after)
    await _record(ports, act, "bookingCancel", booking, after)
    return after


async def move_booking(
    ports: VisitPorts,
    act: Act,
    id: str,
    *,
    starts_at: datetime,
    advisor_id: str | None = None,
    store_id: str | None = None,
) -> Booking:
    """Move a booking to another time, advisor or store; where that is taken it stays as it is.

    To where it is already, nothing changes.
    """
    before = booking = await one_booking(ports, act, id)
    if store_id and not act.viewer.may("booking.change", person=before.customer_id, store=store_id):
        raise NotFound("This store is not yours; ask its people to move it.", field=["storeId"])
    for _ in range(ATTEMPTS):
        # Somebody else may be moving it: theirs comes first.
        booking, _failed = await settle(ports.holding, act, booking)
        _require_standing(booking)
        wanted = WantedVisit(
            service_id=booking.service.id,
            store_id=store_id or booking.place.store_id,
            starts_at=starts_at,
            advisor_id=advisor_id,
        )
        stay = await _stay_wanted(ports, act, booking, wanted)
        if booking.place.is_at(stay):
            return booking
        if booking.customer_id in act.viewer.ids:
            await count_hold(ports.holding, act)
        after = moves_to(booking, stay, act.at)
        try:
            await ports.holding.bookings.save(after, expected=booking.version)
        except Conflict:
            booking = await reloaded(ports.holding, act, booking)
            continue
        booking, missing = await settle(ports.holding, act, after)
        _require_standing(booking)
        if not booking.place.is_at(stay):
            wanted = replace(wanted, advisor_id=stay.advisor_id)
            raise await not_free(ports.holding, act, booking.service, wanted, missing)
        await _record(ports, act, "bookingMove", before, booking)
        return booking
    raise _crowded()


def _require_standing(booking: Booking) -> None:
    """Refuse to move what is over, or what the customer has come to."""
    if booking.state not in STANDING:
        raise WrongState(f"This booking is {booking.state} and can't be moved; hold another time.")


async def _stay_wanted(ports: VisitPorts, act: Act, booking: Booking, wanted: WantedVisit) -> Stay:
    """The place and time that a booking is to move to; Conflict where it is not free."""
    slots = ports.holding.slots
    store = slots.directory.directory().store(wanted.store_id)
    day, start = read_start(wanted.starts_at, act.at)
    visit = booking.service.visit(start)
    view, _ = await store_day(slots, act, store, day)
    advisor = wanted.advisor_id
    if advisor is None and store.id == booking.place.store_id:
        advisor = booking.place.advisor_id
    elif advisor is not None and advisor not in {one.id for one in view.advisors}:
        raise NotFound("This store has no such advisor; leave it out.", field=["advisorId"])
    stay = Stay(
        number=booking.stays + 1,
        store_id=store.id,
        advisor_id=GuideId(advisor or ""),
        day=day,
        visit=visit,
    )
    if booking.place.is_at(stay):
        return stay
    free = view.free_for(booking.service, visit, booking=booking.id)
    chosen = next((one for one in free if advisor in (None, one)), None)
    if chosen is None:
        wanted = replace(wanted, advisor_id=advisor)
        raise await not_free(ports.holding, act, booking.service, wanted, None)
    return replace(stay, advisor_id=chosen)


async def note_arrival(ports: VisitPorts, act: Act, id: str) -> Booking:
    """Note that the customer is there; again, it changes nothing."""

    def rule(booking: Booking) -> Booking:
        if booking.state is BookingState.ARRIVED:
            return booking
        BOOKING.require(booking.state, BookingState.ARRIVED)
        if booking.place.day != beijing_day(act.at):
            raise WrongState(
                f"This booking is for {booking.place.day}; move it to today if the customer is "
                "here already."
            )
        return arrived(booking, act.cause())

    return await _attended(ports, act, id, rule, "bookingArrive")


async def note_no_show(ports: VisitPorts, act: Act, id: str) -> Booking:
    """Note that the customer did not come; what is left of the time is free again."""

    def rule(booking: Booking) -> Booking:
        if booking.state is BookingState.NO_SHOW:
            return booking
        BOOKING.require(booking.state, BookingState.NO_SHOW)
        if act.at < booking.place.starts_at:
            raise WrongState("Its time has not come yet; wait for the customer, or cancel it.")
        return ended(booking, BookingState.NO_SHOW, act.cause())

    after = await _attended(ports, act, id, rule, "bookingNoShow")
    return await give_back_left(ports.holding, act, after)


async def _attended(
    ports: VisitPorts, act: Act, id: str, rule: Callable[[Booking], Booking], action: str
) -> Booking:
    act.viewer.require("booking.attend")
    booking = await one_booking(ports, act, id)
    act.viewer.require("booking.attend", store=booking.place.store_id)
    after = await _change(ports, act, booking, rule)
    await _record(ports, act, action, booking, after)
    return after


async def _change(
    ports: VisitPorts, act: Act, booking: Booking, rule: Callable[[Booking], Booking]
) -> Booking:
    """Write what a rule makes of a booking as it is now, unless it is so already."""
    for _ in range(ATTEMPTS):
        after = rule(booking)
        if after is booking:
            return booking
        facts: tuple[Fact, ...] = stepped(after, act.at)
        try:
            await ports.holding.bookings.save(after, expected=booking.version, facts=facts)
        except Conflict:
            booking = await reloaded(ports.holding, act, booking)
            continue
        return after
    raise _crowded()


async def _record(
    ports: VisitPorts, act: Act, action: str, before: Booking, after: Booking
) -> None:
    """Note what somebody else than the customer did with a booking."""
    if after.customer_id in act.viewer.ids or before.version == after.version:
        return
    subject = Subject(kind="booking", id=after.id)
    record = act.record(action, subject, before=_values(before), after=_values(after))
    await ports.records.append(record)


def _values(booking: Booking) -> Values:
    place = booking.place
    return {
        "state": booking.state.value,
        "store": place.store_id,
        "advisor": place.advisor_id,
        "startsAt": place.starts_at.isoformat(),
    }


def _crowded() -> Conflict:
    return Conflict("Somebody else is changing this booking; load it again and repeat.")
