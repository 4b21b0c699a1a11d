"""A customer scans a guide's code; a leaver's customers find another guide; a burst is caught.

Then a group and one member get what the guide sends by hand.

It runs a service of its own, connected to WeCom as `wecom_stub` plays it.
"""

import asyncio
import contextlib
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from domain.kernel.days import beijing_day
from scripts import demo_brand, embedded, serve, wecom_stub
from scripts.client import Client
from scripts.demo_brand import PASSWORD
from scripts.demo_contact_messages import GROUP, group_served, member_written_to
from scripts.telling import expect, say, soon, step
from scripts.wecom_stub import WecomStub
from storage.mongo.kernel.database import connect

STORES = 30
STORE, GUIDE, LEAVER, CHEAT = "S0001", "G0001-1", "G0001-2", "G0001-3"
CUSTOMERS, REFUSING, BURST = 250, 7, 25
PHONE = "13800139999"
WITHIN_S = 900.0
AHEAD_S = 300.0

END = "userErrors { code field message }"
RULES = f"""mutation {{ contactRulesSet(expectedVersion: 0, input: {{ validAfterDays: 7,
  capADay: 50, burst: 20, welcome: {{ text: "你好，我是你的专属导购" }} }}) {{ {END} }} }}"""
WAYS = f"""mutation($store: ID!) {{ contactWaysOpen(storeId: $store) {{
  ways {{ id guideIds qrUrl }} {END} }} }}"""
WELCOME = f"""mutation($guide: ID!, $url: String!) {{ contactWelcomeSet(guideId: $guide,
  welcome: {{ text: "欢迎，新人礼请收下", title: "新人券", url: $url }}) {{ {END} }} }}"""
FRIENDS = """query($guide: ID!) { guideFriends(guideId: $guide, first: 100) { readAt
  friends { totalCount nodes { externalId name memberId } } } }"""
PHONE_SIGN_IN = f"""mutation($phone: String!, $login: String!) {{
  memberPhoneSignIn(phoneCode: $phone, loginCode: $login) {{ viewer {{ id }} {END} }} }}"""
BOUGHT = f"""mutation($purchases: [PurchaseFeedInput!]!) {{
  purchasesFeed(channel: "POS", purchases: $purchases) {{ {END} }} }}"""
VIEW = """query($id: ID!) { customerView(externalUserId: $id) {
  name purchases { channel number paid { text } } } }"""
HAND_OVER = f"""mutation($guide: ID!, $takers: [ID!]) {{
  handOverStart(guideId: $guide, left: true, takerIds: $takers) {{
    counts {{ state count }} {END} }} }}"""
HANDED = """query($guide: ID!, $state: MoveState) { handOver(guideId: $guide, state: $state) {
  counts { state count } customers { nodes { externalId name } } } }"""
DAY = """query($store: ID!, $day: String!) { storeFriends(storeId: $store, day: $day) {
  guides { guideId added duplicates }
  suspicions { kind userId count since until externalIds } } }"""


async def tell(_: str) -> None:
    """Tell the story, on a service of its own."""
    await asyncio.to_thread(tell_all)


def tell_all() -> None:
    """Start WeCom's stand-in, a database and a service, and tell the story."""
    # WeCom's clock is ahead, so that a slow machine is not late with a welcome.
    stub = WecomStub(now=lambda: time.time() + AHEAD_S)
    with (
        tempfile.TemporaryDirectory(prefix="qianmian-contact-") as folder,
        playing(stub) as gateway,
        serve.database(Path(folder), fresh=False) as uri,
        environment(MONGODB_URI=uri, **connection(gateway)),
        serve.serving(Path(folder), embedded.free_port()) as (url, *_),
    ):
        client = Client(url)
        office = client.signed_in("office", PASSWORD)
        guides = demo_brand.load_stores(office, STORES, say)
        stub.users = {one["wecom_user_id"] for one in guides}
        welcomed_once(client, office, stub)
        mei = matched(client, office, stub)
        handed_over(client, office, stub, uri)
        burst_caught(client, office, stub)
        stub.groups.open(GROUP, user_of(GUIDE), "wm-mei", name="羽绒服福利群")
        member = client.as_member("sandbox:mei")
        due = partial(due_now, uri)
        event = stub.told_of_group(GROUP, "create")
        group_served(office, member, stub, partial(told, client, stub, event), STORE, due)
        member_written_to(office, member, mei, stub, due)


