"""The main story: from an upload to a parcel from the right shop."""

import io
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

from scripts.client import Client, Refused
from scripts.demo_brand import PASSWORD
from scripts.demo_places import DEMO
from scripts.telling import WentWrong, expect, refused, say, soon, step

POSTER = Path("demo-poster.jpg")
PRODUCTS = ("10001", "10005")
PICTURES = ("snow-dawn.jpg", "winter-city.jpg")
GUIDE = "sandbox:guide-0001-1"
WORD = "霜晨"
TEMPLATE = "单品推荐"
MUTATION_END = "userErrors { code field message }"

DEPOSIT = f"""mutation($input: PostDepositInput!) {{ postDeposit(input: $input) {{
  post {{ id revision {{ number hash category {{ path }} }} }} {MUTATION_END} }} }}"""
SUBMIT = f"mutation($id: ID!) {{ postSubmit(id: $id) {{ post {{ state }} {MUTATION_END} }} }}"
APPROVE = f"""mutation($id: ID!, $scenes: [Scene!]!, $hash: String!) {{
  postApprove(id: $id, scenes: $scenes, expectedHash: $hash) {{
    post {{ state revision {{ number }} }} {MUTATION_END} }} }}"""
FIND = """query($filter: PostFilterInput!) { posts(filter: $filter, first: 5) {
  totalCount nodes { id revision { title } } } }"""
SHARE = f"""mutation($input: ShareLinkCreateInput!) {{ shareLinkCreate(input: $input) {{
  shareLink {{ code url store {{ id name }} }} {MUTATION_END} }} }}"""
TEMPLATES = "{ posterTemplates(first: 50) { nodes { id name } } }"
POSTER_CREATE = f"""mutation($code: String!, $template: ID!) {{
  posterCreate(shareCode: $code, templateId: $template) {{
  poster {{ url width }} {MUTATION_END} }} }}"""
OPEN = f"""mutation($code: String!) {{ shareLinkOpen(code: $code) {{
  opened {{ title guideName link {{ target {{ kind id }} }} }} {MUTATION_END} }} }}"""
ENTER = """query($code: String, $position: PositionInput) {
  storefrontEnter(shareCode: $code, position: $position) {
    rule distanceM alternatives { store { id name } distanceM }
    storefront {
      store { id name region { id name } position { longitude latitude datum } }
      modules { key title __typename ... on ProductShelfModule { items {
        product { id name description }
        variants { available variant { sku price { fen text } } } } } } } } }"""
PLACE = f"""mutation($input: OrderInput!, $key: String!) {{
  orderPlace(input: $input, idempotencyKey: $key) {{
    order {{ id state total {{ text }} lines {{ sku name quantity amount {{ text }} }} }}
    {MUTATION_END} }} }}"""
PAY = f"""mutation($id: ID!) {{ paymentStart(orderId: $id) {{
  sandboxUrl payment {{ amount {{ text }} }} {MUTATION_END} }} }}"""
FOLLOW = """query($id: ID!) { order(id: $id) {
  state credit { guideId guideName shareCode store { name } }
  progress { fulfilmentOrders { id state replaces carrier trackingNumber store { id name }
    candidates { distanceM verdict store { id name } } } } } }"""
REJECT = f"""mutation($id: ID!) {{
  fulfilmentOrderReject(id: $id, reason: TOO_BUSY, note: "店内正在盘点") {{ {MUTATION_END} }} }}"""
ACCEPT = f"mutation($id: ID!) {{ fulfilmentOrderAccept(id: $id) {{ {MUTATION_END} }} }}"
SHIP = f"""mutation($id: ID!, $number: String!) {{
  fulfilmentOrderShip(id: $id, carrier: "SF", number: $number) {{ {MUTATION_END} }} }}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A storefront as somebody sees it on entering."""

    rule: str
    distance_m: float | None
    store: dict[str, Any]
    modules: list[dict[str, Any]]

    def shelf_items(self) -> dict[str, dict[str, Any]]:
        """The products on its shelves, by id."""
        return {
            item["product"]["id"]: item
            for module in self.modules
            for item in module.get("items", ())
        }

    def units(self) -> dict[str, int]:
        """How many of each SKU on its shelves the region has."""
        return {
            variant["variant"]["sku"]: variant["available"]
            for item in self.shelf_items().values()
            for variant in item["variants"]
        }


