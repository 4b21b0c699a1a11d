"""Promotions: a cart's price and why, part returns, coupons at tills, a rush, and referrals."""

import contextlib
import secrets
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from scripts.client import Client, Refused
from scripts.demo_brand import PASSWORD
from scripts.demo_orders import CANCEL, PROGRESS, Stage, set_up
from scripts.demo_story import MUTATION_END, PAY, PLACE, manager
from scripts.serve import Another
from scripts.telling import expect, refused, say, soon, step

CREATE = f"""mutation($input: OfferInput!) {{
  offerCreate(input: $input) {{ offer {{ id }} {MUTATION_END} }} }}"""
SUBMIT = f"mutation($id: ID!) {{ offerSubmit(id: $id, number: 1) {{ {MUTATION_END} }} }}"
APPROVE = f"mutation($id: ID!) {{ offerApprove(id: $id, number: 1) {{ {MUTATION_END} }} }}"
WITHDRAW = f"""mutation($id: ID!) {{
  offerWithdraw(id: $id, number: 1, comment: "演示结束") {{ {MUTATION_END} }} }}"""
LET_OUT = "query($id: ID!) { offer(id: $id) { letOut } }"
QUOTE = """query($input: OrderQuoteInput!) { orderQuote(input: $input) {
  total { text } offers { name outcome given { fen text } missingPieces } } }"""
CLAIM = f"""mutation($id: ID!, $key: String!) {{ couponClaim(id: $id, idempotencyKey: $key) {{
  coupon {{ id name }} {MUTATION_END} }} }}"""
SHOW = f"mutation($id: ID!) {{ couponCodeShow(id: $id) {{ code {{ code }} {MUTATION_END} }} }}"
HOLD = f"""mutation($code: String!, $store: ID!, $number: String!) {{
  couponHold(code: $code, storeId: $store, number: $number) {{
    coupon {{ name state }} {MUTATION_END} }} }}"""
USE = f"""mutation($store: ID!, $number: String!) {{
  couponUse(storeId: $store, number: $number) {{ coupons {{ name state }} {MUTATION_END} }} }}"""
PASS = f"""mutation($id: ID!, $store: ID!) {{ couponPassMake(id: $id, storeId: $store) {{
  kept {{ token coupon {{ state }} }} {MUTATION_END} }} }}"""
AT_HAND = "query($store: ID!) { storeCoupons(storeId: $store) { publicKey } }"
TOLD = f"""mutation($token: String!, $store: ID!, $number: String!, $at: DateTime) {{
  couponPassUse(token: $token, storeId: $store, number: $number, usedAt: $at) {{
    coupon {{ name state }} {MUTATION_END} }} }}"""
CLASHES = "{ couponClashes(first: 2) { nodes { couponId storeId number fault } } }"
BACK = """query($order: ID!, $units: [SkuUnitsInput!]) {
  refundPreview(orderId: $order, units: $units) { amount { text } } }"""
CANCEL_SOME = CANCEL.replace("$id: ID!", "$id: ID!, $units: [SkuUnitsInput!]!, $key: String!")
CANCEL_SOME = CANCEL_SOME.replace('idempotencyKey: "demo"', "units: $units, idempotencyKey: $key")
TERMS_NOW = "{ referralTerms { version } }"
TERMS = f"""mutation($input: ReferralTermsInput!, $version: Int!) {{
  referralTermsSet(input: $input, expectedVersion: $version) {{ {MUTATION_END} }} }}"""
INVITE = f"mutation {{ referralInvite {{ code {MUTATION_END} }} }}"
ACCEPT = f"""mutation($code: String!) {{
  referralAccept(code: $code) {{ referral {{ state }} {MUTATION_END} }} }}"""
OWN = "{ ownReferrals { nodes { state } } }"
POINTS = "{ ownPoints { active } }"
FLAGGED = """{ referrals(state: FLAGGED, first: 1) { nodes { id flags { doubt seen } } } }"""
DECIDE = f"""mutation($id: ID!) {{ referralDecide(id: $id, reward: false, comment: "同一家庭") {{
  referral {{ state reason }} {MUTATION_END} }} }}"""
REWARD_WITHIN_S = 60.0
ALL_KINDS = ["GOODS", "ORDER", "ORDER_COUPON"]
# So many members try so often, from and of so many processes, for so many coupons.
MEMBERS, TRIES, PROCESSES, COUPONS = 250, 20, 4, 100
AT_ONCE = 8


