"""Orders in all their ways: pickup, a split, a reject, an expiry, a partial return."""

import csv
import io
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scripts.client import Client
from scripts.demo_brand import PASSWORD
from scripts.demo_story import MUTATION_END, PAY, PLACE, manager, tell_candidates
from scripts.telling import WentWrong, expect, refused, say, soon, step

# An order that expires later than this is not waited for.
WAIT_AT_MOST_S = 90.0

COUNT = f"mutation($file: Upload!) {{ stockImport(file: $file) {{ {MUTATION_END} }} }}"
REGIONS = "{ regions(first: 100) { nodes { id name } } }"
STORES = """query($region: ID!) { stores(regionId: $region, first: 100) { nodes {
  id name kind state services position { longitude latitude datum } } } }"""
SKUS = "{ products(first: 100) { nodes { id name variants { sku } } } }"
LEVELS = """query($store: ID!, $skus: [ID!]!) { stockLevels(storeId: $store, skus: $skus) {
  sku onHand reserved } }"""
PROGRESS = """query($id: ID!) { orderProgress(orderId: $id) { state
  payment { state amount { text } refunded { text } }
  returns { id state }
  fulfilmentOrders { id state pickupCode trackingNumber store { id name }
    candidates { distanceM verdict store { id name } } } } }"""
ORDER = "query($id: ID!) { order(id: $id) { state expiresAt } }"
CANCEL = f"""mutation($id: ID!) {{
  orderCancel(orderId: $id, reason: "演示", idempotencyKey: "demo") {{ {MUTATION_END} }} }}"""
RETURN = f"""mutation($id: ID!, $store: ID!, $units: [SkuUnitsInput!]!) {{
  returnRequest(
    orderId: $id, storeId: $store, units: $units, reason: "尺码偏小", idempotencyKey: "demo"
  ) {{
    progress {{ returns {{ id }} }} {MUTATION_END} }} }}"""


def on_part(mutation: str, arguments: str = "") -> str:
    """The document of an action on a fulfilment order."""
    return f"mutation($id: ID!) {{ {mutation}(id: $id{arguments}) {{ {MUTATION_END} }} }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Three shops of one city and two SKUs, whose stock the story sets as tills do."""

    client: Client
    buyer: Client
    shops: list[dict[str, Any]]
    skus: tuple[str, str]
    pool: list[str]

    def count(self, **on_hand: tuple[int, int]) -> None:
        """Have every store of the city count both SKUs: none, but for the shops s1 to s3."""
        named = dict(zip(("s1", "s2", "s3"), (shop["id"] for shop in self.shops), strict=True))
        counts = {named[name]: units for name, units in on_hand.items()}
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(("store_id", "sku", "on_hand", "counted_at"))
        counted_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        for store in self.pool:
            for sku, n in zip(self.skus, counts.get(store, (0, 0)), strict=True):
                rows.writerow((store, sku, n, counted_at))
        office = self.client.signed_in("office", PASSWORD)
        office.upload(COUNT, "stock.csv", text.getvalue().encode())

    def stock(self, shop: int, sku: int) -> tuple[int, int]:
        """On hand and reserved of one SKU in one of the shops."""
        store = self.shops[shop]["id"]
        desk = manager(self.client, store)
        found = desk.run(LEVELS, store=store, skus=[self.skus[sku]])["stockLevels"][0]
        return found["onHand"], found["reserved"]

    def order(self, *quantities: int, pickup: int | None = None, code: str | None = None) -> str:
        """Order so many of each SKU, sent to where the first shop is, or picked up.

        With a `code`, who orders came by that share link.
        """
        lines = [
            {"sku": sku, "quantity": n} for sku, n in zip(self.skus, quantities, strict=True) if n
        ]
        wanted: dict[str, Any] = {"storeId": self.shops[0]["id"], "lines": lines, "shareCode": code}
        if pickup is None:
            wanted["delivery"] = {
                "name": "许望",
                "phone": "13800000000",
                "district": "310104",
                "address": "漕溪北路1号",
                "position": self.shops[0]["position"],
            }
        else:
            wanted["pickupStoreId"] = self.shops[pickup]["id"]
        placed = self.buyer.run(PLACE, input=wanted, key=secrets.token_hex(8))
        return str(placed["orderPlace"]["order"]["id"])

    def pay(self, order: str) -> None:
        """Pay in the sandbox."""
        payment = self.buyer.run(PAY, id=order)["paymentStart"]
        self.buyer.post(payment["sandboxUrl"])
        say(f"ordered and paid {payment['payment']['amount']['text']}")

    def progress(self, order: str) -> dict[str, Any]:
        """How an order goes on, as its buyer sees it."""
        return dict(self.buyer.run(PROGRESS, id=order)["orderProgress"])

    def parts(self, order: str, state: str) -> list[dict[str, Any]]:
        """The fulfilment orders of an order that are in a state."""
        return [one for one in self.progress(order)["fulfilmentOrders"] if one["state"] == state]

    def do(self, part: dict[str, Any], mutation: str, arguments: str = "") -> None:
        """Have the store that is asked do something to a fulfilment order."""
        manager(self.client, part["store"]["id"]).run(on_part(mutation, arguments), id=part["id"])

    def ship(self, part: dict[str, Any]) -> None:
        """Have the store accept a fulfilment order and hand the parcel to a carrier."""
        self.do(part, "fulfilmentOrderAccept")
        number = f"SF{secrets.randbelow(10**12):012d}"
        self.do(part, "fulfilmentOrderShip", f', carrier: "顺丰", number: "{number}"')
        say(f"{part['store']['name']} ships 顺丰 {number}")


