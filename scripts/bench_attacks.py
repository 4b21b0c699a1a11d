"""How long others wait while somebody means harm, and how much memory it costs.

The service and an embedded database run in processes of their own; another process asks for
`/health` a hundred times a second. Each attack is what its sender can do over HTTP, with all of its
requests at once. The table says how they were answered, how long all of it took, the longest that
`/health` waited meanwhile, and by how much the service's memory rose at most.
"""

import argparse
import asyncio
import contextlib
import io
import json
import multiprocessing
import os
import random
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image

from domain.kernel.ids import PersonId
from domain.people.tokens import issue_access_token
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from scripts.bench_storefront import import_rows
from scripts.benched_service import SECRET, Service, serving
from scripts.benching import Machine, database
from scripts.demo_places import as_csv

PROBE_EVERY_S = 0.01
TIMEOUT_S = 300.0
JSON = {"Content-Type": "application/json"}
STAFF_SIGN_IN = """mutation($login: String!) { staffSignIn(login: $login, password: "no such one") {
  userErrors { code } } }"""
IMPORT = """mutation($file: Upload!) { %sImport(file: $file, mode: ALL_OR_NOTHING) {
  userErrors { code } } }"""
UPLOAD = "mutation($file: Upload!) { assetUpload(file: $file) { userErrors { code } } }"
SHEET = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request: its body, and what says how to read it."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """Requests that are sent at once; they are made when their turn comes."""

    name: str
    make: Callable[[], Sequence[Sent]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of an attack."""

    name: str
    answers: str
    took_s: float
    worst_ms: float
    more_mb: int


def as_json(document: str, **variables: Any) -> Sent:
    """A document as any client sends it."""
    body = json.dumps({"query": document, "variables": variables}).encode()
    return Sent(body=body, headers=JSON)


def raw(body: bytes) -> Sent:
    """Any bytes, said to be JSON."""
    return Sent(body=body, headers=JSON)


def a_file(document: str, name: str, data: bytes) -> Sent:
    """An upload by head office."""
    operations = json.dumps({"query": document, "variables": {"file": None}})
    request = httpx2.Request(
        "POST",
        "http://service/graphql",
        data={"operations": operations, "map": '{"0": ["variables.file"]}'},
        files={"0": (name, data)},
    )
    viewer = Viewer(id=PersonId("bench"), role=Role.HEAD_OFFICE)
    token = issue_access_token(viewer, secret=SECRET, now=now())
    headers = {"Content-Type": request.headers["Content-Type"], "Authorization": f"Bearer {token}"}
    return Sent(body=request.read(), headers=headers)


def doubling_fragments(n: int) -> str:
    """A short document in which each fragment spreads the next one twice."""
    spread = [f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(n)]
    return "\n".join(["{ ...f0 }", *spread, f"fragment f{n} on Query {{ __typename }}"])


def a_workbook(sheet: Iterator[bytes]) -> bytes:
    """The least that is read as a workbook, with this for its one sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        with parts.open(SHEET, "w") as sheet_file:
            for part in sheet:
                sheet_file.write(part)
    return file.getvalue()


def an_endless_attribute() -> Iterator[bytes]:
    """A hundred megabytes in one attribute."""
    yield b'<worksheet><sheetData><row r="'
    for _ in range(100):
        yield b"1" * 1_000_000
    yield b'"/></sheetData></worksheet>'


def wrong_rows(n: int) -> bytes:
    """A stock file of which every row is wrong in two ways."""
    wrong = {"sku": "none", "on_hand": "1_000", "counted_at": "yesterday"}
    return as_csv({"store_id": f"S{number}", **wrong} for number in range(n))


def a_photograph(pixels: int) -> bytes:
    """A JPEG of so many pixels, square, with something to see in it."""
    side = int(pixels**0.5)
    dice = random.Random(1)
    small = Image.frombytes("RGB", (64, 64), dice.randbytes(64 * 64 * 3))
    file = io.BytesIO()
    small.resize((side, side), Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    return file.getvalue()


def pictures(n: int, pixels: int) -> list[Sent]:
    """So many different pictures: the same one with other comments behind it."""
    data = a_photograph(pixels)
    marks = (b"\xff\xfe\x00\x0a" + f"{number:08}".encode() for number in range(n))
    return [a_file(UPLOAD, "a.jpg", data[:2] + mark + data[2:]) for mark in marks]


ATTACKS = (
    Attack(name="nothing", make=lambda: [as_json("{ __typename }")] * 50),
    Attack(
        name="fragments that spread the next one twice, 26 deep",
        make=lambda: [as_json(doubling_fragments(26))] * 20,
    ),
    Attack(
        name="one field repeated as often as a document may",
        make=lambda: [as_json("{ " + "__typename " * 4_000 + "}")] * 20,
    ),
    Attack(
        name="documents of as many tokens as there may be",
        make=lambda: [as_json("{ " + "... on Query { viewer { id name } } " * 265 + "}")] * 20,
    ),
    Attack(
        name="JSON nested 20,000 deep",
        make=lambda: [raw(b'{"query":' + b"[" * 20_000 + b"]" * 20_000 + b"}")] * 20,
    ),
    Attack(
        name="an integer of 5,000 digits",
        make=lambda: [raw(b'{"query":"{a}","variables":{"a":' + b"9" * 5_000 + b"}}")] * 20,
    ),
    Attack(name="JSON of 60 MB", make=lambda: [raw(b'{"query":"' + b"a" * 60_000_000 + b'"}')] * 3),
    Attack(
        name="40 sign-ins to unknown names",
        make=lambda: [as_json(STAFF_SIGN_IN, login=f"nobody{n}") for n in range(40)],
    ),
    Attack(
        name="a workbook with 100 MB in one attribute",
        make=lambda: [a_file(IMPORT % "stock", "a.xlsx", a_workbook(an_endless_attribute()))] * 3,
    ),
    Attack(
        name="JSON Lines of one line of 30 MB",
        make=lambda: [a_file(IMPORT % "layers", "a.jsonl", b'{"a":"' + b"a" * 30_000_000 + b'"}')],
    ),
    Attack(
        name="50,000 rows that are all wrong",
        make=lambda: [a_file(IMPORT % "stock", "a.csv", wrong_rows(50_000))],
    ),
    Attack(name="30 pictures of 49 million pixels", make=lambda: pictures(30, 49_000_000)),
)


def _probe(url: str, pipe: Connection) -> None:
    """Ask for `/health` until told to stop, for the longest that it took since last asked."""
    worst, stopped = 0.0, False
    with httpx2.Client(base_url=url, timeout=TIMEOUT_S) as http:
        while not stopped:
            began = time.perf_counter()
            http.get("/health")
            worst = max(worst, time.perf_counter() - began)
            while pipe.poll():
                stopped = pipe.recv() == "stop"
                pipe.send(worst)
                worst = 0.0
            time.sleep(PROBE_EVERY_S)


@contextlib.contextmanager
def probing(url: str) -> Iterator[Callable[[], float]]:
    """Probe in a process of its own; what tells the longest wait in seconds since last asked."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_probe, args=(url, there))
    process.start()

    def worst() -> float:
        here.send("tell")
        told: float = here.recv()
        return told

    try:
        worst()
        yield worst
    finally:
        here.send("stop")
        process.join()


