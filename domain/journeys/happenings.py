"""Happenings: what members do, in the few words by which journeys begin, wait and end."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.catalogue.catalogue import Catalogue, ProductId, Sku
from domain.kernel.facts import Fact, FactKind
from domain.kernel.ids import PersonId

ONLINE, TILL, SHOP = "online", "till", "shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that a member did or that became of them.

    `key` is what it is about, such as an order; `labels` are `online`, `till`, `category:羽绒服`,
    `product:10001`, `level:gold` and the like.
    """

    id: str
    kind: FactKind
    member_id: PersonId
    at: datetime
    key: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FactMatch:
    """Which happenings are meant: of one kind, with one of some labels where any are named.

    With `same`, only what is about the same thing as that by which the run began.
    """

    kind: FactKind
    labels: tuple[str, ...] = ()
    same: bool = False

    def fits(self, one: Happening, key: str) -> bool:
        """Whether it means a happening, in a run that began with what `key` is about."""
        if one.kind != self.kind or (self.same and one.key != key):
            return False
        return not self.labels or bool(set(self.labels) & set(one.labels))


@dataclass(frozen=True, slots=True)
class _Told:
    """Where a fact tells whom it is about, and what, and which labels follow from it."""

    member: str = "member"
    key: str = "member"
    labels: Callable[[Fact, Catalogue], Iterable[str]] = field(default=lambda *_: ())


def _ordered(fact: Fact, catalogue: Catalogue) -> Iterable[str]:
    yield ONLINE
    for line in fact.data["lines"]:
        yield from _of_product(ProductId(line["productId"]), catalogue)


def _bought(fact: Fact, catalogue: Catalogue) -> Iterable[str]:
    yield TILL if fact.data["storeId"] else SHOP
    for line in fact.data["lines"]:
        if known := catalogue.variants.get(Sku(line["sku"])):
            yield from _of_product(known[0].id, catalogue)


def _of_product(id: ProductId, catalogue: Catalogue) -> Iterable[str]:
    yield f"product:{id}"
    if product := catalogue.products.get(id):
        yield from (f"category:{one}" for one in product.category)


def _said(name: str) -> Callable[[Fact, Catalogue], Iterable[str]]:
    return lambda fact, _: (f"{name}:{fact.data[name]}",)


_ORDER = _Told("buyerId", "orderId", _ordered)
_BOOKING = _Told(key="booking", labels=_said("service"))
_TOLD: Mapping[str, _Told] = {
    **dict.fromkeys(("order.placed", "order.paid", "order.cancelled", "order.expired"), _ORDER),
    "purchase.matched": _Told("buyerId", "orderId", _bought),
    "purchase.refunded": _Told("buyerId", "orderId", _bought),
    "member.joined": _Told(labels=_said("channel")),
    "level.gained": _Told(key="level", labels=_said("level")),
    "consent.given": _Told(key="purpose", labels=_said("purpose")),
    "consent.withdrawn": _Told(key="purpose", labels=_said("purpose")),
    **dict.fromkeys(("friend.matched", "friend.valid", "friend.gone"), _Told(key="bond")),
    **{
        f"booking.{state}": _BOOKING
        for state in ("booked", "moved", "arrived", "no_show", "cancelled")
    },
    "link.touched": _Told("person", "person"),
}
HAPPENINGS = frozenset(FactKind(one) for one in _TOLD)


def happening_of(fact: Fact, catalogue: Catalogue) -> Happening | None:
    """What a fact says that a member did; None where it is of nobody who is a member."""
    told = _TOLD[fact.kind]
    member_id = str(fact.data[told.member] or "")
    if not member_id.startswith("member_"):
        return None
    return Happening(
        id=fact.id,
        kind=fact.kind,
        member_id=PersonId(member_id),
        at=fact.at,
        key=str(fact.data[told.key]),
        labels=tuple(dict.fromkeys(told.labels(fact, catalogue))),
    )
