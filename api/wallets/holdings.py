"""What a holder has of some unit, and the entries that made it so; each unit has own types."""

from collections.abc import Iterator
from datetime import datetime

import strawberry

from api.kernel.operations import field
from api.kernel.packing import Packed
from domain.people.act import Act
from domain.wallets import lots, movements, wallets
from domain.wallets.movements import MovementKind

strawberry.enum(
    MovementKind,
    name="WalletEntryKind",
    description="What an entry is. EARN: an order earned them, pending. RIPEN: their day was set. "
    "MATURE: they can be spent. CLAW_BACK: taken back, as what earned them fell away, or by head "
    "office. GRANT: given by head office, or for what was done. HOLD: an order waits to pay with "
    "them. USE: it did. RELEASE: it did not. SPEND: a till, or the shop of rewards, took them. "
    "GIVE_BACK: what they paid was paid back or called off. EXPIRE: they lapsed. LEAD: the member "
    "was merged into another, or is alone again. CARRY: they went to the member whom this one was "
    "merged into. MERGE: they came from a member who was merged into this one. UNMERGE: that was "
    "undone.",
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
