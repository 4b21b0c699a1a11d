"""Schedules and campaigns, by a clock that the test moves."""

from datetime import datetime, timedelta, timezone

import anyio
import pytest

from domain.content import campaigns, finding, planning
from domain.content.campaigns import CampaignState
from domain.content.scenes import Scene
from domain.content.searches import PostFilter, PostOrder
from domain.content.tending import tend_calendar
from domain.kernel.paging import PageRequest
from domain.people.act import by_the_clock
from qianmian import composition
from qianmian.clock import new_id, repeating
from qianmian.wiring.content import content_jobs, content_ports
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.cases import one_after_the_other
from tests.support.content import (
    APPROVE,
    EDITOR,
    ERRORS,
    GUIDE,
    REVIEWER,
    SUBMIT,
    an_act,
    approved,
    deposited,
    do,
    found,
)
from tests.support.foundations import a_foundation

pytestmark = pytest.mark.anyio

CAMPAIGN = "campaign { id state posts { postId ready } }"
PLAN = f"""mutation($name: String!, $startsAt: DateTime!, $endsAt: DateTime) {{
  campaignPlan(name: $name, startsAt: $startsAt, endsAt: $endsAt) {{ {CAMPAIGN} {ERRORS} }} }}"""
ADD = f"""mutation($id: ID!, $postId: ID!) {{
  campaignAdd(id: $id, postId: $postId) {{ {CAMPAIGN} {ERRORS} }} }}"""
MOVE = f"""mutation($id: ID!, $startsAt: DateTime!) {{
  campaignMove(id: $id, startsAt: $startsAt) {{ {CAMPAIGN} {ERRORS} }} }}"""
CANCEL = f"mutation($id: ID!) {{ campaignCancel(id: $id) {{ {CAMPAIGN} {ERRORS} }} }}"
SCHEDULE = f"""mutation($id: ID!, $publishAt: DateTime, $retireAt: DateTime) {{
  postSchedule(id: $id, publishAt: $publishAt, retireAt: $retireAt) {{
    post {{ id version showing {{ startsAt endsAt }} }} {ERRORS} }} }}"""
RECORDS = """query($id: ID!) { recordsOf(kind: "post", id: $id, first: 50) {
  nodes { action at } } }"""


@pytest.fixture
def bank(database: Database):
    return content_ports(a_foundation(database))


async def seen(bank, now):
    """The titles that a guide finds at a moment."""
    act = an_act(GUIDE, now)
    page = await finding.find(bank, act, PostFilter(), PostOrder.NEWEST, PageRequest())
    return sorted(one.revision.content.title for one in page.items)


async def a_campaign(service, start, *titles, **times):
    planned = await do(service, PLAN, EDITOR, name="双十一", startsAt=start.isoformat(), **times)
    posts = []
    for title in titles:
        post = await held(service, title)
        await do(service, ADD, EDITOR, id=planned["campaign"]["id"], postId=post["id"])
        posts.append(post)
    return planned["campaign"]["id"], posts


async def held(service, title):
    """A post approved, to be published in a year."""
    post = await deposited(service, title=title)
    later = (composition.now() + timedelta(days=365)).isoformat()
    await do(service, SCHEDULE, EDITOR, id=post["id"], publishAt=later)
    await do(service, SUBMIT, EDITOR, id=post["id"])
    await do(
        service,
        APPROVE,
        REVIEWER,
        id=post["id"],
        scenes=["MOMENTS"],
        hash=post["revision"]["hash"],
    )
    return post


async def test_a_campaigns_posts_appear_together_at_its_start_and_leave_at_its_end(
    service: Service, bank
):
    start = composition.now() + timedelta(hours=2)
    end = start + timedelta(hours=1)
    await a_campaign(service, start, "甲", "乙", endsAt=end.isoformat())
    instant = timedelta(milliseconds=1)
    assert await seen(bank, start - instant) == []
    assert await seen(bank, start) == ["乙", "甲"]
    assert await seen(bank, end - instant) == ["乙", "甲"]
    assert await seen(bank, end) == []


async def test_several_processes_record_what_time_brought_exactly_once(service: Service, bank):
    start = composition.now() + timedelta(hours=2)
    _, posts = await a_campaign(service, start, "甲", "乙")
    after = start + timedelta(minutes=1)
    async with anyio.create_task_group() as tasks:
        for _ in range(4):

            async def tend():
                await tend_calendar(bank, by_the_clock(after, new_id))

            tasks.start_soon(tend)
    await tend_calendar(bank, by_the_clock(after, new_id))
    for post in posts:
        answer = await service.query(RECORDS, EDITOR, id=post["id"])
        actions = [one["action"] for one in answer.data["recordsOf"]["nodes"]]
        assert actions.count("postPublish") == 1


