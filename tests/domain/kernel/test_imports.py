"""Files that are taken in while others change the same things."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from domain.kernel.import_reports import ImportMode, RowError
from domain.kernel.imports import ATTEMPTS, RowsRead, take_in
from domain.kernel.refusals import Conflict
from tests.support.handing_in import handed

pytestmark = pytest.mark.anyio

BAD_ROW = RowError(file="f.csv", line=9, column=None, message="wrong")


@dataclass
class Shelf:
    """Counts by name; another person writes theirs just before a save, as often as is said."""

    there: dict[str, int]
    theirs: list[dict[str, int]] = field(default_factory=list)
    closed: bool = False

    async def read(self) -> RowsRead[str, int]:
        """The file says that A is 1, and adds 10 to whatever B is."""
        values = {"A": 1, "B": self.there.get("B", 0) // 10 * 10 + 7}
        if not self.closed:
            return RowsRead(existing=dict(self.there), values=values, errors=[])
        values.pop("B")
        return RowsRead(existing=dict(self.there), values=values, errors=[BAD_ROW])

    async def save(self, changes: Mapping[str, int]) -> None:
        raced = self.theirs.pop(0) if self.theirs else {}
        self.there |= {name: n for name, n in changes.items() if name not in raced} | raced
        if raced.keys() & changes.keys():
            raise Conflict("Somebody else was faster.")


async def test_a_file_that_nobody_races_is_written_once():
    shelf = Shelf({"A": 1})
    report = await take_in(shelf.read, shelf.save, handed(b""))
    assert shelf.there == {"A": 1, "B": 7}
    assert (report.created, report.changed, report.unchanged) == (1, 0, 1)


async def test_what_others_change_meanwhile_is_what_the_file_is_laid_over():
    shelf = Shelf({"B": 10}, theirs=[{"B": 40}, {"B": 80}])
    report = await take_in(shelf.read, shelf.save, handed(b""))
    assert shelf.there == {"A": 1, "B": 87}
    assert (report.rows, report.created, report.changed, report.unchanged) == (2, 1, 1, 0)


async def test_a_file_that_is_raced_without_end_is_told_so():
    shelf = Shelf({"B": 10}, theirs=[{"B": n * 10} for n in range(ATTEMPTS)])
    with pytest.raises(Conflict):
        await take_in(shelf.read, shelf.save, handed(b""))


@pytest.mark.parametrize("mode", ImportMode)
async def test_a_row_that_can_not_be_taken_any_more_is_an_error_or_a_conflict(mode: ImportMode):
    shelf = Shelf({"B": 10}, theirs=[{"B": 40}])
    save = shelf.save

    async def save_and_close(changes: Mapping[str, int]) -> None:
        shelf.closed = True
        await save(changes)

    shelf.save = save_and_close  # type: ignore[method-assign]
    if mode is ImportMode.ALL_OR_NOTHING:
        with pytest.raises(Conflict):
            await take_in(shelf.read, shelf.save, handed(b"", mode=mode))
    else:
        report = await take_in(shelf.read, shelf.save, handed(b"", mode=mode))
        assert report.errors == (BAD_ROW,)
    assert shelf.there == {"A": 1, "B": 40}


async def test_a_bad_row_keeps_everything_out_without_a_conflict():
    shelf = Shelf({}, closed=True)
    report = await take_in(shelf.read, shelf.save, handed(b""))
    assert shelf.there == {}
    assert (report.created, report.errors) == (0, (BAD_ROW,))


async def test_a_file_that_is_only_checked_writes_nothing_and_tells_what_it_would():
    shelf = Shelf({"A": 5})
    report = await take_in(shelf.read, shelf.save, handed(b"", only_check=True))
    assert shelf.there == {"A": 5}
    assert (report.created, report.changed) == (1, 1)
    changes = [(one.id, one.is_new, one.differences) for one in report.changes]
    assert changes == [("A", False, ("value: 5 → 1",)), ("B", True, ())]
