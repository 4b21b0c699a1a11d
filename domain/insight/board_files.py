"""A board as a file: rows for a spreadsheet."""

from collections.abc import Iterator

from domain.insight.boards import (
    Board,
    BoardOf,
    BoardPorts,
    board_of,
    net_by_refund_day,
    net_of_orders,
)
from domain.insight.metrics import Figures, Metric
from domain.kernel.cells import as_csv
from domain.people.act import Act

COLUMNS = (
    "period",
    "scope",
    "id",
    *(one.value.lower() for one in Metric),
    "net_fen",
    "net_of_orders_fen",
)


async def board_csv(ports: BoardPorts, act: Act, of: BoardOf) -> str:
    """A board as rows: all together, then each part."""
    return as_csv(COLUMNS, _rows(await board_of(ports, act, of)))


def _rows(board: Board) -> Iterator[tuple[str | int, ...]]:
    of = board.of
    yield (of.period, of.scope.value, of.id, *_cells(board.total))
    for one in board.parts:
        yield (of.period, one.scope.value, one.id, *_cells(one.figures))


def _cells(figures: Figures) -> Iterator[int]:
    """Numbers, of which those below 0 are no formulas."""
    for metric in Metric:
        yield figures.get(metric, 0)
    yield net_by_refund_day(figures)
    yield net_of_orders(figures)
