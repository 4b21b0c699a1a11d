"""Every query and mutation that docs/earnings.md shows, in their order."""

from datetime import timedelta

import pytest

from domain.earnings.journals import Journal, JournalId, JournalLine, post_journals
from domain.kernel.days import month_of
from domain.kernel.ids import PersonId
from domain.people.accounts import Guide, GuideId
from domain.people.act import by_the_clock
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from qianmian.wiring.earnings import bookkeeping_ports
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoGuides
from tests.conftest import Service
from tests.support.documents import documents_of
from tests.support.foundations import a_foundation
from tests.support.fulfilling import a_paid_order, open_stores_with_stock
from tests.support.network import as_csv, counts, take_in
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

HEAD_OFFICE = Viewer(id=PersonId("head"), role=Role.HEAD_OFFICE)
FINANCE = Viewer(id=PersonId("books"), role=Role.FINANCE)
FRANCHISEE = Viewer(id=PersonId("f"), role=Role.FRANCHISEE, owner_id="O1")
MANAGER = Viewer(id=PersonId("m"), role=Role.STORE_MANAGER, store_id="S1")
GUIDE = Viewer(id=PersonId("G1"), role=Role.GUIDE, store_id="S1")
A_MONTH_AGO = timedelta(days=32)


async def test_all_that_the_page_shows_works_in_its_order(service: Service, database: Database):
    await open_stores_with_stock(service)
    owner = as_csv({"owner_code": "O1", "name": "苏州加盟", "kind": "franchisee"})
    counts(await take_in(service, "owners", owner))
    shown = documents_of("earnings.md")

    async def run(name: str, viewer=HEAD_OFFICE, **variables):
        answer = await service.query(shown[name], viewer, **variables)
        del shown[name]
        return answer.data

    order = await a_paid_order(service)

    async def divided() -> bool:
        # The order's fact and its money's come to the books one after the other.
        found = (await service.query(shown["Explain"], HEAD_OFFICE, order=order)).data
        booked = (await service.query(shown["Books"], HEAD_OFFICE)).data["ledgerJournals"]
        roles = {one["role"] for one in found["attributionExplain"]["credits"]}
        return bool(booked["nodes"]) and roles >= {"SELLING", "FULFILMENT", "BRAND"}

    await comes_to(True, divided)
    explained = (await run("Explain", order=order))["attributionExplain"]
    assert explained["ruleVersion"] is not None
    rule = (await run("Rule"))["splitRuleSet"]
    assert (rule["rule"]["version"], rule["userErrors"]) == (1, [])
    assert (await run("Mine", GUIDE, guide="G1"))["orderCredits"]["totalCount"] == 0
    assert (await run("OfTheStore", MANAGER, store="S1"))["storeEarnings"] == []
    owned = (await run("OfTheOwner", FRANCHISEE, owner="O1"))["ownerEarnings"]
    assert owned == {"pending": {"text": "¥0"}, "payable": {"text": "¥0"}}
    for name in ("Leaves", "HandedOver"):
        left = await service.query(shown.pop(name), HEAD_OFFICE, guide="G1", successor="G2")
        # No guides are in this brand's list.
        [payload] = left.data.values()
        assert payload["userErrors"][0]["code"] == "NOT_FOUND"
    books = await run("Books")
    [paid, *_] = books["ledgerJournals"]["nodes"]
    assert (await run("TakeBack", journal=paid["id"]))["journalReverse"]["userErrors"] == []
    month = month_of(now())
    assert (await run("Ranking", FINANCE, period=month))["guideRanking"]["nodes"] == []
    assert (await run("WhatSells", GUIDE, period=month))["whatSells"]["nodes"] == []
    brought = (await run("Effect", GUIDE, guide="G1", period=month))["contentEffect"]
    assert brought == {"visits": 0, "orders": 0, "net": {"text": "¥0"}}
    period = await stated(run, service, database, shown)
    await paid_out(run, service, shown, period)
    await frozen(run, service, database, shown)
    assert not shown


async def stated(run, service: Service, database: Database, shown: dict[str, str]) -> str:
    then = now() - A_MONTH_AGO
    lines = (
        JournalLine(account="owner:O1:payable", amount=12_300),
        JournalLine(account="brand", amount=-12_300),
    )
    journal = Journal(id=JournalId("j1"), order_id="o1", cause="a test", at=then, lines=lines)
    ledger = bookkeeping_ports(a_foundation(database)).ledger
    await post_journals(ledger, by_the_clock(then, str), [journal])
    period = month_of(then)
    preview = (await run("Preview", FINANCE, period=period))["settlementPreview"]
    assert [(one["ownerId"], one["closing"]["text"]) for one in preview["nodes"]] == [
        ("O1", "¥123")
    ]
    settled = (await run("Settle", FINANCE, period=period))["settlementRun"]
    assert settled["run"]["number"] == 1

    async def done() -> bool:
        found = await service.query("{ settlementRuns { doneAt } }", FINANCE)
        return found.data["settlementRuns"][0]["doneAt"] is not None

    await comes_to(True, done)
    found = await service.query(shown["Statements"], FRANCHISEE, owner="O1")
    [error] = found.errors
    # The runs are finance's, the statements the franchisee's too.
    assert error["extensions"]["code"] == "FORBIDDEN"
    [statement] = (await run("Statements", FINANCE, owner="O1"))["statementsOf"]["nodes"]
    assert (statement["entries"], statement["closing"]["text"]) == (1, "¥123")
    id_ = statement["id"]
    assert "j1,o1,a test" in (await run("File", FRANCHISEE, id=id_))["statementFile"]
    assert "¥123" in (await run("Page", FRANCHISEE, id=id_))["statementFile"]
    objected = (await run("Object", FRANCHISEE, id=id_, entry="j1"))["statementDispute"]
    dispute = objected["dispute"]["id"]
    [listed] = (await run("Objections", FINANCE))["disputes"]["nodes"]
    assert (listed["id"], listed["statementId"]) == (dispute, id_)
    assert (await run("Answer", FINANCE, id=dispute))["disputeAnswer"]["dispute"]["upheld"] is True
    return period


