"""A number that gets a new owner, and members whom a till brought."""

from datetime import timedelta

import pytest

from domain.kernel.refusals import Conflict, Forbidden
from domain.members.identifying import (
    block,
    phone_naming,
    set_phone,
    sign_in_by_phone,
    sign_in_by_wechat,
    unblock,
)
from domain.members.merges import MergeKind
from domain.members.merging import undo
from tests.support.builders import NOON
from tests.support.members import HEAD_OFFICE, an_act, at_the_till, done, in_memory

PHONE = "13800138000"


def wechat(ports, code, at=NOON):
    return done(sign_in_by_wechat(ports, an_act(at), code)).viewer


def by_phone(ports, code, at=NOON, phone=PHONE):
    return done(sign_in_by_phone(ports, an_act(at), phone, code)).viewer


def holder(ports, phone=PHONE):
    naming = phone_naming(ports, phone, [])
    return ports.identities.all[naming.id].member_id


def test_after_long_silence_the_number_is_the_new_owners_and_nothing_else_is():
    ports = in_memory()
    old = by_phone(ports, "o1/u1")
    later = NOON + timedelta(days=400)
    new = by_phone(ports, "o2/u2", later)
    assert new.id != old.id
    assert holder(ports) == new.id
    # Whoever had it keeps their member by WeChat, without a number.
    assert wechat(ports, "o1/u1", later) == old
    [released] = [one for one in ports.merges.all.values() if one.kind is MergeKind.RELEASE]
    assert (released.loser, released.survivor) == (old.id, new.id)
    done(undo(ports, an_act(later, HEAD_OFFICE), released.id))
    assert holder(ports) == old.id


def test_after_short_silence_nobody_gets_it_and_people_are_asked_once():
    ports = in_memory()
    old = by_phone(ports, "o1/u1")
    for _ in range(2):
        with pytest.raises(Conflict):
            by_phone(ports, "o2/u2", NOON + timedelta(days=5))
    assert holder(ports) == old.id
    [conflict] = ports.conflicts.all.values()
    assert (conflict.holder, conflict.claimant) == (old.id, None)
    # They may join all the same.
    assert wechat(ports, "o2/u2", NOON + timedelta(days=5)).id != old.id


def test_the_same_unionid_is_the_same_person_however_long_they_were_away():
    ports = in_memory()
    old = by_phone(ports, "o1/u1")
    assert by_phone(ports, "o2/u1", NOON + timedelta(days=400)) == old


def test_a_member_of_a_till_is_known_by_wechat_once_they_prove_the_number():
    ports = in_memory()
    till = done(at_the_till(ports, NOON, "+86 138 0013 8000"))
    assert by_phone(ports, "o1/u1").id == till
    assert wechat(ports, "o1/u1").id == till


def test_a_wechat_member_who_proves_a_tills_number_is_one_with_it():
    ports = in_memory()
    till = done(at_the_till(ports, NOON, PHONE))
    may = wechat(ports, "o1/u1")
    assert done(set_phone(ports, an_act(NOON, may), PHONE)) == "+8613800138000"
    assert done(ports.people.members.live(till)).id == may.id
    [merged] = ports.merges.all.values()
    done(undo(ports, an_act(NOON, HEAD_OFFICE), merged.id))
    assert done(ports.people.members.live(till)).id == till


def test_a_tablet_of_the_shop_merges_nobody():
    ports = in_memory()
    may, lan = by_phone(ports, "o1/u1"), by_phone(ports, "o2/u2", phone="13900139000")
    assert by_phone(ports, "o1/u1") == may
    # Lan sends her codes with May's token still in the tablet.
    act = an_act(NOON, may)
    assert done(sign_in_by_wechat(ports, act, "o2/u2")).viewer == lan
    assert not ports.merges.all


def test_a_number_on_the_block_list_names_nobody():
    ports = in_memory()
    naming = phone_naming(ports, PHONE, [])
    done(block(ports, an_act(NOON, HEAD_OFFICE), naming, "the shop's own"))
    with pytest.raises(Forbidden):
        by_phone(ports, "o1/u1")
    done(unblock(ports, an_act(NOON, HEAD_OFFICE), naming))
    assert by_phone(ports, "o1/u1").id == holder(ports)


def test_a_new_number_lets_go_of_the_old_one():
    ports = in_memory()
    may = by_phone(ports, "o1/u1")
    by_phone(ports, "o1/u1", phone="13900139000")
    assert by_phone(ports, "o2/u2").id == holder(ports) != may.id
    assert holder(ports, "13900139000") == may.id
