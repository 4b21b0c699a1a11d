"""What the books say of what was sold, to whoever counts what sells."""

from domain.earnings.order_books import OrderBooks
from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact, FactId, FactKind

SALE_KEPT = FactKind("sale.kept")
"""An order or a purchase that came by a link was paid, or something of it was given back."""


def facts_of_books(before: OrderBooks | None, after: OrderBooks) -> tuple[Fact, ...]:
    """By how many orders, and by how much of what is kept of them, more was sold by a link.

    It is of the day on which the order was paid, whenever something of it comes back.
    """
    if after.terms is None or after.terms.share_code is None or after.paid_at is None:
        return ()
    had, has = _sold(before), _sold(after)
    if had == has:
        return ()
    return (
        Fact(
            id=FactId(f"books:{after.order_id}:{after.version}"),
            subject=f"books:{after.order_id}",
            kind=SALE_KEPT,
            at=after.journals[-1].at,
            data={
                "orderId": after.order_id,
                "code": after.terms.share_code,
                "day": beijing_day(after.paid_at).isoformat(),
                "orders": has[0] - had[0],
                "netFen": has[1] - had[1],
            },
        ),
    )


def _sold(books: OrderBooks | None) -> tuple[int, int]:
    if books is None or books.terms is None or not books.paid:
        return 0, 0
    return 1, books.kept
