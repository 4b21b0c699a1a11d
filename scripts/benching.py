"""What all benchmarks have in common: parts that take turns, and what each of them costs.

A benchmark makes `Part`s and hands them to `measured`, which runs them in turns, so that whatever
else the machine does slows all of them alike, and answers a `Figure` for each. `report` prints the
figures and writes them down.
"""

import argparse
import asyncio
import contextlib
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from scripts import embedded
from storage.mongo.kernel.database import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
    register,
)

ROUNDS = 5
CLIENTS = 32
# A whole number of the kernel's ticks is what /proc/PID/stat counts in.
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")

# Set in whatever is not done for a request: sweepers, streams of changes, relays.
APART: ContextVar[bool] = ContextVar("apart", default=False)


class Trips(CommandListener):
    """The commands that this process sends to the database, but for those set apart."""

    def __init__(self) -> None:
        self.sent = 0

    def started(self, event: CommandStartedEvent) -> None:
        """Count one."""
        self.sent += not APART.get()

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """An answer is no further trip."""

    def failed(self, event: CommandFailedEvent) -> None:
        """A failure is no further trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one run of a part came to: how much was done, in how long, each by itself."""

    done: int
    seconds: float
    latencies_s: Sequence[float] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing to measure; `floor` names the part in the same run that it is held against."""

    name: str
    run: Callable[[], Awaitable[Spent]]
    floor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Counters that only rise; a moment's are told from another's by subtraction."""

    trips: float
    service_s: float
    database_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Where the counters are read: processes by their ids, and round trips by a function."""

    trips: Callable[[], float]
    services: Sequence[int]
    databases: Sequence[int]

    def read(self) -> Readings:
        """The counters now."""
        return Readings(
            trips=self.trips(),
            service_s=sum(map(processor_s, self.services)),
            database_s=sum(map(processor_s, self.databases)),
        )


@dataclass(slots=True, kw_only=True)
class Figure:
    """What a part came to over all rounds; times in milliseconds, costs for each thing done.

    `ratio` is the median of its rate to its floor's in the same round.
    """

    name: str
    rates: list[float] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    trips: list[float] = field(default_factory=list)
    service_ms: list[float] = field(default_factory=list)
    database_ms: list[float] = field(default_factory=list)
    floor: str | None = None
    ratio: float | None = None

    def take(self, spent: Spent, before: Readings, after: Readings) -> None:
        """Count one round in."""
        done = max(1, spent.done)
        self.rates.append(spent.done / spent.seconds)
        self.latencies_ms += [1000 * one for one in spent.latencies_s]
        self.trips.append((after.trips - before.trips) / done)
        self.service_ms.append(1000 * (after.service_s - before.service_s) / done)
        self.database_ms.append(1000 * (after.database_s - before.database_s) / done)

    def summary(self) -> dict[str, Any]:
        """The medians, and between what the rates were."""
        many = len(self.latencies_ms) > 1
        cut = quantiles(self.latencies_ms, n=100) if many else self.latencies_ms * 99
        return {
            "name": self.name,
            "a_second": median(self.rates),
            "lowest": min(self.rates),
            "highest": max(self.rates),
            "p50_ms": cut[49] if cut else None,
            "p99_ms": cut[98] if cut else None,
            "round_trips": median(self.trips),
            "service_ms": median(self.service_ms),
            "database_ms": median(self.database_ms),
            "floor": self.floor,
            "ratio": self.ratio,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the figures were taken on; load is the average of the last minute."""

    cores: int
    load_before: float
    load_after: float


