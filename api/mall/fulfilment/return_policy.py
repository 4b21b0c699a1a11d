"""Head office's policy for returns."""

from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.mall.fulfilment import head_office
from domain.mall.fulfilment import return_policy as policies
from domain.mall.fulfilment.ports import FulfilmentPorts
from domain.mall.fulfilment.return_policy import Inspector
from domain.people.act import Act

enum(
    Inspector,
    "Who of a store accepts or refuses the returns that it has received. Head office always may.",
    name="ReturnInspector",
    MANAGER="The store's manager.",
    ANOTHER_PERSON="Whoever neither asked for the return nor received it, the manager included.",
)


@strawberry.type(description="Head office's policy for returns.")
class ReturnPolicy(Packed[policies.ReturnPolicy]):
    version: int = strawberry.field(description="Counts up each time it is set; 0 if it never was.")
    inspector: Inspector = strawberry.field(description="Who inspects.")


@query("Head office's policy for returns, for stores' people and head office.")
async def return_policy(ports: FulfilmentPorts, act: Act) -> ReturnPolicy:
    return ReturnPolicy.of(await head_office.return_policy(ports, act))


@mutation("Set who inspects returns, those on their way included.", policy="The policy, as set.")
async def return_policy_set(
    ports: FulfilmentPorts,
    act: Act,
    inspector: Annotated[Inspector, strawberry.argument(description="Who is to inspect.")],
    expected_version: Annotated[
        int, strawberry.argument(description="The policy's version that you loaded.")
    ],
) -> ReturnPolicy:
    return ReturnPolicy.of(
        await head_office.set_return_policy(ports, act, inspector, expected=expected_version)
    )


QUERIES = (return_policy,)
MUTATIONS = (return_policy_set,)
