"""Who has what of an order and of a purchase at a till, to the payout, and of a refund after it.

Where the story starts a service of its own, its time passes by processes whose clocks are ahead: a
month is settled only when it is over, and nobody has anything payable before goods can't come back.
"""

import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import zxingcpp
from PIL import Image

from domain.kernel.days import month_ends, month_of
from domain.mall.fulfilment.returning import RETURN_WITHIN
from scripts.client import Client
from scripts.demo_brand import PASSWORD
from scripts.demo_members import BY_PHONE, FEED, GRANT
from scripts.demo_members import TELL as PURCHASES
from scripts.demo_orders import REGIONS, RETURN, Stage, on_part
from scripts.demo_promotions import APPROVE, CLAIM, CREATE, SUBMIT, WITHDRAW, by_pieces
from scripts.demo_promotions import let_out_soon as let_out
from scripts.demo_story import (
    GUIDE,
    MUTATION_END,
    OPEN,
    PLACE,
    POSTER_CREATE,
    SHARE,
    TEMPLATES,
    manager,
)
from scripts.serve import Another
from scripts.telling import WentWrong, expect, refused, say, soon, step

STORES = """query($region: ID!) { stores(regionId: $region, first: 100) { nodes {
  id name kind state services position { longitude latitude datum } owner { id name kind } } } }"""
PRODUCTS = """{ products(first: 100) { nodes { id name variants { sku price { fen } } } } }"""
RULES = "{ splitRules { version } }"
RULE = f"""mutation($version: Int!) {{ splitRuleSet(input: {{expectedVersion: $version,
  sharePermille: 50, servicePermille: 20, servingPermille: 10, memberPermille: 30,
  sellingPermille: 150, fulfillingPermille: 750}}) {{ rule {{ version }} {MUTATION_END} }} }}"""
EXPLAIN = """query($id: ID!) { attributionExplain(orderId: $id) { ruleVersion
  candidates { role guideId verdict link { shareCode } }
  credits { sku role account amount { fen text } } } }"""
AUDIT = "{ ledgerAudit { difference { fen } inFlight } }"
JOURNALS = """query($account: String!) { ledgerJournals(account: $account, first: 50) { nodes {
  id orderId cause at lines { account amount { fen text } } } } }"""
OWNER = "query($id: ID!) { ownerEarnings(ownerId: $id) { pending { fen } payable { fen } } }"
MINE = "{ ownEarnings { pending { fen } payable { fen } } }"
RANKING = """query($period: String!) { guideRanking(period: $period, first: 3) {
  nodes { rank guideName earned { text } } } }"""
SETTLE = f"""mutation($period: String!) {{ settlementRun(period: $period) {{
  run {{ number }} {MUTATION_END} }} }}"""
RUNS = "{ settlementRuns { period doneAt statements total { text } } }"
STATEMENTS = """query($owner: ID!) { statementsOf(ownerId: $owner, first: 1) { nodes {
  id period opening { text } total { text } closing { fen text } entries hash } } }"""
FILE = "query($id: ID!) { statementFile(id: $id, form: CSV) }"
PAYOUTS = f"""mutation($period: String!) {{ payoutsMake(period: $period) {{
  payouts {{ totalCount }} {MUTATION_END} }} }}"""
PAID = """query($period: String!) { payoutsOf(period: $period) { nodes {
  id ownerId state amount { fen text } } } }"""
LEFT = f"""mutation($id: ID!, $reference: String!) {{
  payoutConfirm(id: $id, reference: $reference) {{ payout {{ state }} {MUTATION_END} }} }}"""
REFUND = f"""mutation($id: ID!, $fen: Int!) {{ orderRefund(orderId: $id, amountFen: $fen,
  reason: "洗后缩水", idempotencyKey: "demo-later") {{ {MUTATION_END} }} }}"""

