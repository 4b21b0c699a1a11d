"""One woman by five ways is one member, with what she buys anywhere, and who sees it."""

import asyncio
import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.kernel.days import BEIJING
from domain.kernel.paging import PageRequest
from domain.people.act import by_the_clock
from domain.wallets.keeping import WantedGrant, grant, tend_wallet
from domain.wallets.wallets import Unit, wallet_id
from qianmian.clock import new_id
from qianmian.wiring.wallets import wallet_ports
from scripts import embedded
from scripts.client import Client
from scripts.demo_brand import PASSWORD
from scripts.demo_story import GUIDE, MUTATION_END
from scripts.foundations import sandbox_on
from scripts.telling import WentWrong, expect, refused, say, soon, step
from storage.mongo.kernel.database import connect

# Longer than others: what follows facts may be behind what a whole brand has just said.
FOLLOWED_WITHIN_S = 60.0

OTHER_GUIDE = "sandbox:guide-0003-1"

FEED = f"""mutation($channel: String!, $members: [MemberFeedInput!]!) {{
  done: membersFeed(channel: $channel, members: $members) {{
    members {{ memberId isNew refusal }} {MUTATION_END} }} }}"""
TELL = f"""mutation($channel: String!, $purchases: [PurchaseFeedInput!]!) {{
  done: purchasesFeed(channel: $channel, purchases: $purchases) {{
    purchases {{ number isNew isMatched code refusal }} {MUTATION_END} }} }}"""
BY_PHONE = f"""mutation($phone: String!, $login: String!) {{
  signIn: memberPhoneSignIn(phoneCode: $phone, loginCode: $login) {{
    accessToken viewer {{ id }} {MUTATION_END} }} }}"""
ME = "{ me { id phone } }"
BOUGHT = """query($member: ID!) { memberPurchases(memberId: $member) { nodes {
  channel number paid { text } refunded { text } } } }"""
POINTS = "query($member: ID!) { memberPoints(memberId: $member) { active pending } }"
LOTS = "{ ownPoints { lots { points lapsesAt } } }"
ENTRIES = """query($member: ID!) { memberPointsEntries(memberId: $member, first: 50) { nodes {
  kind active pending } } }"""
MERGE = f"""mutation($loser: ID!, $survivor: ID!) {{
  done: memberMerge(loserId: $loser, survivorId: $survivor, reason: "看错了人") {{
    merge {{ id }} {MUTATION_END} }} }}"""
UNDO = f"""mutation($id: ID!) {{ done: memberUnmerge(id: $id, reason: "不是同一人") {{
  merge {{ state }} {MUTATION_END} }} }}"""
GRANT = f"""mutation($member: ID!, $key: String!) {{
  done: pointsGrant(memberId: $member, points: 500, reason: "生日礼", idempotencyKey: $key) {{
    entry {{ active }} {MUTATION_END} }} }}"""
CODE = f"mutation {{ done: tillCodeIssue {{ code {{ code }} {MUTATION_END} }} }}"
REDEEM = f"""mutation($code: String!) {{
  done: pointsRedeem(code: $code, points: 200, storeId: "S0001") {{
    redeemed {{ worth {{ text }} }} {MUTATION_END} }} }}"""
TAG = f"""mutation {{ done: tagsDefine(input: [
  {{ code: "demo-outdoor", name: "户外", dimension: INTEREST }},
  {{ code: "demo-mother", name: "新手妈妈", dimension: BASIC, consent: CHILD }}]) {{
    {MUTATION_END} }} }}"""
SEGMENT = f"""mutation($rule: MemberRuleInput!) {{ done: segmentSave(
  input: {{ name: "演示", rule: $rule }}) {{ segment {{ id }} {MUTATION_END} }} }}"""
PUT = f"""mutation($member: ID!, $tag: ID!) {{ done: memberTag(memberId: $member, tag: $tag) {{
  {MUTATION_END} }} }}"""
TAKE_OFF = PUT.replace("memberTag(", "memberUntag(")
CHILD = f"""mutation($input: MemberProfileInput!) {{ done: memberProfileSet(input: $input) {{
  {MUTATION_END} }} }}"""
WHY = """query($id: ID!, $member: ID!) {
  segmentWhy(id: $id, memberId: $member) { holds kind values found } }"""
