"""What a certificate opens over HTTP, from the exam that gives it to whatever takes it away."""

from datetime import timedelta

import pytest

from domain.kernel.days import beijing_day
from domain.learning.exams import TopicCount
from domain.people.viewer import Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.api.guiding.test_tasks import published
from tests.api.guiding.test_tasks import run as run_task
from tests.api.learning.test_learning import run
from tests.conftest import Service
from tests.support.content import GUIDE, HEAD_OFFICE, MANAGER, MEMBER
from tests.support.foundations import a_foundation
from tests.support.learning import a_map, an_exam, keep
from tests.support.sharing import EDITOR, a_shop
from tests.support.statements import looking_away
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
ERRORS = "userErrors { code field message }"
OFFER = f"""mutation {{ bookableServiceSet(input: {{id: "care", name: "护理咨询", lengthMin: 30,
  certificate: "down-care"}}) {{ service {{ id }} {ERRORS} }} }}"""
SHIFTS = f"""mutation($guide: ID!) {{ advisorSet(guideId: $guide, shifts: "09:00-21:00",
  serviceIds: ["care"]) {{ advisor {{ shifts }} {ERRORS} }} }}"""
SLOTS = """query($day: String!) { bookingSlots(serviceId: "care", storeId: "S1", day: $day) {
  startsAt advisors { id } } }"""
HOLD = f"""mutation($at: DateTime!, $who: ID!, $key: String!) {{ bookingHold(
  input: {{serviceId: "care", storeId: "S1", startsAt: $at, advisorId: $who}}
  idempotencyKey: $key) {{
  booking {{ advisor {{ id }} }} {ERRORS} }} }}"""
WRITE = f"""mutation {{ taskTemplateCreate(input: {{title: "讲讲护理", text: "", proof: VISITORS,
  target: 1, coins: 5, certificate: "down-care",
  content: {{kind: PRODUCT, targetId: "10001", scene: MOMENTS}}}}, idempotencyKey: "care") {{
  template {{ id }} {ERRORS} }} }}"""
CORRECT = f"""mutation($id: ID!, $right: [Int!]!) {{ questionCorrect(id: $id, right: $right,
  reason: "写反了", takePassesAway: true) {{ question {{ right }} {ERRORS} }} }}"""
WITHDRAW = f"""mutation {{ examWithdraw(id: "exam_1") {{ exam {{ state }} {ERRORS} }} }}"""


async def done(service: Service, text: str, viewer: Viewer, **variables):
    [payload] = (await service.query(text, viewer, **variables)).data.values()
    assert payload["userErrors"] == [], payload
    return payload


async def passes(service: Service, viewer: Viewer) -> list[tuple[str, int]]:
    """Sit the exam and answer all of it well; the questions with what is right."""
    attempt = (await run(service, "Start", viewer, course="map_1"))["attempt"]
    said = [(one["id"], int(one["id"].rpartition("_")[2]) % 4) for one in attempt["questions"]]
    for question, right in said:
        sent = {"id": attempt["id"], "question": question, "options": [right]}
        await run(service, "Answer", viewer, **sent)
    ended = (await run(service, "HandIn", viewer, id=attempt["id"]))["attempt"]
    assert ended["marks"][-1]["passed"]
    return said


async def test_a_service_and_a_task_are_for_those_alone_who_hold_the_certificate(
    service: Service, database: Database
):
    shop = await a_shop(service, database)
    asked = (TopicCount(topic="care", questions=2),)
    exam = an_exam(topics=asked, certificate="down-care", months=12, pass_percent=100)
    today = beijing_day(now())
    began = (today - timedelta(days=1)).isoformat()
    await keep(a_foundation(database), exam, maps=(a_map(starts_on=began),))
    await done(service, OFFER, HEAD_OFFICE)
    for guide in ("G1", "G2"):
        await done(service, SHIFTS, MANAGER, guide=guide)
    template = (await done(service, WRITE, EDITOR))["template"]["id"]
    await run_task(service, "ApproveTask", HEAD_OFFICE, id=template)
    task = await published(service, template)
    later = (today + timedelta(days=2)).isoformat()

    async def slots() -> list[dict]:
        return (await service.query(SLOTS, day=later)).data["bookingSlots"]

    async def opened() -> tuple[set[str], int]:
        """Who can be booked, and how many tasks the guide who passes has."""
        advisors = {who["id"] for slot in await slots() for who in slot["advisors"]}
        return advisors, len(await run_task(service, "OwnTasks", GUIDE))

    async def told() -> int:
        return (await run_task(service, "HowFar", HEAD_OFFICE, task=task["id"]))["guides"]

    await comes_to(2, told)
    assert await opened() == (set(), 0)
    said = await passes(service, GUIDE)
    await comes_to(({"G1"}, 1), opened)
    at = (await slots())[0]["startsAt"]
    other = await service.query(HOLD, MEMBER, at=at, who="G2", key="one")
    assert other.refused("bookingHold")
    held = await done(service, HOLD, MEMBER, at=at, who="G1", key="two")
    assert held["booking"]["advisor"]["id"] == "G1"
    [copy] = await run_task(service, "OwnTasks", GUIDE)
    visitor = {"cookie": "qm_visitor=" + 32 * "7", "accept": "application/json"}
    assert (await shop.get(copy["url"], **visitor)).status_code == 200

    async def state() -> str | None:
        return (await run_task(service, "OwnTasks", GUIDE))[0]["state"]

    await comes_to("DONE", state)

    async def age(by: timedelta) -> None:
        """Let the pass be older."""
        with looking_away():
            found = await database["exam_attempts"].find_one({"passed": True})
            was = {"$set": {"handed_in_at": found["handed_in_at"] - by}}
            await database["exam_attempts"].update_one({"_id": found["_id"]}, was)

    # It holds for twelve months.
    await age(timedelta(days=420))
    await comes_to((set(), 0), opened)
    await age(timedelta(days=-420))
    await comes_to(({"G1"}, 1), opened)
    # An answer that was not right after all takes the pass away, and gives it back.
    question, right = said[0]
    for numbers, expected in (([(right + 1) % 4], (set(), 0)), ([right], ({"G1"}, 1))):
        await done(service, CORRECT, HEAD_OFFICE, id=question, right=numbers)
        await comes_to(expected, opened)
    # To end the exam is to end its certificates.
    await done(service, WITHDRAW, HEAD_OFFICE)
    await comes_to((set(), 0), opened)
