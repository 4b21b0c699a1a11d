"""The take-up of offers in the schema."""

import strawberry

from api.kernel.money import Money
from api.kernel.operations import query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.promotions.offers import Offer
from domain.kernel.paging import PageRequest
from domain.people.act import Act
from domain.promotions import take_up
from domain.promotions.take_up import TakeUpPorts


@strawberry.type(description="How far an offer is claimed and used.")
class OfferTakeUp(Packed[take_up.TakeUp]):
    offer: Offer = strawberry.field(description="The offer; its versions say how much there is.")
    claimed: int | None = strawberry.field(
        description="How many of its coupons members have; null for what is no coupon."
    )
    used: int | None = strawberry.field(
        description="How many orders have something of its budget, those that wait for their "
        "payment among them; null where there is no budget."
    )
    fen: Money | None = strawberry.field(
        description="How much they have of it; null where there is no budget."
    )


@query("How far each offer is claimed and used, by id; for the brand's own people.")
async def offers_take_up(
    ports: TakeUpPorts, act: Act, first: First = 20, after: After = None
) -> Connection[OfferTakeUp]:
    page = await take_up.take_up(ports, act, PageRequest(first=first, after=after))
    return connection(page, OfferTakeUp.of)


QUERIES = (offers_take_up,)
