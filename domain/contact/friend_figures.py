"""A store's day of new friends: what its guides brought, what is suspicious, and who paid."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.contact.bonds import Bond, FriendVerdict
from domain.contact.judging import burst_of, is_duplicate
from domain.contact.ports import ContactPorts
from domain.contact.rules import ContactRules
from domain.kernel.days import beijing_day, day_begins, read_day
from domain.kernel.facts import Batch, FactKind
from domain.kernel.ids import PersonId
from domain.members.purchase_facts import PURCHASE_MATCHED
from domain.network.stores import StoreId
from domain.people.act import Act

PAID_FACTS: frozenset[FactKind] = frozenset({PURCHASE_MATCHED})

# So many of a day's new friends have to be gone, and this part of them, before it is suspicious.
GONE_LEAST, GONE_PART = 5, 0.3
SAME_LEAST = 3
MOST_SHOWN = 20


class SuspicionKind(StrEnum):
    """Why a guide's new friends of a day are suspicious."""

    BURST = "BURST"
    GONE = "GONE"
    ONE_MEMBER = "ONE_MEMBER"
    ONE_PAYER = "ONE_PAYER"
    ONE_DEVICE = "ONE_DEVICE"


Left = Mapping[SuspicionKind, Mapping[PersonId, Collection[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """What is suspicious, with its evidence: how many, from when to when, and some of them."""

    kind: SuspicionKind
    user_id: str
    count: int
    since: datetime
    until: datetime
    external_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideDay:
    """What one of a store's people brought of new friends on a day."""

    user_id: str
    guide_id: str | None
    added: int
    gone: int
    duplicates: int
    valid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDayOfFriends:
    """A store's day; `paying` members paid there, and `friends` of them are somebody's friends."""

    guides: tuple[GuideDay, ...]
    suspicions: tuple[Suspicion, ...]
    paying: int
    friends: int


async def note_buyers(ports: ContactPorts, act: Act, batch: Batch) -> None:
    """Note who paid in which store; again, it changes nothing."""
    for fact in batch.facts:
        if fact.data["storeId"] and fact.data["buyerId"]:
            day = str(beijing_day(datetime.fromisoformat(fact.data["paidAt"])))
            buyer = PersonId(fact.data["buyerId"])
            await ports.buyers.note(StoreId(fact.data["storeId"]), day, buyer)


async def friends_of_day(
    ports: ContactPorts, act: Act, store_id: str, day: str
) -> StoreDayOfFriends:
    """A store's day of new friends, as it looks now."""
    act.viewer.require("contact.see_figures")
    store = ports.directory.directory().store(StoreId(store_id))
    act.viewer.require("contact.see_figures", store=store.id)
    on = read_day(day, ["day"])
    since = day_begins(on)
    began = await ports.bonds.first_between(store.id, since, since + timedelta(days=1))
    known: dict[str, list[Bond]] = defaultdict(list)
    for one in await ports.bonds.of_contacts([bond.external_id for bond in began]):
        known[one.external_id].append(one)
    paying, friends = await _paying(ports, store.id, on)
    by_user: dict[str, list[Bond]] = defaultdict(list)
    for one in began:
        by_user[one.user_id].append(one)
    rules = ports.rules.now()
    members = {one.member_id for one in began if one.member_id}
    traces = {
        SuspicionKind.ONE_PAYER: await ports.traces.payers(members),
        SuspicionKind.ONE_DEVICE: await ports.traces.devices(members),
    }
    return StoreDayOfFriends(
        guides=tuple(guide_day(bonds, known) for _, bonds in sorted(by_user.items())),
        suspicions=tuple(
            one
            for _, bonds in sorted(by_user.items())
            for one in suspicions_of(bonds, rules, traces)
        ),
        paying=paying,
        friends=friends,
    )


def guide_day(bonds: Sequence[Bond], known: Mapping[str, Sequence[Bond]]) -> GuideDay:
    """The figures of one person's new friends; `known` are all bonds of those customers."""
    return GuideDay(
        user_id=bonds[0].user_id,
        guide_id=bonds[0].guide_id,
        added=len(bonds),
        gone=sum(not one.standing for one in bonds),
        duplicates=sum(is_duplicate(one, known[one.external_id]) for one in bonds),
        valid=sum(one.verdict is FriendVerdict.VALID for one in bonds),
    )


def suspicions_of(bonds: Sequence[Bond], rules: ContactRules, traces: Left) -> Sequence[Suspicion]:
    """What is suspicious of one person's new friends of a day.

    `traces` are what the members among them left behind, for each kind of suspicion.
    """
    found = []
    burst = burst_of(bonds, rules.burst)
    if burst:
        found.append(_suspicion(SuspicionKind.BURST, [one for one in bonds if one.id in burst]))
    gone = [one for one in bonds if not one.standing]
    if len(gone) >= GONE_LEAST and len(gone) >= GONE_PART * len(bonds):
        found.append(_suspicion(SuspicionKind.GONE, gone))
    members = Counter(one.member_id for one in bonds if one.member_id)
    for member, count in sorted(members.items()):
        if count >= SAME_LEAST:
            theirs = [one for one in bonds if one.member_id == member]
            found.append(_suspicion(SuspicionKind.ONE_MEMBER, theirs))
    for kind, left in traces.items():
        shared: dict[str, list[Bond]] = defaultdict(list)
        for one in bonds:
            for trace in left.get(one.member_id, ()) if one.member_id else ():
                shared[trace].append(one)
        for _, several in sorted(shared.items()):
            # Several accounts of one member are another suspicion.
            if len({one.member_id for one in several}) >= SAME_LEAST:
                found.append(_suspicion(kind, several))
    return found


def _suspicion(kind: SuspicionKind, bonds: Sequence[Bond]) -> Suspicion:
    moments = [one.first_at for one in bonds if one.first_at]
    return Suspicion(
        kind=kind,
        user_id=bonds[0].user_id,
        count=len(bonds),
        since=min(moments),
        until=max(moments),
        external_ids=tuple(one.external_id for one in bonds[:MOST_SHOWN]),
    )


async def _paying(ports: ContactPorts, store_id: StoreId, day: date) -> tuple[int, int]:
    """How many members paid in a store on a day, and how many of them are anybody's friends now."""
    buyers = set(await ports.buyers.of(store_id, str(day)))
    found = await ports.members.people.members.by_ids(sorted(buyers))
    live = {one: found[one].merged_into or one if one in found else one for one in buyers}
    bonds = await ports.bonds.of_members(sorted(buyers | set(live.values())))
    friends = {one.member_id for one in bonds if one.standing}
    groups: dict[PersonId, set[PersonId]] = defaultdict(set)
    for buyer, member in live.items():
        groups[member] |= {buyer, member}
    return len(groups), sum(bool(ids & friends) for ids in groups.values())
