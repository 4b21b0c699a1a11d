"""Who has earned most in a day or a month, from what is counted with each journal."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.earnings.settling import read_period
from domain.kernel.money import Fen
from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.kernel.ports import Ports
from domain.kernel.refusals import Invalid
from domain.people.accounts import GuideId
from domain.people.act import Act

RANKED = Cursors("ranked guides", int, str)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedGuide:
    """A guide's place by what they earned in a period; those with the same share a place."""

    guide_id: GuideId
    earned: Fen
    rank: int


class EarnedByGuides(Protocol):
    """What guides earned, by day and by month."""

    async def of_period(self, period: str) -> Mapping[GuideId, Fen]:
        """What each guide earned in a day or a month; one round trip."""

    async def of_guides(
        self, guide_ids: Sequence[GuideId], periods: Sequence[str]
    ) -> Mapping[tuple[GuideId, str], Fen]:
        """What guides earned in days or months in which they did; one round trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedPorts(Ports):
    """What rankings need."""

    earned: EarnedByGuides


async def guide_ranking(
    ports: EarnedPorts, act: Act, period: str, request: PageRequest
) -> Page[RankedGuide]:
    """The guides by what they earned in a day or a month in China, who has most first."""
    act.viewer.require("ranking.see")
    earned = await ports.earned.of_period(read_day_or_month(period))
    ordered = sorted(earned.items(), key=lambda one: (-one[1], one[0]))
    ranked: list[RankedGuide] = []
    for place, (guide_id, fen) in enumerate(ordered, 1):
        rank = ranked[-1].rank if ranked and ranked[-1].earned == fen else place
        ranked.append(RankedGuide(guide_id=guide_id, earned=fen, rank=rank))
    return page_in_order(ranked, lambda one: (-one.earned, one.guide_id), request, RANKED)


def read_day_or_month(period: str) -> str:
    """A day such as 2026-10-31 or a month such as 2026-10, or Invalid."""
    if not _DAY.fullmatch(period):
        return read_period(period)
    try:
        return date.fromisoformat(period).isoformat()
    except ValueError:
        raise Invalid(
            "Write a day such as 2026-10-31, or a month such as 2026-10.", field=["period"]
        ) from None
