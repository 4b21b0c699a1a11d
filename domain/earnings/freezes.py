"""Freezing: who is frozen, or what an order earned, is not paid; the books stay as they are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from domain.earnings.bookkeeping import BooksOfOrders
from domain.earnings.journals import Account
from domain.earnings.notes import read_note
from domain.kernel.money import NOTHING, Fen
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import NotFound
from domain.kernel.states import Cause, Machine, Step
from domain.kernel.versions import risen
from domain.people.act import Act

FREEZES = Cursors("frozen earnings", str)
# More than any account has.
ALL_OF_IT = Fen(10**15)


class FrozenKind(StrEnum):
    """What can be frozen: all that an owner or a guide has, or all that an order earned."""

    OWNER = "OWNER"
    GUIDE = "GUIDE"
    ORDER = "ORDER"


class FreezeState(StrEnum):
    """Whether it is frozen now, or was."""

    FROZEN = "FROZEN"
    RELEASED = "RELEASED"


FREEZE: Machine[FreezeState] = Machine(
    "freeze",
    begins=frozenset({FreezeState.FROZEN}),
    next={
        FreezeState.FROZEN: frozenset({FreezeState.RELEASED}),
        FreezeState.RELEASED: frozenset({FreezeState.FROZEN}),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """What is frozen or was, under an id such as `owner:O1`; its steps say by whom and why."""

    id: str
    kind: FrozenKind
    whose: str
    state: FreezeState = FreezeState.FROZEN
    steps: tuple[Step, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What is frozen now: owners, guides and orders by id, and what such orders gave accounts."""

    ids: frozenset[str] = frozenset()
    held: Mapping[Account, Fen] = field(default_factory=dict)

    def whole(self, account: Account) -> bool:
        """Whether whoever has an account, as `guide:G1:payable`, is not to be paid at all."""
        return account.rpartition(":")[0] in self.ids

    def held_of(self, account: Account) -> Fen:
        """What of an account came from frozen orders."""
        return self.held.get(account, NOTHING)

    def kept_of(self, account: Account) -> Fen:
        """What of an account may not leave it now: all, or what frozen orders gave."""
        return ALL_OF_IT if self.whole(account) else self.held_of(account)

    def free(self, account: Account, balance: Fen) -> Fen:
        """What of a balance may be paid; below 0 where more is owed."""
        return NOTHING if self.whole(account) else Fen(balance - self.held_of(account))


class Freezes(Protocol):
    """What is frozen and what was, each with a version."""

    async def by_id(self, id: str) -> Freeze | None:
        """The freeze of this id."""

    async def standing(self) -> Sequence[Freeze]:
        """All that is frozen now; few are."""

    async def page(self, state: FreezeState, request: PageRequest) -> Page[Freeze]:
        """What is frozen, or what was, by id."""

    async def save(self, freeze: Freeze, *, expected: int) -> None:
        """Write one over its expected version, 0 for a new one; else Conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezePorts(Ports):
    """What freezing needs."""

    freezes: Freezes
    books: BooksOfOrders


async def freeze_earnings(
    ports: FreezePorts, act: Act, kind: FrozenKind, of: str, reason: str
) -> Freeze:
    """Let an owner, a guide or an order's part be paid no more; frozen again, it is the same."""
    act.viewer.require("earnings.freeze")
    said = read_note(reason, "reason")
    name = read_note(of, "of")
    id_ = f"{kind.lower()}:{name}"
    before = await ports.freezes.by_id(id_)
    cause = Cause(actor=act.viewer.id, at=act.at, reason=said)
    if before is None:
        step = FREEZE.begin(id_, FreezeState.FROZEN, cause)
        after = Freeze(id=id_, kind=kind, whose=name, steps=(step,))
    elif before.state is FreezeState.FROZEN:
        return before
    else:
        after = _moved(before, FreezeState.FROZEN, cause)
    await ports.freezes.save(risen(after), expected=after.version)
    return risen(after)


async def release_earnings(ports: FreezePorts, act: Act, id: str, reason: str) -> Freeze:
    """Let what is frozen be paid again; released again, it is the same."""
    act.viewer.require("earnings.freeze")
    said = read_note(reason, "reason")
    before = await ports.freezes.by_id(id)
    if before is None:
        raise NotFound(f"{id} was never frozen; look its id up in the list.", field=["id"])
    if before.state is FreezeState.RELEASED:
        return before
    cause = Cause(actor=act.viewer.id, at=act.at, reason=said)
    after = _moved(before, FreezeState.RELEASED, cause)
    await ports.freezes.save(risen(after), expected=after.version)
    return risen(after)


async def freezes_seen(
    ports: FreezePorts, act: Act, state: FreezeState, request: PageRequest
) -> Page[Freeze]:
    """What is frozen, or what was."""
    act.viewer.require("earnings.freeze")
    return await ports.freezes.page(state, request)


async def frozen_now(ports: FreezePorts, act: Act) -> Frozen:
    """What may not be paid now."""
    standing = await ports.freezes.standing()
    orders = [one.whose for one in standing if one.kind is FrozenKind.ORDER]
    held = Counter[Account]()
    for books in await ports.books.by_ids(orders) if orders else ():
        for account, fen in books.booked.items():
            if account.endswith(":payable"):
                held[account] += max(0, fen)
    return Frozen(
        ids=frozenset(one.id for one in standing),
        held={account: Fen(fen) for account, fen in held.items()},
    )


def _moved(freeze: Freeze, after: FreezeState, cause: Cause) -> Freeze:
    step = FREEZE.step(freeze.id, freeze.state, after, cause)
    return replace(freeze, state=after, steps=(*freeze.steps, step))
