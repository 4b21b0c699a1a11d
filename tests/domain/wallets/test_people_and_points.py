"""Who people are and what points they have, whatever they, staff, crashes and the clock do."""

from collections import Counter
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from domain.kernel.apply_once import State, apply_once, finish_open
from domain.kernel.days import month_of
from domain.kernel.facts import Batch, Fact
from domain.kernel.refusals import Refusal
from domain.members.merging import undo
from domain.members.settling import give_up_number
from domain.people.viewer import Role, Viewer
from domain.wallets.carrying import follow_merges
from domain.wallets.keeping import carried_on, tend_wallet
from domain.wallets.lots import usable
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.wallets import NO_EFFECT, Unit, contents, wallet_id
from tests.domain.members.test_identities_explored import Members
from tests.support.members import HEAD_OFFICE, done
from tests.support.memory_purses import CutShort, MemoryPurses

K = MovementKind
BETWEEN = frozenset({K.CARRY, K.MERGE, K.UNMERGE})
CHANGES = (K.GRANT, K.EARN, K.MATURE, K.SPEND, K.HOLD, K.USE, K.RELEASE, K.CLAW_BACK)


class Telling:
    """Merges in memory, and what was said of them in the same write."""

    def __init__(self, merges: Any) -> None:
        self._merges = merges
        self.said: dict[str, Fact] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._merges, name)

    async def bind(self, merge: Any, facts: Any) -> bool:
        bound = await self._merges.bind(merge, facts)
        if bound:
            self.said |= {one.id: one for one in facts if one.id not in self.said}
        return bound

    async def unbind(self, merge: Any, facts: Any) -> None:
        led = self._merges.leads.get(merge.loser)
        await self._merges.unbind(merge, facts)
        if led and led.merge_id == merge.id:
            self.said |= {one.id: one for one in facts if one.id not in self.said}


class MembersWithPoints(Members):
    """The members of the other machine, each with a wallet; cut short now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.telling = Telling(self.ports.merges)
        object.__setattr__(self.ports, "merges", self.telling)
        self.purses = MemoryPurses()
        self.wallet_ports = self.purses.ports()
        self.wallet_ports.merges = self.telling
        self.heard = 0
        self.moves = 0

    @initialize()
    def some_have_points(self):
        for n in range(4):
            self.move(f"nobody_{n}", K.GRANT, 10)

    @rule(data=st.data(), kind=st.sampled_from(CHANGES), units=st.integers(1, 60))
    def points_change(self, data, kind, units):
        who = data.draw(st.sampled_from(sorted(self.accounts)))
        if kind in (K.SPEND, K.HOLD):
            who = self.live(who)
        about = f"o{self.moves if kind is K.EARN else units % 9}"
        self.move(who, kind, units, "" if kind in (K.GRANT, K.SPEND) else about)

    @rule(writes=st.integers(0, 14))
    def a_crash_is_near(self, writes):
        self.purses.crash_in = writes

    @precondition(lambda self: self.accounts)
    @rule(data=st.data())
    def gives_up_the_number(self, data):
        who = self.live(data.draw(st.sampled_from(sorted(self.accounts))))
        try:
            done(give_up_number(self.ports, self.act(Viewer(id=who, role=Role.MEMBER))))
        except Refusal:
            return

    def move(self, who: str, kind: MovementKind, units: int, about: str = "") -> None:
        self.moves += 1
        one = WalletMovement(
            id=f"m{self.moves}",
            target=wallet_id(Unit.POINTS, who),
            kind=kind,
            at=self.at,
            units=units,
            about=about,
            month=month_of(self.at, 11),
            ripe_at=self.at,
        )
        self.surely(lambda: apply_once(self.purses, [one]))

    def surely(self, work) -> None:
        """Do it, and again where it is cut short."""
        try:
            done(work())
        except CutShort:
            done(work())

    def hear(self) -> None:
        """Points hear of each merge in turn, twice; the clock does all that it has to."""
        for fact in list(self.telling.said.values())[self.heard :]:
            batch = Batch(facts=(fact,), upto=1)
            for _ in range(2):
                self.surely(partial(follow_merges, self.wallet_ports, self.act(), batch))
            self.heard += 1
        self.surely(
            lambda: finish_open(self.purses, self.at, first=partial(carried_on, self.purses))
        )
        while due := [one for one in self.purses.wallets.values() if one.due_at <= self.at]:
            for one in due:
                self.surely(partial(tend_wallet, self.wallet_ports, self.act(), one))

    def between(self) -> Counter[str]:
        """What each wallet has by merges alone."""
        found: Counter[str] = Counter()
        for one in (entry.movement for entry in self.purses.written.values()):
            if one.kind in BETWEEN:
                found[one.target] += one.effect.net
        return found

    @property
    def lapsed(self) -> bool:
        return any(entry.movement.kind is K.EXPIRE for entry in self.purses.written.values())

    @invariant()
    def each_wallet_is_a_recount_of_its_entries(self):
        self.hear()
        sums = dict.fromkeys(self.purses.wallets, NO_EFFECT)
        for entry in self.purses.written.values():
            assert entry.concluded
            if entry.state is State.APPLIED:
                one = entry.movement
                sums[one.target] = sums[one.target].plus(one.effect)
        for wallet in self.purses.wallets.values():
            assert contents(wallet) == sums[wallet.id]
            assert all(lot.units > 0 for lot in wallet.lots)
            assert not (wallet.debt and wallet.lots)

    @invariant()
    def whoever_leads_to_another_has_nothing_to_spend_and_owes_nothing(self):
        for one in self.accounts.values():
            wallet = self.purses.wallets.get(wallet_id(Unit.POINTS, one.id))
            if wallet and one.merged_into:
                assert (usable(wallet.lots, self.at), wallet.debt) == (0, 0)

    @invariant()
    def merges_make_and_lose_no_points(self):
        if not self.lapsed:
            assert sum(self.between().values()) == 0

    def teardown(self):
        """Once all are parted, each has what they would have without any merge."""
        while self.undoable:
            done(undo(self.ports, self.act(HEAD_OFFICE), self.undoable[-1]))
        self.each_wallet_is_a_recount_of_its_entries()
        if not self.lapsed:
            assert set(self.between().values()) <= {0}


TestMembersWithPoints = MembersWithPoints.TestCase
TestMembersWithPoints.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
