"""Taking in a file: what it wants is laid over what there is, written and reported on."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from domain.kernel.refusals import Conflict
from domain.kernel.tables import ImportMode, ImportReport, RowError, plan_import

T = TypeVar("T")
K = TypeVar("K", bound=str)

# So often an import looks again at what others change meanwhile.
ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRead(Generic[K, T]):
    """What a file wants, by key, beside what there is of it, and the rows that can't be taken."""

    existing: Mapping[K, T]
    values: Mapping[K, T]
    errors: Sequence[RowError]

    def plan(self, mode: ImportMode) -> tuple[dict[K, T], ImportReport]:
        """What to write of it, and the report on that."""
        return plan_import(
            existing=self.existing, values=self.values, errors=self.errors, mode=mode
        )


async def take_in(
    read: Callable[[], Awaitable[RowsRead[K, T]]],
    save: Callable[[Mapping[K, T]], Awaitable[None]],
    mode: ImportMode,
) -> ImportReport:
    """Write what a file wants over what there is, and report on it.

    `save` raises Conflict where somebody else has written something meanwhile, once the rest is
    written. Then the file is read again over what there is now, so that nobody's edit is lost; a
    row that can't be taken any more becomes an error, or a Conflict where one is to stop the file.
    """
    first: RowsRead[K, T] | None = None
    for _ in range(ATTEMPTS):
        found = await read()
        first = first or found
        if found.errors != first.errors and mode is ImportMode.ALL_OR_NOTHING:
            break
        changes, counted = found.plan(mode)
        try:
            await save(changes)
        except Conflict:
            continue
        # What an earlier attempt wrote is no less changed: all is counted over what was at first.
        return counted if found is first else replace(found, existing=first.existing).plan(mode)[1]
    raise Conflict(
        "Others are changing the same things; some of this file is written. Import it again.",
        field=["file"],
    )
