"""Reporting sales for contests, and looking at what was reported."""

from dataclasses import dataclass
from datetime import timedelta

from domain.guiding.contest_scores import ScorePorts
from domain.guiding.contests import Contest, ContestId
from domain.guiding.sale_report_facts import fact_of_report
from domain.guiding.sale_reports import (
    SaleReport,
    SaleReportId,
    SaleReports,
    SaleReportState,
    judged,
    report_id,
    reported,
)
from domain.kernel.days import beijing_day, read_day
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict, Invalid, NotFound, WrongState
from domain.kernel.request_keys import request_key
from domain.kernel.uses import User, UserKind, Uses, asset_use, saving
from domain.kernel.version_reviews import VersionState
from domain.kernel.wording import Wording, sayable
from domain.media.assets import AssetId, Assets
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleReportPorts(Ports):
    """The reports, their contests, and the pictures that show them."""

    reports: SaleReports
    scoring: ScorePorts
    assets: Assets
    uses: Uses
    wording: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedReport:
    """What a guide says to have sold."""

    contest_id: str
    day: str
    fen: int
    asset_id: str
    text: str = ""


async def report_sale(
    ports: SaleReportPorts, act: Act, wanted: WantedReport, *, idempotency_key: str
) -> SaleReport:
    """Report a sale of a day of a contest in which the viewer takes part, for its review."""
    act.viewer.require("contest.report")
    asked = request_key(idempotency_key, wanted)
    contest = await _contest(ports, wanted.contest_id)
    known_as = report_id(contest.id, act.viewer.id, asked.key)
    if known := (await ports.reports.by_ids([known_as])).get(known_as):
        asked.is_among([known.asked])
        return known
    day = read_day(wanted.day, ["input", "day"])
    if day.isoformat() not in contest.rules.days or day > beijing_day(act.at):
        raise Invalid("Name a day of the contest that has begun.", field=["input", "day"])
    if act.at >= contest.rules.seals_at(day.isoformat()):
        raise WrongState("This day is over; nothing more is reported.", field=["input", "day"])
    entered = await ports.scoring.contests.entered(
        {GuideId(act.viewer.id)}, contest.rules.ends_at - timedelta(seconds=1)
    )
    if contest.id not in {one.contest_id for one in entered}:
        raise NotFound("You do not take part in this contest.", field=["input", "contestId"])
    asset = (await ports.assets.by_ids([wanted.asset_id])).get(AssetId(wanted.asset_id))
    if asset is None or asset.uploaded_by != act.viewer.id:
        raise NotFound("Upload a picture of your own first.", field=["input", "assetId"])
    report = reported(
        SaleReport(
            id=known_as,
            contest_id=contest.id,
            guide_id=GuideId(act.viewer.id),
            store_id=StoreId(act.viewer.store_id or ""),
            day=day.isoformat(),
            fen=wanted.fen,
            text=sayable(ports.wording, wanted.text, "", ["input", "text"]),
            asset_id=asset.id,
            asked=asked,
            made_at=act.at,
        ),
        act.cause(),
    )
    try:
        async with saving(ports.uses, [_as_user(report, contest)]):
            await ports.reports.save(report, expected=0)
    except Conflict:  # its twin was faster
        report = (await ports.reports.by_ids([known_as]))[known_as]
        asked.is_among([report.asked])
    return report


async def judge_report(
    ports: SaleReportPorts, act: Act, id: str, to: SaleReportState, comment: str = ""
) -> SaleReport:
    """Let a reported sale count, or not; for who looks after the guide's store."""
    act.viewer.require("contest.judge")
    before = (await ports.reports.by_ids([SaleReportId(id)])).get(SaleReportId(id))
    if before is None:
        raise NotFound("There is no such report.", field=["id"])
    act.viewer.require("contest.judge", store=before.store_id)
    after = judged(before, to, act.cause(comment))
    facts = [fact_of_report(after)] if to is SaleReportState.APPROVED else []
    await ports.reports.save(after, expected=before.version, facts=facts)
    return after


async def reports_of_store(
    ports: SaleReportPorts, act: Act, store_id: str, request: PageRequest
) -> Page[SaleReport]:
    """What a store's guides have reported, the newest first."""
    act.viewer.require("contest.judge", store=store_id)
    return await ports.reports.of_store(StoreId(store_id), request)


async def _contest(ports: SaleReportPorts, id: str) -> Contest:
    found = (await ports.scoring.contests.by_ids([ContestId(id)])).get(ContestId(id))
    if found is None or found.state is not VersionState.APPROVED:
        raise NotFound("There is no such contest.", field=["input", "contestId"])
    return found


def _as_user(report: SaleReport, contest: Contest) -> User:
    return User(
        kind=UserKind.SALE_REPORT,
        id=report.id,
        label=contest.rules.title,
        uses=(asset_use(report.asset_id, "asset"),),
    )
