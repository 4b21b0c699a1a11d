"""Whatever people, tills and staff do: one identity names one live member, and nothing is lost."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.kernel.refusals import Refusal
from domain.members.identifying import set_phone, sign_in_by_phone, sign_in_by_wechat
from domain.members.identities import IdentityKind
from domain.members.merges import Evidence, MergeKind, MergeState
from domain.members.merging import merge, undo
from tests.support.builders import NOON
from tests.support.members import HEAD_OFFICE, an_act, at_the_till, done, in_memory

PEOPLE = st.integers(0, 4)
PHONES = st.sampled_from([f"1380013800{n}" for n in range(4)])


def login(person: int) -> str:
    """The last has no unionid: their app is not on the open platform."""
    return f"o{person}/u{person}" if person < 4 else f"o{person}"


class Members(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.ports = in_memory()
        self.at = NOON
        self.staff_merges = False

    def act(self, viewer=None):
        return an_act(self.at, viewer) if viewer else an_act(self.at)

    @initialize()
    def some_joined_at_tills(self):
        for n in range(4):
            done(at_the_till(self.ports, self.at, f"1390013900{n}"))

    @rule(person=PEOPLE)
    def comes(self, person):
        first = done(sign_in_by_wechat(self.ports, self.act(), login(person)))
        again = done(sign_in_by_wechat(self.ports, self.act(), login(person)))
        assert first.viewer == again.viewer

    @rule(person=PEOPLE, phone=PHONES)
    def comes_by_phone(self, person, phone):
        try:
            by_phone = done(sign_in_by_phone(self.ports, self.act(), phone, login(person)))
        except Refusal:
            return
        again = done(sign_in_by_phone(self.ports, self.act(), f"+86{phone}", login(person)))
        by_wechat = done(sign_in_by_wechat(self.ports, self.act(), login(person)))
        assert by_phone.viewer == by_wechat.viewer == again.viewer

    @rule(person=PEOPLE, phone=PHONES)
    def sets_a_phone(self, person, phone):
        signed_in = done(sign_in_by_wechat(self.ports, self.act(), login(person)))
        try:
            done(set_phone(self.ports, self.act(signed_in.viewer), phone))
        except Refusal:
            return
        by_phone = done(sign_in_by_phone(self.ports, self.act(), phone, login(person)))
        assert by_phone.viewer.id == self.live(signed_in.viewer.id)

    @rule(phone=PHONES)
    def joins_at_a_till(self, phone):
        try:
            done(at_the_till(self.ports, self.at, phone))
        except Refusal:
            return

    @precondition(lambda self: len(self.accounts) > 1)
    @rule(data=st.data())
    def staff_merge(self, data):
        ids = sorted(one.id for one in self.accounts.values() if not one.merged_into)
        loser, survivor = data.draw(st.sampled_from(ids)), data.draw(st.sampled_from(ids))
        before = self.led()
        try:
            made = done(merge(self.ports, self.act(HEAD_OFFICE), loser, survivor, Evidence.STAFF))
        except Refusal:
            assert self.led() == before
            return
        if data.draw(st.integers(0, 3)) == 0:
            done(undo(self.ports, self.act(HEAD_OFFICE), made.id))
            assert self.led() == before
        else:
            self.staff_merges = True

    @precondition(lambda self: self.undoable)
    @rule(data=st.data())
    def undo_any(self, data):
        chosen = data.draw(st.sampled_from(sorted(self.undoable)))
        done(undo(self.ports, self.act(HEAD_OFFICE), chosen))

    @rule(days=st.integers(1, 100))
    def time_passes(self, days):
        self.at += timedelta(days=days)

    @property
    def accounts(self):
        return self.ports.people.members.all

    @property
    def undoable(self):
        merges = self.ports.merges.all.values()
        return [one.id for one in merges if one.state is MergeState.DONE]

    def live(self, id):
        found = done(self.ports.people.members.live(id))
        return found.id if found else None

    def led(self):
        """Where every identity leads to."""
        identities = self.ports.identities.all.values()
        return {one.id: self.live(one.member_id) for one in identities if one.held}

    @invariant()
    def every_identity_names_one_live_member(self):
        assert all(self.led().values())

    @invariant()
    def nobody_follows_two_hops(self):
        for one in self.accounts.values():
            if one.merged_into:
                assert self.accounts[one.merged_into].merged_into is None

    @invariant()
    def a_live_member_knows_who_leads_to_them(self):
        for one in self.accounts.values():
            if not one.merged_into:
                others = self.accounts.values()
                assert set(one.also) == {two.id for two in others if two.merged_into == one.id}

    @invariant()
    def nobody_has_two_numbers_or_two_unionids_of_their_own(self):
        for kind in (IdentityKind.PHONE, IdentityKind.UNIONID):
            holders = [
                one.member_id
                for one in self.ports.identities.all.values()
                if one.kind is kind and one.held
            ]
            assert len(holders) == len(set(holders))

    @invariant()
    def two_wechat_accounts_are_never_one_member_unless_staff_say_so(self):
        if not self.staff_merges:
            led = [who for name, who in self.led().items() if name.startswith("openid")]
            assert len(led) == len(set(led))

    @invariant()
    def nothing_is_left_half_done(self):
        assert not self.ports.merges.absorbing
        states = {one.state for one in self.ports.merges.all.values()}
        assert states <= {MergeState.DONE, MergeState.VOID, MergeState.UNDONE}
        kinds = {one.kind for one in self.ports.merges.all.values()}
        assert kinds <= set(MergeKind)


TestMembers = Members.TestCase
TestMembers.settings = settings(max_examples=25, stateful_step_count=25)