SHARE = f"""mutation($input: ShareLinkCreateInput!) {{ done: shareLinkCreate(input: $input) {{
  shareLink {{ code }} {MUTATION_END} }} }}"""
OPEN = f"mutation($code: String!) {{ done: shareLinkOpen(code: $code) {{ {MUTATION_END} }} }}"
CONSENT = f"""mutation($purpose: Purpose!) {{
  done: memberConsentGive(purpose: $purpose, place: "我的") {{ {MUTATION_END} }} }}"""
WITHDRAW = CONSENT.replace("Give", "Withdraw")
LOOK = """query($member: ID!) { customerView(memberId: $member) {
  name phone level { name } points { active pending } tags { code }
  purchases { channel paid { text } } cart { sku } nextDates { kind on } } }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Who speaks, the number and the WeChat account of the woman, and when she bought."""

    client: Client
    office: Client
    till: Client
    phone: str
    wechat: str
    bought_at: datetime

    def points(self, member: str) -> tuple[int, int]:
        """What a member can spend, and what is pending."""
        found = self.office.run(POINTS, member=member)["memberPoints"]
        return found["active"], found["pending"]

    def entries(self, member: str) -> list[str]:
        """What has changed a member's points, the newest first."""
        found = self.office.run(ENTRIES, member=member)["memberPointsEntries"]["nodes"]
        return [f"{one['kind']} {one['active'] + one['pending']:+}" for one in found]

    def tell(self, channel: str, number: str, fen: int, **more: Any) -> dict[str, Any]:
        """Have a channel tell of a purchase, or of a refund."""
        lines = [{"sku": "10001-BLK-M", "quantity": 1, "paidFen": fen}]
        told = {"number": number, "at": self.bought_at.isoformat(), "lines": lines, **more}
        done = self.till.run(TELL, channel=channel, purchases=[told])["done"]
        return dict(done["purchases"][0])


async def tell(url: str) -> None:
    """Tell of one member; raises WentWrong where it does not go that way."""
    await asyncio.to_thread(_told, Client(url))


def _told(client: Client) -> None:
    stage = Stage(
        client=client,
        office=client.signed_in("office", PASSWORD),
        till=client.signed_in("till", PASSWORD),
        phone=f"139{secrets.randbelow(10**8):08d}",
        wechat=f"sandbox:mei-{secrets.token_hex(4)}",
        bought_at=datetime.now(UTC) - timedelta(hours=1),
    )
    member, own = five_ways(stage)
    bought_anywhere(stage, member)
    points_spent(stage, member, own)
    points_lapsed()
    a_wrong_merge(stage, member)
    a_segment(stage, member)
    her_children(stage, member, own)
    who_sees_her(stage, member, own)


def five_ways(stage: Stage) -> tuple[str, Client]:
    """By a till, two shops, her number and her WeChat account; her id, and she herself."""
    step("1  One woman comes by five ways")
    number = stage.phone
    code = f"D{number}"
    ways = [
        ("TILL", {"id": code, "phone": number, "memberCode": code}),
        ("TMALL", {"id": f"t{number}", "phone": f"+86 {number}"}),
        ("JD", {"id": f"j{number}", "memberCode": code, "name": "林梅"}),
    ]
    ids = []
    for channel, said in ways:
        [fed] = stage.till.run(FEED, channel=channel, members=[said])["done"]["members"]
        ids.append(fed["memberId"])
        say(f"{channel}: {fed['memberId']}{', new' if fed['isNew'] else ''}")
    signed = stage.client.run(BY_PHONE, phone=f"sandbox:{number}", login=stage.wechat)["signIn"]
    say(f"her number, proved in the mini-program: {signed['viewer']['id']}")
    own = stage.client.as_member(stage.wechat)
    me = own.run(ME)["me"]
    say(f"her WeChat account alone: {me['id']}, {me['phone']}")
    ids += [signed["viewer"]["id"], me["id"]]
    expect(len(set(ids)) == 1, "all five are one member")
    return str(me["id"]), own


