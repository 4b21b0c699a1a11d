"""A week of the marketing calendar in the database: made twice, it is the same, by two at once."""

import asyncio
from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.audiences.segment_rules import Rule, RuleKind
from domain.audiences.segmenting import build_segments, save_segment
from domain.audiences.segments import Tag, TagDimension
from domain.audiences.tagging import define_tag, tag_member
from domain.catalogue.prices import PriceLine
from domain.journeys.entering import enter_members
from domain.journeys.journeys import JourneyEntry, JourneyEntryKind, ReEntry
from domain.journeys.marketing_dates import DateRule, Repeats
from domain.journeys.marketing_items import (
    ItemPart,
    ItemStage,
    MarketingItem,
    PartKind,
    StageOwner,
    Theme,
    moment_on,
)
from domain.journeys.planning_weeks import (
    advance_day,
    begin_week,
    compile_week,
    move_day,
    save_item,
    week_of,
)
from domain.journeys.steps import StepKind
from domain.journeys.week_collisions import collisions_of
from domain.kernel.days import beijing_day
from domain.kernel.paging import PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.messaging.channels import MessageChannel
from domain.people.viewer import Role, Viewer
from domain.sharing.share_links import ShareKind, ShareTarget
from qianmian.clock import now
from qianmian.wiring.journeys import planning_ports
from storage.mongo.kernel.database import Database
from tests.domain.journeys.builders import NOON, THREE, a_journey, a_message, a_plan, a_step
from tests.support.guiding import an_act, an_approved_template, as_guide, open_shops, some_work
from tests.support.journeys import CountingDoor, Journeying, a_journey_coupon, act_at
from tests.support.statements import looking_away

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
MEI = "member_mei"
EDITOR = Viewer(id="staff_lin", role=Role.EDITOR, department="brand")
ALL = PageRequest(first=100)


async def a_calendar(database: Database):
    """A Friday of each week: a task, a campaign, a journey for a segment and a price."""
    journeying = Journeying(database, CountingDoor())
    base = journeying.base
    tasks = await open_shops(base)
    traits = journeying.ports.traits
    with looking_away():
        await traits.book.opened()
    await journeying.join(MEI, at=NOON)
    await define_tag(traits, an_act(), Tag(code="vip", name="贵宾", dimension=TagDimension.BASIC))
    rule = Rule(kind=RuleKind.TAG, values=("vip",))
    segment = await save_segment(traits, an_act(), None, "贵宾", rule, expected=0)
    await build_segments(traits, an_act(at=now() + timedelta(seconds=9)))
    await tag_member(traits, an_act(), MEI, "vip", days=None)
    entry = JourneyEntry(kind=JourneyEntryKind.LIST, again=ReEntry.AGAIN)
    journey = a_journey(a_plan(*THREE, entry=entry, goals=()))
    await journeying.live(journey)
    ports = planning_ports(base, journeying.played.ports, tasks.sharing)
    ports = replace(ports, entering=replace(ports.entering, running=journeying.ports))
    today = beijing_day(now())
    item = MarketingItem(
        id="item_friday",
        title="周五超值",
        theme=Theme.BEST_VALUE,
        dates=DateRule(
            repeats=Repeats.WEEKLY,
            starts_on=today.isoformat(),
            weekday=(today + timedelta(days=2)).isoweekday(),
        ),
        roles=(Role.GUIDE,),
        owners=(StageOwner(stage=ItemStage.PREPARED, role=Role.EDITOR, days_before=1),),
        parts=(
            ItemPart(kind=PartKind.TASK, template_id=await an_approved_template(base, some_work())),
            ItemPart(kind=PartKind.CAMPAIGN, minute=600, hours=48),
            ItemPart(
                kind=PartKind.JOURNEY, minute=600, journey_id=journey.id, segment_id=segment.id
            ),
            ItemPart(
                kind=PartKind.PRICES,
                minute=600,
                lines=(PriceLine(sku="10001-NVY-M", amount=99_900),),
            ),
        ),
    )
    await save_item(ports, an_act(), item, expected=0)
    return journeying, ports, today, (today + timedelta(days=2))


async def made_of(database: Database) -> dict[str, int]:
    names = ("tasks", "campaigns", "price_changes", "journey_sweeps")
    return {name: await database[name].estimated_document_count() for name in names}


