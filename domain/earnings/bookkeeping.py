"""Keeping the books of orders: what happened is booked, and in time what was earned is payable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from domain.catalogue.catalogue import Catalogue, CatalogueSource
from domain.earnings.journals import JournalId, LedgerPorts, post_journals
from domain.earnings.line_credits import for_guides
from domain.earnings.order_books import (
    ORDER_PAID,
    OrderBooks,
    release_id,
    released,
    with_facts,
)
from domain.earnings.rankings import EarnedByGuides
from domain.earnings.split_rules import FIRST_RULE, SplitRule
from domain.earnings.terms import Buyers, Sale, Terms, owner_account, terms_of
from domain.kernel.days import month_of
from domain.kernel.each import each
from domain.kernel.facts import Batch, Fact, FactId
from domain.kernel.folding import Folds
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.kernel.rule_versions import RuleVersions, rule_at
from domain.members.purchase_facts import PURCHASE_MADE, PURCHASE_MATCHED
from domain.network.directory import DirectorySource
from domain.people.accounts import Guides, Member
from domain.people.act import Act
from domain.sharing.attribution import Credit, Visits

MATURED_AT_ONCE = 100
SOLD = frozenset({ORDER_PAID, PURCHASE_MADE, PURCHASE_MATCHED})


class BooksOfOrders(Folds[OrderBooks], Protocol):
    """The books by the ids of their orders."""

    async def by_ids(self, order_ids: Sequence[str]) -> Sequence[OrderBooks]:
        """The books of those orders that have any."""

    async def matured(self, now: datetime, most: int) -> Sequence[str]:
        """Orders of which what is pending may be payable by now."""

    async def release(self, books: OrderBooks, before: OrderBooks) -> bool:
        """Write books over those that they were made of; False if they have changed meanwhile."""

    async def attended(self, books: OrderBooks) -> None:
        """Note that nothing of these books waits for the clock, unless they have changed."""


class MembersByIds(Protocol):
    """The consumers whom the brand knows."""

    async def by_ids(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Member]:
        """Those of the ids that are members, as they joined."""


class TouchTrail(Protocol):
    """The way by which somebody came."""

    async def touches_of(
        self, ids: Sequence[PersonId], *, since: datetime, until: datetime, most: int
    ) -> Sequence[Credit]:
        """The newest touches of a person, by any id, between two moments, the newest first."""

    async def last_before(self, ids: Sequence[PersonId], at: datetime) -> Credit | None:
        """What makes a person, by any id, somebody's customer at a moment; None while nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookkeepingPorts(Ports):
    """What the books of orders need."""

    books: BooksOfOrders
    ledger: LedgerPorts
    rules: RuleVersions[SplitRule]
    directory: DirectorySource
    catalogue: CatalogueSource
    guides: Guides
    members: MembersByIds
    trail: TouchTrail
    visits: Visits
    earned: EarnedByGuides


async def book_facts(ports: BookkeepingPorts, act: Act, batch: Batch) -> None:
    """Book what happened to orders; each fact makes one journal at most, under its own id."""
    directory = ports.directory.directory()
    concerned: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        concerned.setdefault(fact.data["orderId"], []).append(fact)
    rule = partial(
        with_facts,
        terms_of=await _terms_of(ports, batch),
        owner_of=partial(owner_account, directory),
    )
    await ports.books.fold(batch, concerned, rule)
    ids = {JournalId(fact.id) for fact in batch.facts}
    found = await ports.books.by_ids(list(concerned))
    journals = [one for books in found for one in books.journals if one.id in ids]
    await post_journals(ports.ledger, act, journals)


async def release_matured(ports: BookkeepingPorts, act: Act) -> None:
    """Make payable what orders earned whose time to be returned is over."""
    done = MATURED_AT_ONCE
    while done == MATURED_AT_ONCE:
        due = await ports.books.matured(act.at, MATURED_AT_ONCE)
        done = await each(due, partial(_release, ports, act))


async def guides_have_of(
    ports: BookkeepingPorts, act: Act, order_ids: Sequence[str]
) -> Mapping[str, Fen]:
    """What orders earn their guides, for whoever may see the orders."""
    return {one.order_id: for_guides(one) for one in await ports.books.by_ids(order_ids)}