def bought_anywhere(stage: Stage, member: str) -> None:
    """A refund before its purchase, each told twice."""
    step("2  What she buys elsewhere is hers, once")
    number = secrets.token_hex(4)
    for is_new in (True, False):
        refund = stage.tell("TMALL", number, 30_000, refundNumber="R1")
        purchase = stage.tell("TMALL", number, 100_000, phone=stage.phone)
        expect(refund["isNew"] is is_new and purchase["isNew"] is is_new, "each is told once")
    stage.tell("TILL", number, 50_000, memberCode=f"D{stage.phone}")
    for one in stage.office.run(BOUGHT, member=member)["memberPurchases"]["nodes"]:
        say(
            f"{one['channel']} {one['number']}: {one['paid']['text']}, "
            f"{one['refunded']['text']} came back"
        )
    otherwise = stage.tell("TMALL", number, 5, phone=stage.phone)
    say(f"told otherwise: {otherwise['refusal']}")
    expect(otherwise["code"] == "CONFLICT", "a number told otherwise is a conflict")
    found = soon(
        lambda: stage.points(member),
        lambda one: one == (0, 1_200),
        within_s=FOLLOWED_WITHIN_S,
    )
    say(f"she earned {found[1]} points, pending until nothing can come back")
    expect(found == (0, 1_200), "a point for each yuan that she paid and kept")


def points_spent(stage: Stage, member: str, own: Client) -> None:
    """Points given, spent at a till by a code, taken back by a return, and when they lapse."""
    step("3  Points are given, spent, taken back and lapse")
    stage.office.run(GRANT, member=member, key=secrets.token_hex(8))
    code = own.run(CODE)["done"]["code"]["code"]
    worth = stage.office.run(REDEEM, code=code)["done"]["redeemed"]["worth"]["text"]
    again = refused(stage.office, REDEEM.replace("200", "300"), code=code)
    say(f"500 for her birthday, 200 of them spent at a till for {worth}")
    say(f"the same code for more: {again}")
    expect(stage.points(member)[0] == 300, "300 are left")
    number = secrets.token_hex(4)
    stage.tell("TILL", number, 90_000, memberCode=f"D{stage.phone}")
    stage.tell("TILL", number, 20_000, refundNumber="R1")
    found = soon(
        lambda: stage.points(member),
        lambda one: one == (300, 1_900),
        within_s=FOLLOWED_WITHIN_S,
    )
    expect(found == (300, 1_900), "what is returned takes its points back")
    say(f"900 more, 200 of them returned: {'; '.join(stage.entries(member))}")
    [lot] = own.run(LOTS)["ownPoints"]["lots"]
    say(f"{lot['points']} that nobody spends lapse on {lot['lapsesAt']}")


def points_lapsed() -> None:
    """A wallet on a database and a clock of its own, so that a year passes at once."""
    step("4  A year later, what nobody has spent lapses")
    with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder) / "data") as uri:
        asyncio.run(_a_year_later(uri))


async def _a_year_later(uri: str) -> None:
    database = connect(uri, "year")
    ports, given_at = wallet_ports(sandbox_on(database)), datetime(2026, 1, 5, 4, tzinfo=UTC)
    wallet = wallet_id(Unit.POINTS, "member_of_the_story")
    wanted = WantedGrant(
        unit=Unit.POINTS,
        holder_id="member_of_the_story",
        units=500,
        reason="生日礼",
        months=12,
        rule=0,
    )
    await grant(ports, by_the_clock(given_at, new_id), wanted, idempotency_key="once")
    found = {}
    for at in (
        datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC),
        datetime(2026, 12, 31, 16, tzinfo=UTC),
    ):
        [now] = (await ports.wallets.by_ids([wallet])).values()
        found[at] = now.active(at)
        await tend_wallet(ports, by_the_clock(at, new_id), now)
        say(f"at {at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S} she can spend {found[at]}")
    expect(list(found.values()) == [500, 0], "they end with the last of their months in China")
    entries = (await ports.wallets.entries_of(wallet, PageRequest(first=5))).items
    say("; ".join(f"{one.kind} {one.effect.active:+}" for one in entries))
    expect(entries[0].effect.active == -500, "the clock books it, once")
    database.client.close()


