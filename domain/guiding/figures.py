"""Figures of guides' work: counted once for what happened, by guide, region and store.

Four counts change with each thing that happens: the guide's of the day and of the week, the
region's of the week, the store's of the month. Weeks begin on Monday in China.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from domain.guiding.guide_sales import GuideSale
from domain.guiding.task_facts import TASK_DONE, TASK_FELL
from domain.kernel.apply_once import Ledger, Posting, apply_all, finish_open
from domain.kernel.days import beijing_day, month_of
from domain.kernel.facts import Batch, Fact, FactKind
from domain.kernel.ports import Ports
from domain.messaging.errand_facts import ERRAND_SENT
from domain.messaging.errands import ErrandKind
from domain.network.directory import DirectorySource
from domain.network.stores import StoreId
from domain.people.accounts import Guide, GuideId, Guides
from domain.people.act import Act
from domain.sharing.link_facts import LINK_MADE

# What is counted, each under its name.
VISITS, MOMENT_VISITS, GROUP_VISITS = "visits", "moment_visits", "group_visits"
ORDERS, FEN, REPEAT = "orders", "fen", "repeat_orders"
LINKS, TASKS, MESSAGES = "links", "tasks", "messages"
ADDED, GONE, VALID = "friends_added", "friends_gone", "friends_valid"
MOMENTS, GROUP_SENDS, FRIEND_SENDS = "moments", "group_sends", "friend_sends"
# As WeCom counts it: hundredths of a percent of chats replied to, summed over so many days.
CHATS, WRITTEN, REPLIED, REPLY_DAYS = "chats", "messages_written", "replied", "reply_days"
REQUESTS, TAKEN = "friend_requests", "friends_taken"
FIGURES = (
    LINKS,
    VISITS,
    MOMENT_VISITS,
    GROUP_VISITS,
    ORDERS,
    FEN,
    REPEAT,
    TASKS,
    MESSAGES,
    MOMENTS,
    GROUP_SENDS,
    FRIEND_SENDS,
    ADDED,
    GONE,
    VALID,
    CHATS,
    WRITTEN,
    REPLIED,
    REPLY_DAYS,
    REQUESTS,
    TAKEN,
)
BY_SCENE = {"MOMENTS": MOMENT_VISITS, "COMMUNITY": GROUP_VISITS}
_ONE_OF: Mapping[FactKind, tuple[str, int]] = {
    LINK_MADE: (LINKS, 1),
    TASK_DONE: (TASKS, 1),
    TASK_FELL: (TASKS, -1),
    FactKind("message.sent"): (MESSAGES, 1),
    FactKind("friend.added"): (ADDED, 1),
    FactKind("friend.gone"): (GONE, 1),
    FactKind("friend.valid"): (VALID, 1),
}
_BY_ERRAND = {
    ErrandKind.MOMENT: MOMENTS,
    ErrandKind.GROUPS: GROUP_SENDS,
    ErrandKind.FRIENDS: FRIEND_SENDS,
}
FIGURE_FACTS = frozenset(_ONE_OF) | {ERRAND_SENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFigure:
    """What was counted of a guide, a region or a store; what never was is left out."""

    subject: str
    store_id: StoreId | None
    values: Mapping[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        """One of the figures."""
        return self.values.get(name, 0)

    @property
    def replied_percent(self) -> float | None:
        """Of a hundred chats that customers began on a day so many were replied to, on average."""
        return _per(self.of(REPLIED) / 100, self.of(REPLY_DAYS))

    @property
    def taken_percent(self) -> float | None:
        """How many became customers for each hundred requests; those who asked themselves too."""
        return _per(100 * self.of(TAKEN), self.of(REQUESTS))


class Figures(Protocol):
    """The counts, each in a list."""

    async def of(self, lists: Sequence[str]) -> Sequence[WorkFigure]:
        """Those of some lists, by subject; one round trip."""

    async def came_back(self, pairs: Mapping[str, str]) -> frozenset[str]:
        """Of orders, each by its guide and buyer, which ones their first was before.

        The first of a guide and a buyer that is ever told stays their first.
        """

    async def first_sale(self, since: datetime, until: datetime) -> GuideSale | None:
        """The first that any guide is credited for in some time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePorts(Ports):
    """The counts and their movements, and where guides work."""

    figures: Figures
    counts: Ledger[Posting]
    guides: Guides
    directory: DirectorySource


