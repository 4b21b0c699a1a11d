"""What a movement does to a pool, and whether it can be done at all."""

from dataclasses import replace

from domain.mall.stock.pools import Delta, Event, Movement, Pool, StoreStock
from domain.mall.stock.safety import EVERYTHING

TOLD_BY_TILLS = frozenset({Event.SOLD, Event.ADJUSTED})
# Of these, no more are taken away than there are by our numbers.
AS_FEW_AS_THERE_ARE = ("on_hand", "incoming")


def as_done(movement: Movement, pool: Pool) -> Movement | None:
    """The movement as it can be done to a pool; None where it can't be done as it was told.

    What happened before a store's last count is in that count: it changes nothing on hand any more,
    only what the count does not know, such as what is promised. Units that are promised or damaged
    are never fewer than none. A store that sold or shipped more than it has by our numbers had more
    than we knew: its next count will tell. What arrives does so whatever a count has said to be
    incoming.
    """
    delta, stock = movement.delta, pool.store(movement.delta.store_id)
    if movement.event is Event.MOVED_OUT:
        return replace(movement, delta=_everything(delta, stock))
    if movement.event is not Event.MOVED_IN and _is_counted(movement, stock):
        delta = replace(delta, on_hand=0)
        if not any((delta.reserved, delta.damaged, delta.incoming)):
            return None  # the count has all of it
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


def _is_counted(movement: Movement, stock: StoreStock) -> bool:
    """Whether a count has seen what a movement did to the units on hand."""
    counted = stock.counted_at is not None and stock.counted_at >= movement.at
    return counted and movement.delta.on_hand != 0


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