async def tell(url: str, another: Another | None = None) -> None:
    """Tell how offers, coupons and referrals add up; raises WentWrong where they do not.

    The rush is sent to more processes of the service than one where it can have some.
    """
    stage = set_up(Client(url))
    stage.count(s1=(40, 40))
    offers = let_out(stage)
    try:
        priced(stage, offers[-2])
        returned(stage)
        at_a_till(stage, offers[-2])
        without_a_line(stage, offers[-2])
        with contextlib.ExitStack() as stack:
            more = [stack.enter_context(another()) for _ in range(1, PROCESSES) if another]
            a_rush([url, *more], offers[-1])
        referred(stage)
    finally:
        reviewer = stage.client.signed_in("reviewer", PASSWORD)
        for offer in offers:
            reviewer.run(WITHDRAW, id=offer)


def let_out(stage: Stage) -> list[str]:
    """Write four offers for one SKU, and have somebody else let them out: two are coupons."""
    step("1  Four offers, each let out by somebody who did not write it")
    off = {"amountOff": {"amountFen": 5_000}}
    more = {"amountOff": {"amountFen": 3_333}}
    office = stage.client.signed_in("office", PASSWORD)
    made = [
        written(stage, office, "演示九折", {"percentOff": {"percent": 10}}),
        written(stage, office, "演示满3件减50", by_pieces(3, off)),
        written(
            stage,
            office,
            "演示券",
            by_pieces(1, more),
            coupon={"kind": "ORDER_COUPON", "total": 100, "each": 3},
        ),
        written(
            stage,
            office,
            "演示抢购券",
            by_pieces(1, more),
            coupon={"kind": "ORDER_COUPON", "total": COUPONS},
        ),
    ]
    reviewer = stage.client.signed_in("reviewer", PASSWORD)
    for offer in made:
        office.run(SUBMIT, id=offer)
        reviewer.run(APPROVE, id=offer)
    for offer in made:
        out = let_out_soon(office, offer)
        expect(out == 1, "an offer that is let out")
    say("all of them hold, everywhere from one instant on")
    return made


def by_pieces(pieces: int, gives: dict[str, Any]) -> dict[str, Any]:
    """From so many pieces on."""
    return {"tiers": {"by": "PIECES", "tiers": [{"at": pieces, "gives": gives}]}}


def written(stage: Stage, office: Client, name: str, effect: Any, **more: Any) -> str:
    """Write an offer for the story's first SKU, that goes together with the others."""
    now = datetime.now(UTC)
    wanted = {
        "name": name,
        "effect": effect,
        "beginsAt": (now - timedelta(minutes=1)).isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "goods": {"skus": [stage.skus[0]]},
        "combinesWith": ALL_KINDS,
        **more,
    }
    say(name)
    return str(office.run(CREATE, input=wanted)["offerCreate"]["offer"]["id"])


def priced(stage: Stage, coupon: str) -> None:
    """Watch a cart grow: what applies, what is missing, and the coupon after it is claimed."""
    step("2  A cart through the phases")
    for units in (1, 3):
        trace(stage, units)
    claimed = stage.buyer.run(CLAIM, id=coupon, key="demo-1")["couponClaim"]["coupon"]
    say(f"the buyer claims {claimed['name']}")
    given = trace(stage, 3)
    expect(given["演示满3件减50"] == 5_000, "50 yuan off three pieces")
    expect(given["演示券"] == 3_333, "the coupon's 33.33 yuan off")


def trace(stage: Stage, units: int) -> dict[str, int]:
    """Tell why so many pieces cost what they do; what each offer gives, in fen."""
    wanted = {
        "storeId": stage.shops[0]["id"],
        "lines": [{"sku": stage.skus[0], "quantity": units}],
    }
    quoted = stage.buyer.run(QUOTE, input=wanted)["orderQuote"]
    say(f"{units} pieces cost {quoted['total']['text']}")
    for one in quoted["offers"]:
        missing = one["missingPieces"]
        why = f"{missing} more pieces are missing" if missing else one["outcome"]
        say(f"    {one['name']}: {one['given']['text']} off, {why}")
    return {one["name"]: one["given"]["fen"] for one in quoted["offers"]}


def ordered(stage: Stage, buyer: Client, units: int, address: str, phone: str) -> str:
    """Order and pay so many pieces, sent to an address."""
    wanted = {
        "storeId": stage.shops[0]["id"],
        "lines": [{"sku": stage.skus[0], "quantity": units}],
        "delivery": {
            "name": "许望",
            "phone": phone,
            "district": "310104",
            "address": address,
            "position": stage.shops[0]["position"],
        },
    }
    placed = buyer.run(PLACE, input=wanted, key=secrets.token_hex(8))["orderPlace"]["order"]
    payment = buyer.run(PAY, id=placed["id"])["paymentStart"]
    buyer.post(payment["sandboxUrl"])
    return str(placed["id"])


