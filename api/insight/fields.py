"""What this group adds to the schema."""

from api.insight import boards, briefs, contest_boards, stock_board, touchpoints

QUERIES = (
    *boards.QUERIES,
    *stock_board.QUERIES,
    *contest_boards.QUERIES,
    *touchpoints.QUERIES,
    *briefs.QUERIES,
)
MUTATIONS = touchpoints.MUTATIONS
SUBSCRIPTIONS = (*boards.SUBSCRIPTIONS, *stock_board.SUBSCRIPTIONS)
