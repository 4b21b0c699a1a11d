"""Levels, tags and segments over HTTP, and who may do what to whom."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.audiences import tagging
from domain.audiences.levels import BASE, LevelRules, MemberLevel
from domain.audiences.segments import MemberRules, decided
from domain.audiences.spending import follow_spending, tend_traits
from domain.audiences.telling import ToldPorts, follow_told
from domain.audiences.trait_ports import TraitPorts
from domain.audiences.traits import PutTag, TagSource, with_tag
from domain.kernel.days import beijing_day
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.act import by_the_clock
from domain.people.succession_facts import handed_over
from domain.people.successions import Succession
from domain.people.viewer import Role, Viewer
from domain.promotions import offer_versions
from domain.sharing.link_facts import link_touched
from domain.sharing.touches import touch_of
from qianmian.clock import new_id, now
from qianmian.wiring.members import member_ports, telling_ports
from qianmian.wiring.people import people_ports
from storage.mongo.audiences.traits import MongoTraits
from storage.mongo.kernel.database import Database
from storage.mongo.people.successions import MongoSuccessions
from storage.mongo.sharing.touches import MongoTouches
from tests.api.mall.fulfilment.test_after_sale import CANCEL
from tests.api.mall.orders.test_orders import MEMBER, M
from tests.conftest import Service
from tests.domain.sharing.test_share_links import a_link
from tests.support.content import HEAD_OFFICE
from tests.support.documents import documents_of
from tests.support.foundations import a_foundation
from tests.support.fulfilling import a_paid_order, open_stores_with_stock
from tests.support.joining import joined
from tests.support.promoting import drafted, from_amount, let_out
from tests.support.purses import audience_ports
from tests.support.waiting import comes_to

pytestmark = pytest.mark.anyio

SHOWN = documents_of("levels.md")
GUIDE = Viewer(id=PersonId("guide_1"), role=Role.GUIDE, store_id="S1")
M1, OTHER = PersonId("member_1"), PersonId("member_2")
OF_1 = {"member": M1}
DAY = timedelta(days=1)
UNDER_1 = {"kind": "CHILD_AGE", "values": ["UNDER_1"]}
HAS_MUM = {"kind": "TAG", "values": ["mum"]}
RECORDS = """query($id: ID!) { recordsOf(kind: "member", id: $id) { nodes { action after } } }"""
SAVE = """mutation($input: SegmentInput!) { segmentSave(input: $input) {
  userErrors { code message } } }"""
SAY = """mutation {{ memberConsent{what}(purpose: CHILD, place: "设置") {{
  userErrors {{ code }} }} }}"""
TELL = """mutation($input: MemberProfileInput!) { memberProfileSet(input: $input) {
  userErrors { code message } } }"""
DEFINE = """mutation($tags: [TagInput!]!) { tagsDefine(input: $tags) {
  userErrors { code message } } }"""


@pytest.fixture
def ports(database: Database) -> TraitPorts:
    return audience_ports(database)


@pytest.fixture(autouse=True)
async def members(database: Database) -> None:
    await joined(database, M1, OTHER)


async def run(service: Service, name: str, viewer=HEAD_OFFICE, **variables):
    return next(iter((await service.query(SHOWN[name], viewer, **variables)).data.values()))


async def refused(service: Service, name: str, viewer, **variables) -> str:
    return (await run(service, name, viewer, **variables))["userErrors"][0]["code"]


async def test_a_member_enters_and_leaves_a_segment_and_the_page_tells_why(
    service: Service, database: Database, ports: TraitPorts, round_trips: list[str]
):
    assert (await run(service, "Define"))["userErrors"] == []
    assert [one["code"] for one in await run(service, "Dictionary")] == ["loyal", "outdoor"]
    assert (await run(service, "PutOn", member="member_1"))["userErrors"] == []
    segment = (await run(service, "Save"))["segment"]["id"]

    async def members():
        [known] = await run(service, "Segments")
        found = await run(service, "Members", id=segment)
        return known["isBuilt"], found["totalCount"], [one["id"] for one in found["nodes"]]

    await comes_to((True, 1, ["member_1"]), members)
    # Who is tagged after that is in it at once.
    assert (await run(service, "PutOn", member="member_2"))["userErrors"] == []
    assert await members() == (True, 2, ["member_1", "member_2"])
    # Who is in it and how many take two round trips, however many there are.
    round_trips.clear()
    await run(service, "Members", id=segment)
    assert len(round_trips) <= 2
    why = await run(service, "Why", id=segment, member="member_1")
    assert (why["holds"], why["found"]) == (True, "outdoor")
    audience = (await run(service, "Freeze", id=segment))["audience"]
    assert audience["members"] == 2
    assert [part async for part in ports.audiences.parts(audience["id"])] == [
        ["member_1", "member_2"]
    ]
    assert (await run(service, "Size"))["exact"] is True
    await run(service, "TakeOff", member="member_1")
    assert await members() == (True, 1, ["member_2"])
    seen = await run(service, "OfMember", member="member_2")
    assert seen["segments"] == [f"{segment}@1"]
    # A year later the tag has ended; the clock alone takes the member out.
    await ports.book.opened()
    later = by_the_clock(now() + timedelta(days=366), new_id)
    await asyncio.gather(*(tend_traits(ports, later) for _ in range(2)))
    found = await database["member_traits"].find_one({"_id": "member_2"})
    assert (found["tags"], found["segments"]) == ([], [])


async def test_what_is_paid_makes_a_level_and_an_automatic_tag(service: Service):
    await run(service, "Define")
    assert (await run(service, "Levels", MEMBER))["version"] == 0
    assert (await run(service, "SetLevels", version=0))["userErrors"] == []
    assert await refused(service, "SetLevels", HEAD_OFFICE, version=0) == "CONFLICT"
    assert await refused(service, "SetLevels", MEMBER, version=1) == "FORBIDDEN"
    await open_stores_with_stock(service)
    order = await a_paid_order(service, lines={M: 2})

    async def level():
        return (await run(service, "MyLevel", MEMBER))["level"]["code"]

    await comes_to("gold", level)
    await service.query(CANCEL, MEMBER, order=order)
    for n in range(3):
        await a_paid_order(service, lines={M: 1}, key=f"n{n}")

    async def tags():
        seen = await run(service, "OfMember", member="member_1")
        return seen["level"]["code"], [one["code"] for one in seen["tags"]]

    # Up at once and down only when the period is over; three orders that stand.
    await comes_to(("gold", ["loyal"]), tags)
    # A rule that comes later is asked of who is there already; without its rule a tag goes.
    low = {"kind": "ORDERS", "low": 1}
    buyer = {"code": "buyer", "name": "买过", "dimension": "BEHAVIOUR", "rule": low}
    loyal = {"code": "loyal", "name": "常客", "dimension": "BEHAVIOUR"}
    assert not (await service.query(DEFINE, HEAD_OFFICE, tags=[buyer, loyal])).data["tagsDefine"][
        "userErrors"
    ]
    await comes_to(("gold", ["buyer"]), tags)
    # Also where it has another name before everybody was asked.
    bare = {"code": "buyer", "name": "买过", "dimension": "BEHAVIOUR"}
    for tag in (bare, {**bare, "name": "客人"}):
        await service.query(DEFINE, HEAD_OFFICE, tags=[tag])
    await comes_to(("gold", []), tags)
    await service.query(DEFINE, HEAD_OFFICE, tags=[buyer])
    await comes_to(("gold", ["buyer"]), tags)
    why = await service.query(SHOWN["WhyTagged"].replace("loyal", "buyer"), HEAD_OFFICE, **OF_1)
    assert why.data["memberTagWhy"] == {**low, "holds": True, "high": None, "found": "3"}
    by_hand = (await service.query(SHOWN["WhyTagged"], HEAD_OFFICE, **OF_1)).body["errors"][0]
    assert by_hand["extensions"]["code"] == "WRONG_STATE"


async def test_a_level_that_is_given_ends_on_its_day_and_counts_where_it_is_the_higher(
    service: Service, database: Database, ports: TraitPorts
):
    await run(service, "SetLevels", version=0)
    await run(service, "Define")
    assert await refused(service, "Give", Viewer(id=PersonId("e"), role=Role.EDITOR), **OF_1) == (
        "FORBIDDEN"
    )
    given = await run(service, "Give", **OF_1)
    assert given["member"]["level"] == {"code": "gold"}
    # Why is seen for as long as it holds, and later in what was done.
    seen = (await run(service, "OfMember", **OF_1))["levelGiven"]
    assert (seen["level"], seen["reason"]) == ({"code": "gold"}, "生日月体验")
    done = (await service.query(RECORDS, HEAD_OFFICE, id=M1)).data["recordsOf"]["nodes"]
    assert [one["action"] for one in done] == ["memberLevelGive"]
    assert done[0]["after"]["reason"] == "生日月体验"
    for name in ("Give", "PutOn"):
        answer = await run(service, name, member="member_nobody")
        [error] = answer["userErrors"]
        assert (error["code"], "member_nobody" in error["message"]) == ("NOT_FOUND", True)
    assert await MongoTraits(database).by_ids([PersonId("member_nobody")]) == {}
    assert (await run(service, "MyLevel", MEMBER))["level"]["code"] == "gold"
    await ports.book.opened()
    for days, level in ((29, "gold"), (31, "base")):
        found = await tagging.known_traits(ports, by_the_clock(now() + days * DAY, new_id), M1)
        assert found.level == level
    # By the clock who was in a segment for it leaves it; and it can be taken back before.
    await asyncio.gather(
        *(tend_traits(ports, by_the_clock(now() + 31 * DAY, new_id)) for _ in "ab")
    )
    assert (await run(service, "MyLevel", MEMBER))["level"]["code"] == "base"
    await run(service, "Give", **OF_1)
    back = SHOWN["Give"].replace("days: 30", "days: 0")
    taken = (await service.query(back, HEAD_OFFICE, **OF_1)).data["memberLevelGive"]
    assert (taken["member"]["level"]["code"], taken["userErrors"]) == ("base", [])
    unknown = SHOWN["Give"].replace('"gold"', '"platinum"')
    said = (await service.query(unknown, HEAD_OFFICE, **OF_1)).refused("memberLevelGive")
    assert (said[0]["code"], said[0]["field"]) == ("NOT_FOUND", ["level"])


async def test_a_rise_is_said_once_in_the_write_that_makes_it_by_however_many(
    database: Database, ports: TraitPorts
):
    gold = MemberLevel(code="gold", name="金卡", from_fen=Fen(3_000))
    await ports.book.add_levels(LevelRules(version=1, levels=(BASE, gold)))
    await ports.book.opened()
    paid = Fact(
        id=FactId("payment:1"),
        subject="fulfilment:1",
        kind=FactKind("payment.paid"),
        at=now(),
        data={
            "buyerId": OTHER,
            "paidAt": now().isoformat(),
            "paidFen": 2_000,
            "refundedFen": 0,
        },
        n=1,
    )
    act = by_the_clock(now(), new_id)

    async def outbox() -> list[str]:
        found = await database["member_traits"].find_one({"_id": OTHER})
        facts = (found.get("outbox") or {"facts": []})["facts"]
        return [one["data"]["level"] for one in facts if one["kind"] == "level.gained"]

    # The first payment makes the document, the second one raises the level; each is told often.
    for n, expected in ((1, []), (2, ["gold"]), (3, ["gold"])):
        batch = Batch(facts=(replace(paid, n=n),), upto=n)
        tended = (ports.traits.change([OTHER], lambda one: one) for _ in range(3))
        await asyncio.gather(*(follow_spending(ports, act, batch) for _ in range(6)), *tended)
        assert await outbox() == expected
    # One who is there at once, with the first that is known of them.
    whole = replace(paid, data={**paid.data, "buyerId": "member_3", "paidFen": 3_000})
    await follow_spending(ports, act, Batch(facts=(whole,), upto=1))
    found = await database["member_traits"].find_one({"_id": "member_3"})
    assert [one["kind"] for one in found["outbox"]["facts"]] == [
        "level.gained",
        "level.held",
    ]


async def test_an_offer_for_a_segment_is_for_its_members_alone(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(offer_versions, "LEAD", timedelta(milliseconds=200))
    await open_stores_with_stock(service)
    await run(service, "Define")
    segment = (await run(service, "Save"))["segment"]["id"]
    off = from_amount(1, amountOff={"amountFen": 5_000})
    offer = await drafted(service, off, eligibility={"segments": [segment]})
    await let_out(service, offer)
    text = "query($input: OrderQuoteInput!) { orderQuote(input: $input) { total { fen } } }"
    asked = {"storeId": "S1", "lines": [{"sku": M, "quantity": 1}]}

    async def costs() -> int:
        return (await service.query(text, MEMBER, input=asked)).data["orderQuote"]["total"]["fen"]

    await asyncio.sleep(0.5)
    assert await costs() == 239_900
    await run(service, "PutOn", member="member_1")
    await comes_to(239_900 - 5_000, costs)
    await run(service, "TakeOff", member="member_1")
    assert await costs() == 239_900


async def test_a_guide_tags_own_customers_and_nobody_elses(service: Service, database: Database):
    await run(service, "Define")
    await database["touches"].insert_one(
        {
            "_id": "t1",
            "person_id": "member_1",
            "guide_id": GUIDE.id,
            "store_id": GUIDE.store_id,
            "touched_at": now(),
        }
    )
    put = await run(service, "PutOn", GUIDE, member="member_1")
    [tag] = put["member"]["tags"]
    assert (tag["code"], tag["source"], tag["by"], tag["scope"]) == (
        "outdoor",
        "MANUAL",
        "guide_1",
        "S1",
    )
    assert await refused(service, "PutOn", GUIDE, member="member_2") == "NOT_FOUND"
    assert await refused(service, "PutOn", MEMBER, member="member_1") == "FORBIDDEN"
    for name in ("Define", "Save"):
        assert await refused(service, name, GUIDE) == "FORBIDDEN"


async def test_children_birthdays_and_bonds_are_asked_for_and_no_tag_without_leave(
    service: Service, database: Database
):
    dictionary = [
        {"code": "mum", "name": "宝妈", "dimension": "BASIC", "consent": "CHILD"},
        {"code": "baby", "name": "有小宝宝", "dimension": "BASIC", "rule": UNDER_1},
    ]
    assert not (await service.query(DEFINE, HEAD_OFFICE, tags=dictionary)).data["tagsDefine"][
        "userErrors"
    ]
    near = {"kind": "DAYS_TO_BIRTHDAY", "high": 7}
    bonded = {"kind": "BONDED", "values": ["S1"]}
    for rule in ({"kind": "ALL", "parts": [UNDER_1, near, bonded]}, HAS_MUM):
        saved = await service.query(SAVE, HEAD_OFFICE, input={"name": "s", "rule": rule})
        assert saved.data["segmentSave"]["userErrors"] == []
    unheard = {"kind": "CHILD_AGE", "values": ["TINY"]}
    saved = await service.query(SAVE, HEAD_OFFICE, input={"name": "s", "rule": unheard})
    assert saved.refused("segmentSave")[0]["code"] == "INVALID"
    put = SHOWN["PutOn"].replace("outdoor", "mum")

    async def put_on() -> list[str]:
        answer = (await service.query(put, HEAD_OFFICE, **OF_1)).data["memberTag"]
        return [one["code"] for one in answer["userErrors"]]

    async def known() -> tuple[list[str], int]:
        seen = await run(service, "OfMember", **OF_1)
        return [one["code"] for one in seen["tags"]], len(seen["segments"])

    assert await put_on() == ["FORBIDDEN"]
    link = a_link(guide_id=GuideId(GUIDE.id), store_id=StoreId("S1"))
    touch = touch_of(link, M1, now())
    await MongoTouches(database).add(touch, [link_touched(link, touch, consumer=True)])
    given = await service.query(SAY.format(what="Give"), MEMBER)
    assert given.data["memberConsentGive"] == {"userErrors": []}
    day, soon = beijing_day(now()), beijing_day(now() + 3 * DAY)
    told = {
        "birthday": {"month": soon.month, "day": soon.day},
        "children": [{"year": day.year, "month": day.month}],
    }
    answer = await service.query(TELL, MEMBER, input=told)
    assert answer.data["memberProfileSet"] == {"userErrors": []}
    await comes_to((["baby"], 1), known)
    assert await put_on() == []
    await comes_to((["baby", "mum"], 2), known)
    # Withdrawn, nothing of it is left, shown or asked for; to give it anew brings nothing back.
    for what in ("Withdraw", "Give"):
        await service.query(SAY.format(what=what), MEMBER)
        await comes_to(([], 0), known)


async def test_a_leavers_customers_are_their_heirs_for_rules_too(
    database: Database, ports: TraitPorts
):
    base = a_foundation(database)
    people = telling_ports(base, member_ports(base, people_ports(base)))
    told = ToldPorts(traits=ports, members=people)
    act = by_the_clock(now(), new_id)
    for n, who in enumerate((M1, OTHER)):
        link = a_link(guide_id=GuideId(f"guide_{n}"), store_id=StoreId("S1"))
        touch = touch_of(link, who, now())
        await MongoTouches(database).add(touch)
        said = link_touched(link, touch, consumer=True)
        await follow_told(told, act, Batch(facts=(said,), upto=n + 1))

    async def guides() -> list[str]:
        found = await ports.traits.by_ids([M1, OTHER])
        return [found[one].told.guide_id for one in (M1, OTHER)]

    assert await guides() == ["guide_0", "guide_1"]
    leaver, heir = GuideId("guide_0"), GuideId("guide_2")
    done = Succession(
        id=leaver, successor_id=heir, begun_at=now(), begun_by="m", done_at=now(), version=1
    )
    # Another process lets it pass, of which this one has not heard.
    await MongoSuccessions(database).save(done, expected=0)
    passed = Batch(facts=(handed_over(leaver, heir, now()),), upto=3)
    for _ in range(2):
        await follow_told(told, act, passed)
        assert await guides() == ["guide_2", "guide_1"]


async def test_many_changes_of_one_member_at_once_are_all_there(ports: TraitPorts):
    def rule(code: str):
        tag = PutTag(code=code, source=TagSource.IMPORT, at=now())
        return lambda found: decided(with_tag(found, tag), now(), MemberRules())

    codes = [f"t{n}" for n in range(12)]
    await asyncio.gather(*(ports.traits.change([OTHER], rule(one)) for one in codes))
    found = (await ports.traits.by_ids([OTHER]))[OTHER]
    assert sorted(one.code for one in found.tags) == sorted(codes)
