"""Handing over a guide's customers: planned, asked of WeCom, and followed to the end of each.

A bond, and with it whose customer a member is, moves only once WeCom says that it is done.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import NewType, Protocol

from domain.contact.bonds import Bond, PartedBy, bond_of, met, parted
from domain.contact.contact_facts import FRIEND_MATCHED, of_bond
from domain.contact.groups import CustomerGroup, CustomerGroups, GroupHandOver
from domain.contact.matching_friends import bind_member
from domain.contact.mirroring import keep_bond
from domain.contact.opening_ways import brand_guide
from domain.contact.ports import ContactPorts
from domain.contact.seeing_friends import guide_looked_at
from domain.contact.wecom import MOST_FRIENDS, MOST_IN_A_CALL, HandedOver, HandOverStatus
from domain.kernel.each import each
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Invalid, Unavailable
from domain.kernel.states import Machine
from domain.kernel.versions import risen
from domain.network.stores import StoreId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act

MoveId = NewType("MoveId", str)
MOVES = Cursors("customers handed over", str)

# A hand-over takes effect after a day; document/path/92125.
TAKES = timedelta(hours=24)
LOOK_AGAIN = timedelta(hours=1)
# Whether a call that was not answered has begun anything is seen after a while.
UNKNOWN_FOR = timedelta(minutes=10)
MOST_AT_ONCE = 1_000
AT_ONCE = 8
MOST_TAKERS = 100


class MoveState(StrEnum):
    """Where one customer's hand-over stands."""

    PLANNED = "PLANNED"
    ASKED = "ASKED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    FULL = "FULL"
    FAILED = "FAILED"


