"""Contests as head office makes them, as everybody watches them, and as the clock seals them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from domain.guiding.coins import CoinPorts
from domain.guiding.contest_scores import ScorePorts
from domain.guiding.contests import (
    PLACES,
    WHOLE,
    Contest,
    ContestId,
    ContestPlace,
    ContestRules,
    ContestUnit,
    Entrant,
    SealedStanding,
    checked_rules,
    corrected,
    decided,
    prizes_of,
    ranked,
    sealed_standing,
    standing_id,
    with_sealed,
)
from domain.guiding.task_audiences import guides_meant
from domain.kernel.apply_once import apply_all, finish_open
from domain.kernel.days import month_of
from domain.kernel.each import each
from domain.kernel.paging import Page, PageRequest, page_in_order
from domain.kernel.ports import Ports
from domain.kernel.records import Records, Subject
from domain.kernel.refusals import Invalid, NotFound, WrongState
from domain.kernel.request_keys import RequestKey, made_by, made_once, request_key
from domain.kernel.version_reviews import VersionState
from domain.kernel.wording import Wording, sayable
from domain.network.stores import StoreId
from domain.people.accounts import Guide, GuideId
from domain.people.act import Act
from domain.sharing.shareable import SharingPorts
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.wallets import Unit, wallet_id

MOST_AT_ONCE = 50


class LivePlaces(Protocol):
    """The places of standings that somebody in this process looks at."""

    def follow(
        self, contest_id: ContestId, day: str
    ) -> AsyncGenerator[Sequence[ContestPlace], None]:
        """The places of a day, or of all together, now and each time that they have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestPorts(Ports):
    """The contests, who may take part, what is given, and the check of their words."""

    scoring: ScorePorts
    live: LivePlaces
    sharing: SharingPorts
    coins: CoinPorts
    records: Records
    wording: Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestStanding:
    """The places of a day, or of all together; sealed once its time is over."""

    contest: Contest
    day: str | None
    sealed: SealedStanding | None
    places: tuple[ContestPlace, ...]


async def all_contests(ports: ContestPorts, act: Act, request: PageRequest) -> Page[Contest]:
    """The contests, the newest first; for who does not make them, those that are approved."""
    act.viewer.require("contest.see")
    makes = act.viewer.may("contest.make") or act.viewer.may("contest.review")
    states = list(VersionState) if makes else [VersionState.APPROVED]
    return await ports.scoring.contests.page(states, request)


async def make_contest(
    ports: ContestPorts, act: Act, rules: ContestRules, *, idempotency_key: str
) -> Contest:
    """Write a contest, for somebody else to approve before it starts; a key again is the same."""
    act.viewer.require("contest.make")
    asked = request_key(idempotency_key, rules)
    known_as = ContestId(made_by("contest", act.viewer.id, asked.key))

    async def find() -> Contest | None:
        return (await ports.scoring.contests.by_ids([known_as])).get(known_as)

    return await made_once(asked, find, partial(_make, ports, act, known_as, rules, asked))


async def _make(
    ports: ContestPorts, act: Act, id: ContestId, rules: ContestRules, asked: RequestKey
) -> Contest:
    rules = checked_rules(rules)
    for text in (rules.title, *(one.name for one in rules.teams)):
        sayable(ports.wording, text, None, ["input", "title"])
    catalogue = ports.sharing.catalogue.catalogue()
    for product in rules.products:
        if product not in catalogue.products:
            raise Invalid(f"There is no product {product}.", field=["input", "productIds"])
    contest = Contest(
        id=id,
        rules=rules,
        author_id=act.viewer.id,
        made_at=act.at,
        asked=asked,
    )
    await ports.scoring.contests.save(contest, expected=0)
    return await _recorded(ports, act, "contestCreate", None, contest)


async def approve_contest(ports: ContestPorts, act: Act, id: str) -> Contest:
    """Let a contest start on its day, by its rules as they are and with who takes part now."""
    act.viewer.require("contest.review")
    contest = await _contest(ports, id)
    entrants = await _entrants(ports, act, contest)
    after = decided(contest, VersionState.APPROVED, act.cause(), entrants=len(entrants))
    # Without the contest that is approved they come to nothing.
    await ports.scoring.contests.enter(entrants)
    await ports.scoring.contests.save(after, expected=contest.version)
    return await _recorded(ports, act, "contestApprove", contest, after)


async def reject_contest(ports: ContestPorts, act: Act, id: str, comment: str) -> Contest:
    """Send a contest back with the reason."""
    act.viewer.require("contest.review")
    contest = await _contest(ports, id)
    after = decided(contest, VersionState.REJECTED, act.cause(comment))
    await ports.scoring.contests.save(after, expected=contest.version)
    return await _recorded(ports, act, "contestReject", contest, after)


