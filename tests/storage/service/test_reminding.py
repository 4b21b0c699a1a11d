"""What customers are told of their bookings: sent once, in time, in head office's words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.facts import Batch, Fact
from domain.kernel.ids import PersonId
from domain.messaging.channels import MessageAllowance, MessageChannel, permit_id
from domain.people.act import by_the_clock
from domain.service.minding import mind_bookings
from domain.service.reminding import TOLD_FACTS, RemindPorts, tell_customers
from domain.service.visiting import confirm_booking
from qianmian.clock import new_id
from storage.mongo.kernel.database import Database
from tests.support.messaging import WECHAT_TEMPLATE, Played
from tests.support.salon import EVE, Salon, act_of, at

pytestmark = pytest.mark.anyio
SOON = at("12:00")
WORDS = "{store} {advisor} {service} {day} {time}"


@pytest.fixture
async def salon(database: Database) -> Salon:
    found = Salon(database)
    await found.open()
    return found


@pytest.fixture
async def played(database: Database) -> Played:
    """The member whose bookings these are, who said yes to five messages."""
    found = Played(database)
    await found.join(PersonId("member_mei"))
    permit = MessageAllowance(id=permit_id("openid-mei", WECHAT_TEMPLATE), left=5)
    await found.ports.allowances.give(permit, "prompt", 100)
    return found


async def facts_of(salon: Salon) -> tuple[Fact, ...]:
    found = await salon.documents("bookings")
    facts = [Fact(**one) for each in found for one in each.get("outbox", {}).get("facts", [])]
    return tuple(one for one in facts if one.kind in TOLD_FACTS)


async def test_a_reminder_goes_once_before_the_visit_with_its_place_and_time(
    salon: Salon, played: Played
):
    booking = await salon.hold("mei", "12:00")
    await confirm_booking(salon.visits, act_of("mei"), booking.id)
    await mind_bookings(salon.minding, by_the_clock(SOON - timedelta(hours=24), new_id))
    await mind_bookings(salon.minding, by_the_clock(SOON - timedelta(hours=2), new_id))
    facts = await facts_of(salon)
    assert len(facts) == 2
    ports = RemindPorts(messaging=played.ports, slots=salon.holding.slots)
    early = by_the_clock(SOON - timedelta(hours=2), new_id)
    # Head office has not written any yet.
    await tell_customers(ports, early, Batch(facts=facts, upto=1))
    assert played.subscribe.texts == []
    await played.template(MessageChannel.SUBSCRIBE_MESSAGE, id="booking-reminder", text=WORDS)
    for _ in range(2):
        await tell_customers(ports, early, Batch(facts=facts, upto=1))
    [store] = {one.name for one in salon.stores.directory().stores.values() if one.id == "S1"}
    assert played.subscribe.texts == [f"{store} 导购G1 试穿 11月28日 12:00"] * 2


async def test_who_can_not_be_told_any_more_is_told_nothing(salon: Salon, played: Played):
    await played.template(MessageChannel.SUBSCRIBE_MESSAGE, id="booking-reminder", text=WORDS)
    booking = await salon.hold("mei", "12:00")
    await confirm_booking(salon.visits, act_of("mei"), booking.id)
    await mind_bookings(salon.minding, by_the_clock(SOON - timedelta(hours=2), new_id))
    facts = await facts_of(salon)
    ports = RemindPorts(messaging=played.ports, slots=salon.holding.slots)
    late = by_the_clock(SOON, new_id)
    await tell_customers(ports, late, Batch(facts=facts, upto=1))
    erased = tuple(replace(one, data={**one.data, "member": "nobody"}) for one in facts)
    early = by_the_clock(EVE, new_id)
    await tell_customers(ports, early, Batch(facts=erased, upto=1))
    assert played.subscribe.texts == []
