"""Tasks over HTTP, in the order in which the page tells of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kernel.days import beijing_day
from domain.kernel.ids import PersonId
from domain.people.accounts import Staff
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from storage.mongo.people.people import MongoStaff
from tests.api.guiding.test_coins import SHOWN
from tests.api.promotions.test_coupons import a_coupon, states
from tests.conftest import Service
from tests.support.content import HEAD_OFFICE, MANAGER
from tests.support.pictures import a_jpeg
from tests.support.sharing import EDITOR, GUIDE, UPLOAD, a_shop
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]


async def run(service: Service, name: str, viewer: Viewer, **variables):
    [payload] = (await service.query(SHOWN[name], viewer, **variables)).data.values()
    assert not (isinstance(payload, dict) and payload.get("userErrors")), payload
    return payload


async def published(service: Service, template: str) -> dict:
    today = beijing_day(now())
    days = {"first": today.isoformat(), "last": (today + timedelta(days=6)).isoformat()}
    payload = await run(service, "PublishTask", HEAD_OFFICE, template=template, **days)
    return payload["task"]


async def test_a_task_is_approved_asked_measured_and_paid(service: Service, database: Database):
    shop = await a_shop(service, database)
    template = (await run(service, "WriteTask", EDITOR))["template"]
    assert template["state"] == "IN_REVIEW"
    own = await service.query(SHOWN["ApproveTask"], EDITOR, id=template["id"])
    assert own.refused("taskTemplateApprove")[0]["code"] == "FORBIDDEN"
    unseen = await service.query(
        SHOWN["PublishTask"],
        HEAD_OFFICE,
        template=template["id"],
        first="2026-01-01",
        last="2026-01-02",
    )
    assert unseen.refused("taskPublish")[0]["field"] == ["input", "endsOn"]
    await run(service, "ApproveTask", HEAD_OFFICE, id=template["id"])
    assert [one["id"] for one in (await run(service, "Templates", MANAGER))["nodes"]] == [
        template["id"]
    ]
    task = await published(service, template["id"])
    assert task["guides"] == 2

    async def mine() -> dict | None:
        found = await run(service, "OwnTasks", GUIDE)
        return found[0] if found else None

    async def seen(*names: str) -> list | None:
        found = await mine()
        return [found[name] for name in names] if found else None

    await comes_to(["0", None], lambda: seen("measured", "state"))
    copy = await mine()
    assert copy["task"]["work"]["title"] == "晒晒羽绒服"
    code = copy["url"].rpartition("/")[2]
    assert copy["posterUrl"].endswith(f"/posters/{code}.jpg")
    for visitor in range(3):
        cookie = {"cookie": f"qm_visitor={visitor:032x}", "accept": "application/json"}
        assert (await shop.get(copy["url"], **cookie)).status_code == 200
        # The guide's own look, and a second one of the same, count for nothing.
        assert (await shop.get(copy["url"], **cookie)).status_code == 200
        await service.http.get(
            f"/s/{code}", headers={**service.headers(GUIDE), "accept": "application/json"}
        )
    await comes_to(["3", "DONE"], lambda: seen("measured", "state"))

    async def coins() -> int:
        return (await service.query("{ ownCoins { active } }", GUIDE)).data["ownCoins"]["active"]

    await comes_to(20, coins)

    async def completion() -> tuple[int, int]:
        found = await run(service, "HowFar", HEAD_OFFICE, task=task["id"])
        assert [one["done"] for one in found["regions"]] == [one["done"] for one in found["stores"]]
        return found["guides"], found["done"]

    await comes_to((2, 1), completion)
    nodes = (await run(service, "WhoInTheStore", MANAGER, task=task["id"]))["nodes"]
    assert [(one["guideName"], one["state"]) for one in nodes] == [
        ("林小雨", "DONE"),
        ("陈一诺🌸", None),
    ]
    text = '{ taskGuides(id: "x", storeId: "S2") { totalCount } }'
    assert (await service.query(text, MANAGER)).errors[0]["extensions"]["code"] == "FORBIDDEN"
    # Whoever has it leaves: it is asked of them no more, and who comes by their link is another's.
    for text in (
        'guideHandOver(guideId: "G1", successorId: "G2")',
        'guideHandOverFinish(guideId: "G1")',
    ):
        answer = await service.query(
            f"mutation {{ done: {text} {{ userErrors {{ message }} }} }}", MANAGER
        )
        assert answer.data["done"]["userErrors"] == []
    heir = replace(GUIDE, id=PersonId("G2"), name="陈一诺")

    async def passed() -> list:
        nodes = (await run(service, "WhoInTheStore", MANAGER, task=task["id"]))["nodes"]
        asked = [await run(service, "OwnTasks", one) for one in (GUIDE, heir)]
        return [one["passedTo"] for one in nodes] + [len(one) for one in asked]

    await comes_to(["G2", None, 0, 1], passed)
    late = {"cookie": f"qm_visitor={9:032x}", "accept": "application/json"}
    assert (await shop.get(copy["url"], **late)).status_code == 200

    async def counted() -> str:
        return (await run(service, "OwnTasks", heir))[0]["measured"]

    await comes_to("1", counted)
    off = await run(service, "CallOff", HEAD_OFFICE, task=task["id"], version=task["version"])
    assert off["task"]["cancelledAt"]
    assert await run(service, "OwnTasks", heir) == []


async def test_a_store_does_a_task_together_and_its_manager_looks_on(
    service: Service, database: Database
):
    shop = await a_shop(service, database)
    fields = {"id": MANAGER.id, "login": "s1", "name": "店长", "password_hash": None}
    manager = Staff(**fields, role=Role.STORE_MANAGER, store_id="S1")
    await MongoStaff(database).save(manager, expected=0)
    template = (await run(service, "WriteForStores", EDITOR))["template"]["id"]
    await run(service, "ApproveTask", HEAD_OFFICE, id=template)
    day = beijing_day(now()).isoformat()
    task = (await run(service, "PublishToStores", HEAD_OFFICE, template=template, day=day))["task"]
    assert (task["guides"], task["roles"]) == (3, ["GUIDE", "STORE_MANAGER"])
    people = (GUIDE, replace(GUIDE, id=PersonId("G2"), name="陈一诺"), MANAGER)

    async def seen() -> list[tuple]:
        copies = [await run(service, "OwnTasks", one) for one in people]
        return [(copy["measured"], copy["state"]) for found in copies for copy in found]

    await comes_to([("0", None)] * 3, seen)
    for n, viewer in enumerate(people[:2]):
        [copy] = await run(service, "OwnTasks", viewer)
        visitor = {"cookie": f"qm_visitor={n:032x}", "accept": "application/json"}
        assert (await shop.get(copy["url"], **visitor)).status_code == 200
    [copy] = await run(service, "OwnTasks", MANAGER)
    assert copy["url"] is None
    await comes_to([("2", "DONE")] * 3, seen)

    async def coins() -> list[int]:
        text = "{ ownCoins { active } }"
        found = [(await service.query(text, one)).data for one in people[:2]]
        return [one["ownCoins"]["active"] for one in found]

    await comes_to([10, 10], coins)

    async def completion() -> tuple[int, int]:
        found = await run(service, "HowFar", HEAD_OFFICE, task=task["id"])
        return found["guides"], found["done"]

    await comes_to((1, 1), completion)
    nodes = (await run(service, "WhoInTheStore", MANAGER, task=task["id"]))["nodes"]
    assert [one["state"] for one in nodes] == ["DONE"] * 3


async def test_a_photograph_shows_it_once_the_manager_has_looked(
    service: Service, database: Database
):
    await a_shop(service, database)
    me = Viewer(id=PersonId("member_guide"), role=Role.MEMBER)
    await database["guides"].update_one({"_id": GUIDE.id}, {"$set": {"member_id": me.id}})
    coupon = await a_coupon(service, way="TASK")
    create = """mutation($coupon: ID) { taskTemplateCreate(input: {title: "橱窗", target: 1,
      proof: PHOTOGRAPH, coins: 5, couponId: $coupon}, idempotencyKey: "window") {
      template { id work { coupon } } userErrors { field } } }"""
    other = await a_coupon(service, way="GUIDE")
    refused = await service.query(create, EDITOR, coupon=other)
    assert refused.refused("taskTemplateCreate") == [{"field": ["input", "couponId"]}]
    made = (await service.query(create, EDITOR, coupon=coupon)).data["taskTemplateCreate"]
    assert made["template"]["work"] == {"coupon": coupon}
    template = made["template"]["id"]
    await run(service, "ApproveTask", HEAD_OFFICE, id=template)
    task = (await published(service, template))["id"]

    async def asked() -> int:
        return len(await run(service, "OwnTasks", GUIDE))

    await comes_to(1, asked)

    async def picture(viewer: Viewer, seed: int) -> str:
        file = ("window.jpg", a_jpeg(800, 800, seed=seed), "image/jpeg")
        return (await service.upload(UPLOAD, file, viewer)).data["assetUpload"]["asset"]["id"]

    others = await service.query(SHOWN["HandIn"], GUIDE, task=task, asset=await picture(EDITOR, 7))
    assert others.refused("taskPhotographHandIn")[0]["code"] == "NOT_FOUND"
    asset = await picture(GUIDE, 8)
    copy = (await run(service, "HandIn", GUIDE, task=task, asset=asset))["copy"]
    assert copy["state"] == "HANDED_IN"
    bad = (await run(service, "JudgeBadly", MANAGER, copy=copy["id"]))["copy"]
    assert bad == {"state": "REJECTED", "reason": "看不清橱窗"}
    await run(service, "HandIn", GUIDE, task=task, asset=await picture(GUIDE, 9))
    assert (await run(service, "JudgeWell", MANAGER, copy=copy["id"]))["copy"]["state"] == "DONE"

    async def coins() -> int:
        return (await service.query("{ ownCoins { active } }", GUIDE)).data["ownCoins"]["active"]

    await comes_to(5, coins)
    await comes_to(["USABLE"], lambda: states(service, me))
    fell = (await run(service, "JudgeBadly", HEAD_OFFICE, copy=copy["id"]))["copy"]
    assert fell["state"] == "FELL"
    await comes_to(0, coins)
    await comes_to(["REVOKED"], lambda: states(service, me))
