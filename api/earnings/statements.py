"""Statements of what became payable to owners, the runs that close them, and disputes."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.earnings.ledger import LedgerSum
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.earnings import settling, statement_files, statements
from domain.earnings.settling import SettlingPorts
from domain.earnings.statement_files import StatementForm
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    StatementForm,
    "How a statement is written.",
    CSV="A spreadsheet with one row for each entry.",
    JSON="All that it says, and what its hash is of, for a program.",
    HTML="A page to print.",
)

Period = Annotated[str, strawberry.argument(description="A month in China, such as 2026-10.")]
OwnerAlone = Annotated[strawberry.ID | None, strawberry.argument(description="The owner.")]
PeriodAlone = Annotated[
    str | None, strawberry.argument(description="A month in China, such as 2026-10.")
]
StatementIdArgument = Annotated[
    strawberry.ID, strawberry.argument(description="The statement, such as O1:2026-10.")
]


@strawberry.type(description="What somebody says is wrong with a statement, and what was answered.")
class StatementDispute(Packed[settling.Dispute]):
    id: strawberry.ID = strawberry.field(description="Its id.")
    statement_id: strawberry.ID = strawberry.field(description="The statement.")
    entry_id: strawberry.ID | None = strawberry.field(
        description="The entry that it is about; null where it is about the whole statement."
    )
    reason: str = strawberry.field(description="What is wrong.")
    opened_at: datetime = strawberry.field(description="When it was said.")
    upheld: bool | None = strawberry.field(
        description="Whether it was right; null until it is answered."
    )
    answer: str = strawberry.field(description="What was answered; empty until then.")
    answered_at: datetime | None = strawberry.field(description="When it was answered.")


@strawberry.type(description="What became payable to an owner in a month; it never changes.")
class Statement(Packed[statements.Statement]):
    id: strawberry.ID = strawberry.field(description="Its id, such as O1:2026-10.")
    owner_id: strawberry.ID = strawberry.field(description="Whose it is.")
    period: str = strawberry.field(description="The month in China.")
    opening: LedgerSum = strawberry.field(description="What the owner had before.")
    total: LedgerSum = strawberry.field(description="What came, less what went.")
    closing: LedgerSum = strawberry.field(description="What the owner has at the end of it.")
    entries: int = strawberry.field(description="How many entries it has.")
    hash: str = strawberry.field(
        description="The SHA-256 of all that it says and of the hash of the one before."
    )
    closed_at: datetime = strawberry.field(description="When it was closed.")

    @field("What is objected to in it, and the answers.")
    async def disputes(self, ports: SettlingPorts, act: Act) -> list[StatementDispute]:
        return [StatementDispute.of(one) for one in await settling.disputes_of(ports, act, self.id)]


@strawberry.type(description="What the statement of an owner would say if it were closed now.")
class StatementPreview(Packed[settling.PreviewedStatement]):
    owner_id: strawberry.ID = strawberry.field(description="Whose it would be.")
    opening: LedgerSum = strawberry.field(description="What the owner had before.")
    total: LedgerSum = strawberry.field(description="What came, less what went.")
    closing: LedgerSum = strawberry.field(description="What the owner would have at the end of it.")
    entries: int = strawberry.field(description="How many entries it would have.")


@strawberry.type(description="The closing of one month for all owners.")
class SettlementRun(Packed[settling.SettlementRun]):
    number: int = strawberry.field(description="Counts up with each month.")
    period: str = strawberry.field(description="The month in China.")
    begun_at: datetime = strawberry.field(description="When it was begun.")
    done_at: datetime | None = strawberry.field(
        description="When all statements were closed; null until then."
    )
    statements: int = strawberry.field(description="How many there are; 0 until it is done.")
    total: LedgerSum = strawberry.field(description="What all come to; 0 until it is done.")


@query(
    "What the statements of a month would say if it were settled now, by owner; nothing is "
    "written. For head office and finance."
)
async def settlement_preview(
    ports: SettlingPorts, act: Act, period: Period, first: First = 20, after: After = None
) -> Connection[StatementPreview]:
    request = PageRequest(first=first, after=after)
    page = await settling.preview_settlement(ports, act, period, request)
    return connection(page, StatementPreview.of)


@query("Every month that was settled, or is being, the newest first; for head office and finance.")
async def settlement_runs(ports: SettlingPorts, act: Act) -> list[SettlementRun]:
    return [SettlementRun.of(one) for one in await settling.settlement_runs(ports, act)]


@query(
    "The statements of one owner, the latest first, for its franchisee too; or all of one month, "
    "for head office and finance. Say which."
)
async def statements_of(
    ports: SettlingPorts,
    act: Act,
    owner_id: OwnerAlone = None,
    period: PeriodAlone = None,
    first: First = 20,
    after: After = None,
) -> Connection[Statement]:
    request = PageRequest(first=first, after=after)
    page = await settling.statements_seen(ports, act, request, owner_id=owner_id, period=period)
    return connection(page, Statement.of)


@query("A statement; for its franchisee, head office and finance.")
async def statement(ports: SettlingPorts, act: Act, id: StatementIdArgument) -> Statement:
    return Statement.of(await settling.statement_seen(ports, act, id))


@query("A statement with all of its entries, as a file; for its franchisee and finance too.")
async def statement_file(
    ports: SettlingPorts,
    act: Act,
    id: StatementIdArgument,
    form: Annotated[
        StatementForm, strawberry.argument(description="What the file is for.")
    ] = StatementForm.CSV,
) -> str:
    return await statement_files.statement_file(ports, act, id, form)


@query("What is objected to and not answered, the oldest first; for head office and finance.")
async def disputes(
    ports: SettlingPorts, act: Act, first: First = 20, after: After = None
) -> Connection[StatementDispute]:
    request = PageRequest(first=first, after=after)
    return connection(await settling.open_disputes(ports, act, request), StatementDispute.of)


@mutation(
    "Close a month that is over for every owner. It goes on by itself; sent again, it is the same "
    "run. What is booked late for it is in the next statement.",
    run="The run.",
)
async def settlement_run(ports: SettlingPorts, act: Act, period: Period) -> SettlementRun:
    return SettlementRun.of(await settling.run_settlement(ports, act, period))


@mutation(
    "Object to a statement, or to one entry of it; for its franchisee too. Sent again, it is the "
    "same dispute.",
    dispute="The dispute.",
)
async def statement_dispute(
    ports: SettlingPorts,
    act: Act,
    id: StatementIdArgument,
    reason: Annotated[
        str, strawberry.argument(description="What is wrong, in 1 to 500 characters.")
    ],
    entry_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The entry; left out, the whole statement."),
    ] = None,
) -> StatementDispute:
    return StatementDispute.of(
        await settling.dispute_statement(ports, act, id, reason, entry_id=entry_id)
    )


@mutation(
    "Answer a dispute; for head office and finance. The statement stays: what is put right comes "
    "as a journal, and into the next one.",
    dispute="The dispute with its answer.",
)
async def dispute_answer(
    ports: SettlingPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The dispute.")],
    upheld: Annotated[bool, strawberry.argument(description="Whether it is right.")],
    answer: Annotated[
        str, strawberry.argument(description="What is said to it, in 1 to 500 characters.")
    ],
) -> StatementDispute:
    return StatementDispute.of(await settling.answer_dispute(ports, act, id, answer, upheld=upheld))


QUERIES = (
    settlement_preview,
    settlement_runs,
    statements_of,
    statement,
    statement_file,
    disputes,
)
MUTATIONS = (settlement_run, statement_dispute, dispute_answer)
