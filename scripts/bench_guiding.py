"""How fast a task reaches all guides, sales reach a contest's standing, and how fast it is read.

Everything runs on an embedded database of its own, in this process. Publishing notes each guide
with a link of their own; a sale is one fact, counted for a contest of all guides, for its day and
for all days together, and in the figures of guides. The standing is read as every request reads it:
all of its places, however many are shown. Beside the rate by the clock stands the processor time of
this process and of the database, which says more of a machine that has other things to do.
"""

import argparse
import asyncio
import os
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from domain.content.scenes import Scene
from domain.guiding.contests import COUNTED, Contest, ContestRules, ContestUnit, standing_id
from domain.guiding.measuring import measure
from domain.guiding.publishing_tasks import WantedTask, publish_task, work_on_tasks
from domain.guiding.running_contests import approve_contest, make_contest, standing_of
from domain.guiding.task_templates import (
    ProofKind,
    TaskContent,
    TaskTemplate,
    TaskTemplateId,
    TaskWork,
)
from domain.guiding.tasks import Recurrence, TaskAudience
from domain.kernel.days import beijing_day
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.paging import PageRequest
from domain.kernel.version_reviews import VersionState
from domain.people.act import by_the_clock
from domain.sharing.share_links import ShareKind, ShareTarget
from qianmian.clock import new_id, now
from qianmian.foundation import Foundation
from qianmian.wiring.content import content_ports
from qianmian.wiring.guiding import contest_ports, measure_ports, task_ports
from qianmian.wiring.people import people_ports
from qianmian.wiring.sharing import sharing_ports
from scripts.benching import Meter, Readings, counted_trips, database, meter_here
from scripts.guiding_brand import IN_A_STORE, OFFICE, PRODUCT, TRAINER, a_brand, an_act
from storage.mongo.guiding.tasks import MongoTaskTemplates
from storage.mongo.kernel.database import Database, connect
from storage.mongo.kernel.indexing import prepare

FACTS_AT_ONCE = 100


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench guiding", description=__doc__)
    parser.add_argument("--guides", type=int, default=12_000, help="how many there are (12000)")
    parser.add_argument("--sales", type=int, default=2_000, help="how many are told of (2000)")
    parser.add_argument("--reads", type=int, default=15, help="of the standing; their median (15)")
    options = parser.parse_args()
    trips = counted_trips()
    with tempfile.TemporaryDirectory() as folder, database(Path(folder) / "data") as (uri, server):
        asyncio.run(run(uri, options, meter_here(trips, server)))
    return 0


