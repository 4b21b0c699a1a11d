"""Which arm of a split has most of the next epoch: that whose runs reached their goal most often.

Arms are compared inside epochs, and these differences added up: in a good week all arms do well,
and whoever had most of that week would seem better than it is. An arm that is held out keeps its
share, and what was decided for an epoch never changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.journeys.engine import epoch_of
from domain.journeys.journey_facts import JOURNEY_ENDED
from domain.journeys.journeys import JourneyId
from domain.journeys.ports import JourneyPorts
from domain.journeys.runs import RunState
from domain.journeys.steps import WHOLE, Arm, JourneyStep
from domain.kernel.facts import Batch, Fact
from domain.kernel.folding import Folds, Rule
from domain.kernel.ports import Ports
from domain.people.act import Act

# Of the share that is not held out, so much goes to the best arm.
BEST = 0.7
# Before every arm has so many runs that ended, nothing is learnt.
ENOUGH = 100
AHEAD = timedelta(hours=1)
ENDED_FACTS = frozenset({JOURNEY_ENDED})
Outcomes = Mapping[tuple[int, str], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmOutcome:
    """How many runs of an arm in an epoch ended, and how many of them at the goal."""

    id: str
    split: str
    ended: int = 0
    goals: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPorts(Ports):
    """What became of arms."""

    arms: Folds[ArmOutcome]


async def follow_ends(ports: ArmPorts, act: Act, batch: Batch) -> None:
    """Count each run that ended for the arms that it had."""
    concerned: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        for step, arm in fact.data["arms"].items():
            concerned.setdefault(f"{fact.data['journey']}|{step}|{arm}", []).append(fact)
    for key, facts in concerned.items():
        await ports.arms.fold(batch, {key: facts}, _counted(key))


def _counted(key: str) -> Rule[ArmOutcome]:
    def rule(before: ArmOutcome | None, facts: Sequence[Fact]) -> ArmOutcome:
        known = before or ArmOutcome(id=key, split=key.rpartition("|")[0])
        goals = sum(one.data["state"] == RunState.GOAL for one in facts)
        return replace(known, ended=known.ended + len(facts), goals=known.goals + goals)

    return rule


async def learn_arms(ports: JourneyPorts, act: Act) -> int:
    """Decide the shares of the epochs that are about to begin; tell of how many."""
    decided = 0
    for journey in await ports.journeys.live():
        version = journey.entrance
        for step in version.plan.learning if version else ():
            assert version is not None, "it has steps"
            known = await ports.learning.of([journey.id])
            epoch = epoch_of(step, version, act.at)
            following = epoch_of(step, version, act.at + AHEAD)
            if (journey.id, step.key, epoch) not in known:
                # Nobody was there in time: it stays as it was written.
                await _decide(ports, journey.id, step, epoch, {})
                decided += 1
            if following > epoch and (journey.id, step.key, following) not in known:
                outcomes = await ports.learning.outcomes(journey.id, step.key)
                await _decide(ports, journey.id, step, following, learnt(step.arms, outcomes))
                decided += 1
    return decided


async def _decide(
    ports: JourneyPorts, id: JourneyId, step: JourneyStep, epoch: int, shares: Mapping[str, int]
) -> None:
    whole = shares or {one.name: one.share for one in step.arms}
    await ports.learning.decide(id, step.key, epoch, whole)


def learnt(arms: Sequence[Arm], outcomes: Outcomes) -> Mapping[str, int]:
    """The shares of arms after what became of them; none where there is too little to learn of."""
    free = [one for one in arms if not one.held_out]
    runs = {
        one.name: sum(n for (_, arm), (n, _) in outcomes.items() if arm == one.name) for one in free
    }
    if len(free) < 2 or min(runs.values()) < ENOUGH:
        return {}
    best = max(free, key=lambda one: (_above(one.name, free, outcomes), one.name))
    whole = WHOLE - sum(one.share for one in arms if one.held_out)
    most = round(whole * BEST)
    others = [one for one in free if one is not best]
    each_one, rest = divmod(whole - most, len(others))
    shares = {one.name: one.share for one in arms if one.held_out}
    shares |= {one.name: each_one for one in others}
    return {**shares, best.name: most + rest}


def _above(name: str, free: Sequence[Arm], outcomes: Outcomes) -> float:
    """By how many goals an arm is above the average of its epochs, over all of them."""
    above = 0.0
    for epoch in {one for one, _ in outcomes}:
        rows = {one.name: outcomes.get((epoch, one.name), (0, 0)) for one in free}
        runs, goals = sum(n for n, _ in rows.values()), sum(g for _, g in rows.values())
        own_runs, own_goals = rows[name]
        if own_runs and runs:
            above += own_goals - own_runs * goals / runs
    return above / max(1, sum(n for (_, arm), (n, _) in outcomes.items() if arm == name))
