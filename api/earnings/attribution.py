"""Why an order is credited to whom it is."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.earnings.split_rules import GuideTier
from api.kernel.enums import enum
from api.kernel.money import Money
from api.kernel.operations import query
from api.kernel.packing import Packed
from domain.earnings import explaining, line_credits
from domain.earnings.explaining import CreditVerdict, ExplainPorts
from domain.earnings.line_credits import CreditRole
from domain.people.act import Act
from domain.sharing import attribution

enum(
    CreditVerdict,
    "What became of one who might have been credited.",
    CREDITED="They are credited.",
    ANOTHER_NAMED="The order came with another's share code, which wins.",
    FOLLOWED_BEFORE="Another's link was followed later.",
    TOO_OLD="Their link was followed longer ago than counts.",
    OWN_PURCHASE="They bought it themselves.",
    GREATER_COUNTS="The other guide has the greater rate, which alone counts.",
    NO_RATE="They have a claim for which the rule gives nothing.",
)
enum(
    CreditRole,
    "For what somebody has a part.",
    SHARE="The guide whose link it came by.",
    SERVICE="The guide whose customer the buyer was.",
    SERVING="The guide at the till.",
    SELLING="The owner of the storefront, or of the store with the till.",
    FULFILMENT="The owner of a store that sent the goods or handed them over.",
    OWNER="The owner of the store at which the buyer became a member.",
    BRAND="The brand.",
)


@strawberry.type(description="A link that a buyer followed, or that their order named.")
class TouchedLink(Packed[attribution.Credit]):
    store_id: strawberry.ID = strawberry.field(description="The guide's store when it was made.")
    share_code: str = strawberry.field(description="The link's code.")
    touched_at: datetime = strawberry.field(
        description="When it was followed last; of one that the order named, when that was placed."
    )


@strawberry.type(description="A guide who might have been credited.")
class CreditCandidate(Packed[explaining.CreditCandidate]):
    role: CreditRole = strawberry.field(description="For what: SHARE, SERVICE or SERVING.")
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    verdict: CreditVerdict = strawberry.field(description="What became of it.")
    link: TouchedLink | None = strawberry.field(description="The link; null for the others.")
    tier: GuideTier | None = strawberry.field(
        description="The tier that they had reached in the month when it was paid, which their "
        "rates were changed by; null for none."
    )


@strawberry.type(description="What somebody has of one line.")
class LineCredit(Packed[line_credits.LineCredit]):
    sku: str = strawberry.field(description="What was bought.")
    role: CreditRole = strawberry.field(description="For what they have it.")
    account: str = strawberry.field(
        description="Whose it is: guide:G1, owner:O1, brand, or open while nobody has sent it."
    )
    amount: Money = strawberry.field(description="What it is, of what is paid and not given back.")


@strawberry.type(description="Why an order is credited to whom it is, and why not to others.")
class AttributionExplanation(Packed[explaining.ExplainedCredit]):
    order_id: strawberry.ID = strawberry.field(description="The order, or the purchase.")
    named: bool = strawberry.field(
        description="Whether it came with a share code, which wins over every touch."
    )
    candidates: list[CreditCandidate] = strawberry.field(
        description="Whoever might have been credited: for sharing the newest touch first, 50 at "
        "most of the 60 days before the order; then whose customer it was, and who was at the till."
    )
    rule_version: int | None = strawberry.field(
        description="The version of the rule by which it is divided; null until it is paid."
    )
    credits: list[LineCredit] = strawberry.field(
        description="Every part of every line; together what is paid and not given back."
    )


@query("Why an order is credited to whom it is, and why not to others; for finance too.")
async def attribution_explain(
    ports: ExplainPorts,
    act: Act,
    order_id: Annotated[
        strawberry.ID, strawberry.argument(description="The order, or the purchase.")
    ],
) -> AttributionExplanation:
    return AttributionExplanation.of(await explaining.explain_credit(ports, act, order_id))


QUERIES = (attribution_explain,)
