"""Fulfilment orders: what stores are asked to ship, and what they do with it."""

from datetime import datetime
from typing import Self

import strawberry

from api.kernel.context import Load
from api.kernel.enums import enum
from api.kernel.operations import field
from api.kernel.packing import pack
from api.kernel.payloads import Payload
from api.mall.orders.orders import Recipient
from api.mall.routing.candidates import RoutingCandidate
from api.network.stores import Store, store_shown
from domain.catalogue.catalogue import Sku
from domain.catalogue.units import Units
from domain.kernel import states
from domain.kernel.refusals import Invalid
from domain.mall.fulfilment import fulfilments as values
from domain.mall.fulfilment.fulfilments import Fulfilment, PartState, Placed, RejectReason
from domain.mall.fulfilment.store_desk import sees_recipient, shown_to
from domain.people.act import Act
from domain.people.viewer import CONSUMERS

enum(
    PartState,
    "Where a fulfilment order stands.",
    name="FulfilmentOrderState",
    ROUTING="A store is being looked for.",
    OFFERED="A store is asked, and has not answered yet.",
    ACCEPTED="The store does it.",
    HELD="The store lets it wait, and has said why.",
    READY="It waits at the counter to be fetched.",
    SHIPPED="The parcel has left.",
    HANDED_OVER="The buyer has fetched it.",
    UNCLAIMED="Nobody came to fetch it; head office decides.",
    REJECTED="The store turned it down, and another one has taken its place.",
    TIMED_OUT="The store did not answer in time, and another one has taken its place.",
    UNASSIGNED="No store is left to ask; head office decides.",
    SPLIT="It was divided, and others have taken its place.",
    CANCELLED="It was called off.",
)
enum(
    RejectReason,
    "Why a store turns a fulfilment order down.",
    NOT_ON_SHELF="The goods are not there; the store's count is corrected.",
    DAMAGED="The goods are damaged; the store's count is corrected.",
    TOO_BUSY="The store has too much to do.",
    CLOSED="The store is shut.",
    OTHER="Something else.",
)


@strawberry.type(description="Units of one SKU.")
class SkuUnits:
    sku: strawberry.ID = strawberry.field(description="The SKU.")
    quantity: int = strawberry.field(description="How many.")

    @classmethod
    def all_of(cls, units: Units) -> "list[SkuUnits]":
        """Pack units, by SKU."""
        return [cls(sku=strawberry.ID(sku), quantity=n) for sku, n in sorted(units.items())]


@strawberry.input(description="Units of one SKU.")
class SkuUnitsInput:
    sku: strawberry.ID = strawberry.field(description="The SKU.")
    quantity: int = strawberry.field(description="How many, at least 1.")


def units_of(lines: list[SkuUnitsInput], field: str) -> Units:
    """Unpack units; a SKU that is named twice or not at all wanted is refused."""
    units = {Sku(line.sku): line.quantity for line in lines}
    if len(units) < len(lines) or any(n < 1 for n in units.values()):
        raise Invalid("Name each SKU once, with at least 1 unit.", field=[field])
    return units


@strawberry.type(description="Units of one SKU of an order, named as they were when it was placed.")
class FulfilmentLine(SkuUnits):
    name: str = strawberry.field(description="The product's name.")
    options: str = strawberry.field(description="What was chosen, such as 藏青 M.")

    @classmethod
    def of_part(cls, placed: Placed) -> "list[FulfilmentLine]":
        """Pack what a store is asked for, in the order's own order."""
        units = placed.part.units
        return [
            cls(
                sku=strawberry.ID(line.sku),
                quantity=units[line.sku],
                name=line.name,
                options=line.options,
            )
            for line in placed.fulfilment.lines
            if line.sku in units
        ]


@strawberry.type(description="One transition in the life of an order or a part of it.")
class FulfilmentStep:
    subject: strawberry.ID = strawberry.field(description="The id of what changed.")
    kind: str = strawberry.field(description="What changed: payment, refund, fulfilment order, ….")
    before: str | None = strawberry.field(description="Its state before; null at its beginning.")
    after: str = strawberry.field(description="Its state after.")
    by: strawberry.Private[str]
    at: datetime = strawberry.field(description="When.")
    reason: str = strawberry.field(description="Why, where it was said.")

    @classmethod
    def of(cls, step: states.Step) -> "FulfilmentStep":
        """Pack a step."""
        return pack(cls, step, by=step.actor)

    @field(
        "The id of who did it, `system` for the service itself; to consumers the brand's people "
        "are null."
    )
    def actor(self, act: Act) -> strawberry.ID | None:
        viewer = act.viewer
        hidden = viewer.role in CONSUMERS and self.by not in {viewer.id, states.SYSTEM}
        return None if hidden else strawberry.ID(self.by)