def welcomed_once(client: Client, office: Client, stub: WecomStub) -> None:
    """A customer scans a guide's code; WeCom tells of it three times."""
    step("1  A customer scans a guide's code")
    office.run(RULES)
    ways = office.run(WAYS, store=STORE)["contactWaysOpen"]["ways"]
    own = next(one for one in ways if one["guideIds"] == [GUIDE])
    say(f"{len(ways)} guides have a code each; {GUIDE}'s is {own['qrUrl'][:44]}…")
    office.run(WELCOME, guide=GUIDE, url="https://mall.example/coupons/new")
    stub.contacts["wm-mei"] = {"name": "林梅", "unionid": "sandbox-unionid-mei"}
    event = stub.add(user_of(GUIDE), "wm-mei", own["id"])
    for _ in range(3):
        told(client, stub, event)
    welcomes = soon(lambda: list(stub.welcomes.values()), bool, within_s=WITHIN_S)
    expect(len(welcomes) == 1, "she is welcomed once")
    page = welcomes[0]["attachments"][0]["link"]
    say(f"told three times, welcomed once: 「{welcomes[0]['text']['content']}」, {page['title']}")


def matched(client: Client, office: Client, stub: WecomStub) -> str:
    """Who she is, what she bought at the till, and how her guide sees it; the member's id."""
    step("2  She is a member, with what she bought at the till")
    phone, login = f"sandbox:{PHONE}", "sandbox:mei"
    member = client.run(PHONE_SIGN_IN, phone=phone, login=login)["memberPhoneSignIn"]["viewer"]
    bought = {
        "number": secrets.token_hex(4),
        "at": datetime.now(UTC).isoformat(),
        "phone": PHONE,
        "storeId": STORE,
        "lines": [{"sku": "10001-BLK-M", "quantity": 1, "paidFen": 99900}],
    }
    office.run(BOUGHT, purchases=[bought])
    found = soon(lambda: friends(office, GUIDE), lambda one: one[0]["memberId"], within_s=WITHIN_S)
    expect(found[0]["memberId"] == member["id"], "WeCom's friend is found to be the member")
    guide = client.as_guide(user_of(GUIDE))
    view = guide.run(VIEW, id="wm-mei")["customerView"]
    [purchase] = view["purchases"]
    say(
        f"{GUIDE} sees beside the conversation: {purchase['paid']['text']} at {purchase['channel']}"
    )
    return str(member["id"])


