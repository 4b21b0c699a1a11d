"""Learning over HTTP, in the order in which the page tells of it."""

from datetime import timedelta

import pytest

from domain.kernel.days import beijing_day
from domain.kernel.ids import PersonId
from domain.people.viewer import Role, Viewer
from qianmian.clock import now
from storage.mongo.kernel.database import Database
from tests.conftest import Service
from tests.support.content import EDITOR, GUIDE, HEAD_OFFICE, MANAGER, approved
from tests.support.documents import documents_of
from tests.support.sharing import LINK, a_shop
from tests.support.waiting import comes_to

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("statements")]
TRAINER = Viewer(id=PersonId("staff_trainer"), role=Role.TRAINER)
SHOWN = documents_of("learning.md")


async def run(service: Service, name: str, viewer: Viewer, **variables):
    [payload] = (await service.query(SHOWN[name], viewer, **variables)).data.values()
    assert not (isinstance(payload, dict) and payload.get("userErrors")), payload
    return payload


async def test_a_week_is_taught_asked_and_passed_from_the_manager_down(
    service: Service, database: Database
):
    await a_shop(service, database)
    post = (await approved(service, EDITOR, scenes=["INTERNAL"]))["id"]
    wanted = {"kind": "POST", "targetId": post, "scene": "INTERNAL"}
    shared = await service.query(LINK, GUIDE, input=wanted)
    assert shared.refused("shareLinkCreate")[0]["code"] == "INVALID"
    topic = (await run(service, "KeepTopic", TRAINER, post=post))["topic"]
    assert topic == {"id": "care", "version": 1, "posts": [{"id": post}]}
    early = await service.query(SHOWN["WriteExam"], TRAINER)
    assert early.refused("examCreate")[0]["field"] == ["input", "topics"]
    asked = []
    for text in ("怎么洗？", "怎么晒？", "怎么收？"):
        question = (await run(service, "WriteQuestion", TRAINER, text=text, key=text))["question"]
        own = await service.query(SHOWN["ApproveQuestion"], TRAINER, id=question["id"])
        assert own.refused("questionApprove")[0]["code"] == "FORBIDDEN"
        await run(service, "ApproveQuestion", HEAD_OFFICE, id=question["id"])
        asked.append(question["id"])
    other = await service.query(SHOWN["WriteQuestion"], TRAINER, text="怎么叠？", key="怎么收？")
    assert other.refused("questionCreate")[0]["code"] == "CONFLICT"
    exam = (await run(service, "WriteExam", TRAINER))["exam"]["id"]
    await run(service, "ApproveExam", HEAD_OFFICE, id=exam)
    # The week began eight days ago, so that its exam is open today.
    first = (beijing_day(now()) - timedelta(days=8)).isoformat()
    for role in ("STORE_MANAGER", "GUIDE"):
        sent = {"post": post, "exam": exam, "first": first, "role": role, "key": role}
        made = await run(service, "WriteMap", TRAINER, **sent)
        assert made == await run(service, "WriteMap", TRAINER, **sent)
        await run(service, "ApproveMap", HEAD_OFFICE, id=made["map"]["id"])
    opened = """mutation { staffOpen(input: {login: "s1-manager", name: "店长", role: STORE_MANAGER,
      storeId: "S1"}) { staff { id } userErrors { message } } }"""
    assert (await service.query(opened, HEAD_OFFICE)).data["staffOpen"]["userErrors"] == []

    async def states(viewer: Viewer) -> list[str]:
        [walked] = await run(service, "OwnLearning", viewer)
        return [one["state"] for one in walked["stops"]]

    async def read(viewer: Viewer) -> str:
        [walked] = await run(service, "OwnLearning", viewer)
        course = walked["map"]["course"]
        await run(service, "Begin", viewer, course=course)
        await run(service, "Read", viewer, course=course, post=post)
        return course

    assert await states(GUIDE) == ["OPEN", "BEFORE"]
    course = await read(GUIDE)
    assert await states(GUIDE) == ["DONE", "MANAGER"]

    well: list[str] = []

    async def sat(viewer: Viewer, course: str, right: int) -> dict:
        attempt = (await run(service, "Start", viewer, course=course))["attempt"]
        assert "right" not in str(attempt)
        for number, one in enumerate(attempt["questions"]):
            chosen = next(
                option["number"]
                for option in one["options"]
                if (option["text"] == "冷水手洗") == (number < right)
            )
            sent = {"id": attempt["id"], "question": one["id"], "options": [chosen]}
            kept = await run(service, "Answer", viewer, **sent)
            well.extend([one["id"]] * (number < right))
            assert kept["attempt"]["questions"][number]["chosen"] == [chosen]
        ended = (await run(service, "HandIn", viewer, id=attempt["id"]))["attempt"]
        assert ended == (await run(service, "HandIn", viewer, id=attempt["id"]))["attempt"]
        return ended["marks"][-1]

    assert (await sat(MANAGER, await read(MANAGER), 3))["passed"]
    assert await states(GUIDE) == ["DONE", "OPEN"]
    mark = await sat(GUIDE, course, 1)
    assert mark == {
        "percent": 33,
        "passed": False,
        "topics": [{"topic": "care", "asked": 3, "right": 1}],
    }
    assert await states(GUIDE) == ["DONE", "LEARN_AGAIN"]
    [walked] = await run(service, "OwnLearning", GUIDE)
    assert [one["id"] for one in walked["stops"][1]["readAgain"]] == [post]
    await run(service, "Read", GUIDE, course=course, post=post)
    assert (await sat(GUIDE, course, 2))["passed"]
    assert await states(GUIDE) == ["DONE", "DONE"]
    left = await run(service, "Again", HEAD_OFFICE, exam=exam, person=GUIDE.id)
    assert left["times"] == 0

    async def results() -> list[tuple]:
        found = await run(service, "Results", MANAGER, exam=exam)
        return [(one["topic"], one["asked"], one["right"]) for one in found]

    await comes_to([(None, 3, 2), ("care", 9, 6)], results)
    corrected = (await run(service, "Correct", TRAINER, id=asked[0]))["question"]
    assert corrected["right"] == [0, 2]
    # Nobody chose both: marked anew, none of them loses the pass.
    await comes_to([(None, 3, 2), ("care", 9, 6 - well.count(asked[0]))], results)