# Of what is kept of the order, in ten-thousandths. The guide has 5 % for the link and 2 % for the
# customer; of the other 93 % the seller has 15 %, the sender 75 %, whose member it is 3 %, and the
# brand what is left, 7 %.
OF_GUIDE, OF_SELLER, OF_SENDER, OF_HOME, OF_BRAND = 700, 1395, 6975, 279, 651
# Of ¥1,000 at the till: 5 % and 2 % to the guide, 1 % to who serves; 3 % of the other ¥920 to whose
# member it is. The seller has the money and owes all of that.
TILL_FEN, TILL_GUIDE, TILL_SERVING, TILL_HOME = 100_000, 7_000, 1_000, 2_760
# Of ¥10,000 at a till of the brand's own, to somebody who came by no link: 3 %.
LATER_FEN, LATER_HOME = 1_000_000, 30_000
TEMPLATE = "新店开业"
POINTS, POINTS_FEN = 3_000, 3_000
UNIT_FEN = 10_000
# What the clock does of the books may wait a minute for its turn.
IN_TURN_S = 120.0
RIPE = RETURN_WITHIN + timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who is in the story: the sellers' and the sender's shops, owners, the member and the order.

    Three pieces of the order cost `unit` fen each when coupon and points are taken off. The three
    owners and the guide `had` so many fen pending before.
    """

    stage: Stage
    office: Client
    phone: str
    brand_shop: str
    owners: tuple[str, str, str]
    serving: str
    unit: int
    coupon: int
    had: tuple[int, ...]

    def feed(self, client: Client, member_phone: str, store: str, fen: int, **more: Any) -> str:
        """Have a till tell of a purchase of just now; returns the purchase's id."""
        number = secrets.token_hex(4)
        lines = [{"sku": self.stage.skus[0], "quantity": 1, "paidFen": fen}]
        told = {"number": number, "phone": member_phone, "storeId": store, "lines": lines, **more}
        till = client.signed_in("till", PASSWORD)
        [done] = till.run(PURCHASES, channel="POS", purchases=[told])["done"]["purchases"]
        expect(done["isMatched"], f"the till's purchase is a member's: {done['refusal']}")
        return f"POS:{number}"


async def tell(url: str, another: Another | None = None) -> None:
    """Tell who has what; raises WentWrong where the parts are not the whole.

    What happens weeks later is told where other processes with other clocks can be had.
    """
    cast = set_up(Client(url))
    code = rule_and_poster(cast)
    order = sold_and_sent(cast, code)
    one_comes_back(cast, order)
    at_a_till(cast)
    if another is None:
        books(cast.office, cast, "5  The books")
        say("a month has to be over to be settled; without --url the story has it pass")
        return
    now = datetime.now(UTC)
    ripe, over, period = looked_at(now)
    with another(ahead=ripe) as then:
        becomes_payable(cast, Client(then))
    with another(ahead=over) as then:
        settled_and_paid(cast, Client(then), period)
        refunded(cast, Client(then), order)
        bought_again(cast, Client(then), now + over)
    with another(ahead=over + RIPE) as then:
        made_up_for(cast, Client(then))
        books(Client(then).signed_in("office", PASSWORD), cast, "9  The books")


def looked_at(now: datetime) -> tuple[timedelta, timedelta, str]:
    """In how long what is sold now is payable, and the month of that is over; and the month.

    No month ends within a day of either, so that none does while the story looks.
    """
    ripe = RIPE
    if month_of(now + ripe) != month_of(now + ripe + timedelta(days=1)):
        ripe += timedelta(days=1)
    period = month_of(now + ripe)
    return ripe, month_ends(period) + timedelta(days=1) - now, period


def set_up(client: Client) -> Cast:
    """Find three franchisees' shops and one of the brand's in a city, and two like pieces."""
    step("0  The stage")
    office = client.signed_in("office", PASSWORD)
    stores, shops, brand_shop = city_of_franchisees(client)
    product = next(
        one
        for one in client.run(PRODUCTS)["products"]["nodes"]
        if len(one["variants"]) >= 2
        and one["variants"][0]["price"] == one["variants"][1]["price"]
        and one["variants"][0]["price"]["fen"] > 3 * UNIT_FEN
    )
    price = product["variants"][0]["price"]["fen"]
    # Round, so that all parts of it are whole fen.
    unit = (price - 1_001 - POINTS_FEN) // UNIT_FEN * UNIT_FEN
    skus = (product["variants"][0]["sku"], product["variants"][1]["sku"])
    for shop, what in zip(shops, ("sells", "sends", "has the member"), strict=True):
        say(f"{shop['name']} of {shop['owner']['name']} {what}")
    phone = f"139{secrets.randbelow(10**8):08d}"
    buyer = joined(client, phone, shops[2]["id"])
    stage = Stage(client=client, buyer=buyer, shops=shops, skus=skus, pool=stores)
    stage.count(s2=(5, 5))
    owners = (shops[0]["owner"]["id"], shops[1]["owner"]["id"], shops[2]["owner"]["id"])
    return Cast(
        stage=stage,
        office=office,
        phone=phone,
        brand_shop=brand_shop,
        owners=owners,
        serving=f"G{shops[1]['id'][1:]}-1",
        unit=unit,
        coupon=3 * (price - unit) - POINTS_FEN,
        had=balances(client, owners, "pending"),
    )


