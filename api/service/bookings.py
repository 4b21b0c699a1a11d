"""Bookings: holding, confirming, moving and attending them, and the waiting list."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import pack
from api.kernel.paging import After, Connection, First, connection
from api.network.stores import Store, StoreIdArgument, store_shown
from api.service.services import BookableService, DayArgument
from api.sharing.guides import Guide
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.people.guides import guides_by_ids
from domain.service import bookings as values
from domain.service import holding, visiting, waiting_list
from domain.service.holding import BookingPorts, WantedVisit
from domain.service.visiting import VisitPorts
from domain.service.waiting_list import WaitPorts


class BookingState(StrEnum):
    HELD = "HELD"
    BOOKED = "BOOKED"
    ARRIVED = "ARRIVED"
    NO_SHOW = "NO_SHOW"
    CANCELLED = "CANCELLED"
    LAPSED = "LAPSED"


enum(
    BookingState,
    "Where a booking stands.",
    HELD="Kept until the customer confirms it in time.",
    BOOKED="Confirmed.",
    ARRIVED="The customer came.",
    NO_SHOW="The customer did not come.",
    CANCELLED="Cancelled; its time is free.",
    LAPSED="Not confirmed in time.",
)


@strawberry.type(description="A customer's time with an advisor.")
class Booking:
    value: strawberry.Private[values.Booking]
    id: strawberry.ID = strawberry.field(description="The booking's id.")
    state: BookingState = strawberry.field(description="Where it stands.")
    member_id: strawberry.ID = strawberry.field(description="The customer.")
    service: BookableService = strawberry.field(
        description="The service, as it was when it was booked."
    )
    starts_at: datetime = strawberry.field(description="When the visit begins.")
    ends_at: datetime = strawberry.field(description="When the visit ends.")
    held_until: datetime | None = strawberry.field(
        description="Until before when it has to be confirmed; null once it is."
    )
    displaced_at: datetime | None = strawberry.field(
        description="Since when the store or the advisor is not there at its time, so that it has "
        "to be moved; null where it can be kept."
    )
    arrived_at: datetime | None = strawberry.field(description="When the customer came.")

    @classmethod
    def of(cls, booking: values.Booking) -> "Booking":
        """Pack a booking."""
        return cls(
            value=booking,
            id=strawberry.ID(booking.id),
            state=BookingState(booking.state.value),
            member_id=strawberry.ID(booking.customer_id),
            service=BookableService.of(booking.service),
            starts_at=booking.place.starts_at,
            ends_at=booking.place.ends_at,
            held_until=booking.held_until,
            displaced_at=booking.displaced_at,
            arrived_at=booking.arrived_at,
        )

    @field("The store.")
    async def store(self, load: Load) -> Store:
        return await store_shown(load, self.value.place.store_id)

    @field("The advisor; null where the guide is gone.")
    async def advisor(self, load: Load) -> Guide | None:
        found = await load(guides_by_ids, self.value.place.advisor_id)
        return Guide.of(found) if found else None


@strawberry.type(description="A wish for a day that is full.")
class BookingWait:
    id: strawberry.ID = strawberry.field(description="The wish's id.")
    service_id: strawberry.ID = strawberry.field(description="The service.")
    store_id: strawberry.ID = strawberry.field(description="The store.")
    day: str = strawberry.field(description="The day in Beijing.")
    advisor_id: strawberry.ID | None = strawberry.field(
        description="The advisor; null for anybody."
    )
    since: datetime = strawberry.field(description="Since when it waits.")

    @classmethod
    def of(cls, wait: waiting_list.Wait) -> "BookingWait":
        """Pack a wish."""
        return pack(cls, wait, day=wait.day.isoformat())


@strawberry.input(description="A time that a customer wants.")
class BookingHoldInput:
    service_id: strawberry.ID = strawberry.field(description="The service.")
    store_id: strawberry.ID = strawberry.field(description="The store.")
    starts_at: datetime = strawberry.field(
        description="When the visit begins, one of bookingSlots."
    )
    advisor_id: strawberry.ID | None = strawberry.field(
        default=None, description="With whom; without, with whoever is free and has least to do."
    )

    def value(self) -> WantedVisit:
        """What is wanted, as the domain knows it."""
        return WantedVisit(
            service_id=self.service_id,
            store_id=self.store_id,
            starts_at=self.starts_at,
            advisor_id=self.advisor_id,
        )


@strawberry.input(description="A day on which a customer wants a time that comes free.")
class BookingWaitInput:
    service_id: strawberry.ID = strawberry.field(description="The service.")
    store_id: strawberry.ID = strawberry.field(description="The store.")
    day: str = strawberry.field(description="A day in Beijing, such as `2026-11-28`.")
    advisor_id: strawberry.ID | None = strawberry.field(
        default=None, description="With whom; without, with anybody."
    )


BookingIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The booking's id.")]
Key = Annotated[
    str,
    strawberry.argument(
        description="A text of your own for this request, such as a UUID. Sent again with the "
        "same key, it is the same booking and not another."
    ),
]
NOW = "The booking as it is now."


@query("The viewer's bookings, the latest time first; for members.")
async def own_bookings(
    ports: VisitPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Booking]:
    page = await visiting.own_bookings(ports, act, PageRequest(first=first, after=after))
    return connection(page, Booking.of)


@query("One booking; for its customer and the store's people.")
async def booking(ports: VisitPorts, act: Act, id: BookingIdArgument) -> Booking:
    return Booking.of(await visiting.one_booking(ports, act, id))


@query("A store's bookings of a day, in order; for the store's people.")
async def store_bookings(
    ports: VisitPorts,
    act: Act,
    store_id: StoreIdArgument,
    day: DayArgument,
    displaced: Annotated[
        bool,
        strawberry.argument(
            description="Instead all from that day on that have to be moved, for the store or the "
            "advisor is not there."
        ),
    ] = False,
    first: First = 20,
    after: After = None,
) -> Connection[Booking]:
    request = PageRequest(first=first, after=after)
    page = await visiting.store_bookings(
        ports, act, store_id, request, day=day, displaced=displaced
    )
    return connection(page, Booking.of)


@mutation(
    "Hold a time for the viewer, who is a member, for 10 minutes. Where it is taken, the message "
    "says which is free next.",
    booking="The booking, to be confirmed.",
)
async def booking_hold(
    ports: BookingPorts,
    act: Act,
    input: Annotated[BookingHoldInput, strawberry.argument(description="What is wanted.")],
    idempotency_key: Key,
) -> Booking:
    held = await holding.hold_place(ports, act, input.value(), idempotency_key=idempotency_key)
    return Booking.of(held)


@mutation("Confirm what is held for the viewer; again, it changes nothing.", booking=NOW)
async def booking_confirm(ports: VisitPorts, act: Act, id: BookingIdArgument) -> Booking:
    return Booking.of(await visiting.confirm_booking(ports, act, id))


@mutation(
    "Move a booking: the new time is taken before the old one is free, and where it is not free "
    "all stays as it is. Again, it changes nothing.",
    booking=NOW,
)
async def booking_move(
    ports: VisitPorts,
    act: Act,
    id: BookingIdArgument,
    starts_at: Annotated[
        datetime, strawberry.argument(description="The new time, one of bookingSlots.")
    ],
    advisor_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The new advisor; without, the same in the same store."),
    ] = None,
    store_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The new store, if another.")
    ] = None,
) -> Booking:
    moved = await visiting.move_booking(
        ports, act, id, starts_at=starts_at, advisor_id=advisor_id, store_id=store_id
    )
    return Booking.of(moved)


@mutation("Cancel a booking, whose time is free at once.", booking=NOW)
async def booking_cancel(ports: VisitPorts, act: Act, id: BookingIdArgument) -> Booking:
    return Booking.of(await visiting.cancel_booking(ports, act, id))


@mutation("Note that a customer came, on the day; for the store's people.", booking=NOW)
async def booking_arrive(ports: VisitPorts, act: Act, id: BookingIdArgument) -> Booking:
    return Booking.of(await visiting.note_arrival(ports, act, id))


@mutation("Note that a customer did not come; for the store's people.", booking=NOW)
async def booking_no_show(ports: VisitPorts, act: Act, id: BookingIdArgument) -> Booking:
    return Booking.of(await visiting.note_no_show(ports, act, id))


@query("What the viewer waits for, the oldest first; for members.")
async def own_booking_waits(ports: WaitPorts, act: Act) -> list[BookingWait]:
    return [BookingWait.of(one) for one in await waiting_list.own_waits(ports, act)]


@mutation(
    "Wait for a time on a day that is full. When one comes free, it is held for the viewer for 30 "
    "minutes and stands in ownBookings.",
    wait="The wish.",
)
async def booking_wait_join(
    ports: WaitPorts,
    act: Act,
    input: Annotated[BookingWaitInput, strawberry.argument(description="What is wanted.")],
) -> BookingWait:
    wait = await waiting_list.join_waiting_list(
        ports,
        act,
        service_id=input.service_id,
        store_id=input.store_id,
        day=input.day,
        advisor_id=input.advisor_id,
    )
    return BookingWait.of(wait)


@mutation("Wait no more; again, it changes nothing.")
async def booking_wait_leave(
    ports: WaitPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The wish's id.")],
) -> None:
    await waiting_list.leave_waiting_list(ports, act, id)


QUERIES = (own_bookings, booking, store_bookings, own_booking_waits)
MUTATIONS = (
    booking_hold,
    booking_confirm,
    booking_move,
    booking_cancel,
    booking_arrive,
    booking_no_show,
    booking_wait_join,
    booking_wait_leave,
)