def returned(stage: Stage) -> None:
    """Give back three pieces of two equal orders, in other orders and parts."""
    step("3  Parts of two equal orders, given back in two ways")
    ends = []
    for way in ((1, 2), (2, 1)):
        buyer = stage.client.as_member(f"sandbox:buyer-{secrets.token_hex(4)}")
        order = ordered(stage, buyer, 3, f"平江路{secrets.randbelow(10**6)}号", "13900000001")
        for number, pieces in enumerate(way):
            units = [{"sku": stage.skus[0], "quantity": pieces}]
            shown = buyer.run(BACK, order=order, units=units)["refundPreview"]["amount"]["text"]
            say(f"{pieces} would give {shown} back, as the buyer is told before")
            buyer.run(CANCEL_SOME, id=order, units=units, key=f"demo-{number}")
            paid = paid_back(buyer, order, whole=number == len(way) - 1)
            say(f"{pieces} back: {paid['refunded']['text']} of {paid['amount']['text']}")
        ends.append((paid["amount"]["text"], paid["refunded"]["text"]))
    expect(ends[0] == ends[1] and ends[0][0] == ends[0][1], "both ways end equal, at what was paid")


def at_a_till(stage: Stage, coupon: str) -> None:
    """Use a coupon at one till, and try it at another."""
    step("4  A coupon at a till, and again elsewhere")
    own = stage.buyer.run(CLAIM, id=coupon, key="demo-2")["couponClaim"]["coupon"]["id"]
    code = stage.buyer.run(SHOW, id=own)["couponCodeShow"]["code"]["code"]
    here, there = (shop["id"] for shop in stage.shops[:2])
    number = secrets.token_hex(4)
    till = manager(stage.client, here)
    held = till.run(HOLD, code=code, store=here, number=number)["couponHold"]["coupon"]
    say(f"{stage.shops[0]['name']} holds {held['name']}: {held['state']}")
    why = refused(manager(stage.client, there), HOLD, code=code, store=there, number=number)
    say(f"{stage.shops[1]['name']} is refused: {why}")
    used = till.run(USE, store=here, number=number)["couponUse"]["coupons"]
    expect([one["state"] for one in used] == ["USED"], "a coupon that is used once")


def without_a_line(stage: Stage, coupon: str) -> None:
    """Take a coupon at a till that hears nobody, and try it at another, and again."""
    step("5  A till without a line")
    own = stage.buyer.run(CLAIM, id=coupon, key="demo-3")["couponClaim"]["coupon"]["id"]
    here, there = (shop["id"] for shop in stage.shops[:2])
    till = manager(stage.client, here)
    key = till.run(AT_HAND, store=here)["storeCoupons"]["publicKey"]
    kept = stage.buyer.run(PASS, id=own, store=here)["couponPassMake"]["kept"]
    say(f"the buyer keeps it for {stage.shops[0]['name']}: {kept['coupon']['state']}")
    checked = partial(
        jwt.decode,
        kept["token"],
        Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(key)),
        algorithms=["EdDSA"],
    )
    expect(checked(audience=here)["sub"] == own, "a pass that the till takes by its key alone")
    at = datetime.now(UTC).isoformat()
    say("its till takes the pass by the public key alone, and asks nobody")
    try:
        checked(audience=there)
    except jwt.InvalidAudienceError:
        say(f"the till of {stage.shops[1]['name']} sees that it is not for it")
    else:
        expect(False, "a pass that another store does not take")
    number = secrets.token_hex(4)
    used = partial(till.run, TOLD, token=kept["token"], store=here, number=number, at=at)
    states = [used()["couponPassUse"]["coupon"]["state"] for _ in range(2)]
    expect(states == ["USED", "USED"], "a use that is told twice and counts once")
    say(f"later it tells of its sale {number}, twice: {states[0]}")
    elsewhere = manager(stage.client, there)
    for who, store in ((elsewhere, there), (till, here)):
        again = {"token": kept["token"], "store": store, "number": f"again-{number}"}
        say(f"again in {store}: {refused(who, TOLD, **again)}")
    office = stage.client.signed_in("office", PASSWORD)
    clashes = office.run(CLASHES)["couponClashes"]["nodes"]
    faults = [one["fault"] for one in clashes if one["couponId"] == own]
    expect(sorted(faults) == ["OTHER_STORE", "USED_BEFORE"], "both on record for head office")
    say(f"head office sees both: {', '.join(faults)}")


def a_rush(urls: Sequence[str], coupon: str) -> None:
    """Have many members ask again and again for few coupons, of all processes at once."""
    of = "1 process" if len(urls) == 1 else f"{len(urls)} processes"
    step(f"6  {MEMBERS * TRIES:,} claims on {COUPONS} coupons, of {of} of the service")
    shares = [(urls[n % len(urls)], coupon, range(n, MEMBERS, PROCESSES)) for n in range(PROCESSES)]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        told = list(pool.map(claims_of, *zip(*shares, strict=True)))
    ids = [one for ids, _ in told for one in ids]
    refusals: Counter[str] = sum((codes for _, codes in told), Counter())
    expect(len(ids) == len(set(ids)) == COUPONS, f"{COUPONS} coupons, each once, not {len(ids)}")
    expect(set(refusals) == {"TOO_MANY"}, f"refusals that say so, not {dict(refusals)}")
    say(f"{len(ids)} members have one each, {refusals.total():,} tries were refused")