async def test_a_week_is_made_once_however_often_and_by_whomever(database: Database):
    journeying, ports, today, friday = await a_calendar(database)
    first, day = today.isoformat(), friday.isoformat()
    assert await compile_week(ports, an_act(), first) == []  # nobody has approved it
    assert (await advance_day(ports, an_act(), "item_friday", day)).stage is ItemStage.APPROVED
    answers = await asyncio.gather(*(compile_week(ports, an_act(), first) for _ in range(3)))
    # Whoever comes second is answered the same.
    targets = [[(one.target, one.refused) for one in answer] for answer in answers]
    assert targets[0] == targets[1] == targets[2]
    assert {refused for _, refused in targets[0]} == {None}
    other = an_act(Viewer(id="staff_other", role=Role.HEAD_OFFICE))
    again = [await compile_week(ports, other, first) for _ in range(2)]
    assert again[0] == again[1]
    assert [(one.kind, one.new, one.refused) for one in again[1]] == [
        (kind, False, None)
        for kind in (PartKind.TASK, PartKind.CAMPAIGN, PartKind.JOURNEY, PartKind.PRICES)
    ]
    with looking_away():
        assert set((await made_of(database)).values()) == {1}
        # As if it had been cut short before it was noted.
        await database["marketing_days"].update_many({}, {"$set": {"compiled": []}})
    remade = await compile_week(ports, other, first)
    assert [one.target for one in remade] == [one.target for one in again[1]]
    with looking_away():
        assert set((await made_of(database)).values()) == {1}
    # Who is in the segment when it is time enters, once.
    running = journeying.ports
    for minutes in (-1, 1, 2):
        at = moment_on(friday, 600) + timedelta(minutes=minutes)
        await enter_members(ports.entering, act_at(at))
    [run] = (await journeying.member(MEI)).runs
    assert run.key == f"item_friday:{day}:2"
    assert run.entered_at > moment_on(friday, 600)
    assert running is ports.entering.running


async def test_each_role_sees_its_week_and_only_owners_go_on(database: Database):
    _, ports, today, friday = await a_calendar(database)
    first, day = today.isoformat(), friday.isoformat()
    await begin_week(ports, an_act(), first)
    await begin_week(ports, an_act(), first)
    guide = as_guide("G1")
    mine = await week_of(ports, guide, first)
    assert "item_friday" in {one.item.id for one in mine}
    assert len(mine) == len({one.occurrence.id for one in mine}) == 7
    editors = await week_of(ports, an_act(), first, Role.EDITOR)
    [[(owner, by)]] = [one.deadlines for one in editors if one.item.id == "item_friday"]
    assert (owner.stage, by) == (ItemStage.PREPARED, friday - timedelta(days=1))
    assert await week_of(ports, an_act(), first, Role.FRANCHISEE) == []
    with pytest.raises(Forbidden):
        await advance_day(ports, an_act(EDITOR), "item_friday", day)
    for viewer in (None, EDITOR):
        await advance_day(ports, an_act(viewer) if viewer else an_act(), "item_friday", day)
    with pytest.raises(Forbidden):
        await advance_day(ports, an_act(EDITOR), "item_friday", day)
    for _ in range(2):
        await advance_day(ports, an_act(), "item_friday", day)
    with pytest.raises(WrongState):
        await advance_day(ports, an_act(), "item_friday", day)
    with pytest.raises(NotFound):
        await advance_day(ports, an_act(), "item_friday", first)


async def test_what_would_be_too_much_is_shown_before_anything_is_made(database: Database):
    _, ports, today, friday = await a_calendar(database)
    first, day = today.isoformat(), friday.isoformat()
    found = await collisions_of(ports, an_act(), first)
    # Three messages of one journey on one day are more than the two that a member may have.
    assert [one.on for one in found] == [friday]
    assert "may be told 2 a day" in found[0].what
    item = await ports.book.by_id("item_friday")
    twin = replace(item, id="item_twin", version=1)
    await save_item(ports, an_act(), twin, expected=0)
    said = " ".join(one.what for one in await collisions_of(ports, an_act(), first))
    assert "10001-NVY-M gets 2 prices at the same moment" in said
    assert "may be told 5 a week" in said
    later = (friday + timedelta(days=1)).isoformat()
    moved = await move_day(ports, an_act(), "item_twin", day, later, expected=1)
    assert moved.moved == {day: later}
    said = " ".join(one.what for one in await collisions_of(ports, an_act(), first))
    assert "prices" not in said
    # On Saturday it is too much because of Friday, in whichever week one looks at it.
    for begins in (first, later):
        too_much = [
            one.on
            for one in await collisions_of(ports, an_act(), begins)
            if "is told 6 in seven days" in one.what
        ]
        assert friday + timedelta(days=1) in too_much
    next_week = date.fromisoformat(day) + timedelta(days=7)
    week = await week_of(ports, an_act(), next_week.isoformat())
    assert {one.on for one in week} == {next_week}
    with pytest.raises(Invalid):
        await save_item(
            ports, an_act(), replace(twin, parts=(ItemPart(kind=PartKind.TASK),)), expected=2
        )


