"""Points at tills."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.money import Money
from api.kernel.operations import mutation
from api.kernel.packing import Packed
from api.wallets.points import PointsEntry
from domain.people.act import Act
from domain.wallets import ports as values
from domain.wallets import tills
from domain.wallets.ports import WalletPorts


@strawberry.type(description="What a member shows at a till; good once, and for a minute.")
class TillCode(Packed[values.TillCode]):
    code: str = strawberry.field(description="16 digits, to show as a code.")
    expires_at: datetime = strawberry.field(description="Until before when it is good.")


@strawberry.type(description="Points that a till has taken.")
class RedeemedPoints(Packed[tills.Redeemed]):
    value: strawberry.Private[tills.Redeemed]

    @strawberry.field(description="The entry in the member's points.")
    def entry(self) -> PointsEntry:
        return PointsEntry.of(self.value.entry)

    @strawberry.field(description="What they pay.")
    def worth(self) -> Money:
        return Money(fen=self.value.worth)


@mutation("Make a code that the viewer, a member, shows at a till.", code="The code.")
async def till_code_issue(ports: WalletPorts, act: Act) -> TillCode:
    return TillCode.of(await tills.new_till_code(ports, act))


@mutation(
    "Take points at a till by the code that a member shows; for the store's people. The same again "
    "is the same; a code is good for no other request.",
    redeemed="What was taken.",
)
async def points_redeem(
    ports: WalletPorts,
    act: Act,
    code: Annotated[str, strawberry.argument(description="The code that the member shows.")],
    points: Annotated[int, strawberry.argument(description="How many points to take.")],
    store_id: Annotated[strawberry.ID, strawberry.argument(description="The till's store.")],
) -> RedeemedPoints:
    return RedeemedPoints.of(await tills.redeem_points(ports, act, code, points, store_id=store_id))


MUTATIONS = (till_code_issue, points_redeem)
