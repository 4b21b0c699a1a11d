"""Why an order is credited to whom it is."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.operations import query
from api.kernel.packing import Packed
from domain.earnings import explaining
from domain.earnings.explaining import CreditVerdict, ExplainPorts
from domain.people.act import Act

strawberry.enum(
    CreditVerdict,
    description="What became of one who might have been credited: CREDITED is who is; "
    "ANOTHER_NAMED lost to the share code that the order came with, FOLLOWED_BEFORE to a link that "
    "was followed later, and TOO_OLD was followed longer ago than counts.",
)


@strawberry.type(description="A link that a buyer followed, or that their order named.")
class CreditCandidate(Packed[explaining.CreditCandidate]):
    guide_id: strawberry.ID = strawberry.field(description="The guide whose link it is.")
    store_id: strawberry.ID = strawberry.field(description="The guide's store when it was made.")
    share_code: str = strawberry.field(description="The link's code.")
    touched_at: datetime = strawberry.field(
        description="When it was followed last; of one that the order named, when that was placed."
    )
    verdict: CreditVerdict = strawberry.field(description="What became of it.")

    @classmethod
    def of(cls, one: explaining.CreditCandidate) -> "CreditCandidate":
        """Pack a candidate."""
        return cls(
            guide_id=strawberry.ID(one.credit.guide_id),
            store_id=strawberry.ID(one.credit.store_id),
            share_code=one.credit.share_code,
            touched_at=one.credit.touched_at,
            verdict=one.verdict,
        )


@strawberry.type(description="Why an order is credited to whom it is, and why not to others.")
class AttributionExplanation(Packed[explaining.ExplainedCredit]):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    named: bool = strawberry.field(
        description="Whether it came with a share code, which wins over every touch."
    )
    candidates: list[CreditCandidate] = strawberry.field(
        description="Whoever might have been credited, the newest touch first; 50 at most, of the "
        "60 days before the order."
    )


@query("Why an order is credited to whom it is, and why not to others; for finance too.")
async def attribution_explain(
    ports: ExplainPorts,
    act: Act,
    order_id: Annotated[strawberry.ID, strawberry.argument(description="The order.")],
) -> AttributionExplanation:
    return AttributionExplanation.of(await explaining.explain_credit(ports, act, order_id))


QUERIES = (attribution_explain,)
