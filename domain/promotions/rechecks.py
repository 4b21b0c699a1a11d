"""Thresholds that are asked for again when goods come back.

An offer with `recheck` gave what it gave for a threshold. Let T be some units of an order that come
back, and R(T) what was paid for them, less what the units that stay have gained by each such offer
whose threshold they no longer meet. After the units S have come back, in whatever parts and order,
there was given back in all the most that any T within S gives:

    F(S) = max R(T) over all T within S, where R of nothing is 0

So F depends on S alone, never falls, is never below 0, is what was paid for S while what stays
meets every threshold, and for everything it is all that was paid: nothing stays that gained.

For each choice of offers whose thresholds may be missed, the best T is as large as it can be while
what stays still meets the others: where there are no others that is S itself, else a knapsack that
holds as much as may come back of what the threshold counts. Where several others are to be met each
has its own, and the one that lets least come back decides. That is F for an order with one such
offer. With several it may be more, never less, and has all that was said of F: it is the greatest
of least values, each of which never falls as S grows.

What some pieces of a line gained is rounded with what was paid for them, so that pieces of one
price cost that price again to the fen.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Protocol

from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units, added_up
from domain.kernel.money import Fen, part_of
from domain.promotions.calculating import Priced
from domain.promotions.offers import OfferId, Tiers
from domain.promotions.reckoning import Allocation

# Of an order's offers so many are asked for again, those that gave most; each choice is tried out.
MOST_RECHECKS = 2
# So many states a knapsack has at most. Where there are more choices than that and more fen, it
# counts in steps of several fen, in the buyer's favour: the steps are an order's own, always the
# same, so that everything above holds.
MOST_STATES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckedLine:
    """What a threshold counted of all units of a SKU, fen or pieces, and what these gained."""

    sku: Sku
    counted: int
    gained: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """An offer's threshold as an order met it: from `at` on, by what it counted of which line."""

    offer_id: OfferId
    offer_version: int
    name: str
    at: int
    lines: tuple[RecheckedLine, ...]

    @property
    def gained(self) -> Fen:
        """What the order gained by it."""
        return Fen(sum(one.gained for one in self.lines))

    @property
    def spare(self) -> int:
        """So much of what it counts may come back before it is missed."""
        return sum(one.counted for one in self.lines) - self.at


class PaidLine(Protocol):
    """All units of a SKU and what was paid for them."""

    @property
    def sku(self) -> Sku:
        """Of what."""

    @property
    def quantity(self) -> int:
        """How many."""

    @property
    def payable(self) -> Fen:
        """For how much."""


def rechecks(priced: Priced, discounts: Sequence[Allocation]) -> tuple[Recheck, ...]:
    """The thresholds that are asked for again of an order, those that gave most first."""
    found = []
    for offer, counted in priced.rechecked:
        assert isinstance(offer.effect, Tiers), "only a step is asked for again"
        gained: Counter[Sku] = Counter()
        for one in discounts:
            if one.offer_id == offer.id:
                gained[one.sku] += one.amount
        found.append(
            Recheck(
                offer_id=offer.id,
                offer_version=offer.version,
                name=offer.name,
                at=offer.effect.tiers[0].at,
                lines=tuple(
                    RecheckedLine(sku=sku, counted=counted.get(sku, 0), gained=Fen(gained[sku]))
                    for sku in sorted({*counted, *gained})
                ),
            )
        )
    found.sort(key=lambda one: (-one.gained, one.offer_id))
    return tuple(one for one in found if one.gained)[:MOST_RECHECKS]


def given_back(lines: Sequence[PaidLine], asked_again: Sequence[Recheck], back: Units) -> Fen:
    """What was given back in all once these units of an order have come back; F, see above."""
    by_sku = {line.sku: line for line in lines}
    best = 0
    for not_met in _choices(asked_again):
        gained = added_up({one.sku: one.gained for one in offer.lines} for offer in not_met)
        worth = {
            line.sku: [
                part_of(
                    Fen(line.payable + gained.get(line.sku, 0)), line.quantity, before=0, count=n
                )
                for n in range(back.get(line.sku, 0) + 1)
            ]
            for line in lines
        }
        most = sum(pieces[-1] for pieces in worth.values())
        met = (one for one in asked_again if one not in not_met)
        within = min((_most_within(one, by_sku, worth) for one in met), default=most)
        best = max(best, within - sum(gained.values()))
    return Fen(best)


def missed(
    lines: Sequence[PaidLine], asked_again: Sequence[Recheck], back: Units
) -> Sequence[Recheck]:
    """The offers of which units that stay have gained, and no longer meet the threshold."""
    quantities = {line.sku: line.quantity for line in lines}

    def gone(sku: Sku, amount: int) -> int:
        return part_of(Fen(amount), quantities[sku], before=0, count=back.get(sku, 0))

    return [
        offer
        for offer in asked_again
        if sum(gone(one.sku, one.counted) for one in offer.lines) > offer.spare
        and sum(gone(one.sku, one.gained) for one in offer.lines) < offer.gained
    ]


def _choices(asked_again: Sequence[Recheck]) -> Iterator[Sequence[Recheck]]:
    return (some for n in range(len(asked_again) + 1) for some in combinations(asked_again, n))


def _most_within(
    recheck: Recheck, lines: Mapping[Sku, PaidLine], worth: Mapping[Sku, Sequence[int]]
) -> int:
    """The most that some of what came back is worth while what stays meets a threshold."""
    counted = {one.sku: one.counted for one in recheck.lines if one.counted}
    choices = prod(lines[sku].quantity + 1 for sku in counted)
    step = 1 if choices <= MOST_STATES else recheck.spare // MOST_STATES + 1
    best = {0: sum(pieces[-1] for sku, pieces in worth.items() if sku not in counted)}
    for sku, count in counted.items():
        after: dict[int, int] = {}
        for n, value in enumerate(worth[sku]):
            weight = count * n // lines[sku].quantity // step
            for before, so_far in best.items():
                together = before + weight
                if together <= recheck.spare // step:
                    after[together] = max(after.get(together, 0), so_far + value)
        best = after
    return max(best.values())
