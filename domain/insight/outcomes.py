"""What became of those who came: cohorts by first entry, joins, friends and purchases in windows.

A person's deeds are a sum of facts, and a cohort is counted anew from its entries and their deeds
whenever one of them has changed. So it never matters in which order anything is heard of.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from domain.contact.contact_facts import FRIEND_ADDED, FRIEND_MATCHED
from domain.insight.metrics import hashed
from domain.kernel.days import BEIJING, beijing_day
from domain.kernel.each import each
from domain.kernel.facts import Batch, Fact, FactKind
from domain.kernel.folding import Folds
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.members.member_facts import MEMBER_JOINED, MEMBER_MERGED, MEMBER_UNMERGED
from domain.members.purchase_facts import PURCHASE_MATCHED, PURCHASE_REFUNDED
from domain.people.act import Act
from domain.sharing.link_facts import LINK_TOUCHED, TOUCHES_TAKEN

# From the first entry on.
JOIN_WINDOW = FRIEND_WINDOW = timedelta(days=1)
BUY_WINDOW = timedelta(days=7)
TOUCHPOINT = "touchpoint_"
_WAY = f"{TOUCHPOINT}way_"
# Nobody leads further, however often they were merged.
MOST_HOPS = 8
# Of who buys more than that the oldest purchases no longer count for any entry.
MOST_PURCHASES = 300
# The arm of whoever takes part in no test.
ONE_ARM = "-"
COHORTS_AT_ONCE = 50
_PAID, _REFUNDED = FactKind("payment.paid"), FactKind("refund.done")
_BOUGHT = frozenset({_PAID, _REFUNDED, PURCHASE_MATCHED, PURCHASE_REFUNDED})
_FRIENDS = frozenset({FRIEND_ADDED, FRIEND_MATCHED})
_LEADS = frozenset({TOUCHES_TAKEN, MEMBER_MERGED, MEMBER_UNMERGED})
OUTCOME_FACTS = _BOUGHT | _FRIENDS | _LEADS | {MEMBER_JOINED, LINK_TOUCHED}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedPurchase:
    """An order, and what was paid back of it by now."""

    order: str
    at: datetime
    paid: int
    refunded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """What one person did; a visitor, a contact or who was merged leads to the member they are."""

    id: PersonId
    heir: PersonId | None = None
    joined_at: datetime | None = None
    friend_at: datetime | None = None
    purchases: tuple[DeedPurchase, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstEntry:
    """That somebody first came by a touchpoint, or first took part in a test with their arm."""

    id: str
    key: str
    person_id: PersonId
    at: datetime
    arm: str = ONE_ARM


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSums:
    """What came of those who entered; fen is net of refunds, `squares` the sum of its squares."""

    entered: int = 0
    joined: int = 0
    friends: int = 0
    bought: int = 0
    fen: int = 0
    squares: float = 0.0

    def __add__(self, other: "ArmSums") -> "ArmSums":
        """Both together."""
        return ArmSums(
            entered=self.entered + other.entered,
            joined=self.joined + other.joined,
            friends=self.friends + other.friends,
            bought=self.bought + other.bought,
            fen=self.fen + other.fen,
            squares=self.squares + other.squares,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Those who first entered on a day, by arm; `revision` rises when one of them did anything."""

    id: str
    key: str
    day: str
    arms: Mapping[str, ArmSums] = field(default_factory=dict)
    revision: int = 0

    @property
    def total(self) -> ArmSums:
        """All arms together."""
        return sum(self.arms.values(), start=ArmSums())

    def closed(self, window: timedelta, now: datetime) -> bool:
        """Whether a window has closed for all of them."""
        return now >= day_begins(self.day) + timedelta(days=1) + window


class PeoplesDeeds(Folds[Deeds], Protocol):
    """What people did."""

    async def by_ids(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Deeds]:
        """Those of whom anything is known."""

    async def led_to(self, ids: Sequence[PersonId]) -> Sequence[PersonId]:
        """Who leads to one of these."""


