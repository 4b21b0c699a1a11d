"""Points follow merges and come back: whatever the order, and wherever a crash cuts it short."""

from contextlib import suppress
from datetime import timedelta
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.apply_once import apply_once, finish_open
from domain.kernel.days import month_of
from domain.kernel.facts import Batch, Fact, FactId
from domain.members.member_facts import MEMBER_MERGED, MEMBER_UNMERGED
from domain.people.act import by_the_clock
from domain.wallets.carrying import follow_merges
from domain.wallets.keeping import carried_on, tend_wallet
from domain.wallets.lots import usable
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.wallets import NO_EFFECT, Unit, contents, wallet_id
from tests.support.members import done, new_id
from tests.support.memory_purses import CutShort, MemoryPurses
from tests.support.purses import DAY, NOON

K = MovementKind
BETWEEN = (K.CARRY, K.MERGE, K.UNMERGE)
NAMES = "abcd"
POINTS = {name: wallet_id(Unit.POINTS, name) for name in NAMES}


class World:
    """Four members, who leads to whom by which merge, and what is done to their points."""

    def __init__(self) -> None:
        self.purses = MemoryPurses()
        self.ports = self.purses.ports()
        self.now = NOON
        self.leads: dict[str, tuple[str, str]] = {}
        self.merges = 0
        self.moves = 0

    def root(self, name: str) -> str:
        while name in self.leads:
            name = self.leads[name][1]
        return name

    def move(self, name: str, kind: MovementKind, units: int = 0, about: str = "") -> None:
        self.moves += 1
        one = WalletMovement(
            id=f"m{self.moves}",
            target=POINTS[name],
            kind=kind,
            at=self.now,
            units=units,
            about=about,
            month=month_of(self.now, 11),
            ripe_at=self.now,
        )
        done(apply_once(self.purses, [one]))

    def merge(self, loser: str, survivor: str, crash_in: int | None) -> None:
        self.merges += 1
        self.leads[loser] = (f"merge{self.merges}", survivor)
        self.say(MEMBER_MERGED, loser, *self.leads[loser], crash_in=crash_in)

    def unmerge(self, loser: str, crash_in: int | None) -> None:
        self.say(MEMBER_UNMERGED, loser, *self.leads.pop(loser), crash_in=crash_in)

    def say(self, kind, loser: str, merge: str, survivor: str, *, crash_in: int | None) -> None:
        """Tell of it until it is through, and once more."""
        data = {"merge": merge, "loser": loser, "survivor": survivor}
        fact = Fact(id=FactId(merge), subject=loser, kind=kind, at=self.now, data=data)
        handled = partial(follow_merges, self.ports, self.act, Batch(facts=(fact,), upto=1))
        self.purses.crash_in = crash_in
        with suppress(CutShort):
            done(handled())
        self.purses.crash_in = None
        done(handled())
        done(handled())

    @property
    def act(self):
        return by_the_clock(self.now, new_id)

    def tend(self) -> None:
        """Have the clock do all that it has to."""
        done(finish_open(self.purses, self.now, first=partial(carried_on, self.purses)))
        while due := [one for one in self.purses.wallets.values() if one.due_at <= self.now]:
            for one in due:
                done(tend_wallet(self.ports, self.act, one))

    def check(self) -> None:
        for name in NAMES:
            wallet = done(self.purses.by_ids([POINTS[name]]))[POINTS[name]]
            assert contents(wallet) == self.sum_of(name)
            assert all(lot.units > 0 for lot in wallet.lots)
            assert not (wallet.debt and wallet.lots)
            if name in self.leads:
                assert (usable(wallet.lots, self.now), wallet.debt) == (0, 0)

    def sum_of(self, name: str, kinds=tuple(MovementKind)):
        total = NO_EFFECT
        for entry in self.purses.written.values():
            assert entry.concluded
            if entry.movement.target == POINTS[name] and entry.movement.kind in kinds:
                total = total.plus(entry.movement.effect)
        return total

    def net(self, kinds=tuple(MovementKind)) -> int:
        return sum(self.sum_of(name, kinds).net for name in NAMES)


steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["grant", "earn", "spend", "hold", "release", "use", "back", "join", "part"]
        ),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.integers(1, 60),
        st.none() | st.integers(0, 14),
    ),
    max_size=25,
)


def play(steps, *, days: int) -> World:
    world = World()
    for what, one, other, units, crash_in in steps:
        world.now += timedelta(days=days, minutes=1)
        match what:
            case "grant":
                world.move(one, K.GRANT, units)
            case "earn":
                world.move(one, K.EARN, units, f"o{world.moves}")
            case "spend":
                world.move(world.root(one), K.SPEND, units)
            case "hold":
                world.move(world.root(one), K.HOLD, units, f"order:{units % 4}")
            case "release" | "use":
                world.move(one, K[what.upper()], about=f"order:{units % 4}")
            case "back":
                world.move(one, K.CLAW_BACK, units, f"o{units % 9}")
            case "join" if one not in world.leads and world.root(other) != one:
                world.merge(one, world.root(other), crash_in)
            case "part" if one in world.leads:
                world.unmerge(one, crash_in)
        world.tend()
        world.check()
    return world


@settings(max_examples=200, deadline=None)
@given(steps)
def test_once_all_merges_are_undone_each_has_what_they_would_have(steps):
    world = play(steps, days=0)
    assert world.net(BETWEEN) == 0
    for name in list(world.leads):
        world.unmerge(name, None)
        world.tend()
        world.check()
    for name in NAMES:
        assert world.sum_of(name, BETWEEN).net == 0


@settings(max_examples=100, deadline=None)
@given(steps)
def test_while_lots_lapse_nothing_is_there_twice_and_nothing_is_below_nothing(steps):
    world = play(steps, days=29)
    carried = sum(world.sum_of(name, (K.CARRY, K.MERGE)).net for name in NAMES)
    assert carried == 0


def test_what_the_other_has_spent_meanwhile_the_other_owes():
    world = World()
    world.move("a", K.GRANT, 100)
    world.move("b", K.GRANT, 30)
    world.merge("a", "b", None)
    assert done(world.purses.by_ids([POINTS["b"]]))[POINTS["b"]].active(NOON) == 130
    world.move("b", K.SPEND, 80)
    world.unmerge("a", None)
    found = done(world.purses.by_ids(list(POINTS.values())))
    assert found[POINTS["a"]].active(NOON) == 100
    assert found[POINTS["b"]].active(NOON) == -50


def test_what_comes_to_an_old_wallet_later_is_carried_on():
    world = World()
    world.merge("a", "b", None)
    # An order of before is paid.
    world.move("a", K.EARN, 70, "o1")
    world.tend()
    assert done(world.purses.by_ids([POINTS["b"]]))[POINTS["b"]].active(NOON) == 70
    world.move("a", K.CLAW_BACK, 70, "o1")
    world.tend()
    assert done(world.purses.by_ids([POINTS["b"]]))[POINTS["b"]].active(NOON) == 0
    world.unmerge("a", None)
    assert all(contents(one).net == 0 for one in world.purses.wallets.values())


def test_a_merge_that_is_heard_of_after_its_end_carries_nothing():
    world = World()
    world.move("a", K.GRANT, 100)
    world.merge("a", "b", None)
    world.ports.merges.undone.add("back")
    for kind in (MEMBER_MERGED, MEMBER_UNMERGED):
        world.say(kind, "b", "back", "a", crash_in=None)
        found = done(world.purses.by_ids([POINTS["b"]]))[POINTS["b"]]
        assert (found.active(NOON), found.lead) == (100, None)
        world.check()


def test_points_that_lapsed_meanwhile_do_not_come_back():
    world = World()
    world.move("a", K.GRANT, 40)
    world.merge("a", "b", None)
    world.now = NOON + 400 * DAY
    world.tend()
    world.unmerge("a", None)
    assert all(contents(one) == NO_EFFECT for one in world.purses.wallets.values())
