"""Every query and mutation that docs/promotions.md shows."""

from datetime import timedelta

import pytest

from domain.people.viewer import Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.api.mall.orders.test_orders import DELIVERY, MEMBER, M
from tests.api.promotions.test_coupons import a_member, claim
from tests.conftest import Service
from tests.support.content import GUIDE, HEAD_OFFICE, REVIEWER
from tests.support.documents import documents_of
from tests.support.fulfilling import an_order, open_stores_with_stock, pay
from tests.support.promoting import an_offer_input, drafted, from_amount, let_out

pytestmark = pytest.mark.anyio

FIFTY_OFF = from_amount(1, amountOff={"amountFen": 5_000})
DOCUMENTS = documents_of("promotions.md")


async def test_all_that_the_page_shows_works_in_its_order(service: Service, database: Database):
    await open_stores_with_stock(service)
    shown = dict(DOCUMENTS)

    async def run(name: str, viewer=HEAD_OFFICE, **variables):
        answer = await service.query(shown.pop(name), viewer, **variables)
        (payload,) = answer.data.values()
        assert not payload.get("userErrors")
        return payload

    rule = an_offer_input(from_amount(600_000, amountOff={"amountFen": 50_000}))
    offer = (await run("Draft", input=rule))["offer"]["id"]
    await run("HandIn", id=offer)
    out = (await run("LetOut", REVIEWER, id=offer))["offer"]["versions"][0]
    assert (out["state"], out["effect"]) == ("APPROVED", {"tiers": [{"at": 600_000}]})
    page = await run("OnPage", store="S1", product=M.split("-")[0])
    assert page["offerPriceFrom"] == {"fen": 239_900}
    assert [one["kind"] for one in page["offers"]] in ([], ["ORDER"])
    [taken] = (await run("TakeUp"))["nodes"]
    assert (taken["offer"]["id"], taken["claimed"], taken["used"]) == (offer, None, None)
    fees = await run("Fees", zones=[{"prefixes": ["65"], "feeFen": 2_000}])
    assert fees["shippingFees"]["version"] == 1
    wanted = {"storeId": "S1", "lines": [{"sku": M, "quantity": 1}], "delivery": DELIVERY}
    cost = await run("Cost", MEMBER, input=wanted)
    assert (cost["total"], cost["shippingFee"]) == ({"fen": 239_900}, {"fen": 0})
    coupon = {"kind": "ORDER_COUPON", "total": 1}
    await let_out(service, await drafted(service, FIFTY_OFF, name="五十元券", coupon=coupon))
    answer = await service.query(shown.pop("ToClaim"))
    [claimable] = answer.data["couponsToClaim"]
    claimed = await run("Claim", MEMBER, id=claimable["id"])
    assert claimed["coupon"]["state"] == "USABLE"
    assert (await run("Mine", MEMBER))["nodes"] == [claimed["coupon"]]
    code = (await run("Show", MEMBER, id=claimed["coupon"]["id"]))["code"]["code"]
    assert (await run("Hold", code=code))["coupon"]["state"] == "AT_TILL"
    assert [one["state"] for one in (await run("Use"))["coupons"]] == ["USED"]
    bought = await an_order(service, {M: 1}, viewer=MEMBER, key="back")
    await pay(service, bought, MEMBER)
    units = [{"sku": M, "quantity": 1}]
    back = await run("Back", MEMBER, order=bought, units=units)
    assert (back["amount"], back["byReturn"]) == ({"text": "¥2,399"}, False)
    await without_a_line(service, run)
    await given_by_a_guide(service, database, shown)
    await referred(service, database, shown)
    pack = {"channels": ["STORE"]}
    gift = from_amount(0, gift={"sku": M, "pieces": 1})
    offer = await drafted(service, gift, name="礼包", eligibility=pack, coupon=coupon)
    assert (await run("Send", id=offer))["packs"] == [{"offerId": offer, "left": 20}]
    answer = await service.query(shown.pop("Packs"), HEAD_OFFICE)
    assert answer.data["giftPacks"] == [{"offerId": offer, "left": 20}]
    assert not shown


async def without_a_line(service: Service, run) -> None:
    coupon = {"kind": "ORDER_COUPON", "total": 1}
    offer = await drafted(service, FIFTY_OFF, name="到店券", coupon=coupon)
    await let_out(service, offer)
    claimed = (await claim(service, offer))["coupon"]["id"]
    at_hand = await run("AtHand")
    assert offer in [one["offerId"] for one in at_hand["rules"]]
    token = (await run("Keep", MEMBER, id=claimed))["kept"]["token"]
    told = await run("Told", token=token, usedAt=now().isoformat())
    assert told["coupon"] == {"name": "到店券", "state": "USED"}
    [kept] = (await run("Kept"))["nodes"]
    assert (kept["number"], kept["coupon"]["id"]) == ("2026-000124", claimed)
    assert (await run("Refused"))["nodes"] == []


async def given_by_a_guide(service: Service, database: Database, shown: dict[str, str]) -> None:
    guide = {"guide_id": GUIDE.id, "store_id": GUIDE.store_id}
    touch = {"person_id": MEMBER.id, **guide, "touched_at": now()}
    await database["touches"].insert_one({"_id": "t", **touch})
    coupon = {"kind": "ORDER_COUPON", "total": 1, "way": "GUIDE"}
    offer = await drafted(service, FIFTY_OFF, name="导购赠券", coupon=coupon)
    await let_out(service, offer)
    [listed] = (await service.query(shown.pop("ToGive"), GUIDE)).data["couponsToGive"]
    assert (listed["left"], listed["coupon"]["id"]) == (1, offer)
    answer = await service.query(shown.pop("Give"), GUIDE, id=offer, member=MEMBER.id)
    given = answer.data["couponGive"]["coupon"]
    assert (given["state"], given["givenBy"]) == ("USABLE", GUIDE.id)


async def referred(service: Service, database: Database, shown: dict[str, str]) -> None:
    friend = a_member(2)
    for member, days in ((MEMBER, 400), (friend, 0)):
        joined = {"_id": member.id, "joined_at": now() - timedelta(days=days)}
        await database["members"].insert_one(joined)

    async def run(name: str, viewer: Viewer, **variables):
        [answer] = (await service.query(shown.pop(name), viewer, **variables)).data.values()
        assert not answer.get("userErrors")
        return answer

    terms = {"inviter": {"points": 500}, "friend": {"points": 200}}
    assert (await run("Terms", HEAD_OFFICE, input=terms))["terms"]["version"] == 1
    code = (await run("Invite", MEMBER))["code"]
    accepted = (await run("Accept", friend, code=code))["referral"]
    assert (accepted["state"], accepted["terms"]["friend"]) == ("JOINED", {"points": 200})
    assert (await run("Invited", MEMBER))["totalCount"] == 1
    await database["referrals"].update_one({"_id": friend.id}, {"$set": {"state": "FLAGGED"}})
    [flagged] = (await run("Flagged", HEAD_OFFICE))["nodes"]
    assert (flagged["id"], flagged["inviterId"]) == (friend.id, MEMBER.id)
    decided = (await run("Decide", HEAD_OFFICE, id=friend.id))["referral"]
    assert decided == {"state": "VOID", "reason": "同一家庭"}