class FirstEntries(Protocol):
    """First entries, and the cohorts of them."""

    async def enter(self, entries: Sequence[FirstEntry]) -> None:
        """Note entries; of two of one person the first counts."""

    async def of_people(self, ids: Sequence[PersonId]) -> Sequence[FirstEntry]:
        """Those of some people."""

    async def of_day(self, key: str, first: datetime, until: datetime) -> Sequence[FirstEntry]:
        """Those by one key from a moment until before another."""

    async def stir(self, cohorts: Collection[tuple[str, str]]) -> None:
        """Have cohorts, by key and day, counted anew."""

    async def stirred(self, most: int) -> Sequence[Cohort]:
        """Some of those that are to be."""

    async def settle(self, cohort: Cohort) -> None:
        """Write what a cohort comes to; it stays to be counted if it was stirred meanwhile."""

    async def cohorts(self, keys: Sequence[str], first: str, last: str) -> Sequence[Cohort]:
        """Those of some keys from a day to a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomePorts(Ports):
    """Who came, and what they did."""

    people: PeoplesDeeds
    entries: FirstEntries


async def follow_outcomes(ports: OutcomePorts, act: Act, batch: Batch) -> None:
    """Note who came by touchpoints and what people did, and stir the cohorts that it concerns."""
    came = [entry for fact in batch.facts for entry in _entries(fact)]
    await ports.entries.enter(came)
    concerned: dict[str, list[Fact]] = defaultdict(list)
    contacts: dict[str, list[Fact]] = defaultdict(list)
    for fact in batch.facts:
        if (person := _person(fact)) is not None:
            concerned[person].append(fact)
        if fact.kind in _FRIENDS:
            contacts[contact_id(fact)].append(fact)
    for some, rule in ((concerned, with_deeds), (contacts, with_friendship)):
        if some:
            await ports.people.fold(batch, some, rule)
    people = {PersonId(one) for one in (*concerned, *contacts)}
    found = people
    for _ in range(MOST_HOPS):
        if not found:
            break
        found = set(await ports.people.led_to(sorted(found))) - people
        people |= found
    entered = await ports.entries.of_people(sorted(people))
    await ports.entries.stir({(one.key, _day(one.at)) for one in (*came, *entered)})


async def count_cohorts(ports: OutcomePorts, act: Act) -> int:
    """Count those cohorts anew of which somebody did something; tell how many."""

    async def count(cohort: Cohort) -> None:
        await ports.entries.settle(await _counted(ports, cohort))

    return await each(await ports.entries.stirred(COHORTS_AT_ONCE), count)


def with_deeds(deeds: Deeds | None, facts: Sequence[Fact]) -> Deeds:
    """Deeds with more of them, in whatever order they are heard of."""
    for fact in facts:
        known = deeds or Deeds(id=PersonId(str(_person(fact))))
        if fact.kind in _BOUGHT:
            deeds = _bought(known, fact)
        elif fact.kind in _FRIENDS:
            deeds = replace(known, friend_at=_first(known.friend_at, _befriended(fact)))
        elif fact.kind == MEMBER_JOINED:
            deeds = replace(known, joined_at=_first(known.joined_at, fact.at))
        else:
            deeds = replace(known, heir=_heir(fact))
    assert deeds is not None, "facts are folded only where there are any"
    return deeds


def with_friendship(deeds: Deeds | None, facts: Sequence[Fact]) -> Deeds:
    """What a contact in WeCom did, who leads to a member once it is known who they are."""
    known = deeds or Deeds(id=contact_id(facts[0]))
    for fact in facts:
        known = replace(
            known,
            friend_at=_first(known.friend_at, _befriended(fact)),
            heir=fact.data["member"] or known.heir,
        )
    return known


def contact_id(fact: Fact) -> PersonId:
    """Who a friend is until it is known which member that is: a digest alone."""
    return PersonId(f"contact:{hashed(fact.data['externalUser'])}")


def way_key(state: str) -> str:
    """The key of those who came by a code in WeCom."""
    return _WAY + state


def sums_of(entry: FirstEntry, deeds: Iterable[Deeds]) -> ArmSums:
    """What came of one entry, by all that its person did under whatever ids."""
    joined = friend = False
    bought: dict[str, int] = {}
    for one in deeds:
        joined |= _within(entry.at, one.joined_at, JOIN_WINDOW)
        friend |= _within(entry.at, one.friend_at, FRIEND_WINDOW)
        for order in one.purchases:
            if _within(entry.at, order.at, BUY_WINDOW):
                bought[order.order] = order.paid - order.refunded
    net = sum(bought.values())
    return ArmSums(
        entered=1,
        joined=int(joined),
        friends=int(friend),
        bought=int(net > 0),
        fen=net,
        squares=float(net * net),
    )


def day_begins(day: str) -> datetime:
    """When a day begins in Beijing."""
    return datetime.fromisoformat(day).replace(tzinfo=BEIJING)


async def _counted(ports: OutcomePorts, cohort: Cohort) -> Cohort:
    first = day_begins(cohort.day)
    entries = await ports.entries.of_day(cohort.key, first, first + timedelta(days=1))
    known: dict[PersonId, Deeds] = {}
    wanted = {one.person_id for one in entries}
    for _ in range(MOST_HOPS):
        if not wanted:
            break
        found = await ports.people.by_ids(sorted(wanted))
        known.update(found)
        wanted = {one.heir for one in found.values() if one.heir} - known.keys()
    arms: dict[str, ArmSums] = {}
    seen: set[PersonId] = set()
    for entry in sorted(entries, key=lambda one: one.at):
        ids = _leads_to(entry.person_id, known)
        if ids[-1] in seen:  # who signs in on the way is one person
            continue
        seen.add(ids[-1])
        deeds = [known[one] for one in ids if one in known]
        arms[entry.arm] = arms.get(entry.arm, ArmSums()) + sums_of(entry, deeds)
    return replace(cohort, arms=arms)


def _leads_to(person: PersonId, known: Mapping[PersonId, Deeds]) -> list[PersonId]:
    """Somebody with each whom they lead to, and last the one who leads to nobody."""
    ids = [person]
    while (deeds := known.get(ids[-1])) and deeds.heir and deeds.heir not in ids:
        ids.append(deeds.heir)
    return ids


def _entries(fact: Fact) -> list[FirstEntry]:
    if fact.kind == FRIEND_ADDED and fact.data["state"]:
        key, contact = way_key(fact.data["state"]), contact_id(fact)
        at = _befriended(fact)
        return [FirstEntry(id=f"{key}|{contact}", key=key, person_id=contact, at=at)]
    if fact.kind != LINK_TOUCHED or not fact.data["consumer"]:
        return []
    key, person = fact.data["campaign"] or "", PersonId(fact.data["person"])
    if not key.startswith(TOUCHPOINT):
        return []
    return [FirstEntry(id=f"{key}|{person}", key=key, person_id=person, at=fact.at)]


def _person(fact: Fact) -> str | None:
    """Whose deed a fact tells of; None where it is nobody's who is known."""
    data = fact.data
    if fact.kind in _BOUGHT:
        return data.get("buyerId")
    if fact.kind == TOUCHES_TAKEN:
        return str(data["visitor"])
    if fact.kind in _LEADS:
        return str(data["loser"])
    return data["member"] if fact.kind != LINK_TOUCHED else None