def city_of_franchisees(client: Client) -> tuple[list[str], list[dict[str, Any]], str]:
    """A city's stores' ids, a shop of each of three franchisees, and a shop of the brand's."""
    for region in client.run(REGIONS)["regions"]["nodes"]:
        stores = client.run(STORES, region=region["id"])["stores"]["nodes"]
        shops = [one for one in stores if one["kind"] == "SHOP" and one["state"] == "OPEN"]
        own = [one["id"] for one in shops if one["owner"]["kind"] == "BRAND"]
        theirs: dict[str, dict[str, Any]] = {}
        for one in shops:
            if one["owner"]["kind"] == "FRANCHISEE":
                theirs.setdefault(one["owner"]["id"], one)
        if own and len(theirs) >= 3:
            return [one["id"] for one in stores], list(theirs.values())[:3], own[0]
    raise WentWrong("expected: a city with shops of three franchisees and of the brand")


def joined(client: Client, phone: str, store: str) -> Client:
    """Somebody who became a member at a shop, signed in."""
    said = {"id": secrets.token_hex(4), "phone": phone, "storeId": store}
    till = client.signed_in("till", PASSWORD)
    till.run(FEED, channel="TILL", members=[said])
    wechat = f"sandbox:buyer-{secrets.token_hex(4)}"
    client.run(BY_PHONE, phone=f"sandbox:{phone}", login=wechat)
    return client.as_member(wechat)


def rule_and_poster(cast: Cast) -> str:
    """Head office says how orders are split, a guide has a poster made, the buyer scans it."""
    step("1  A rule and a poster")
    version = cast.office.run(RULES)["splitRules"][0]["version"]
    version = cast.office.run(RULE, version=version)["splitRuleSet"]["rule"]["version"]
    say(f"rule {version}: 5 % to who shared, 2 % to whose customer it is, 1 % to who serves at the")
    say("till; of the rest 15 % to the seller, 75 % to the sender, 3 % to whose member it is")
    guide = cast.stage.client.as_guide(GUIDE)
    wanted = {"kind": "STOREFRONT", "targetId": cast.stage.shops[0]["id"], "scene": "MOMENTS"}
    link = guide.run(SHARE, input=wanted)["shareLinkCreate"]["shareLink"]
    templates = guide.run(TEMPLATES)["posterTemplates"]["nodes"]
    template = next(one["id"] for one in templates if one["name"] == TEMPLATE)
    poster = guide.run(POSTER_CREATE, code=link["code"], template=template)
    picture = cast.stage.client.get(poster["posterCreate"]["poster"]["url"]).content
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    code = read.text.rpartition("/")[2]
    opened = cast.stage.buyer.run(OPEN, code=code)["shareLinkOpen"]["opened"]
    say(f"the buyer scans {code} from the poster of {opened['guideName']}: {opened['title']}")
    return code


