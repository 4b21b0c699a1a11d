"""Counting contests: each sale of an entrant once, for its day and for all days together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.guiding.contests import (
    COUNTED,
    LATE,
    WHOLE,
    Contest,
    ContestId,
    Contests,
    Entrant,
    standing_id,
)
from domain.guiding.guide_sales import GuideSale
from domain.kernel.apply_once import Ledger, Posting, apply_all
from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact
from domain.kernel.ports import Ports
from domain.kernel.version_reviews import VersionState
from domain.people.accounts import GuideId
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePorts(Ports):
    """The contests, and the movements of their scores."""

    contests: Contests
    scores: Ledger[Posting]


async def count_for_contests(ports: ScorePorts, act: Act, sales: Sequence[GuideSale]) -> None:
    """Count sales for whatever contests their guides are in, and lower them by each refund.

    A refund lowers what is counted if it was made before the day is sealed, else what came late.
    """
    sold = [(one, one.guide_id, one.sold_at) for one in sales if one.guide_id and one.sold_at]
    if not sold:
        return
    guides = {guide for _, guide, _ in sold}
    entered = await ports.contests.entered(guides, min(at for *_, at in sold))
    contests = await ports.contests.by_ids({one.contest_id for one in entered})
    postings = [
        posting
        for sale, guide, at in sold
        for entrant in entered
        if entrant.guide_id == guide and entrant.starts_at <= at < entrant.ends_at
        if (contest := contests.get(entrant.contest_id)) is not None
        if contest.state is VersionState.APPROVED
        for posting in _of_sale(contest, entrant, sale, at)
    ]
    await apply_all(ports.scores, postings)


async def count_reports(ports: ScorePorts, act: Act, approved: Sequence[Fact]) -> None:
    """Count sales that guides reported, once somebody has looked at them."""
    contests = await ports.contests.by_ids({ContestId(one.data["contestId"]) for one in approved})
    postings: list[Posting] = []
    for fact in approved:
        contest = contests[ContestId(fact.data["contestId"])]
        entered = await ports.contests.entered(
            {GuideId(fact.data["guideId"])}, contest.rules.ends_at - timedelta(seconds=1)
        )
        for entrant in entered:
            if entrant.contest_id == contest.id:
                postings += _of_report(contest, entrant, fact)
    await apply_all(ports.scores, postings)


def _of_report(contest: Contest, entrant: Entrant, fact: Fact) -> list[Posting]:
    return [
        Posting(
            id=f"{contest.id}|{day}|{fact.id}",
            target=f"{standing_id(contest.id, day)}|{entrant.team}",
            at=fact.at,
            add={COUNTED if fact.at < contest.rules.seals_at(day) else LATE: fact.data["fen"]},
            put={"list": standing_id(contest.id, day), "subject": entrant.team},
        )
        for day in (fact.data["day"], WHOLE)
    ]


def _of_sale(contest: Contest, entrant: Entrant, sale: GuideSale, at: datetime) -> list[Posting]:
    sold = sum(one.paid for one in sale.lines if contest.rules.wants(one.product))
    if not sold:
        return []
    found = []
    for day in (beijing_day(at).isoformat(), WHOLE):
        seals_at = contest.rules.seals_at(day)
        first = Posting(
            id=f"{contest.id}|{day}|{sale.id}",
            target=f"{standing_id(contest.id, day)}|{entrant.team}",
            at=at,
            add={COUNTED: sold},
            put={"list": standing_id(contest.id, day), "subject": entrant.team},
        )
        found.append(first)
        for refund in sale.refunds:
            field = COUNTED if refund.at < seals_at else LATE
            found.append(
                replace(
                    first,
                    id=f"{first.id}|{refund.id}",
                    at=refund.at,
                    add={field: -refund.of(sold)},
                )
            )
    return found
