"""What an act leaves behind: causes of steps, and records."""

from datetime import UTC, datetime
from itertools import count

from domain.kernel.ids import PersonId
from domain.kernel.records import Subject
from domain.kernel.states import SYSTEM, Cause
from domain.people.act import Act, by_the_clock
from domain.people.actions import RIGHTS
from domain.people.viewer import Role, Viewer

NOW = datetime(2026, 11, 1, tzinfo=UTC)
EDITOR = Viewer(id=PersonId("staff_1"), role=Role.EDITOR)
POST = Subject(kind="post", id="post_1")


def an_act() -> Act:
    numbers = count(1)
    return Act(viewer=EDITOR, at=NOW, new_id=lambda kind: f"{kind}_{next(numbers)}")


def test_a_step_remembers_who_when_and_why():
    assert an_act().cause("Misspelt.") == Cause(actor="staff_1", at=NOW, reason="Misspelt.")


def test_a_record_has_only_what_changed():
    before = {"title": "雪", "tags": ["冬"], "gone": 1}
    after = {"title": "霜", "tags": ["冬"], "new": None}
    record = an_act().record("postChange", POST, before=before, after=after)
    assert (record.id, record.at, record.action) == ("record_1", NOW, "postChange")
    assert (record.actor_id, record.actor_role) == ("staff_1", Role.EDITOR)
    assert record.subject == POST
    assert record.before == {"title": "雪", "gone": 1}
    assert record.after == {"title": "霜", "new": None}


def test_what_is_new_has_no_before_and_what_is_deleted_no_after():
    made = an_act().record("postDeposit", POST, before={}, after={"title": "雪"})
    gone = an_act().record("postDelete", POST, before={"title": "雪"}, after={})
    assert (made.before, made.after) == ({}, {"title": "雪"})
    assert (gone.before, gone.after) == ({"title": "雪"}, {})


def test_the_clock_acts_as_the_service_and_may_do_what_head_office_may():
    act = by_the_clock(NOW, lambda kind: f"{kind}_1")
    assert all(act.viewer.may(one) for one in RIGHTS if RIGHTS[one].lets(Role.HEAD_OFFICE))
    assert act.cause() == Cause(actor=SYSTEM, at=NOW)
