"""What guides have by now, for themselves and their manager, and what owners have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.earnings.journals import Account, Journals
from domain.earnings.rankings import EarnedByGuides
from domain.kernel.days import beijing_day, month_of
from domain.kernel.money import NOTHING, Fen
from domain.kernel.ports import Ports
from domain.people.accounts import GuideId, Guides
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedNow:
    """What was earned in this day and this month in China, less what was taken back in it."""

    today: Fen
    this_month: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What somebody has earned: what may still be taken back, and what is theirs to be paid."""

    pending: Fen
    payable: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideEarnings:
    """What one of a store's guides has."""

    guide_id: GuideId
    guide_name: str
    pending: Fen
    payable: Fen
    now: EarnedNow


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningsViewPorts(Ports):
    """What showing what people have needs."""

    guides: Guides
    journals: Journals
    earned: EarnedByGuides


async def own_earned(ports: EarningsViewPorts, act: Act) -> EarnedNow:
    """What the guide who asks earned today and this month."""
    act.viewer.require("earnings.have")
    own = GuideId(act.viewer.id)
    return (await _earned_now(ports, act, [own]))[own]


async def store_earnings(
    ports: EarningsViewPorts, act: Act, store_id: str
) -> Sequence[GuideEarnings]:
    """What the active guides of a store have, by id; three round trips."""
    act.viewer.require("earnings.see", store=store_id)
    guides = await ports.guides.of_store(store_id)
    ids = [one.id for one in guides]
    balances = await _balances(ports, [f"guide:{one}" for one in ids])
    earned = await _earned_now(ports, act, ids)
    found = []
    for one in guides:
        balance = balances[f"guide:{one.id}"]
        found.append(
            GuideEarnings(
                guide_id=one.id,
                guide_name=one.name,
                pending=balance.pending,
                payable=balance.payable,
                now=earned[one.id],
            )
        )
    return found


async def owner_earnings(ports: EarningsViewPorts, act: Act, owner_id: str) -> Balance:
    """What an owner has, for its franchisee too."""
    act.viewer.require("owner_earnings.see", owner=owner_id)
    return (await _balances(ports, [f"owner:{owner_id}"]))[f"owner:{owner_id}"]


async def _balances(ports: EarningsViewPorts, whose: Sequence[str]) -> Mapping[str, Balance]:
    names = [Account(f"{one}:{stage}") for one in whose for stage in ("pending", "payable")]
    found = {one.account: one.balance for one in await ports.journals.balances(names)}
    return {
        one: Balance(
            pending=found.get(Account(f"{one}:pending"), NOTHING),
            payable=found.get(Account(f"{one}:payable"), NOTHING),
        )
        for one in whose
    }


async def _earned_now(
    ports: EarningsViewPorts, act: Act, guide_ids: Sequence[GuideId]
) -> Mapping[GuideId, EarnedNow]:
    day, month = beijing_day(act.at).isoformat(), month_of(act.at)
    found = await ports.earned.of_guides(guide_ids, [day, month])
    return {
        one: EarnedNow(
            today=found.get((one, day), NOTHING), this_month=found.get((one, month), NOTHING)
        )
        for one in guide_ids
    }
