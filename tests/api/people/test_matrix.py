"""Every operation by every role, near and far, compared with the table of rights.

Everybody asks about the same things: those of store S1, in region 320500, of owner "brand". Who is
near belongs there, who is far belongs to S9, in another region and of another owner.
"""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from graphql import get_named_type, is_composite_type

from domain.contact.groups import CustomerGroup, GroupId
from domain.earnings.statements import Statement, StatementId
from domain.kernel.days import beijing_day
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.network.stores import StoreId
from domain.people.accounts import Member
from domain.people.actions import RIGHTS
from domain.people.roles import ANONYMOUS_ROLE, Role
from domain.people.scopes import Scope
from domain.people.viewer import Viewer
from domain.service.bookings import moment_of
from qianmian.clock import now
from storage.mongo.contact.groups import MongoCustomerGroups
from storage.mongo.earnings.statements import MongoStatements
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoMembers
from tests.api.mall.orders.test_orders import MEMBER, M
from tests.api.test_hostile_values import Operation, operations, sent
from tests.conftest import Service
from tests.support.builders import NOON
from tests.support.fulfilling import a_manager, a_paid_order, act, open_stores_with_stock
from tests.support.network import (
    HEAD_OFFICE,
    LIANGXI,
    a_store_row,
    as_csv,
    counts,
    take_in,
)
from tests.support.pictures import a_jpeg
from tests.support.sharing import UPLOAD
from tests.support.waiting import comes_to

# It sends what every operation sends to the database, so that is held to the declaration here.
pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]

NEAR, FAR = "near", "far"
WHERE = {
    NEAR: {"store_id": "S1", "region_id": "320500", "owner_id": "brand"},
    FAR: {"store_id": "S9", "region_id": "320200", "owner_id": "other"},
}
PLACE_OF = {
    Role.GUIDE: "store_id",
    Role.STORE_MANAGER: "store_id",
    Role.REGION_MANAGER: "region_id",
    Role.FRANCHISEE: "owner_id",
}


def somebody(role: Role, side: str) -> Viewer:
    place = PLACE_OF.get(role)
    person = PersonId(f"{role.value}_{side}")
    return Viewer(id=person, role=role, **({place: WHERE[side][place]} if place else {}))


