"""Make one fault after the other under load, and tell what users saw and what was lost.

Two services on one embedded database take orders, payments, tills' differences, uploads, looks at
storefronts. For each fault the table tells how long it was made, how many requests began in that
time and until all was well again, what they were told, the longest wait, and after how long all was
well. In the end every order, payment, movement and upload that was acknowledged is looked for, and
everything is compared as by `scripts/chaos orders`. Exits with 1 where anything is lost or differs.
"""

import argparse
import asyncio
import contextlib
import io
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from PIL import Image

from domain.kernel.ids import PersonId
from domain.network.stores import StoreId
from domain.people.viewer import Role, Viewer
from qianmian.opening import opened
from scripts import embedded
from scripts.bootstrap import ROOT, say
from scripts.chaos_faults import Between, Faults, installed
from scripts.chaos_load import Attempt, Load, Told, buy_and_pay, feed
from scripts.chaos_orders import SKUS, check, open_the_mall
from scripts.chaos_processes import Cluster
from scripts.chaos_upheaval import call_off, serve

EDITOR = Viewer(id=PersonId("staff_editor"), role=Role.EDITOR)
LOOK = '{ storefront(storeId: "S0") { store { name } modules { key } } }'
UPLOAD = """mutation($file: Upload!) { done: assetUpload(file: $file) {
  asset { id } userErrors { code message } } }"""
CALM_S, FAULT_S, WELL = 6.0, 8.0, 40
MOST_UNWELL_S = 60.0
HEALTH_EVERY_S = 0.05
LOOK_EVERY_S = 0.2


@dataclass
class Kept:
    """Uploads that were acknowledged, by their ids."""

    assets: set[str] = field(default_factory=set)
    stalls: list[Attempt] = field(default_factory=list)


async def look(load: Load) -> None:
    """Somebody who looks at a storefront over and over."""
    while not load.stopped:
        await load.try_once(None, LOOK)
        await asyncio.sleep(0.05)


async def deposit(load: Load, kept: Kept) -> None:
    """An editor who uploads a picture of their own every now and then."""
    while not load.stopped:
        drawn = io.BytesIO()
        colour = tuple(load.dice.randbytes(3))
        Image.new("RGB", (64, 64), colour).save(drawn, "PNG")
        form = {"operations": json.dumps({"query": UPLOAD, "variables": {"file": None}})}
        form["map"] = json.dumps({"0": ["variables.file"]})
        answer = await load.send_file(EDITOR, form, "p.png", drawn.getvalue())
        done = ((answer or {}).get("data") or {}).get("done") or {}
        if done.get("asset"):
            kept.assets.add(done["asset"]["id"])
        await asyncio.sleep(0.3)


async def watch(load: Load, urls: list[str], kept: Kept) -> None:
    """Ask each service for its health, and note how long each answer takes."""
    async with httpx2.AsyncClient(timeout=10) as http:
        while not load.stopped:
            for url in urls:
                began = time.monotonic()
                with contextlib.suppress(httpx2.TransportError):
                    await http.get(f"{url}/health")
                    kept.stalls.append(Attempt(began, time.monotonic() - began, "answered"))
            await asyncio.sleep(HEALTH_EVERY_S)


async def suffer(
    name: str, fault: Callable[[], AbstractAsyncContextManager[None]], load: Load, kept: Kept
) -> str:
    """Make a fault, wait until all is well again, and tell its line of the table."""
    await asyncio.sleep(CALM_S)
    began = time.monotonic()
    async with fault():
        await asyncio.sleep(FAULT_S)
    ended = time.monotonic()
    for _ in range(int(MOST_UNWELL_S / LOOK_EVERY_S)):
        if _well(load, ended):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    now = time.monotonic()
    met = [one for one in load.attempts if one.began + one.took >= began and one.began <= now]
    told = Counter(one.met for one in met)
    bad = [one.began + one.took for one in met if one.met != "answered"]
    saw = ", ".join(f"{n} {what}" for what, n in told.most_common() if what != "answered")
    stall = max((one.took for one in kept.stalls if began <= one.began <= now), default=0.0)
    line = (
        f"| {name} | {ended - began:.0f} s | {len(met)} | {saw or 'nothing'} | "
        f"{max((one.took for one in met), default=0):.1f} s | "
        f"{max(max(bad, default=ended) - ended, 0):.1f} s | {stall * 1000:.0f} ms |"
    )
    print(line, flush=True)
    return line


