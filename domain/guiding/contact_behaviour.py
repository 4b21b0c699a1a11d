"""How guides and their customers write to each other, as WeCom counts it: read once for each day.

WeCom tells what came of a day from the next morning on, for one person in one call. A day's run
goes through all guides part by part, and whichever process comes next goes on with it. Who can't
be read holds nobody up: they are asked for again once all others are read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

from domain.guiding.figures import (
    CHATS,
    REPLIED,
    REPLY_DAYS,
    REQUESTS,
    TAKEN,
    WRITTEN,
    FigurePorts,
    counted,
)
from domain.kernel.apply_once import Posting, apply_all
from domain.kernel.days import BEIJING, beijing_day, day_begins
from domain.kernel.each import each
from domain.kernel.moments import NEVER
from domain.kernel.paging import PageRequest
from domain.kernel.ports import Ports
from domain.kernel.versions import risen
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act

# WeCom's documents have who asks for yesterday wait until the morning; document/path/92132.
TOLD_FROM_HOUR = 6
# So many days are made up for where no process ran.
CAUGHT_UP = 7
LEASE = timedelta(minutes=2)
AGAIN_AFTER = timedelta(minutes=1)
BEHIND_AFTER = timedelta(hours=1)
GUIDES_AT_ONCE = 100
CALLS_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourDay:
    """What WeCom counted of one person on one day.

    `replied_percent` is of the chats that customers began, None where none did; `requests` are
    those to become friends that the person sent, `taken` who became their customers.
    """

    chats: int = 0
    written: int = 0
    replied_percent: float | None = None
    requests: int = 0
    taken: int = 0


class BehaviourSource(Protocol):
    """What WeCom counts."""

    async def of(self, user_id: str, day: date) -> BehaviourDay | None:
        """Of one person on a day; None for who serves nobody there. Raises Unavailable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourRun:
    """How far a day is read: up to whom on the list of guides, or to its end.

    Those of it who could not be read are `behind`. Whoever takes it has it until `due_at`.
    """

    id: str
    due_at: datetime
    after: str | None = None
    ended: bool = False
    behind: tuple[GuideId, ...] = ()
    version: int = 1


class BehaviourRuns(Protocol):
    """The runs by their days."""

    async def begin(self, runs: Sequence[BehaviourRun]) -> None:
        """Keep new ones; those that are there stay."""

    async def due(self, now: datetime) -> Sequence[BehaviourRun]:
        """Those that are to be gone on with."""

    async def save(self, run: BehaviourRun, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourPorts(Ports):
    """What WeCom counts, how far it is read, and the figures that it goes into."""

    source: BehaviourSource
    runs: BehaviourRuns
    figures: FigurePorts


async def read_behaviour(ports: BehaviourPorts, act: Act) -> int:
    """Go on with each day that is not read to the end; tell of how many.

    What can't be read within a week is left out.
    """
    last = beijing_day(act.at)
    if act.at.astimezone(BEIJING).hour < TOLD_FROM_HOUR:
        last -= timedelta(days=1)
    days = [(last - timedelta(days=n)).isoformat() for n in range(1, CAUGHT_UP + 1)]
    await ports.runs.begin([BehaviourRun(id=day, due_at=act.at) for day in days])
    return await each(await ports.runs.due(act.at), partial(_go_on, ports, act))


async def _go_on(ports: BehaviourPorts, act: Act, run: BehaviourRun) -> None:
    """Read a part of a day's guides; where nobody can be read just now, the part waits."""
    held = risen(replace(run, due_at=act.at + LEASE))
    await ports.runs.save(held, expected=run.version)
    if date.fromisoformat(run.id) < beijing_day(act.at) - timedelta(days=CAUGHT_UP + 1):
        await ports.runs.save(risen(replace(held, due_at=NEVER)), expected=held.version)
        return
    if run.ended:
        again, rest = run.behind[:GUIDES_AT_ONCE], run.behind[GUIDES_AT_ONCE:]
        found = await ports.figures.guides.by_ids(list(again))
        guides, later = [*found.values()], replace(held, behind=rest)
    else:
        asked = PageRequest(first=GUIDES_AT_ONCE, after=run.after)
        page = await ports.figures.guides.page(None, asked)
        after = page.cursors[-1] if page.items else run.after
        guides, later = [*page.items], replace(held, after=after, ended=not page.has_next)
    day, postings, failed = date.fromisoformat(run.id), list[Posting](), list[GuideId]()

    async def read(guide: Guide) -> None:
        try:
            told = await ports.source.of(guide.wecom_user_id, day)
        except Exception:
            failed.append(guide.id)
            raise
        if told:
            postings.extend(_counted(ports, guide, day, told))

    active = [one for one in guides if one.active]
    fault = None
    try:
        await each(active, read, at_once=CALLS_AT_ONCE, due_again=False)
    except ExceptionGroup as trouble:
        fault = trouble
    await apply_all(ports.figures.counts, postings)
    if not run.ended and len(active) == len(failed) > 1:
        later = held  # WeCom itself is away
    else:
        later = replace(later, behind=(*later.behind, *sorted(failed)))
    due_at = _due_at(run, later, bool(failed), act.at)
    await ports.runs.save(risen(replace(later, due_at=due_at)), expected=held.version)
    if fault:
        raise fault


def _due_at(before: BehaviourRun, after: BehaviourRun, failed: bool, now: datetime) -> datetime:
    """When a run is gone on with."""
    if after.ended and not after.behind:
        return NEVER
    if before.ended and failed:
        return now + BEHIND_AFTER
    return now + AGAIN_AFTER if failed or after.ended else now


def _counted(
    ports: BehaviourPorts, guide: Guide, day: date, found: BehaviourDay
) -> Iterator[Posting]:
    figures = {
        CHATS: found.chats,
        WRITTEN: found.written,
        REQUESTS: found.requests,
        TAKEN: found.taken,
    }
    if found.replied_percent is not None:
        figures |= {REPLIED: round(100 * found.replied_percent), REPLY_DAYS: 1}
    add = {name: count for name, count in figures.items() if count}
    if add:
        source = f"behaviour:{guide.id}:{day.isoformat()}"
        yield from counted(ports.figures, guide, source, day_begins(day), add)
