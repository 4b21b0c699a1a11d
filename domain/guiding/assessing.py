"""Assessment: what guides and regions did in a week, by figures, for who looks after them."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.guiding.figures import (
    FIGURES,
    REPLIED,
    REPLY_DAYS,
    FigurePorts,
    WorkFigure,
    list_of_regions,
    list_of_week,
    monday_of,
)
from domain.kernel.cells import as_csv
from domain.kernel.days import beijing_day, read_day
from domain.kernel.paging import Cursors, Page, PageRequest, page_in_order
from domain.people.accounts import GuideId
from domain.people.act import Act

ASSESSED = Cursors("assessment", str)
COLUMNS = ("week", "region_id", "store_id", "guide_id", "name")
# What rates are made of is told as rates.
COUNTS = tuple(one for one in FIGURES if one not in (REPLIED, REPLY_DAYS))
RATES = ("replied_percent", "taken_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """What somebody did in a week that began on a Monday."""

    week: str
    figure: WorkFigure


async def assess_guides(
    ports: FigurePorts, act: Act, region_id: str, week: str | None, request: PageRequest
) -> Page[Assessed]:
    """What the guides of a region did in the week of a day, by guide."""
    monday, found = await _of_region(ports, act, region_id, week)
    page = page_in_order(found, lambda one: (one.subject,), request, ASSESSED)
    return page.map(lambda one: Assessed(week=monday, figure=one))


async def assess_regions(ports: FigurePorts, act: Act, week: str | None) -> Sequence[Assessed]:
    """What the regions that the viewer looks after did in the week of a day, by region."""
    act.viewer.require("assessment.see")
    monday = _monday(act, week)
    found = await ports.figures.of([list_of_regions(monday)])
    return [
        Assessed(week=monday, figure=one)
        for one in found
        if act.viewer.may("assessment.see", region=one.subject)
    ]


async def assessment_file(ports: FigurePorts, act: Act, region_id: str, week: str | None) -> str:
    """The same of a region's guides as rows for a spreadsheet."""
    monday, found = await _of_region(ports, act, region_id, week)
    guides = await ports.guides.by_ids([GuideId(one.subject) for one in found])
    names = {one.id: one.name for one in guides.values()}
    return as_csv(
        (*COLUMNS, *COUNTS, *RATES),
        (
            (
                *(monday, region_id, one.store_id or "", one.subject),
                names.get(GuideId(one.subject), ""),
                *map(one.of, COUNTS),
                *(
                    "" if rate is None else rate
                    for rate in (one.replied_percent, one.taken_percent)
                ),
            )
            for one in found
        ),
    )


async def _of_region(
    ports: FigurePorts, act: Act, region_id: str, week: str | None
) -> tuple[str, Sequence[WorkFigure]]:
    act.viewer.require("assessment.see", region=region_id)
    monday = _monday(act, week)
    return monday, await ports.figures.of([list_of_week(monday, region_id)])


def _monday(act: Act, week: str | None) -> str:
    return monday_of(read_day(week, ["week"]) if week else beijing_day(act.at))
