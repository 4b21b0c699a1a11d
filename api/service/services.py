"""What can be booked, with whom, and when it is free."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.network.stores import StoreIdArgument
from api.sharing.guides import Guide
from domain.people import accounts
from domain.people.act import Act
from domain.service import arranging
from domain.service import free_slots as slots
from domain.service import services as values
from domain.service.arranging import ArrangingPorts
from domain.service.free_slots import SlotPorts
from domain.service.services import BookableId


@strawberry.type(description="A service that customers book in a store.")
class BookableService(Packed[values.Bookable]):
    id: strawberry.ID = strawberry.field(description="The brand's code for it.")
    name: str = strawberry.field(description="What customers call it.")
    length_min: int = strawberry.field(description="How many minutes a visit takes.")
    before_min: int = strawberry.field(description="Minutes kept free before a visit.")
    after_min: int = strawberry.field(description="Minutes kept free after a visit.")
    resource: str | None = strawberry.field(
        description="What a visit needs one of in the store; null for the advisor alone."
    )
    certificate: str | None = strawberry.field(
        description="What advisors have to hold to be booked for it; null for nothing."
    )
    offered: bool = strawberry.field(description="Whether it can be booked.")
    version: int = strawberry.field(description="Rises with each change.")


@strawberry.input(description="A service that customers book in a store.")
class BookableServiceInput:
    id: strawberry.ID = strawberry.field(description="The brand's code; a known one is changed.")
    name: str = strawberry.field(description="What customers call it, at most 40 characters.")
    length_min: int = strawberry.field(description="Minutes of a visit: 5 to 480, by fives.")
    before_min: int = strawberry.field(
        default=0, description="Minutes kept free before it: 0 to 120, by fives."
    )
    after_min: int = strawberry.field(
        default=0, description="Minutes kept free after it: 0 to 120, by fives."
    )
    resource: str | None = strawberry.field(
        default=None, description="The code of what it needs one of in the store, if anything."
    )
    certificate: str | None = strawberry.field(
        default=None, description="Of an exam: only advisors who hold it can be booked for it."
    )
    offered: bool = strawberry.field(default=True, description="Whether it can be booked.")

    def value(self) -> values.Bookable:
        """The service as the domain knows it."""
        return values.Bookable(
            id=BookableId(self.id),
            name=self.name,
            length_min=self.length_min,
            before_min=self.before_min,
            after_min=self.after_min,
            resource=self.resource,
            certificate=self.certificate,
            offered=self.offered,
        )


@strawberry.type(description="A guide who can be booked.")
class Advisor:
    guide: Guide = strawberry.field(description="The guide.")
    shifts: str = strawberry.field(
        description="When they are at work, as opening hours are written; leave is a closed date."
    )
    service_ids: list[strawberry.ID] = strawberry.field(description="What they are trained for.")

    @classmethod
    def of(cls, found: tuple[values.Advisor, accounts.Guide]) -> "Advisor":
        """Pack an advisor."""
        advisor, guide = found
        ids = [strawberry.ID(one) for one in sorted(advisor.services)]
        return cls(guide=Guide.of(guide), shifts=str(advisor.shifts), service_ids=ids)


@strawberry.type(description="How many of a resource a store has for services.")
class StoreResource(Packed[values.StoreResource]):
    name: str = strawberry.field(description="The resource's code, which services name.")
    count: int = strawberry.field(description="How many there are.")


@strawberry.input(description="How many of a resource a store has for services.")
class StoreResourceInput:
    name: str = strawberry.field(description="The resource's code, such as FITTING_ROOM.")
    count: int = strawberry.field(description="How many there are, 0 to 50.")

    def value(self) -> values.StoreResource:
        """The resource as the domain knows it."""
        return values.StoreResource(name=self.name, count=self.count)


@strawberry.type(description="A time that can be booked.")
class BookingSlot(Packed[slots.FreeSlot]):
    starts_at: datetime = strawberry.field(description="When the visit begins.")
    ends_at: datetime = strawberry.field(description="When the visit ends.")
    advisors: list[Guide] = strawberry.field(
        description="Who is free then, whoever has least to do that day first."
    )


DayArgument = Annotated[
    str, strawberry.argument(description="A day in Beijing, such as `2026-11-28`.")
]
ServiceIdArgument = Annotated[strawberry.ID, strawberry.argument(description="The service's id.")]
AdvisorFilter = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only with this guide.")
]


@query("What can be booked, by id.", public=True)
async def bookable_services(ports: SlotPorts, act: Act) -> list[BookableService]:
    return [BookableService.of(one) for one in await slots.bookables(ports, act)]


@query(
    "The free times of a service in a store on a day, in order: none where nobody is free or the "
    "day is over or more than 60 days ahead."
)
async def booking_slots(
    ports: SlotPorts,
    act: Act,
    service_id: ServiceIdArgument,
    store_id: StoreIdArgument,
    day: DayArgument,
    advisor_id: AdvisorFilter = None,
) -> list[BookingSlot]:
    found = await slots.free_slots(
        ports, act, service_id=service_id, store_id=store_id, day=day, advisor_id=advisor_id
    )
    return [BookingSlot.of(one) for one in found]


@query("The guides of a store who can be booked, by id; for the store's people.")
async def store_advisors(
    ports: ArrangingPorts, act: Act, store_id: StoreIdArgument
) -> list[Advisor]:
    return [Advisor.of(one) for one in await arranging.store_advisors(ports, act, store_id)]


@mutation(
    "Offer a service, or change one; bookings keep it as it was. For head office.",
    service="The service as it is now.",
)
async def bookable_service_set(
    ports: ArrangingPorts,
    act: Act,
    input: Annotated[BookableServiceInput, strawberry.argument(description="All of it.")],
) -> BookableService:
    return BookableService.of(await arranging.set_service(ports, act, input.value()))


@mutation(
    "Set when a guide is at work and what they can be booked for. Bookings that can't be kept then "
    "are displaced: the customer is told once.",
    advisor="The guide as an advisor.",
)
async def advisor_set(
    ports: ArrangingPorts,
    act: Act,
    guide_id: Annotated[strawberry.ID, strawberry.argument(description="The guide.")],
    shifts: Annotated[
        str,
        strawberry.argument(
            description="As opening hours are written, such as `Mon-Fri 10:00-14:00,15:00-19:00; "
            "2026-12-01..2026-12-03 closed`: breaks between spans, leave as closed dates."
        ),
    ],
    service_ids: Annotated[
        list[strawberry.ID],
        strawberry.argument(description="What they are trained for, all of it."),
    ],
) -> Advisor:
    return Advisor.of(
        await arranging.set_advisor(ports, act, guide_id, shifts=shifts, services=service_ids)
    )


@mutation("Set what a store has for services, all of it anew.", resources="What it has now.")
async def store_resources_set(
    ports: ArrangingPorts,
    act: Act,
    store_id: StoreIdArgument,
    resources: Annotated[
        list[StoreResourceInput], strawberry.argument(description="Each resource once.")
    ],
) -> list[StoreResource]:
    wanted = [one.value() for one in resources]
    point = await arranging.set_resources(ports, act, store_id, wanted)
    return [StoreResource.of(one) for one in point.resources]


QUERIES = (bookable_services, booking_slots, store_advisors)
MUTATIONS = (bookable_service_set, advisor_set, store_resources_set)