async def test_a_move_that_was_cut_short_is_finished_by_whoever_comes_next(
    service: Service, bank, database: Database
):
    start = composition.now() + timedelta(hours=2)
    campaign_id, _ = await a_campaign(service, start, "甲", "乙")
    campaign = await bank.campaigns.by_id(campaign_id)
    later = start + timedelta(hours=5)
    moved = campaigns.move(campaign, later, None, now=composition.now())
    await bank.campaigns.save(moved, expected=campaign.version)
    assert await seen(bank, start) == ["乙", "甲"]
    await tend_calendar(bank, by_the_clock(composition.now(), new_id))
    assert await seen(bank, start) == []
    assert await seen(bank, later) == ["乙", "甲"]


async def test_whoever_starts_finishes_such_a_move_before_it_serves(service: Service, bank):
    start = composition.now() + timedelta(hours=2)
    campaign_id, _ = await a_campaign(service, start, "甲", "乙")
    campaign = await bank.campaigns.by_id(campaign_id)
    moved = campaigns.move(campaign, start + timedelta(hours=5), None, now=composition.now())
    await bank.campaigns.save(moved, expected=campaign.version)
    assert await seen(bank, start) == ["乙", "甲"]
    [tending, *_] = content_jobs(bank, None)
    async with repeating(tending):
        assert await seen(bank, start) == []


async def test_a_cancelled_campaigns_posts_are_held_back_until_scheduled_anew(
    service: Service, bank
):
    start = composition.now() + timedelta(hours=2)
    campaign_id, [post] = await a_campaign(service, start, "甲")
    cancelled = (await do(service, CANCEL, EDITOR, id=campaign_id))["campaign"]
    assert cancelled["state"] == CampaignState.CANCELLED
    assert await seen(bank, start + timedelta(days=800)) == []
    await do(service, SCHEDULE, EDITOR, id=post["id"])
    assert await found(service, GUIDE) == ["甲"]


async def test_a_campaign_can_not_begin_in_the_past_nor_take_what_is_on_show(service: Service):
    past = (composition.now() - timedelta(hours=1)).isoformat()
    answer = await service.query(PLAN, EDITOR, name="双十一", startsAt=past)
    assert answer.refused("campaignPlan")[0]["field"] == ["startsAt"]
    start = composition.now() + timedelta(hours=2)
    campaign_id, _ = await a_campaign(service, start)
    post = await approved(service)
    answer = await service.query(ADD, EDITOR, id=campaign_id, postId=post["id"])
    assert answer.refused("campaignAdd")[0]["code"] == "WRONG_STATE"


async def test_a_post_says_whether_it_is_ready_for_its_campaign(service: Service):
    campaign_id, [ready] = await a_campaign(service, composition.now() + timedelta(hours=2), "甲")
    one = f"query($id: ID!) {{ {CAMPAIGN.replace('{', '(id: $id) {', 1)} }}"
    planned = (await service.query(one, EDITOR, id=campaign_id)).data["campaign"]
    assert planned["posts"] == [{"postId": ready["id"], "ready": True}]
    assert (await service.query(one, EDITOR, id="campaign_none")).data["campaign"] is None
    assert (await service.query(one, GUIDE, id=campaign_id)).errors
    draft = await deposited(service, title="乙")
    answer = await do(service, ADD, EDITOR, id=campaign_id, postId=draft["id"])
    assert answer["campaign"]["posts"] == [
        {"postId": ready["id"], "ready": True},
        {"postId": draft["id"], "ready": False},
    ]


async def test_a_retired_post_leaves_at_its_time(service: Service, bank):
    post = await approved(service)
    end = composition.now() + timedelta(hours=3)
    await do(service, SCHEDULE, EDITOR, id=post["id"], retireAt=end.isoformat())
    assert await seen(bank, end - timedelta(milliseconds=1)) == [post["revision"]["title"]]
    assert await seen(bank, end) == []
    usable = finding.usable
    act, ended = an_act(GUIDE, composition.now()), an_act(GUIDE, end)
    assert await usable(bank, act, post["id"], Scene.MOMENTS)
    assert await usable(bank, ended, post["id"], Scene.MOMENTS) is None
    assert await usable(bank, act, post["id"], Scene.COMMUNITY) is None


