"""Budgets of offers: what an order takes of them is checked in a write, and given back once.

An offer of which too little is left ends as one that is withdrawn does, everywhere at one instant,
and holds again where an order that took of it comes to nothing.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from domain.kernel.apply_once import Ledger, Posting, State, apply_once, finish_open, take
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict
from domain.people.act import Act
from domain.promotions.bounds import taking
from domain.promotions.calculating import Priced
from domain.promotions.offer_versions import OfferHistory, held_again, used_up
from domain.promotions.offering import PromotionSource, PromotionWriter
from domain.promotions.offers import Budget, OfferId
from domain.promotions.reckoning import Allocation, RuleOutcome

FEN, USES = "fen", "uses"
MOST_TRIES = 8
# An offer ends once less than this part of its fen is left: nobody ends one by asking for much.
REST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What one order takes of the budget of a version of an offer: a use, and what it gave."""

    offer_id: OfferId
    offer_version: int
    name: str
    budget: Budget
    fen: Fen

    @property
    def taken(self) -> Mapping[str, int]:
        """By what it is counted."""
        return {FEN: self.fen, USES: 1}

    @property
    def most(self) -> Mapping[str, int]:
        """By what it is bounded."""
        bounds = {FEN: self.budget.fen, USES: self.budget.uses}
        return {name: most for name, most in bounds.items() if most is not None}


class Spent(Protocol):
    """What was taken of budgets, as it stands."""

    async def spent(self, ids: Collection[OfferId]) -> Mapping[OfferId, Mapping[str, int]]:
        """So many fen and uses of each offer; of one of which nothing is counted there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPorts(Ports):
    """Offers and their writing, and what is taken of their budgets."""

    source: PromotionSource
    writer: PromotionWriter
    totals: Ledger[Posting]
    spent: Spent


def spendings(priced: Priced, discounts: Sequence[Allocation]) -> tuple[Spending, ...]:
    """What an order takes of budgets; a gift of which there was none takes nothing."""
    given: Counter[OfferId] = Counter()
    for one in discounts:
        given[one.offer_id] += one.amount
    gifts = {offer.id for offer, _ in priced.gifts}
    return tuple(
        Spending(
            offer_id=one.offer.id,
            offer_version=one.offer.version,
            name=one.offer.name,
            budget=one.offer.budget,
            fen=Fen(given[one.offer.id]),
        )
        for one in priced.traced
        if one.offer.budget is not None
        and one.outcome is RuleOutcome.APPLIED
        and (given[one.offer.id] or one.offer.id not in gifts)
    )


async def take_budgets(
    ports: BudgetPorts, act: Act, hold: str, wanted: Sequence[Spending]
) -> Spending | None:
    """Take what an order's hold needs; the one of which too little is left, or None if all is had.

    What is had of the others is for the caller to give back.
    """
    entries = await apply_once(
        ports.totals,
        [taking(_taken_id(hold, one), one.offer_id, act.at, one.taken, one.most) for one in wanted],
    )
    await _end_spent(ports, act, wanted)
    refused = (
        one for entry, one in zip(entries, wanted, strict=True) if entry.state is State.REFUSED
    )
    return next(refused, None)


async def give_budgets_back(
    ports: BudgetPorts, act: Act, hold: str, wanted: Sequence[Spending]
) -> None:
    """Give back what a hold took, once; what it did not get is not given."""
    taken = await take(ports.totals, [_taken_id(hold, one) for one in wanted])
    had = [
        one
        for one in wanted
        if (entry := taken.get(_taken_id(hold, one))) and entry.state is State.APPLIED
    ]
    back = [
        Posting(id=f"back:{_taken_id(hold, one)}", target=one.offer_id, at=act.at, add=one.taken)
        for one in had
    ]
    await apply_once(ports.totals, back)
    for one in had:
        await _change(ports, one, partial(held_again, number=one.offer_version, at=act.at))


async def finish_budgets(ports: BudgetPorts, act: Act) -> None:
    """Finish what a crash has cut short."""
    await finish_open(ports.totals, act.at)


async def _end_spent(ports: BudgetPorts, act: Act, wanted: Sequence[Spending]) -> None:
    spent = await ports.spent.spent({one.offer_id for one in wanted})
    for one in wanted:
        counted = spent.get(one.offer_id, {})
        left = {name: most - counted.get(name, 0) for name, most in one.most.items()}
        rest = (one.budget.fen or 0) // REST
        if left.get(USES, 1) < 1 or left.get(FEN, rest + 1) <= rest:
            await _change(ports, one, partial(used_up, number=one.offer_version, at=act.at))


async def _change(
    ports: BudgetPorts, one: Spending, rule: Callable[[OfferHistory], OfferHistory]
) -> None:
    for _ in range(MOST_TRIES):
        before = ports.source.promotions().offers[one.offer_id]
        after = rule(before)
        if after == before:
            return
        with contextlib.suppress(Conflict):
            await ports.writer.save_offer(after, expected=before.version)
            return


def _taken_id(hold: str, one: Spending) -> str:
    return f"take:{hold}:{one.offer_id}"