# The buyer of what is asked about, and people of every role near and far.
ASKERS: list[tuple[str, Viewer | None]] = [
    (NEAR, None),
    (NEAR, MEMBER),
    *((FAR, somebody(role, FAR)) for role in Role),
    *((NEAR, somebody(role, NEAR)) for role in Role if role in PLACE_OF),
]
SHUT_OUT = {"UNAUTHENTICATED", "FORBIDDEN"}
PLACES = {Scope.STORE, Scope.REGION, Scope.OWNER}
DESK = "Accept Reject Hold Split Ship Ready HandOver Unclaimed".split()
LAYER = ("layer", "layerDraft", "layerDraftDiscard", "layerPublish", "layerRollBack")
OWN_TASKS = "{ ownTasks { task { id } } }"
NONE = [{"sku": "none", "quantity": 1}]
# What an operation of some scope is asked about, each of it S1's or the buyer's; where it takes a
# storeId, that is S1 anyway. ORDER and SENT are the buyer's orders, paid and sent by S1.
CONTACT_OF_A_GUIDE = ("contactWelcomeSet", "guideFriends", "handOver", "handOverStart")
ABOUT: dict[str, dict[str, Any]] = {
    **{one: {"id": "S1"} for one in RIGHTS["store.run"].operations},
    **{one: {"id": "BOOKING"} for one in RIGHTS["booking.change"].operations},
    **{one: {"id": "BOOKING"} for one in ("bookingArrive", "bookingNoShow")},
    **{one: {"scope": "STORE", "id": "S1", "period": "2026-11"} for one in ("board", "boardCsv")},
    "boardRows": {"scope": "STORE", "id": "S1", "period": "2026-11", "metric": "VISITS"},
    **{one: {"regionId": "320500"} for one in ("stockBoard", "stockBoardCsv")},
    "weeklyBrief": {"scope": "STORE", "id": "S1", "startsOn": "2026-11-23"},
    "node": {"id": "Store:S1"},
    "nodes": {"ids": ["Store:S1"]},
    "touchpointCreate": {
        "input": {
            "kind": "DOOR",
            "label": "门口",
            "guideId": "GUIDE_near",
            "scene": "IN_STORE",
            "targetKind": "STOREFRONT",
            "targetId": "S1",
        }
    },
    "advisorSet": {"guideId": "GUIDE_near"},
    **{one: {"guideId": "GUIDE_near"} for one in CONTACT_OF_A_GUIDE},
    **{f"fulfilmentOrder{step}": {"id": "ORDER-1"} for step in ("", *DESK)},
    **{one: {"id": "store:S1"} for one in LAYER},
    **{one: {"guideId": "GUIDE_near"} for one in RIGHTS["coins.see"].operations},
    "taskPublish": {
        "input": {
            "templateId": "A-TEMPLATE",
            "audience": {"storeIds": ["S1"]},
            "recurrence": "ONCE",
            "startsOn": "A-DAY",
            "endsOn": "A-DAY",
        }
    },
    **{one: {"id": "A-TASK"} for one in ("taskCancel", "taskGuides")},
    **{one: {"id": "A-COPY"} for one in RIGHTS["task.judge"].operations},
    **{f"coinRewardOrder{step}": {"id": "REWARD"} for step in ("HandOver", "Cancel")},
    **{f"return{step}": {"id": "SENT-b1"} for step in ("Receive", "Accept", "Refuse", "Cancel")},
    **{
        one: {"orderId": "ORDER"}
        for one in ("orderProgress", "refundPreview", "paymentCheck", "paymentStart")
    },
    **{one: {"memberId": MEMBER.id} for one in RIGHTS["customer.see"].operations},
    **{one: {"memberId": MEMBER.id} for one in RIGHTS["message.see"].operations},
    **{one: {"groupId": "wr1"} for one in ("customerGroupPurposeSet", "customerGroupSales")},
    "errandsAsk": {
        "input": {
            "storeId": "S1",
            "kind": "MOMENT",
            "text": "上新",
            "title": "来看看",
            "targetKind": "STOREFRONT",
            "targetId": "S1",
        }
    },
    # Without this one's consent nobody could look at the member any more.
    "memberConsentWithdraw": {"purpose": "MARKETING"},
    **{one: {"guideId": "GUIDE_near"} for one in RIGHTS["guide.hand_over"].operations},
    **{
        one: {"regionId": "320500"}
        for one in ("guideAssessment", "guideAssessmentFile", "examEffects")
    },
    "storeMembers": {"storeId": "S1"},
    "guides": {"storeId": "S1"},
    "returnQueue": {"storeId": "S1"},
    "orderSearch": {"search": {"storeId": "S1"}},
    "order": {"id": "ORDER"},
    "orderCancel": {"orderId": "ORDER", "units": NONE},
    "orderCredits": {"storeId": "S1"},
    "recipientShow": {"id": "SENT-1"},
    "recordsBy": {"personId": MEMBER.id},
    "returnRequest": {"orderId": "SENT", "units": NONE},
    **{one: {"id": "brand:2026-10"} for one in ("statement", "statementFile", "statementDispute")},
    "contentEffect": {"of": "STORE", "id": "S1"},
    "ownerEarnings": {"ownerId": "brand"},
    "payee": {"ownerId": "brand"},
    "guidePayee": {"guideId": "GUIDE_near"},
    "guidePayeeSet": {"input": {"guideId": "GUIDE_near", "expectedVersion": 0}},
    "payoutsOf": {"ownerId": "brand"},
    "statementsOf": {"ownerId": "brand"},
    "safetyRuleRemove": {"id": "*:*:S1"},
    "safetyRuleSet": {"input": {"storeId": "S1", "units": 1}},
    "shareLinkCreate": {
        "input": {
            "guideId": "GUIDE_near",
            "kind": "STOREFRONT",
            "targetId": "S1",
            "scene": "MOMENTS",
        }
    },
    "stockAdjust": {
        "input": {"storeId": "S1", "sku": M, "units": 1, "at": "2026-11-01T00:00:00+08:00"}
    },
    "stockShortages": {"storeId": "S1"},
    "stockTransferReceive": {"id": "to-S1"},
    "stockTransferSend": {"input": {"fromStoreId": "S1", "toStoreId": "S9", "lines": NONE}},
    "stockTransfersUnderWay": {"storeId": "S1"},
}
# Of these there is no far side here: posts have tests of their own, and one adapts for one's own.
# The place stands in what is changed, or in the rows of a file, which tests of theirs try.
BY_ROLE_ALONE = {
    *RIGHTS["post.change"].operations,
    *RIGHTS["post.adapt"].operations,
    "stockDifferencesImport",
    "stockImport",
    "touchpointComparison",
    # Each sees what is theirs of these.
    "examResults",
    "regionAssessment",
    "taskCompletion",
    "tasks",
    # What they are about has an id of its own, which tests of theirs try.
    "contestRows",
    "contestSaleApprove",
    "contestSaleReject",
    "remarkRemove",
}
# What is a guide's own here, of whom the one who is near is asked about.
OF_A_GUIDE = {"shareLinkCreate", "guidePayee", "guidePayeeSet"}
# Whom nobody knows by what the test sends is UNAUTHENTICATED, whoever may try.
SIGNING_IN = {*RIGHTS["session.use"].operations, *RIGHTS["member.set_phone"].operations}
ALL = {one.name: one for kind in ("query", "mutation") for one in operations(kind)}
TOGETHER = 12


