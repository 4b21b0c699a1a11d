"""The shop of rewards: what coins buy, how many there are, and what guides have ordered.

An order is written down first; then it takes one of what is there, and then the coins. Each is
decided once under the order's own id, so that whoever comes next ends what a crash has cut short
in the same way: never one more than there are, never a coin that was not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.apply_once import Posting
from domain.kernel.lines import read_line, read_paragraphs
from domain.kernel.moments import NEVER
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.request_keys import RequestKey
from domain.kernel.states import Cause, Machine, Step
from domain.kernel.within import Within
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.wallets.lots import negative
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.wallets import NO_EFFECT, Unit, wallet_id

RewardId = NewType("RewardId", str)
RewardOrderId = NewType("RewardOrderId", str)
REWARDS = Cursors("rewards for coins", str)
REWARD_ORDERS = Cursors("orders of rewards", datetime, str)

LEFT = "left"
PRICE = Within(1, 1_000_000)
ADDED = Within(-100_000, 100_000)
LONGEST_NAME = 60
LONGEST_TEXT = 500
LONGEST_REASON = 300
# How long whoever began an order has to end it, before the clock does.
GRACE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinReward:
    """What coins buy; only what is `offered` can be ordered."""

    id: RewardId
    name: str
    text: str
    coins: int
    offered: bool = True
    version: int = 1


class RewardOrderState(StrEnum):
    """Where an order of a reward stands."""

    TAKING = "TAKING"
    REFUSED = "REFUSED"
    ORDERED = "ORDERED"
    HANDED_OVER = "HANDED_OVER"
    CANCELLED = "CANCELLED"


REWARD_ORDER: Machine[RewardOrderState] = Machine(
    "reward order",
    begins=frozenset({RewardOrderState.TAKING}),
    next={
        RewardOrderState.TAKING: frozenset({RewardOrderState.ORDERED, RewardOrderState.REFUSED}),
        RewardOrderState.ORDERED: frozenset(
            {RewardOrderState.HANDED_OVER, RewardOrderState.CANCELLED}
        ),
        RewardOrderState.REFUSED: frozenset(),
        RewardOrderState.HANDED_OVER: frozenset(),
        RewardOrderState.CANCELLED: frozenset(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardOrder:
    """A guide's order of one reward, by its name and price then; the guide fetches it in the store.

    `why` says why it was refused or called off; `due_at` is when the clock has to end what is under
    way.
    """

    id: RewardOrderId
    reward_id: RewardId
    name: str
    coins: int
    guide_id: GuideId
    store_id: StoreId
    asked: RequestKey
    ordered_at: datetime
    state: RewardOrderState = RewardOrderState.TAKING
    why: str = ""
    steps: tuple[Step, ...] = ()
    due_at: datetime = NEVER
    version: int = 1


class CoinRewards(Protocol):
    """What the shop has."""

    async def by_id(self, id: RewardId) -> CoinReward | None:
        """One reward."""

    async def page(self, request: PageRequest, *, offered: bool) -> Page[CoinReward]:
        """Those that are offered, or all, by id."""

    async def left(self, ids: Sequence[RewardId]) -> Mapping[RewardId, int]:
        """How many there are of each; one of which there never were any is left out."""

    async def save(self, reward: CoinReward, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""


class RewardOrders(Protocol):
    """The orders, one for each guide and key."""

    async def by_id(self, id: RewardOrderId) -> RewardOrder | None:
        """One order."""

    async def save(self, order: RewardOrder, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""

    async def of_guide(self, guide_id: GuideId, request: PageRequest) -> Page[RewardOrder]:
        """A guide's, the newest first."""

    async def of_store(self, store_id: StoreId, request: PageRequest) -> Page[RewardOrder]:
        """Those of a store's guides, the newest first."""

    async def due(self, now: datetime, most: int) -> Sequence[RewardOrder]:
        """Those that the clock has to end."""


def checked_reward(reward: CoinReward) -> CoinReward:
    """The reward with its texts as they are kept, or Invalid by field."""
    return replace(
        reward,
        name=read_line(reward.name, most=LONGEST_NAME, least=1, field=["input", "name"]),
        text=read_paragraphs(reward.text, most=LONGEST_TEXT, field=["input", "text"]),
        coins=PRICE.read(reward.coins, ["input", "coins"]),
    )


def begun(order: RewardOrder, cause: Cause) -> RewardOrder:
    """An order that is to take what it needs."""
    step = REWARD_ORDER.begin(order.id, RewardOrderState.TAKING, cause)
    return replace(order, steps=(step,), due_at=cause.at + GRACE)


def ordered(order: RewardOrder, cause: Cause) -> RewardOrder:
    """An order that has its reward and has paid for it."""
    return replace(moved(order, RewardOrderState.ORDERED, cause), due_at=NEVER)


def refused(order: RewardOrder, why: str, cause: Cause) -> RewardOrder:
    """An order for which there was no reward left, or too few coins."""
    return replace(moved(order, RewardOrderState.REFUSED, cause), why=why, due_at=NEVER)


def cancelled(order: RewardOrder, cause: Cause) -> RewardOrder:
    """An order that nobody fetches; what it took is still to be given back."""
    why = read_line(cause.reason, most=LONGEST_REASON, least=1, field=["reason"])
    after = moved(order, RewardOrderState.CANCELLED, replace(cause, reason=why))
    return replace(after, why=why, due_at=cause.at + GRACE)


def moved(order: RewardOrder, after: RewardOrderState, cause: Cause) -> RewardOrder:
    """The order in another state."""
    step = REWARD_ORDER.step(order.id, order.state, after, cause)
    return replace(order, state=after, steps=(*order.steps, step), version=order.version + 1)


def takes(order: RewardOrder) -> Posting:
    """One of the reward, refused where none is left."""
    return Posting(
        id=f"take:{order.id}",
        target=order.reward_id,
        at=order.ordered_at,
        add={LEFT: -1},
        at_least={LEFT: 1},
    )


def puts_back(order: RewardOrder, at: datetime) -> Posting:
    """The one that was taken."""
    return Posting(id=f"back:{order.id}", target=order.reward_id, at=at, add={LEFT: 1})


def pays(order: RewardOrder) -> WalletMovement:
    """The coins for it, refused where there are too few."""
    return WalletMovement(
        id=f"reward:{order.id}",
        target=wallet_id(Unit.COINS, order.guide_id),
        kind=MovementKind.SPEND,
        at=order.ordered_at,
        units=order.coins,
        about=order.id,
        reason=order.name,
        by=order.guide_id,
    )


def paid_back(paid: WalletMovement, cause: Cause) -> WalletMovement:
    """The coins of a cancelled order, to the lots that they came from."""
    return replace(
        paid,
        id=f"back:{paid.id}",
        kind=MovementKind.GIVE_BACK,
        at=cause.at,
        shares=negative(paid.effect.lots),
        by=cause.actor,
        effect=NO_EFFECT,
    )