async def tell(url: str) -> None:
    """Tell the whole story against a running service; raises WentWrong where it is not true."""
    client = Client(url)
    post = deposited_and_approved(client)
    code = shared_as_a_poster(client, post)
    buyer = client.as_member(f"sandbox:buyer-{secrets.token_hex(4)}")
    page = entered_through_the_poster(client, buyer, code)
    order = ordered_and_paid(buyer, page, code)
    shipped_by_the_next_nearest(client, buyer, order, page)
    credited(buyer, order)


def deposited_and_approved(client: Client) -> str:
    """A post's way through the review; returns its id."""
    step("1  An editor deposits a post")
    editor = client.signed_in("editor", PASSWORD)
    pictures = [upload(editor, name) for name in PICTURES]
    say(f"uploaded {' and '.join(PICTURES)}")
    deposited = editor.run(DEPOSIT, input=the_post(pictures))["postDeposit"]["post"]
    editor.run(SUBMIT, id=deposited["id"])
    say(f"deposited and submitted {deposited['id']}, with products {' and '.join(PRODUCTS)}")

    step("2  It is reviewed by somebody else")
    scenes = {"scenes": ["MOMENTS", "SEEDING_ZONE"], "hash": deposited["revision"]["hash"]}
    guide = client.as_guide(GUIDE)
    expect(deposited["id"] not in found(guide, WORD), "no guide finds it before its review")
    say(f"the editor's own approval: {refused(editor, APPROVE, id=deposited['id'], **scenes)}")
    reviewer = client.signed_in("reviewer", PASSWORD)
    reviewer.run(APPROVE, id=deposited["id"], **scenes)
    say("the reviewer approves it for moments and the seeding zone")
    return str(deposited["id"])


def upload(editor: Client, name: str) -> str:
    """Upload one of the brand's pictures; returns the asset's id."""
    answer = editor.upload(
        f"""mutation($file: Upload!) {{ assetUpload(file: $file) {{
          asset {{ id }} {MUTATION_END} }} }}""",
        name,
        (DEMO / "images" / "posts" / name).read_bytes(),
    )
    return str(answer["assetUpload"]["asset"]["id"])


def the_post(pictures: list[str]) -> dict[str, Any]:
    """What the editor writes."""
    return {
        "title": f"{WORD}出门，一件就够暖",
        "category": "穿搭/通勤",
        "scenes": ["MOMENTS", "SEEDING_ZONE", "ONE_TO_ONE"],
        "tags": ["通勤", "羽绒"],
        "audiences": ["BUSINESS", "CASUAL"],
        "productIds": list(PRODUCTS),
        "cover": pictures[0],
        "body": [
            {"text": f"天刚亮，地铁口起了薄雾。{WORD}里走二十分钟，手还是热的。"},
            {"image": {"assetId": pictures[1], "caption": "从街角到办公室"}},
            {"productId": PRODUCTS[0]},
        ],
    }


def found(person: Client, text: str) -> list[str]:
    """The posts of the category that a person finds by a word."""
    nodes = person.run(FIND, filter={"text": text, "category": "穿搭"})["posts"]["nodes"]
    return [node["id"] for node in nodes]


def shared_as_a_poster(client: Client, post: str) -> str:
    """A guide's way to their own poster; returns the share link's code."""
    step("3  A guide finds it and makes a poster of their own")
    guide = client.as_guide(GUIDE)
    by_word = found(guide, WORD)
    expect(post in by_word, f"the guide finds the post by {WORD} in its category")
    say(f"found by 「{WORD}」 in 穿搭: {len(by_word)}")
    link = guide.run(SHARE, input={"kind": "POST", "targetId": post, "scene": "MOMENTS"})
    link = link["shareLinkCreate"]["shareLink"]
    not_allowed = {"kind": "POST", "targetId": post, "scene": "ONE_TO_ONE"}
    say(f"for one-to-one, which nobody approved: {refused(guide, SHARE, input=not_allowed)}")
    templates = guide.run(TEMPLATES)["posterTemplates"]["nodes"]
    template = next(one["id"] for one in templates if one["name"] == TEMPLATE)
    poster = guide.run(POSTER_CREATE, code=link["code"], template=template)
    poster = poster["posterCreate"]["poster"]
    picture = client.get(poster["url"])
    expect(picture.headers["content-type"] == "image/jpeg", "the poster is a JPEG")
    image = Image.open(io.BytesIO(picture.content))
    expect(image.width == 1080, "the poster is 1080 px wide")
    POSTER.write_bytes(picture.content)
    read = [barcode.text for barcode in zxingcpp.read_barcodes(image)]
    # The poster's code is its template's own, so that what that brings is told apart.
    code = read[0].rpartition("/")[2] if read else ""
    expect(f"/{code}." in poster["url"], f"its code is the poster's, not {read}")
    say(f"poster of {link['store']['name']}: {image.width}×{image.height} px, saved as {POSTER}")
    say(f"its code, read back from the picture, leads to {read[0]}")
    return code


