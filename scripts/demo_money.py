"""Who has what of one order: shared, sold by one shop, sent by another, given back in parts."""

import secrets
from datetime import UTC, datetime
from typing import Any

from domain.kernel.days import beijing_day
from scripts.client import Client
from scripts.demo_brand import PASSWORD
from scripts.demo_orders import RETURN, Stage, on_part, set_up
from scripts.demo_story import GUIDE, MUTATION_END, OPEN, SHARE, manager
from scripts.telling import expect, say, soon, step

RULES = "{ splitRules { version } }"
RULE = f"""mutation($version: Int!) {{ splitRuleSet(input: {{expectedVersion: $version,
  sharePermille: 50, servicePermille: 20, memberPermille: 30, sellingPermille: 150,
  fulfillingPermille: 750}}) {{ rule {{ version }} {MUTATION_END} }} }}"""
EXPLAIN = """query($id: ID!) { attributionExplain(orderId: $id) { ruleVersion
  candidates { role guideId verdict link { shareCode } }
  credits { sku role account amount { fen text } } } }"""
KEPT = """query($id: ID!) { orderProgress(orderId: $id) { payment {
  amount { fen } refunded { fen } } } }"""
AUDIT = "{ ledgerAudit { difference { fen } inFlight } }"
JOURNALS = """query($account: String!) { ledgerJournals(account: $account, first: 20) { nodes {
  id orderId cause at lines { account amount { text } } } } }"""
MINE = "{ ownEarnings { pending { text } payable { text } } }"
RANKING = """query($period: String!) { guideRanking(period: $period, first: 3) {
  nodes { rank guideName earned { text } } } }"""


async def tell(url: str) -> None:
    """Tell who has what; raises WentWrong where the parts are not the whole."""
    client = Client(url)
    office = client.signed_in("office", PASSWORD)
    stage = set_up(client)
    followed(client, office, stage)
    order = sold_and_sent(office, stage)
    given_back(office, stage, order, quantities=(1, 0), step_title="3  One unit comes back")
    given_back(office, stage, order, quantities=(1, 1), step_title="4  All the rest comes back")
    booked(client, office, order)


def followed(client: Client, office: Client, stage: Stage) -> None:
    """Head office says how orders are split, a guide shares, the buyer follows the link."""
    step("1  A rule, a link, a visit")
    version = office.run(RULES)["splitRules"][0]["version"]
    version = office.run(RULE, version=version)["splitRuleSet"]["rule"]["version"]
    say(f"rule {version}: 5 % to who shared, 2 % to whose customer it is; of the rest 15 % to the")
    say("seller, 75 % to the sender, 3 % to whose member it is")
    store = stage.shops[0]["id"]
    guide = client.as_guide(GUIDE)
    wanted = {"kind": "STOREFRONT", "targetId": store, "scene": "MOMENTS"}
    code = guide.run(SHARE, input=wanted)["shareLinkCreate"]["shareLink"]["code"]
    opened = stage.buyer.run(OPEN, code=code)["shareLinkOpen"]["opened"]
    say(f"the buyer follows {code} of {opened['guideName']} to {opened['title']}")


def sold_and_sent(office: Client, stage: Stage) -> str:
    """An order in the first shop's storefront that only the second shop can send."""
    step("2  Sold by one shop, sent by another")
    stage.count(s2=(5, 5))
    order = stage.order(2, 1)
    stage.pay(order)
    [part] = stage.parts(order, "OFFERED")
    stage.ship(part)
    expect(part["store"]["id"] == stage.shops[1]["id"], "the shop that has the goods sends them")
    found = soon(
        lambda: explained(office, order),
        lambda one: (
            bool(one["credits"]) and all(credit["account"] != "open" for credit in one["credits"])
        ),
    )
    for one in found["candidates"]:
        say(f"{one['role']:<8} {one['guideId']}: {one['verdict']}")
    told(office, order, found)
    return order


def given_back(
    office: Client, stage: Stage, order: str, *, quantities: tuple[int, int], step_title: str
) -> None:
    """Units come back to the first shop: each part falls with them."""
    step(step_title)
    store = stage.shops[0]["id"]
    units = [
        {"sku": sku, "quantity": n} for sku, n in zip(stage.skus, quantities, strict=True) if n
    ]
    document = RETURN.replace('idempotencyKey: "demo"', f'idempotencyKey: "{secrets.token_hex(8)}"')
    asked = stage.buyer.run(document, id=order, store=store, units=units)
    back = asked["returnRequest"]["progress"]["returns"][-1]
    for mutation in ("returnReceive", "returnAccept"):
        manager(stage.client, store).run(on_part(mutation), id=back["id"])
    kept = kept_of(office, order)
    found = soon(lambda: explained(office, order), lambda one: summed(one) == kept)
    told(office, order, found)


def booked(client: Client, office: Client, order: str) -> None:
    """Every journal of the order, and what is left: nothing."""
    step("5  The books")
    for journal in journals_of(office, order):
        lines = ", ".join(f"{one['account']} {one['amount']['text']}" for one in journal["lines"])
        say(f"{journal['cause']}: {lines}")
    audit = soon(
        lambda: office.run(AUDIT)["ledgerAudit"], lambda one: one["inFlight"] == 0, within_s=20
    )
    expect(audit == {"difference": {"fen": "0"}, "inFlight": 0}, "all accounts sum to 0")
    say("all accounts sum to ¥0")
    mine = client.as_guide(GUIDE).run(MINE)["ownEarnings"]
    say(f"the guide has {mine['pending']['text']} pending, {mine['payable']['text']} payable")
    month = beijing_day(datetime.now(UTC)).isoformat()[:7]
    for one in office.run(RANKING, period=month)["guideRanking"]["nodes"]:
        say(f"{month}: {one['rank']}. {one['guideName']} {one['earned']['text']}")


def journals_of(office: Client, order: str) -> list[dict[str, Any]]:
    """What was booked of an order, in its order."""
    found = {
        one["id"]: one
        for account in ("provider", "brand", "open")
        for one in office.run(JOURNALS, account=account)["ledgerJournals"]["nodes"]
        if one["orderId"] == order
    }
    return sorted(found.values(), key=lambda one: (one["at"], one["id"]))


def explained(office: Client, order: str) -> dict[str, Any]:
    """Who has what of an order, and why."""
    return dict(office.run(EXPLAIN, id=order)["attributionExplain"])


def kept_of(office: Client, order: str) -> int:
    """What was paid for an order and not given back, in fen."""
    payment = office.run(KEPT, id=order)["orderProgress"]["payment"]
    return int(payment["amount"]["fen"] - payment["refunded"]["fen"])


def summed(found: dict[str, Any]) -> int:
    """What all parts come to, in fen."""
    return sum(one["amount"]["fen"] for one in found["credits"])


def told(office: Client, order: str, found: dict[str, Any]) -> None:
    """Tell every part, which together are what was kept."""
    for one in found["credits"]:
        say(f"{one['sku']:<14} {one['role']:<10} {one['account']:<16} {one['amount']['text']}")
    kept = kept_of(office, order)
    expect(summed(found) == kept, f"all parts come to {kept} fen, not {summed(found)}")
    say(f"together {kept / 100:,.2f} 元, which is what was paid and not given back")
