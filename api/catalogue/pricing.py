"""Scheduled changes of prices."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.money import Money
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.catalogue import prices, pricing
from domain.catalogue.ports import CataloguePorts
from domain.kernel.money import Fen
from domain.kernel.paging import PageRequest
from domain.people.act import Act


class PriceChangeState(StrEnum):
    SCHEDULED = "SCHEDULED"
    IN_EFFECT = "IN_EFFECT"
    CANCELLED = "CANCELLED"


enum(
    PriceChangeState,
    "Where a price change stands.",
    SCHEDULED="It will take effect.",
    IN_EFFECT="It took effect.",
    CANCELLED="It was called off before.",
)


@strawberry.type(description="The new price of one SKU.")
class PriceChangeLine:
    sku: strawberry.ID = strawberry.field(description="The SKU.")
    price: Money = strawberry.field(description="What it costs from then on.")
    compare_at: Money | None = strawberry.field(
        description="What that is compared to; null where it is not."
    )

    @classmethod
    def of(cls, line: prices.PriceLine) -> "PriceChangeLine":
        """Pack a line."""
        return cls(
            sku=strawberry.ID(line.sku),
            price=Money(fen=line.amount),
            compare_at=None if line.compare_at is None else Money(fen=line.compare_at),
        )


@strawberry.type(description="New prices of some SKUs that take effect together, everywhere.")
class PriceChange(Packed[prices.PriceChange]):
    value: strawberry.Private[prices.PriceChange]
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="What people call it.")
    effective_at: datetime = strawberry.field(description="The moment at which all prices flip.")
    created_at: datetime = strawberry.field(description="When it was scheduled.")
    cancelled_at: datetime | None = strawberry.field(
        description="When it was called off; null where it was not."
    )

    @field("Where it stands now.")
    def state(self, act: Act) -> PriceChangeState:
        if self.cancelled_at is not None:
            return PriceChangeState.CANCELLED
        past = self.effective_at <= act.at
        return PriceChangeState.IN_EFFECT if past else PriceChangeState.SCHEDULED

    @field("The new prices, in the order in which they were given.")
    def lines(self, first: First = 20, after: After = None) -> Connection[PriceChangeLine]:
        page = pricing.lines_page(self.value, PageRequest(first=first, after=after))
        return connection(page, PriceChangeLine.of)


@strawberry.input(description="The new price of one SKU.")
class PriceChangeLineInput:
    sku: strawberry.ID = strawberry.field(description="The SKU.")
    price_fen: int = strawberry.field(description="What it will cost, in fen.")
    compare_at_fen: int | None = strawberry.field(
        description="What that is compared to, in fen; more than the price.", default=None
    )


@strawberry.input(description="New prices from a moment on.")
class PriceChangeInput:
    name: str = strawberry.field(description="What people call it, such as 双十一.")
    effective_at: datetime = strawberry.field(
        description="The moment at which all prices flip, at least 2 seconds from now."
    )
    lines: list[PriceChangeLineInput] = strawberry.field(
        description="1 to 5,000 SKUs, each once, with their new prices."
    )

    def plan(self) -> pricing.PricePlan:
        """Unpack the input."""
        return pricing.PricePlan(
            name=self.name,
            effective_at=self.effective_at,
            lines=tuple(
                prices.PriceLine(
                    sku=line.sku,
                    amount=Fen(line.price_fen),
                    compare_at=None if line.compare_at_fen is None else Fen(line.compare_at_fen),
                )
                for line in self.lines
            ),
        )


PriceChangeIdArgument = Annotated[
    strawberry.ID, strawberry.argument(description="The price change's id.")
]


@query("All price changes, the one that takes effect last first; for head office and the tills.")
async def price_changes(
    ports: CataloguePorts, act: Act, first: First = 20, after: After = None
) -> Connection[PriceChange]:
    page = await pricing.price_changes(ports, act, PageRequest(first=first, after=after))
    return connection(page, PriceChange.of)


@mutation(
    "Schedule new prices that take effect everywhere at one moment.",
    price_change="The change as it is scheduled.",
)
async def price_change_schedule(
    ports: CataloguePorts,
    act: Act,
    input: Annotated[PriceChangeInput, strawberry.argument(description="What changes, and when.")],
) -> PriceChange:
    return PriceChange.of(await pricing.schedule_price_change(ports, act, input.plan()))


@mutation(
    "Call a price change off, until 2 seconds before it takes effect.",
    price_change="The change, called off.",
)
async def price_change_cancel(
    ports: CataloguePorts, act: Act, id: PriceChangeIdArgument
) -> PriceChange:
    return PriceChange.of(await pricing.cancel_price_change(ports, act, id))


QUERIES = (price_changes,)
MUTATIONS = (price_change_schedule, price_change_cancel)