def entered_through_the_poster(client: Client, buyer: Client, code: str) -> Page:
    """Two ways into the mall; returns the page that the poster led to."""
    step("4  Two consumers enter the mall")
    opened = buyer.run(OPEN, code=code)["shareLinkOpen"]["opened"]
    say(f"the first scans the poster: 「{opened['title']}」, shared by {opened['guideName']}")
    first = entered(buyer, code=code)
    say(f"…and lands in {first.store['name']}, by the rule {first.rule}")
    expect(first.rule == "SHARE_LINK", "the share link decides the store")
    elsewhere = near_another_store(buyer, first)
    second = entered(client.as_visitor(), position=elsewhere)
    say(f"the second has only a position and lands in {second.store['name']}, {second.rule}")
    say(f"…{second.distance_m:.0f} m away")
    expect(second.store["id"] != first.store["id"], "two positions, two stores")
    compare(first, second)
    return first


def entered(person: Client, **where: Any) -> Page:
    """Enter the mall as somebody, from somewhere."""
    entrance = person.run(ENTER, **where)["storefrontEnter"]
    return Page(
        rule=entrance["rule"],
        distance_m=entrance["distanceM"],
        store=entrance["storefront"]["store"],
        modules=entrance["storefront"]["modules"],
    )


def near_another_store(person: Client, page: Page) -> dict[str, Any]:
    """A position a few steps from another store of the same region."""
    stores = person.run(
        """query($region: ID!) { stores(regionId: $region, first: 50) { nodes {
          id kind position { longitude latitude datum } } } }""",
        region=page.store["region"]["id"],
    )["stores"]["nodes"]
    others = [one for one in stores if one["kind"] == "SHOP" and one["id"] != page.store["id"]]
    if not others:
        raise WentWrong("expected: another shop in the region")
    position: dict[str, Any] = others[-1]["position"]
    return {**position, "latitude": position["latitude"] + 0.001}


def compare(first: Page, second: Page) -> None:
    """Show what differs between two storefronts of a region, and what must not."""
    for page in (first, second):
        say(f"{page.store['name']}: " + " · ".join(told_module(one) for one in page.modules))
    arranged = [[module["key"] for module in page.modules] for page in (first, second)]
    shown = [list(page.shelf_items()) for page in (first, second)]
    expect(arranged != arranged[::-1] or shown != shown[::-1], "the pages differ")
    expect(first.store["region"] == second.store["region"], "both are in one region")
    mine, theirs = first.shelf_items(), second.shelf_items()
    both = mine.keys() & theirs.keys()
    expect(bool(both), "some products are on both pages")
    expect(
        all(mine[one] == theirs[one] for one in both), "same stock, price and description in both"
    )
    region = first.store["region"]["name"]
    say(f"{len(both)} products are on both: same stock of {region}, same price, same description")


def told_module(module: dict[str, Any]) -> str:
    """One module in a few words."""
    items = module.get("items")
    return f"{module['title'] or module['key']}" + (f"({len(items)})" if items else "")