async def run(uri: str, options: argparse.Namespace, meter: Meter) -> None:
    """Fill the database, then measure each thing once."""
    opened = connect(uri, "bench")
    await prepare(opened)
    base = await a_brand(uri, opened, options.guides)
    print(f"{options.guides:,} guides in {options.guides // IN_A_STORE:,} stores;")
    print(f"the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    await published(base, options.guides, meter)
    contest = await a_contest(base)
    await counted(base, options.sales, options.guides, meter)
    await read(base, opened, contest, options, meter)
    opened.client.close()


def spent(before: Readings, after: Readings, done: int) -> str:
    """The processor time since some readings, for each of so many things done."""
    service, server = after.service_s - before.service_s, after.database_s - before.database_s
    here, there = 1_000 * service / done, 1_000 * server / done
    return f"{here:.2f} ms of this process, {there:.2f} of the database"


async def published(base: Foundation, guides: int, meter: Meter) -> None:
    """A task for all guides, until the last of them finds it in their list."""
    sharing = sharing_ports(base, content_ports(base), people_ports(base))
    ports, act = task_ports(base, sharing), an_act(OFFICE)
    target = ShareTarget(kind=ShareKind.PRODUCT, id=PRODUCT)
    work = TaskWork(
        title="晒晒羽绒服",
        text="",
        proof=ProofKind.VISITORS,
        target=3,
        coins=20,
        content=TaskContent(target=target, scene=Scene.MOMENTS),
    )
    template = TaskTemplate(
        id=TaskTemplateId("tasktemplate_bench"),
        work=work,
        author_id=TRAINER.id,
        made_at=act.at,
        state=VersionState.APPROVED,
    )
    await base.made(MongoTaskTemplates).save(template, expected=0)
    day = beijing_day(act.at).isoformat()
    wanted = WantedTask(
        template_id=template.id,
        audience=TaskAudience(),
        recurrence=Recurrence.ONCE,
        starts_on=day,
        ends_on=day,
    )
    before, started = meter.read(), time.perf_counter()
    await publish_task(ports, act, wanted, idempotency_key="bench")
    answered_s = time.perf_counter() - started
    while await work_on_tasks(ports, an_act(OFFICE)):
        pass
    took_s = time.perf_counter() - started
    print(f"a task for {guides:,}: answered in {answered_s:.2f} s, in all lists in {took_s:.1f} s")
    print(f"  {guides / took_s:,.0f} guides/s, each with a link of their own;")
    print(f"  for each {spent(before, meter.read(), guides)}")


async def a_contest(base: Foundation) -> Contest:
    """A contest of all guides, which has begun."""
    sharing = sharing_ports(base, content_ports(base), people_ports(base))
    ports, day = contest_ports(base, sharing), beijing_day(now())
    rules = ContestRules(
        title="冬季开门红",
        unit=ContestUnit.GUIDE,
        audience=TaskAudience(),
        starts_on=day.isoformat(),
        ends_on=(day + timedelta(days=1)).isoformat(),
        prizes=(300, 200, 100),
    )
    yesterday = now() - timedelta(days=1)
    made = await make_contest(ports, an_act(TRAINER, yesterday), rules, idempotency_key="bench")
    return await approve_contest(ports, an_act(OFFICE, yesterday), made.id)


async def counted(base: Foundation, sales: int, guides: int, meter: Meter) -> None:
    """Sales as the stream tells them, a hundred in a batch."""
    ports, at = measure_ports(base), now()
    batches = [
        Batch(facts=facts, upto=start + len(facts))
        for start in range(0, sales, FACTS_AT_ONCE)
        for facts in [a_batch(start, min(FACTS_AT_ONCE, sales - start), guides, at)]
    ]
    before, started = meter.read(), time.perf_counter()
    for batch in batches:
        await measure(ports, by_the_clock(now(), new_id), batch)
    took_s = time.perf_counter() - started
    print(f"{sales:,} sales into a standing and the figures of guides: {sales / took_s:,.0f}/s;")
    print(f"  for each {spent(before, meter.read(), sales)}")


async def read(
    base: Foundation,
    opened: Database,
    contest: Contest,
    options: argparse.Namespace,
    meter: Meter,
) -> None:
    """The standing with a place for every guide."""
    day = contest.rules.starts_on
    listed = standing_id(contest.id, day)
    await opened["contest_scores"].delete_many({"list": listed})
    rows = [
        {"_id": f"{listed}|G{n}", "list": listed, "subject": f"G{n}", COUNTED: n * 37 % 9_973}
        for n in range(options.guides)
    ]
    await opened["contest_scores"].insert_many(rows)
    sharing = sharing_ports(base, content_ports(base), people_ports(base))
    ports, request = contest_ports(base, sharing), PageRequest(first=20)
    took: list[float] = []
    sent: list[int] = []
    begun = meter.read()
    for _ in range(options.reads):
        before, started = meter.trips(), time.perf_counter()
        _, page = await standing_of(ports, an_act(OFFICE), contest.id, day, request)
        took.append(1_000 * (time.perf_counter() - started))
        sent.append(int(meter.trips() - before))
    assert page.total == options.guides
    print(f"a standing of {page.total:,}: {median(took):.0f} ms, {max(sent)} round trips;")
    print(f"  for each {spent(begun, meter.read(), options.reads)}")


def a_batch(start: int, many: int, guides: int, at: datetime) -> tuple[Fact, ...]:
    """So many paid orders, of different guides."""
    return tuple(
        Fact(
            id=FactId(f"order:bench-{n}:2"),
            subject=f"order:bench-{n}",
            kind=FactKind("order.paid"),
            at=at,
            n=n + 1,
            data={
                "orderId": f"bench-{n}",
                "guideId": f"G{n * 7 % guides}",
                "buyerId": f"member_{n}",
                "lines": [{"productId": PRODUCT, "payableFen": 129_900}],
            },
        )
        for n in range(start, start + many)
    )