def _well(load: Load, since: float) -> bool:
    """Whether the latest requests since a moment were all answered."""
    latest = [one for one in load.attempts if one.began >= since][-WELL:]
    return len(latest) == WELL and all(one.met == "answered" for one in latest)


async def run(folder: Path, *, buyers: int, seed: int) -> int:
    """Start, load, make every fault, check; 1 where anything was lost."""
    told, kept, dice = Told(), Kept(), random.Random(seed)
    port = embedded.free_port()
    way = Between(port)
    more = installed(folder)
    more["PYTHONPATH"] = f"{more.pop('HOOKS')}:{ROOT}"
    direct = embedded.uri(port)
    async with way.open() as way_port:
        cluster = Cluster(
            folder,
            services=2,
            database_uri=embedded.uri(way_port),
            database_port=port,
            server_options=["--enable-test-commands"],
            more=more,
        )
        await asyncio.to_thread(cluster.__enter__)
        try:
            async with opened(cluster.settings) as base:
                await open_the_mall(base)
            await asyncio.to_thread(cluster.start_services)
            await all_ready(cluster.urls)
            load = Load(cluster.urls, cluster.settings.secret, SKUS, dice)
            stores = [StoreId(f"S{number}") for number in range(10)]
            working = [
                asyncio.create_task(one)
                for one in (
                    *(buy_and_pay(load, told, stores[:-1], n) for n in range(buyers)),
                    *(look(load) for _ in range(2)),
                    feed(load, told, stores, 0),
                    serve(load, told),
                    call_off(load, told),
                    deposit(load, kept),
                    watch(load, cluster.urls, kept),
                )
            ]
            faults = Faults(cluster, way, folder / "faults", direct)
            print(
                "| fault | for | requests | of which not answered | longest | well after | stall |"
            )
            print("| --- | --- | --- | --- | --- | --- | --- |")
            for name, fault in of_all(faults).items():
                await suffer(name, fault, load, kept)
            await asyncio.sleep(CALM_S)
            load.stop()
            await asyncio.gather(*working)
            say(f"the load has ended: {told.summary()}, {len(kept.assets)} uploads")
            async with opened(cluster.settings) as base:
                lost = await _lost(base.database["assets"], kept)
                for one in lost:
                    print(one, file=sys.stderr)
                return max(await check(base, told), int(bool(lost)))
        finally:
            cluster.__exit__(None, None, None)


async def all_ready(urls: list[str]) -> None:
    """Wait until every service says that it is ready, for a minute at most."""
    async with httpx2.AsyncClient(timeout=5) as http:
        for url in urls:
            for _ in range(int(MOST_UNWELL_S / LOOK_EVERY_S)):
                with contextlib.suppress(httpx2.TransportError):
                    if (await http.get(f"{url}/ready")).status_code == 200:
                        break
                await asyncio.sleep(LOOK_EVERY_S)


def of_all(faults: Faults) -> dict[str, Callable[[], AbstractAsyncContextManager[None]]]:
    """Every fault by its name."""
    return {
        "nothing": contextlib.nullcontext,
        "the database is stopped": faults.stopped,
        "it is frozen": faults.frozen,
        "it is slow: 300 ms each way": faults.slow,
        "connections to it break": faults.cut,
        "there is no primary": faults.no_primary,
        "the primary steps down": faults.stepped_down,
        "the disk of files is full": lambda: faults.told("full", 1),
        "the clock jumps an hour ahead": lambda: faults.told("clock_s", 3600),
        "the clock jumps an hour back": lambda: faults.told("clock_s", -3600),
        "a service is killed": faults.killed,
        "database and services are killed": faults.all_killed,
    }


async def _lost(assets: object, kept: Kept) -> list[str]:
    wanted = {"_id": {"$in": sorted(kept.assets)}}
    there = {one["_id"] async for one in assets.find(wanted, {"_id": 1})}  # type: ignore[attr-defined]
    return [f"{one} was uploaded and is lost" for one in kept.assets - there]


def main() -> int:
    """Run it once."""
    parser = argparse.ArgumentParser(prog="scripts/chaos service", description=__doc__)
    parser.add_argument("--buyers", type=int, default=6, help="how many buy at once")
    parser.add_argument("--seed", type=int, default=1, help="what is bought when")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder), buyers=options.buyers, seed=options.seed))


if __name__ == "__main__":
    raise SystemExit(main())
