"""What a store's guides have, and what an owner has."""

from typing import Annotated

import strawberry

from api.earnings.ledger import EarnedNow, LedgerSum
from api.kernel.operations import query
from api.kernel.packing import Packed
from domain.earnings import viewing
from domain.earnings.viewing import EarningsViewPorts
from domain.people.act import Act


@strawberry.type(description="What one of a store's guides has earned.")
class GuideEarnings(Packed[viewing.GuideEarnings]):
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    guide_name: str = strawberry.field(description="Their name.")
    pending: LedgerSum = strawberry.field(description="What may still be taken back.")
    payable: LedgerSum = strawberry.field(description="What is theirs to be paid.")
    now: EarnedNow = strawberry.field(description="Today and this month.")


@strawberry.type(description="What an owner has earned.")
class OwnerEarnings(Packed[viewing.Balance]):
    pending: LedgerSum = strawberry.field(description="What may still be taken back.")
    payable: LedgerSum = strawberry.field(description="What is theirs to be paid.")


@query(
    "What the guides of a store have, by id; for its manager and its franchisee, head office and "
    "finance."
)
async def store_earnings(
    ports: EarningsViewPorts,
    act: Act,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The store.")],
) -> list[GuideEarnings]:
    return list(map(GuideEarnings.of, await viewing.store_earnings(ports, act, store_id)))


@query("What an owner has; for its franchisee, head office and finance.")
async def owner_earnings(
    ports: EarningsViewPorts,
    act: Act,
    owner_id: Annotated[strawberry.ID, strawberry.argument(description="The owner.")],
) -> OwnerEarnings:
    return OwnerEarnings.of(await viewing.owner_earnings(ports, act, owner_id))


QUERIES = (store_earnings, owner_earnings)