def claims_of(url: str, coupon: str, members: Sequence[int]) -> tuple[list[str], Counter[str]]:
    """What some members were given, and by which codes all other tries were refused."""
    rush, client = secrets.token_hex(4), Client(url)

    def tries(number: int) -> tuple[list[str], Counter[str]]:
        member = client.as_member(f"sandbox:rush-{rush}-{number}")
        given: list[str] = []
        codes: Counter[str] = Counter()
        for _ in range(TRIES):
            try:
                done = member.run(CLAIM, id=coupon, key=secrets.token_hex(8))["couponClaim"]
                given.append(done["coupon"]["id"])
            except Refused as refusal:
                codes.update(one["code"] for one in refusal.reasons)
        member.close()
        return given, codes

    with ThreadPoolExecutor(AT_ONCE) as threads:
        told = list(threads.map(tries, members))
    client.close()
    return [one for ids, _ in told for one in ids], sum((codes for _, codes in told), Counter())


def referred(stage: Stage) -> None:
    """Have two friends invited: one is new, one lives with the inviter."""
    step("7  Two friends are invited")
    office = stage.client.signed_in("office", PASSWORD)
    terms = {"inviter": {"points": 500}, "friend": {"points": 200}, "returnDays": 0}
    version = office.run(TERMS_NOW)["referralTerms"]["version"]
    office.run(TERMS, input=terms, version=version)
    say("500 points for the inviter, 200 for the friend, once nothing can come back")
    home = (f"漕溪北路{secrets.randbelow(10**6)}号", f"138{secrets.randbelow(10**8):08d}")
    ordered(stage, stage.buyer, 1, *home)
    code = stage.buyer.run(INVITE)["referralInvite"]["code"]
    why = refused(stage.buyer, ACCEPT, code=code)
    say(f"the inviter's own code: {why}")
    elsewhere = (f"平江路{secrets.randbelow(10**6)}号", f"139{secrets.randbelow(10**8):08d}")
    for address, expected in ((elsewhere, "REWARDED"), (home, "FLAGGED")):
        friend = stage.client.as_member(f"sandbox:buyer-{secrets.token_hex(4)}")
        friend.run(ACCEPT, code=code)
        order = ordered(stage, friend, 1, *address)
        parts = offered(friend, order)
        expect(len(parts) == 1, "one shop that is asked to ship")
        stage.ship(parts[0])
        newest = newest_soon(stage.buyer, expected)
        expect(newest == expected, f"a referral that is {expected}, not {newest}")
        points = friend.run(POINTS)["ownPoints"]["active"]
        say(f"the friend has bought and has the goods: {newest}, {points} points for the friend")
    [doubted] = office.run(FLAGGED)["referrals"]["nodes"]
    for flag in doubted["flags"]:
        say(f"why it waits: {flag['doubt']}, {flag['seen']}")
    decided = office.run(DECIDE, id=doubted["id"])["referralDecide"]["referral"]
    say(f"head office decides: {decided['state']}, {decided['reason']}")
    points = stage.buyer.run(POINTS)["ownPoints"]["active"]
    expect(points == 500, "the inviter's reward for one friend")
    say(f"the inviter has {points} points, for one of the two")


def let_out_soon(office: Client, offer: str) -> int | None:
    """The version of an offer that is let out, which takes two seconds."""
    found: int | None = soon(lambda: office.run(LET_OUT, id=offer)["offer"]["letOut"], bool)
    return found


def paid_back(buyer: Client, order: str, *, whole: bool) -> dict[str, Any]:
    """An order's payment, once all of it has come back if that is the whole of it."""

    def payment() -> dict[str, Any]:
        return dict(buyer.run(PROGRESS, id=order)["orderProgress"]["payment"])

    return soon(payment, lambda one: not whole or one["refunded"] == one["amount"])


def newest_soon(inviter: Client, expected: str) -> str:
    """The state of the newest referral, once the clock has looked at it."""
    return soon(
        lambda: str(inviter.run(OWN)["ownReferrals"]["nodes"][0]["state"]),
        lambda state: state == expected,
        within_s=REWARD_WITHIN_S,
    )


def offered(buyer: Client, order: str) -> list[dict[str, Any]]:
    """The fulfilment orders of an order that wait for a shop, once there are some."""

    def waiting() -> list[dict[str, Any]]:
        progress = buyer.run(PROGRESS, id=order)["orderProgress"]
        return [one for one in progress["fulfilmentOrders"] if one["state"] == "OFFERED"]

    return soon(waiting, bool)
