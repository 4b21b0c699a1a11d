"""Rules for safety stock."""

from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import pack
from domain.catalogue.catalogue import Sku
from domain.mall.stock import holding_back, levels
from domain.mall.stock.safety import SafetyRule as Rule
from domain.mall.stock.stocking import StockPorts
from domain.network.stores import StoreId
from domain.people.act import Act


@strawberry.type(description="So many units of some SKUs are held back in some stores.")
class SafetyRule:
    id: strawberry.ID = strawberry.field(description="One for each scope.")
    units: int = strawberry.field(description="How many units of each SKU are held back.")
    store_id: strawberry.ID | None = strawberry.field(description="Where; null for all stores.")
    sku: strawberry.ID | None = strawberry.field(description="Of which SKU; null if not of one.")
    category: list[str] | None = strawberry.field(
        description="Of which category and those below it; null if not of one."
    )

    @classmethod
    def of(cls, rule: Rule) -> "SafetyRule":
        """Pack a rule."""
        return pack(cls, rule, category=list(rule.category) if rule.category else None)


@strawberry.input(description="What is held back; the narrower rule wins, a SKU's before all.")
class SafetyRuleInput:
    units: int = strawberry.field(description="How many units of each SKU.")
    store_id: strawberry.ID | None = strawberry.field(
        description="Where; leave it out for all stores.", default=None
    )
    sku: strawberry.ID | None = strawberry.field(
        description="Of which SKU; leave it out for all.", default=None
    )
    category: list[str] | None = strawberry.field(
        description="Of which category, from the top; leave it out for all.", default=None
    )

    def rule(self) -> Rule:
        """The rule as the domain knows it."""
        return Rule(
            units=self.units,
            store_id=StoreId(self.store_id) if self.store_id else None,
            sku=Sku(self.sku) if self.sku else None,
            category=tuple(self.category) if self.category else None,
        )


@query("Every rule for safety stock.")
async def safety_rules(ports: StockPorts, act: Act) -> list[SafetyRule]:
    return [SafetyRule.of(rule) for rule in await levels.safety_rules(ports, act)]


@mutation(
    "Hold back units from sale, from now on; a rule of the same scope gives way.", rule="The rule."
)
async def safety_rule_set(
    ports: StockPorts,
    act: Act,
    input: Annotated[
        SafetyRuleInput,
        strawberry.argument(description="The rule; it takes the place of one for the same."),
    ],
) -> SafetyRule:
    return SafetyRule.of(await holding_back.set_rule(ports, act, input.rule()))


@mutation("Stop holding units back by a rule.")
async def safety_rule_remove(
    ports: StockPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The rule's id.")],
) -> None:
    await holding_back.remove_rule(ports, act, id)


QUERIES = (safety_rules,)
MUTATIONS = (safety_rule_set, safety_rule_remove)
