"""A day of figures: a door that people come by, what they buy, and the board beside a recount."""

import secrets
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.kernel.days import beijing_day
from scripts.client import Client
from scripts.demo_brand import PASSWORD
from scripts.demo_orders import RETURN, Stage, on_part, set_up
from scripts.demo_story import MUTATION_END, OPEN, manager
from scripts.telling import expect, refused, say, soon, step

WHO = "{ viewer { id storeId } }"
DOOR = f"""mutation($guide: ID!, $store: ID!) {{ touchpointCreate(input: {{kind: DOOR,
  label: "正门", guideId: $guide, scene: IN_STORE, targetKind: STOREFRONT, targetId: $store}}) {{
  touchpoint {{ id code }} {MUTATION_END} }} }}"""
CAME = """query($store: ID!, $day: String!) { touchpoints(storeId: $store, period: $day) {
  touchpoint { id } days { day entered bought maturing }
  funnel { entered bought { count outOf } } } }"""
PLAN = f"""mutation($first: String!, $last: String!) {{ touchpointTestCreate(input: {{
  title: "门口海报", kind: MATERIAL, outcome: BOUGHT, looks: 2,
  arms: [{{name: "旧版", weight: 5000}}, {{name: "新版", weight: 5000}}],
  startsOn: $first, endsOn: $last}}) {{ test {{ id dueAt }} {MUTATION_END} }} }}"""
TAKE_PART = f"""mutation($id: ID!) {{ touchpointTestEnter(id: $id) {{
  arm {{ name }} {MUTATION_END} }} }}"""
TESTS = "{ touchpointTests(first: 50) { nodes { id taken { number } } } }"
BOARD = """query($scope: BoardScope!, $id: ID!, $day: String!) {
  board(scope: $scope, id: $id, period: $day) { total { figures { metric value } } } }"""
ROWS = """query($scope: BoardScope!, $id: ID!, $day: String!, $metric: BoardMetric!,
  $after: String) {
  boardRows(scope: $scope, id: $id, period: $day, metric: $metric, first: 100, after: $after) {
    nodes { about amount } pageInfo { hasNextPage endCursor } } }"""
OWNER = "query($id: ID!) { store(id: $id) { owner { id } } }"
PAID = """query($id: ID!) { orderProgress(orderId: $id) { payment {
  amount { fen } refunded { fen } } } }"""
BRIEF = """query($id: ID!, $monday: String!) { weeklyBrief(scope: STORE, id: $id,
  startsOn: $monday) { netFen advice } }"""
STOCK = """{ stockBoard(first: 100) { complete skus { nodes {
  sku soldOutIn ofRegions regions { name } } } } }"""
VISITORS = 6
FULFILLED = ("OFFERED", "ACCEPTED", "SHIPPED")


async def tell(url: str) -> None:
    """Tell of a day; raises WentWrong where a figure is not what happened."""
    client = Client(url)
    office = client.signed_in("office", PASSWORD)
    stage = set_up(client)
    store = str(stage.shops[0]["id"])
    day = beijing_day(datetime.now(UTC)).isoformat()
    door = opened_door(office, client, store)
    owner = office.run(OWNER, id=store)["store"]["owner"]["id"]
    content = f"STOREFRONT:{store}"
    boards = {"STORE": store, "OWNER": owner, "CONTENT": content, "CAMPAIGN": door["id"]}
    before = {scope: figures(office, scope, of, day) for scope, of in boards.items()}
    visitors = [client.as_visitor() for _ in range(VISITORS)]
    came(office, stage, visitors, door, store, day)
    shown_arms(office, visitors)
    orders = bought(stage, door["code"])
    recounted(office, stage, day, boards, before, orders)
    sold_out(office, stage)
    briefed(client, store, day)


def opened_door(office: Client, client: Client, store: str) -> dict[str, Any]:
    """The door gets its code, once."""
    step("1  A code for the door")
    guide = client.as_guide(f"sandbox:guide-{store[1:]}-1").run(WHO)["viewer"]
    expect(guide["storeId"] == store, "a guide of this store")
    made = [
        office.run(DOOR, guide=guide["id"], store=store)["touchpointCreate"]["touchpoint"]
        for _ in range(2)
    ]
    expect(made[0] == made[1], "asked again, the same code is the answer")
    say(f"code {made[0]['code']}; asked again, the same")
    return dict(made[0])


def came(
    office: Client,
    stage: Stage,
    visitors: list[Client],
    door: dict[str, Any],
    store: str,
    day: str,
) -> None:
    """Who comes by the door is counted once, however often."""
    step("2  People come by it")
    people = [*visitors, stage.buyer]
    for person in people:
        for _ in range(2):
            person.run(OPEN, code=door["code"])

    def entered() -> dict[str, Any]:
        found = office.run(CAME, store=store, day=day)["touchpoints"]
        return dict(next(one for one in found if one["touchpoint"]["id"] == door["id"]))

    found = soon(
        entered,
        lambda one: len(one["days"]) > 0 and one["days"][-1]["entered"] >= len(people),
        within_s=30,
    )
    expect(found["days"][-1]["entered"] >= len(people), f"{len(people)} people entered")
    expect(found["days"][-1]["maturing"], "who can still buy counts in no rate")
    say(f"{len(people)} people, each twice: {found['days'][-1]['entered']} entered today")
    say("who can still buy counts in no rate yet")


