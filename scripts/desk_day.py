"""Something for every page of the desk to show: a day of work, done over the public API.

Pictures of the desk and its tests begin from here, each on a brand of its own.
"""

import contextlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.kernel.days import beijing_day
from scripts import demo_guiding, demo_learning
from scripts.client import Client
from scripts.demo_brand import PASSWORD
from scripts.demo_orders import PROGRESS, RETURN, on_part
from scripts.demo_story import GUIDE, MUTATION_END, OPEN, PAY, PLACE, SHARE
from scripts.telling import soon

STORE, GUIDE_ID = "S0001", "G0001-1"
SHELF = "{ products(first: 20) { nodes { id name variants { sku price { fen } } } } }"
STOCK = """query($skus: [ID!]!) { stockLevels(storeId: "S0001", skus: $skus) {
  sku available } }"""
STORES = "{ stores(state: OPEN, first: 10) { nodes { id } } }"
TRANSFER = f"""mutation($id: ID!, $to: ID!, $sku: ID!) {{ stockTransferSend(id: $id, input: {{
  fromStoreId: "S0001", toStoreId: $to, lines: [{{sku: $sku, quantity: 1}}]}}) {{
  {MUTATION_END} }} }}"""
CONTEST = f"""mutation($from: String!, $to: String!, $key: String!) {{ contestCreate(input: {{
  title: "冬季开门红", unit: GUIDE, audience: {{}}, startsOn: $from, endsOn: $to,
  prizes: [100, 60, 30], dayPrizes: [10]}},
  idempotencyKey: $key) {{ contest {{ id }} {MUTATION_END} }} }}"""
CONTEST_HOLDS = f"mutation($id: ID!) {{ contestApprove(id: $id) {{ {MUTATION_END} }} }}"
SAY = f"""mutation($id: ID!, $key: String!) {{ remarkSay(place: CONTEST, id: $id,
  words: "这次我们店要进前三。", idempotencyKey: $key) {{ {MUTATION_END} }} }}"""
PHOTOGRAPH = f"""mutation($key: String!) {{ taskTemplateCreate(input: {{title: "晒晒橱窗",
  text: "拍一张新橱窗。", proof: PHOTOGRAPH, target: 1, coins: 10}}, idempotencyKey: $key) {{
  template {{ id }} {MUTATION_END} }} }}"""
PUBLISH = f"""mutation($template: ID!, $from: String!, $to: String!, $key: String!) {{ taskPublish(
  input: {{templateId: $template, audience: {{}}, recurrence: ONCE, startsOn: $from, endsOn: $to}},
  idempotencyKey: $key) {{ {MUTATION_END} }} }}"""
TASKS = "{ ownTasks { id } }"
JOURNEY = f"""mutation {{ journeyCreate(input: {{name: "买后三天问一问", plan: {{
  entry: {{kind: FACT, fact: {{kind: "order.paid"}}}},
  steps: [{{key: "wait", kind: WAIT, seconds: 259200, then: "ask"}},
    {{key: "ask", kind: TODO, text: "问问穿着合不合身"}}]}}}}) {{
  journey {{ id versions {{ number }} }} {MUTATION_END} }} }}"""
SEGMENT = f"""mutation {{ segmentSave(input: {{name: "一年里买过两单的", rule: {{kind: ALL,
  parts: [{{kind: ORDERS, low: 2}}]}}}}) {{ segment {{ id }} {MUTATION_END} }} }}"""
PRICES = f"""mutation($at: DateTime!, $sku: ID!, $fen: Int!) {{ priceChangeSchedule(input: {{
  name: "年末调价", effectiveAt: $at, lines: [{{sku: $sku, priceFen: $fen}}]}}) {{
  {MUTATION_END} }} }}"""
CAMPAIGN = f"""mutation($from: DateTime!, $to: DateTime!) {{ campaignPlan(name: "暖冬上新",
  startsAt: $from, endsAt: $to) {{ campaign {{ id }} {MUTATION_END} }} }}"""
CAMPAIGN_HAS = f"""mutation($id: ID!, $post: ID!) {{ campaignAdd(id: $id, postId: $post) {{
  {MUTATION_END} }} }}"""
