"""Sales that guides report for contests, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.media.asset_types import Asset, usable_asset_of
from domain.guiding import reporting_sales as use_cases
from domain.guiding import sale_reports as rules
from domain.guiding.reporting_sales import SaleReportPorts, WantedReport
from domain.guiding.sale_reports import SaleReportState
from domain.kernel.paging import PageRequest
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.people.guides import guides_by_ids

enum(
    SaleReportState,
    "Whether a reported sale counts, or waits for that.",
    HANDED_IN="It waits for somebody to look at it.",
    APPROVED="It counts.",
    REJECTED="It does not count.",
)
ReportArgument = Annotated[strawberry.ID, strawberry.argument(description="The report.")]


@strawberry.type(description="What a guide says to have sold on a day of a contest.")
class SaleReport(Packed[rules.SaleReport]):
    value: strawberry.Private[rules.SaleReport]
    id: strawberry.ID = strawberry.field(description="Its id.")
    contest_id: strawberry.ID = strawberry.field(description="The contest.")
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    day: str = strawberry.field(description="The day on which it was sold.")
    fen: int = strawberry.field(description="For how much.")
    text: str = strawberry.field(description="What they say of it; may be empty.")
    made_at: datetime = strawberry.field(description="When it was reported.")
    state: SaleReportState = strawberry.field(description="Whether it counts.")

    @field("The guide's name; null once we do not know them any more.")
    async def guide_name(self, load: Load) -> str | None:
        guide = await load(guides_by_ids, GuideId(self.value.guide_id))
        return guide.name if guide else None

    @field("The picture that shows it; null where there is none to show.")
    async def asset(self, load: Load) -> Asset | None:
        return await usable_asset_of(load, self.value.asset_id)

    @strawberry.field(description="Why it does not count, as who looked at it said; else empty.")
    def reason(self) -> str:
        return self.value.steps[-1].reason


@strawberry.input(description="What a guide says to have sold.")
class SaleReportInput:
    contest_id: strawberry.ID = strawberry.field(description="A contest that they take part in.")
    day: str = strawberry.field(description="A day of it, such as 2026-11-28, not yet sealed.")
    fen: int = strawberry.field(description="For how much, 1 to 100,000,000.")
    asset_id: strawberry.ID = strawberry.field(description="A picture that they have uploaded.")
    text: str = strawberry.field(description="At most 200 characters.", default="")

    def value(self) -> WantedReport:
        return WantedReport(
            contest_id=str(self.contest_id),
            day=self.day,
            fen=self.fen,
            asset_id=str(self.asset_id),
            text=self.text,
        )


@query("What a store's guides have reported, the newest first; for who looks after it.")
async def contest_sale_reports(
    ports: SaleReportPorts,
    act: Act,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The store.")],
    first: First = 20,
    after: After = None,
) -> Connection[SaleReport]:
    request = PageRequest(first=first, after=after)
    page = await use_cases.reports_of_store(ports, act, store_id, request)
    return connection(page, SaleReport.of)


@mutation("Report a sale for a contest, with a picture; for guides.", report="It waits.")
async def contest_sale_report(
    ports: SaleReportPorts,
    act: Act,
    input: Annotated[SaleReportInput, strawberry.argument(description="What was sold.")],
    idempotency_key: Annotated[
        str, strawberry.argument(description="A text of your own for this request.")
    ],
) -> SaleReport:
    wanted = input.value()
    return SaleReport.of(
        await use_cases.report_sale(ports, act, wanted, idempotency_key=idempotency_key)
    )


@mutation("Let a reported sale count; for who looks after the store.", report="As it is now.")
async def contest_sale_approve(ports: SaleReportPorts, act: Act, id: ReportArgument) -> SaleReport:
    return SaleReport.of(await use_cases.judge_report(ports, act, id, SaleReportState.APPROVED))


@mutation("Say that a reported sale does not count.", report="As it is now.")
async def contest_sale_reject(
    ports: SaleReportPorts,
    act: Act,
    id: ReportArgument,
    comment: Annotated[str, strawberry.argument(description="Why; the guide sees it.")],
) -> SaleReport:
    to = SaleReportState.REJECTED
    return SaleReport.of(await use_cases.judge_report(ports, act, id, to, comment))


QUERIES = (contest_sale_reports,)
MUTATIONS = (contest_sale_report, contest_sale_approve, contest_sale_reject)