async def standing_of(
    ports: ContestPorts, act: Act, id: str, day: str | None, request: PageRequest
) -> tuple[ContestStanding, Page[ContestPlace]]:
    """The standing of a day, or of all together, and a page of it; two round trips while live."""
    act.viewer.require("contest.see")
    contest = await _contest(ports, id)
    if contest.state is not VersionState.APPROVED:
        raise WrongState("This contest is not approved.", field=["id"])
    wanted = day or WHOLE
    if day is not None and day not in contest.rules.days:
        raise Invalid(
            f"Name a day from {contest.rules.starts_on} to {contest.rules.ends_on}.",
            field=["day"],
        )
    book = ports.scoring.contests
    scores = await book.scores(contest.id, wanted)
    sealed = await book.standing(contest.id, wanted) if wanted in contest.sealed else None
    places = corrected(sealed, scores) if sealed else list(ranked(scores))
    standing = ContestStanding(contest=contest, day=day, sealed=sealed, places=tuple(places))
    page = page_in_order(places, _place_key, request, PLACES)
    return standing, page


async def follow_standing(
    ports: ContestPorts, act: Act, id: str, day: str | None, first: int
) -> AsyncGenerator[tuple[ContestStanding, Page[ContestPlace]], None]:
    """A standing now and, while it is live, its first places anew whenever they change.

    Who looks at the same standing in one process shares its reading, once a second at most.
    """
    request = PageRequest(first=first)
    standing, page = await standing_of(ports, act, id, day, request)
    yield standing, page
    wanted = day or WHOLE
    if standing.sealed:
        return
    shown = page.items
    async with aclosing(ports.live.follow(ContestId(id), wanted)) as news:
        async for places in news:
            page = page_in_order(list(places), _place_key, request, PLACES)
            if page.items != shown:
                shown = page.items
                yield replace(standing, places=tuple(places)), page


def _place_key(place: ContestPlace) -> tuple[int, str]:
    return place.rank, place.subject


async def seal_contests(ports: ContestPorts, act: Act) -> int:
    """Seal the days whose time is over, and give what they bring; tell of how many contests."""
    await finish_open(ports.scoring.scores, act.at)
    due = await ports.scoring.contests.due(act.at, MOST_AT_ONCE)
    return await each(due, partial(_seal, ports, act))


async def _seal(ports: ContestPorts, act: Act, contest: Contest) -> None:
    day = contest.next_to_seal
    if day is None:
        return
    book = ports.scoring.contests
    standing = await book.standing(contest.id, day)
    if standing is None:
        scores = await book.scores(contest.id, day)
        standing = await book.seal(sealed_standing(contest, day, scores, act.at))
    awards = [
        award
        for subject, coins in prizes_of(contest.rules, day, standing.places)
        for award in await _awards(ports, contest, day, subject, coins, standing)
    ]
    await apply_all(ports.coins.wallets.ledger, awards)
    await book.save(with_sealed(contest, day), expected=contest.version)


async def _awards(
    ports: ContestPorts,
    contest: Contest,
    day: str,
    subject: str,
    coins: int,
    standing: SealedStanding,
) -> list[WalletMovement]:
    """What each guide of who has a place has for it, under ids that the place makes."""
    rule = ports.coins.rules.now()
    guides = [one.guide_id for one in await ports.scoring.contests.of_team(contest.id, subject)]
    return [
        WalletMovement(
            id=f"contest:{standing_id(contest.id, day)}|{guide}",
            target=wallet_id(Unit.COINS, guide),
            kind=MovementKind.GRANT,
            at=standing.sealed_at,
            units=coins,
            about=contest.id,
            month=month_of(standing.sealed_at, rule.terms.coin_months - 1),
            rule=rule.version,
            reason=contest.rules.title,
        )
        for guide in guides
    ]


async def _entrants(ports: ContestPorts, act: Act, contest: Contest) -> list[Entrant]:
    """Who takes part by now, each for their team."""
    rules = contest.rules
    drawn = {guide: one.name for one in rules.teams for guide in one.guide_ids}
    if rules.unit is ContestUnit.DRAWN:
        found = await ports.sharing.guides.by_ids(sorted(drawn))
        guides: Sequence[Guide] = [one for one in found.values() if one.active]
    else:
        guides = await guides_meant(ports.sharing, act, rules.audience)
    if not guides:
        raise NotFound("No active guide is meant; name others.", field=["input"])
    directory = ports.sharing.directory.directory()

    def team(guide: Guide) -> str:
        match rules.unit:
            case ContestUnit.GUIDE:
                return guide.id
            case ContestUnit.STORE:
                return guide.store_id
            case ContestUnit.REGION:
                return directory.store(StoreId(guide.store_id)).region_id
            case ContestUnit.OWNER:
                return directory.store(StoreId(guide.store_id)).owner_id
            case ContestUnit.DRAWN:
                return drawn[GuideId(guide.id)]

    return [
        Entrant(
            id=f"{contest.id}|{one.id}",
            contest_id=contest.id,
            guide_id=one.id,
            team=team(one),
            starts_at=rules.starts_at,
            ends_at=rules.ends_at,
        )
        for one in guides
    ]


async def _contest(ports: ContestPorts, id: str) -> Contest:
    found = (await ports.scoring.contests.by_ids([ContestId(id)])).get(ContestId(id))
    if found is None:
        raise NotFound(f"There is no contest {id}; look at contests.", field=["id"])
    return found


async def _recorded(
    ports: ContestPorts, act: Act, action: str, before: Contest | None, after: Contest
) -> Contest:
    subject = Subject(kind="contest", id=after.id)
    values = {"state": before.state.value} if before else {}
    now = {"state": after.state.value}
    await ports.records.append(act.record(action, subject, before=values, after=now))
    return after