def is_about(operation: Operation) -> bool:
    return operation.name in ABOUT or "storeId" in operation.least


def may(operation: Operation, side: str, viewer: Viewer | None) -> bool:
    """What the table says, read by hand."""
    role = viewer.role if viewer else ANONYMOUS_ROLE
    scopes = RIGHTS.of_operation(operation.name).scopes(role)
    if Scope.ALL in scopes or not is_about(operation):
        return bool(scopes)
    if operation.name in OF_A_GUIDE and role is Role.GUIDE:
        return side == NEAR
    return (viewer == MEMBER and Scope.OWN in scopes) or (side == NEAR and bool(scopes & PLACES))


async def test_who_may_not_is_shut_out_everywhere_and_who_may_is_let_in(
    service: Service, database: Database
):
    names = await a_brand(service)
    await MongoStatements(database).add(a_statement())
    joined = Member(id=MEMBER.id, openid="openid-1", joined_at=now(), store_id=StoreId("S1"))
    await MongoMembers(database).join(joined)
    group = CustomerGroup(id=GroupId("wr1"), due_at=None, store_id=StoreId("S1"))
    await MongoCustomerGroups(database).save(group, expected=0)
    wrong: list[str] = []
    for allowed in (False, True):
        for side, viewer in ASKERS:
            asked = [one for one in ALL.values() if may(one, side, viewer) is allowed]
            if allowed:
                asked = [one for one in asked if one.name not in SIGNING_IN]
            told = await answers(service, asked, viewer, names)
            for one in asked:
                codes = told[one.name]
                if (not codes & SHUT_OUT) if allowed else is_shut_out(codes):
                    continue
                who = viewer.role if viewer else "nobody"
                wrong.append(f"{one.name} by {who}, {side}: may={allowed}, {sorted(codes)}")
    assert wrong == [], "\n".join(wrong[:60])


def is_shut_out(codes: set[str]) -> bool:
    return bool(codes) and codes <= SHUT_OUT | {"NOT_FOUND"}


async def answers(
    service: Service, asked: list[Operation], viewer: Viewer | None, names: dict[str, str]
) -> dict[str, set[str]]:
    """The codes with which each of some operations is refused; of an empty answer, NOT_FOUND."""
    found: dict[str, set[str]] = {}
    for kind in ("query", "mutation"):
        some = [one for one in ALL.values() if one.kind == kind]
        for start in range(0, len(some), TOGETHER):
            part = some[start : start + TOGETHER]
            wanted = [one for one in part if one in asked]
            if wanted:
                document = together(kind, part, wanted, names)
                body = (await sent(service, document, viewer)).json()
                found |= {one.name: codes_of(one, body) for one in wanted}
    return found


def codes_of(one: Operation, body: dict[str, Any]) -> set[str]:
    errors = body.get("errors", ())
    assert all("path" in error for error in errors), body
    codes = {error["extensions"]["code"] for error in errors if error["path"][0] == one.name}
    answer = (body["data"] or {}).get(one.name)
    if one.kind == "mutation" and answer:
        codes |= {error["code"] for error in answer["userErrors"]}
    assert "INTERNAL" not in codes, (one.name, body)
    return codes if codes or answer is not None else {"NOT_FOUND"}