def handed_over(client: Client, office: Client, stub: WecomStub, uri: str) -> None:
    """A guide leaves; her customers go to two others, and some will not."""
    step(f"3  {LEAVER} leaves, with {CUSTOMERS} customers")
    leaver = user_of(LEAVER)
    events = [stub.add(leaver, f"wm-{number:03}") for number in range(CUSTOMERS)]
    for event in events[: CUSTOMERS // 2]:
        told(client, stub, event)
    say(f"WeCom told of {CUSTOMERS // 2} of them; the others are found on her list")
    due_now(uri, "friend_lists", {"_id": leaver})
    known = soon(lambda: total(office, LEAVER), lambda n: n == CUSTOMERS, within_s=WITHIN_S)
    expect(known == CUSTOMERS, "all of them are in the mirror")
    stub.left.add(leaver)
    stub.refusing = {f"wm-{number:03}" for number in range(REFUSING)}
    office.run(HAND_OVER, guide=LEAVER, takers=[GUIDE, CHEAT])
    path = "/cgi-bin/externalcontact/resigned/transfer_customer"
    soon(lambda: len(stub.moving), lambda n: n == CUSTOMERS, within_s=WITHIN_S)
    say(f"asked of WeCom in {stub.asked[path]} calls of at most 100; nobody has moved yet")
    expect(total(office, LEAVER) == CUSTOMERS, "nobody moves before it is done")
    stub.now = lambda: time.time() + AHEAD_S + wecom_stub.DAY_S
    done = {"DONE": CUSTOMERS - REFUSING, "REFUSED": REFUSING}

    def a_day_later() -> dict[str, int]:
        due_now(uri, "customer_moves", {"state": "ASKED"})
        return counts(office)

    said = soon(a_day_later, lambda found: found == done, within_s=WITHIN_S)
    expect(said == done, f"a day later it is {done}, not {said}")
    refused = office.run(HANDED, guide=LEAVER, state="REFUSED")["handOver"]["customers"]["nodes"]
    say(
        f"a day later: {said['DONE']} are others' now; {len(refused)} refused, such as "
        f"{refused[0]['externalId']}"
    )


def burst_caught(client: Client, office: Client, stub: WecomStub) -> None:
    """Somebody adds many at once, for the reward."""
    step(f"4  {CHEAT} has {BURST} new friends within a minute")
    stub.now = time.time
    for number in range(BURST):
        told(client, stub, stub.add(user_of(CHEAT), f"wm-bought-{number}"))
    day = str(beijing_day(datetime.now(UTC)))

    def suspicions() -> list[dict[str, Any]]:
        found = office.run(DAY, store=STORE, day=day)["storeFriends"]["suspicions"]
        return [one for one in found if one["userId"] == user_of(CHEAT)]

    found = soon(
        suspicions, lambda some: bool(some) and some[0]["count"] == BURST, within_s=WITHIN_S
    )
    expect(bool(found) and found[0]["kind"] == "BURST", "the burst is shown")
    one = found[0]
    say(
        f"{one['kind']}: {one['count']} from {one['since'][11:19]} to {one['until'][11:19]}, "
        f"{', '.join(one['externalIds'][:2])} …; none of them will count"
    )


def user_of(guide: str) -> str:
    """A demo guide's user id in WeCom."""
    return f"guide-{guide[1:]}"


def told(client: Client, stub: WecomStub, event: dict[str, str]) -> None:
    """Call the service as WeCom does."""
    query, body = stub.call(event)
    answer = httpx2.post(f"{client.url}/wecom/callback", params=query, content=body, timeout=120)
    expect(answer.text == "success", "WeCom's call is taken")


def friends(office: Client, guide: str) -> list[dict[str, Any]]:
    """The first of a guide's friends."""
    found = office.run(FRIENDS, guide=guide)["guideFriends"]["friends"]["nodes"]
    return found or [{"memberId": None}]


def total(office: Client, guide: str) -> int:
    """How many friends a guide has."""
    return int(office.run(FRIENDS, guide=guide)["guideFriends"]["friends"]["totalCount"])


def counts(office: Client) -> dict[str, int]:
    """How the hand-over stands."""
    found = office.run(HANDED, guide=LEAVER)["handOver"]["counts"]
    return {one["state"]: one["count"] for one in found}


def due_now(uri: str, collection: str, which: dict[str, str]) -> None:
    """Let the moment for which something waits have come."""

    async def change() -> None:
        database = connect(uri, "qianmian")
        await database[collection].update_many(which, {"$set": {"due_at": datetime.now(UTC)}})
        database.client.close()

    asyncio.run(change())


def connection(gateway: str) -> dict[str, str]:
    """The settings that connect a service to the stand-in."""
    return {
        "WECOM_CORP_ID": wecom_stub.COMPANY,
        "WECOM_SECRET": wecom_stub.SECRET,
        "WECOM_CALLBACK_TOKEN": wecom_stub.CALLBACK_TOKEN,
        "WECOM_CALLBACK_KEY": wecom_stub.CALLBACK_KEY,
        "WECOM_GATEWAY": gateway,
    }


@contextlib.contextmanager
def environment(**more: str) -> Iterator[None]:
    """More variables for the length of a block."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def playing(stub: WecomStub) -> Iterator[str]:
    """WeCom's stand-in on a free port, for the length of a block, which gets its address."""
    port = embedded.free_port()
    config = uvicorn.Config(stub.app(), host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
