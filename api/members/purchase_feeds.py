"""Purchases in other channels, in the schema, as those channels tell of them."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.imports import ImportFile, ImportPayload, Mode, OnlyCheck, hand_in
from api.kernel.operations import mutation
from domain.kernel.imports import ImportPorts
from domain.kernel.money import Fen
from domain.members import channel_purchases, purchase_feeding
from domain.members.purchase_feeding import ToldPurchase, feed_purchases
from domain.members.purchase_files import import_purchases
from domain.members.purchase_matching import ChannelPurchasePorts
from domain.people.act import Act


@strawberry.input(description="Units of one thing that were bought, or came back.")
class PurchaseLineInput:
    sku: str = strawberry.field(description="Its SKU, or the channel's own code of it.")
    quantity: int = strawberry.field(description="How many; 0 where only money is paid back.")
    paid_fen: int = strawberry.field(
        description="What was paid for all of them, or is paid back, in fen."
    )

    def value(self) -> channel_purchases.PurchaseLine:
        """Unpack the line."""
        return channel_purchases.PurchaseLine(
            sku=self.sku, quantity=self.quantity, paid=Fen(self.paid_fen)
        )


@strawberry.input(
    description="A purchase in another channel, or what was paid back of one. Who bought is told "
    "by any of the last three; without them it is nobody's."
)
class PurchaseFeedInput:
    number: str = strawberry.field(description="The channel's own number of the purchase.")
    at: datetime = strawberry.field(description="When it was paid, or paid back.")
    lines: list[PurchaseLineInput] = strawberry.field(description="1 to 200 lines.")
    refund_number: str | None = strawberry.field(
        description="Of what was paid back, the refund's own number; null for a purchase.",
        default=None,
    )
    store_id: str | None = strawberry.field(
        description="The store that sold it, if one did.", default=None
    )
    guide_id: str | None = strawberry.field(
        description="The guide who served, if one did.", default=None
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

    def value(self) -> ToldPurchase:
        """Unpack what is told."""
        fields = {**vars(self), "lines": tuple(one.value() for one in self.lines)}
        return ToldPurchase(**fields)


@strawberry.type(description="What became of one purchase or refund that a channel told of.")
class TakenPurchase:
    number: str = strawberry.field(description="The channel's own number of the purchase.")
    refund_number: str | None = strawberry.field(description="The refund's number, if it is one.")
    is_new: bool = strawberry.field(description="Whether it was told for the first time.")
    is_matched: bool = strawberry.field(description="Whether we know who bought.")
    refusal: str | None = strawberry.field(description="Why it was not taken in.")
    code: str | None = strawberry.field(
        description="The kind of refusal: CONFLICT where this number was told otherwise before."
    )

    @classmethod
    def of(cls, taken: purchase_feeding.TakenPurchase) -> "TakenPurchase":
        """Pack what became of it."""
        refusal = taken.refusal
        return cls(
            number=taken.number,
            refund_number=taken.refund_number,
            is_new=taken.is_new,
            is_matched=taken.is_matched,
            refusal=refusal.message if refusal else None,
            code=refusal.code.value if refusal else None,
        )


@mutation(
    "Take in purchases and refunds of a till or another shop, at most 500 at once; for feeds and "
    "head office. Told again they change nothing; a number that was told otherwise is a CONFLICT "
    "of its own. A refund may come before its purchase.",
    purchases="What became of each, in order.",
)
async def purchases_feed(
    ports: ChannelPurchasePorts,
    act: Act,
    channel: Annotated[
        str, strawberry.argument(description="The channel, such as TMALL; letters and digits.")
    ],
    purchases: Annotated[
        list[PurchaseFeedInput], strawberry.argument(description="What is told of each.")
    ],
) -> list[TakenPurchase]:
    told = [one.value() for one in purchases]
    return [TakenPurchase.of(one) for one in await feed_purchases(ports, act, channel, told)]


@mutation(
    "Take in purchases and refunds of other channels from a file with one row for each line; rows "
    "with a refund_number are refunds. Handed in again, it changes nothing."
)
async def purchases_import(
    ports: ChannelPurchasePorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode,
    only_check: OnlyCheck = False,
) -> ImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return ImportPayload.of(await import_purchases(ports, act, handed), handed)


MUTATIONS = (purchases_feed, purchases_import)