def sold_and_sent(cast: Cast, code: str) -> str:
    """Three pieces in the first shop's storefront, sent by the second, for coupon and points."""
    step("2  Sold by one franchisee, sent by another, paid with a coupon and points")
    stage, office = cast.stage, cast.office
    me = stage.buyer.run("{ me { id } }")["me"]["id"]
    office.run(GRANT.replace("500", str(POINTS)), member=me, key=secrets.token_hex(8))
    offer = coupon_of(cast)
    try:
        coupon = stage.buyer.run(CLAIM, id=offer, key="demo")["couponClaim"]["coupon"]["id"]
        wanted = {
            "storeId": stage.shops[0]["id"],
            "shareCode": code,
            "lines": [
                {"sku": sku, "quantity": n} for sku, n in zip(stage.skus, (2, 1), strict=True)
            ],
            "couponIds": [coupon],
            "points": POINTS,
            "delivery": {
                "name": "许望",
                "phone": "13800000000",
                "district": "310104",
                "address": "漕溪北路1号",
                "position": stage.shops[0]["position"],
            },
        }
        placed = stage.buyer.run(PLACE, input=wanted, key=secrets.token_hex(8))
    finally:
        reviewer = stage.client.signed_in("reviewer", PASSWORD)
        reviewer.run(WITHDRAW, id=offer)
    order = str(placed["orderPlace"]["order"]["id"])
    say(f"a coupon takes off ¥{cast.coupon / 100:,.2f}, {POINTS:,} points ¥{POINTS_FEN / 100:.2f}")
    stage.pay(order)
    [part] = stage.parts(order, "OFFERED")
    expect(part["store"]["id"] == stage.shops[1]["id"], "the shop that has the goods sends them")
    stage.ship(part)
    held(cast, order, pieces=3)
    return order


def coupon_of(cast: Cast) -> str:
    """A coupon that somebody else lets out."""
    now = datetime.now(UTC)
    wanted = {
        "name": "演示券",
        "effect": by_pieces(1, {"amountOff": {"amountFen": cast.coupon}}),
        "beginsAt": (now - timedelta(minutes=1)).isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "goods": {"skus": list(cast.stage.skus)},
        "coupon": {"kind": "ORDER_COUPON", "total": 1},
    }
    offer = str(cast.office.run(CREATE, input=wanted)["offerCreate"]["offer"]["id"])
    cast.office.run(SUBMIT, id=offer)
    cast.stage.client.signed_in("reviewer", PASSWORD).run(APPROVE, id=offer)
    expect(let_out(cast.office, offer) == 1, "the coupon is let out")
    return offer


def one_comes_back(cast: Cast, order: str) -> None:
    """A piece comes back to the first shop: each part falls with it."""
    step("3  One piece comes back")
    stage, store = cast.stage, cast.stage.shops[0]["id"]
    units = [{"sku": stage.skus[0], "quantity": 1}]
    asked = stage.buyer.run(RETURN, id=order, store=store, units=units)
    back = asked["returnRequest"]["progress"]["returns"][-1]
    for mutation in ("returnReceive", "returnAccept"):
        manager(stage.client, store).run(on_part(mutation), id=back["id"])
    held(cast, order, pieces=2)


def held(cast: Cast, order: str, *, pieces: int) -> None:
    """Tell who has what of the pieces that are kept, which is as reckoned."""
    kept = pieces * cast.unit
    seller, sender, home = (f"owner:{one}" for one in cast.owners)
    ought = {
        "guide:G0001-1": OF_GUIDE * kept // 10_000,
        seller: OF_SELLER * kept // 10_000,
        sender: OF_SENDER * kept // 10_000,
        home: OF_HOME * kept // 10_000,
        "brand": OF_BRAND * kept // 10_000,
    }
    expect(sum(ought.values()) == kept, "the parts are the whole")
    told(cast.office, order, ought)
    say(f"together ¥{kept / 100:,.2f}, which is what was paid and not given back")