class Memory:
    """How much memory a process took at most; Linux tells of it."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def begin(self) -> int:
        """Forget the most there was; what there is now, in MB."""
        (self._folder / "clear_refs").write_text("5")
        return self.most_mb()

    def most_mb(self) -> int:
        """The most since the last beginning."""
        status = (self._folder / "status").read_text("ascii")
        return int(status.split("VmHWM:")[1].split()[0]) // 1024


async def _send(http: httpx2.AsyncClient, sent: Sent) -> str:
    """Send one request; its status, and the codes of its errors."""
    try:
        answer = await http.post("/graphql", content=sent.body, headers=sent.headers)
    except httpx2.HTTPError as fault:
        return type(fault).__name__
    try:
        found = answer.json()
    except ValueError:
        return str(answer.status_code)
    codes = {error.get("extensions", {}).get("code", "") for error in found.get("errors", ())}
    for payload in (found.get("data") or {}).values():
        errors = payload.get("userErrors", ()) if isinstance(payload, dict) else ()
        codes |= {error["code"] for error in errors}
    return " ".join([str(answer.status_code), *sorted(filter(None, codes))])


async def attacked(service: Service, attack: Attack, worst: Callable[[], float]) -> Seen:
    """Make one attack."""
    requests = await asyncio.to_thread(attack.make)
    memory = Memory(service.pids[0])
    before = memory.begin()
    worst()
    began = time.perf_counter()
    limits = httpx2.Limits(max_connections=len(requests))
    async with httpx2.AsyncClient(base_url=service.url, timeout=TIMEOUT_S, limits=limits) as http:
        answers = Counter(await asyncio.gather(*(_send(http, one) for one in requests)))
    took_s = time.perf_counter() - began
    return Seen(
        name=attack.name,
        answers="; ".join(f"{n} × {answer}" for answer, n in answers.most_common()),
        took_s=took_s,
        worst_ms=1000 * await asyncio.to_thread(worst),
        more_mb=memory.most_mb() - before,
    )


def main() -> int:
    """Attack, and print what came of it."""
    parser = argparse.ArgumentParser(prog="scripts/bench attacks", description=__doc__)
    parser.add_argument("--only", default="", help="attacks whose names hold this")
    options = parser.parse_args()
    load_before = os.getloadavg()[0]
    print("| attack | answers | took s | /health at worst ms | more memory MB |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            database(folder / "data") as (uri, _),
            serving(uri, "bench_attacks", folder) as service,
            probing(service.url) as worst,
        ):
            client = service.head_office()
            import_rows(client, "owners", [{"owner_code": "a", "name": "A", "kind": "brand"}])
            client.close()
            for attack in ATTACKS:
                if options.only in attack.name:
                    seen = asyncio.run(attacked(service, attack, worst))
                    print(
                        f"| {seen.name} | {seen.answers} | {seen.took_s:.1f} | {seen.worst_ms:,.0f}"
                        f" | {seen.more_mb} |",
                        flush=True,
                    )
    machine = Machine(
        cores=os.cpu_count() or 1, load_before=load_before, load_after=os.getloadavg()[0]
    )
    print(
        f"{machine.cores} cores, load {machine.load_before:.1f} before and "
        f"{machine.load_after:.1f} after"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