def ordered_and_paid(buyer: Client, page: Page, code: str) -> str:
    """An order of two lines, paid in the sandbox; returns its id."""
    step("5  The first consumer orders two lines and pays")
    plenty = sorted(page.units(), key=page.units().__getitem__, reverse=True)
    chosen: list[str] = []
    for sku in plenty:
        if sku.split("-")[0] not in {other.split("-")[0] for other in chosen}:
            chosen.append(sku)
    expect(len(chosen) >= 2, "two products of the page are in stock")
    position = page.store["position"]
    wanted = {
        "storeId": page.store["id"],
        "lines": [{"sku": sku, "quantity": 1} for sku in chosen[:2]],
        "shareCode": code,
        "delivery": {
            "name": "许望",
            "phone": "13800000000",
            "district": "310104",
            "address": "漕溪北路1号",
            "position": {**position, "longitude": position["longitude"] + 0.01},
        },
    }
    before = page.units()
    placed = buyer.run(PLACE, input=wanted, key=secrets.token_hex(8))["orderPlace"]["order"]
    for line in placed["lines"]:
        say(f"{line['quantity']} × {line['sku']} {line['name']}  {line['amount']['text']}")
    payment = buyer.run(PAY, id=placed["id"])["paymentStart"]
    buyer.post(payment["sandboxUrl"])
    say(f"paid {payment['payment']['amount']['text']} in the sandbox")

    def is_promised(left: dict[str, int]) -> bool:
        return all(left[sku] == before[sku] - 1 for sku in chosen[:2])

    after = soon(lambda: entered(buyer, code=code).units(), is_promised)
    for sku in chosen[:2]:
        say(f"stock of {sku} in {page.store['region']['name']}: {before[sku]} → {after[sku]}")
        expect(after[sku] == before[sku] - 1, "one unit is promised to the order")
    return str(placed["id"])


def shipped_by_the_next_nearest(client: Client, buyer: Client, order: str, page: Page) -> None:
    """The nearest store says no; the next nearest ships."""
    first = open_part(buyer, order)
    clock = datetime.now(timezone(timedelta(hours=8)))
    say(f"asked first, at {clock:%H:%M} in Beijing, and why:")
    tell_candidates(first)
    manager(client, first["store"]["id"]).run(REJECT, id=first["id"])
    say(f"{first['store']['name']} rejects: 店内正在盘点")
    second = open_part(buyer, order)
    expect(second["store"]["id"] != first["store"]["id"], "another store is asked")
    say("asked next:")
    tell_candidates(second)
    desk = manager(client, second["store"]["id"])
    desk.run(ACCEPT, id=second["id"])
    desk.run(SHIP, id=second["id"], number=f"SF{secrets.randbelow(10**12):012d}")
    parts = buyer.run(FOLLOW, id=order)["order"]["progress"]["fulfilmentOrders"]
    shipped = [part for part in parts if part["state"] == "SHIPPED"]
    expect([part["id"] for part in shipped] == [second["id"]], "one parcel is on its way")
    parcel = f"{shipped[0]['carrier']} {shipped[0]['trackingNumber']}"
    say(f"{second['store']['name']} ships it: {parcel}")


def open_part(buyer: Client, order: str) -> dict[str, Any]:
    """The one fulfilment order that a store is asked to take on."""
    parts = buyer.run(FOLLOW, id=order)["order"]["progress"]["fulfilmentOrders"]
    offered = [part for part in parts if part["state"] == "OFFERED"]
    expect(len(offered) == 1, f"one store is asked, not {[part['state'] for part in parts]}")
    return dict(offered[0])


def tell_candidates(part: dict[str, Any]) -> None:
    """Tell every store that was considered, how far it is and what became of it."""
    for one in part["candidates"]:
        away = f"{one['distanceM'] / 1000:.1f} km"
        say(f"   {away:>9}  {one['verdict'].lower().replace('_', ' '):<20} {one['store']['name']}")


def manager(client: Client, store_id: str) -> Client:
    """The store's manager, whose account head office opens the first time."""
    login = f"manager-{store_id.lower()}"
    office = client.signed_in("office", PASSWORD)
    try:
        office.run(
            f"mutation($input: StaffInput!) {{ staffOpen(input: $input) {{ {MUTATION_END} }} }}",
            input={
                "login": login,
                "name": f"{store_id} 店长",
                "role": "STORE_MANAGER",
                "password": PASSWORD,
                "storeId": store_id,
            },
        )
    except Refused as refusal:
        if refusal.reasons[0]["code"] != "CONFLICT":
            raise
    return client.signed_in(login, PASSWORD)


def credited(buyer: Client, order: str) -> None:
    """The order carries the guide whose poster it was."""
    step("6  The order is credited")
    credit = buyer.run(FOLLOW, id=order)["order"]["credit"]
    expect(credit["guideId"] == "G0001-1", "the guide of the poster is credited")
    say(f"to {credit['guideName']} of {credit['store']['name']}, through {credit['shareCode']}")