async def tell(url: str) -> None:
    """Tell every way that an order can go; raises WentWrong where it does not go that way."""
    stage = set_up(Client(url))
    acts: list[Callable[[Stage], None]] = [picked_up, split, rejected_and_returned, expired]
    for act in acts:
        act(stage)


def set_up(client: Client) -> Stage:
    """Find a city with three shops that hand over, and a product with two variants."""
    city, stores, shops = city_with_shops(client)
    products = client.run(SKUS)["products"]["nodes"]
    product = next((one for one in reversed(products) if len(one["variants"]) >= 2), None)
    if product is None:
        raise WentWrong("expected: a product with two variants")
    skus = (product["variants"][0]["sku"], product["variants"][1]["sku"])
    step("0  The stage")
    say(f"{city}: {', '.join(shop['name'] for shop in shops)}")
    say(f"{product['name']}: {' and '.join(skus)}")
    buyer = client.as_member(f"sandbox:buyer-{secrets.token_hex(4)}")
    return Stage(client=client, buyer=buyer, shops=shops, skus=skus, pool=stores)


def city_with_shops(client: Client) -> tuple[str, list[str], list[dict[str, Any]]]:
    """A city's name, all of its stores' ids, and three of its shops."""
    for region in client.run(REGIONS)["regions"]["nodes"]:
        stores = client.run(STORES, region=region["id"])["stores"]["nodes"]
        shops = [
            one
            for one in stores
            if one["kind"] == "SHOP" and one["state"] == "OPEN" and "PICKUP" in one["services"]
        ]
        if len(shops) >= 3:
            return region["name"], [one["id"] for one in stores], shops[:3]
    raise WentWrong("expected: a city with three shops that hand over")


def picked_up(stage: Stage) -> None:
    """An order is fetched from a shop against a code."""
    step("1  Pickup, with a code to show at the counter")
    stage.count(s1=(5, 5), s2=(5, 5), s3=(5, 5))
    order = stage.order(1, 0, pickup=1)
    stage.pay(order)
    [part] = stage.parts(order, "OFFERED")
    expect(part["store"]["id"] == stage.shops[1]["id"], "the chosen shop is asked")
    stage.do(part, "fulfilmentOrderAccept")
    stage.do(part, "fulfilmentOrderReady")
    [ready] = stage.parts(order, "READY")
    code = ready["pickupCode"]
    say(f"{part['store']['name']} has it ready; the buyer sees the code {code}")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    hand_over = on_part("fulfilmentOrderHandOver", f', code: "{wrong}"')
    desk = manager(stage.client, part["store"]["id"])
    say(f"with {wrong}: {refused(desk, hand_over, id=part['id'])}")
    stage.do(part, "fulfilmentOrderHandOver", f', code: "{code}"')
    expect(stage.progress(order)["state"] == "DONE", "the goods are handed over")
    expect(stage.stock(1, 0) == (4, 0), "one unit has left the shop")
    say(f"with {code}: handed over; the shop has 4 left of 5")


