"""Steps of journeys: what a run waits for, where it goes, and what is done at it.

A step leads to later ones alone, so that a run is at each of them once at most and comes to an end.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from domain.audiences.segments import SegmentId
from domain.journeys.happenings import HAPPENINGS, FactMatch
from domain.kernel.lines import read_paragraphs
from domain.kernel.refusals import Invalid
from domain.kernel.within import Within
from domain.members.consent import Purpose
from domain.promotions.offers import OfferId

MOST_STEPS = 60
MOST_ARMS = 8
MOST_LABELS = 50
LONGEST_TEXT = 500
# Arms share so many parts.
WHOLE = 10_000
SECONDS = Within(1, 400 * 86_400)
DAYS = Within(0, 400)
MINUTE = Within(0, 24 * 60 - 1)
EPOCH_DAYS = Within(0, 90)
# What stands in ids and as the name of a field.
_NAME = re.compile(r"[\w-]{1,40}")
PURPOSES = frozenset({Purpose.SERVICE, Purpose.MARKETING})


class StepKind(StrEnum):
    """What a step does."""

    WAIT = "WAIT"
    WAIT_CLOCK = "WAIT_CLOCK"
    WAIT_FACT = "WAIT_FACT"
    BRANCH = "BRANCH"
    SPLIT = "SPLIT"
    MESSAGE = "MESSAGE"
    COUPON = "COUPON"
    TAG = "TAG"
    TODO = "TODO"
    STOP = "STOP"


# At which something is done for the member, and which of them speak to somebody.
ACTIONS = frozenset({StepKind.MESSAGE, StepKind.COUPON, StepKind.TAG, StepKind.TODO})
SPEAKING = frozenset({StepKind.MESSAGE, StepKind.TODO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way of a split: its share in 10,000 parts, and the step it leads to; None ends the run.

    A `held_out` arm keeps its share whatever is found, and whom it has in all epochs.
    """

    name: str
    share: int
    to: str | None = None
    held_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyStep:
    """One step, and the next ones; None ends the run.

    - WAIT: for so many `seconds`.
    - WAIT_CLOCK: until `minute` of a day in China, so many `days` on; the next day if it is past.
    - WAIT_FACT: for a `fact` since the run began; `otherwise` if none comes in so many `seconds`.
    - BRANCH: on whether the member is in a segment, did something since, or, with `at_entry`, on
      whether what began the run fits the fact; else `otherwise`.
    - SPLIT: by chance, for good; with `epoch_days`, the best arm has most of the next epoch.
    - MESSAGE: a message by its `template`, with `values` for its places.
    - TODO: the member's guide is asked to say `text`.
    - COUPON: of an offer; TAG: for so many `days`, or for good where they are 0.

    An action that is late by more than `useful_s` seconds is left out; 0 is never late. Where one
    is left out or fails, `otherwise` is next if it is named, and else the same as if it were done.
    """

    key: str
    kind: StepKind
    then: str | None = None
    otherwise: str | None = None
    seconds: int = 0
    minute: int = 0
    days: int = 0
    fact: FactMatch | None = None
    at_entry: bool = False
    segment_id: SegmentId | None = None
    arms: tuple[Arm, ...] = ()
    epoch_days: int = 0
    text: str = ""
    template: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    purpose: Purpose = Purpose.MARKETING
    offer_id: OfferId | None = None
    tag: str | None = None
    useful_s: int = 0

    def leads_to(self) -> Iterator[str]:
        """The steps that may come next."""
        found = [self.then, self.otherwise, *(one.to for one in self.arms)]
        yield from (one for one in found if one is not None)

    @property
    def useful(self) -> timedelta | None:
        """How late it may be done; None for any time."""
        return timedelta(seconds=self.useful_s) if self.useful_s else None


