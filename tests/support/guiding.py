"""Guides of a few stores, what they have, what is asked of them, and what is told of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.content.scenes import Scene
from domain.guiding.coins import grant_coins
from domain.guiding.measuring import measure
from domain.guiding.publishing_tasks import TaskPorts, WantedTask, publish_task, work_on_tasks
from domain.guiding.rewarding_tasks import reward_tasks
from domain.guiding.task_templates import (
    ProofKind,
    TaskContent,
    TaskTemplate,
    TaskTemplateId,
    TaskWork,
)
from domain.guiding.tasks import Recurrence, Task, TaskAudience
from domain.kernel.days import BEIJING, beijing_day
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.version_reviews import VersionState
from domain.network.stores import Owner, OwnerId, OwnerKind
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act
from domain.people.viewer import Role, Viewer
from domain.sharing.link_facts import LINK_TOUCHED
from domain.sharing.share_links import ShareKind, ShareTarget
from domain.wallets.wallets import Unit, contents
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.content import content_ports
from qianmian.wiring.guiding import coin_ports, measure_ports, task_ports, task_reward_ports
from qianmian.wiring.people import people_ports
from qianmian.wiring.sharing import sharing_ports
from storage.mongo.guiding.tasks import MongoTaskTemplates
from storage.mongo.people.people import MongoGuides
from tests.support.builders import a_product, a_region, a_store
from tests.support.statements import looking_away

OFFICE = Viewer(id=PersonId("staff_head"), role=Role.HEAD_OFFICE)
COAT = TaskContent(target=ShareTarget(kind=ShareKind.PRODUCT, id="10001"), scene=Scene.MOMENTS)


def a_guide(number: int, store: str = "S1", **changes: Any) -> Guide:
    fields = {
        "id": GuideId(f"G{number}"),
        "name": f"小林{number}",
        "store_id": store,
        "wecom_user_id": f"wecom_{number}",
    }
    return Guide(**{**fields, **changes})


async def some_guides(base: Foundation, number: int, store: str = "S1", first: int = 1) -> None:
    guides = [a_guide(first + n, store) for n in range(number)]
    await base.made(MongoGuides).save_all(guides)


def an_act(viewer: Viewer = OFFICE, at: datetime | None = None) -> Act:
    return Act(viewer=viewer, at=at or now(), new_id=new_id)


def as_guide(id: str, store: str = "S1", at: datetime | None = None) -> Act:
    return an_act(Viewer(id=PersonId(id), role=Role.GUIDE, store_id=store), at)


async def coins_of(base: Foundation, guide_id: str) -> int:
    """What a guide has, whenever the test runs and the coins lapse."""
    wallet = await coin_ports(base).wallets.wallet_of(Unit.COINS, guide_id)
    return contents(wallet).net


async def give_coins(base: Foundation, guide_id: str, coins: int, key: str = "k") -> None:
    await grant_coins(
        coin_ports(base),
        an_act(),
        guide_id,
        coins,
        reason="测试",
        idempotency_key=f"{key}-{guide_id}",
    )


async def open_shops(base: Foundation, *, guides: int = 3) -> TaskPorts:
    """Stores S1 and S2 of 苏州 and S9 of 无锡, each with so many guides, and a coat to share.

    The guides of S1 are G1, G2 …, those of S2 go on from G1001 and those of S9 from G2001.
    """
    writer = base.reference
    await writer.save_regions([a_region(), a_region("320200", name="无锡市")])
    await writer.save_owners([Owner(id=OwnerId("brand"), name="山屿", kind=OwnerKind.BRAND)])
    stores = [a_store("S1"), a_store("S2"), a_store("S9", region_id="320200")]
    await writer.save_stores(stores)
    await writer.save_products([a_product()])
    with looking_away():
        await writer.opened()
    for n, store in enumerate(stores):
        await some_guides(base, guides, store.id, first=1 + 1_000 * n)
    sharing = sharing_ports(base, content_ports(base), people_ports(base))
    return task_ports(base, sharing)


def some_work(proof: ProofKind = ProofKind.VISITORS, **changes: Any) -> TaskWork:
    content = COAT if proof is ProofKind.VISITORS else None
    target = 1 if proof is ProofKind.PHOTOGRAPH else 3
    fields = {"title": "晒晒羽绒服", "text": "", "target": target, "coins": 20, "content": content}
    return TaskWork(proof=proof, **{**fields, **changes})


async def an_approved_template(base: Foundation, work: TaskWork) -> str:
    template = TaskTemplate(
        id=TaskTemplateId(new_id("tasktemplate")),
        work=work,
        author_id=PersonId("staff_lin"),
        made_at=now(),
        state=VersionState.APPROVED,
    )
    await base.made(MongoTaskTemplates).save(template, expected=0)
    return template.id


async def a_task(
    ports: TaskPorts, base: Foundation, work: TaskWork, *, act: Act | None = None, **changes: Any
) -> Task:
    """A task for everybody and each day of a week from the act on, told to all of its guides."""
    act = act or an_act()
    today = beijing_day(act.at)
    fields = {
        "template_id": await an_approved_template(base, work),
        "audience": TaskAudience(),
        "recurrence": Recurrence.DAILY,
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=6)).isoformat(),
    }
    wanted = WantedTask(**{**fields, **changes})
    task = await publish_task(ports, act, wanted, idempotency_key=new_id("key"))
    await told(ports, an_act(at=act.at))
    return task


async def told(ports: TaskPorts, act: Act) -> None:
    """Let the clock do all that is due."""
    while await work_on_tasks(ports, act):
        pass


def beijing(day: str, time: str = "12:00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=BEIJING)


def a_visit(guide: str, person: str, at: datetime, **changes: Any) -> Fact:
    data = {"kind": "PRODUCT", "target": "10001", "guide": guide, "person": person}
    return Fact(
        id=FactId(f"touch:{guide}:{person}:{at.isoformat()}"),
        subject=f"touch:{guide}:{person}",
        kind=LINK_TOUCHED,
        at=at,
        data={**data, "consumer": True, **changes},
    )


def a_sale(
    order: str,
    guide: str,
    at: datetime,
    *paid: int,
    buyer: str = "member_1",
    product: str = "10001",
) -> Fact:
    """An order that is paid, with a line for each sum."""
    lines = [{"sku": f"x{n}", "productId": product, "payableFen": n} for n in paid]
    return Fact(
        id=FactId(f"order:{order}:2"),
        subject=f"order:{order}",
        kind=FactKind("order.paid"),
        at=at,
        data={"orderId": order, "guideId": guide, "buyerId": buyer, "lines": lines},
    )


def a_refund(
    order: str, number: int, at: datetime, fen: int, *, before: int = 0, paid: int
) -> Fact:
    return Fact(
        id=FactId(f"fulfilment:{order}:{number}"),
        subject=f"fulfilment:{order}",
        kind=FactKind("refund.done"),
        at=at,
        data={
            "orderId": order,
            "of": f"{order}-refund-{number}",
            "details": {"amountFen": fen},
            "refundedFen": before + fen,
            "paidFen": paid,
            "reason": "",
        },
    )


class Stream:
    """Facts as the stream numbers them, handed to who measures tasks and to who rewards them."""

    def __init__(self, base: Foundation) -> None:
        self._base = base
        self._n = 0

    async def measure(self, *facts: Fact, at: datetime | None = None) -> None:
        """Hand facts to who measures, and what that says to who rewards."""
        act = an_act(at=at or max(one.at for one in facts))
        await measure(measure_ports(self._base), act, self._batch(facts))
        await self.reward()

    async def reward(self) -> None:
        """Hand over what the assignments say, all of it each time, as a relay may."""
        with looking_away():
            found = await self._base.database["assignments"].find({}).to_list(None)
        waiting = [one for each in found for one in each.get("outbox", {}).get("facts", ())]
        facts = [Fact(**one) for one in waiting]
        await reward_tasks(task_reward_ports(self._base), an_act(), self._batch(facts))

    def _batch(self, facts: Any) -> Batch:
        numbered = tuple(replace(one, n=self._n + n) for n, one in enumerate(facts, 1))
        self._n += len(numbered)
        return Batch(facts=numbered, upto=self._n)
