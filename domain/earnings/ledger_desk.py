"""What people do with the ledger: look at it, take journals back, and say how orders are split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.earnings.bookkeeping import BookkeepingPorts
from domain.earnings.journals import (
    Account,
    AccountBalance,
    AccountKind,
    Journal,
    JournalId,
    JournalLine,
    post_journals,
)
from domain.earnings.notes import read_note
from domain.earnings.split_rules import FIRST_RULE, SplitRule, checked_rule
from domain.kernel.money import Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.refusals import NotFound, WrongState
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAudit:
    """The sums of all balances, by kind of account, and how many lines are in none for certain."""

    sums: tuple[tuple[AccountKind, Fen], ...]
    in_flight: int

    @property
    def difference(self) -> Fen:
        """What all balances sum to: 0, or while lines are in flight no more than those."""
        return Fen(sum(amount for _, amount in self.sums))


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideBalance:
    """What a guide has earned: what may still be taken back, and what is theirs to be paid."""

    pending: Fen
    payable: Fen


async def ledger_accounts(
    ports: BookkeepingPorts, act: Act, kind: AccountKind, request: PageRequest
) -> Page[AccountBalance]:
    """The accounts of one kind, by name."""
    act.viewer.require("ledger.see")
    return await ports.ledger.journals.accounts(kind, request)


async def journals_of(
    ports: BookkeepingPorts, act: Act, account: str, request: PageRequest
) -> Page[Journal]:
    """The journals that changed an account, the newest first."""
    act.viewer.require("ledger.see")
    return await ports.ledger.journals.of_account(Account(account), request)


async def audit_ledger(ports: BookkeepingPorts, act: Act) -> LedgerAudit:
    """Whether the books balance."""
    act.viewer.require("ledger.see")
    journals = ports.ledger.journals
    sums = [(kind, await journals.sum_of(kind)) for kind in AccountKind]
    return LedgerAudit(sums=tuple(sums), in_flight=await journals.in_flight())


async def reverse_journal(ports: BookkeepingPorts, act: Act, id: str, reason: str) -> Journal:
    """Take a journal back by another one; done again, it is the same one."""
    act.viewer.require("ledger.correct")
    note = read_note(reason, "reason")
    journals = ports.ledger.journals
    journal = await journals.by_id(JournalId(id))
    if journal is None:
        raise NotFound(f"There is no journal {id}; look its id up in the account's.", field=["id"])
    if journal.reverses is not None:
        raise WrongState(
            f"This takes {journal.reverses} back already; no journal takes it back again.",
            field=["id"],
        )
    lines = tuple(replace(line, amount=Fen(-line.amount)) for line in journal.lines)
    taken_back = Journal(
        id=JournalId(f"reverse:{journal.id}"),
        order_id=journal.order_id,
        cause="taken back",
        at=act.at,
        lines=lines,
        reverses=journal.id,
        actor_id=act.viewer.id,
        note=note,
    )
    await journals.write([taken_back])
    kept = await journals.by_id(taken_back.id)
    # Two may come at once: what is posted is what was written first.
    assert kept is not None, "it was written just now"
    await post_journals(ports.ledger, act, [kept])
    return kept


async def split_rules(ports: BookkeepingPorts, act: Act) -> Sequence[SplitRule]:
    """Every version of the rule by which orders are split, the newest first."""
    act.viewer.require("ledger.see")
    return [*await ports.rules.versions(), FIRST_RULE]


async def set_split_rule(
    ports: BookkeepingPorts, act: Act, said: Mapping[str, Any], *, expected: int
) -> SplitRule:
    """Set how orders are split that are paid from now on; those before keep their terms.

    What is not said stays as the newest version has it.
    """
    act.viewer.require("split_rule.set")
    [newest, *_] = await split_rules(ports, act)
    rule = replace(newest, **said, version=expected + 1, set_at=act.at, set_by=act.viewer.id)
    await ports.rules.add(checked_rule(rule))
    return rule


async def own_earnings(ports: BookkeepingPorts, act: Act) -> GuideBalance:
    """What the guide who asks has earned."""
    act.viewer.require("earnings.have")
    names = [_account(act, stage) for stage in ("pending", "payable")]
    found = {one.account: one.balance for one in await ports.ledger.journals.balances(names)}
    pending, payable = (found.get(name, Fen(0)) for name in names)
    return GuideBalance(pending=pending, payable=payable)


async def own_entries(
    ports: BookkeepingPorts, act: Act, request: PageRequest, *, payable: bool = False
) -> Page[tuple[Journal, JournalLine]]:
    """What changed the own balance of the guide who asks, the newest first."""
    act.viewer.require("earnings.have")
    account = _account(act, "payable" if payable else "pending")
    page = await ports.ledger.journals.of_account(account, request)
    return page.map(lambda one: (one, next(line for line in one.lines if line.account == account)))


def _account(act: Act, stage: str) -> Account:
    return Account(f"guide:{act.viewer.id}:{stage}")
