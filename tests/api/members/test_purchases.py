"""Purchases of other channels: each once, whoever tells of them how often in which order."""

import asyncio
from datetime import timedelta

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.api.members.test_feeds import FEED, sent
from tests.api.members.test_staff import somebody
from tests.conftest import Service
from tests.support.fulfilling import open_stores_with_stock
from tests.support.purses import audience_ports, purse_ports
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

FEED_PURCHASES = """mutation ($channel: String!, $purchases: [PurchaseFeedInput!]!) {
  purchasesFeed(channel: $channel, purchases: $purchases) {
    purchases { number refundNumber isNew isMatched refusal code }
    userErrors { code field message } } }"""
IMPORT = """mutation ($file: Upload!, $mode: ImportMode!) {
  purchasesImport(file: $file, mode: $mode) {
    report { rows created changed unchanged errors { line column message } }
    userErrors { code message } } }"""
YESTERDAY = now() - timedelta(days=1)
PHONE = "13800138000"


def a_purchase(number: str = "T1", fen: int = 100_000, **changes):
    lines = [{"sku": "10001-BLK-M", "quantity": 1, "paidFen": fen}]
    return {"number": number, "at": YESTERDAY.isoformat(), "lines": lines, **changes}


def a_refund(refund: str, fen: int, number: str = "T1"):
    return a_purchase(number, fen, refundNumber=refund)


async def told(service: Service, *purchases, channel: str = "TILL", viewer: Viewer = FEED):
    answer = await service.query(FEED_PURCHASES, viewer, channel=channel, purchases=list(purchases))
    return answer.data["purchasesFeed"]["purchases"]


async def counted(database: Database, member: str):
    """What a member spent, in how many orders, and their points."""
    traits = (await audience_ports(database).traits.by_ids([PersonId(member)])).get(member)
    purse = await purse_ports(database).points_of(PersonId(member))
    pending = sum(one.units for one in purse.pending)
    if traits is None:
        return 0, 0, pending
    return (
        sum(one.fen for one in traits.spent),
        sum(one.orders for one in traits.spent),
        pending,
    )


async def a_member(service: Service, phone: str = PHONE, id: str = "7") -> str:
    [fed] = await sent(service, "TILL", {"id": id, "phone": phone})
    return fed["memberId"]


async def test_what_was_bought_before_somebody_was_known_counts_once_they_are(
    service: Service, database: Database
):
    # The refund comes first, and all of it again and again, by two at once.
    for _ in range(2):
        refund, *_ = await told(service, a_refund("R1", 30_000))
        await asyncio.gather(*(told(service, a_purchase(phone=PHONE)) for _ in range(2)))
    assert refund["isNew"] is False
    assert refund["refusal"] is None
    member = await a_member(service)
    await comes_to((70_000, 1, 700), lambda: counted(database, member))
    [rest] = await told(service, a_refund("R2", 70_000))
    assert (rest["isNew"], rest["isMatched"]) == (True, True)
    await comes_to((0, 0, 0), lambda: counted(database, member))
    [too_much] = await told(service, a_refund("R3", 1))
    assert too_much["code"] == "INVALID"


async def test_of_a_known_member_it_counts_at_once_and_repeats_change_nothing(
    service: Service, database: Database
):
    member = await a_member(service)
    purchase = a_purchase(channelMemberId="7")
    first, again = await told(service, purchase, purchase)
    assert (first["isNew"], again["isNew"]) == (True, False)
    assert first["isMatched"]
    await comes_to((100_000, 1, 1_000), lambda: counted(database, member))
    other = a_purchase(fen=5, channelMemberId="7")
    elsewhere, good = await told(service, other, a_purchase("T2", channelMemberId="7"))
    assert elsewhere["code"] == "CONFLICT"
    assert "lines" in elsewhere["refusal"]
    assert good["isNew"]
    await comes_to((200_000, 2, 2_000), lambda: counted(database, member))


async def test_a_number_that_went_to_somebody_else_takes_no_purchases_along(
    service: Service, database: Database
):
    old = await a_member(service)
    await database["member_identities"].update_one(
        {"member_id": old, "kind": "PHONE"},
        {"$set": {"member_id": "member_new", "passed_at": now()}},
    )
    [before, after] = await told(
        service,
        a_purchase("T1", phone=PHONE),
        a_purchase("T2", phone=PHONE, at=(now() + timedelta(minutes=1)).isoformat()),
    )
    assert (before["isMatched"], after["isMatched"]) == (False, True)


async def test_bad_ones_cost_themselves_and_strangers_may_tell_nothing(service: Service):
    tomorrow = (now() + timedelta(days=1)).isoformat()
    taken = await told(
        service,
        a_purchase("A", phone="1.3800138E+10"),
        a_purchase("B", at=tomorrow),
        a_purchase("C", storeId="NOWHERE"),
        a_purchase("D", guideId="nobody"),
        a_purchase("E", lines=[]),
        a_purchase("F", fen=-1),
        a_purchase("  "),
        a_refund("R", 0),
        a_purchase("H"),
    )
    assert [one["code"] for one in taken] == [
        "INVALID",
        "INVALID",
        "NOT_FOUND",
        "NOT_FOUND",
        *["INVALID"] * 4,
        None,
    ]
    for viewer in (await somebody(service, "may"), Viewer(id=PersonId("g"), role=Role.GUIDE)):
        assert await told(service, a_purchase("I"), viewer=viewer) is None


BOUGHT, PAID_BACK = (at.isoformat() for at in (YESTERDAY, YESTERDAY + timedelta(hours=1)))
FILE = f"""渠道,订单号,退款单号,时间,门店编号,手机号,SKU编码,数量,实付（分）
TMALL,9001,,{BOUGHT},,13800138000,10001-BLK-M,1,50000
TMALL,9001,,{BOUGHT},,13800138000,10002-BRN-S,2,70000
TMALL,9001,R1,{PAID_BACK},,,10002-BRN-S,1,35000
TMALL,9002,,{BOUGHT},NOWHERE,,10001-BLK-M,1,50000
TMALL,9003,,{BOUGHT},,13800138000,10001-BLK-M,1,50000
TMALL,9003,,{BOUGHT},,13800138000,10001-BLK-M,many,50000
"""


async def test_a_file_is_taken_in_once_and_a_bad_row_costs_the_whole_of_its_purchase(
    service: Service, database: Database
):
    await open_stores_with_stock(service)
    member = await a_member(service)

    file = ("a.csv", FILE.encode(), "text/csv")

    async def handed_in(mode: str):
        answer = await service.upload(IMPORT, file, FEED, mode=mode)
        return answer.data["purchasesImport"]

    refused = await handed_in("ALL_OR_NOTHING")
    assert refused["userErrors"][0]["code"] == "INVALID"
    assert refused["report"]["created"] == 0
    for again in (False, True):
        report = (await handed_in("GOOD_ROWS"))["report"]
        assert [(one["line"], one["column"]) for one in report["errors"]] == [
            (7, "quantity"),
            (5, "storeId"),
        ]
        assert (report["rows"], report["created"], report["unchanged"]) == (6, 1 - again, again)
    await comes_to((85_000, 1, 850), lambda: counted(database, member))
