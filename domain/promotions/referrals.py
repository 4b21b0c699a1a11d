"""Referrals: a member invites somebody who is new, and both have something of their first purchase.

Nothing is given for inviting, joining or passing anything on: only a purchase that can't come back
any more counts. A friend has one inviter, the first whose code they accept, and nobody has anything
of whom their friends invite.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from domain.kernel.ids import PersonId
from domain.kernel.moments import NEVER
from domain.kernel.money import MOST_SUM, NOTHING, Fen
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.states import Cause, Machine, Step
from domain.kernel.within import Within
from domain.promotions.offers import CouponId, OfferId

TERMS_ID = "terms"
REFERRALS_OF_INVITER = Cursors("referrals of an inviter", datetime, str)
REFERRALS_IN_STATE = Cursors("referrals in a state", datetime, str)
# Whoever joined longer ago than this before they accept was a member without the inviter.
NEW_FOR = timedelta(days=1)
BURST = timedelta(hours=1)
A_FEN = Fen(1)

POINTS = Within(0, 100_000)
PAID_FEN = Within(1, MOST_SUM)
RETURN_DAYS = Within(0, 60)
PER_MONTH = Within(1, 1_000)
AN_HOUR = Within(1, 1_000)


class ReferralState(StrEnum):
    """How far a referral has got."""

    JOINED = "JOINED"
    BOUGHT = "BOUGHT"
    FLAGGED = "FLAGGED"
    REWARDING = "REWARDING"
    REWARDED = "REWARDED"
    VOID = "VOID"
    REVERSED = "REVERSED"


REFERRAL: Machine[ReferralState] = Machine(
    "referral",
    begins=frozenset({ReferralState.JOINED}),
    next={
        ReferralState.JOINED: frozenset({ReferralState.BOUGHT, ReferralState.VOID}),
        ReferralState.BOUGHT: frozenset(
            {ReferralState.FLAGGED, ReferralState.REWARDING, ReferralState.VOID}
        ),
        ReferralState.FLAGGED: frozenset({ReferralState.REWARDING, ReferralState.VOID}),
        ReferralState.REWARDING: frozenset({ReferralState.REWARDED}),
        ReferralState.REWARDED: frozenset({ReferralState.REVERSED}),
        ReferralState.VOID: frozenset(),
        ReferralState.REVERSED: frozenset(),
    },
)


class Doubt(StrEnum):
    """Why a referral waits for somebody to look at it."""

    KNOWN = "KNOWN"
    HOUSEHOLD = "HOUSEHOLD"
    PAYER = "PAYER"
    DEVICE = "DEVICE"
    BURST = "BURST"
    CAP = "CAP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A doubt, and what was seen, for whoever decides."""

    doubt: Doubt
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTerms:
    """What one side has of it: points, and a copy of a coupon whose way is REFERRAL."""

    points: int = 0
    coupon: OfferId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralTerms:
    """What head office says of referrals; version 0, before it has, invites nobody.

    The friend's first purchase counts if at least `paid` is left of it `return_days` after the last
    of its goods left a store. An inviter has something of `per_month` friends in a month, and more
    than `an_hour` who accept in an hour are looked at.
    """

    id: str = TERMS_ID
    version: int = 0
    inviter: SideTerms = SideTerms()
    friend: SideTerms = SideTerms()
    paid: Fen = A_FEN
    return_days: int = 15
    per_month: int = 10
    an_hour: int = 5

    def __post_init__(self) -> None:
        """Refuse what nobody could have, by field."""
        for name in ("inviter", "friend"):
            POINTS.read(getattr(self, name).points, ["input", name, "points"])
        PAID_FEN.read(self.paid, ["input", "paidFen"])
        RETURN_DAYS.read(self.return_days, ["input", "returnDays"])
        PER_MONTH.read(self.per_month, ["input", "perMonth"])
        AN_HOUR.read(self.an_hour, ["input", "anHour"])

    @property
    def returnable(self) -> timedelta:
        """How long goods may come back."""
        return timedelta(days=self.return_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """What one of the two was given; `coupon` is their copy, once there is one."""

    side: str
    member_id: PersonId
    points: int
    coupon: CouponId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """One friend's referral, whose id is the friend's, with the terms as they accepted them.

    `order_id` is their first purchase, `paid` what is left of it, `payer` the WeChat account that
    paid it, if that is known. `device` is a digest of the one on which they accepted, if it said
    which. `due_at` is when the clock has to look at it.
    """

    id: PersonId
    inviter_id: PersonId
    terms: ReferralTerms
    accepted_at: datetime
    state: ReferralState = ReferralState.JOINED
    order_id: str = ""
    paid: Fen = NOTHING
    payer: str = ""
    device: str = ""
    due_at: datetime = NEVER
    flags: tuple[Flag, ...] = ()
    rewards: tuple[Reward, ...] = ()
    steps: tuple[Step, ...] = ()
    version: int = 1


class Referrals(Protocol):
    """The referrals, one for each friend, each with a version; the codes that lead to inviters."""

    async def terms(self) -> ReferralTerms:
        """The terms that hold now."""

    async def set_terms(self, terms: ReferralTerms, *, expected: int) -> None:
        """Write terms over the expected version; else Conflict."""

    async def code_of(self, member_id: PersonId, new: str, device: str) -> str:
        """A member's code: the one that they have, else a new one from now on.

        It is noted that they asked on a device; "" says on none that is known.
        """

    async def invites_on(self, member_id: PersonId, device: str) -> bool:
        """Whether a member has asked for their code on a device."""

    async def inviter_of(self, code: str) -> PersonId | None:
        """Whose code it is."""

    async def by_ids(self, ids: Collection[PersonId]) -> Mapping[PersonId, Referral]:
        """The referrals of these friends."""

    async def of_orders(self, order_ids: Collection[str]) -> Mapping[str, Referral]:
        """The referrals whose first purchase is one of these orders, by order."""

    async def save(self, referral: Referral, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""

    async def of_inviter(self, ids: Sequence[PersonId], request: PageRequest) -> Page[Referral]:
        """Those of an inviter, by any id, the last accepted first."""

    async def in_state(self, state: ReferralState, request: PageRequest) -> Page[Referral]:
        """Those in a state, the last accepted first."""

    async def due(self, now: datetime, most: int) -> Sequence[Referral]:
        """Those that the clock has to look at."""

    async def others_by(
        self, referral: Referral, what: Literal["payer", "device"], value: str
    ) -> int:
        """How many other friends of the inviter's have the same payer or device."""

    async def accepted_between(
        self, inviter_id: PersonId, since: datetime, until: datetime
    ) -> Sequence[datetime]:
        """When friends accepted an inviter's code between two moments, the first one first."""


class Households(Protocol):
    """Where and to whom members had their orders sent, and who paid them."""

    async def payer_of(self, order_id: str) -> str:
        """The WeChat account that paid an order; "" where that is not known."""

    async def shared(self, one: Sequence[PersonId], other: Sequence[PersonId]) -> str | None:
        """What two, by all ids of each, had orders sent to, in words that show no more than that.

        None if nothing.
        """


def most_in_a_burst(moments: Sequence[datetime], at: datetime) -> int:
    """How many of these moments, in order, lie in the busiest hour that has one moment in it."""
    return max(
        (
            sum(first <= one <= first + BURST for one in moments)
            for first in moments
            if first <= at <= first + BURST
        ),
        default=0,
    )


def accepted(
    friend: PersonId, inviter: PersonId, terms: ReferralTerms, cause: Cause, *, device: str
) -> Referral:
    """A new referral."""
    begun = REFERRAL.begin(friend, ReferralState.JOINED, cause)
    return Referral(
        id=friend,
        inviter_id=inviter,
        terms=terms,
        accepted_at=cause.at,
        device=device,
        steps=(begun,),
    )


def bought(referral: Referral, order_id: str, paid: Fen, cause: Cause) -> Referral:
    """After the friend's first purchase, which is void where it is too small or came before."""
    if cause.at < referral.accepted_at:
        return void(referral, replace(cause, reason="They had bought before they accepted."))
    known = replace(referral, order_id=order_id, paid=paid)
    if paid < referral.terms.paid:
        return void(
            known, replace(cause, reason="The first purchase is smaller than it has to be.")
        )
    return _moved(known, ReferralState.BOUGHT, cause)


def sent(referral: Referral, at: datetime) -> Referral:
    """After goods of the purchase left a store: from the last of them on they can be returned."""
    due = at + referral.terms.returnable
    if referral.state is not ReferralState.BOUGHT or NEVER > referral.due_at >= due:
        return referral
    return replace(referral, due_at=due, version=referral.version + 1)


def refunded(referral: Referral, left: Fen, cause: Cause) -> Referral:
    """After some of the purchase was paid back, before anything was given."""
    known = replace(referral, paid=left)
    if left < referral.terms.paid:
        return void(known, replace(cause, reason="Too little is left of the first purchase."))
    return replace(known, version=referral.version + 1)


def flagged(referral: Referral, flags: Sequence[Flag], cause: Cause) -> Referral:
    """With what somebody has to look at."""
    return replace(_moved(referral, ReferralState.FLAGGED, cause), flags=tuple(flags), due_at=NEVER)


def rewarding(referral: Referral, rewards: Sequence[Reward], cause: Cause) -> Referral:
    """With what both are to have; whoever comes next gives it, if this is cut short."""
    after = _moved(referral, ReferralState.REWARDING, cause)
    return replace(after, rewards=tuple(rewards), due_at=cause.at)


def rewarded(referral: Referral, rewards: Sequence[Reward], cause: Cause) -> Referral:
    """With what both have."""
    after = _moved(referral, ReferralState.REWARDED, cause)
    return replace(after, rewards=tuple(rewards), due_at=NEVER)


def reversed_after(referral: Referral, left: Fen, cause: Cause) -> Referral:
    """After what was given is taken back."""
    return replace(_moved(referral, ReferralState.REVERSED, cause), paid=left)


def void(referral: Referral, cause: Cause) -> Referral:
    """That nobody has anything of."""
    return replace(_moved(referral, ReferralState.VOID, cause), due_at=NEVER)


def _moved(referral: Referral, after: ReferralState, cause: Cause) -> Referral:
    step = REFERRAL.step(referral.id, referral.state, after, cause)
    return replace(
        referral, state=after, steps=(*referral.steps, step), version=referral.version + 1
    )
