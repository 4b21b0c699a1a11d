"""Four processes merge two members, part them, give them points and levels and build segments."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from domain.audiences import joining
from domain.audiences.levels import BASE, LevelRules, MemberLevel
from domain.audiences.segment_rules import Rule, RuleKind, holds
from domain.audiences.segmenting import LEAD, build_segments, save_segment
from domain.audiences.segments import as_person
from domain.audiences.spending import follow_spending, tend_traits
from domain.audiences.trait_ports import TraitPorts
from domain.kernel.apply_once import GRACE, apply_once
from domain.kernel.facts import Batch, Fact, FactId, FactKind
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.refusals import Conflict
from domain.members import member_facts
from domain.members.merges import Evidence
from domain.members.merging import MemberPorts, merge, undo
from domain.people.act import Act, by_the_clock
from domain.wallets import carrying
from domain.wallets.keeping import tend_wallets
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.ports import WalletPorts
from domain.wallets.wallets import Unit, contents, wallet_id
from qianmian.clock import new_id, now
from qianmian.wiring.members import member_ports
from qianmian.wiring.people import people_ports
from storage.mongo.kernel.database import Database
from tests.support.foundations import a_foundation
from tests.support.joining import joined
from tests.support.members import HEAD_OFFICE
from tests.support.purses import audience_ports, purse_ports

T = TypeVar("T")
A, B = PersonId("member_a"), PersonId("member_b")
GRANTS, PAYMENTS, MERGES = 8, 6, 2
PAID = {A: Fen(500), B: Fen(100)}
LEVELS = LevelRules(
    version=1, levels=(BASE, MemberLevel(code="gold", name="金卡", from_fen=Fen(3_000)))
)
RULES = [
    Rule(kind=RuleKind.SPENT, low=1_500),
    Rule(kind=RuleKind.LEVEL, values=("gold",)),
    Rule(kind=RuleKind.ORDERS, low=PAYMENTS + 1),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What a process has of its own: its adapters, and what it knows of rules."""

    members: MemberPorts
    purses: WalletPorts
    traits: TraitPorts


class Together:
    """What the processes have in common: the stream, and what is under way."""

    def __init__(self) -> None:
        self.said: list[Fact] = []
        self.over = asyncio.Event()
        self._under_way: set[asyncio.Event] = set()

    async def surely(self, work: Callable[..., Awaitable[T]], *given: Any) -> T:
        """Do it, and again for as long as somebody else was faster, as followers do."""
        done = asyncio.Event()
        self._under_way.add(done)
        try:
            for _ in range(500):
                try:
                    return await work(*given)
                except Conflict:
                    await asyncio.sleep(0.01)
            raise AssertionError("others are always faster")
        finally:
            done.set()
            self._under_way.discard(done)

    async def heard(self) -> None:
        """Wait until nobody is at what they began by older rules."""
        for one in list(self._under_way):
            await one.wait()


def a_process(database: Database) -> Process:
    base = a_foundation(database)
    return Process(
        members=member_ports(base, people_ports(base)),
        purses=purse_ports(database),
        traits=audience_ports(database),
    )


def act(later: timedelta = timedelta()) -> Act:
    return by_the_clock(now() + later, new_id)


def office() -> Act:
    return Act(viewer=HEAD_OFFICE, at=now(), new_id=new_id)


async def merges(one: Process, all_of_it: Together) -> None:
    for _ in range(MERGES):
        made = await merge(one.members, office(), A, B, Evidence.STAFF)
        all_of_it.said.append(member_facts.merged(made))
        parted = await undo(one.members, office(), made.id)
        all_of_it.said.append(member_facts.unmerged(parted))
    all_of_it.over.set()


async def follows(one: Process, all_of_it: Together) -> None:
    place = 0
    while place < len(all_of_it.said) or not all_of_it.over.is_set():
        if place == len(all_of_it.said):
            await asyncio.sleep(0.01)
            continue
        batch = Batch(facts=(all_of_it.said[place],), upto=place + 1)
        await all_of_it.surely(carrying.follow_merges, one.purses, act(), batch)
        await all_of_it.surely(joining.follow_merges, one.traits, act(), batch)
        place += 1


async def gives(one: Process, all_of_it: Together) -> None:
    for n in range(GRANTS):
        granted = [
            WalletMovement(
                id=f"grant:{who}:{n}",
                target=wallet_id(Unit.POINTS, who),
                kind=MovementKind.GRANT,
                at=now(),
                units=10,
                month="2099-01",
            )
            for who in (A, B)
        ]
        await all_of_it.surely(apply_once, one.purses.ledger, granted)
        await all_of_it.surely(tend_wallets, one.purses, act())


async def pays(one: Process, all_of_it: Together) -> None:
    for n in range(PAYMENTS):
        facts = tuple(paid(who, 2 * n + i + 1) for i, who in enumerate((A, B)))
        batch = Batch(facts=facts, upto=2 * n + 2)
        for _ in range(2):
            await all_of_it.surely(follow_spending, one.traits, act(), batch)


def paid(who: PersonId, n: int) -> Fact:
    data = {
        "buyerId": who,
        "paidAt": now().isoformat(),
        "paidFen": PAID[who],
        "refundedFen": 0,
    }
    return Fact(
        id=FactId(f"paid:{n}"),
        subject=f"order:{n}",
        kind=FactKind("payment.paid"),
        at=now(),
        data=data,
        n=n,
    )


async def builds(one: Process, others: Sequence[Process], all_of_it: Together) -> None:
    for version, rule in enumerate(RULES):
        await save_segment(one.traits, office(), "s", "s", rule, expected=version)
        for each in others:
            await each.traits.book.opened()
        await all_of_it.heard()
        await all_of_it.surely(build_segments, one.traits, act(2 * LEAD))
        await all_of_it.surely(tend_traits, one.traits, act())


async def test_whatever_comes_first_each_has_what_is_theirs(database: Database):
    four = [a_process(database) for _ in range(4)]
    await joined(database, A, B)
    await four[0].traits.book.add_levels(LEVELS)
    for one in four:
        await one.traits.book.opened()
    all_of_it = Together()
    await asyncio.gather(
        merges(four[0], all_of_it),
        follows(four[0], all_of_it),
        follows(four[1], all_of_it),
        gives(four[2], all_of_it),
        pays(four[2], all_of_it),
        builds(four[3], four, all_of_it),
    )
    # What was said last may be told once more, and the clock finishes what was cut short.
    last = Batch(facts=tuple(all_of_it.said[-2:]), upto=99)
    await carrying.follow_merges(four[1].purses, act(), last)
    await joining.follow_merges(four[1].traits, act(), last)
    await tend_wallets(four[1].purses, act(2 * GRACE))
    wallets = await four[2].purses.wallets.by_ids([wallet_id(Unit.POINTS, who) for who in (A, B)])
    for wallet in wallets.values():
        assert wallet.active(now()) == 10 * GRANTS
        assert contents(wallet) == await four[2].purses.wallets.sum_of_effects(wallet.id)
    traits = await four[2].traits.traits.by_ids([A, B])
    rules = four[2].traits.book.rules()
    for who, level in ((A, "gold"), (B, "base")):
        found = traits[who]
        live = await four[3].members.people.members.live(who)
        assert (live.id, found.into, found.brought) == (who, None, ())
        assert sum(one.fen for one in found.spent) == PAYMENTS * PAID[who]
        whole = as_person(found, rules)
        assert whole.level == level
        keys = {one.key for one in rules.segments.values() if holds(one.rule, whole, now())}
        assert set(found.segments) == keys