def checked_steps(steps: Sequence[JourneyStep], at: Sequence[str]) -> tuple[JourneyStep, ...]:
    """The steps, or Invalid: what one lacks, or leads back, or to nowhere."""
    if not 1 <= len(steps) <= MOST_STEPS:
        raise Invalid(f"A journey has 1 to {MOST_STEPS} steps.", field=at)
    places = {one.key: n for n, one in enumerate(steps)}
    if len(places) < len(steps):
        raise Invalid("Two steps have the same key; give each its own.", field=at)
    for n, step in enumerate(steps):
        here = [*at, str(n)]
        _read_name(step.key, [*here, "key"])
        for to in step.leads_to():
            if places.get(to, -1) <= n:
                raise Invalid(f"{step.key} must lead to a later step; {to} is none.", field=here)
        _check(step, here)
    reached = {steps[0].key} | {to for one in steps for to in one.leads_to()}
    if lost := [one.key for one in steps if one.key not in reached]:
        raise Invalid(f"Nothing leads to {', '.join(lost)}; take it out.", field=at)
    return tuple(steps)


def _check(step: JourneyStep, at: Sequence[str]) -> None:
    def need(given: bool, name: str, what: str) -> None:
        if not given:
            raise Invalid(f"{step.key}: {what}.", field=[*at, name])

    kind = step.kind
    if step.useful_s:
        SECONDS.read(step.useful_s, [*at, "usefulSeconds"])
    DAYS.read(step.days, [*at, "days"])
    if kind in (StepKind.WAIT, StepKind.WAIT_FACT):
        SECONDS.read(step.seconds, [*at, "seconds"])
    if kind is StepKind.WAIT_CLOCK:
        MINUTE.read(step.minute, [*at, "minute"])
    if kind is StepKind.WAIT_FACT:
        need(step.fact is not None, "fact", "say which fact it waits for")
    if kind is StepKind.BRANCH:
        need((step.fact is None) != (step.segment_id is None), "fact", "name a fact or a segment")
        need(not step.at_entry or step.fact is not None, "atEntry", "name a fact")
    if kind is StepKind.SPLIT:
        _check_arms(step, at)
    if kind is StepKind.MESSAGE:
        need(bool(step.template), "templateId", "name the message's template")
        for name in step.values:
            _read_name(name, [*at, "values"])
    if kind is StepKind.TODO:
        read_paragraphs(step.text, least=1, most=LONGEST_TEXT, field=[*at, "text"])
    if kind in SPEAKING:
        need(step.purpose in PURPOSES, "purpose", "it is for SERVICE or MARKETING")
    if kind is StepKind.COUPON:
        need(bool(step.offer_id), "offerId", "name the coupon's offer")
    if kind is StepKind.TAG:
        need(bool(step.tag), "tag", "name the tag")
    if step.fact:
        check_match(step.fact, [*at, "fact"])


def _read_name(name: str, at: Sequence[str]) -> None:
    if not _NAME.fullmatch(name):
        raise Invalid("Name it by 1 to 40 letters, digits, hyphens and underscores.", field=at)


def check_match(match: FactMatch, at: Sequence[str]) -> None:
    """Refuse a fact that journeys do not hear of."""
    if match.kind not in HAPPENINGS:
        known = ", ".join(sorted(HAPPENINGS))
        raise Invalid(f"Journeys hear of {known}.", field=[*at, "kind"])
    if len(match.labels) > MOST_LABELS:
        raise Invalid(f"Name {MOST_LABELS} labels at most.", field=[*at, "labels"])


def _check_arms(step: JourneyStep, at: Sequence[str]) -> None:
    arms = [*at, "arms"]
    EPOCH_DAYS.read(step.epoch_days, [*at, "epochDays"])
    if not 2 <= len(step.arms) <= MOST_ARMS:
        raise Invalid(f"A split has 2 to {MOST_ARMS} arms.", field=arms)
    if len({one.name for one in step.arms}) < len(step.arms):
        raise Invalid("Give each arm its own name.", field=arms)
    for arm in step.arms:
        _read_name(arm.name, arms)
    if any(one.share < 0 for one in step.arms) or sum(one.share for one in step.arms) != WHOLE:
        raise Invalid(f"The shares of all arms add up to {WHOLE:,}.", field=arms)


def shares_of(step: JourneyStep, learnt: Mapping[str, int]) -> list[tuple[Arm, int]]:
    """The share of each arm: as was learnt for the epoch, else as it was written."""
    return [(one, learnt.get(one.name, one.share)) for one in step.arms]
