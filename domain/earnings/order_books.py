"""The books of one order or purchase: what each account has of it, and what made it so.

What everybody ought to have is worked out from what is known of the order by then, by the terms
that were frozen when it was paid. Each thing that happens books the difference to what was booked
before. So the journals of an order always sum to what is due, in whatever order and parts goods are
sent and money is given back, and all refunds together leave nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.earnings.journals import BRAND, OPEN, PROVIDER, Account, Journal, JournalId, JournalLine
from domain.earnings.line_credits import line_credits
from domain.earnings.order_knowledge import OrderKnowledge, SentGoods, SoldGoods
from domain.earnings.terms import Terms
from domain.kernel.facts import Fact, FactKind
from domain.kernel.money import Fen
from domain.mall.fulfilment.returning import RETURN_WITHIN
from domain.members.purchase_facts import PURCHASE_MADE, PURCHASE_MATCHED, PURCHASE_REFUNDED

# Their money is theirs at once, or nobody's.
UNSTAGED = frozenset({PROVIDER, BRAND, OPEN})

TermsOf = Callable[[Fact], Terms]
OwnerOf = Callable[[str], Account]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBooks(OrderKnowledge):
    """What is known of one order, and all that was booked of it."""

    released_at: datetime | None = None
    journals: tuple[Journal, ...] = ()
    version: int = 0

    @property
    def matures_at(self) -> datetime | None:
        """From when what is pending is payable; None while that is not known, or nothing is."""
        waits = self.terms is None or self.unsent or self.open_returns
        if self.released_at or waits or self.sent_at is None or not self.kept:
            return None
        return self.sent_at + RETURN_WITHIN

    @property
    def booked(self) -> Mapping[Account, Fen]:
        """What the journals come to."""
        sums: Counter[Account] = Counter()
        for journal in self.journals:
            for line in journal.lines:
                sums[line.account] += line.amount
        return {account: Fen(amount) for account, amount in sums.items()}


def with_facts(
    books: OrderBooks | None, facts: Sequence[Fact], terms_of: TermsOf, owner_of: OwnerOf
) -> OrderBooks:
    """The books with some more of what happened, each of which may book one journal."""
    for fact in facts:
        known = books or OrderBooks(order_id=fact.data["orderId"])
        known = replace(known, version=known.version + 1)
        books = _booked(
            _KNOWING[fact.kind](known, fact, terms_of, owner_of),
            JournalId(fact.id),
            fact.kind,
            fact.at,
        )
    assert books is not None, "facts are folded only where there are any"
    return books


def released(books: OrderBooks, at: datetime) -> OrderBooks:
    """The books in which all that was pending is payable."""
    if books.matures_at is None or at < books.matures_at:
        return books
    books = replace(books, released_at=at, version=books.version + 1)
    return _booked(books, release_id(books.order_id), "return window over", at)


def release_id(order_id: str) -> JournalId:
    """The id of the journal that makes payable what an order earned."""
    return JournalId(f"release:{order_id}")


def position(books: OrderBooks) -> Mapping[Account, Fen]:
    """What each account ought to have of an order; the sum is 0."""
    stage = "payable" if books.released_at else "pending"
    holder = _staged(books.terms.holder, stage) if books.terms else PROVIDER
    found: Counter[Account] = Counter({holder: -books.kept})
    if books.terms is None:
        found[OPEN] += books.kept
    for one in line_credits(books):
        found[_staged(one.account, stage)] += one.amount
    return {account: Fen(n) for account, n in found.items()}


def _units(goods: Sequence[SentGoods]) -> Counter[tuple[Account, str]]:
    counted: Counter[tuple[Account, str]] = Counter()
    for one in goods:
        counted[one.owner, one.sku] += one.quantity
    return counted


def _staged(account: Account, stage: str) -> Account:
    return account if account in UNSTAGED else Account(f"{account}:{stage}")


def _booked(books: OrderBooks, id: JournalId, cause: str, at: datetime) -> OrderBooks:
    """The books with a journal of what they lack, if they lack anything."""
    ought, has = position(books), books.booked
    lines = tuple(
        JournalLine(account=account, amount=Fen(ought.get(account, 0) - has.get(account, 0)))
        for account in sorted({*ought, *has})
        if ought.get(account, 0) != has.get(account, 0)
    )
    if not lines:
        return books
    journal = Journal(id=id, order_id=books.order_id, cause=cause, at=at, lines=lines)
    return replace(books, journals=(*books.journals, journal))


def _order_paid(books: OrderBooks, fact: Fact, terms_of: TermsOf, _: OwnerOf) -> OrderBooks:
    goods = tuple(
        SoldGoods(sku=one["sku"], quantity=one["quantity"], payable=Fen(one["payableFen"]))
        for one in fact.data["lines"]
    )
    return replace(books, terms=terms_of(fact), goods=goods, paid_at=fact.at)


def _money_moved(books: OrderBooks, fact: Fact, *_: object) -> OrderBooks:
    # A refund that is heard of late must not lower what a later one has said.
    refunded = max(books.refunded, fact.data["refundedFen"])
    return replace(books, paid=Fen(fact.data["paidFen"]), refunded=Fen(refunded))


def _goods_sent(books: OrderBooks, fact: Fact, _: TermsOf, owner_of: OwnerOf) -> OrderBooks:
    sent = _rows(fact, owner_of(fact.data["details"]["storeId"]))
    at = max(books.sent_at, fact.at) if books.sent_at else fact.at
    return replace(books, sent=(*books.sent, *sent), sent_at=at)


def _called_off(books: OrderBooks, fact: Fact, *_: object) -> OrderBooks:
    return replace(books, called_off=(*books.called_off, *_rows(fact, OPEN)))


def _bought(books: OrderBooks, fact: Fact, terms_of: TermsOf, _: OwnerOf) -> OrderBooks:
    """A purchase as a channel tells it, and again once it is known whose it is.

    The goods have gone with the payment. Who sold and whose the money is stays as it was first.
    """
    terms, paid_at = terms_of(fact), datetime.fromisoformat(fact.data["paidAt"])
    if books.terms is not None:
        terms = replace(terms, seller=books.terms.seller, holder=books.terms.holder)
    goods = _told(fact.data["lines"])
    return replace(
        books,
        terms=terms,
        goods=goods,
        paid=Fen(fact.data["paidFen"]),
        refunded=max(books.refunded, Fen(fact.data["refundedFen"])),
        sent=tuple(
            SentGoods(owner=terms.seller, sku=one.sku, quantity=one.quantity) for one in goods
        ),
        paid_at=paid_at,
        sent_at=paid_at,
    )


def _paid_back(books: OrderBooks, fact: Fact, *_: object) -> OrderBooks:
    if books.terms is None:
        return books  # of a purchase that was told before any had books
    given_back = (*books.given_back, *_told(fact.data["details"]["lines"]))
    refunded = max(books.refunded, Fen(fact.data["refundedFen"]))
    return replace(books, given_back=given_back, refunded=refunded)


def _told(lines: Sequence[Mapping[str, Any]]) -> tuple[SoldGoods, ...]:
    """The lines of a till, which may tell one SKU in several."""
    quantity, paid = Counter[str](), Counter[str]()
    for one in lines:
        quantity[one["sku"]] += one["quantity"]
        paid[one["sku"]] += one["paidFen"]
    return tuple(
        SoldGoods(sku=sku, quantity=n, payable=Fen(paid[sku])) for sku, n in quantity.items()
    )


def _return_asked(books: OrderBooks, fact: Fact, *_: object) -> OrderBooks:
    return replace(books, open_returns=(*books.open_returns, fact.data["of"]))


def _return_ended(books: OrderBooks, fact: Fact, *_: object) -> OrderBooks:
    left = tuple(one for one in books.open_returns if one != fact.data["of"])
    books = replace(books, open_returns=left)
    if fact.kind == "return.accepted":
        for row in _rows(fact, OPEN):
            books = replace(books, returned=(*books.returned, *_whose(books, row)))
    return books


def _whose(books: OrderBooks, back: SentGoods) -> Sequence[SentGoods]:
    """Whose units came back: where several sent a SKU, first theirs who did so last."""
    out = _units(books.sent)
    out.subtract(_units(books.returned))
    found, left = [], back.quantity
    for owner in dict.fromkeys(one.owner for one in reversed(books.sent)):
        n = min(left, out[owner, back.sku])
        if n > 0:
            found.append(replace(back, owner=owner, quantity=n))
            left -= n
    return found


def _rows(fact: Fact, owner: Account) -> tuple[SentGoods, ...]:
    return tuple(
        SentGoods(owner=owner, sku=one["sku"], quantity=one["quantity"])
        for one in fact.data["details"]["units"]
    )


ORDER_PAID = FactKind("order.paid")

_KNOWING: Mapping[FactKind, Callable[[OrderBooks, Fact, TermsOf, OwnerOf], OrderBooks]] = {
    ORDER_PAID: _order_paid,
    FactKind("payment.paid"): _money_moved,
    FactKind("refund.done"): _money_moved,
    FactKind("fulfilment_order.shipped"): _goods_sent,
    FactKind("fulfilment_order.handed_over"): _goods_sent,
    FactKind("fulfilment_order.cancelled"): _called_off,
    FactKind("return.requested"): _return_asked,
    FactKind("return.accepted"): _return_ended,
    FactKind("return.refused"): _return_ended,
    FactKind("return.cancelled"): _return_ended,
    PURCHASE_MADE: _bought,
    PURCHASE_MATCHED: _bought,
    PURCHASE_REFUNDED: _paid_back,
}

BOOKED_FACTS = frozenset(_KNOWING)
