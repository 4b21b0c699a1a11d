"""Ports in memory whose process may die at any of their writes."""

from collections.abc import Callable, Sequence

from domain.kernel.apply_once import Entry, Posting, State
from domain.kernel.refusals import Conflict
from tests.support.crashing import Crash


class Disk:
    """Where all is written; a process has so many moments `left`, one before and after each."""

    def __init__(self) -> None:
        self.left: int | None = None

    def moment(self) -> None:
        """Live on, or die."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Crash

    def write(self, change: Callable[[], object]) -> None:
        """Make one write, and live through it or not."""
        self.moment()
        change()
        self.moment()


class Kept:
    """Things by id, each written over the version before its own, with the facts it says."""

    def __init__(self, disk: Disk, *items) -> None:
        self.disk, self.kept, self.facts = disk, {one.id: one for one in items}, []

    async def by_ids(self, ids):
        return {one: self.kept[one] for one in ids if one in self.kept}

    async def all(self):
        return self.kept

    async def save(self, item, *, expected, facts=()):
        known = self.kept.get(item.id)
        if (known.version if known else 0) != expected:
            raise Conflict("Somebody else was faster.")

        def write() -> None:
            self.kept[item.id] = item
            self.facts.extend(facts)

        self.disk.write(write)

    async def due(self, now, most):
        return [one for one in self.kept.values() if one.due_at <= now][:most]


class MemoryLedger:
    """Movements that are each applied once: `applied` changes the target, or answers None."""

    def __init__(self) -> None:
        self.marks: dict[str, Entry] = {}
        self.written: dict[str, Entry] = {}

    def _write(self) -> None:
        """What comes before each write."""
        raise NotImplementedError

    def applied(self, movement):
        """The movement as it was done, or None where its guard is unmet."""
        raise NotImplementedError

    async def insert(self, movements: Sequence):
        self._write()
        fresh = [one for one in movements if one.id not in self.written]
        self.written |= {one.id: Entry(movement=one, state=State.NEW) for one in fresh}
        return [one.id for one in fresh]

    async def change(self, movements: Sequence):
        done = {}
        for one in movements:
            if one.id not in self.marks:
                self._write()
                if (movement := self.applied(one)) is None:
                    continue
                self.marks[one.id] = Entry(movement=movement, state=State.APPLIED)
            done[one.id] = self.marks[one.id]
        return done

    async def refuse(self, movements: Sequence):
        self._write()
        for one in movements:
            self.marks.setdefault(one.id, Entry(movement=one, state=State.REFUSED))
        return {one.id: self.marks[one.id] for one in movements}

    async def conclude(self, entries: Sequence[Entry], before: State):
        self._write()
        for one in entries:
            if self.written[one.movement.id].state is before:
                self.written[one.movement.id] = one
        return [one.movement.id for one in entries]

    async def unmark(self, entries: Sequence[Entry]) -> None:
        # Marks stay here, as those of a writer who was paused do.
        self._write()

    async def claim(self, ids: Sequence[str]) -> None:
        self._write()
        for one in ids:
            if self.written[one].state is State.NEW:
                self.written[one] = Entry(movement=self.written[one].movement, state=State.TAKING)

    async def entries(self, ids: Sequence[str]):
        return {one: self.written[one] for one in ids if one in self.written}

    async def open_since(self, before: object, most: int):
        return [one for one, entry in self.written.items() if not entry.concluded]

    async def forget_marks(self, before: object, most: int) -> None:
        return None


class MemoryPostings(MemoryLedger):
    """Counts of small documents, by their targets."""

    def __init__(self, disk: Disk) -> None:
        super().__init__()
        self.disk, self.targets = disk, {}

    def _write(self) -> None:
        self.disk.moment()

    def applied(self, movement: Posting):
        target = self.targets.get(movement.target, {})
        if any(target.get(name, 0) < least for name, least in movement.at_least.items()):
            return None
        added = {name: target.get(name, 0) + count for name, count in movement.add.items()}
        self.targets[movement.target] = {**target, **movement.put, **added}
        return movement
