"""Services and their bookings."""

from functools import partial

from domain.kernel.facts import Follower
from domain.messaging.ports import MessagingPorts
from domain.service.arranging import ArrangingPorts
from domain.service.free_slots import SlotPorts
from domain.service.holding import BookingPorts
from domain.service.matching import MatchPorts
from domain.service.minding import MindingPorts, compare_with_hours, mind_bookings
from domain.service.reminding import TOLD_FACTS, RemindPorts, tell_customers
from domain.service.visiting import VisitPorts
from domain.service.waiting_list import FREED_FACTS, WaitPorts, follow_freed
from qianmian.clock import Job
from qianmian.foundation import Foundation
from qianmian.reacting import follower
from qianmian.wiring.learning import certificate_ports
from storage.mongo.contact.contact import MongoWays, contact_rules_of
from storage.mongo.kernel.records import MongoRecords
from storage.mongo.people.people import MongoGuides
from storage.mongo.people.sessions import MongoTallies
from storage.mongo.service.bookings import MongoBookings, MongoCalendars, MongoWaits
from storage.mongo.service.service_book import MongoServiceBook
from storage.mongo.sharing.touches import MongoTouches

MIND_EVERY_S = 1.0
COMPARE_EVERY_S = 5.0


def slot_ports(base: Foundation) -> SlotPorts:
    """What is free in stores."""
    return SlotPorts(
        directory=base.reference,
        guides=base.made(MongoGuides),
        book=base.made(MongoServiceBook),
        calendars=base.made(MongoCalendars),
        certificates=certificate_ports(base),
    )


def arranging_ports(base: Foundation) -> ArrangingPorts:
    """What can be booked, and who is there for it."""
    return ArrangingPorts(
        directory=base.reference,
        guides=base.made(MongoGuides),
        book=base.made(MongoServiceBook),
        records=base.made(MongoRecords),
    )


def booking_ports(base: Foundation) -> BookingPorts:
    """Bookings."""
    return BookingPorts(
        slots=slot_ports(base),
        bookings=base.made(MongoBookings),
        tallies=base.made(MongoTallies),
    )


def visit_ports(base: Foundation) -> VisitPorts:
    """What becomes of bookings."""
    return VisitPorts(holding=booking_ports(base), records=base.made(MongoRecords))


def wait_ports(base: Foundation) -> WaitPorts:
    """The waiting list."""
    return WaitPorts(holding=booking_ports(base), waits=base.made(MongoWaits))


def match_ports(base: Foundation) -> MatchPorts:
    """Which advisor visitors are shown."""
    return MatchPorts(
        slots=slot_ports(base),
        touches=base.made(MongoTouches),
        rules=base.made(contact_rules_of),
        ways=base.made(MongoWays),
    )


def service_followers(base: Foundation, messaging: MessagingPorts) -> tuple[Follower, ...]:
    """Who waits is served by what comes free, and customers are told of their bookings."""
    ports = wait_ports(base)
    telling = RemindPorts(messaging=messaging, slots=slot_ports(base))
    return (
        follower("waiting lists", FREED_FACTS, follow_freed, ports, from_the_first=False),
        follower("messages of bookings", TOLD_FACTS, tell_customers, telling, from_the_first=False),
    )


def service_jobs(base: Foundation) -> tuple[Job, ...]:
    """What the clock does to bookings."""
    ports = MindingPorts(holding=booking_ports(base))
    return (
        Job(name="minding of bookings", work=partial(mind_bookings, ports), every_s=MIND_EVERY_S),
        Job(
            name="comparing of bookings with hours",
            work=partial(compare_with_hours, ports),
            every_s=COMPARE_EVERY_S,
        ),
    )
