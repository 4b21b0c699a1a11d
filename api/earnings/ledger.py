"""The ledger: accounts, journals, how orders are split, and what a guide has earned."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.earnings import journals, ledger_desk, viewing
from domain.earnings.bookkeeping import BookkeepingPorts
from domain.earnings.journals import AccountKind
from domain.earnings.viewing import EarningsViewPorts
from domain.kernel.money import Fen, yuan
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    AccountKind,
    "What an account is for.",
    name="LedgerAccountKind",
    PROVIDER="The provider of payments, which holds the money of all others and so is below 0.",
    BRAND="What is the brand's.",
    OPEN="What waits until it is known which store sends the goods.",
    PAID_OUT="What was paid to owners and guides.",
    FEE="What the provider took for payments, below 0.",
    OWNER_PENDING="What a franchisee has earned while the buyer may still return the goods.",
    OWNER_PAYABLE="What a franchisee is to be paid; below 0 where more was taken back than there "
    "was.",
    GUIDE_PENDING="What a guide has earned while the buyer may still return the goods.",
    GUIDE_PAYABLE="What a guide is to be paid; below 0 where more was taken back than there was.",
)


@strawberry.type(description="A sum of the ledger, which may be larger than an Int can tell.")
class LedgerSum:
    fen: str = strawberry.field(description="The sum in fen, as decimal digits.")
    text: str = strawberry.field(description="The sum as people read it, such as ¥1,299.")

    @classmethod
    def of(cls, fen: Fen) -> "LedgerSum":
        """Pack a sum."""
        return cls(fen=str(fen), text=yuan(fen))


@strawberry.type(description="An account of the ledger.")
class LedgerAccount(Packed[journals.AccountBalance]):
    account: str = strawberry.field(description="Its name, such as owner:O1:pending.")
    balance: LedgerSum = strawberry.field(description="What it has.")


@strawberry.type(description="What one account got by a journal.")
class JournalLine(Packed[journals.JournalLine]):
    account: str = strawberry.field(description="The account's name.")
    amount: LedgerSum = strawberry.field(description="What it got, or below 0 gave.")


@strawberry.type(description="One balanced booking, which never changes.")
class Journal(Packed[journals.Journal]):
    value: strawberry.Private[journals.Journal]
    id: strawberry.ID = strawberry.field(description="The id of what it follows from.")
    cause: str = strawberry.field(description="What happened, such as payment.paid.")
    at: datetime = strawberry.field(description="When that was.")
    lines: list[JournalLine] = strawberry.field(description="Its lines, which sum to 0.")
    note: str = strawberry.field(description="Why somebody made it; empty if nobody did.")

    @strawberry.field(description="The order that it is about.")
    def order_id(self) -> strawberry.ID | None:
        return strawberry.ID(self.value.order_id) if self.value.order_id else None

    @strawberry.field(description="The journal that it takes back.")
    def reverses(self) -> strawberry.ID | None:
        return strawberry.ID(self.value.reverses) if self.value.reverses else None


@strawberry.type(description="What all accounts of one kind have together.")
class LedgerKindSum:
    kind: AccountKind = strawberry.field(description="The kind.")
    sum: LedgerSum = strawberry.field(description="What they have.")


@strawberry.type(description="Whether the books balance.")
class LedgerAudit(Packed[ledger_desk.LedgerAudit]):
    value: strawberry.Private[ledger_desk.LedgerAudit]
    difference: LedgerSum = strawberry.field(
        description="What all balances sum to; 0 when no line is in flight."
    )
    in_flight: int = strawberry.field(
        description="How many lines are written down and being added to their balances."
    )

    @strawberry.field(description="The sums, by kind of account.")
    def sums(self) -> list[LedgerKindSum]:
        return [
            LedgerKindSum(kind=kind, sum=LedgerSum.of(amount)) for kind, amount in self.value.sums
        ]


@strawberry.type(description="Something that changed what a guide has earned.")
class EarningsEntry:
    order_id: strawberry.ID | None = strawberry.field(description="The order that it is about.")
    cause: str = strawberry.field(description="What happened, such as payment.paid.")
    at: datetime = strawberry.field(description="When that was.")
    amount: LedgerSum = strawberry.field(description="What it added, or below 0 took back.")

    @classmethod
    def of(cls, entry: tuple[journals.Journal, journals.JournalLine]) -> "EarningsEntry":
        """Pack a line of a journal."""
        journal, line = entry
        order = strawberry.ID(journal.order_id) if journal.order_id else None
        amount = LedgerSum.of(line.amount)
        return cls(order_id=order, cause=journal.cause, at=journal.at, amount=amount)


@strawberry.type(description="What guides earned in this day and this month in China.")
class EarnedNow(Packed[viewing.EarnedNow]):
    today: LedgerSum = strawberry.field(description="Today; below 0 where more was taken back.")
    this_month: LedgerSum = strawberry.field(description="In this month.")


@strawberry.type(description="What a guide has earned.")
class OwnEarnings(Packed[ledger_desk.GuideBalance]):
    pending: LedgerSum = strawberry.field(
        description="Of orders whose goods are on their way or may still be returned."
    )
    payable: LedgerSum = strawberry.field(
        description="What is theirs to be paid; below 0 where more was taken back since."
    )

    @field("What they earned in this day and in this month in China, or had taken back.")
    async def now(self, ports: EarningsViewPorts, act: Act) -> EarnedNow:
        return EarnedNow.of(await viewing.own_earned(ports, act))

    @field("What changed what is pending, or else what is payable, the newest first.")
    async def entries(
        self,
        ports: BookkeepingPorts,
        act: Act,
        payable: Annotated[
            bool, strawberry.argument(description="Ask for what changed what is payable.")
        ] = False,
        first: First = 20,
        after: After = None,
    ) -> Connection[EarningsEntry]:
        request = PageRequest(first=first, after=after)
        page = await ledger_desk.own_entries(ports, act, request, payable=payable)
        return connection(page, EarningsEntry.of)


@query("The ledger's accounts of one kind, by name; for head office and finance.")
async def ledger_accounts(
    ports: BookkeepingPorts,
    act: Act,
    kind: Annotated[AccountKind, strawberry.argument(description="Which accounts.")],
    first: First = 20,
    after: After = None,
) -> Connection[LedgerAccount]:
    request = PageRequest(first=first, after=after)
    page = await ledger_desk.ledger_accounts(ports, act, kind, request)
    return connection(page, LedgerAccount.of)


@query("The journals that changed an account, the newest first; for head office and finance.")
async def ledger_journals(
    ports: BookkeepingPorts,
    act: Act,
    account: Annotated[str, strawberry.argument(description="The account's name.")],
    first: First = 20,
    after: After = None,
) -> Connection[Journal]:
    request = PageRequest(first=first, after=after)
    return connection(await ledger_desk.journals_of(ports, act, account, request), Journal.of)


@query("Whether the ledger balances; for head office and finance.")
async def ledger_audit(ports: BookkeepingPorts, act: Act) -> LedgerAudit:
    return LedgerAudit.of(await ledger_desk.audit_ledger(ports, act))


@query("What the guide who asks has earned.")
async def own_earnings(ports: BookkeepingPorts, act: Act) -> OwnEarnings:
    return OwnEarnings.of(await ledger_desk.own_earnings(ports, act))


@mutation(
    "Take a journal back by another one; for finance too. Sent again, it is the same one.",
    journal="The journal that takes it back.",
)
async def journal_reverse(
    ports: BookkeepingPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The journal to take back.")],
    reason: Annotated[str, strawberry.argument(description="Why, in 1 to 200 characters.")],
) -> Journal:
    return Journal.of(await ledger_desk.reverse_journal(ports, act, id, reason))


QUERIES = (ledger_accounts, ledger_journals, ledger_audit, own_earnings)
MUTATIONS = (journal_reverse,)
