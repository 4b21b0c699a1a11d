"""What content brings: visits by links, and orders and money of those who came by them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from domain.earnings.rankings import read_day_or_month
from domain.earnings.sale_facts import SALE_KEPT
from domain.kernel.days import beijing_day
from domain.kernel.facts import Batch, Fact
from domain.kernel.folding import Folds
from domain.kernel.money import NOTHING, Fen
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.people.act import Act
from domain.sharing.link_facts import LINK_TOUCHED
from domain.sharing.share_links import ShareCode, ShareKind, ShareLink

EFFECT_FACTS = frozenset({LINK_TOUCHED, SALE_KEPT})


class EffectOf(StrEnum):
    """By what visits and orders are told apart; an adaptation is a post with its own id."""

    POST = "POST"
    REVISION = "REVISION"
    PRODUCT = "PRODUCT"
    TEMPLATE = "TEMPLATE"
    SCENE = "SCENE"
    GUIDE = "GUIDE"
    STORE = "STORE"
    CAMPAIGN = "CAMPAIGN"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentEffect:
    """What one thing brought in a day or a month in China, net of what was given back since."""

    kind: EffectOf
    id: str
    period: str
    visits: int = 0
    orders: int = 0
    net: Fen = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectCounts:
    """What is counted for one thing and period."""

    visits: int = 0
    orders: int = 0
    net: Fen = NOTHING


class Effects(Folds[EffectCounts], Protocol):
    """What was counted, by keys such as `SCENE|2026-10|MOMENTS`."""

    async def by_key(self, of: EffectOf, period: str, id: str) -> ContentEffect | None:
        """What one thing brought in a period."""

    async def best(self, of: EffectOf, period: str, request: PageRequest) -> Page[ContentEffect]:
        """What things of a kind brought in a period, whatever brought most money first."""


class LinksByCodes(Protocol):
    """The links that were given out."""

    async def by_codes(self, codes: Sequence[ShareCode]) -> Mapping[ShareCode, ShareLink]:
        """Those of the codes that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPorts(Ports):
    """What counting what content brings needs."""

    effects: Effects
    links: LinksByCodes


async def count_effects(ports: EffectPorts, act: Act, batch: Batch) -> None:
    """Count visits and sales for all that their links say, each once in each."""
    codes = sorted({ShareCode(one.data["code"]) for one in batch.facts})
    links = await ports.links.by_codes(codes)
    concerned: dict[str, list[Fact]] = {}
    for fact in batch.facts:
        link = links.get(ShareCode(fact.data["code"]))
        # Who works here and tries a link out brings nothing.
        if link is None or not fact.data.get("consumer", True):
            continue
        for key in _keys(link, fact):
            concerned.setdefault(key, []).append(fact)
    await ports.effects.fold(batch, concerned, counted)


def counted(counts: EffectCounts | None, facts: Sequence[Fact]) -> EffectCounts:
    """What is counted with some more facts."""
    after = counts or EffectCounts()
    for fact in facts:
        if fact.kind == LINK_TOUCHED:
            after = replace(after, visits=after.visits + 1)
        else:
            net = Fen(after.net + fact.data["netFen"])
            after = replace(after, orders=after.orders + fact.data["orders"], net=net)
    return after


async def effect_seen(
    ports: EffectPorts, act: Act, of: EffectOf, id: str, period: str
) -> ContentEffect:
    """What one thing brought in a day or a month; a guide's and a store's for themselves, too."""
    person = id if of is EffectOf.GUIDE else None
    store = id if of is EffectOf.STORE else None
    act.viewer.require("effect.see", person=person, store=store)
    named = read_day_or_month(period)
    found = await ports.effects.by_key(of, named, id)
    return found or ContentEffect(kind=of, id=id, period=named)


async def what_sells(
    ports: EffectPorts, act: Act, of: EffectOf, period: str, request: PageRequest
) -> Page[ContentEffect]:
    """What brought most in a day or a month, for guides to share; of whom, head office alone."""
    act.viewer.require("effect.rank")
    if of in (EffectOf.GUIDE, EffectOf.STORE):
        act.viewer.require("ranking.see")
    return await ports.effects.best(of, read_day_or_month(period), request)


def _keys(link: ShareLink, fact: Fact) -> Iterator[str]:
    """What a visit or a sale counts for: all that its link says, in its day and its month."""
    day = fact.data.get("day") or beijing_day(fact.at).isoformat()
    kind = link.target.kind
    things = {
        EffectOf.POST: link.target.id if kind is ShareKind.POST else None,
        EffectOf.REVISION: link.revision,
        EffectOf.PRODUCT: link.target.id if kind is ShareKind.PRODUCT else None,
        EffectOf.TEMPLATE: link.template_id,
        EffectOf.SCENE: link.scene.value,
        EffectOf.GUIDE: link.guide_id,
        EffectOf.STORE: link.store_id,
        EffectOf.CAMPAIGN: link.target.id if kind is ShareKind.CAMPAIGN else link.campaign,
    }
    for of, id_ in things.items():
        if id_ is not None:
            yield from (f"{of}|{period}|{id_}" for period in (day, day[:7]))