def told(office: Client, order: str, ought: dict[str, int]) -> None:
    """Tell each part and who has it, which is as it ought to be."""

    def summed(found: dict[str, Any]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for one in found["credits"]:
            sums[one["account"]] = sums.get(one["account"], 0) + one["amount"]["fen"]
        return sums

    def explained() -> dict[str, Any]:
        return dict(office.run(EXPLAIN, id=order)["attributionExplain"])

    found = soon(explained, lambda one: summed(one) == ought, within_s=IN_TURN_S)
    for one in found["candidates"]:
        say(f"{one['role']:<8} {one['guideId']}: {one['verdict']}")
    for one in found["credits"]:
        say(f"{one['sku']:<14} {one['role']:<10} {one['account']:<16} {one['amount']['text']}")
    expect(summed(found) == ought, f"{ought}, not {summed(found)}")


def at_a_till(cast: Cast) -> None:
    """The same member buys in a shop: who brought, who serves and whose member it is have parts."""
    step("4  The member buys at a till of the second franchisee")
    store, at = cast.stage.shops[1]["id"], datetime.now(UTC).isoformat()
    bought = cast.feed(cast.stage.client, cast.phone, store, TILL_FEN, at=at, guideId=cast.serving)
    _, seller, home = cast.owners
    ought = {
        "guide:G0001-1": TILL_GUIDE,
        f"guide:{cast.serving}": TILL_SERVING,
        f"owner:{seller}": TILL_FEN - TILL_GUIDE - TILL_SERVING - TILL_HOME,
        f"owner:{home}": TILL_HOME,
    }
    told(cast.office, bought, ought)
    say(f"the seller has the ¥{TILL_FEN / 100:,.2f} and owes the others theirs")
    have(cast, cast.stage.client, "pending", earned(cast, pieces=2))


def earned(cast: Cast, *, pieces: int) -> tuple[int, int, int, int]:
    """What seller, sender, whose member it is and the guide have of the pieces and the till's."""
    kept = pieces * cast.unit
    return (
        OF_SELLER * kept // 10_000,
        OF_SENDER * kept // 10_000 - TILL_GUIDE - TILL_SERVING - TILL_HOME,
        OF_HOME * kept // 10_000 + TILL_HOME,
        OF_GUIDE * kept // 10_000 + TILL_GUIDE,
    )


def have(cast: Cast, client: Client, stage: str, ought: tuple[int, ...]) -> None:
    """Tell what the owners and the guide have, pending or payable, which is as reckoned."""
    had = cast.had if stage == "pending" else (0, 0, 0, 0)

    def found() -> tuple[int, ...]:
        has = balances(client, cast.owners, stage)
        return tuple(one - before for one, before in zip(has, had, strict=True))

    has = soon(found, lambda one: one == ought, within_s=IN_TURN_S)
    names = ("seller", "sender", "whose member", "guide")
    say(
        f"{stage}: "
        + ", ".join(f"{n} ¥{fen / 100:,.2f}" for n, fen in zip(names, has, strict=True))
    )
    expect(has == ought, f"{stage} {ought}, not {has}")


def balances(client: Client, owners: Sequence[str], stage: str) -> tuple[int, ...]:
    """What the owners and the guide have, pending or payable, in fen."""
    office = client.signed_in("office", PASSWORD)
    theirs = [office.run(OWNER, id=one)["ownerEarnings"] for one in owners]
    own = client.as_guide(GUIDE).run(MINE)["ownEarnings"]
    return tuple(int(one[stage]["fen"]) for one in (*theirs, own))


def becomes_payable(cast: Cast, client: Client) -> None:
    """Nothing can come back any more."""
    step(f"5  More than {RETURN_WITHIN.days} days later nothing can come back")
    have(cast, client, "payable", earned(cast, pieces=2))
    have(cast, client, "pending", (0, 0, 0, 0))


def settled_and_paid(cast: Cast, client: Client, period: str) -> None:
    """The month is settled when it is over, and each owner is paid what their statement says."""
    step(f"6  {period} is over: statements and payouts")
    finance = client.signed_in("finance", PASSWORD)
    this_month = month_of(month_ends(period) + timedelta(days=1))
    say(f"{this_month}: {refused(finance, SETTLE, period=this_month)}")
    finance.run(SETTLE, period=period)
    runs = soon(
        lambda: finance.run(RUNS)["settlementRuns"],
        lambda found: bool(found[0]["doneAt"]),
        within_s=IN_TURN_S,
    )
    expect(bool(runs[0]["doneAt"]), f"{period} is settled")
    amounts = dict(zip(cast.owners, earned(cast, pieces=2), strict=False))
    for owner, fen in amounts.items():
        [one] = finance.run(STATEMENTS, owner=owner)["statementsOf"]["nodes"]
        say(
            f"{owner}: {one['opening']['text']} + {one['total']['text']} by {one['entries']} "
            f"entries = {one['closing']['text']}, {one['hash'][:12]}…"
        )
        expect(int(one["closing"]["fen"]) == fen, f"the statement of {owner} ends with {fen} fen")
    for row in finance.run(FILE, id=one["id"])["statementFile"].splitlines():
        say(f"    {row}")
    finance.run(PAYOUTS, period=period)

    def payouts() -> list[dict[str, Any]]:
        return list(finance.run(PAID, period=period)["payoutsOf"]["nodes"])

    booked = soon(
        payouts, lambda found: {one["state"] for one in found} == {"BOOKED"}, within_s=IN_TURN_S
    )
    for one in booked:
        finance.run(LEFT, id=one["id"], reference=f"B-{secrets.token_hex(4)}")
    for one in payouts():
        say(f"{one['ownerId']} is paid {one['amount']['text']}: {one['state']}")
    paid = {one["ownerId"]: int(one["amount"]["fen"]) for one in booked}
    expect(paid == amounts, f"each is paid what the statement says, not {paid}")
    have(cast, client, "payable", (0, 0, 0, earned(cast, pieces=2)[3]))


def refunded(cast: Cast, client: Client, order: str) -> None:
    """Head office pays a piece back: what everybody was paid for it they owe."""
    step("7  A refund after the payout")
    office = client.signed_in("office", PASSWORD)
    office.run(REFUND, id=order, fen=cast.unit)
    before, after = earned(cast, pieces=2), earned(cast, pieces=1)
    owed = tuple(after[n] - before[n] for n in range(3))
    have(cast, client, "payable", (*owed, after[3]))
    say("what was paid out for that piece is owed")


def bought_again(cast: Cast, client: Client, now: datetime) -> None:
    """Another member of the third franchisee buys at a till of the brand's."""
    step("8  What is earned next makes up for it")
    phone = f"139{secrets.randbelow(10**8):08d}"
    joined(client, phone, cast.stage.shops[2]["id"])
    cast.feed(client, phone, cast.brand_shop, LATER_FEN, at=now.isoformat())
    say(f"another of their members buys for ¥{LATER_FEN / 100:,.2f} at a till of the brand's")
    have(cast, client, "pending", (0, 0, LATER_HOME, 0))


def made_up_for(cast: Cast, client: Client) -> None:
    """What is payable of that is less by what was owed."""
    before, after = earned(cast, pieces=2), earned(cast, pieces=1)
    seller, sender, home = (after[n] - before[n] for n in range(3))
    say(f"{RIPE.days} days later ¥{LATER_HOME / 100:,.2f} less ¥{-home / 100:,.2f} is payable")
    have(cast, client, "payable", (seller, sender, home + LATER_HOME, after[3]))


def books(office: Client, cast: Cast, title: str) -> None:
    """Every journal and its cause; each sums to nothing, and so do all."""
    step(title)
    names = [f"owner:{one}:{stage}" for one in cast.owners for stage in ("pending", "payable")]
    names += [f"guide:{one}:pending" for one in ("G0001-1", cast.serving)]
    found = {
        one["id"]: one
        for account in ("provider", "brand", "open", "paid_out", *names)
        for one in office.run(JOURNALS, account=account)["ledgerJournals"]["nodes"]
    }
    for journal in sorted(found.values(), key=lambda one: (one["at"], one["id"])):
        lines = ", ".join(f"{one['account']} {one['amount']['text']}" for one in journal["lines"])
        say(f"{journal['at'][:10]} {journal['cause']}: {lines}")
        sum_ = sum(int(one["amount"]["fen"]) for one in journal["lines"])
        expect(sum_ == 0, f"{journal['id']} sums to 0")
    audit = soon(
        lambda: office.run(AUDIT)["ledgerAudit"], lambda one: one["inFlight"] == 0, within_s=20
    )
    expect(audit == {"difference": {"fen": "0"}, "inFlight": 0}, "all accounts sum to 0")
    say("each sums to ¥0, and so do all accounts")
    month = month_of(datetime.now(UTC))
    for one in office.run(RANKING, period=month)["guideRanking"]["nodes"]:
        say(f"{month}: {one['rank']}. {one['guideName']} {one['earned']['text']}")
