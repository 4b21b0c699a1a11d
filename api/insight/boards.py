"""Boards in the schema."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field, packed, query, subscription
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.insight import board_files, boards, metrics
from domain.insight.boards import BoardOf, BoardPorts, BoardScope
from domain.insight.metrics import Figures, Metric, RowKind
from domain.kernel.money import Fen, yuan
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.people.guides import guides_by_ids

enum(
    BoardScope,
    "Whose figures a board shows.",
    BRAND="The whole brand's.",
    REGION="A region's.",
    STORE="A store's.",
    SELLER="A guide's in one store, as `S1/guide_01jd…`.",
    OWNER="Those of all stores of an owner.",
    GUIDE="A guide's in all stores.",
    CONTENT="Those of what was shared, as `POST:post_01jd…`; without an id, of all content.",
    CAMPAIGN="A campaign's; without an id, those of all campaigns.",
)
enum(
    Metric,
    "A figure, in units, fen or seconds.",
    name="BoardMetric",
    ORDERS="Orders of the mall that were paid, and purchases in other channels.",
    UNITS="Units of them.",
    SALES_FEN="What was paid for them, in fen.",
    REFUNDS="How many refunds were paid in the period.",
    REFUND_FEN="What was paid back in the period, in fen.",
    ORDER_REFUND_FEN="What was ever paid back of the period's orders, in fen; over all time it is "
    "the same as REFUND_FEN.",
    VISITS="Consumers who came by a share link, each once in half an hour.",
    VISITORS="The same, each once a day.",
    JOINS="How many became members.",
    FRIENDS="How many new friends guides had in WeCom.",
    OFFERED="How many fulfilment orders stores were asked to do.",
    ACCEPTED="How many of them stores accepted.",
    ACCEPT_SECONDS="How long accepting took, of all of them together, in seconds.",
    REJECTED="How many of them stores turned down.",
    TIMED_OUT="How many of them stores did not answer in time.",
    SHIPPED="How many of them stores sent or handed over.",
)
enum(
    RowKind,
    "What happened.",
    name="BoardRowKind",
    SALE="An order of the mall was paid, or a purchase made in another channel.",
    REFUND="Money was paid back, on the day on which it was.",
    ORDER_REFUND="Money was paid back, on the day of the order that it is of.",
    VISIT="Somebody followed a share link.",
    JOIN="Somebody became a member.",
    FRIEND="A customer became a guide's friend in WeCom.",
    OFFER="A store was asked to do a fulfilment order.",
    ACCEPT="A store accepted one.",
    REJECT="A store turned one down.",
    TIMEOUT="A store did not answer one in time.",
    SHIP="A store sent the goods of one or handed them over.",
)


@strawberry.type(description="One figure.")
class BoardFigure:
    metric: Metric = strawberry.field(description="What it counts.")
    value: str = strawberry.field(description="Decimal digits; of money in fen.")
    text: str = strawberry.field(description="As people read it.")


@strawberry.type(description="Figures of one scope and period; what did not happen is left out.")
class BoardFigures:
    value: strawberry.Private[Figures]

    @strawberry.field(description="Each of them.")
    def figures(self) -> list[BoardFigure]:
        return [
            BoardFigure(metric=one, value=str(self.value[one]), text=_text(one, self.value[one]))
            for one in Metric
            if one in self.value
        ]

    @strawberry.field(description="CaseSale without what was paid back in the period, in fen.")
    def net_fen(self) -> str:
        return str(boards.net_by_refund_day(self.value))

    @strawberry.field(description="CaseSale without what was ever paid back of it, in fen.")
    def net_of_orders_fen(self) -> str:
        return str(boards.net_of_orders(self.value))


@strawberry.type(description="The figures of an hour.")
class BoardHour:
    hour: int = strawberry.field(description="0 to 23, in China.")
    total: BoardFigures = strawberry.field(description="What happened in it.")


@strawberry.type(description="The figures of a day.")
class BoardDay:
    day: str = strawberry.field(description="The day in China.")
    total: BoardFigures = strawberry.field(description="What happened on it.")


@strawberry.type(description="A part of a board, which has a board of its own.")
class BoardPart(Packed[boards.BoardPart]):
    value: strawberry.Private[boards.BoardPart]
    scope: BoardScope = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(
        description="Its id; with - in it for what no region, store or guide has."
    )

    @strawberry.field(description="What happened there.")
    def total(self) -> BoardFigures:
        return BoardFigures(value=self.value.figures)

    @field("Its name; null where it has none.")
    async def name(self, load: Load) -> str | None:
        guide_id = self.value.guide_id
        guide = await load(guides_by_ids, guide_id) if guide_id else None
        return guide.name if guide else self.value.name


@strawberry.type(description="How fresh figures are.")
class BoardFreshness(Packed[boards.FigureFreshness]):
    value: strawberry.Private[boards.FigureFreshness]
    as_of: datetime = strawberry.field(description="The moment up to which all is counted.")
    behind: int = strawberry.field(
        description="So many places in the stream of facts are not counted yet."
    )
    pending: int = strawberry.field(description="So many facts are held up by a fault.")
    complete: bool = strawberry.field(description="Whether all that is known of is counted.")


@strawberry.type(description="The figures of a scope in a day or a month, as they are now.")
class Board:
    value: strawberry.Private[boards.Board]

    @strawberry.field(description="Whose figures.")
    def scope(self) -> BoardScope:
        return self.value.of.scope

    @strawberry.field(description="Whose; empty for the brand.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.value.of.id)

    @strawberry.field(description="The day or the month in China.")
    def period(self) -> str:
        return self.value.of.period

    @strawberry.field(description="All of it together.")
    def total(self) -> BoardFigures:
        return BoardFigures(value=self.value.total)

    @strawberry.field(description="The hours of the day in which something happened.")
    def hours(self) -> list[BoardHour]:
        return [BoardHour(hour=n, total=BoardFigures(value=one)) for n, one in self.value.hours]

    @strawberry.field(
        description="The days of the month, or the thirty that end with the day; none of what is "
        "the sum of several scopes."
    )
    def days(self) -> list[BoardDay]:
        return [BoardDay(day=day, total=BoardFigures(value=one)) for day, one in self.value.days]

    @strawberry.field(description="The parts, whatever sold most first.")
    def parts(self) -> list[BoardPart]:
        return [BoardPart.of(one) for one in self.value.parts]

    @strawberry.field(description="How fresh the figures are.")
    def freshness(self) -> BoardFreshness:
        return BoardFreshness.of(self.value.fresh)


@strawberry.type(description="Something that happened, as it counts in a figure.")
class BoardRow:
    value: strawberry.Private[metrics.FigureRow]
    metric: strawberry.Private[Metric]

    @strawberry.field(description="Its id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.value.id)

    @strawberry.field(description="What happened.")
    def kind(self) -> RowKind:
        return self.value.kind

    @strawberry.field(description="The moment by which its day is told.")
    def at(self) -> datetime:
        return self.value.at

    @strawberry.field(
        description="What it is about: an order, a share code, or a digest of who it was."
    )
    def about(self) -> strawberry.ID:
        return strawberry.ID(self.value.about)

    @strawberry.field(description="What it adds to the figure, in decimal digits.")
    def amount(self) -> str:
        return str(boards.amount_of(self.value, self.metric))

    @strawberry.field(description="The store, if any.")
    def store_id(self) -> strawberry.ID | None:
        return _id(self.value.where.store)

    @strawberry.field(description="The guide, if any.")
    def guide_id(self) -> strawberry.ID | None:
        return _id(self.value.where.guide)


NOBODY = strawberry.ID("")
Scope = Annotated[BoardScope, strawberry.argument(description="Whose figures.")]
Id = Annotated[strawberry.ID, strawberry.argument(description="Whose; empty for the brand.")]
Period = Annotated[
    str, strawberry.argument(description="A day such as 2026-11-28, or a month such as 2026-11.")
]


@query("A board: figures, hours, days and parts of a scope in a day or a month in China.")
async def board(
    ports: BoardPorts, act: Act, scope: Scope, period: Period, id: Id = NOBODY
) -> Board:
    of = BoardOf(scope=scope, id=str(id), period=period)
    return Board(value=await boards.board_of(ports, act, of))


@query("What a figure is the sum of, the newest first.")
async def board_rows(
    ports: BoardPorts,
    act: Act,
    scope: Scope,
    period: Period,
    metric: Annotated[Metric, strawberry.argument(description="Which figure.")],
    id: Id = NOBODY,
    first: First = 20,
    after: After = None,
) -> Connection[BoardRow]:
    of = BoardOf(scope=scope, id=str(id), period=period)
    request = PageRequest(first=first, after=after)
    page = await boards.rows_behind(ports, act, of, metric, request)
    return connection(page, lambda one: BoardRow(value=one, metric=metric))


@query("A board as rows for a spreadsheet: all together, then each part.")
async def board_csv(
    ports: BoardPorts, act: Act, scope: Scope, period: Period, id: Id = NOBODY
) -> str:
    of = BoardOf(scope=scope, id=str(id), period=period)
    return await board_files.board_csv(ports, act, of)


@subscription(
    "A board: once at the start, then each time that its figures change, twice a second at most. "
    "Ends with the socket's token; connect again with a fresh one."
)
def board_changed(
    ports: BoardPorts, act: Act, scope: Scope, period: Period, id: Id = NOBODY
) -> AsyncGenerator[Board, None]:
    of = BoardOf(scope=scope, id=str(id), period=period)
    return packed(boards.follow_board(ports, act, of), lambda one: Board(value=one))


def _text(metric: Metric, value: int) -> str:
    return yuan(Fen(value)) if metric.value.endswith("_FEN") else f"{value:,}"


def _id(name: str | None) -> strawberry.ID | None:
    return strawberry.ID(name) if name else None


QUERIES = (board, board_rows, board_csv)
SUBSCRIPTIONS = (board_changed,)
