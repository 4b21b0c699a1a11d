"""Touchpoints and tests at them in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.content.post_enums import Scene
from api.insight.boards import Period
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.insight import outcomes
from domain.insight import touchpoint_tests as tests
from domain.insight import touchpoints as use_cases
from domain.insight.touchpoint_tests import ArmsKind, ArmsOutcome, LookVerdict, TrialPorts
from domain.insight.touchpoints import TouchpointKind, TouchpointPorts
from domain.kernel.paging import PageRequest
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.sharing.creating_links import LinkOrder
from domain.sharing.share_links import ShareKind, ShareTarget

enum(
    TouchpointKind,
    "Where a code is found.",
    DOOR="At a store's door.",
    TILL="At a till.",
    PICKUP="Where orders are fetched.",
    SHELF="At a shelf.",
    PARCEL_CARD="On a card in a parcel.",
    ARTICLE="In an article.",
    HOME="On the mall's first page.",
    PRODUCT="On a product's page.",
    GUIDE_CODE="A guide's own code in WeCom; counted without being made here.",
    STORE_CODE="A code in WeCom of a store or one of its campaigns; likewise.",
)
enum(
    ArmsKind,
    "What the arms of a test differ in.",
    name="TouchpointTestKind",
    MATERIAL="What is seen, such as a poster.",
    PLAY="How one takes part.",
    OFFER="What is offered.",
)
enum(
    ArmsOutcome,
    "By what arms are compared; net of refunds.",
    name="TouchpointTestOutcome",
    JOINED="How many became members within a day.",
    FRIENDS="How many became a guide's friends within a day.",
    BOUGHT="How many bought something within seven days.",
    NET_FEN="What each paid within seven days, in fen.",
)
enum(
    LookVerdict,
    "What a look at a test says.",
    UNEVEN="People are not split as planned, so nothing can be said.",
    DIFFERENT="An arm differs from the first one.",
    OPEN="No difference is shown.",
)


@strawberry.type(description="A code at a place of a store.")
class Touchpoint(Packed[use_cases.Touchpoint]):
    value: strawberry.Private[use_cases.Touchpoint]
    id: strawberry.ID = strawberry.field(description="Its id, which its link has as campaign.")
    kind: TouchpointKind = strawberry.field(description="Where it is found.")
    label: str = strawberry.field(
        description="What the store calls it; empty for a guide's own code in WeCom."
    )
    store_id: strawberry.ID = strawberry.field(description="Its store.")
    guide_id: strawberry.ID | None = strawberry.field(
        description="In whose name it is; null for a store's code in WeCom."
    )
    code: str = strawberry.field(description="Its share code; of a code in WeCom its id.")


@strawberry.type(description="So many of those whose window has closed.")
class TouchpointRate(Packed[use_cases.Rate]):
    value: strawberry.Private[use_cases.Rate]
    count: int = strawberry.field(description="How many did.")
    out_of: int = strawberry.field(description="Of how many.")

    @strawberry.field(description="Where the rate lies at least, by Wilson's score at 95 %.")
    def low(self) -> float:
        return self.value.interval[0]

    @strawberry.field(description="Where the rate lies at most.")
    def high(self) -> float:
        return self.value.interval[1]


@strawberry.type(description="What came of who entered; who can still do so counts in no rate.")
class TouchpointFunnel(Packed[use_cases.Funnel]):
    value: strawberry.Private[use_cases.Funnel]
    entered: int = strawberry.field(description="Who came by it for the first time.")

    @strawberry.field(description="Who became a member within a day.")
    def joined(self) -> TouchpointRate:
        return TouchpointRate.of(self.value.joined)

    @strawberry.field(description="Who became a friend in WeCom within a day.")
    def friends(self) -> TouchpointRate:
        return TouchpointRate.of(self.value.friends)

    @strawberry.field(description="Who bought within seven days and did not give all back.")
    def bought(self) -> TouchpointRate:
        return TouchpointRate.of(self.value.bought)

    @strawberry.field(description="What they bought, net of refunds, in fen as decimal digits.")
    def net_fen(self) -> str:
        return str(self.value.net_fen)


@strawberry.type(description="Those who first entered on a day.")
class TouchpointDay:
    value: strawberry.Private[outcomes.Cohort]

    @strawberry.field(description="The day in China.")
    def day(self) -> str:
        return self.value.day

    @strawberry.field(description="How many entered.")
    def entered(self) -> int:
        return self.value.total.entered

    @strawberry.field(description="Who became a member within a day, so far.")
    def joined(self) -> int:
        return self.value.total.joined

    @strawberry.field(description="Who became a friend within a day, so far.")
    def friends(self) -> int:
        return self.value.total.friends

    @strawberry.field(description="Who bought within seven days, so far.")
    def bought(self) -> int:
        return self.value.total.bought

    @field("Whether some of them can still buy within their seven days.")
    def maturing(self, act: Act) -> bool:
        return not self.value.closed(outcomes.BUY_WINDOW, act.at)


@strawberry.type(description="A touchpoint and what came of it.")
class TouchpointResult:
    value: strawberry.Private[use_cases.TouchpointResult]

    @strawberry.field(description="The touchpoint.")
    def touchpoint(self) -> Touchpoint:
        return Touchpoint.of(self.value.touchpoint)

    @strawberry.field(description="What came of all who entered in the period.")
    def funnel(self) -> TouchpointFunnel:
        return TouchpointFunnel.of(self.value.funnel)

    @strawberry.field(description="By day of first entry.")
    def days(self) -> list[TouchpointDay]:
        return [TouchpointDay(value=one) for one in self.value.days]


@strawberry.type(description="Stores of one size in regions of one tier, which may be compared.")
class TouchpointCluster:
    value: strawberry.Private[use_cases.Cluster]

    @strawberry.field(description="Size S, M or L, and tier 1 to 3, such as M2.")
    def name(self) -> str:
        return self.value.name

    @strawberry.field(description="The touchpoints of these stores.")
    def results(self) -> list[TouchpointResult]:
        return [TouchpointResult(value=one) for one in self.value.results]


@strawberry.type(description="What some of those meet who take part in a test.")
class TouchpointTestArm(Packed[tests.ArmOfTest]):
    value: strawberry.Private[tests.ArmOfTest]
    name: str = strawberry.field(description="What it is called.")
    weight: int = strawberry.field(description="Of 10,000 people so many meet it.")


@strawberry.type(description="What came of an arm by a look.")
class TouchpointArmSums(Packed[outcomes.ArmSums]):
    value: strawberry.Private[outcomes.ArmSums]
    entered: int = strawberry.field(description="Who took part.")
    joined: int = strawberry.field(description="Who became a member within a day.")
    friends: int = strawberry.field(description="Who became a friend within a day.")
    bought: int = strawberry.field(description="Who bought within seven days.")

    @strawberry.field(description="What they bought, net of refunds, in fen as decimal digits.")
    def net_fen(self) -> str:
        return str(self.value.fen)


@strawberry.type(description="What was seen at a planned look; it never changes.")
class TouchpointTestLook(Packed[tests.PlannedLook]):
    value: strawberry.Private[tests.PlannedLook]
    number: int = strawberry.field(description="Which look, from 1.")
    at: datetime = strawberry.field(description="When it was taken.")
    split_p: float = strawberry.field(description="How likely chance splits people so unevenly.")
    p: float = strawberry.field(description="How likely chance makes such a difference.")
    alpha: float = strawberry.field(description="What p has to be below at this look.")
    verdict: LookVerdict = strawberry.field(description="What the look says.")

    @strawberry.field(description="Each arm, in the order of the test's.")
    def arms(self) -> list[TouchpointArmSums]:
        return [TouchpointArmSums.of(one) for one in self.value.arms]


@strawberry.type(description="A test; nothing of it changes but that it is looked at.")
class TouchpointTest(Packed[tests.TouchpointTest]):
    value: strawberry.Private[tests.TouchpointTest]
    id: strawberry.ID = strawberry.field(description="Its id.")
    title: str = strawberry.field(description="What it is called.")
    kind: ArmsKind = strawberry.field(description="What its arms differ in.")
    outcome: ArmsOutcome = strawberry.field(description="By what they are compared.")
    looks: int = strawberry.field(description="How many looks are planned.")
    starts_on: str = strawberry.field(description="The first day in China.")
    ends_on: str = strawberry.field(description="The last day in China.")
    due_at: datetime | None = strawberry.field(
        description="When it is looked at next; null once it is over."
    )

    @strawberry.field(description="Its arms; the others are compared with the first.")
    def arms(self) -> list[TouchpointTestArm]:
        return [TouchpointTestArm.of(one) for one in self.value.arms]

    @strawberry.field(description="What was seen so far; nothing is told between looks.")
    def taken(self) -> list[TouchpointTestLook]:
        return [TouchpointTestLook.of(one) for one in self.value.taken]


@strawberry.input(description="A place that is to have a code.")
class TouchpointInput:
    kind: TouchpointKind = strawberry.field(description="Where it is found.")
    label: str = strawberry.field(description="1 to 40 characters.")
    guide_id: strawberry.ID = strawberry.field(description="In whose name; their store has it.")
    scene: Scene = strawberry.field(description="For which scene its content is approved.")
    target_kind: ShareKind = strawberry.field(description="The kind of thing it leads to.")
    target_id: strawberry.ID = strawberry.field(description="Its id; of a storefront the store's.")

    def order(self) -> LinkOrder:
        return LinkOrder(
            target=ShareTarget(kind=self.target_kind, id=str(self.target_id)),
            scene=self.scene,
            guide_id=GuideId(str(self.guide_id)),
        )


@strawberry.input(description="An arm.")
class TouchpointTestArmInput:
    name: str = strawberry.field(description="1 to 40 characters.")
    weight: int = strawberry.field(description="All together are 10,000.")


@strawberry.input(description="A test that is planned.")
class TouchpointTestInput:
    title: str = strawberry.field(description="1 to 60 characters.")
    kind: ArmsKind = strawberry.field(description="What its arms differ in.")
    outcome: ArmsOutcome = strawberry.field(description="The one thing they are compared by.")
    arms: list[TouchpointTestArmInput] = strawberry.field(
        description="2 to 6; the first is what the others are compared with."
    )
    starts_on: str = strawberry.field(description="The first day in China; today at least.")
    ends_on: str = strawberry.field(description="The last day in China, at most 92 days later.")
    looks: int = strawberry.field(
        description="1 for one look at the end, or up to 5 on the way.", default=1
    )

    def value(self) -> tests.WantedTest:
        return tests.WantedTest(
            title=self.title,
            kind=self.kind,
            outcome=self.outcome,
            arms=tuple(tests.ArmOfTest(name=one.name, weight=one.weight) for one in self.arms),
            looks=self.looks,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
        )


@query("A store's touchpoints, with what came of those who first entered in a period.")
async def touchpoints(
    ports: TouchpointPorts,
    act: Act,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The store's code.")],
    period: Period,
) -> list[TouchpointResult]:
    found = await use_cases.touchpoints_of(ports, act, str(store_id), period)
    return [TouchpointResult(value=one) for one in found]


@query("Touchpoints of a kind, each beside those of stores alike that one may see.")
async def touchpoint_comparison(
    ports: TouchpointPorts,
    act: Act,
    kind: Annotated[TouchpointKind, strawberry.argument(description="Where they are found.")],
    period: Period,
) -> list[TouchpointCluster]:
    found = await use_cases.compare(ports, act, kind, period)
    return [TouchpointCluster(value=one) for one in found]


@query("The tests at touchpoints, the newest first.")
async def touchpoint_tests(
    ports: TrialPorts, act: Act, first: First = 20, after: After = None
) -> Connection[TouchpointTest]:
    page = await tests.all_tests(ports, act, PageRequest(first=first, after=after))
    return connection(page, TouchpointTest.of)


@mutation(
    "Give a place of a store its code; asked again for the same, the same is the answer.",
    touchpoint="The touchpoint.",
)
async def touchpoint_create(
    ports: TouchpointPorts,
    act: Act,
    input: Annotated[TouchpointInput, strawberry.argument(description="Which place.")],
) -> Touchpoint:
    return Touchpoint.of(
        await use_cases.make_touchpoint(ports, act, input.kind, input.label, input.order())
    )


@mutation("Plan a test; it never changes.", test="The test.")
async def touchpoint_test_create(
    ports: TrialPorts,
    act: Act,
    input: Annotated[TouchpointTestInput, strawberry.argument(description="The plan.")],
) -> TouchpointTest:
    return TouchpointTest.of(await tests.make_test(ports, act, input.value()))


@mutation(
    "Take part in a test; whoever comes again meets the same arm, signed in or not.",
    arm="What they meet.",
)
async def touchpoint_test_enter(
    ports: TrialPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The test.")],
) -> TouchpointTestArm:
    return TouchpointTestArm.of(await tests.enter_test(ports, act, str(id)))


QUERIES = (touchpoints, touchpoint_comparison, touchpoint_tests)
MUTATIONS = (touchpoint_create, touchpoint_test_create, touchpoint_test_enter)
