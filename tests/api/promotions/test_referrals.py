"""Referrals over HTTP: both have something of a first purchase that stays, or a reason why not."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from domain.promotions.referrals import REFERRAL, ReferralState
from domain.promotions.rewarding import REFERRAL_FACTS, ReferralPorts, tend_referrals
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.promotions import promotion_followers, referral_ports
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.facts import MongoStream
from tests.api.mall.orders.test_orders import DELIVERY, MEMBER, M
from tests.api.promotions.test_coupons import FIFTY_OFF, a_coupon, a_member
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.content import GUIDE, HEAD_OFFICE
from tests.support.fulfilling import a_manager, act, an_order, open_stores_with_stock, pay
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

TERMS = """mutation($input: ReferralTermsInput!, $version: Int!) {
  referralTermsSet(input: $input, expectedVersion: $version) {
    terms { version perMonth } userErrors { code field } } }"""
INVITE = "mutation { referralInvite { code userErrors { code } } }"
ACCEPT = """mutation($code: String!) { referralAccept(code: $code) {
  referral { state acceptedAt } userErrors { code message } } }"""
OWN = "{ ownReferrals { totalCount nodes { state } } }"
ALL = """query($state: ReferralState!) { referrals(state: $state) { nodes {
  id inviterId orderId reason flags { doubt seen } } } }"""
DECIDE = """mutation($id: ID!, $reward: Boolean!) {
  referralDecide(id: $id, reward: $reward, comment: "看过") {
    referral { state reason } userErrors { code } } }"""
REFUND = """mutation($order: ID!, $fen: Int!, $key: String!) {
  orderRefund(orderId: $order, amountFen: $fen, reason: "退", idempotencyKey: $key) {
    userErrors { code message } } }"""
POINTS = "{ ownPoints { active debt } }"
COUPONS = "{ ownCoupons { nodes { state } } }"
COAT = 239_900
INVITER, FRIEND = a_member(1), a_member(2)
BOTH = {"inviter": {"points": 500}, "friend": {"points": 200}}
ELSEWHERE = {**DELIVERY, "phone": "13900139000", "address": "平江路2号"}


async def ask(service: Service, text: str, viewer: Viewer, **variables):
    [answer] = (await service.query(text, viewer, **variables)).data.values()
    return answer


def code_of(answer) -> str:
    return answer["userErrors"][0]["code"]


async def join(database: Database, *members: Viewer, at: datetime | None = None) -> None:
    for one in members:
        await database["members"].insert_one({"_id": one.id, "joined_at": at or now()})


async def invited(service: Service, friend=FRIEND, inviter=INVITER) -> None:
    code = (await ask(service, INVITE, inviter))["code"]
    assert not (await ask(service, ACCEPT, friend, code=code))["userErrors"]


async def bought(service: Service, friend=FRIEND, units=1, **changes) -> str:
    wanted = {"viewer": friend, "key": f"of {friend.id}", "delivery": ELSEWHERE, **changes}
    order = await an_order(service, {M: units}, **wanted)
    await pay(service, order, friend)
    return order


async def ship(service: Service, order: str) -> None:
    for name, more in (
        ("fulfilmentOrderAccept", ""),
        ("fulfilmentOrderShip", ', carrier: "SF", number: "SF1234567890"'),
    ):
        done = await act(service, a_manager("S1"), name, f"{order}-1", more)
        assert not done["userErrors"]


async def refund(service: Service, order: str, fen: int, key="r") -> None:
    done = await ask(service, REFUND, HEAD_OFFICE, order=order, fen=fen, key=key)
    assert not done["userErrors"]


async def state(ports: ReferralPorts, friend=FRIEND) -> str:
    return (await ports.referrals.by_ids({friend.id}))[friend.id].state.value


async def stands(ports: ReferralPorts, expected: str, friend=FRIEND) -> None:
    await comes_to(expected, partial(state, ports, friend))


async def sent(ports: ReferralPorts, friend=FRIEND) -> None:
    """Wait until it is known that the goods have left."""

    async def known() -> bool:
        return (await ports.referrals.by_ids({friend.id}))[friend.id].due_at.year < 9999

    await comes_to(True, known)


async def days_pass(ports: ReferralPorts, days: int) -> None:
    """Let the clock of two processes look at the same moment, some days later."""
    later = by_the_clock(now() + timedelta(days=days), new_id)
    await asyncio.gather(*(tend_referrals(ports, later) for _ in range(2)))


async def points(service: Service, viewer: Viewer) -> tuple[int, int]:
    """What somebody can spend, and owes."""
    found = (await service.query(POINTS, viewer)).data["ownPoints"]
    return found["active"], found["debt"]


@pytest.fixture
async def ports(service: Service, database: Database) -> ReferralPorts:
    """A mall with terms for both, and two members of today."""
    await open_stores_with_stock(service)
    await join(database, INVITER, at=now() - timedelta(days=400))
    await join(database, FRIEND)
    done = await ask(service, TERMS, HEAD_OFFICE, input=BOTH, version=0)
    assert done["terms"]["version"] == 1
    base = Foundation(settings=service.settings, database=database)
    await base.reference.opened()
    return referral_ports(base)


async def test_both_have_something_once_the_first_purchase_can_not_come_back(
    service: Service, database: Database, ports: ReferralPorts
):
    await invited(service)
    assert await state(ports) == "JOINED"
    order = await bought(service)
    await stands(ports, "BOUGHT")
    # Nothing is due while the goods have not left.
    await days_pass(ports, 400)
    assert await state(ports) == "BOUGHT"
    await ship(service, order)
    await sent(ports)
    await days_pass(ports, 14)
    assert (await state(ports), await points(service, INVITER)) == ("BOUGHT", (0, 0))
    await days_pass(ports, 16)
    await days_pass(ports, 17)
    assert await state(ports) == "REWARDED"
    assert await points(service, INVITER) == (500, 0)
    assert await points(service, FRIEND) == (200, 0)
    assert (await service.query(OWN, INVITER)).data["ownReferrals"]["nodes"] == [
        {"state": "REWARDED"}
    ]
    # Whatever is told again, in whatever batch, is done already.
    facts = await MongoStream(database).after(0, 1_000)
    told = tuple(one for one in facts if one.kind in REFERRAL_FACTS)
    base = Foundation(settings=service.settings, database=database)
    await base.reference.opened()
    [following] = [one for one in promotion_followers(base) if one.name == "referrals"]
    for _ in range(2):
        await following.handle(Batch(facts=told, upto=1_000))
    await days_pass(ports, 40)
    assert await points(service, INVITER) == (500, 0)
    # A part may come back; with all of it both lose what they had, once, as a debt if it is spent.
    await refund(service, order, COAT - 1, key="r1")
    await refund(service, order, 1, key="r2")
    await stands(ports, "REVERSED")
    assert await points(service, INVITER) == (0, 0)
    for _ in range(2):
        await following.handle(Batch(facts=told, upto=1_000))
    assert await points(service, FRIEND) == (0, 0)


async def test_what_is_paid_back_before_the_window_is_over_earns_nothing(
    service: Service, ports: ReferralPorts
):
    await invited(service)
    order = await bought(service)
    await ship(service, order)
    await sent(ports)
    await refund(service, order, COAT)
    await stands(ports, "VOID")
    await days_pass(ports, 40)
    assert (await points(service, INVITER), await points(service, FRIEND)) == ((0, 0), (0, 0))


async def test_a_first_purchase_that_is_too_small_is_no_second_chance(
    service: Service, ports: ReferralPorts
):
    dear = {**BOTH, "paidFen": COAT + 1}
    await ask(service, TERMS, HEAD_OFFICE, input=dear, version=1)
    await invited(service)
    await bought(service)
    await stands(ports, "VOID")
    await bought(service, units=2, key="second")
    await days_pass(ports, 40)
    assert await state(ports) == "VOID"


async def test_nobody_is_invited_by_themselves_by_two_or_long_after_they_came(
    service: Service, database: Database, ports: ReferralPorts
):
    code = (await ask(service, INVITE, INVITER))["code"]
    codes = await asyncio.gather(*(ask(service, INVITE, INVITER) for _ in range(4)))
    assert {one["code"] for one in codes} == {code}
    assert len(code) == 12
    assert code_of(await ask(service, ACCEPT, INVITER, code=code)) == "FORBIDDEN"
    assert code_of(await ask(service, ACCEPT, FRIEND, code="A" * 12)) == "NOT_FOUND"
    for viewer in (GUIDE, HEAD_OFFICE, Viewer(id=PersonId("visitor_1"), role=Role.VISITOR)):
        assert code_of(await ask(service, ACCEPT, viewer, code=code)) == "FORBIDDEN"
        assert code_of(await ask(service, INVITE, viewer)) == "FORBIDDEN"
    old, other = a_member(3), a_member(4)
    await join(database, old, at=now() - timedelta(days=2))
    await join(database, other)
    assert code_of(await ask(service, ACCEPT, old, code=code)) == "FORBIDDEN"
    # The same again, and at the same moment, is the same; another's comes too late.
    done = await asyncio.gather(*(ask(service, ACCEPT, FRIEND, code=code) for _ in range(4)))
    assert all(one == done[0] and one["referral"] for one in done)
    second = (await ask(service, INVITE, other))["code"]
    assert code_of(await ask(service, ACCEPT, FRIEND, code=second)) == "CONFLICT"
    # One of two invites the other.
    back = (await ask(service, INVITE, FRIEND))["code"]
    assert code_of(await ask(service, ACCEPT, INVITER, code=back)) == "FORBIDDEN"
    assert (await service.query(OWN, INVITER)).data["ownReferrals"]["totalCount"] == 1


async def rewardable(service: Service, ports: ReferralPorts, friend=FRIEND, **changes) -> None:
    order = await bought(service, friend, **changes)
    await ship(service, order)
    await sent(ports, friend)


async def flags(service: Service) -> dict[str, list[str]]:
    found = (await service.query(ALL, HEAD_OFFICE, state="FLAGGED")).data["referrals"]["nodes"]
    assert all(flag["seen"] for one in found for flag in one["flags"])
    return {one["id"]: [flag["doubt"] for flag in one["flags"]] for one in found}


async def test_one_household_is_looked_at_and_decided_once(service: Service, ports: ReferralPorts):
    await invited(service)
    await bought(service, INVITER)
    await rewardable(service, ports)
    await days_pass(ports, 16)
    assert await flags(service) == {FRIEND.id: ["HOUSEHOLD"]}
    assert await points(service, INVITER) == (0, 0)
    assert code_of(await ask(service, DECIDE, MEMBER, id=FRIEND.id, reward=True)) == "FORBIDDEN"
    asked = partial(ask, service, DECIDE, HEAD_OFFICE, id=FRIEND.id)
    done = await asyncio.gather(*(asked(reward=one) for one in (True, False, True)))
    assert len([one for one in done if one["referral"]]) == 1
    [won] = [one["referral"] for one in done if one["referral"]]
    assert (won["state"], await points(service, INVITER)) in (
        ("REWARDED", (500, 0)),
        ("VOID", (0, 0)),
    )
    assert code_of(await asked(reward=True)) == "WRONG_STATE"
    missing = await ask(service, DECIDE, HEAD_OFFICE, id="member_none", reward=True)
    assert code_of(missing) == "NOT_FOUND"


async def test_two_who_turn_out_to_be_one_have_nothing(
    service: Service, database: Database, ports: ReferralPorts
):
    await invited(service)
    await rewardable(service, ports)
    leads = {"$set": {"merged_into": INVITER.id}}
    await database["members"].update_one({"_id": FRIEND.id}, leads)
    await days_pass(ports, 16)
    assert (await state(ports), await points(service, INVITER)) == ("VOID", (0, 0))


async def test_who_turns_out_to_be_an_old_member_is_looked_at(
    service: Service, database: Database, ports: ReferralPorts
):
    old = a_member(3)
    await join(database, old, at=now() - timedelta(days=500))
    await invited(service)
    await rewardable(service, ports)
    await database["members"].update_one({"_id": FRIEND.id}, {"$set": {"merged_into": old.id}})
    await days_pass(ports, 16)
    assert await flags(service) == {FRIEND.id: ["KNOWN"]}
    assert (await ask(service, DECIDE, HEAD_OFFICE, id=FRIEND.id, reward=False))["referral"] == {
        "state": "VOID",
        "reason": "看过",
    }


async def lead(database: Database, loser: Viewer, survivor: Viewer) -> None:
    """Make a member lead to another, as a merge does."""
    members = database["members"]
    await members.update_one({"_id": loser.id}, {"$set": {"merged_into": survivor.id}})
    await members.update_one({"_id": survivor.id}, {"$push": {"also": loser.id}})


async def test_an_old_member_who_leads_to_the_friend_makes_them_known(
    service: Service, database: Database, ports: ReferralPorts
):
    old = a_member(3)
    await join(database, old, at=now() - timedelta(days=500))
    code = (await ask(service, INVITE, INVITER))["code"]
    # Who has proved their number before they accept is refused; after that they are looked at.
    both = replace(FRIEND, also=(old.id,))
    assert code_of(await ask(service, ACCEPT, both, code=code)) == "FORBIDDEN"
    await invited(service)
    await bought(service, INVITER)
    # The friend as whom they bought before had it sent where the inviter has.
    await bought(service, old)
    await lead(database, old, FRIEND)
    own = {**ELSEWHERE, "phone": "13900139003", "address": "平江路3号"}
    await rewardable(service, ports, delivery=own)
    await days_pass(ports, 16)
    assert await flags(service) == {FRIEND.id: ["KNOWN", "HOUSEHOLD"]}
    assert await points(service, INVITER) == (0, 0)


async def test_a_person_who_accepts_as_two_members_counts_once(
    service: Service, database: Database, ports: ReferralPorts
):
    twin, other = a_member(3), a_member(4)
    await join(database, twin, other)
    await invited(service)
    await invited(service, twin, other)
    await rewardable(service, ports)
    second = {**ELSEWHERE, "phone": "13900139009", "address": "平江路9号"}
    await rewardable(service, ports, twin, delivery=second)
    await lead(database, FRIEND, twin)
    # Who is that friend by now has accepted already.
    both = replace(twin, also=(FRIEND.id,))
    third = (await ask(service, INVITE, a_member(5)))["code"]
    assert code_of(await ask(service, ACCEPT, both, code=third)) == "CONFLICT"
    await days_pass(ports, 16)
    assert (await state(ports), await state(ports, twin)) == ("REWARDED", "VOID")
    assert (await points(service, INVITER), await points(service, other)) == ((500, 0), (0, 0))


async def test_a_friend_who_was_merged_buys_and_both_find_it_by_their_later_ids(
    service: Service, database: Database, ports: ReferralPorts
):
    later, inviter_later = a_member(3), a_member(4)
    await join(database, later, inviter_later)
    await invited(service)
    await lead(database, FRIEND, later)
    await lead(database, INVITER, inviter_later)
    order = await bought(service, later)
    await stands(ports, "BOUGHT")
    await ship(service, order)
    await sent(ports)
    await days_pass(ports, 16)
    assert await state(ports) == "REWARDED"
    assert await points(service, inviter_later) == (500, 0)
    assert await points(service, later) == (200, 0)
    both = replace(inviter_later, also=(INVITER.id,))
    assert (await service.query(OWN, both)).data["ownReferrals"]["nodes"] == [{"state": "REWARDED"}]


async def test_two_who_invite_each_other_by_another_account_have_nothing(
    service: Service, database: Database, ports: ReferralPorts
):
    second = a_member(3)
    await join(database, second)
    await invited(service)
    await invited(service, second, FRIEND)
    await lead(database, second, INVITER)
    await rewardable(service, ports)
    await days_pass(ports, 16)
    assert (await state(ports), await points(service, INVITER)) == ("VOID", (0, 0))


async def test_a_burst_and_what_is_over_the_cap_are_looked_at(
    service: Service, database: Database, ports: ReferralPorts
):
    terms = {**BOTH, "perMonth": 1, "anHour": 3}
    await ask(service, TERMS, HEAD_OFFICE, input=terms, version=1)
    friends = [FRIEND, a_member(3), a_member(4)]
    await join(database, *friends[1:])
    for n, friend in enumerate(friends):
        await invited(service, friend)
        own = {**ELSEWHERE, "phone": f"1390013900{n}", "address": f"平江路{n}号"}
        await rewardable(service, ports, friend, delivery=own)
    await days_pass(ports, 16)
    # Two at once, and only one of them within the cap.
    found = await flags(service)
    assert (len(found), set(map(tuple, found.values()))) == (2, {("CAP",)})
    assert await points(service, INVITER) == (500, 0)
    # With a fourth in the same hour, each of them would be one of a burst, the first as well.
    fourth = a_member(5)
    await join(database, fourth)
    await invited(service, fourth)
    anew = {"$set": {"state": "BOUGHT", "due_at": now()}}
    await database["referrals"].update_many({"_id": {"$ne": fourth.id}}, anew)
    await days_pass(ports, 16)
    assert list((await flags(service)).values()) == [["BURST"]] * 3


async def test_a_coupon_is_given_once_and_taken_back_while_it_waits(
    service: Service, database: Database, ports: ReferralPorts
):
    coupon = await a_coupon(service, effect=FIFTY_OFF, way="REFERRAL")
    terms = {"inviter": {"coupon": coupon}, "friend": {"points": 1}}
    await ask(service, TERMS, HEAD_OFFICE, input=terms, version=1)
    await invited(service)
    order = await bought(service)
    await ship(service, order)
    await sent(ports)

    async def own() -> list[str]:
        found = (await service.query(COUPONS, INVITER)).data["ownCoupons"]["nodes"]
        return [one["state"] for one in found]

    assert await own() == []
    # 16 days from now the coupon's own time would be over.
    await database["referrals"].update_many({}, {"$set": {"due_at": now()}})
    await stands(ports, "REWARDED")
    assert await own() == ["USABLE"]
    await refund(service, order, COAT)
    await stands(ports, "REVERSED")
    assert await own() == ["REVOKED"]


@one_after_the_other(
    "terms, code",
    [
        ({**BOTH, "friend": {}}, "INVALID"),
        ({**BOTH, "friend": {"points": -1}}, "INVALID"),
        ({**BOTH, "friend": {"coupon": "offer_none"}}, "NOT_FOUND"),
        ({**BOTH, "paidFen": 0}, "INVALID"),
        ({**BOTH, "returnDays": 61}, "INVALID"),
        ({**BOTH, "perMonth": 0}, "INVALID"),
    ],
)
async def test_terms_that_nobody_could_keep_are_refused(service: Service, terms, code):
    assert code_of(await ask(service, TERMS, HEAD_OFFICE, input=terms, version=0)) == code


def test_nothing_is_given_before_a_purchase():
    """No way leads to a reward but through a purchase."""
    assert REFERRAL.next[ReferralState.JOINED] == {ReferralState.BOUGHT, ReferralState.VOID}
