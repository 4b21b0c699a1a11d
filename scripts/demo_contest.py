"""A task for every guide with its reminders, and two days of teams over midnight in Beijing.

A database of its own, in this process: what takes days is told at moments of its own, by the same
use cases that the service has.
"""

import itertools
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from domain.guiding.contests import SEALED_AFTER, WHOLE, ContestRules, ContestUnit, DrawnTeam
from domain.guiding.measuring import measure
from domain.guiding.publishing_tasks import WantedTask, publish_task, work_on_tasks
from domain.guiding.running_contests import (
    ContestPorts,
    approve_contest,
    make_contest,
    seal_contests,
    standing_of,
)
from domain.guiding.task_templates import ProofKind, TaskTemplate, TaskTemplateId, TaskWork
from domain.guiding.tasks import Recurrence, TaskAudience
from domain.kernel.days import beijing_day, day_begins
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.paging import PageRequest
from domain.kernel.version_reviews import VersionState
from domain.people.accounts import GuideId
from domain.wallets.wallets import Unit, contents
from qianmian.foundation import Foundation
from qianmian.wiring.content import content_ports
from qianmian.wiring.guiding import coin_ports, contest_ports, measure_ports, task_ports
from qianmian.wiring.people import people_ports
from qianmian.wiring.sharing import sharing_ports
from scripts import embedded
from scripts.guiding_brand import PRODUCT, TRAINER, a_brand, an_act
from scripts.telling import expect, say, step
from storage.mongo.guiding.tasks import MongoTaskTemplates
from storage.mongo.kernel.database import connect
from storage.mongo.kernel.indexing import prepare

GUIDES = 1_182
RED, BLUE = "红队", "蓝队"
SECOND = timedelta(seconds=1)
# The places of facts in the stream.
NUMBERS = itertools.count(1)


async def tell(first_step: int, guides: int = GUIDES) -> None:
    """Tell of both; raises WentWrong where anything counts for another day than its own."""
    with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder) / "data") as uri:
        database = connect(uri, "demo")
        await prepare(database)
        base = await a_brand(uri, database, guides)
        day = beijing_day(datetime.now(UTC)) + timedelta(days=1)
        await reminded(base, day, first_step, guides)
        await two_days(base, day, first_step + 1, guides)
        database.client.close()