@strawberry.type(description="The part of an order that one store is asked to ship or hand over.")
class FulfilmentOrder:
    placed: strawberry.Private[Placed]
    id: strawberry.ID = strawberry.field(description="The order's id and a number.")
    order_id: strawberry.ID = strawberry.field(description="The order that it is a part of.")
    state: PartState = strawberry.field(description="Where it stands.")
    lines: list[FulfilmentLine] = strawberry.field(description="What is asked for.")
    replaces: strawberry.ID | None = strawberry.field(
        description="The fulfilment order whose place it took; null for the first."
    )
    accept_by: datetime | None = strawberry.field(
        description="When another store is asked unless this one answers; null once it has."
    )
    reject_reason: RejectReason | None = strawberry.field(
        description="Why it was rejected; null where it was not."
    )
    carrier: str | None = strawberry.field(description="Who carries the parcel.")
    tracking_number: str | None = strawberry.field(description="The parcel's number there.")
    done_at: datetime | None = strawberry.field(
        description="When it was shipped or handed over; null until then."
    )

    @classmethod
    def of(cls, placed: Placed) -> "FulfilmentOrder":
        """Pack a fulfilment order."""
        part = placed.part
        return cls(
            placed=placed,
            id=strawberry.ID(part.id),
            order_id=strawberry.ID(placed.fulfilment.id),
            state=part.state,
            lines=FulfilmentLine.of_part(placed),
            replaces=strawberry.ID(part.replaces) if part.replaces else None,
            accept_by=part.accept_by,
            reject_reason=part.reject_reason,
            carrier=part.carrier,
            tracking_number=part.tracking_number,
            done_at=part.done_at,
        )

    @classmethod
    def all_of(cls, fulfilment: Fulfilment) -> "list[FulfilmentOrder]":
        """Pack every part of an order, those that were replaced too."""
        return [cls.of(Placed(fulfilment=fulfilment, part=part)) for part in fulfilment.parts]

    @field("Who is asked; null while nobody is.")
    async def store(self, load: Load) -> Store | None:
        part = self.placed.part
        if part.store_id is None or part.state is PartState.ROUTING:
            return None
        return await store_shown(load, part.store_id)

    @field(
        "Who gets the parcel, for the store while it is asked, the buyer and head office; null "
        "for others and for a pickup. But for the buyer the number is masked; recipientShow has it."
    )
    def recipient(self, act: Act) -> Recipient | None:
        found = shown_to(act.viewer, self.placed)
        return Recipient.of(found) if found else None

    @field(
        "What the buyer asks of whoever packs it, for those who may know who gets it; null for "
        "others."
    )
    def note(self, act: Act) -> str | None:
        known = sees_recipient(act.viewer, self.placed)
        return self.placed.fulfilment.wishes.note if known else None

    @strawberry.field(description="Whether it is to be wrapped as a gift.")
    def gift_wrap(self) -> bool:
        return self.placed.fulfilment.wishes.gift_wrap

    @field(
        "The code to show at the counter, for the buyer's eyes alone; null until the goods are "
        "ready."
    )
    def pickup_code(self, act: Act) -> str | None:
        mine = self.placed.fulfilment.buyer_id in act.viewer.ids
        return self.placed.part.pickup_code if mine else None

    @strawberry.field(description="Every store of the region and why it was chosen or not.")
    def candidates(self) -> list[RoutingCandidate]:
        return [RoutingCandidate.of(one) for one in self.placed.part.considered]

    @strawberry.field(description="Every step that it took, with who, when and why.")
    def history(self) -> list[FulfilmentStep]:
        steps = self.placed.fulfilment.history
        return [FulfilmentStep.of(step) for step in steps if step.subject == self.id]


@strawberry.type(description="What every action on a fulfilment order answers.")
class FulfilmentOrderPayload(Payload):
    fulfilment_order: FulfilmentOrder | None = strawberry.field(
        description="The fulfilment order as it is now.", default=None
    )
    next_fulfilment_orders: list[FulfilmentOrder] = strawberry.field(
        description="Those that took its place, if any.", default_factory=list
    )

    @classmethod
    def after(cls, fulfilment: Fulfilment, part_id: str) -> Self:
        """Pack a part and what came of it."""
        packed = FulfilmentOrder.all_of(fulfilment)
        return cls(
            fulfilment_order=next(one for one in packed if one.id == part_id),
            next_fulfilment_orders=[
                one for one in packed if part_id in _ancestors(fulfilment, one.placed.part)
            ],
        )


def _ancestors(fulfilment: Fulfilment, part: values.FulfilmentOrder) -> list[str]:
    """The parts whose place a part took, one after the other."""
    found: list[str] = []
    while part.replaces is not None:
        found.append(part.replaces)
        part = fulfilment.part(part.replaces)
    return found
