"""Contests in the schema."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry

from api.guiding.tasks import TaskAudienceInput
from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.keys import IdempotencyKey
from api.kernel.operations import field, mutation, packed, query, subscription
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.kernel.version_reviews import VersionState
from api.people.guides import guide_name_shown
from domain.catalogue.catalogue import ProductId
from domain.guiding import contests as rules
from domain.guiding import running_contests as use_cases
from domain.guiding.contests import ContestUnit, DrawnTeam
from domain.guiding.running_contests import ContestPorts
from domain.kernel.paging import Page, PageRequest
from domain.people.accounts import GuideId
from domain.people.act import Act

enum(
    ContestUnit,
    "Who is ranked.",
    GUIDE="Each guide.",
    STORE="All guides of a store together.",
    REGION="All guides of a region together.",
    OWNER="All guides of an owner's stores together: of a branch, or of a franchisee.",
    DRAWN="Teams that are drawn.",
)
Id = Annotated[strawberry.ID, strawberry.argument(description="The contest.")]


@strawberry.type(description="A contest of guides or teams; its rules never change.")
class Contest(Packed[rules.Contest]):
    value: strawberry.Private[rules.Contest]
    id: strawberry.ID = strawberry.field(description="The contest's id.")
    state: VersionState = strawberry.field(description="Where its review stands.")
    comment: str = strawberry.field(description="Why it was sent back; else empty.")
    entrants: int = strawberry.field(description="How many guides take part.")

    @strawberry.field(description="What it is called.")
    def title(self) -> str:
        return self.value.rules.title

    @strawberry.field(description="Who is ranked.")
    def unit(self) -> ContestUnit:
        return self.value.rules.unit

    @strawberry.field(description="Its first day in China.")
    def starts_on(self) -> str:
        return self.value.rules.starts_on

    @strawberry.field(description="Its last day in China.")
    def ends_on(self) -> str:
        return self.value.rules.ends_on

    @strawberry.field(description="Coins by rank of all days together.")
    def prizes(self) -> list[int]:
        return list(self.value.rules.prizes)

    @strawberry.field(description="Coins by rank of each day.")
    def day_prizes(self) -> list[int]:
        return list(self.value.rules.day_prizes)

    @strawberry.field(description="Who has sold less has no prize, in fen.")
    def target_fen(self) -> int:
        return self.value.rules.target

    @strawberry.field(description="So many hours after a day it is sealed.")
    def grace_hours(self) -> int:
        return self.value.rules.grace_hours


@strawberry.type(description="A guide's or a team's place; who sold the same shares one.")
class ContestPlace(Packed[rules.ContestPlace]):
    value: strawberry.Private[rules.ContestPlace]
    rank: int = strawberry.field(description="1 and how many have sold more.")
    subject: strawberry.ID = strawberry.field(
        description="The guide, the store, the region, or the name of the team."
    )

    @strawberry.field(description="What was sold, net of refunds, in fen as decimal digits.")
    def fen(self) -> str:
        return str(self.value.fen)

    @strawberry.field(
        description="What has changed since it was sealed, in fen as decimal digits; the place "
        "stays."
    )
    def correction(self) -> str:
        return str(self.value.correction)

    @field("The guide's name; null for a team.")
    async def guide_name(self, load: Load) -> str | None:
        return await guide_name_shown(load, GuideId(self.value.subject))


@strawberry.type(description="The standing of a day, or of all days together.")
class ContestStanding:
    contest: Contest = strawberry.field(description="The contest.")
    day: str | None = strawberry.field(description="The day; null for all together.")
    sealed_at: datetime | None = strawberry.field(
        description="When it was sealed; null while it is live."
    )
    hash: str | None = strawberry.field(description="SHA-256 of what was sealed.")
    places: Connection[ContestPlace] = strawberry.field(description="Who has sold most first.")


@strawberry.input(description="A team that was put together by hand.")
class DrawnTeamInput:
    name: str = strawberry.field(description="1 to 60 characters.")
    guide_ids: list[strawberry.ID] = strawberry.field(description="Its guides.")

    def value(self) -> DrawnTeam:
        guides = tuple(GuideId(str(one)) for one in self.guide_ids)
        return DrawnTeam(name=self.name, guide_ids=guides)


@strawberry.input(description="The rules of a contest.")
class ContestInput:
    title: str = strawberry.field(description="1 to 60 characters.")
    unit: ContestUnit = strawberry.field(description="Who is ranked.")
    audience: TaskAudienceInput = strawberry.field(
        description="Whose guides take part; of drawn teams those that are named there."
    )
    starts_on: str = strawberry.field(description="The first day in China; tomorrow at least.")
    ends_on: str = strawberry.field(description="The last day in China.")
    product_ids: list[strawberry.ID] = strawberry.field(
        description="Whose sales count; of none, all.", default_factory=list
    )
    teams: list[DrawnTeamInput] = strawberry.field(
        description="The teams where they are drawn.", default_factory=list
    )
    prizes: list[int] = strawberry.field(
        description="Coins by rank of all days together; of a team each guide has them.",
        default_factory=list,
    )
    day_prizes: list[int] = strawberry.field(
        description="Coins by rank of each day.", default_factory=list
    )
    target_fen: int = strawberry.field(description="Who has sold less has no prize.", default=0)
    grace_hours: int = strawberry.field(
        description="So many hours after a day it is sealed, 0 to 240.", default=48
    )

    def value(self) -> rules.ContestRules:
        return rules.ContestRules(
            title=self.title,
            unit=self.unit,
            audience=self.audience.value(),
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            products=tuple(ProductId(str(one)) for one in self.product_ids),
            teams=tuple(one.value() for one in self.teams),
            prizes=tuple(self.prizes),
            day_prizes=tuple(self.day_prizes),
            target=self.target_fen,
            grace_hours=self.grace_hours,
        )


@query("The contests, the newest first.")
async def contests(
    ports: ContestPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Contest]:
    page = await use_cases.all_contests(ports, act, PageRequest(first=first, after=after))
    return connection(page, Contest.of)


@query("The standing of a contest: of a day, or of all days together; live until it is sealed.")
async def contest_standing(
    ports: ContestPorts,
    act: Act,
    id: Id,
    day: Annotated[
        str | None, strawberry.argument(description="A day such as 2026-11-28; none for all.")
    ] = None,
    first: First = 20,
    after: After = None,
) -> ContestStanding:
    request = PageRequest(first=first, after=after)
    return _standing(await use_cases.standing_of(ports, act, id, day, request))


def _standing(
    answer: tuple[use_cases.ContestStanding, Page[rules.ContestPlace]],
) -> ContestStanding:
    found, page = answer
    return ContestStanding(
        contest=Contest.of(found.contest),
        day=found.day,
        sealed_at=found.sealed.sealed_at if found.sealed else None,
        hash=found.sealed.hash if found.sealed else None,
        places=connection(page, ContestPlace.of),
    )


@mutation("Make a contest, for somebody else to approve before it starts.", contest="It waits.")
async def contest_create(
    ports: ContestPorts,
    act: Act,
    input: Annotated[ContestInput, strawberry.argument(description="Its rules.")],
    idempotency_key: IdempotencyKey,
) -> Contest:
    made = await use_cases.make_contest(ports, act, input.value(), idempotency_key=idempotency_key)
    return Contest.of(made)


@mutation(
    "Let a contest start on its day; for reviewers, but for who made it.", contest="As it is."
)
async def contest_approve(ports: ContestPorts, act: Act, id: Id) -> Contest:
    return Contest.of(await use_cases.approve_contest(ports, act, id))


@mutation("Send a contest back; for reviewers.", contest="As it is now.")
async def contest_reject(
    ports: ContestPorts,
    act: Act,
    id: Id,
    comment: Annotated[str, strawberry.argument(description="Why, in 1 to 300 characters.")],
) -> Contest:
    return Contest.of(await use_cases.reject_contest(ports, act, id, comment))


@subscription(
    "The first places of a standing: at the start, then whenever they change, once a second at "
    "most. Ends with the socket's token; connect again with a fresh one."
)
def contest_standing_changed(
    ports: ContestPorts,
    act: Act,
    id: Id,
    day: Annotated[
        str | None, strawberry.argument(description="One of its days; all together if none.")
    ] = None,
    first: First = 20,
) -> AsyncGenerator[ContestStanding, None]:
    return packed(use_cases.follow_standing(ports, act, id, day, first), _standing)


SUBSCRIPTIONS = (contest_standing_changed,)
QUERIES = (contests, contest_standing)
MUTATIONS = (contest_create, contest_approve, contest_reject)
