"""What a holder has of some unit, and the entries that made it so; each unit has own types."""

from collections.abc import Iterator
from datetime import datetime

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import field
from api.kernel.packing import Packed
from domain.people.act import Act
from domain.wallets import lots, movements, wallets
from domain.wallets.movements import MovementKind

enum(
    MovementKind,
    "What an entry is.",
    name="WalletEntryKind",
    EARN="An order earned them, pending.",
    RIPEN="The day on which they can be spent was set.",
    MATURE="They can be spent.",
    CLAW_BACK="They were taken back, as what earned them fell away, or by head office.",
    GRANT="Head office gave them, or they were given for what was done.",
    HOLD="An order waits to pay with them.",
    USE="That order was paid with them.",
    RELEASE="That order was not paid, and they can be spent again.",
    SPEND="A till, or the shop of rewards, took them.",
    GIVE_BACK="What they paid was paid back or called off.",
    EXPIRE="They lapsed.",
    LEAD="The member was merged into another, or is alone again.",
    CARRY="They went to the member whom this one was merged into.",
    MERGE="They came from a member who was merged into this one.",
    UNMERGE="That was undone.",
)


@strawberry.type(description="What a holder has of a unit.")
class Holding(Packed[wallets.Wallet]):
    value: strawberry.Private[wallets.Wallet]
    debt: int = strawberry.field(
        description="How many are owed, since what earned them fell away after they were spent. "
        "What comes in repays it first; while there is any, none can be spent."
    )

    @field("How many can be spent now; below 0 where some are owed.")
    def active(self, act: Act) -> int:
        return self.value.active(act.at)

    def usable_lots(self, act: Act) -> Iterator[lots.Portion]:
        """Those that have not lapsed, the soonest first."""
        return (one for one in self.value.lots if not lots.lapsed(one.key, act.at))


@strawberry.type(description="One entry of a wallet; it is never altered.")
class HoldingEntry(Packed[movements.WalletMovement]):
    value: strawberry.Private[movements.WalletMovement]
    id: strawberry.ID = strawberry.field(description="The entry's id.")
    kind: MovementKind = strawberry.field(description="What it is.")
    at: datetime = strawberry.field(description="When what it follows from happened.")
    reason: str = strawberry.field(description="Why, as whoever did it said; may be empty.")

    @strawberry.field(description="How many more can be spent by it, or below 0 fewer.")
    def active(self) -> int:
        return self.value.effect.active

    @strawberry.field(description="The version of the rules by which it was counted; 0 is none.")
    def rules_version(self) -> int:
        return self.value.rule