async def test_a_month_of_group_sends_and_coupons_that_do_not_suffice_are_shown(
    database: Database,
):
    journeying, ports, today, friday = await a_calendar(database)
    offer = await a_journey_coupon(journeying.base, total=1)
    played = journeying.played
    await played.template(MessageChannel.GUIDE, id="by_hand", text="好")
    sends = [a_message(f"m{n}", f"m{n + 1}", purpose="SERVICE") for n in range(31)]
    sends = [replace(one, template="by_hand") for one in sends]
    gift = a_step("m31", StepKind.COUPON, offer_id=offer)
    entry = JourneyEntry(kind=JourneyEntryKind.LIST, again=ReEntry.AGAIN)
    plan = a_plan(*sends, gift, entry=entry, goals=())
    await journeying.live(a_journey(plan, id="journey_loud"))
    item = await ports.book.by_id("item_friday")
    # The item says whom it is for, and the part nothing else.
    part = ItemPart(kind=PartKind.JOURNEY, journey_id="journey_loud")
    for one in ("item_one", "item_two"):
        loud = replace(item, id=one, segment_id=item.parts[2].segment_id, parts=(part,), version=1)
        await save_item(ports, an_act(), loud, expected=0)
    said = [(one.on, one.what) for one in await collisions_of(ports, an_act(), today.isoformat())]
    month = f"{friday:%Y-%m}"
    most = monthrange(friday.year, friday.month)[1]
    assert (friday, f"贵宾 gets more by guides than the {most} that {month} allows.") in said
    assert (friday, f"{offer} is for 2 members by then; 1 are left.") in said
    with pytest.raises(Invalid):  # of nobody
        await save_item(ports, an_act(), replace(loud, segment_id=None), expected=1)


async def test_parts_keep_their_keys_and_materials_are_those_that_there_are(database: Database):
    _, ports, today, friday = await a_calendar(database)
    first, day = today.isoformat(), friday.isoformat()
    await advance_day(ports, an_act(), "item_friday", day)
    made = {one.part: one.target for one in await compile_week(ports, an_act(), first)}
    item = await ports.book.by_id("item_friday")
    coat = ShareTarget(kind=ShareKind.PRODUCT, id="10001")
    new = ItemPart(kind=PartKind.CAMPAIGN, minute=720)
    # Put before the others, and one of them changed: what was made stays what it is.
    task, *others, prices = item.parts
    parts = (new, *others, replace(prices, minute=700), replace(task, key=""))
    item = replace(item, parts=parts, materials=(coat,))
    saved = await save_item(ports, an_act(), item, expected=1)
    assert [one.key for one in saved.parts] == ["4", "1", "2", "3", "0"]
    again = await compile_week(ports, an_act(), first)
    assert [one.part.rpartition(":")[2] for one in again if one.new] == ["4"]
    assert {one.part: one.target for one in again if not one.new} == made
    [mine] = [one for one in await week_of(ports, as_guide("G1"), first) if one.occurrence.compiled]
    assert mine.item.materials == (coat,)
    for strange in (
        ShareTarget(kind=ShareKind.PRODUCT, id="none"),
        ShareTarget(kind=ShareKind.POST, id="none"),
        ShareTarget(kind=ShareKind.CAMPAIGN, id="none"),
        ShareTarget(kind=ShareKind.STOREFRONT, id="S1"),
    ):
        with pytest.raises(Invalid):
            await save_item(ports, an_act(), replace(item, materials=(strange,)), expected=2)