def a_wrong_merge(stage: Stage, member: str) -> None:
    """Two who are not one, made one and parted again."""
    step("5  A wrong merge is undone")
    other = {"id": secrets.token_hex(4)}
    [fed] = stage.till.run(FEED, channel="JD", members=[other])["done"]["members"]
    stage.tell("JD", f"J{other['id']}", 70_000, channelMemberId=other["id"])

    def bought(whose: str) -> int:
        found = stage.office.run(BOUGHT, member=whose)["memberPurchases"]["nodes"]
        return len(found)

    merged = stage.office.run(MERGE, loser=fed["memberId"], survivor=member)["done"]["merge"]
    expect(bought(member) == 4, "both's purchases are hers while they are one")
    undone = stage.office.run(UNDO, id=merged["id"])["done"]["merge"]
    say(f"merged, 4 purchases; {undone['state']}, {bought(member)} and {bought(fed['memberId'])}")
    expect((bought(member), bought(fed["memberId"])) == (3, 1), "each has their own again")


def a_segment(stage: Stage, member: str) -> None:
    """In by a tag, and out without it, with the reason."""
    step("6  She enters a segment, and leaves it")
    stage.office.run(TAG)
    rule = {"kind": "TAG", "values": ["demo-outdoor"]}
    segment = stage.office.run(SEGMENT, rule=rule)["done"]["segment"]["id"]
    for change, inside in ((PUT, True), (TAKE_OFF, False)):
        stage.office.run(change, member=member, tag="demo-outdoor")
        is_in = why_in(stage, segment, member, inside)
        expect(is_in is inside, "she is in it while she has the tag")


def why_in(stage: Stage, segment: str, member: str, inside: bool) -> bool:
    """Whether she is in a segment, as soon as it is as it should be, and why."""
    why = soon(
        lambda: stage.office.run(WHY, id=segment, member=member)["segmentWhy"],
        lambda one: bool(one["holds"] is inside),
        within_s=FOLLOWED_WITHIN_S,
    )
    asked, found = ", ".join(why["values"]), why["found"] or "none"
    say(f"{why['kind']} {asked}: found {found}, she is {'in' if why['holds'] else 'not in'} it")
    return bool(why["holds"])


def her_children(stage: Stage, member: str, own: Client) -> None:
    """Nothing is known of children, nor put on her for them, before she allows it and after."""
    step("7  What is known of her child is hers to say")
    put = {"member": member, "tag": "demo-mother"}
    say(f"a tag that tells of children: {refused(stage.office, PUT, **put)}")
    rule = {"kind": "CHILD_AGE", "values": ["UNDER_1"]}
    segment = stage.office.run(SEGMENT, rule=rule)["done"]["segment"]["id"]
    today = datetime.now(BEIJING)
    own.run(CONSENT, purpose="CHILD")
    child = {"year": today.year, "month": today.month}
    own.run(CHILD, input={"name": "林梅", "children": [child]})
    expect(why_in(stage, segment, member, True), "she allows it, and tells of a child")
    stage.office.run(PUT, **put)
    own.run(WITHDRAW, purpose="CHILD")
    expect(not why_in(stage, segment, member, False), "withdrawn, it is forgotten")
    say(f"the tag, once more: {refused(stage.office, PUT, **put)}")


def who_sees_her(stage: Stage, member: str, own: Client) -> None:
    """Her guide sees what she allows; another guide is told of nobody."""
    step("8  Her guide sees her, and no other does")
    guide = stage.client.as_guide(GUIDE)
    say(f"before she came by the guide's link: {refused(guide, LOOK, member=member)}")
    other = stage.client.as_guide(OTHER_GUIDE)
    wanted = {"kind": "STOREFRONT", "targetId": "S0001", "scene": "ONE_TO_ONE"}
    link = guide.run(SHARE, input=wanted)["done"]["shareLink"]
    own.run(OPEN, code=link["code"])
    seen = guide.run(LOOK, member=member)["customerView"]
    bought = ", ".join(f"{one['channel']} {one['paid']['text']}" for one in seen["purchases"])
    points = f"{seen['points']['active']} points and {seen['points']['pending']} pending"
    say(f"{seen['name']} {seen['phone']}, {seen['level']['name']}, {points}: {bought}")
    if seen["tags"] is not None or seen["cart"] is not None:
        raise WentWrong("expected: nothing of what she likes before she allows it")
    own.run(CONSENT, purpose="PROFILING")
    expect(guide.run(LOOK, member=member)["customerView"]["tags"] == [], "she allows it now")
    say("tags and cart: once she allows profiling")
    say(f"a guide of another store, who asks for her: {refused(other, LOOK, member=member)}")