def together(
    kind: str, part: list[Operation], wanted: list[Operation], names: dict[str, str]
) -> dict[str, Any]:
    """One document for everybody, which is read but once; it calls what is wanted of it."""
    declared, made, variables = [], [], {}
    for number, one in enumerate(part):
        given = {**one.least, **ABOUT.get(one.name, {})}
        declared += [f"${name}{number}: {one.field.args[name].type}" for name in given]
        declared.append(f"$if{number}: Boolean!")
        variables |= {f"{name}{number}": value for name, value in given.items()}
        variables[f"if{number}"] = one in wanted
        words = ", ".join(f"{name}: ${name}{number}" for name in given)
        called = one.name + (f"({words})" if words else "")
        made.append(f"{called} @include(if: $if{number}){below(one)}")
    text = json.dumps(variables)
    for name, meant in names.items():
        text = re.sub(rf"\b{name}\b", meant, text)
    query = f"{kind}({', '.join(declared)}) {{ {' '.join(made)} }}"
    return {"query": query, "variables": json.loads(text)}


def below(one: Operation) -> str:
    if one.kind == "mutation":
        return " { userErrors { code } }"
    return " { __typename }" if is_composite_type(get_named_type(one.field.type)) else ""


async def a_brand(service: Service) -> dict[str, str]:
    """A near store and a far one, an order of S1 and one that it has sent; their ids."""
    owner = as_csv({"owner_code": "other", "name": "别家", "kind": "franchisee"})
    counts(await take_in(service, "owners", owner))
    far = a_store_row("S9", owner_code="other", district=LIANGXI[0])
    far |= {"longitude": str(LIANGXI[1]), "latitude": str(LIANGXI[2])}
    await open_stores_with_stock(service, a_store_row("S1"), far)
    guides = [
        {"guide_id": f"GUIDE_{side}", "name": "小林", "store_id": store, "wecom_user_id": side}
        for side, store in ((NEAR, "S1"), (FAR, "S9"))
    ]
    counts(await take_in(service, "guides", as_csv(*guides)))
    sent = await a_paid_order(service, key="sent")
    await act(service, a_manager("S1"), "fulfilmentOrderAccept", f"{sent}-1")
    parcel = ', carrier: "顺丰", number: "SF1"'
    await act(service, a_manager("S1"), "fulfilmentOrderShip", f"{sent}-1", parcel)
    set_up = f"""mutation {{
      returnRequest(orderId: "{sent}", storeId: "S1", units: [{{sku: "{M}", quantity: 1}}],
        reason: "偏小", idempotencyKey: "first") {{ userErrors {{ message }} }}
      stockTransferSend(id: "to-S1", input: {{fromStoreId: "S9", toStoreId: "S1",
        lines: [{{sku: "{M}", quantity: 1}}]}}) {{ userErrors {{ message }} }}
      returnPolicySet(inspector: ANOTHER_PERSON, expectedVersion: 0) {{ userErrors {{ message }} }}
      safetyRuleSet(input: {{units: 1, storeId: "S1"}}) {{ userErrors {{ message }} }} }}"""
    done = (await service.query(set_up, HEAD_OFFICE)).data
    assert [one["userErrors"] for one in done.values()] == [[]] * 4
    return {
        "ORDER": await a_paid_order(service, key="paid"),
        "SENT": sent,
        "BOOKING": await a_booking(service),
        "REWARD": await a_reward(service),
        **await a_handed_in_task(service),
    }


async def a_booking(service: Service) -> str:
    """The member's booking in S1, for tomorrow."""
    set_up = """mutation {
      bookableServiceSet(input: {id: "fitting", name: "试穿", lengthMin: 30}) {
        userErrors { message } }
      advisorSet(guideId: "GUIDE_near", shifts: "10:00-20:00", serviceIds: ["fitting"]) {
        userErrors { message } } }"""
    done = (await service.query(set_up, HEAD_OFFICE)).data
    assert [one["userErrors"] for one in done.values()] == [[]] * 2
    hold = """mutation($at: DateTime!) {
      bookingHold(input: {serviceId: "fitting", storeId: "S1", startsAt: $at},
        idempotencyKey: "k") { booking { id } } }"""
    at = moment_of(beijing_day(now()) + timedelta(days=1), 15 * 60).isoformat()
    answer = await service.query(hold, MEMBER, at=at)
    return answer.data["bookingHold"]["booking"]["id"]