def processor_s(pid: int) -> float:
    """The processor time that a process has used, its threads' included; 0 of one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


@dataclass(frozen=True, slots=True)
class Pace:
    """How many a second, and what each costs the database's and this process's processor, in ms."""

    rate: float
    database_ms: float
    service_ms: float

    def __str__(self) -> str:
        """As a line of the report has it."""
        return (
            f"{self.rate:,.0f}/s, {self.database_ms:.2f} ms of the database's processor "
            f"and {self.service_ms:.2f} ms of the service's each"
        )


async def paced(server: int, work: Awaitable[int]) -> Pace:
    """How fast some work goes, which tells how many things it has done."""
    before, own, started = processor_s(server), time.process_time(), time.perf_counter()
    count = await work
    took = time.perf_counter() - started
    spent, own = processor_s(server) - before, time.process_time() - own
    return Pace(count / took, 1_000 * spent / count, 1_000 * own / count)


@contextlib.contextmanager
def database(folder: Path) -> Iterator[tuple[str, int]]:
    """An embedded database for the length of a block: its address and its process."""
    port = embedded.free_port()
    server = embedded.start(folder, port)
    try:
        yield embedded.uri(port), server.pid
    finally:
        embedded.stop(server)


def meter_here(trips: Trips, *databases: int) -> Meter:
    """A meter of a service that runs in this very process."""
    return Meter(trips=lambda: trips.sent, services=[os.getpid()], databases=databases)


def counted_trips() -> Trips:
    """Count the commands of every client that this process makes from here on."""
    trips = Trips()
    register(trips)
    return trips


async def spend(
    work: Callable[[int], Awaitable[None]], *, seconds: float, clients: int = CLIENTS
) -> Spent:
    """Do some work over and over for so long, by so many clients at once; each has a number."""
    numbers, latencies = count(), list[float]()
    started = time.perf_counter()

    async def client() -> None:
        while (begun := time.perf_counter()) - started < seconds:
            await work(next(numbers))
            latencies.append(time.perf_counter() - begun)

    await asyncio.gather(*(client() for _ in range(clients)))
    took_s = time.perf_counter() - started
    return Spent(done=len(latencies), seconds=took_s, latencies_s=latencies)


async def measured(parts: Sequence[Part], meter: Meter, *, rounds: int) -> list[Figure]:
    """Run the parts in turns so many times, each time from another one on."""
    figures = {part.name: Figure(name=part.name, floor=part.floor) for part in parts}
    for number in range(rounds):
        shift = number % len(parts)
        for part in (*parts[shift:], *parts[:shift]):
            before = await asyncio.to_thread(meter.read)
            spent = await part.run()
            figures[part.name].take(spent, before, await asyncio.to_thread(meter.read))
    for figure in figures.values():
        if figure.floor is not None:
            pairs = zip(figure.rates, figures[figure.floor].rates, strict=True)
            figure.ratio = median(mine / floor for mine, floor in pairs)
    return list(figures.values())


def arguments(name: str, what: str | None, *, seconds: float = 2.0) -> argparse.ArgumentParser:
    """The options that every benchmark has; it may add its own."""
    parser = argparse.ArgumentParser(prog=f"scripts/bench {name}", description=what)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="turns of the parts (%(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=seconds, help="how long a part lasts (%(default)s)"
    )
    parser.set_defaults(load_before=os.getloadavg()[0])
    return parser


def report(figures: Iterable[Figure], options: argparse.Namespace) -> None:
    """Print the figures as a table, and write them to the file that the options name."""
    machine = Machine(
        cores=os.cpu_count() or 1,
        load_before=options.load_before,
        load_after=os.getloadavg()[0],
    )
    rows = [figure.summary() for figure in figures]
    print("\n".join(table(rows)))
    print(
        f"{options.rounds} rounds on {machine.cores} cores, "
        f"load {machine.load_before:.1f} before and {machine.load_after:.1f} after"
    )
    if options.json:
        found = {"machine": asdict(machine), "rounds": options.rounds, "figures": rows}
        options.json.write_text(json.dumps(found, ensure_ascii=False, indent=2))


def table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The lines of a table in Markdown, so that a page of the docs can show it as it is."""
    heads = ("part", "a second (spread)", "p50 ms", "p99 ms", "trips", "service ms", "database ms")
    yield f"| {' | '.join(heads)} | ratio |"
    yield "| --- " * (len(heads) + 1) + "|"
    for row in rows:
        share = "" if row["ratio"] is None else f"{row['ratio']:.0%} of {row['floor']}"
        yield (
            f"| {row['name']} | {row['a_second']:,.1f} ({row['lowest']:,.1f}–{row['highest']:,.1f})"
            f" | {_number(row['p50_ms'])} | {_number(row['p99_ms'])} | {row['round_trips']:.1f}"
            f" | {row['service_ms']:.2f} | {row['database_ms']:.2f} | {share} |"
        )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"
