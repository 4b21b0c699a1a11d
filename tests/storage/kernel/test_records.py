"""The book of what was done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Invalid
from domain.people.act import Act
from domain.people.viewer import Role, Viewer
from storage.mongo.kernel.database import Database
from storage.mongo.kernel.records import MongoRecords

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIN = Viewer(id=PersonId("staff_lin"), role=Role.EDITOR)
WEI = Viewer(id=PersonId("staff_wei"), role=Role.REVIEWER)
POST = Subject(kind="post", id="post_1")
numbers = count()


def a_record(action="postSubmit", subject=POST, *, viewer=LIN, before=None, after=None, at=NOON):
    act = Act(viewer=viewer, at=at, new_id=lambda kind: f"{kind}_{next(numbers):06}")
    return act.record(action, subject, before=before or {}, after=after or {})


def test_a_record_holds_only_what_changed():
    made = a_record(
        before={"state": "DRAFT", "title": "湖边", "gone": 1},
        after={"state": "IN_REVIEW", "title": "湖边", "new": None},
    )
    assert made.before == {"state": "DRAFT", "gone": 1}
    assert made.after == {"state": "IN_REVIEW", "new": None}


async def test_what_was_done_is_read_for_a_thing_and_for_a_person(database: Database):
    records: Records = MongoRecords(database)
    submit = a_record("postSubmit")
    approve = a_record("postApprove", viewer=WEI, at=NOON + timedelta(milliseconds=1))
    same_id = a_record("templateSave", Subject(kind="template", id="post_1"), viewer=WEI)
    await records.append(submit, approve, same_id)
    assert (await records.of_subject(POST, PageRequest())).items == [approve, submit]
    assert (await records.of_person(LIN.id, PageRequest())).items == [submit]
    assert (await records.of_person(WEI.id, PageRequest())).items == [approve, same_id]


async def test_records_of_one_moment_page_without_loss(database: Database):
    records = MongoRecords(database)
    await records.append(*(a_record(at=NOON) for _ in range(5)))
    first = await records.of_subject(POST, PageRequest(first=2))
    second = await records.of_subject(POST, PageRequest(first=2, after=first.cursors[-1]))
    third = await records.of_subject(POST, PageRequest(first=2, after=second.cursors[-1]))
    with pytest.raises(Invalid):
        await records.of_person(LIN.id, PageRequest(after=first.cursors[-1]))
    seen = [one.id for page in (first, second, third) for one in page.items]
    assert len(set(seen)) == len(seen) == first.total == 5
    assert (second.has_next, third.has_next) == (True, False)


async def test_a_whole_second_sorts_before_the_milliseconds_after_it(database: Database):
    records = MongoRecords(database)
    early, late = a_record(at=NOON), a_record(at=NOON + timedelta(milliseconds=500))
    await records.append(late, early)
    assert (await records.of_subject(POST, PageRequest())).items == [late, early]


async def test_a_record_is_never_written_over_and_others_beside_it_are_kept(database: Database):
    records = MongoRecords(database)
    made, other = a_record(after={"state": "IN_REVIEW"}), a_record("postApprove")
    await records.append(made)
    await records.append(replace(made, after={"state": "FORGED"}), other)
    assert (await records.of_subject(POST, PageRequest())).items == [other, made]
