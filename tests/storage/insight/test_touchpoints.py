"""Touchpoints and tests in the database: cohorts are what their people did, however it is heard."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.contact.ways import Way, guide_state, store_state
from domain.content.scenes import Scene
from domain.insight.boards import BoardScope
from domain.insight.briefs import Advice, weekly_brief
from domain.insight.outcomes import (
    TOUCHPOINT,
    ArmSums,
    OutcomePorts,
    count_cohorts,
    follow_outcomes,
    way_key,
)
from domain.insight.touchpoint_tests import (
    ArmOfTest,
    ArmsKind,
    ArmsOutcome,
    LookVerdict,
    TrialPorts,
    WantedTest,
    enter_test,
    look_at,
    make_test,
    take_looks,
)
from domain.insight.touchpoints import (
    TouchpointKind,
    cluster_of,
    compare,
    make_touchpoint,
    touchpoints_of,
)
from domain.kernel.facts import Batch
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.people.viewer import Role, Viewer
from domain.sharing.creating_links import LinkOrder
from domain.sharing.share_links import ShareKind, ShareTarget
from qianmian.foundation import Foundation
from qianmian.wiring.content import content_ports
from qianmian.wiring.insight import board_ports, outcome_ports, touchpoint_ports, trial_ports
from qianmian.wiring.people import people_ports
from qianmian.wiring.sharing import sharing_ports
from storage.board_news import BoardNewsFromFacts
from storage.mongo.insight.outcomes import MongoEntries
from storage.mongo.kernel.database import Database
from tests.support.foundations import a_foundation
from tests.support.guiding import an_act, beijing, some_guides
from tests.support.insight import (
    a_fact,
    a_part,
    a_visit,
    an_order,
    counted,
    open_network,
)
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
KEY = TOUCHPOINT + "door"
DAY = "2026-11-29"
CAME = beijing(DAY, "20:00:00")
HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
LATER = CAME + 9 * A_DAY


@pytest.fixture
async def base(database: Database) -> Foundation:
    base = a_foundation(database)
    await open_network(base)
    await some_guides(base, 2)
    await some_guides(base, 1, "S2", first=3)
    return base


def entered(person: str, at=CAME, key: str = KEY):
    visit = a_visit(person, 1, at)
    return replace(visit, id=f"{visit.id}:{key}", data={**visit.data, "campaign": key})


def joined(member: str, at):
    return a_fact(f"member:{member}", 1, "member.joined", at, member=member, store="S1")


def befriended(
    contact: str, at, member: str | None = None, state: str | None = None, told=HOUR, n: int = 1
):
    """That somebody was added, told an hour later; by then it may be known who they are."""
    data = {"externalUser": contact, "member": member, "state": state, "addedAt": at.isoformat()}
    kind = "friend.matched" if n > 1 else "friend.added"
    return a_fact(f"bond:{contact}", n, kind, at + told, store="S1", guide="G1", **data)


def merged(loser: str, survivor: str):
    merge = {"merge": "x", "loser": loser, "survivor": survivor}
    return a_fact(f"member:{loser}:merges", 1, "member.merged", CAME, **merge)


def signed_in(visitor: str, member: str):
    return a_fact(f"touches:{visitor}", 1, "touches.taken", CAME, visitor=visitor, member=member)


def paid(order: str, buyer: str, at, fen: int, refunded: int = 0):
    data = {"orderId": order, "buyerId": buyer, "paidAt": at.isoformat(), "paidFen": fen}
    kind, n = ("refund.done", 2) if refunded else ("payment.paid", 1)
    return a_fact(f"fulfilment:{order}", n, kind, at, refundedFen=refunded, **data)


HAPPENED = [
    entered("v1"),
    signed_in("v1", "m1"),
    joined("m1", CAME + HOUR),
    befriended("w1", CAME + 2 * HOUR, "m1"),
    paid("o1", "m1", CAME + A_DAY, 900),
    # Comes again as the member they are, and is one.
    entered("m1", CAME + HOUR),
    entered("m2"),
    joined("m2", CAME - A_DAY),  # before they came
    befriended("w2", CAME + 2 * A_DAY, "m2"),  # too late
    paid("o2", "m2", CAME + 6 * A_DAY, 500),
    paid("o2", "m2", CAME + 6 * A_DAY, 500, refunded=500),
    entered("m3"),
    paid("o3", "m3", CAME + 8 * A_DAY, 500),  # too late
    paid("o4", "m3", CAME + 2 * A_DAY, 700),
    paid("o4", "m3", CAME + 2 * A_DAY, 700, refunded=100),
    entered("v5", at=beijing(DAY)),
    # Signs in and is merged, twice.
    signed_in("v5", "m5"),
    merged("m5", "m6"),
    merged("m6", "m7"),
    paid("o5", "m7", CAME, 200),
    # By a code in WeCom, who is known to be a member later.
    befriended("w6", CAME, state="door"),
    befriended("w6", CAME, "m8", "door", 9 * HOUR, n=2),
    paid("o6", "m8", CAME + A_DAY, 300),
    befriended("w7", CAME, state="door"),
    befriended("w8", CAME, state="till"),
]
COMES_TO = ArmSums(entered=4, joined=1, friends=1, bought=3, fen=1_700, squares=1_210_000.0)
BY_CODE = ArmSums(entered=2, joined=0, friends=2, bought=1, fen=300, squares=90_000.0)


async def follow(base: Foundation, facts, *, n: int = 1, upto: int | None = None) -> None:
    numbered = tuple(replace(one, n=n + i) for i, one in enumerate(facts))
    batch = Batch(facts=numbered, upto=upto or n + len(facts) - 1)
    await follow_outcomes(outcome_ports(base), an_act(at=CAME), batch)


async def cohort(base: Foundation, key: str = KEY) -> ArmSums:
    ports: OutcomePorts = outcome_ports(base)
    while await count_cohorts(ports, an_act(at=CAME)):
        pass
    [found] = await ports.entries.cohorts([key], DAY, DAY)
    return found.total


@pytest.mark.parametrize("seed", range(3))
async def test_a_cohort_is_what_its_people_did_in_whatever_order_it_is_heard(
    base: Foundation, seed: int
):
    chance = random.Random(seed)
    subjects: dict[str, list] = {}
    for fact in HAPPENED:
        subjects.setdefault(fact.subject, []).append(fact)
    waiting, facts = list(subjects.values()), []
    while waiting:
        subject = chance.choice(waiting)
        facts.append(subject.pop(0))
        waiting = [one for one in waiting if one]
    cut = chance.randrange(1, len(facts))
    await follow(base, facts[:cut])
    with looking_away():
        before = await base.database["insight_cohorts"].count_documents({})
    if before:
        await cohort(base)
    await follow(base, facts[cut:], n=cut + 1)
    await follow(base, facts, upto=len(facts))  # again, as a relay may
    assert await cohort(base) == COMES_TO
    assert await cohort(base, way_key("door")) == BY_CODE
    with looking_away():  # once for a rebuild, which an operator asks for
        await base.made(MongoEntries).forget()
    await follow(base, facts)
    assert await cohort(base) == COMES_TO
    assert await cohort(base, way_key("door")) == BY_CODE


async def test_a_merge_that_is_undone_takes_its_deeds_along(base: Foundation):
    merge = merged("m1", "m9")
    await follow(base, [entered("m1"), paid("o1", "m9", CAME + HOUR, 900), merge])
    assert (await cohort(base)).bought == 1
    undone = a_fact(merge.subject, 2, "member.unmerged", CAME, **merge.data)
    await follow(base, [undone], n=4)
    assert (await cohort(base)).bought == 0


async def test_a_place_has_its_code_and_what_comes_of_it_and_stores_alike_compare(
    base: Foundation,
):
    sharing = sharing_ports(base, content_ports(base), people_ports(base))
    ports = touchpoint_ports(base, sharing)

    def order(guide: str, store: str) -> LinkOrder:
        target = ShareTarget(kind=ShareKind.STOREFRONT, id=store)
        return LinkOrder(target=target, scene=Scene.IN_STORE, guide_id=guide)

    async def door(guide: str, store: str, viewer=None, at=CAME):
        act = an_act(at=at) if viewer is None else an_act(viewer, at)
        return await make_touchpoint(ports, act, TouchpointKind.DOOR, "正门", order(guide, store))

    first = await door("G1", "S1")
    assert await door("G1", "S1", at=LATER) == first
    other = await door("G3", "S2")
    assert other.id != first.id
    assert first.id.startswith(TOUCHPOINT)
    link = await sharing.links.by_code(first.code)
    assert (link.campaign, link.store_id) == (first.id, "S1")
    manager = Viewer(id="m", role=Role.STORE_MANAGER, store_id="S2", places=base.reference)
    with pytest.raises(Forbidden):
        await door("G1", "S1", manager)
    with pytest.raises(Forbidden):
        await touchpoints_of(ports, an_act(manager), "S1", DAY)
    await follow(
        base, [entered("v1", key=first.id), joined("v1", CAME + HOUR), entered("v2", key=other.id)]
    )
    await cohort(base, first.id)
    soon, late = CAME + 2 * HOUR, LATER
    [result] = await touchpoints_of(ports, an_act(at=soon), "S1", DAY)
    assert result.funnel.entered == 1
    # Who can still join or buy counts in no rate yet.
    assert (result.funnel.joined.out_of, result.funnel.bought.out_of) == (0, 0)
    [result] = await touchpoints_of(ports, an_act(at=late), "S1", DAY)
    assert (result.funnel.joined.count, result.funnel.joined.out_of) == (1, 1)
    low, high = result.funnel.joined.interval
    assert 0 < low < high == 1
    [cluster] = await compare(ports, an_act(at=late), TouchpointKind.DOOR, DAY)
    store = base.reference.directory().store("S1")
    assert cluster.name == cluster_of(base.reference.directory(), store)
    assert [one.touchpoint.store_id for one in cluster.results] == ["S1", "S2"]
    [cluster] = await compare(ports, an_act(manager, late), TouchpointKind.DOOR, DAY)
    assert [one.touchpoint.store_id for one in cluster.results] == ["S2"]
    for name, guides in ((None, ("G3",)), ("会员日", ("G3", "G1"))):
        state = store_state("S2", name) if name else guide_state("G3")
        way = Way(id=state, store_id="S2", guide_ids=guides, name=name, version=1)
        await ports.ways.save(way, expected=0)
    await follow(base, [befriended("w1", CAME, state=store_state("S2", "会员日"))], n=9)
    await count_cohorts(ports.outcomes, an_act(at=CAME))
    found = await touchpoints_of(ports, an_act(manager, late), "S2", DAY)
    assert [(one.touchpoint.label, one.touchpoint.kind) for one in found] == [
        ("正门", TouchpointKind.DOOR),
        ("", TouchpointKind.GUIDE_CODE),
        ("会员日", TouchpointKind.STORE_CODE),
    ]
    assert [one.funnel.friends.count for one in found] == [0, 0, 1]
    [cluster] = await compare(ports, an_act(at=late), TouchpointKind.STORE_CODE, DAY)
    assert [one.funnel.entered for one in cluster.results] == [1]
    with pytest.raises(Invalid):
        await make_touchpoint(ports, an_act(), TouchpointKind.GUIDE_CODE, "码", order("G1", "S1"))


def wanted(**changes) -> WantedTest:
    fields = {
        "title": "门口海报",
        "kind": ArmsKind.MATERIAL,
        "outcome": ArmsOutcome.BOUGHT,
        "arms": (ArmOfTest(name="旧", weight=5_000), ArmOfTest(name="$新.", weight=5_000)),
        "looks": 2,
        "starts_on": DAY,
        "ends_on": "2026-12-02",
    }
    return WantedTest(**{**fields, **changes})


async def test_a_test_is_entered_once_and_looked_at_when_it_was_planned(base: Foundation):
    ports: TrialPorts = trial_ports(base)
    test = await make_test(ports, an_act(at=CAME - HOUR), wanted())
    visitors = [Viewer(id=f"v{n}", role=Role.VISITOR) for n in range(30)]
    arms = {one.id: (await enter_test(ports, an_act(one, CAME), test.id)).name for one in visitors}
    assert set(arms.values()) == {"旧", "$新."}
    # Who signs in, and comes as a member from then on, still meets the same.
    await follow(base, [signed_in(one.id, f"m{one.id}") for one in visitors])
    for one in visitors:
        member = Viewer(id=f"m{one.id}", role=Role.MEMBER)
        met = await enter_test(ports, an_act(member, CAME + 9 * A_DAY), test.id)
        assert met.name == arms[one.id]
    buyers = [one for one, arm in arms.items() if arm == "$新."]
    bought = [paid(f"o{one}", f"m{one}", CAME + HOUR, 900) for one in buyers]
    await follow(base, bought, n=100)
    assert (await cohort(base, test.id)).bought == len(buyers)
    assert await take_looks(ports, an_act(at=look_at(test, 1) - HOUR)) == 0
    due = look_at(test, 1)
    assert await take_looks(ports, an_act(at=due)) == 1
    assert await take_looks(ports, an_act(at=due)) == 0
    # What comes later changes nothing of what was seen.
    await follow(base, [paid("late", "mv1", CAME + HOUR, 100)], n=200)
    await cohort(base, test.id)
    found = await ports.tests.page(PageRequest())
    [look] = found.items[0].taken
    assert [one.entered for one in look.arms] == [30 - len(buyers), len(buyers)]
    assert [one.bought for one in look.arms] == [0, len(buyers)]
    assert (look.number, look.verdict) == (1, LookVerdict.DIFFERENT)
    # An alarm ends the test.
    assert await take_looks(ports, an_act(at=look_at(test, 2))) == 0
    with pytest.raises(WrongState):
        await enter_test(ports, an_act(Viewer(id="w", role=Role.VISITOR), LATER), test.id)
    with pytest.raises(NotFound):
        await enter_test(ports, an_act(visitors[0], CAME), "test_none")
    with pytest.raises(Forbidden):
        await enter_test(ports, an_act(at=CAME), test.id)
    one_arm = (ArmOfTest(name="旧", weight=10_000),)
    twice = (ArmOfTest(name="旧", weight=5_000), ArmOfTest(name="旧", weight=5_000))
    light = (ArmOfTest(name="旧", weight=5_000), ArmOfTest(name="新", weight=4_999))
    for wrong in (
        {"arms": one_arm},
        {"arms": twice},
        {"arms": light},
        {"looks": 6},
        {"looks": 0},
        {"starts_on": "2026-11-28"},
        {"ends_on": DAY},
        {"ends_on": "2027-11-29"},
        {"title": ""},
    ):
        with pytest.raises(Invalid):
            await make_test(ports, an_act(at=CAME), wanted(**wrong))


async def test_a_weekly_brief_says_what_changed_and_what_to_do(base: Foundation):
    monday = beijing("2026-11-23")
    facts = [a_part(f"p{n}", 1, "offered", monday) for n in range(20)]
    facts += [a_part(f"p{n}", 2, "rejected", monday) for n in range(5)]
    facts += [a_visit(f"v{n}", n, monday - 7 * A_DAY) for n in range(30)]
    facts += [a_visit(f"v{n}", 100 + n, monday) for n in range(12)]
    facts += [an_order("o1", monday, 900)]
    numbered = tuple(replace(one, n=n) for n, one in enumerate(facts, 1))
    await counted(base, Batch(facts=numbered, upto=len(numbered)))
    ports = board_ports(base, BoardNewsFromFacts())
    manager = Viewer(id="m", role=Role.STORE_MANAGER, store_id="S1", places=base.reference)
    brief = await weekly_brief(ports, an_act(manager), BoardScope.STORE, "S1", "2026-11-23")
    assert (brief.net, brief.net_before) == (900, 0)
    assert brief.advice == (Advice.CHECK_STOCK, Advice.SHARE_MORE)
    assert ("VISITS", 12, 30) in [(one.metric, one.now, one.before) for one in brief.changes]
    quiet = await weekly_brief(ports, an_act(manager), BoardScope.STORE, "S1", "2026-11-02")
    assert (quiet.changes, quiet.advice) == ((), (Advice.GO_ON,))
    with pytest.raises(Forbidden):
        await weekly_brief(ports, an_act(manager), BoardScope.BRAND, "", "2026-11-23")
    for scope, day in ((BoardScope.STORE, "2026-11-24"), (BoardScope.GUIDE, "2026-11-23")):
        with pytest.raises(Invalid):
            await weekly_brief(ports, an_act(), scope, "S1", day)
