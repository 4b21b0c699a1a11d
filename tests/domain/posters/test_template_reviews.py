"""The reviews of poster templates, and the life of a batch."""

from dataclasses import replace

import pytest

from domain.kernel.refusals import Forbidden, Invalid, NotFound, WrongState
from domain.kernel.states import Cause
from domain.kernel.version_reviews import VersionState
from domain.posters import template_reviews as reviews
from domain.posters.batches import BATCH, BatchState
from domain.posters.template_reviews import TemplateId
from domain.sharing.share_links import ShareKind
from tests.support.builders import NOON

DESIGNER = Cause(actor="staff_lin", at=NOON)
REVIEWER = Cause(actor="staff_zhou", at=NOON)
REJECTION = replace(REVIEWER, reason="字太小")


def a_template(**changes):
    fields = {"name": "单品推荐", "kinds": frozenset({ShareKind.PRODUCT}), "design": {}, **changes}
    return reviews.begin(TemplateId("template_1"), **fields, cause=DESIGNER)


def in_state(state: VersionState):
    """A template whose first version is in a state, by the way that leads there."""
    template = a_template()
    if state is VersionState.DRAFT:
        return template
    template = reviews.submit(template, 1, DESIGNER)
    if state is VersionState.REJECTED:
        return reviews.reject(template, 1, REJECTION)
    if state in {VersionState.APPROVED, VersionState.WITHDRAWN}:
        template = reviews.approve(template, 1, REVIEWER)
    return reviews.withdraw(template, 1) if state is VersionState.WITHDRAWN else template


STEPS = {
    VersionState.IN_REVIEW: lambda one: reviews.submit(one, 1, DESIGNER),
    VersionState.APPROVED: lambda one: reviews.approve(one, 1, REVIEWER),
    VersionState.REJECTED: lambda one: reviews.reject(one, 1, REJECTION),
    VersionState.WITHDRAWN: lambda one: reviews.withdraw(one, 1),
}


@pytest.mark.parametrize("state", list(VersionState))
def test_every_state_can_be_reached(state):
    assert in_state(state).numbered(1).state is state


@pytest.mark.parametrize("to", list(STEPS))
@pytest.mark.parametrize("state", list(VersionState))
def test_a_step_is_taken_where_the_table_allows_it_and_refused_elsewhere(state, to):
    template = in_state(state)
    if to in reviews.TEMPLATE_REVIEW.next[state]:
        moved = STEPS[to](template)
        assert moved.numbered(1).state is to
        assert moved.version == template.version + 1
    else:
        with pytest.raises(WrongState, match="can't become"):
            STEPS[to](template)


def test_nobody_approves_their_own_design():
    with pytest.raises(Forbidden):
        reviews.approve(reviews.submit(a_template(), 1, DESIGNER), 1, DESIGNER)


def test_nobody_approves_a_design_that_they_submitted_for_somebody_else():
    submitted = reviews.submit(a_template(), 1, REVIEWER)
    with pytest.raises(Forbidden, match="submitted"):
        reviews.approve(submitted, 1, REVIEWER)
    third = replace(REVIEWER, actor="staff_wu")
    assert reviews.approve(submitted, 1, third).approved() is not None


def test_the_newest_approved_version_is_used_until_a_newer_one_is():
    template = reviews.revise(in_state(VersionState.APPROVED), {}, DESIGNER)
    assert template.approved().number == 1
    template = reviews.submit(template, 2, DESIGNER)
    assert template.approved().number == 1
    template = reviews.approve(template, 2, REVIEWER)
    assert template.approved().number == 2
    assert reviews.withdraw(template, 2).approved().number == 1


def test_a_template_has_a_name_a_purpose_and_numbered_versions():
    for name in ("", " ", "x" * 61):
        with pytest.raises(Invalid, match="Name the template"):
            a_template(name=name)
    with pytest.raises(Invalid, match="which kinds"):
        a_template(kinds=frozenset())
    for number in (0, 2):
        with pytest.raises(NotFound, match="has 1 versions"):
            a_template().numbered(number)


def test_a_batch_ends_in_one_of_three_ways_and_stays_so():
    reachable = BATCH.next[BatchState.RUNNING]
    assert reachable == set(BatchState) - {BatchState.RUNNING}
    assert all(BATCH.next[state] == frozenset() for state in reachable)