def _heir(fact: Fact) -> PersonId | None:
    if fact.kind == MEMBER_UNMERGED:
        return None
    return PersonId(fact.data["member" if fact.kind == TOUCHES_TAKEN else "survivor"])


def _bought(deeds: Deeds, fact: Fact) -> Deeds:
    data = fact.data
    others = [one for one in deeds.purchases if one.order != data["orderId"]]
    before = next((one for one in deeds.purchases if one.order == data["orderId"]), None)
    purchase = DeedPurchase(
        order=data["orderId"],
        at=datetime.fromisoformat(data["paidAt"]),
        paid=data["paidFen"],
        refunded=max(data["refundedFen"], before.refunded if before else 0),
    )
    newest = sorted([*others, purchase], key=lambda one: (one.at, one.order))[-MOST_PURCHASES:]
    return replace(deeds, purchases=tuple(newest))


def _befriended(fact: Fact) -> datetime:
    """When, as WeCom has it, which may be told of later."""
    added = fact.data["addedAt"]
    return datetime.fromisoformat(added) if added else fact.at


def _first(known: datetime | None, at: datetime) -> datetime:
    return min(known, at) if known else at


def _within(entered: datetime, at: datetime | None, window: timedelta) -> bool:
    return at is not None and entered <= at < entered + window


def _day(at: datetime) -> str:
    return beijing_day(at).isoformat()
