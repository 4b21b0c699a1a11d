"""Levels: what members are by what they have spent."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.audiences import levels as values
from domain.audiences import segmenting
from domain.audiences.trait_ports import TraitPorts
from domain.kernel.money import Fen
from domain.people.act import Act


@strawberry.type(description="One level.")
class MemberLevel(Packed[values.MemberLevel]):
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="What it is called.")
    from_fen: int = strawberry.field(
        description="From how much spending within twelve months on, in fen."
    )
    points_percent: int = strawberry.field(
        description="What percent of the usual points its members earn."
    )


@strawberry.type(description="One version of the levels.")
class LevelRules(Packed[values.LevelRules]):
    value: strawberry.Private[values.LevelRules]
    version: int = strawberry.field(description="Counts up each time they are set; 0 at first.")
    set_at: datetime = strawberry.field(description="When they were set.")

    @strawberry.field(description="The levels, the lowest first; that one is everybody's.")
    def levels(self) -> list[MemberLevel]:
        return [MemberLevel.of(one) for one in self.value.levels]


@strawberry.input(description="One level.")
class MemberLevelInput:
    code: str = strawberry.field(description="Its code, 1 to 40 characters.")
    name: str = strawberry.field(description="What it is called, 1 to 40 characters.")
    from_fen: int = strawberry.field(
        description="From how much spending on, in fen; the first level is from 0 on."
    )
    points_percent: int = strawberry.field(
        description="What percent of the usual points its members earn.", default=100
    )


@strawberry.input(description="All levels.")
class LevelRulesInput:
    levels: list[MemberLevelInput] = strawberry.field(
        description="1 to 10 levels, the lowest first."
    )


@query("The levels that hold now.", public=True)
def level_rules(ports: TraitPorts, act: Act) -> LevelRules:
    return LevelRules.of(segmenting.level_rules(ports, act))


@mutation(
    "Let other levels hold from now on; for head office. Whoever has one keeps it until their "
    "period is over.",
    rules="The levels, as set.",
)
async def level_rules_set(
    ports: TraitPorts,
    act: Act,
    input: Annotated[LevelRulesInput, strawberry.argument(description="All levels.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The version of the levels that you loaded.")
    ],
) -> LevelRules:
    levels = [
        values.MemberLevel(
            code=one.code,
            name=one.name,
            from_fen=Fen(one.from_fen),
            points_percent=one.points_percent,
        )
        for one in input.levels
    ]
    return LevelRules.of(await segmenting.set_levels(ports, act, levels, expected=expected_version))


QUERIES = (level_rules,)
MUTATIONS = (level_rules_set,)