async def test_one_moment_in_three_spellings_is_one_moment_in_every_process(
    service: Service, database: Database
):
    start = (composition.now() + timedelta(hours=2)).replace(microsecond=0)
    beijing = start.astimezone(timezone(timedelta(hours=8)))
    spellings = (
        beijing.isoformat(),
        f"{start:%Y-%m-%dT%H:%M:%S}Z",
        f"{start:%Y-%m-%dT%H:%M:%S}.000Z",
    )
    posts = []
    for title, publish_at in zip("甲乙丙", spellings, strict=True):
        post = await held(service, title)
        await do(service, SCHEDULE, EDITOR, id=post["id"], publishAt=publish_at)
        posts.append(post)
    processes = [content_ports(a_foundation(database)) for _ in range(3)]
    for bank in processes:
        assert await seen(bank, start - timedelta(milliseconds=1)) == []
        assert await seen(bank, start) == ["丙", "乙", "甲"]
    for bank, late in zip(processes, (0, 1, 300), strict=True):
        await tend_calendar(bank, by_the_clock(start + timedelta(seconds=late), new_id))
    for post in posts:
        answer = await service.query(RECORDS, EDITOR, id=post["id"])
        published = [
            one["at"] for one in answer.data["recordsOf"]["nodes"] if one["action"] == "postPublish"
        ]
        assert [datetime.fromisoformat(at) for at in published] == [start]


async def test_a_campaign_moved_half_a_minute_before_is_seen_early_by_nobody(
    service: Service, database: Database
):
    start = composition.now() + timedelta(hours=2)
    campaign_id, _ = await a_campaign(service, start, "甲", "乙")
    first, second = (content_ports(a_foundation(database)) for _ in range(2))
    act, later = an_act(EDITOR, start - timedelta(seconds=30)), start + timedelta(hours=1)
    await planning.move_campaign(first, act, campaign_id, later, None)
    for bank in (first, second):
        await tend_calendar(bank, by_the_clock(start, new_id))
        assert await seen(bank, start) == []
        assert await seen(bank, later - timedelta(milliseconds=1)) == []
        assert await seen(bank, later) == ["乙", "甲"]


@one_after_the_other(
    "publish_in, retire_in, code",
    [(2, 1, "WRONG_STATE"), (2, 2, "WRONG_STATE"), (None, -1, "INVALID"), (-2, -1, "INVALID")],
)
async def test_times_in_the_wrong_order_are_refused(service: Service, publish_in, retire_in, code):
    post = await held(service, "甲")
    now = composition.now()
    moments = [
        hours and (now + timedelta(hours=hours)).isoformat() for hours in (publish_in, retire_in)
    ]
    sent = {"id": post["id"], "publishAt": moments[0], "retireAt": moments[1]}
    answer = await service.query(SCHEDULE, EDITOR, **sent)
    assert answer.refused("postSchedule")[0]["code"] == code


async def test_a_time_to_go_on_show_that_has_come_is_at_once(service: Service):
    post = await held(service, "甲")
    earlier = (composition.now() - timedelta(hours=2)).isoformat()
    await do(service, SCHEDULE, EDITOR, id=post["id"], publishAt=earlier)
    assert await found(service, GUIDE) == ["甲"]


APPEARS = """query($since: DateTime!, $until: DateTime!) {
  posts(filter: { appears: { since: $since, until: $until } }) {
    nodes { revision { title } schedule { publishAt held inCampaign } showings { startsAt } } } }"""


async def test_a_month_of_the_calendar_has_what_appears_in_it_approved_or_not(service: Service):
    start = composition.now() + timedelta(days=40)
    campaign_id, _ = await a_campaign(service, start, "甲")
    draft = await deposited(service, title="乙")
    later = start + timedelta(days=1)
    await do(service, SCHEDULE, EDITOR, id=draft["id"], publishAt=later.isoformat())
    await held(service, "丙")

    async def month(since, until, viewer=EDITOR):
        sent = {"since": since.isoformat(), "until": until.isoformat()}
        answer = await service.query(APPEARS, viewer, **sent)
        if "errors" in answer.body:
            return answer.errors
        nodes = answer.data["posts"]["nodes"]
        return {one["revision"]["title"]: one for one in nodes}

    both = await month(start, later + timedelta(seconds=1))
    assert both.keys() == {"甲", "乙"}
    assert both["甲"]["schedule"]["inCampaign"]
    assert len(both["甲"]["showings"]) == 1
    assert both["乙"]["showings"] == []
    assert (await month(start, later)).keys() == {"甲"}  # the end is left out
    [refusal] = await month(start, later, GUIDE)
    assert refusal["extensions"]["code"] == "FORBIDDEN"
    await do(service, CANCEL, EDITOR, id=campaign_id)
    assert (await month(start, later)).keys() == set()
