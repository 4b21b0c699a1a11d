"""The rules of points."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.people.act import Act
from domain.wallets import keeping, points_rules
from domain.wallets.ports import WalletPorts


@strawberry.type(description="One version of the rules of points.")
class PointsRules(Packed[points_rules.PointsRule]):
    value: strawberry.Private[points_rules.PointsRule]
    version: int = strawberry.field(description="Counts up each time they are set; 0 at first.")

    @strawberry.field(description="How many points a yuan that is paid earns.")
    def earned_per_yuan(self) -> int:
        return self.value.terms.earned_per_yuan

    @strawberry.field(description="How many days after the goods left a store they can be spent.")
    def return_days(self) -> int:
        return self.value.terms.return_days

    @strawberry.field(
        description="In how many months they can be spent, that of the payment included; they "
        "lapse at the end of the last one in China."
    )
    def months(self) -> int:
        return self.value.terms.months

    @strawberry.field(description="How many points pay a yuan.")
    def for_a_yuan(self) -> int:
        return self.value.terms.for_a_yuan

    @strawberry.field(description="What percent of an order's goods points may pay, at most.")
    def most_percent(self) -> int:
        return self.value.terms.most_percent

    @strawberry.field(description="When they were set.")
    def set_at(self) -> datetime:
        return self.value.set_at


@strawberry.input(description="What is to hold for points from now on.")
class PointsRulesInput:
    earned_per_yuan: int = strawberry.field(
        description="How many points a yuan that is paid earns, 0 to 100."
    )
    return_days: int = strawberry.field(
        description="How many days after the goods left a store they can be spent, 0 to 60."
    )
    months: int = strawberry.field(
        description="In how many months they can be spent, that of the payment included, 1 to 36."
    )
    for_a_yuan: int = strawberry.field(description="How many points pay a yuan, 1 to 10,000.")
    most_percent: int = strawberry.field(
        description="What percent of an order's goods points may pay, 0 to 90."
    )

    def terms(self) -> points_rules.PointsTerms:
        return points_rules.PointsTerms(
            earned_per_yuan=self.earned_per_yuan,
            return_days=self.return_days,
            months=self.months,
            for_a_yuan=self.for_a_yuan,
            most_percent=self.most_percent,
        )


@query("The rules of points that hold now.", public=True)
def points_rules_now(ports: WalletPorts, act: Act) -> PointsRules:
    return PointsRules.of(keeping.points_rules(ports, act))


@mutation(
    "Let other rules of points hold from now on; for head office. What older ones made stays.",
    rules="The rules, as set.",
)
async def points_rules_set(
    ports: WalletPorts,
    act: Act,
    input: Annotated[PointsRulesInput, strawberry.argument(description="What is to hold.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The version of the rules that you loaded.")
    ],
) -> PointsRules:
    terms = input.terms()
    return PointsRules.of(
        await keeping.set_points_rules(ports, act, terms, expected=expected_version)
    )


QUERIES = (points_rules_now,)
MUTATIONS = (points_rules_set,)
