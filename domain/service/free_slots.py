"""Free slots: when which advisors of a store are free for a service on a day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.kernel.days import beijing_day, read_day
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound
from domain.learning.certificates import CertificatePorts, holders
from domain.network.directory import DirectorySource
from domain.network.hours import MINUTES_A_DAY, Span
from domain.network.stores import Store
from domain.people.accounts import Guide, GuideId, Guides
from domain.people.act import Act
from domain.service.bookings import moment_of
from domain.service.calendars import (
    CalendarDay,
    CalendarId,
    Calendars,
    advisor_day,
    resource_day,
)
from domain.service.services import (
    Advisor,
    Bookable,
    BookableId,
    ServiceBook,
    ServicePoint,
    at_work,
)

# Visits begin at these minutes of the hour.
STEP_MIN = 15
HORIZON = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPorts(Ports):
    """The stores, who works there, what can be booked, and what is taken."""

    directory: DirectorySource
    guides: Guides
    book: ServiceBook
    calendars: Calendars
    certificates: CertificatePorts


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDay:
    """A store on a day: its advisors, what it has, and what is taken of them."""

    store: Store
    day: date
    advisors: Sequence[Advisor]
    point: ServicePoint
    calendars: Mapping[CalendarId, CalendarDay]

    def calendar(self, id: CalendarId) -> CalendarDay:
        """A calendar of the day."""
        return self.calendars.get(id) or CalendarDay(id=id)

    def free_for(self, service: Bookable, visit: Span, *, booking: str = "") -> list[GuideId]:
        """Who is free for a visit, whoever has least to do that day first, ties by id."""
        kept = service.kept(visit)
        if kept.start < 0 or kept.end > MINUTES_A_DAY:
            return []
        if name := service.resource:
            resource = self.calendar(resource_day(self.store.id, name, self.day))
            most = self.point.count_of(name)
            if not resource.free(kept, most=most, booking=booking):
                return []
        found = [
            one.id
            for one in self.advisors
            if service.id in one.services
            and at_work(self.store, one, self.day, visit)
            and self._of(one.id).free(kept, booking=booking)
        ]
        return sorted(found, key=lambda one: (self._of(one).load_min, one))

    def slots(self, service: Bookable, after: datetime) -> Iterator[tuple[Span, list[GuideId]]]:
        """The visits that begin after a moment and somebody is free for, in order."""
        for start in range(0, MINUTES_A_DAY, STEP_MIN):
            visit = service.visit(start)
            if moment_of(self.day, start) > after and (free := self.free_for(service, visit)):
                yield visit, free

    def load_min(self, guide_id: GuideId) -> int:
        """For how many minutes of the day an advisor is taken."""
        return self._of(guide_id).load_min

    def _of(self, guide_id: GuideId) -> CalendarDay:
        return self.calendar(advisor_day(guide_id, self.day))


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSlot:
    """A time that can be booked, and with whom; whoever has least to do first."""

    starts_at: datetime
    ends_at: datetime
    advisors: Sequence[Guide]


def services_offered(services: Mapping[BookableId, Bookable]) -> Sequence[Bookable]:
    """What can be booked now, by id."""
    return sorted((one for one in services.values() if one.offered), key=lambda one: one.id)


async def bookables(ports: SlotPorts, act: Act) -> Sequence[Bookable]:
    """What can be booked in some store, by id."""
    return services_offered(await ports.book.services())


async def free_slots(
    ports: SlotPorts,
    act: Act,
    *,
    service_id: str,
    store_id: str,
    day: str,
    advisor_id: str | None = None,
) -> Sequence[FreeSlot]:
    """What is free of a service in a store on a day, with anybody or with one advisor."""
    service = await offered_service(ports, act, service_id)
    store = ports.directory.directory().store(store_id)
    at = read_day(day, ["day"])
    if not is_within(at, act.at):
        return []
    view, guides = await store_day(ports, act, store, at)
    found = []
    for visit, free in view.slots(service, act.at):
        chosen = [one for one in free if advisor_id in (None, one)]
        if chosen:
            found.append(
                FreeSlot(
                    starts_at=moment_of(at, visit.start),
                    ends_at=moment_of(at, visit.end),
                    advisors=[guides[one] for one in chosen],
                )
            )
    return found


async def offered_service(ports: SlotPorts, act: Act, id: str) -> Bookable:
    """The service of an id that can be booked now; else NotFound."""
    service = (await ports.book.services()).get(BookableId(id))
    if service is None or not service.offered:
        raise NotFound(
            "There is no such service to book; look at bookableServices.", field=["serviceId"]
        )
    return service


async def store_day(
    ports: SlotPorts, act: Act, store: Store, day: date
) -> tuple[StoreDay, Mapping[GuideId, Guide]]:
    """A store on a day, and those who work there; two round trips, and what certificates take."""
    guides = {one.id: one for one in await ports.guides.of_store(store.id)}
    known = await ports.book.advisors()
    advisors = await certified(ports, act, [known[one] for one in sorted(guides) if one in known])
    points = await ports.book.points()
    point = points.get(store.id) or ServicePoint(id=store.id)
    ids = [advisor_day(one.id, day) for one in advisors]
    ids += [resource_day(store.id, one.name, day) for one in point.resources]
    view = StoreDay(
        store=store,
        day=day,
        advisors=advisors,
        point=point,
        calendars=await ports.calendars.by_ids(ids) if ids else {},
    )
    return view, guides


async def certified(ports: SlotPorts, act: Act, advisors: Sequence[Advisor]) -> list[Advisor]:
    """Advisors with those services alone whose certificates they hold now."""
    services = await ports.book.services()
    lacking: dict[GuideId, set[BookableId]] = {}
    for service in services.values():
        trained = [one.id for one in advisors if service.id in one.services]
        if service.certificate and trained:
            held = await holders(ports.certificates, act, service.certificate, trained)
            for one in trained:
                if one not in held:
                    lacking.setdefault(one, set()).add(service.id)
    return [replace(one, services=one.services - lacking.get(one.id, set())) for one in advisors]


def is_within(day: date, now: datetime) -> bool:
    """Whether a day can be booked now: today or one of the days to come."""
    return beijing_day(now) <= day <= beijing_day(now + HORIZON)


def read_start(moment: datetime, now: datetime) -> tuple[date, int]:
    """The day and minute that a visit begins at; Invalid where it can't begin then."""
    field = ["startsAt"]
    day = beijing_day(moment)
    minutes, rest = divmod(moment - moment_of(day, 0), timedelta(minutes=1))
    if rest or minutes % STEP_MIN:
        raise Invalid(
            f"Visits begin each {STEP_MIN} minutes from the full hour on; take one of "
            "bookingSlots.",
            field=field,
        )
    if moment <= now:
        raise Invalid("This time is over; take one of bookingSlots.", field=field)
    if not is_within(day, now):
        raise Invalid(f"Book at most {HORIZON.days} days ahead.", field=field)
    return day, minutes