async def _release(ports: BookkeepingPorts, act: Act, order_id: str) -> None:
    [before] = await ports.books.by_ids([order_id])
    books = released(before, act.at)
    # Who was cut short after this has written the books but not the ledger.
    if books == before or await ports.books.release(books, before):
        number = release_id(order_id)
        await post_journals(ports.ledger, act, [one for one in books.journals if one.id == number])
        await ports.books.attended(books)


async def _terms_of(ports: BookkeepingPorts, batch: Batch) -> Callable[[Fact], Terms]:
    """How the terms of the orders of a batch are made, with all that they need at hand."""
    directory, catalogue = ports.directory.directory(), ports.catalogue.catalogue()
    paid = [fact for fact in batch.facts if fact.kind in SOLD]
    versions = await ports.rules.versions() if paid else ()
    sales: dict[FactId, Sale] = {}
    for fact in paid:
        if fact.kind == ORDER_PAID:
            sales[fact.id] = _ordered(fact)
        else:
            rule = rule_at(versions, fact.at, FIRST_RULE)
            sales[fact.id] = await _at_till(ports, fact, rule.window, catalogue)
    buyers = await _buyers(ports, list(sales.values()))
    if any(one.tiers for one in versions):
        months = sorted({one.month for one in sales.values()})
        claims = {one for sale in sales.values() for one in sale.claims if one}
        earned = await ports.earned.of_guides(sorted(claims), months)
        buyers = replace(buyers, earned=earned)

    def terms(fact: Fact) -> Terms:
        rule = rule_at(versions, fact.at, FIRST_RULE)
        return terms_of(rule, sales[fact.id], buyers, directory, catalogue)

    return terms


def _ordered(fact: Fact) -> Sale:
    data = fact.data
    return Sale(
        store_id=data["storeId"],
        buyer_id=data["buyerId"],
        lines=[(one["sku"], one["productId"]) for one in data["lines"]],
        claims=(data["guideId"], data.get("bondedGuideId"), None),
        share_code=data.get("shareCode"),
        month=month_of(fact.at),
    )


async def _at_till(
    ports: BookkeepingPorts, fact: Fact, window: timedelta, catalogue: Catalogue
) -> Sale:
    """A purchase, with whose link and whose customer the buyer was by the moment of it.

    Within a visit that they booked they are the advisor's, as at an order.
    """
    data, at = fact.data, fact.at
    shared = bonded = code = None
    if data["buyerId"]:
        ids = await _ids_of(ports, data["buyerId"])
        advisor = await ports.visits.advisor_of(ids, at)
        if last := await ports.trail.last_before(ids, at):
            bonded = last.guide_id
            touches = await ports.trail.touches_of(ids, since=at - window, until=at, most=1)
            if touches:
                shared, code = touches[0].guide_id, touches[0].share_code
        bonded = advisor or bonded
    skus = dict.fromkeys(one["sku"] for one in data["lines"])
    products = {sku: catalogue.variants[sku][0].id for sku in skus if sku in catalogue.variants}
    return Sale(
        store_id=data["storeId"] or "",
        buyer_id=data["buyerId"],
        lines=[(sku, products.get(sku)) for sku in skus],
        claims=(shared, bonded, data["guideId"]),
        at_till=True,
        share_code=code,
        month=month_of(at),
    )


async def _ids_of(ports: BookkeepingPorts, buyer: PersonId) -> Sequence[PersonId]:
    """All ids that lead to the person whom one of them names."""
    found = (await ports.members.by_ids([buyer])).get(buyer)
    if found and (root := found.merged_into):
        found = (await ports.members.by_ids([root])).get(root)
    return (found.id, *found.also) if found else (buyer,)


async def _buyers(ports: BookkeepingPorts, sales: Sequence[Sale]) -> Buyers:
    """Who buys and who may be credited, and whom they were merged into."""
    claims = {one for sale in sales for one in sale.claims if one}
    guides = await ports.guides.by_ids(sorted(claims))
    wanted = {sale.buyer_id for sale in sales if sale.buyer_id}
    wanted |= {one.member_id for one in guides.values() if one.member_id}
    members = dict(await ports.members.by_ids(sorted(wanted)))
    merged = {one.merged_into for one in members.values() if one.merged_into}
    members |= await ports.members.by_ids(sorted(merged - set(members)))
    return Buyers(guides=guides, members=members)
