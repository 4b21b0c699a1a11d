"""Boards of contests in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.insight import contest_boards as use_cases
from domain.insight.contest_boards import ContestBoardPorts
from domain.kernel.paging import PageRequest
from domain.people.act import Act


@strawberry.type(description="What was added to a place of a contest.")
class ContestRow(Packed[use_cases.ContestRow]):
    value: strawberry.Private[use_cases.ContestRow]
    id: strawberry.ID = strawberry.field(description="Its id.")
    at: datetime = strawberry.field(description="When it was sold or paid back.")
    about: strawberry.ID = strawberry.field(
        description="The order or the purchase, or the fact of a sale that was reported."
    )
    late: bool = strawberry.field(
        description="Whether it was told too late for the day, and is in its correction alone."
    )

    @strawberry.field(description="What it adds, in fen as decimal digits; of a refund below 0.")
    def fen(self) -> str:
        return str(self.value.fen)


Contest = Annotated[strawberry.ID, strawberry.argument(description="The contest.")]
Day = Annotated[
    str | None, strawberry.argument(description="One of its days; all together if none.")
]


@query("What a place of a contest and its correction are the sum of, the newest first.")
async def contest_rows(
    ports: ContestBoardPorts,
    act: Act,
    id: Contest,
    subject: Annotated[
        strawberry.ID, strawberry.argument(description="Whose place, as the standing has it.")
    ],
    day: Day = None,
    first: First = 20,
    after: After = None,
) -> Connection[ContestRow]:
    request = PageRequest(first=first, after=after)
    page = await use_cases.contest_rows(ports, act, str(id), day, str(subject), request)
    return connection(page, ContestRow.of)


@query("The standing of a contest as rows for a spreadsheet, all places of it.")
async def contest_csv(ports: ContestBoardPorts, act: Act, id: Contest, day: Day = None) -> str:
    return await use_cases.contest_csv(ports, act, str(id), day)


QUERIES = (contest_rows, contest_csv)