def split(stage: Stage) -> None:
    """No shop has both lines, so two ship."""
    step("2  An order that no single store has is split over two")
    stage.count(s1=(3, 0), s2=(0, 3))
    order = stage.order(2, 1)
    stage.pay(order)
    parts = stage.parts(order, "OFFERED")
    expect(len(parts) == 2, "two stores are asked")
    tell_candidates(parts[0])
    for part in parts:
        stage.ship(part)
    expect(stage.progress(order)["state"] == "DONE", "both parcels are on their way")
    expect((stage.stock(0, 0), stage.stock(1, 1)) == ((1, 0), (2, 0)), "each gave its part alone")
    say("each store's count fell by what it sent, and by no more")


def rejected_and_returned(stage: Stage) -> None:
    """The nearest does not find the goods; the next ships, and some come back elsewhere."""
    step("3  The nearest store does not find the goods")
    stage.count(s1=(2, 2), s2=(2, 2), s3=(2, 2))
    order = stage.order(2, 1)
    stage.pay(order)
    [first] = stage.parts(order, "OFFERED")
    stage.do(first, "fulfilmentOrderReject", ", reason: NOT_ON_SHELF")
    shop = next(i for i, one in enumerate(stage.shops) if one["id"] == first["store"]["id"])
    expect(stage.stock(shop, 0) == (0, 0), "its count is corrected")
    say(f"{first['store']['name']} rejects; its count is corrected from 2 to 0")
    [second] = stage.parts(order, "OFFERED")
    expect(second["store"]["id"] != first["store"]["id"], "another store is asked")
    tell_candidates(second)
    stage.ship(second)
    returned(stage, order, shop)


def returned(stage: Stage, order: str, shop: int) -> None:
    """One of three units comes back, to the shop that did not have it."""
    step("4  One unit comes back, to another store")
    store = stage.shops[shop]
    units = [{"sku": stage.skus[0], "quantity": 1}]
    asked = stage.buyer.run(RETURN, id=order, store=store["id"], units=units)
    back = asked["returnRequest"]["progress"]["returns"][0]
    for mutation in ("returnReceive", "returnAccept"):
        manager(stage.client, store["id"]).run(on_part(mutation), id=back["id"])
    payment = stage.progress(order)["payment"]
    expect(payment["state"] == "PART_REFUNDED", "the unit's price is paid back")
    expect(stage.stock(shop, 0) == (1, 0), "it is on sale where it came back")
    say(f"{store['name']} inspects it and has 1 on sale now")
    say(f"paid back {payment['refunded']['text']} of {payment['amount']['text']}")


def expired(stage: Stage) -> None:
    """Nobody pays, so the units are free again."""
    step("5  An order that nobody pays")
    stage.count(s1=(1, 0))
    order = stage.order(1, 0)
    expect(stage.stock(0, 0) == (1, 1), "its unit is kept for it")
    found = stage.buyer.run(ORDER, id=order)["order"]
    wait_s = (datetime.fromisoformat(found["expiresAt"]) - datetime.now(UTC)).total_seconds()
    if wait_s > WAIT_AT_MOST_S:
        say(f"it would expire in {wait_s / 60:.0f} minutes; its buyer calls it off instead")
        stage.buyer.run(CANCEL, id=order)
        ends_as(stage, order, "CANCELLED", within_s=5)
    else:
        say(f"it expires in {wait_s:.0f} seconds")
        ends_as(stage, order, "EXPIRED", within_s=wait_s + 15)
    expect(stage.stock(0, 0) == (1, 0), "its unit is free again")
    say("its unit is on sale again, once")


def ends_as(stage: Stage, order: str, state: str, *, within_s: float) -> None:
    """Wait for an order to come to its end."""

    def found() -> str:
        seen: str = stage.buyer.run(ORDER, id=order)["order"]["state"]
        return seen

    ended = soon(found, lambda seen: seen == state, within_s=within_s)
    expect(ended == state, f"the order is {state} by now")
    say(f"it is {state}")