CUSTOMER_MOVE: Machine[MoveState] = Machine(
    "customer move",
    begins=frozenset({MoveState.PLANNED, MoveState.FULL}),
    next={
        MoveState.PLANNED: frozenset({MoveState.ASKED}),
        MoveState.ASKED: frozenset(MoveState) - {MoveState.ASKED},
        # Who came back to whom they had been taken from can be handed over again.
        MoveState.DONE: frozenset({MoveState.PLANNED}),
        MoveState.REFUSED: frozenset(),
        MoveState.FULL: frozenset({MoveState.PLANNED}),
        MoveState.FAILED: frozenset({MoveState.PLANNED}),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMove:
    """One customer of somebody who gives them away; there is one at most for the two.

    `left` is whether whoever gives them away has left the company; `code` is why WeCom would not
    begin. `due_at` is when something is to be done about it, None at its end.
    """

    id: MoveId
    external_id: str
    name: str | None
    from_user: str
    to_user: str
    left: bool
    state: MoveState
    due_at: datetime | None
    code: int | None = None
    version: int = 0

    def to(
        self, state: MoveState, due_at: datetime | None = None, code: int | None = None
    ) -> "CustomerMove":
        """The move in its next state; WrongState where the table has no such step."""
        CUSTOMER_MOVE.require(self.state, state)
        return risen(replace(self, state=state, due_at=due_at, code=code))


class CustomerMoves(Protocol):
    """All customers who are handed over, or were."""

    async def of(self, from_user: str) -> Sequence[CustomerMove]:
        """All of one person."""

    async def page(
        self, from_user: str, state: MoveState | None, request: PageRequest
    ) -> Page[CustomerMove]:
        """A page of them, by the customer's id."""

    async def counts(self, from_user: str) -> Mapping[MoveState, int]:
        """How many stand where."""

    async def add(self, moves: Sequence[CustomerMove]) -> None:
        """Keep new ones; those that are there stay."""

    async def save(self, move: CustomerMove, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""

    async def save_all(self, moves: Sequence[CustomerMove]) -> Collection[str]:
        """Write some at once, each over the version before its own.

        Answers the ids of those that somebody else has written meanwhile, which stay.
        """

    async def due(self, now: datetime, most: int) -> Sequence[CustomerMove]:
        """Those about which something is to be done, the longest overdue first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverPorts(Ports):
    """What handing over needs."""

    contact: ContactPorts
    moves: CustomerMoves
    groups: CustomerGroups


async def start_hand_over(
    ports: HandOverPorts,
    act: Act,
    guide_id: str,
    *,
    taker_ids: Sequence[str],
    left: bool,
) -> Mapping[MoveState, int]:
    """Plan to hand over all friends of a guide; how many stand where by then.

    To those who are named, else to the others of the store, else to the brand's own account; each
    customer to whoever has fewest then, and the groups one after the other. Started again, it
    plans whom nobody had room for, whom WeCom would not begin with, and who was handed over and is
    a friend again.
    """
    guide = await guide_looked_at(ports.contact, act, guide_id)
    act.viewer.require("contact.hand_over", store=guide.store_id)
    takers = await _takers(ports, act, guide, taker_ids)
    user = guide.wecom_user_id
    friends = await ports.contact.bonds.standing_of(user)
    known = {one.id: one for one in await ports.moves.of(user)}
    again = {MoveState.FULL, MoveState.FAILED, MoveState.DONE}
    free = [
        one
        for one in friends
        if MoveId(one.id) not in known or known[MoveId(one.id)].state in again
    ]
    loads = await ports.contact.bonds.count_standing([one.wecom_user_id for one in takers])
    plan = planned(sorted(free, key=lambda one: one.id), loads)
    new = []
    for bond in free:
        to_user, before = plan.get(bond.id), known.get(MoveId(bond.id))
        if before is None:
            new.append(_move(bond, to_user, left=left, at=act.at))
        elif to_user is not None:
            after = replace(before.to(MoveState.PLANNED, act.at), to_user=to_user, left=left)
            await ports.moves.save(after, expected=before.version)
    await ports.moves.add(new)
    await _plan_groups(ports, act, user, takers, left=left)
    counts = await ports.moves.counts(user)
    said = {state.value: count for state, count in counts.items()}
    subject = Subject(kind="guide", id=guide.id)
    await ports.contact.records.append(
        act.record("handOverStart", subject, before={}, after={"moves": said, "left": left})
    )
    return counts


async def hand_over_of(
    ports: HandOverPorts, act: Act, guide_id: str, state: MoveState | None, request: PageRequest
) -> tuple[Mapping[MoveState, int], Page[CustomerMove], Sequence[CustomerGroup]]:
    """How a guide's hand-over stands, a page of the customers, and the groups."""
    guide = await guide_looked_at(ports.contact, act, guide_id)
    act.viewer.require("contact.hand_over", store=guide.store_id)
    user = guide.wecom_user_id
    customers = await ports.moves.page(user, state, request)
    return await ports.moves.counts(user), customers, await ports.groups.handed_from(user)


async def _plan_groups(
    ports: HandOverPorts, act: Act, user: str, takers: Collection[Guide], *, left: bool
) -> None:
    """Have the groups of who gives their customers away be the takers'."""
    users = sorted(one.wecom_user_id for one in takers)
    for number, group in enumerate(await ports.groups.owned_by([user])):
        plan = GroupHandOver(from_user=user, to_user=users[number % len(users)], left=left)
        after = risen(replace(group, hand_over=plan, due_at=act.at))
        await ports.groups.save(after, expected=group.version)


def planned(bonds: Sequence[Bond], loads: Mapping[str, int]) -> Mapping[str, str]:
    """Whose each customer is to be: whoever has fewest by then; nobody where all are full."""
    load = Counter(dict(loads))
    plan: dict[str, str] = {}
    for bond in bonds:
        to_user = min(load, key=lambda user: (load[user], user))
        if load[to_user] >= MOST_FRIENDS:
            break
        plan[bond.id] = to_user
        load[to_user] += 1
    return plan


async def go_on_with_hand_overs(ports: HandOverPorts, act: Act) -> int:
    """Ask for what is planned and look after what was asked for; tell of how many calls."""
    parts: dict[tuple[object, ...], list[CustomerMove]] = defaultdict(list)
    for one in await ports.moves.due(act.at, MOST_AT_ONCE):
        parts[one.state, one.from_user, one.to_user, one.left].append(one)
    calls = [
        moves[start : start + MOST_IN_A_CALL]
        for moves in parts.values()
        for start in range(0, len(moves), MOST_IN_A_CALL)
    ]
    return await each(calls, partial(_go_on, ports, act))


async def _go_on(ports: HandOverPorts, act: Act, moves: Sequence[CustomerMove]) -> None:
    if moves[0].state is MoveState.PLANNED:
        await _ask(ports, act, moves)
    else:
        await _look_after(ports, act, moves)


async def _ask(ports: HandOverPorts, act: Act, moves: Sequence[CustomerMove]) -> None:
    """Ask for at most 100, of whom nobody else asks: it is written down first.

    Whether a call that was not answered has begun anything is looked up later, never guessed.
    """
    asked = [one.to(MoveState.ASKED, act.at + UNKNOWN_FOR) for one in moves]
    others = await ports.moves.save_all(asked)
    mine = [one for one in asked if one.id not in others]
    if not mine:
        return
    first, ids = mine[0], [one.external_id for one in mine]
    codes = await ports.contact.wecom.hand_over(
        first.from_user, first.to_user, ids, left=first.left
    )
    answered = [
        one.to(MoveState.FAILED, code=code)
        if (code := codes[one.external_id])
        else risen(replace(one, due_at=act.at + TAKES))
        for one in mine
        if one.external_id in codes
    ]
    await ports.moves.save_all(answered)


async def _look_after(ports: HandOverPorts, act: Act, moves: Sequence[CustomerMove]) -> None:
    """See how those that were asked for stand; what WeCom does not tell lets others go first."""
    first = moves[0]
    try:
        told = await ports.contact.wecom.handed_over(
            first.from_user, first.to_user, left=first.left
        )
    except Unavailable:
        for one in moves:
            await _saved(ports, risen(replace(one, due_at=act.at + UNKNOWN_FOR)))
        raise
    found = {one.external_id: one for one in told}
    await each(
        moves,
        lambda one: _settle(ports, act, one, found.get(one.external_id)),
        at_once=AT_ONCE,
    )


async def _settle(
    ports: HandOverPorts, act: Act, move: CustomerMove, found: HandedOver | None
) -> None:
    match found.status if found else HandOverStatus.UNKNOWN:
        case HandOverStatus.DONE:
            assert found is not None
            await _moved(ports.contact, act, move, found.at or act.at)
            await _saved(ports, move.to(MoveState.DONE))
        case HandOverStatus.WAITING:
            await _saved(ports, risen(replace(move, due_at=act.at + LOOK_AGAIN)))
        case HandOverStatus.REFUSED:
            await _saved(ports, move.to(MoveState.REFUSED))
        case HandOverStatus.FULL:
            await _saved(ports, move.to(MoveState.FULL))
        case HandOverStatus.UNKNOWN:
            await _saved(ports, move.to(MoveState.PLANNED, act.at))


async def _moved(ports: ContactPorts, act: Act, move: CustomerMove, at: datetime) -> None:
    """Let the customer be the taker's from a moment on; again, it changes nothing."""
    old = bond_of(move.external_id, move.from_user)
    new = bond_of(move.external_id, move.to_user)
    found = await ports.bonds.by_ids([old.id, new.id])
    before, taken = found.get(old.id, old), found.get(new.id, new)
    guide = next(iter(await ports.guides.by_wecom_users([move.to_user])), None)
    after = replace(
        met(taken, at),
        name=before.name,
        member_id=before.member_id,
        waits_for=before.waits_for,
        handed=True,
        taken_from=before.guide_id,
        judge_at=None,
        guide_id=guide.id if guide else None,
        store_id=StoreId(guide.store_id) if guide else None,
    )
    await bind_member(ports, act, after)
    # Who is the taker's friend already becomes none anew: it is said that they are their customer.
    theirs = after.member_id and taken.standing and after != taken
    said = [of_bond(risen(after), FRIEND_MATCHED, act.at)] if theirs else []
    await keep_bond(ports, act, taken, after, *said)
    await keep_bond(ports, act, before, parted(before, at, PartedBy.TRANSFER))


async def _saved(ports: HandOverPorts, move: CustomerMove) -> bool:
    """Whether a move could be written over the version before; somebody else may be at it."""
    try:
        await ports.moves.save(move, expected=move.version - 1)
    except Conflict:
        return False
    return True


async def _takers(
    ports: HandOverPorts, act: Act, guide: Guide, taker_ids: Sequence[str]
) -> Collection[Guide]:
    """Those who are to have the customers: who is named, else the others of the store.

    Where there are none, it is the brand's own account.
    """
    if not taker_ids:
        others = await ports.contact.guides.of_store(guide.store_id)
        takers = [one for one in others if one.id != guide.id]
        brand = await brand_guide(ports.contact, act, ports.contact.rules.now())
        if not takers and brand and brand.id != guide.id:
            takers = [brand]
    else:
        if len(taker_ids) > MOST_TAKERS:
            raise Invalid(f"name at most {MOST_TAKERS} guides.", field=["takerIds"])
        found = await ports.contact.guides.by_ids([GuideId(one) for one in taker_ids])
        takers = [one for one in found.values() if one.active and one.id != guide.id]
        missing = set(taker_ids) - {one.id for one in takers}
        if missing:
            raise Invalid(
                f"{', '.join(sorted(missing))} can't take them: name other guides at work.",
                field=["takerIds"],
            )
    if not takers:
        raise Invalid("nobody else is in this store; name who takes them.", field=["takerIds"])
    return takers


def _move(bond: Bond, to_user: str | None, *, left: bool, at: datetime) -> CustomerMove:
    return CustomerMove(
        id=MoveId(bond.id),
        external_id=bond.external_id,
        name=bond.name,
        from_user=bond.user_id,
        to_user=to_user or "",
        left=left,
        state=MoveState.PLANNED if to_user else MoveState.FULL,
        due_at=at if to_user else None,
        version=1,
    )