async def follow_figures(ports: FigurePorts, act: Act, batch: Batch) -> None:
    """Count each fact that tells of something that a guide did."""
    told = [(one, _guide_of(one)) for one in batch.facts]
    ids = sorted({guide for _, guide in told if guide})
    guides = await ports.guides.by_ids(ids) if ids else {}
    postings: list[Posting] = []
    for fact, guide_id in told:
        if guide_id and (guide := guides.get(guide_id)):
            name, count = _figure_of(fact)
            postings += counted(ports, guide, fact.id, fact.at, {name: count})
    await apply_all(ports.counts, postings)


async def count_visits(
    ports: FigurePorts, act: Act, visits: Sequence[Fact], guides: Mapping[GuideId, Guide]
) -> None:
    """Count visits by guides' links, without those that they make themselves."""
    postings: list[Posting] = []
    for fact in visits:
        guide = guides.get(GuideId(fact.data["guide"]))
        if guide and guide.member_id != fact.data["person"]:
            scene = BY_SCENE.get(fact.data.get("scene", ""))
            add = {VISITS: 1} | ({scene: 1} if scene else {})
            postings += counted(ports, guide, fact.id, fact.at, add)
    await apply_all(ports.counts, postings)


async def count_sales(
    ports: FigurePorts, act: Act, sales: Sequence[GuideSale], guides: Mapping[GuideId, Guide]
) -> None:
    """Count sales for their days, each less what is paid back of it whenever that is."""
    pairs = {one.id: f"{one.guide_id}|{one.buyer_id}" for one in sales if one.sold_at}
    again = await ports.figures.came_back(pairs) if pairs else frozenset()
    postings: list[Posting] = []
    for sale in sales:
        guide = guides.get(sale.guide_id) if sale.guide_id else None
        if guide is None or sale.sold_at is None:
            continue
        sold = sum(one.paid for one in sale.lines)
        add = {ORDERS: 1, FEN: sold} | ({REPEAT: 1} if sale.id in again else {})
        postings += counted(ports, guide, f"sale:{sale.id}", sale.sold_at, add)
        for refund in sale.refunds:
            back = {FEN: -refund.of(sold)}
            postings += counted(ports, guide, f"back:{refund.id}", sale.sold_at, back)
    await apply_all(ports.counts, postings)


async def finish_figures(ports: FigurePorts, act: Act) -> None:
    """Finish the counts that a crash has cut short."""
    await finish_open(ports.counts, act.at)


def monday_of(day: date) -> str:
    """The first day of a day's week."""
    return (day - timedelta(days=day.weekday())).isoformat()


def list_of_day(day: date) -> str:
    """The guides' figures of a day."""
    return f"D|{day.isoformat()}"


def list_of_week(monday: str, region_id: str) -> str:
    """The figures of a week of a region's guides."""
    return f"W|{monday}|{region_id}"


def list_of_regions(monday: str) -> str:
    """The regions' figures of a week."""
    return f"R|{monday}"


def list_of_month(month: str) -> str:
    """The stores' figures of a month."""
    return f"M|{month}"


def counted(
    ports: FigurePorts, guide: Guide, source: str, at: datetime, add: Mapping[str, int]
) -> Iterator[Posting]:
    """What a source adds to the counts of a guide, and of where they work, on a day."""
    day, store = beijing_day(at), StoreId(guide.store_id)
    region = ports.directory.directory().store(store).region_id
    monday = monday_of(day)
    for in_list, subject in (
        (list_of_day(day), guide.id),
        (list_of_week(monday, region), guide.id),
        (list_of_regions(monday), region),
        (list_of_month(month_of(at)), store),
    ):
        yield Posting(
            # Where a guide has moved in between, it stays where it was told first.
            id=f"{in_list[0]}|{source}",
            target=f"{in_list}|{subject}",
            at=at,
            add=add,
            put={"list": in_list, "subject": subject, "store_id": store},
        )


def _per(whole: float, count: int) -> float | None:
    return round(whole / count, 2) if count else None


def _figure_of(fact: Fact) -> tuple[str, int]:
    """Which figure a fact changes, and by how much."""
    if fact.kind == ERRAND_SENT:
        return _BY_ERRAND[ErrandKind(fact.data["kind"])], fact.data["sent"]
    return _ONE_OF[fact.kind]


def _guide_of(fact: Fact) -> GuideId | None:
    found = fact.data.get("guide") or fact.data.get("guideId")
    return GuideId(found) if found else None
