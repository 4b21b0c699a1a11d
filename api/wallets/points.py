"""Points: what a member has, and every entry that made it so."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.kernel.days import month_ends
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.wallets import keeping, lots, movements, wallets
from domain.wallets.movements import MovementKind
from domain.wallets.ports import WalletPorts

strawberry.enum(
    MovementKind,
    name="PointsEntryKind",
    description="What an entry is. EARN: an order earned them, pending. RIPEN: their day was set. "
    "MATURE: they can be spent. CLAW_BACK: taken back, by a refund or by head office. GRANT: given "
    "by head office. HOLD: an order waits to pay with them. USE: it did. RELEASE: it did not. "
    "SPEND: a till took them. GIVE_BACK: an order that they helped to pay was paid back. EXPIRE: "
    "they lapsed.",
)
MemberId = Annotated[strawberry.ID, strawberry.argument(description="The member.")]


@strawberry.type(description="Points that lapse at one moment.")
class PointsLot:
    points: int = strawberry.field(description="How many.")
    lapses_at: datetime = strawberry.field(description="The first moment they can't be spent at.")


@strawberry.type(description="What a member has of points.")
class Points(Packed[wallets.Wallet]):
    value: strawberry.Private[wallets.Wallet]
    debt: int = strawberry.field(
        description="How many are owed, since what earned them was paid back after they were "
        "spent. What comes in repays it first; while there is any, none can be spent."
    )

    @field("How many can be spent now; below 0 where some are owed.")
    def active(self, act: Act) -> int:
        return self.value.active(act.at)

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
            for one in self.value.lots
            if not lots.lapsed(one.key, act.at)
        ]


@strawberry.type(description="One entry of a wallet of points; it is never altered.")
class PointsEntry(Packed[movements.WalletMovement]):
    value: strawberry.Private[movements.WalletMovement]
    id: strawberry.ID = strawberry.field(description="The entry's id.")
    kind: MovementKind = strawberry.field(description="What it is.")
    at: datetime = strawberry.field(description="When what it follows from happened.")
    reason: str = strawberry.field(description="Why, as whoever did it said; may be empty.")

    @strawberry.field(description="How many more can be spent by it, or below 0 fewer.")
    def active(self) -> int:
        return self.value.effect.active

    @strawberry.field(description="How many more are pending by it, or below 0 fewer.")
    def pending(self) -> int:
        return lots.total(self.value.effect.pending)

    @strawberry.field(
        description="The order, or the store after `store:`, that it is about; may be empty."
    )
    def about(self) -> str:
        return self.value.about

    @strawberry.field(description="The version of the rules by which it was counted; 0 is none.")
    def rules_version(self) -> int:
        return self.value.rule


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
