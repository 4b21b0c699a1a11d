"""Keeping the books of orders: what happened is booked, and in time what was earned is payable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from domain.earnings.journals import JournalId, LedgerPorts, post_journals
from domain.earnings.order_books import OrderBooks, release_id, released, with_facts
from domain.earnings.terms import SplitRule, SplitRules, Terms, owner_account, rule_at
from domain.kernel.each import each
from domain.kernel.facts import Batch, Fact
from domain.kernel.folding import Folds
from domain.kernel.ports import Ports
from domain.network.directory import Directory, DirectorySource
from domain.people.act import Act

MATURED_AT_ONCE = 100


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BookkeepingPorts(Ports):
    """What the books of orders need."""

    books: BooksOfOrders
    ledger: LedgerPorts
    rules: SplitRules
    directory: DirectorySource


async def book_facts(ports: BookkeepingPorts, act: Act, batch: Batch) -> None:
    """Book what happened to orders; each fact makes one journal at most, under its own id."""
    directory, rules = ports.directory.directory(), await ports.rules.all()
    concerned: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        concerned.setdefault(fact.data["orderId"], []).append(fact)
    rule = partial(
        with_facts,
        terms_of=partial(_terms_of, directory, rules),
        owner_of=partial(owner_account, directory),
    )
    await ports.books.fold(batch, concerned, rule)
    ids = {JournalId(fact.id) for fact in batch.facts}
    found = await ports.books.by_ids(list(concerned))
    journals = [one for books in found for one in books.journals if one.id in ids]
    await post_journals(ports.ledger, act, journals)


async def release_matured(ports: BookkeepingPorts, act: Act) -> None:
    """Make payable what orders earned whose time to be returned is over."""
    due = await ports.books.matured(act.at, MATURED_AT_ONCE)
    await each(due, partial(_release, ports, act))


async def _release(ports: BookkeepingPorts, act: Act, order_id: str) -> None:
    [before] = await ports.books.by_ids([order_id])
    books = released(before, act.at)
    # Who was cut short after this has written the books but not the ledger.
    if books == before or await ports.books.release(books, before):
        number = release_id(order_id)
        await post_journals(ports.ledger, act, [one for one in books.journals if one.id == number])
        await ports.books.attended(books)


def _terms_of(directory: Directory, rules: Sequence[SplitRule], fact: Fact) -> Terms:
    rule = rule_at(rules, fact.at)
    return Terms(
        rule_version=rule.version,
        weights=rule.weights,
        seller=owner_account(directory, fact.data["storeId"]),
        guide_id=fact.data["guideId"],
    )