DEPOSIT = f"""mutation($input: PostDepositInput!) {{ postDeposit(input: $input) {{
  post {{ id version revision {{ hash }} }} {MUTATION_END} }} }}"""
SUBMIT = f"mutation($id: ID!) {{ postSubmit(id: $id) {{ {MUTATION_END} }} }}"
APPROVE = f"""mutation($id: ID!, $hash: String!) {{ postApprove(id: $id, expectedHash: $hash,
  scenes: [SEEDING_ZONE, MOMENTS]) {{ post {{ version }} {MUTATION_END} }} }}"""
CATEGORY = f"""mutation {{ categoryCreate(path: "种草/穿搭") {{ {MUTATION_END} }} }}"""
ADAPT = f"""mutation($id: ID!) {{ postAdapt(id: $id, input: {{title: "观前街的冬天"}}) {{
  post {{ id }} {MUTATION_END} }} }}"""
REVISE = f"""mutation($id: ID!, $input: PostContentInput!, $version: Int!) {{ postRevise(id: $id,
  input: $input, expectedVersion: $version) {{
  post {{ revision {{ hash }} }} {MUTATION_END} }} }}"""
POST = {
    "title": "苏州的冬天",
    "body": [{"text": "轻，暖，下雨也不怕。"}],
    "category": "种草/穿搭",
    "scenes": ["SEEDING_ZONE", "MOMENTS"],
    "unlocked": ["TITLE"],
}


class People:
    """Everybody who works on this day."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.office, self.editor, self.reviewer, self.manager = (
            self.client.signed_in(login, PASSWORD)
            for login in ("office", "editor", "reviewer", "manager")
        )
        self.guide = self.client.as_guide(GUIDE)
        self.buyer = self.client.as_member(f"sandbox:day-{secrets.token_hex(4)}")


def fill(url: str) -> dict[str, str]:
    """Do a day's work; the ids of what pages are opened on: contest, journey, post."""
    with contextlib.closing(Client(url)) as client:
        people = People(client)
        product, sku, fen = what_is_there(people)
        sold(people, product, sku)
        moved(people, sku)
        asked(people)
        taught(people)
        made = {"contest": contested(people), "post": written(people)}
        return {**made, "journey": planned(people, sku, fen)}


def key() -> str:
    """What a request is known by when it is sent again."""
    return secrets.token_hex(8)


def what_is_there(people: People) -> tuple[str, str, int]:
    """A product with an SKU that the store has five of, and what that costs in fen."""
    products = people.client.run(SHELF)["products"]["nodes"]
    of = {each["sku"]: (one["id"], each) for one in products for each in one["variants"]}
    levels = people.manager.run(STOCK, skus=list(of))["stockLevels"]
    sku = max(levels, key=lambda one: int(one["available"]))["sku"]
    product, variant = of[sku]
    return product, sku, int(variant["price"]["fen"])


def sold(people: People, product: str, sku: str) -> None:
    """A guide shares, and of three orders one waits, one is packed and one comes back."""
    link = people.guide.run(
        SHARE, input={"kind": "PRODUCT", "targetId": product, "scene": "MOMENTS"}
    )["shareLinkCreate"]["shareLink"]
    people.buyer.run(OPEN, code=link["code"])
    for then in ("wait", "pack", "return"):
        wanted = {"storeId": STORE, "pickupStoreId": STORE, "shareCode": link["code"]}
        lines = [{"sku": sku, "quantity": 1}]
        placed = people.buyer.run(PLACE, input={**wanted, "lines": lines}, key=key())
        order = placed["orderPlace"]["order"]["id"]
        people.buyer.post(people.buyer.run(PAY, id=order)["paymentStart"]["sandboxUrl"])
        if then == "wait":
            continue
        part = part_of(people, order, "OFFERED")
        people.manager.run(on_part("fulfilmentOrderAccept"), id=part["id"])
        if then == "return":
            people.manager.run(on_part("fulfilmentOrderReady"), id=part["id"])
            code = part_of(people, order, "READY")["pickupCode"]
            hand_over = on_part("fulfilmentOrderHandOver", f', code: "{code}"')
            people.manager.run(hand_over, id=part["id"])
            units = [{"sku": sku, "quantity": 1}]
            people.buyer.run(RETURN, id=order, store=STORE, units=units)


