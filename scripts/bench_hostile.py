"""Send a hundred thousand hostile requests to a brand, and tell how it took them.

Requests are made from the schema, with arguments of all kinds, right and wrong, by every role, and
by hand; eight at a time. Another process asks for `/health` a hundred times a second. The same seed
makes the same requests. Exits with 1 where anything was answered with a status of 500 or more or
with `INTERNAL`; those are printed, the first ones in full.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from api.schema import schema
from domain.kernel.ids import PersonId
from domain.people.tokens import issue_access_token
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from scripts import demo_brand, embedded
from scripts.bench_attacks import probing
from scripts.bootstrap import say
from scripts.client import Client
from scripts.hostile import Hostile, Sent
from scripts.serve import kept_secret, serving

AT_ONCE = 8
TIMEOUT_S = 60.0
STORES = 4
SHOWN = 20
SAY_EVERY = 5_000
# Tokens last half an hour: they are made anew well before.
ANEW_EVERY = 10_000
KNOWN = """{ stores(first: 5) { nodes { id region { id } owner { id } } }
  products(first: 5) { nodes { id variants { sku } } } posts(first: 5) { nodes { id } }
  assets(first: 5) { nodes { id } }
  campaigns(since: "2020-01-01T00:00:00Z", first: 5) { nodes { id } } }"""


@dataclass
class Seen:
    """What came of all requests so far."""

    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    longest_s: float = 0.0
    longest: str = ""

    def note(self, sent: Sent, answer: httpx2.Response, took_s: float) -> None:
        """One was answered."""
        self.statuses[answer.status_code] += 1
        codes = _codes(answer)
        self.codes.update(codes)
        if took_s > self.longest_s:
            self.longest_s, self.longest = took_s, sent.name
        if answer.status_code >= 500 or "INTERNAL" in codes:
            self.faults.append(f"{answer.status_code} {sent.name} {sent.body!r:.1500}")


def _codes(answer: httpx2.Response) -> set[str]:
    try:
        found = answer.json()
    except ValueError:
        return set()
    if not isinstance(found, dict):
        return set()
    codes = {one.get("extensions", {}).get("code", "") for one in found.get("errors") or ()}
    for payload in (found.get("data") or {}).values():
        errors = payload.get("userErrors") if isinstance(payload, dict) else None
        codes |= {one["code"] for one in errors or () if "code" in one}
    return codes - {""}


def tokens(secret: str, ids: Sequence[str]) -> Sequence[str]:
    """Of each role, of the first store, its region and owner; and what are none."""
    store, region, owner = ids[:3]
    viewers = [
        Viewer(
            id=PersonId(f"hostile_{role.value.lower()}"),
            role=role,
            store_id=store,
            region_id=region,
            owner_id=owner,
        )
        for role in Role
    ]
    made = [issue_access_token(one, secret=secret, now=now()) for one in viewers]
    return [*made, "none", "a.b.c"]


def ids_of(url: str, token: str) -> Sequence[str]:
    """Some ids of what there is."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, str):
            found.append(value)

    client = Client(url, token)
    walk(client.run(KNOWN))
    client.close()
    return [*found, "none"]


async def attacked(url: str, hostile: Callable[[], Hostile], n: int) -> Seen:
    """Send so many."""
    seen, left = Seen(), iter(range(n))
    made = hostile()

    async def sender(http: httpx2.AsyncClient) -> None:
        nonlocal made
        for number in left:
            if number % ANEW_EVERY == ANEW_EVERY - 1:
                made = hostile()
            if number % SAY_EVERY == SAY_EVERY - 1:
                say(f"{number + 1} of {n}: {dict(seen.statuses)}, {len(seen.faults)} faults")
            sent = made.request()
            began = time.perf_counter()
            try:
                answer = await http.request(
                    sent.method, url + sent.path, content=sent.body, headers=dict(sent.headers)
                )
            except httpx2.HTTPError as fault:
                seen.faults.append(f"{type(fault).__name__} {sent.name} {sent.body!r:.300}")
            else:
                seen.note(sent, answer, time.perf_counter() - began)

    async with httpx2.AsyncClient(timeout=TIMEOUT_S) as http:
        await asyncio.gather(*(sender(http) for _ in range(AT_ONCE)))
    return seen


def main() -> int:
    """Attack, and print what came of it."""
    parser = argparse.ArgumentParser(prog="scripts/bench hostile", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="how many (100,000)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    options = parser.parse_args()
    os.environ["QIANMIAN_ADDRESS_LIMITS"] = "off"
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        with serving(data, embedded.free_port()) as (url, *_), probing(url) as worst:
            demo_brand.load(url, STORES, say)
            secret = kept_secret(data, "secret")
            head_office = Viewer(id=PersonId("hostile"), role=Role.HEAD_OFFICE)
            ids = ids_of(url, issue_access_token(head_office, secret=secret, now=now()))

            def hostile() -> Hostile:
                return Hostile(schema._schema, dice, tokens(secret, ids), ids)

            worst()
            began = time.perf_counter()
            seen = asyncio.run(attacked(url, hostile, options.requests))
            took_s, worst_s = time.perf_counter() - began, worst()
    print(f"requests                 {options.requests} in {took_s:.0f} s")
    print(f"statuses                 {dict(sorted(seen.statuses.items()))}")
    print(f"codes                    {dict(seen.codes.most_common())}")
    print(f"longest answer           {seen.longest_s * 1000:.0f} ms ({seen.longest})")
    print(f"longest wait of /health  {worst_s * 1000:.0f} ms")
    print(f"faults                   {len(seen.faults)}")
    for one in seen.faults[:SHOWN]:
        print(one)
    return 1 if seen.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
