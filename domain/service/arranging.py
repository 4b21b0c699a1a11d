"""Arranging services: head office says what can be booked, stores who is there for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.kernel.codes import read_code
from domain.kernel.lines import read_line
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Invalid, NotFound
from domain.kernel.within import Within
from domain.network.directory import DirectorySource
from domain.network.hours import read_hours
from domain.people.accounts import Guide, GuideId, Guides
from domain.people.act import Act
from domain.service.services import (
    Advisor,
    Bookable,
    BookableId,
    ServiceBook,
    ServicePoint,
    StoreResource,
)

UNIT_MIN = 5
LENGTHS = Within(5, 8 * 60)
BUFFERS = Within(0, 2 * 60)
MOST_SERVICES = 200
MOST_RESOURCES = 20
COUNTS = Within(0, 50)
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangingPorts(Ports):
    """What is arranged, where and with whom; and the book of who did it."""

    directory: DirectorySource
    guides: Guides
    book: ServiceBook
    records: Records


async def set_service(ports: ArrangingPorts, act: Act, wanted: Bookable) -> Bookable:
    """Offer a service, or change one; bookings keep it as it was when they were made."""
    act.viewer.require("bookable.set")
    known = await ports.book.services()
    code = BookableId(read_code(wanted.id, ["input", "id"]))
    before = known.get(code)
    if before is None and len(known) >= MOST_SERVICES:
        raise Invalid(f"There are {MOST_SERVICES} services at most.", field=["input", "id"])
    certificate = wanted.certificate
    service = replace(
        wanted,
        id=code,
        name=read_line(wanted.name, least=1, most=LONGEST_NAME, field=["input", "name"]),
        length_min=_units(wanted.length_min, LENGTHS, "lengthMin"),
        before_min=_units(wanted.before_min, BUFFERS, "beforeMin"),
        after_min=_units(wanted.after_min, BUFFERS, "afterMin"),
        resource=read_code(wanted.resource, ["input", "resource"]) if wanted.resource else None,
        certificate=read_code(certificate, ["input", "certificate"]) if certificate else None,
        version=before.version + 1 if before else 1,
    )
    await ports.book.save_service(service, expected=service.version - 1)
    subject = Subject(kind="bookable", id=code)
    record = act.record(
        "bookableServiceSet",
        subject,
        before=_service_values(before) if before else {},
        after=_service_values(service),
    )
    await ports.records.append(record)
    return service


async def set_advisor(
    ports: ArrangingPorts, act: Act, guide_id: str, *, shifts: str, services: Sequence[str]
) -> tuple[Advisor, Guide]:
    """Set when a guide is at work and what for; bookings that can't be kept then are told of."""
    act.viewer.require("advisor.set")
    guide = await ports.guides.by_id(GuideId(guide_id))
    if guide is None or not act.viewer.may("advisor.set", store=guide.store_id):
        raise NotFound("Your stores have no such guide.", field=["guideId"])
    known = await ports.book.services()
    wanted = frozenset(map(BookableId, services))
    if unknown := sorted(wanted - known.keys()):
        raise NotFound(f"There is no service {unknown[0][:60]!r}.", field=["serviceIds"])
    before = (await ports.book.advisors()).get(guide.id)
    advisor = Advisor(
        id=guide.id,
        shifts=read_hours(shifts, ["shifts"]),
        services=wanted,
        version=before.version + 1 if before else 1,
    )
    await ports.book.save_advisor(advisor, expected=advisor.version - 1)
    # So that the clock compares the store's bookings with it.
    point = await _point(ports, act, guide.store_id)
    await ports.book.save_point(replace(point, version=point.version + 1), expected=point.version)
    record = act.record(
        "advisorSet",
        Subject(kind="advisor", id=guide.id),
        before=_advisor_values(before) if before else {},
        after=_advisor_values(advisor),
    )
    await ports.records.append(record)
    return advisor, guide


async def set_resources(
    ports: ArrangingPorts, act: Act, store_id: str, resources: Sequence[StoreResource]
) -> ServicePoint:
    """Set what a store has for services, all of it anew."""
    act.viewer.require("store_resources.set", store=store_id)
    store = ports.directory.directory().store(store_id)
    field = ["resources"]
    if len({one.name for one in resources}) < len(resources) or len(resources) > MOST_RESOURCES:
        raise Invalid(f"Name up to {MOST_RESOURCES} resources, each once.", field=field)
    read = tuple(
        StoreResource(name=read_code(one.name, field), count=COUNTS.read(one.count, field))
        for one in resources
    )
    before = await _point(ports, act, store.id)
    point = replace(before, resources=read, version=before.version + 1)
    await ports.book.save_point(point, expected=before.version)
    record = act.record(
        "storeResourcesSet",
        Subject(kind="store", id=store.id),
        before={one.name: one.count for one in before.resources},
        after={one.name: one.count for one in read},
    )
    await ports.records.append(record)
    return point


async def store_advisors(
    ports: ArrangingPorts, act: Act, store_id: str
) -> Sequence[tuple[Advisor, Guide]]:
    """The guides of a store who can be booked, by id."""
    act.viewer.require("advisor.see", store=store_id)
    store = ports.directory.directory().store(store_id)
    known = await ports.book.advisors()
    guides = await ports.guides.of_store(store.id)
    return [(known[one.id], one) for one in guides if one.id in known]


async def _point(ports: ArrangingPorts, act: Act, store_id: str) -> ServicePoint:
    store = ports.directory.directory().store(store_id)
    return (await ports.book.points()).get(store.id) or ServicePoint(id=store.id)


def _units(value: int, within: Within, name: str) -> int:
    field = ["input", name]
    if within.read(value, field) % UNIT_MIN:
        raise Invalid(f"write a multiple of {UNIT_MIN} minutes.", field=field)
    return value


def _service_values(service: Bookable) -> dict[str, object]:
    return {
        "name": service.name,
        "lengthMin": service.length_min,
        "beforeMin": service.before_min,
        "afterMin": service.after_min,
        "resource": service.resource,
        "certificate": service.certificate,
        "offered": service.offered,
    }


def _advisor_values(advisor: Advisor) -> dict[str, object]:
    return {"shifts": str(advisor.shifts), "services": sorted(advisor.services)}