def part_of(people: People, order: str, state: str) -> dict[str, Any]:
    """The part of an order that is in a state, once it is."""

    def parts() -> list[dict[str, Any]]:
        found = people.buyer.run(PROGRESS, id=order)["orderProgress"]["fulfilmentOrders"]
        return [one for one in found if one["state"] == state]

    return soon(parts, bool, within_s=60)[0]


def moved(people: People, sku: str) -> None:
    """A piece is on its way to another store."""
    stores = people.client.run(STORES)["stores"]["nodes"]
    other = next(one["id"] for one in stores if one["id"] != STORE)
    people.manager.run(TRANSFER, id=f"transfer-{key()}", to=other, sku=sku)


def asked(people: People) -> None:
    """Guides have a task to share and one to photograph, and a reward to spend coins on."""
    product = people.client.run(demo_guiding.PRODUCT)["products"]["nodes"][0]["id"]
    shared = people.office.run(demo_guiding.WRITE, product=product, key=key())
    today = beijing_day(datetime.now(UTC))
    days = {"from": today.isoformat(), "to": (today + timedelta(days=3)).isoformat()}
    for made in (shared, people.office.run(PHOTOGRAPH, key=key())):
        template = made["taskTemplateCreate"]["template"]["id"]
        people.reviewer.run(demo_guiding.APPROVE, id=template)
        people.office.run(PUBLISH, template=template, **days, key=key())
    reward = people.office.run(demo_guiding.REWARD)["coinRewardSave"]["reward"]["id"]
    people.office.run(demo_guiding.STOCK, id=reward, key=key())
    soon(lambda: people.guide.run(TASKS)["ownTasks"], lambda one: len(one) > 1, within_s=60)


def taught(people: People) -> None:
    """A lesson with its exam on a map, and a tip of a guide's on the board."""
    lesson, topic = demo_learning.taught(people.office, people.editor, people.reviewer)
    exam, _ = demo_learning.asked(people.editor, people.reviewer, topic)
    demo_learning.mapped(people.editor, people.reviewer, lesson, exam)
    demo_guiding.on_board(people.client, people.guide)


def contested(people: People) -> str:
    """A contest that begins in two days, and what is said of it."""
    first = beijing_day(datetime.now(UTC)) + timedelta(days=2)
    days = {"from": first.isoformat(), "to": (first + timedelta(days=6)).isoformat()}
    contest = people.client.signed_in("trainer", PASSWORD).run(CONTEST, **days, key=key())
    made = str(contest["contestCreate"]["contest"]["id"])
    people.office.run(CONTEST_HOLDS, id=made)
    people.guide.run(SAY, id=made, key=key())
    return made


def written(people: People) -> str:
    """A post on show that its store has made its own before the brand wrote it anew; its id."""
    people.office.run(CATEGORY)
    post = people.editor.run(DEPOSIT, input=POST)["postDeposit"]["post"]
    people.editor.run(SUBMIT, id=post["id"])
    approved = people.reviewer.run(APPROVE, id=post["id"], hash=post["revision"]["hash"])
    people.manager.run(ADAPT, id=post["id"])
    version = approved["postApprove"]["post"]["version"]
    changed = {**POST, "title": "苏州的雪天"}
    people.editor.run(REVISE, id=post["id"], input=changed, version=version)
    people.editor.run(SUBMIT, id=post["id"])
    return str(post["id"])


def planned(people: People, sku: str, fen: int) -> str:
    """A campaign, a change of prices, a segment and a journey; the journey's id."""
    soon_after = datetime.now(UTC) + timedelta(days=1)
    later = soon_after + timedelta(days=3)
    days = {"from": soon_after.isoformat(), "to": later.isoformat()}
    campaign = people.editor.run(CAMPAIGN, **days)["campaignPlan"]["campaign"]["id"]
    post = people.editor.run(DEPOSIT, input={**POST, "title": "暖冬第一篇"})["postDeposit"]["post"]
    people.editor.run(CAMPAIGN_HAS, id=campaign, post=post["id"])
    people.office.run(PRICES, at=later.isoformat(), sku=sku, fen=max(fen - 1_000, 100))
    people.office.run(SEGMENT)
    return str(people.office.run(JOURNEY)["journeyCreate"]["journey"]["id"])
