"""Orders of other shops that stores send, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import mutation
from api.mall.orders.orders import DeliveryInput
from api.members.purchase_feeds import PurchaseLineInput
from domain.mall.fulfilment import channel_orders
from domain.mall.fulfilment.channel_orders import ChannelOrderPorts, ToldOrder, feed_orders
from domain.mall.fulfilment.fulfilments import DONE, FulfilmentOrder, PartState
from domain.mall.fulfilment.summary import OrderSummary, summary
from domain.members.purchase_feeding import ToldPurchase
from domain.people.act import Act


@strawberry.input(
    description="An order of another shop that is paid there and sent from here: to a recipient, "
    "or picked up in a store. Who bought is told by any of phone, memberCode and channelMemberId."
)
class ChannelOrderInput:
    number: str = strawberry.field(description="The channel's own number of the order.")
    at: datetime = strawberry.field(description="When it was paid.")
    lines: list[PurchaseLineInput] = strawberry.field(
        description="What was bought, by our SKUs; 1 to 50 lines."
    )
    delivery: DeliveryInput | None = strawberry.field(
        description="Who gets the parcel; leave it out for a pickup.", default=None
    )
    pickup_store_id: strawberry.ID | None = strawberry.field(
        description="Where it is picked up; leave it out for a delivery.", default=None
    )
    store_id: strawberry.ID | None = strawberry.field(
        description="A store of the region whose stock it is of; null for the recipient's region.",
        default=None,
    )
    note: str = strawberry.field(
        description="What the buyer asks of whoever packs it; the channel and the number stand "
        "before it.",
        default="",
    )
    phone: str | None = strawberry.field(
        description="The buyer's mobile number in any spelling.", default=None
    )
    member_code: str | None = strawberry.field(
        description="The buyer's code as a member of the brand.", default=None
    )
    channel_member_id: str | None = strawberry.field(
        description="The channel's own id of the buyer.", default=None
    )

    def value(self) -> ToldOrder:
        """Unpack what is told."""
        return ToldOrder(
            purchase=ToldPurchase(
                number=self.number,
                at=self.at,
                lines=tuple(one.value() for one in self.lines),
                phone=self.phone,
                member_code=self.member_code,
                channel_member_id=self.channel_member_id,
            ),
            recipient=self.delivery.recipient() if self.delivery else None,
            destination=self.delivery.destination() if self.delivery else None,
            pickup_store_id=self.pickup_store_id,
            store_id=self.store_id,
            note=self.note,
        )


@strawberry.type(description="What one store sends, or hands over, of a channel's order.")
class ChannelParcel:
    store_id: strawberry.ID | None = strawberry.field(
        description="The store; null while none is found."
    )
    done: bool = strawberry.field(description="Whether it is sent, or handed over.")
    carrier: str | None = strawberry.field(description="Who carries it, once it is sent.")
    tracking_number: str | None = strawberry.field(description="Its number there.")
    pickup_code: str | None = strawberry.field(
        description="What the buyer shows at the store, once it is ready to be picked up."
    )

    @classmethod
    def of(cls, part: FulfilmentOrder) -> "ChannelParcel":
        """Pack a part of an order."""
        return cls(
            store_id=strawberry.ID(part.store_id) if part.store_id else None,
            done=part.state in DONE,
            carrier=part.carrier,
            tracking_number=part.tracking_number,
            pickup_code=part.pickup_code if part.state is PartState.READY else None,
        )


@strawberry.type(description="What became of one order that a channel told of.")
class TakenChannelOrder:
    number: str = strawberry.field(description="The channel's own number of the order.")
    order_id: strawberry.ID | None = strawberry.field(
        description="The order here; null where it is refused, or all of it was paid back before."
    )
    state: OrderSummary | None = strawberry.field(description="Where it stands.")
    parcels: list[ChannelParcel] = strawberry.field(
        description="What stores send of it; what was called off is no part of it."
    )
    refusal: str | None = strawberry.field(description="Why it is not sent.")
    code: str | None = strawberry.field(
        description="The kind of refusal, such as OUT_OF_STOCK; told again later it may be taken."
    )

    @classmethod
    def of(cls, taken: channel_orders.TakenOrder) -> "TakenChannelOrder":
        """Pack what became of it."""
        found, refusal = taken.fulfilment, taken.refusal
        parts = found.live_parts() if found else ()
        return cls(
            number=taken.number,
            order_id=strawberry.ID(found.id) if found else None,
            state=summary(found) if found else None,
            parcels=[
                ChannelParcel.of(one) for one in parts if one.state is not PartState.CANCELLED
            ],
            refusal=refusal.message if refusal else None,
            code=refusal.code.value if refusal else None,
        )


@mutation(
    "Have stores send, or hand over, orders of another shop, at most 50 at once; for feeds and "
    "head office. Their purchases are told by this too, as by purchasesFeed, which also tells what "
    "is paid back: that is not sent any more. Told again they are the same orders, and the answer "
    "says where they stand.",
    orders="What became of each, in order.",
)
async def channel_orders_feed(
    ports: ChannelOrderPorts,
    act: Act,
    channel: Annotated[
        str, strawberry.argument(description="The channel, such as TMALL; letters and digits.")
    ],
    orders: Annotated[
        list[ChannelOrderInput], strawberry.argument(description="What is told of each.")
    ],
) -> list[TakenChannelOrder]:
    told = [one.value() for one in orders]
    return [TakenChannelOrder.of(one) for one in await feed_orders(ports, act, channel, told)]


MUTATIONS = (channel_orders_feed,)
