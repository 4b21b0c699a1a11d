"""Coins: what guides have of them, and the rules of guides' work."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.wallets.holdings import Holding, HoldingEntry
from domain.content.revisions import PostId
from domain.guiding import coins as use_cases
from domain.guiding import guiding_rules as rules
from domain.guiding.coins import CoinPorts
from domain.kernel.days import month_ends
from domain.kernel.paging import PageRequest
from domain.members.profiles import ChildAge
from domain.people.act import Act

GuideId = Annotated[strawberry.ID, strawberry.argument(description="The guide.")]


@strawberry.type(description="Coins that lapse at one moment.")
class CoinsLot:
    coins: int = strawberry.field(description="How many.")
    lapses_at: datetime = strawberry.field(description="The first moment they can't be spent at.")


@strawberry.type(description="What a guide has of coins.")
class Coins(Holding):
    @field("Those that can be spent, by when they lapse, the soonest first.")
    def lots(self, act: Act) -> list[CoinsLot]:
        return [
            CoinsLot(coins=one.units, lapses_at=month_ends(one.key))
            for one in self.usable_lots(act)
        ]


@strawberry.type(description="One entry of a wallet of coins; it is never altered.")
class CoinEntry(HoldingEntry):
    @strawberry.field(
        description="The order of a reward, or the task, that it is about; may be empty."
    )
    def about(self) -> str:
        return self.value.about


@strawberry.type(description="The post for whoever has a child that comes into an age band.")
class ChildPost(Packed[rules.ChildPost]):
    age: ChildAge = strawberry.field(description="The band.")
    post_id: strawberry.ID = strawberry.field(description="The post.")


@strawberry.type(description="One version of the rules of guides' work.")
class GuidingRules(Packed[rules.GuidingRule]):
    value: strawberry.Private[rules.GuidingRule]
    version: int = strawberry.field(description="Counts up each time they are set; 0 at first.")
    set_at: datetime = strawberry.field(description="When they were set.")

    @strawberry.field(
        description="In how many months coins can be spent, the one that they come in included; "
        "they lapse at the end of the last one in China."
    )
    def coin_months(self) -> int:
        return self.value.terms.coin_months

    @strawberry.field(description="How often in a day a guide is reminded of tasks, at most.")
    def reminders_a_day(self) -> int:
        return self.value.terms.reminders_a_day

    @strawberry.field(description="What guides send to customers whose child comes into a band.")
    def child_posts(self) -> list[ChildPost]:
        return [ChildPost.of(one) for one in self.value.terms.child_posts]


@strawberry.input(description="The post for whoever has a child that comes into an age band.")
class ChildPostInput:
    age: ChildAge = strawberry.field(description="The band, of those from 1 to 17.")
    post_id: strawberry.ID = strawberry.field(description="A post that may go out ONE_TO_ONE.")


@strawberry.input(description="What is to hold for guides' work from now on.")
class GuidingRulesInput:
    coin_months: int = strawberry.field(
        description="In how many months coins can be spent, 1 to 36."
    )

    reminders_a_day: int = strawberry.field(
        description="How often in a day a guide is reminded of tasks, at most, 0 to 5.", default=2
    )
    child_posts: list[ChildPostInput] = strawberry.field(
        description="What guides send to customers whose child comes into a band, one each.",
        default_factory=list,
    )

    def terms(self) -> rules.GuidingTerms:
        return rules.GuidingTerms(
            coin_months=self.coin_months,
            reminders_a_day=self.reminders_a_day,
            child_posts=tuple(
                rules.ChildPost(age=one.age, post_id=PostId(str(one.post_id)))
                for one in self.child_posts
            ),
        )


@query("The viewer's coins; for guides.")
async def own_coins(ports: CoinPorts, act: Act) -> Coins:
    return Coins.of(await use_cases.own_coins(ports, act))


@query("What came into the viewer's coins and went out of them, the newest first; for guides.")
async def own_coin_entries(
    ports: CoinPorts, act: Act, first: First = 20, after: After = None
) -> Connection[CoinEntry]:
    request = PageRequest(first=first, after=after)
    return connection(await use_cases.own_coin_entries(ports, act, request), CoinEntry.of)


@query("A guide's coins, for whoever looks after their store.")
async def guide_coins(ports: CoinPorts, act: Act, guide_id: GuideId) -> Coins:
    return Coins.of(await use_cases.coins_of_guide(ports, act, guide_id))


@query("What came into a guide's coins and went out, for whoever looks after their store.")
async def guide_coin_entries(
    ports: CoinPorts, act: Act, guide_id: GuideId, first: First = 20, after: After = None
) -> Connection[CoinEntry]:
    request = PageRequest(first=first, after=after)
    page = await use_cases.coin_entries_of_guide(ports, act, guide_id, request)
    return connection(page, CoinEntry.of)


@mutation("Give a guide coins, or take some back; for head office.", entry="The entry.")
async def coins_grant(
    ports: CoinPorts,
    act: Act,
    guide_id: GuideId,
    coins: Annotated[
        int, strawberry.argument(description="How many; below 0 they are taken back.")
    ],
    reason: Annotated[str, strawberry.argument(description="Why; the guide sees it.")],
    idempotency_key: Annotated[
        str, strawberry.argument(description="A text of your own for this request.")
    ],
) -> CoinEntry:
    return CoinEntry.of(
        await use_cases.grant_coins(
            ports, act, guide_id, coins, reason=reason, idempotency_key=idempotency_key
        )
    )


@query("The rules of guides' work that hold now.")
def guiding_rules(ports: CoinPorts, act: Act) -> GuidingRules:
    return GuidingRules.of(use_cases.guiding_rules(ports, act))


@mutation("Let other rules of guides' work hold from now on; for head office.", rules="As set.")
async def guiding_rules_set(
    ports: CoinPorts,
    act: Act,
    input: Annotated[GuidingRulesInput, strawberry.argument(description="What is to hold.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The version of the rules that you loaded.")
    ],
) -> GuidingRules:
    terms = input.terms()
    return GuidingRules.of(
        await use_cases.set_guiding_rules(ports, act, terms, expected=expected_version)
    )


QUERIES = (own_coins, own_coin_entries, guide_coins, guide_coin_entries, guiding_rules)
MUTATIONS = (coins_grant, guiding_rules_set)
