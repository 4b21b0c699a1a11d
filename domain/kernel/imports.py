"""Taking in a file: what it wants is laid over what there is, written and reported on."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from domain.kernel.columns import Columns
from domain.kernel.import_reports import ImportMode, ImportReport, RowError, plan_import
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict
from domain.kernel.tables import Parsed, Row, Table, parse_rows, read_table
from domain.kernel.work import Workers

T = TypeVar("T")
K = TypeVar("K", bound=str)

# So often an import looks again at what others change meanwhile.
ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPorts(Ports):
    """What reading files takes beside what is read from them."""

    workers: Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A file that somebody hands in, and what is to become of it.

    Where it is only checked, nothing is written and the report says what would be. It is read
    aside, as that takes seconds where it is large.
    """

    name: str
    data: bytes = field(repr=False)
    mode: ImportMode
    only_check: bool = False
    workers: Workers

    async def table(self, columns: Columns) -> Table:
        """Its rows; Invalid where it can't be read."""
        return await self.workers.run(lambda: read_table(self.name, self.data, columns))

    async def parse(
        self, rows: Iterable[Row], parse: Callable[[Row], T], *, key: Callable[[T], K]
    ) -> Parsed[K, T]:
        """What its rows say, by key; what is wrong is gathered."""
        return await self.workers.run(lambda: parse_rows(rows, parse, key=key))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRead(Generic[K, T]):
    """What a file wants, by key, beside what there is of it, and the rows that can't be taken."""

    existing: Mapping[K, T]
    values: Mapping[K, T]
    errors: Sequence[RowError]
    warnings: Sequence[RowError] = ()
    notes: tuple[str, ...] = ()

    def plan(self, mode: ImportMode) -> tuple[dict[K, T], ImportReport]:
        """What to write of it, and the report on that."""
        changes, counted = plan_import(
            existing=self.existing,
            values=self.values,
            errors=self.errors,
            mode=mode,
            warnings=self.warnings,
        )
        return changes, replace(counted, notes=self.notes)


async def take_in(
    read: Callable[[], Awaitable[RowsRead[K, T]]],
    save: Callable[[Mapping[K, T]], Awaitable[None]],
    handed: HandedIn,
) -> ImportReport:
    """Write what a file wants over what there is, unless it is only checked, and report on it.

    `save` raises Conflict where somebody else has written something meanwhile, once the rest is
    written. Then the file is read again over what there is now, so that nobody's edit is lost; a
    row that can't be taken any more becomes an error, or a Conflict where one is to stop the file.
    """
    first: RowsRead[K, T] | None = None
    for _ in range(ATTEMPTS):
        found = await read()
        first = first or found
        if found.errors != first.errors and handed.mode is ImportMode.ALL_OR_NOTHING:
            break
        changes, counted = found.plan(handed.mode)
        if handed.only_check:
            return counted
        try:
            await save(changes)
        except Conflict:
            continue
        # What an earlier attempt wrote is no less changed: all is counted over what was at first.
        return (
            counted
            if found is first
            else replace(found, existing=first.existing).plan(handed.mode)[1]
        )
    raise Conflict(
        "Others are changing the same things; some of this file is written. Import it again.",
        field=["file"],
    )