async def reminded(base: Foundation, day: date, number: int, guides: int) -> None:
    """Guides who have not done it are reminded, never at a full hour, those who have are not."""
    step(f"{number}  A task for {guides:,} guides, and its reminders")
    ports = task_ports(base, sharing_ports(base, content_ports(base), people_ports(base)))
    morning = day_begins(day) + timedelta(hours=9)
    work = TaskWork(
        title="卖出一件羽绒服",
        text="",
        proof=ProofKind.SALES,
        target=100,
        coins=20,
        products=(PRODUCT,),
    )
    template = TaskTemplate(
        id=TaskTemplateId("tasktemplate_demo"),
        work=work,
        author_id=TRAINER.id,
        made_at=morning,
        state=VersionState.APPROVED,
    )
    await base.made(MongoTaskTemplates).save(template, expected=0)
    wanted = WantedTask(
        template_id=template.id,
        audience=TaskAudience(),
        recurrence=Recurrence.ONCE,
        starts_on=day.isoformat(),
        ends_on=day.isoformat(),
        remind_hours=(15,),
    )
    await publish_task(ports, an_act(at=morning), wanted, idempotency_key="demo")
    while await work_on_tasks(ports, an_act(at=morning)):
        pass
    noon = morning + timedelta(hours=3)
    sellers = range(guides * 2 // 13)
    await told(base, [a_sale(f"n{n}", f"G{n}", noon, 12_900) for n in sellers], noon)
    done = await base.database["assignments"].count_documents({"state": "DONE"})
    say(f"asked of {guides:,}; {done} have sold one by noon")
    sent: dict[str, int] = {}
    for minute in range(60):
        at = day_begins(day) + timedelta(hours=15, minutes=minute)
        before = await base.database["task_reminders"].count_documents({})
        while await work_on_tasks(ports, an_act(at=at)):
            pass
        more = await base.database["task_reminders"].count_documents({}) - before
        if more:
            sent[f"15:{minute:02d}"] = more
    say("reminded: " + ", ".join(f"{at} {many}" for at, many in sent.items()))
    expect(sum(sent.values()) == guides - done, "who has not done it is reminded once")
    expect(not {"15:00", "15:30"} & sent.keys(), "nobody is reminded at a full or half hour")


async def two_days(base: Foundation, day: date, number: int, guides: int) -> None:
    """Two teams, two days, a sale each side of midnight, refunds before and after the sealing."""
    step(f"{number}  Two teams, two days, over midnight in Beijing")
    ports = contest_ports(base, sharing_ports(base, content_ports(base), people_ports(base)))
    first, second = day + timedelta(days=1), day + timedelta(days=2)
    teams = tuple(
        DrawnTeam(name=name, guide_ids=tuple(GuideId(f"G{n}") for n in range(start, guides, 2)))
        for start, name in enumerate((RED, BLUE))
    )
    rules = ContestRules(
        title="冬季开门红",
        unit=ContestUnit.DRAWN,
        audience=TaskAudience(),
        starts_on=first.isoformat(),
        ends_on=second.isoformat(),
        teams=teams,
        prizes=(30, 10),
        day_prizes=(5,),
    )
    made = await make_contest(
        ports, an_act(TRAINER, day_begins(day)), rules, idempotency_key="demo"
    )
    contest = await approve_contest(ports, an_act(at=day_begins(day)), made.id)
    say(f"{contest.entrants:,} guides in {RED} and {BLUE}; rules and teams are frozen")
    midnight = day_begins(second)
    sales = [
        a_sale("c1", "G0", midnight - SECOND, 200_000),
        a_sale("c2", "G1", midnight, 150_000),
        a_sale("c3", "G3", midnight - timedelta(hours=5), 180_000),
        a_refund("c1", midnight + timedelta(hours=1), 50_000, paid=200_000),
    ]
    await told(base, list(reversed(sales)), midnight + timedelta(hours=1))
    await shown(ports, contest.id, first.isoformat(), {BLUE: 180_000, RED: 150_000})
    await shown(ports, contest.id, second.isoformat(), {BLUE: 150_000})
    over = contest.rules.seals_at(WHOLE) + SEALED_AFTER
    for _ in range(3):
        await seal_contests(ports, an_act(at=over))
    wallets = coin_ports(base).wallets
    coins = [contents(await wallets.wallet_of(Unit.COINS, one)).net for one in ("G1", "G0")]
    expect(coins[0] - coins[1] == 30 + 5 + 5 - 10, "each guide of a team has its prizes, once")
    say(f"sealed; each of {BLUE} has 30 + 5 + 5 coins, each of {RED} 10")
    late = over + timedelta(hours=1)
    await told(base, [a_refund("c3", late, 180_000, paid=180_000)], late)
    standing, page = await standing_of(
        ports, an_act(at=late), contest.id, first.isoformat(), PageRequest()
    )
    best = page.items[0]
    expect((best.subject, best.fen, best.correction) == (BLUE, 180_000, -180_000), "it stays")
    assert standing.sealed is not None
    say(f"a refund after the sealing: {BLUE} stays first, corrected by {best.correction} fen")
    say(f"sealed {standing.sealed.hash[:16]}…")


async def shown(ports: ContestPorts, contest_id: str, day: str, wanted: dict[str, int]) -> None:
    """Tell a day's standing, which has to be this."""
    _, page = await standing_of(ports, an_act(), contest_id, day, PageRequest())
    found = {one.subject: one.fen for one in page.items}
    expect(found == wanted, f"{wanted} on {day}, not {found}")
    say(f"{day}: " + ", ".join(f"{one.rank} {one.subject} {one.fen}" for one in page.items))


async def told(base: Foundation, facts: Sequence[Fact], at: datetime) -> None:
    """Have facts counted, as the stream tells them."""
    numbered = tuple(replace(one, n=next(NUMBERS)) for one in facts)
    await measure(measure_ports(base), an_act(at=at), Batch(facts=numbered, upto=numbered[-1].n))


def a_sale(order: str, guide: str, at: datetime, paid: int) -> Fact:
    """A paid order."""
    return Fact(
        id=FactId(f"order:{order}:2"),
        subject=f"order:{order}",
        kind=FactKind("order.paid"),
        at=at,
        data={
            "orderId": order,
            "guideId": guide,
            "buyerId": f"member_{order}",
            "lines": [{"productId": PRODUCT, "payableFen": paid}],
        },
    )


def a_refund(order: str, at: datetime, fen: int, *, paid: int) -> Fact:
    """Money that was paid back of an order, its first."""
    return Fact(
        id=FactId(f"fulfilment:{order}:1"),
        subject=f"fulfilment:{order}",
        kind=FactKind("refund.done"),
        at=at,
        data={
            "orderId": order,
            "of": f"{order}-refund-1",
            "details": {"amountFen": fen},
            "refundedFen": fen,
            "paidFen": paid,
        },
    )
