"""What is known of one order, or of one person's visits of a day, and which rows have come of it.

The facts of an order come from two documents, in whatever order. What happened to it becomes a row
once it is known where it was sold, under the number of the fact that made it known; that number is
kept, so that a batch which is handed over again makes the same rows. Who comes often on a day is
one visitor of each scope: a visit says for which scopes it is the first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.insight.metrics import FigureRow, RowKind, Where, hashed
from domain.kernel.days import beijing_day
from domain.kernel.facts import Fact, FactKind, kind_of
from domain.mall.fulfilment.fulfilments import PART, PartState
from domain.members.purchase_facts import PURCHASE_MADE, PURCHASE_REFUNDED
from domain.sharing.link_facts import LINK_TOUCHED

ORDER_PAID, REFUND_DONE = FactKind("order.paid"), FactKind("refund.done")
SALES = frozenset({ORDER_PAID, PURCHASE_MADE})
REFUNDS = frozenset({REFUND_DONE, PURCHASE_REFUNDED})
PARTS: Mapping[FactKind, RowKind] = {
    kind_of(PART.kind, PartState.OFFERED): RowKind.OFFER,
    kind_of(PART.kind, PartState.ACCEPTED): RowKind.ACCEPT,
    kind_of(PART.kind, PartState.REJECTED): RowKind.REJECT,
    kind_of(PART.kind, PartState.TIMED_OUT): RowKind.TIMEOUT,
    kind_of(PART.kind, PartState.SHIPPED): RowKind.SHIP,
    kind_of(PART.kind, PartState.HANDED_OVER): RowKind.SHIP,
}
CASE_FACTS = SALES | REFUNDS | frozenset(PARTS) | {LINK_TOUCHED}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSale:
    """Where an order was sold, and when it was paid."""

    at: datetime
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRefund:
    """A refund of an order."""

    id: str
    at: datetime
    fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Since when a part waits for a store."""

    part: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One order or purchase, or what a person visited on the day of `visited_at`.

    `waiting` are refunds heard of before where it was sold.
    """

    id: str
    sold: CaseSale | None = None
    waiting: tuple[CaseRefund, ...] = ()
    offered: tuple[Offered, ...] = ()
    rows: tuple[FigureRow, ...] = ()
    visited_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What facts leave out: the region of a store, and what a share link leads to."""

    region_of: Callable[[str | None], str | None]
    links: Mapping[str, Where]


def case_of(fact: Fact) -> str | None:
    """The case that a fact is of; None where it is of none, as the visit of a guide."""
    if fact.kind == LINK_TOUCHED:
        who = f"{fact.data['person']}|{beijing_day(fact.at)}"
        return f"visits:{hashed(who)}" if fact.data["consumer"] else None
    return str(fact.data["orderId"]) if fact.kind in CASE_FACTS else None


def with_case(case: Case | None, facts: Sequence[Fact], lookup: Lookup) -> Case:
    """A case with more of what happened."""
    for fact in facts:
        known = case or Case(id=str(case_of(fact)))
        if fact.kind == LINK_TOUCHED:
            case = _visited(known, fact, lookup)
        elif fact.kind in SALES:
            case = _sold(known, fact, lookup)
        elif fact.kind in REFUNDS:
            case = _paid_back(known, fact)
        else:
            case = _part(known, fact, lookup)
    assert case is not None, "facts are folded only where there are any"
    return case


def _sold(case: Case, fact: Fact, lookup: Lookup) -> Case:
    data = fact.data
    link = lookup.links.get(data.get("shareCode") or "", Where())
    where = Where(
        region=data.get("regionId") or lookup.region_of(data["storeId"]),
        store=data["storeId"],
        guide=data["guideId"],
        content=link.content,
        campaign=link.campaign,
    )
    at = datetime.fromisoformat(data["paidAt"]) if "paidAt" in data else fact.at
    row = FigureRow(
        id=f"{case.id}:sale",
        kind=RowKind.SALE,
        at=at,
        n=fact.n,
        about=case.id,
        where=where,
        fen=data["paidFen"] if "paidFen" in data else data["totalFen"],
        units=sum(line["quantity"] for line in data["lines"]),
    )
    sold = CaseSale(at=at, where=where)
    rows = [row, *(one for refund in case.waiting for one in _refunded(case, sold, refund, fact.n))]
    return replace(case, sold=sold, waiting=(), rows=(*case.rows, *rows))


def _paid_back(case: Case, fact: Fact) -> Case:
    refund = CaseRefund(id=fact.data["of"], at=fact.at, fen=fact.data["details"]["amountFen"])
    if case.sold is None:
        return replace(case, waiting=(*case.waiting, refund))
    return replace(case, rows=(*case.rows, *_refunded(case, case.sold, refund, fact.n)))


def _refunded(case: Case, sold: CaseSale, refund: CaseRefund, n: int) -> list[FigureRow]:
    """A refund in both views: on its own day, and on that of its order."""
    row = FigureRow(
        id=f"{case.id}:refund:{refund.id}",
        kind=RowKind.REFUND,
        at=refund.at,
        n=n,
        about=case.id,
        where=sold.where,
        fen=refund.fen,
    )
    return [
        row,
        replace(row, id=f"{row.id}:of_order", kind=RowKind.ORDER_REFUND, at=sold.at),
    ]


def _part(case: Case, fact: Fact, lookup: Lookup) -> Case:
    """A step of a part of an order; what was never offered is not accepted by anybody."""
    kind, part, store = PARTS[fact.kind], fact.data["of"], fact.data["details"]["storeId"]
    began = next((one.at for one in case.offered if one.part == part), None)
    if kind is RowKind.ACCEPT and began is None:
        return case
    others = tuple(one for one in case.offered if one.part != part)
    row = FigureRow(
        id=fact.id,
        kind=kind,
        at=fact.at,
        n=fact.n,
        about=case.id,
        where=Where(region=lookup.region_of(store), store=store),
        seconds=_seconds(began, fact.at) if kind is RowKind.ACCEPT else 0,
    )
    offered = (*others, Offered(part=part, at=fact.at)) if kind is RowKind.OFFER else others
    return replace(case, offered=offered, rows=(*case.rows, row))


def _visited(case: Case, fact: Fact, lookup: Lookup) -> Case:
    """A visit, the first of its day for whatever scopes none before it was of."""
    data = fact.data
    where = Where(
        region=lookup.region_of(data["store"]),
        store=data["store"],
        guide=data["guide"],
        content=f"{data['kind']}:{data['target']}",
        campaign=data["campaign"],
    )
    visit = FigureRow(
        id=f"visit:{hashed(fact.id)}",
        kind=RowKind.VISIT,
        at=fact.at,
        n=fact.n,
        about=data["code"],
        where=where,
    )
    seen = {scope for row in case.rows for scope in row.scopes().values()}
    first_of = tuple(one for one, scope in visit.scopes().items() if scope not in seen)
    rows = (*case.rows, replace(visit, first_of=first_of))
    return replace(case, rows=rows, visited_at=case.visited_at or fact.at)


def _seconds(began: datetime | None, at: datetime) -> int:
    return max(0, int((at - began).total_seconds())) if began else 0
