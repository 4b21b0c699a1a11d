"""What a movement does to a pool, and whether it can be done at all."""

from dataclasses import replace

from domain.mall.stock.pools import Delta, Event, Movement, Pool, StoreStock
from domain.mall.stock.safety import EVERYTHING

TOLD_BY_TILLS = frozenset({Event.SOLD, Event.ADJUSTED})
# Of these, no more are taken away than there are by our numbers.
AS_FEW_AS_THERE_ARE = ("on_hand", "incoming")


def as_done(movement: Movement, pool: Pool) -> Movement | None:
    """The movement as it can be done to a pool; None where it can't be done as it was told.

    Units that are promised or damaged are never fewer than none. A store that sold or shipped more
    than it has by our numbers had more than we knew: its next count will tell. What arrives does so
    whatever a count has said to be incoming.
    """
    delta, stock = movement.delta, pool.store(movement.delta.store_id)
    if movement.event is Event.MOVED_OUT:
        return replace(movement, delta=_everything(delta, stock))
    if movement.event in TOLD_BY_TILLS and stock.counted_at and stock.counted_at >= movement.at:
        return None  # the count has it in it
    if min(stock.reserved + delta.reserved, stock.damaged + delta.damaged) < 0:
        return None
    if delta.store_id not in pool.stores and movement.event is not Event.MOVED_IN:
        # Nobody has asked the rules of safety stock yet: until then it is not sold.
        delta = replace(delta, safety=EVERYTHING)
    there = {kind: max(getattr(delta, kind), -getattr(stock, kind)) for kind in AS_FEW_AS_THERE_ARE}
    return replace(movement, delta=replace(delta, **there))


def refused(movement: Movement) -> Movement:
    """The movement as it stays in the ledger where it could not be done: it moved nothing."""
    reason = "; ".join(
        ["Refused: there is not enough to do it, or a count has it", movement.reason]
    )
    return replace(
        movement,
        delta=Delta(store_id=movement.delta.store_id),
        reason=reason.removesuffix("; "),
    )


def _everything(delta: Delta, stock: StoreStock) -> Delta:
    return Delta(
        store_id=delta.store_id,
        on_hand=-stock.on_hand,
        reserved=-stock.reserved,
        safety=-stock.safety,
        damaged=-stock.damaged,
        incoming=-stock.incoming,
        counted_at=stock.counted_at,
    )
