"""Each journey that is shipped goes to its end, with messages, coupons and to-dos that are real."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.guiding.today import own_today
from domain.journeys.arranging import approve_journey, make_journey, publish_journey
from domain.journeys.entering import enter_members
from domain.journeys.shipped import SHIPPED, Filling, JourneyTemplate, filled_plan
from domain.journeys.speaking import SpeakingRules
from domain.kernel.facts import Fact
from domain.members.consent import Purpose
from domain.members.identities import IdentityKind, Naming, Proof, taken
from domain.members.profiles import Birthday
from domain.messaging.channels import MessageAllowance, MessageChannel, chat_id
from domain.messaging.templates import MessageContent, MessageTemplate
from domain.people.viewer import Role, Viewer
from qianmian.wiring.guiding import today_ports
from qianmian.wiring.journeys import arranging_journeys, entering_ports, journey_ports
from storage.mongo.kernel.database import Database
from tests.domain.journeys import builders
from tests.support.builders import a_product, a_variant
from tests.support.guiding import an_act, as_guide, open_shops
from tests.support.journeys import Journeying, a_journey_coupon, act_at
from tests.support.messaging import PlayedCarrier
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
# In the past, the database would forget windows that are over.
NOON = builders.NOON.replace(year=2032)
EDITOR = Viewer(id="staff_lin", role=Role.EDITOR, department="brand")
APP, COAT = "wx-official", "羽绒服"
T = JourneyTemplate
# Who enters which, and what becomes of each step at which something is done.
DONE = {
    ("unpaid", T.UNPAID_ORDER): "remind DONE, ask DONE: DONE",
    ("paid", T.UNPAID_ORDER): ": GOAL",
    ("coat", T.AFTER_PURCHASE): "care DONE, ask DONE: DONE",
    ("coat", T.RELATED_CATEGORY): "tell DONE: DONE",
    ("both", T.RELATED_CATEGORY): ": GOAL",
    ("visitor", T.THREE_MESSAGES): "first DONE, second DONE, third DONE: DONE",
    ("buyer", T.THREE_MESSAGES): "first DONE: GOAL",
    ("brief", T.THREE_MESSAGES): "first DONE, second DONE, third SKIPPED: DONE",
    ("closed", T.THREE_MESSAGES): "first SKIPPED, second SKIPPED, third SKIPPED: DONE",
    ("birthday", T.BIRTHDAY): "gift DONE, greet DONE: DONE",
    ("card", T.CARD_ENDS): "tell DONE, ask DONE: DONE",
    ("friend", T.RETURN_GIFT): "gift DONE, tell DONE, ask DONE: DONE",
    ("returned", T.RETURN_GIFT): "gift DONE, tell DONE: GOAL",
    ("till", T.STORE_TO_ONLINE): "coupon DONE, tell DONE: DONE",
    # The last coupon is gone: who has none is told of none.
    ("late", T.STORE_TO_ONLINE): "coupon SKIPPED: STOPPED",
}
MESSAGES = {
    T.UNPAID_ORDER: "service",
    T.AFTER_PURCHASE: "service",
    T.CARD_ENDS: "service",
    T.THREE_MESSAGES: "window",
}
NAMES = tuple(dict.fromkeys(name for name, _ in DONE))


def happened(kind: str, name: str, at: datetime, key: str = "", **data: object) -> Fact:
    member = f"member_{name}"
    said = {"buyerId": member, "orderId": f"o-{name}", "member": member, "person": member}
    return Fact(
        id=f"{kind}:{name}{key}",
        subject=f"{kind}:{name}",
        kind=kind,
        at=at,
        data={**said, "bond": f"bond-{name}", "lines": [], "storeId": None, **data},
    )


class Shop:
    """Everything that journeys speak by, with members who allow it, and a clock that is set."""

    def __init__(self, database: Database) -> None:
        self.journeying = Journeying(database)
        self.database, self.base, self.at = database, self.journeying.base, NOON
        played = self.journeying.played
        self.account = PlayedCarrier()
        carriers = {**played.ports.carriers, MessageChannel.OFFICIAL_ACCOUNT: self.account}
        self.messaging = replace(
            played.ports, carriers=carriers, official_app=APP, clock=lambda: self.at
        )
        self.journeying.ports = journey_ports(self.base, self.messaging)

    async def prepared(self) -> None:
        self.tasks = await open_shops(self.base)
        shoes = a_product("20001", category=("服装", "鞋"), variants=(a_variant("20001-RED-M"),))
        await self.base.reference.save_products([shoes])
        with looking_away():
            await self.journeying.ports.traits.book.opened()
        people = self.messaging.members.members
        for n, name in enumerate(NAMES):
            member = f"member_{name}"
            birthday = Birthday(month=11, day=26) if name == "birthday" else None
            await self.journeying.join(member, at=NOON, birthday=birthday)
            number = f"+8613800000{n:03}"
            phone = Naming(kind=IdentityKind.PHONE, value=number, sealed=people.phones.seal(number))
            follower = Naming(kind=IdentityKind.OPENID, value=f"o-{name}", scope=APP)
            for naming in (phone, follower):
                identity = taken(None, naming, member, Proof.WECHAT, NOON)
                await people.identities.save(identity, expected=0)
        with looking_away():
            touches = [
                {
                    "_id": f"t-{name}",
                    "person_id": f"member_{name}",
                    "guide_id": "G1",
                    "store_id": "S1",
                    "touched_at": NOON,
                }
                for name in NAMES
            ]
            await self.database["touches"].insert_many(touches)
            ends = (NOON + timedelta(days=31)).replace(hour=0)
            card = {"_id": "member_card", "level_until": ends, "segments": []}
            await self.database["member_traits"].insert_one(card)
        for name, hours in (("visitor", 48), ("buyer", 48), ("brief", 3)):
            window = MessageAllowance(
                id=chat_id(f"o-{name}"), left=5, until=NOON + timedelta(hours=hours)
            )
            await self.messaging.allowances.open(window)
        self.offer = await a_journey_coupon(self.base, total=4)
        await self.a_message("service", MessageChannel.SMS, Purpose.SERVICE)
        await self.a_message("marketing", MessageChannel.SMS, Purpose.MARKETING)
        await self.a_message("window", MessageChannel.OFFICIAL_ACCOUNT, Purpose.MARKETING)
        rules = SpeakingRules(version=1, a_day=5, a_week=20)
        await self.journeying.ports.rules.add(rules)

    async def a_message(self, id: str, channel: MessageChannel, purpose: Purpose) -> None:
        template = MessageTemplate(
            id=id,
            name=id,
            purpose=purpose,
            channels=(channel,),
            content=MessageContent(text="好"),
            version=1,
        )
        await self.messaging.templates.save(template, expected=0)

    async def all_live(self) -> dict[str, JourneyTemplate]:
        """All that are shipped, filled, approved by somebody else, and live."""
        ports, live = arranging_journeys(self.base, self.messaging), {}
        before = NOON - timedelta(hours=1)
        for key in JourneyTemplate:
            message = MESSAGES.get(key, "marketing")
            filling = Filling(
                messages=(message,) * SHIPPED[key].messages,
                offer_id=self.offer,
                category=COAT,
                related="鞋",
            )
            plan = filled_plan(key, filling)
            made = await make_journey(ports, an_act(EDITOR, at=before), key.value, plan)
            await approve_journey(ports, an_act(at=before), made.id, 1)
            await publish_journey(ports, an_act(at=before), made.id, 1, {})
            live[made.id] = key
        return live

    async def goes_on(self, at: datetime) -> None:
        self.at = at
        await enter_members(self.entering, act_at(at))
        await self.journeying.works(at)

    @property
    def entering(self):
        return replace(entering_ports(self.base, self.messaging), running=self.journeying.ports)


async def test_each_shipped_journey_goes_to_its_end(database: Database):
    shop = Shop(database)
    await shop.prepared()
    live = await shop.all_live()
    told = shop.journeying.told
    coat = [{"productId": "10001", "sku": "10001-NVY-M"}]
    shoes = [{"productId": "20001", "sku": "20001-RED-M"}]
    await told(
        NOON,
        *(happened("order.placed", name, NOON) for name in ("unpaid", "paid")),
        *(happened("order.paid", name, NOON, lines=coat) for name in ("coat", "both")),
        happened("order.paid", "closed", NOON, "shoes", lines=shoes),
        *(happened("link.touched", n, NOON) for n in ("visitor", "buyer", "brief", "closed")),
        *(happened("friend.valid", name, NOON) for name in ("friend", "returned")),
        happened("purchase.matched", "till", NOON, storeId="S1", lines=coat),
    )
    await shop.goes_on(NOON)
    soon = NOON + timedelta(minutes=30)
    await told(
        soon,
        happened("order.expired", "unpaid", soon),
        happened("order.paid", "paid", soon),
        happened("order.paid", "buyer", soon),
        happened("order.paid", "both", soon, "shoes", lines=shoes),
    )
    for hours in (1, 2.1, 4.2):
        await shop.goes_on(NOON + timedelta(hours=hours))
    for day in range(1, 25):
        morning = (NOON + timedelta(days=day)).replace(hour=10, minute=1)
        if day == 2:
            await told(
                morning,
                happened("purchase.matched", "returned", morning, storeId="S1"),
                happened("purchase.matched", "late", morning, storeId="S1"),
            )
        await shop.goes_on(morning)
    found = {}
    for name in NAMES:
        for run in (await shop.journeying.member(f"member_{name}")).runs:
            records = ", ".join(f"{one.step} {one.outcome}" for one in run.records)
            found[name, live[run.journey_id]] = f"{records}: {run.state}"
    assert {key: found.get(key) for key in DONE} == DONE
    # Another product line brought nobody in.
    assert ("closed", T.AFTER_PURCHASE) not in found
    assert sum(shop.account.handed.values()) == 3 + 1 + 2
    with looking_away():
        coupons = await database["coupons"].find({}, {"member_id": 1}).to_list(None)
    assert sorted(one["member_id"].removeprefix("member_") for one in coupons) == [
        "birthday",
        "friend",
        "returned",
        "till",
    ]
    # The guide found what to say on the day, with the words.
    day = (NOON + timedelta(days=1)).replace(hour=11)
    asked = await own_today(today_ports(shop.base, shop.tasks.sharing), as_guide("G1", at=day))
    assert [one.customer.member_id for one in asked] == ["member_unpaid"]