async def a_reward(service: Service) -> str:
    """The order of a reward by the guide of S1."""
    keep = """mutation { coinRewardSave(input: {name: "保温杯", coins: 5}, expectedVersion: 0) {
      reward { id } } }"""
    kept = (await service.query(keep, HEAD_OFFICE)).data["coinRewardSave"]["reward"]["id"]
    set_up = """mutation($id: ID!) {
      coinRewardStock(id: $id, units: 1, idempotencyKey: "a") { userErrors { message } }
      coinsGrant(guideId: "GUIDE_near", coins: 5, reason: "x", idempotencyKey: "b") {
        userErrors { message } } }"""
    done = (await service.query(set_up, HEAD_OFFICE, id=kept)).data
    assert [one["userErrors"] for one in done.values()] == [[]] * 2
    order = """mutation($id: ID!) { coinRewardOrder(id: $id, idempotencyKey: "c") {
      order { id } } }"""
    answer = await service.query(order, somebody(Role.GUIDE, NEAR), id=kept)
    return answer.data["coinRewardOrder"]["order"]["id"]


async def a_handed_in_task(service: Service) -> dict[str, str]:
    """A template, a task that the manager of S1 published of it, and what a guide handed in."""
    create = """mutation { taskTemplateCreate(input: {title: "橱窗", proof: PHOTOGRAPH, target: 1,
      coins: 5}, idempotencyKey: "a") { template { id } userErrors { message } } }"""
    made = (await service.query(create, somebody(Role.TRAINER, NEAR))).data["taskTemplateCreate"]
    template = made["template"]["id"]
    approve = "mutation($id: ID!) { taskTemplateApprove(id: $id) { userErrors { message } } }"
    done = (await service.query(approve, HEAD_OFFICE, id=template)).data
    assert done["taskTemplateApprove"]["userErrors"] == []
    today = beijing_day(now()).isoformat()
    publish = """mutation($template: ID!, $day: String!, $last: String!) { taskPublish(input: {
      templateId: $template, audience: {storeIds: ["S1"]}, recurrence: ONCE, startsOn: $day,
      endsOn: $last}, idempotencyKey: "a") { task { id } userErrors { message } } }"""
    last = (beijing_day(now()) + timedelta(days=2)).isoformat()
    published = await service.query(
        publish, somebody(Role.STORE_MANAGER, NEAR), template=template, day=today, last=last
    )
    task = published.data["taskPublish"]["task"]["id"]
    guide = somebody(Role.GUIDE, NEAR)

    async def asked() -> list[str]:
        return [
            one["task"]["id"] for one in (await service.query(OWN_TASKS, guide)).data["ownTasks"]
        ]

    await comes_to([task], asked)
    photograph = ("window.jpg", a_jpeg(800, 800), "image/jpeg")
    uploaded = (await service.upload(UPLOAD, photograph, guide)).data["assetUpload"]["asset"]["id"]
    hand_in = """mutation($id: ID!, $asset: ID!) { taskPhotographHandIn(id: $id, assetId: $asset) {
      copy { id } userErrors { message } } }"""
    handed = (await service.query(hand_in, guide, id=task, asset=uploaded)).data
    copy = handed["taskPhotographHandIn"]["copy"]["id"]
    return {"A-TEMPLATE": template, "A-TASK": task, "A-COPY": copy, "A-DAY": last}


def a_statement() -> Statement:
    return Statement(
        id=StatementId("brand:2026-10"),
        owner_id="brand",
        period="2026-10",
        opening=Fen(0),
        total=Fen(0),
        entries=0,
        parts=0,
        before="",
        hash="",
        closed_at=NOON,
    )


def test_every_operation_of_a_place_is_asked_about_a_near_one():
    untold = [
        name
        for name, one in ALL.items()
        for scopes in RIGHTS.of_operation(name).reach.values()
        if scopes & PLACES and not is_about(one) and name not in BY_ROLE_ALONE
    ]
    assert sorted(set(untold)) == [], (
        "say in ABOUT what each is asked about that belongs to store S1, so that its scope is tried"
    )
