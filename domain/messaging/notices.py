"""Notices: what the company's app in WeCom tells guides, each once.

WeCom itself drops what it is handed twice within half an hour, so that a call without an answer is
made again; later than that it is not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import NewType, Protocol

from domain.kernel.each import each
from domain.kernel.lines import read_line
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict
from domain.kernel.versions import risen
from domain.people.accounts import GuideId, Guides
from domain.people.act import Act

NoticeId = NewType("NoticeId", str)

# WeCom's own bounds; document/path/90236.
MOST_RECEIVERS = 1_000
LONGEST_TEXT = 500
REPEATS_DROPPED = timedelta(minutes=30)
# Whoever tells has so long; after that it is told again, as long as WeCom drops repeats.
LEASE = timedelta(minutes=2)
MOST_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideNotice:
    """What one guide is told; `told` is whether WeCom took it, None while that is open."""

    id: NoticeId
    guide_id: GuideId
    user_id: str
    text: str
    at: datetime
    due_at: datetime | None
    told: bool | None = None
    code: int | None = None
    version: int = 1

    def ended(self, *, told: bool, code: int | None = None) -> "GuideNotice":
        """The notice at its end."""
        return risen(replace(self, due_at=None, told=told, code=code))


class GuideNotices(Protocol):
    """All notices."""

    async def add(self, notices: Sequence[GuideNotice]) -> None:
        """Keep new ones; those that are there stay."""

    async def due(self, now: datetime, most: int) -> Sequence[GuideNotice]:
        """Those that are to be told, the longest overdue first."""

    async def save(self, notice: GuideNotice, *, expected: int) -> None:
        """Write one over the expected version; else Conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldGuides:
    """What WeCom answered: whom it could not tell, or that it is busy and told nobody."""

    left_out: Collection[str] = ()
    code: int = 0
    busy: bool = False


class GuideTeller(Protocol):
    """The company's app in WeCom; Unavailable where nobody knows what became of it."""

    async def tell(self, user_ids: Sequence[str], text: str) -> ToldGuides:
        """Tell at most 1,000 people; told again within half an hour, it is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePorts(Ports):
    """What telling guides needs."""

    notices: GuideNotices
    teller: GuideTeller
    guides: Guides


async def tell_guides(ports: NoticePorts, act: Act, texts: Mapping[str, tuple[str, str]]) -> None:
    """Have guides told something soon: by what it follows from, the guide's id and the text.

    Once for what it follows from; whoever has left is told nothing.
    """
    ids = {GuideId(guide) for guide, _ in texts.values()}
    guides = await ports.guides.by_ids(sorted(ids))
    await ports.notices.add(
        [
            GuideNotice(
                id=NoticeId(source),
                guide_id=GuideId(guide),
                user_id=guides[GuideId(guide)].wecom_user_id,
                text=read_line(text, least=1, most=LONGEST_TEXT),
                at=act.at,
                due_at=act.at,
            )
            for source, (guide, text) in texts.items()
            if GuideId(guide) in guides and guides[GuideId(guide)].active
        ]
    )


async def send_notices(ports: NoticePorts, act: Act) -> int:
    """Tell what is due, all of one text together; tell of how many calls."""
    by_text: dict[str, list[GuideNotice]] = {}
    for one in await ports.notices.due(act.at, MOST_AT_ONCE):
        if act.at - one.at > REPEATS_DROPPED:
            await _saved(ports, one.ended(told=False))
        else:
            by_text.setdefault(one.text, []).append(one)
    calls = [
        some[start : start + MOST_RECEIVERS]
        for some in by_text.values()
        for start in range(0, len(some), MOST_RECEIVERS)
    ]
    return await each(calls, partial(_tell, ports, act))


async def _tell(ports: NoticePorts, act: Act, notices: Sequence[GuideNotice]) -> None:
    held = [risen(replace(one, due_at=act.at + LEASE)) for one in notices]
    mine = [one for one in held if await _saved(ports, one)]
    if not mine:
        return
    answer = await ports.teller.tell([one.user_id for one in mine], mine[0].text)
    if answer.busy:
        return  # it is due again
    for one in mine:
        told = answer.code == 0 and one.user_id not in answer.left_out
        await _saved(ports, one.ended(told=told, code=answer.code or None))


async def _saved(ports: NoticePorts, notice: GuideNotice) -> bool:
    """Whether it could be written over the version before; somebody else may be at it."""
    try:
        await ports.notices.save(notice, expected=notice.version - 1)
    except Conflict:
        return False
    return True
