"""Points: what a member has, and every entry that made it so."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import field, mutation, query
from api.kernel.paging import After, Connection, First, connection
from api.wallets.holdings import Holding, HoldingEntry
from domain.kernel.days import month_ends
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.wallets import keeping, lots
from domain.wallets.ports import WalletPorts

MemberId = Annotated[strawberry.ID, strawberry.argument(description="The member.")]


@strawberry.type(description="Points that lapse at one moment.")
class PointsLot:
    points: int = strawberry.field(description="How many.")
    lapses_at: datetime = strawberry.field(description="The first moment they can't be spent at.")


@strawberry.type(description="What a member has of points.")
class Points(Holding):
    @strawberry.field(description="How many are earned and can't be spent yet.")
    def pending(self) -> int:
        return self.value.units_pending

    @strawberry.field(description="How many wait to pay for orders.")
    def held(self) -> int:
        return self.value.units_held

    @field("Those that can be spent, by when they lapse, the soonest first.")
    def lots(self, act: Act) -> list[PointsLot]:
        return [
            PointsLot(points=one.units, lapses_at=month_ends(one.key))
            for one in self.usable_lots(act)
        ]


@strawberry.type(description="One entry of a wallet of points; it is never altered.")
class PointsEntry(HoldingEntry):
    @strawberry.field(description="How many more are pending by it, or below 0 fewer.")
    def pending(self) -> int:
        return lots.total(self.value.effect.pending)

    @strawberry.field(
        description="The order, or the store after `store:`, that it is about; may be empty."
    )
    def about(self) -> str:
        return self.value.about


@query("The viewer's points; for members.")
async def own_points(ports: WalletPorts, act: Act) -> Points:
    return Points.of(await keeping.own_points(ports, act))


@query("What came into the viewer's points and went out of them, the newest first; for members.")
async def own_points_entries(
    ports: WalletPorts, act: Act, first: First = 20, after: After = None
) -> Connection[PointsEntry]:
    page = await keeping.own_points_entries(ports, act, PageRequest(first=first, after=after))
    return connection(page, PointsEntry.of)


@query("A member's points, for head office.")
async def member_points(ports: WalletPorts, act: Act, member_id: MemberId) -> Points:
    return Points.of(await keeping.points_of_member(ports, act, member_id))


@query("What came into a member's points and went out of them, for head office.")
async def member_points_entries(
    ports: WalletPorts, act: Act, member_id: MemberId, first: First = 20, after: After = None
) -> Connection[PointsEntry]:
    request = PageRequest(first=first, after=after)
    page = await keeping.points_entries_of_member(ports, act, member_id, request)
    return connection(page, PointsEntry.of)


@mutation("Give a member points, or take some back; for head office.", entry="The entry.")
async def points_grant(
    ports: WalletPorts,
    act: Act,
    member_id: MemberId,
    points: Annotated[
        int, strawberry.argument(description="How many; below 0 they are taken back.")
    ],
    reason: Annotated[str, strawberry.argument(description="Why; the member sees it.")],
    idempotency_key: Annotated[
        str,
        strawberry.argument(
            description="A text of your own for this request, such as a UUID. Sent again with the "
            "same key, it is the same entry and not another."
        ),
    ],
) -> PointsEntry:
    return PointsEntry.of(
        await keeping.grant_points(
            ports, act, member_id, points, reason=reason, idempotency_key=idempotency_key
        )
    )


QUERIES = (own_points, own_points_entries, member_points, member_points_entries)
MUTATIONS = (points_grant,)
