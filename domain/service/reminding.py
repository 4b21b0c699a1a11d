"""Telling customers of their bookings: before a visit, and where nobody can keep its time."""

from dataclasses import dataclass
from datetime import datetime

from domain.kernel.days import BEIJING
from domain.kernel.facts import Batch, Fact
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid, NotFound
from domain.messaging.ports import MessagingPorts
from domain.messaging.sending import send
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.service.booking_facts import BOOKING_DISPLACED, BOOKING_REMINDED
from domain.service.free_slots import SlotPorts
from domain.service.services import BookableId

# The messages that head office writes for these; what it has not written is not sent.
TEMPLATES = {BOOKING_REMINDED: "booking-reminder", BOOKING_DISPLACED: "booking-displaced"}
TOLD_FACTS = frozenset(TEMPLATES)
PLACES = frozenset({"store", "advisor", "service", "day", "time"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindPorts(Ports):
    """Messages, and what bookings are of."""

    messaging: MessagingPorts
    slots: SlotPorts


async def tell_customers(ports: RemindPorts, act: Act, batch: Batch) -> None:
    """Send each its message, once; a reminder of what has begun comes too late."""
    for fact in batch.facts:
        begins = datetime.fromisoformat(fact.data["startsAt"])
        template = TEMPLATES[fact.kind]
        written = {one.id for one in await ports.messaging.templates.all()}
        if begins <= act.at or template not in written:
            continue
        try:
            await send(
                ports.messaging,
                act,
                f"booking:{fact.id}",
                member_id=fact.data["member"],
                template_id=template,
                values=await _values(ports, fact, begins),
            )
        except (NotFound, Invalid):
            # A visitor's, or of a member who was erased meanwhile; or the message was written
            # with places that nobody fills, before such were refused.
            continue


async def _values(ports: RemindPorts, fact: Fact, begins: datetime) -> dict[str, str]:
    store = ports.slots.directory.directory().stores.get(StoreId(fact.data["store"]))
    guide = await ports.slots.guides.by_id(GuideId(fact.data["guide"]))
    services = await ports.slots.book.services()
    service = services.get(BookableId(fact.data["service"]))
    local = begins.astimezone(BEIJING)
    return {
        "store": store.name if store else "",
        "advisor": guide.name if guide else "",
        "service": service.name if service else "",
        "day": f"{local.month}月{local.day}日",
        "time": f"{local:%H:%M}",
    }
