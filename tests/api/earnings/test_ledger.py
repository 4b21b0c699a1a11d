"""A paid order over HTTP: what everybody has of it, and who may see that."""

import pytest

from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from tests.conftest import Service
from tests.support.fulfilling import a_manager, a_paid_order, open_stores_with_stock
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

HEAD_OFFICE = Viewer(id=PersonId("head"), role=Role.HEAD_OFFICE)
GUIDE = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")
AUDIT = """{ ledgerAudit { difference { fen } inFlight sums { kind sum { fen text } } } }"""
JOURNALS = """{ ledgerJournals(account: "provider") { totalCount nodes {
  id cause orderId note lines { account amount { fen } } } } }"""
REVERSE = """mutation($id: ID!, $reason: String!) { journalReverse(id: $id, reason: $reason) {
  journal { id reverses orderId note lines { account amount { fen } } }
  userErrors { code field } } }"""
SET = """mutation($input: SplitRuleInput!) { splitRuleSet(input: $input) {
  rule { version sellingPermille } userErrors { code field } } }"""
RULES = """{ splitRules { version sellingPermille fulfillingPermille validFrom windowDays overlap
  mostForGuidesFen exceptions { category sharePermille } } }"""
ACCOUNTS = "{ ledgerAccounts(kind: PROVIDER) { totalCount nodes { account balance { text } } } }"
EXPLAIN = """query($id: ID!) { attributionExplain(orderId: $id) { named ruleVersion
  candidates { role guideId verdict link { shareCode } }
  credits { sku role account amount { fen } } } }"""
CREDITS = """query($guide: ID, $store: ID) { orderCredits(guideId: $guide, storeId: $store) {
  totalCount nodes { orderId ruleVersion payable maturesAt
    credits { role account amount { fen } } } } }"""
OWN = """{ ownEarnings { pending { fen text } payable { fen }
  entries { totalCount nodes { cause orderId at amount { fen } } } } }"""


async def test_a_payment_is_in_the_ledger_and_can_be_taken_back(service: Service):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)

    async def booked() -> int:
        found = await service.query(JOURNALS, HEAD_OFFICE)
        return found.data["ledgerJournals"]["totalCount"]

    await comes_to(1, booked)
    [journal] = (await service.query(JOURNALS, HEAD_OFFICE)).data["ledgerJournals"]["nodes"]
    assert journal["orderId"] == order
    assert sum(int(line["amount"]["fen"]) for line in journal["lines"]) == 0

    async def in_flight() -> int:
        return (await service.query(AUDIT, HEAD_OFFICE)).data["ledgerAudit"]["inFlight"]

    await comes_to(0, in_flight)
    audit = (await service.query(AUDIT, HEAD_OFFICE)).data["ledgerAudit"]
    assert audit["difference"] == {"fen": "0"}
    back = [
        (await service.query(REVERSE, HEAD_OFFICE, id=journal["id"], reason="测试")).data
        for _ in range(2)
    ]
    assert back[0] == back[1]
    assert back[0]["journalReverse"]["journal"]["reverses"] == journal["id"]
    accounts = (await service.query(ACCOUNTS, HEAD_OFFICE)).data["ledgerAccounts"]
    assert accounts["nodes"] == [{"account": "provider", "balance": {"text": "¥0"}}]


async def test_the_rule_is_set_over_the_version_that_was_seen(service: Service):
    rule = {"sellingPermille": 200, "fulfillingPermille": 700, "expectedVersion": 0}
    done = (await service.query(SET, HEAD_OFFICE, input=rule)).data["splitRuleSet"]
    assert done["rule"] == {"version": 1, "sellingPermille": 200}
    stale = (await service.query(SET, HEAD_OFFICE, input=rule)).refused("splitRuleSet")
    assert [one["code"] for one in stale] == ["CONFLICT"]
    large = (
        await service.query(SET, HEAD_OFFICE, input={**rule, "sellingPermille": 2_000})
    ).refused("splitRuleSet")
    assert large == [{"code": "INVALID", "field": ["input", "sellingPermille"]}]
    other = {
        "expectedVersion": 1,
        "windowDays": 14,
        "overlap": "GREATER",
        "mostForGuidesFen": 50_000,
        "exceptions": [{"sharePermille": 80, "servicePermille": 0, "category": "羽绒服"}],
    }
    assert (await service.query(SET, HEAD_OFFICE, input=other)).data["splitRuleSet"]["rule"]
    rules = (await service.query(RULES, HEAD_OFFICE)).data["splitRules"]
    assert [one["version"] for one in rules] == [2, 1, 0]
    assert (rules[0]["sellingPermille"], rules[0]["windowDays"]) == (200, 14)
    assert rules[0]["exceptions"] == [{"category": "羽绒服", "sharePermille": 80}]


async def test_a_paid_order_tells_who_has_what_of_every_line(service: Service):
    await open_stores_with_stock(service)
    order = await a_paid_order(service)

    async def roles() -> tuple[int | None, bool]:
        # The order's fact and its money's come to the books one after the other.
        found = (await service.query(EXPLAIN, HEAD_OFFICE, id=order)).data["attributionExplain"]
        credited = {one["role"] for one in found["credits"]}
        return found["ruleVersion"], credited >= {"SELLING", "FULFILMENT", "BRAND"}

    await comes_to((0, True), roles)
    found = (await service.query(EXPLAIN, HEAD_OFFICE, id=order)).data["attributionExplain"]
    assert not found["named"]
    assert found["candidates"] == []
    shown = (await service.query(CREDITS, HEAD_OFFICE, store="S1")).data["orderCredits"]
    assert [one["orderId"] for one in shown["nodes"]] == [order]
    assert shown["nodes"][0]["credits"] == []
    assert (await service.query(CREDITS, GUIDE, guide="G1")).data["orderCredits"]["nodes"] == []
    [error] = (await service.query(CREDITS, GUIDE, guide="G2")).errors
    assert error["extensions"]["code"] == "FORBIDDEN"
    [error] = (await service.query(CREDITS, HEAD_OFFICE)).errors
    assert error["extensions"]["code"] == "INVALID"


async def test_a_guide_has_nothing_at_first_and_others_may_not_look(service: Service):
    own = (await service.query(OWN, GUIDE)).data["ownEarnings"]
    assert own["pending"] == {"fen": "0", "text": "¥0"}
    assert own["entries"] == {"totalCount": 0, "nodes": []}
    for text, viewer in [(OWN, HEAD_OFFICE), (AUDIT, a_manager()), (JOURNALS, GUIDE)]:
        [error] = (await service.query(text, viewer)).errors
        assert error["extensions"]["code"] == "FORBIDDEN"
