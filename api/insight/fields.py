"""What this group adds to the schema."""

from api.insight import boards, briefs, stock_board, touchpoints

QUERIES = (*boards.QUERIES, *stock_board.QUERIES, *touchpoints.QUERIES, *briefs.QUERIES)
MUTATIONS = touchpoints.MUTATIONS
SUBSCRIPTIONS = (*boards.SUBSCRIPTIONS, *stock_board.SUBSCRIPTIONS)
