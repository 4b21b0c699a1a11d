"""What is said of sales that guides report."""

from domain.guiding.sale_reports import SaleReport
from domain.kernel.facts import Fact, FactId, FactKind

SALE_APPROVED = FactKind("sale_report.approved")
"""Somebody has looked at a sale that a guide reported, and it counts."""


def fact_of_report(report: SaleReport) -> Fact:
    """That a report counts, for which contest and day."""
    return Fact(
        id=FactId(f"sale_report:{report.id}"),
        subject=f"sale_report:{report.id}",
        kind=SALE_APPROVED,
        at=report.steps[-1].at,
        data={
            "report": report.id,
            "contestId": report.contest_id,
            "guideId": report.guide_id,
            "storeId": report.store_id,
            "day": report.day,
            "fen": report.fen,
        },
    )