async def paid_out(run, service: Service, shown: dict[str, str], period: str) -> None:
    planned = (await run("Pay", FINANCE, period=period))["payoutsMake"]["payouts"]
    [payout] = planned["nodes"]
    assert (payout["ownerId"], payout["amount"]["text"]) == ("O1", "¥116.85")

    async def state() -> str:
        found = await service.query(shown["Paid"], FRANCHISEE, owner="O1")
        return found.data["payoutsOf"]["nodes"][0]["state"]

    await comes_to("BOOKED", state)
    whose = (await run("WhereTo", FINANCE, owner="O1"))["payeeSet"]["payee"]
    assert whose == {"bank": {"bank": "工商银行", "number": "…2222"}, "version": 1}
    file = (await run("ForTheBank", FINANCE, period=period))["payoutFile"]
    assert "工商银行,6222000011112222,116.85" in file
    shared = await service.query(shown.pop("Shared"), FINANCE, order="order_1")
    # Nothing is shared where WeChat Pay is not configured.
    assert shared.errors[0]["extensions"]["code"] == "NOT_FOUND"
    left = (await run("Left", FINANCE, id=payout["id"]))["payoutConfirm"]["payout"]
    assert left == {"state": "PAID", "reference": "B20261203-77"}
    came = await service.query(shown.pop("DidNotArrive"), FINANCE, id=payout["id"])
    assert [one["code"] for one in came.refused("payoutFail")] == ["WRONG_STATE"]
    assert (await run("Paid", FRANCHISEE, owner="O1"))["payoutsOf"]["nodes"][0]["reference"]


async def guides_paid(run, service: Service, database: Database, shown: dict[str, str]) -> None:
    made = await service.query(shown.pop("PayGuides"), FINANCE, period="2026-11")
    # Nobody transfers to persons where WeChat Pay is not configured.
    assert [one["code"] for one in made.refused("guideTransfersMake")] == ["WRONG_STATE"]
    guides = [
        Guide(id=GuideId(one), name="林小溪", store_id="S1", wecom_user_id=one)
        for one in ("G1", "G2")
    ]
    await MongoGuides(database).save_all(guides)
    lines = (
        JournalLine(account="guide:G1:payable", amount=12_300),
        JournalLine(account="guide:G2:payable", amount=700),
        JournalLine(account="brand", amount=-13_000),
    )
    journal = Journal(id=JournalId("j2"), order_id="o2", cause="a test", at=now(), lines=lines)
    ledger = bookkeeping_ports(a_foundation(database)).ledger
    await post_journals(ledger, by_the_clock(now(), str), [journal])
    whose = (await run("PaidAs", GUIDE, guide="G1"))["guidePayeeSet"]["payee"]
    assert whose["legalName"] == "林小溪"
    made = (await run("PayByFile", FINANCE, period="2026-11"))["guideTransfersMake"]
    assert made["round"] == {"planned": 2, "notReached": []}

    async def row() -> bool:
        found = await service.query(shown["ForTheWages"], FINANCE, period="2026-11")
        return "招商银行,6225000033334444,123.00" in found.data["guideTransferFile"]

    await comes_to(True, row)
    assert len((await run("ForTheWages", FINANCE, period="2026-11"))["guideTransferFile"]) > 200
    left = (await run("WasPaid", FINANCE, id="transfer:G1:2026-11"))["guideTransferConfirm"]
    assert left["transfer"] == {"state": "PAID", "reference": "工资 2026-11"}
    came = (await run("WasNotPaid", FINANCE, id="transfer:G2:2026-11"))["guideTransferFail"]
    assert came["transfer"]["state"] == "FAILED"
    [mine] = (await run("Transferred", GUIDE, guide="G1"))["guideTransfers"]["nodes"]
    assert (mine["way"], mine["state"], mine["amount"]["text"]) == ("FILE", "PAID", "¥123")


async def frozen(run, service: Service, database: Database, shown: dict[str, str]) -> None:
    refusals = {"Reconcile": ("billReconcile", "WRONG_STATE", {"day": "2026-10-31"})}
    refusals["SettleDifference"] = ("billDifferenceSettle", "NOT_FOUND", {"id": "none"})
    for name, (field, code, asked) in refusals.items():
        found = await service.query(shown.pop(name), FINANCE, **asked)
        # No bills come where WeChat Pay is not configured.
        assert [one["code"] for one in found.refused(field)] == [code]
    assert (await run("Differ", FINANCE))["billDifferences"]["nodes"] == []
    await guides_paid(run, service, database, shown)
    freeze = (await run("Freeze", FINANCE, guide="G1"))["earningsFreeze"]["freeze"]
    [listed] = (await run("Frozen", FINANCE))["earningsFrozen"]["nodes"]
    assert (listed["id"], listed["whose"]) == (freeze["id"], "G1")
    released = (await run("Release", FINANCE, id=freeze["id"]))["earningsRelease"]
    assert released["freeze"]["state"] == "RELEASED"