def shown_arms(office: Client, visitors: list[Client]) -> None:
    """A test of two posters: each meets one, and always the same."""
    step("3  Two posters are tested")
    today = beijing_day(datetime.now(UTC))
    days = {"first": today.isoformat(), "last": (today + timedelta(days=13)).isoformat()}
    test = office.run(PLAN, **days)["touchpointTestCreate"]["test"]
    met: list[str] = []
    for person in visitors:
        arms = {
            person.run(TAKE_PART, id=test["id"])["touchpointTestEnter"]["arm"]["name"]
            for _ in range(2)
        }
        expect(len(arms) == 1, "nobody meets both")
        met += arms
    say(", ".join(f"{n} meet {arm}" for arm, n in sorted(Counter(met).items())))
    taken = next(
        one for one in office.run(TESTS)["touchpointTests"]["nodes"] if one["id"] == test["id"]
    )
    expect(taken["taken"] == [], "nothing is told before the first look")
    say(f"the first look is at {test['dueAt']}; until then nothing is told")


def bought(stage: Stage, code: str) -> list[str]:
    """Two orders by the door's code, of which one unit comes back."""
    step("4  Two orders, and one unit that comes back")
    stage.count(s1=(5, 5))
    orders = [stage.order(2, 1, code=code), stage.order(1, 0, code=code)]
    for order in orders:
        stage.pay(order)
        [part] = stage.parts(order, "OFFERED")
        stage.ship(part)
    units = [{"sku": stage.skus[0], "quantity": 1}]
    document = RETURN.replace('idempotencyKey: "demo"', f'idempotencyKey: "{secrets.token_hex(8)}"')
    home = stage.shops[0]["id"]
    asked = stage.buyer.run(document, id=orders[0], store=home, units=units)
    back = asked["returnRequest"]["progress"]["returns"][0]
    for mutation in ("returnReceive", "returnAccept"):
        manager(stage.client, home).run(on_part(mutation), id=back["id"])
    return orders


def recounted(
    office: Client,
    stage: Stage,
    day: str,
    boards: dict[str, str],
    before: dict[str, dict[str, int]],
    orders: list[str],
) -> None:
    """The boards beside what the orders themselves say, and beside their rows."""
    step("5  The boards, and a recount")
    payments = [office.run(PAID, id=order)["orderProgress"]["payment"] for order in orders]
    paid = sum(int(one["amount"]["fen"]) for one in payments)
    back = sum(int(one["refunded"]["fen"]) for one in payments)
    sent = sum(len(stage.parts(order, "SHIPPED")) for order in orders)
    sold = {"ORDERS": 2, "SALES_FEN": paid, "REFUND_FEN": back, "ORDER_REFUND_FEN": back}
    # What stores were asked to send is theirs and their owner's, whatever link it came by.
    wanted = {
        scope: sold | (dict.fromkeys(FULFILLED, sent) if scope in {"STORE", "OWNER"} else {})
        for scope in boards
    }

    def added() -> dict[str, dict[str, int]]:
        now = {scope: figures(office, scope, of, day) for scope, of in boards.items()}
        return {
            scope: {name: now[scope].get(name, 0) - before[scope].get(name, 0) for name in named}
            for scope, named in wanted.items()
        }

    began = time.monotonic()
    found = soon(added, lambda one: one == wanted, within_s=30)
    expect(found == wanted, f"the boards rose by {wanted}, not {found}")
    for scope, rose in found.items():
        told = ", ".join(f"{name} +{n}" for name, n in rose.items())
        say(f"{scope} {boards[scope]}: {told}, as the orders say")
    say(f"all of it was on the boards {time.monotonic() - began:.1f} s after they were asked for")
    for scope, of in boards.items():
        for metric in ("SALES_FEN", "REFUND_FEN", "VISITS"):
            rows = all_rows(office, scope, of, day, metric)
            total = sum(int(one["amount"]) for one in rows)
            kept = figures(office, scope, of, day)[metric]
            expect(total == kept, f"{metric} of {scope} is the sum of its rows")
            say(f"{scope:<8} {metric:<10} {total} is the sum of {len(rows)} rows")


def sold_out(office: Client, stage: Stage) -> None:
    """What no shop of the city has any more, and that it is back once it is counted again."""
    step("6  What is sold out")
    sku = stage.skus[0]

    def where() -> list[str]:
        board = office.run(STOCK)["stockBoard"]
        lines = {one["sku"]: one["regions"] for one in board["skus"]["nodes"]}
        return [one["name"] for one in lines.get(sku, ())]

    stage.count(s1=(5, 5))
    before = len(soon(where, lambda _: bool(office.run(STOCK)["stockBoard"]["complete"])))
    stage.count()
    found = soon(where, lambda names: len(names) > before)
    expect(len(found) == before + 1, f"{sku} is sold out in one region more")
    say(f"{sku} is sold out in {len(found)} regions: {'、'.join(found)}")
    stage.count(s1=(5, 5))
    expect(len(soon(where, lambda names: len(names) == before)) == before, f"{sku} is back")
    say("counted again, it is back")


def briefed(client: Client, store: str, day: str) -> None:
    """What the store's manager reads of this week, and what is not theirs to see."""
    step("7  Who sees what")
    desk = manager(client, store)
    monday = beijing_day(datetime.now(UTC))
    monday -= timedelta(days=monday.weekday())
    brief = desk.run(BRIEF, id=store, monday=monday.isoformat())["weeklyBrief"]
    say(f"this week's brief: {', '.join(brief['advice'])}")
    say(f"the brand's board, for a manager: {refused(desk, BOARD, scope='BRAND', id='', day=day)}")


def figures(office: Client, scope: str, id: str, day: str) -> dict[str, int]:
    """The figures of a board of a day."""
    board = office.run(BOARD, scope=scope, id=id, day=day)["board"]
    return {one["metric"]: int(one["value"]) for one in board["total"]["figures"]}


def all_rows(office: Client, scope: str, id: str, day: str, metric: str) -> list[dict[str, Any]]:
    """All rows behind a figure."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        asked = office.run(ROWS, scope=scope, id=id, day=day, metric=metric, after=after)
        page = asked["boardRows"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
