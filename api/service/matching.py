"""Which advisor a visitor is shown."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.contact.inviting import GuideCode
from api.kernel.enums import enum
from api.kernel.operations import query
from api.network.places import PositionInput
from api.network.stores import Store
from api.sharing.guides import Guide
from domain.people.act import Act
from domain.service import matching
from domain.service.matching import MatchPorts, MatchReason

enum(
    MatchReason,
    "Why somebody is shown to a visitor.",
    BONDED="They are the guide through whose link the visitor came last.",
    NEAREST="They are free in the nearest open shop.",
    BRAND="They answer for the brand where nobody is free.",
)


@strawberry.type(description="An advisor for a visitor, and why it is them.")
class AdvisorMatch:
    guide: Guide = strawberry.field(description="The advisor.")
    store: Store = strawberry.field(description="Where they work.")
    distance_m: float = strawberry.field(description="How far the store is from the visitor.")
    reason: MatchReason = strawberry.field(
        description="BONDED: the visitor came through a link of theirs last, within a year. "
        "NEAREST: of those who are free in the nearest open shop, they have least to do today. "
        "BRAND: nobody is free near, and the brand's own account answers."
    )
    since: datetime | None = strawberry.field(
        description="When the visitor last came through a link of theirs; null if not BONDED."
    )
    load_min: int | None = strawberry.field(
        description="How many minutes of today are booked with them; null if not NEAREST."
    )

    code: GuideCode | None = strawberry.field(
        description="Their code in WeCom, if they have one; friendInvite gives a link to a chat."
    )

    @classmethod
    def of(cls, match: matching.AdvisorMatch) -> "AdvisorMatch":
        """Pack a match."""
        return cls(
            guide=Guide.of(match.guide),
            store=Store.of(match.store),
            distance_m=match.distance_m,
            reason=match.reason,
            since=match.since,
            load_min=match.load_min,
            code=GuideCode.of(match.way) if match.way else None,
        )


@query(
    "The advisor for whoever asks: their own guide, else one who is free now in the nearest open "
    "shop within 50 km; null where nobody is. The position is not kept."
)
async def advisor_match(
    ports: MatchPorts,
    act: Act,
    position: Annotated[PositionInput, strawberry.argument(description="Where the visitor is.")],
    service_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Only somebody who is trained for this service."),
    ] = None,
) -> AdvisorMatch | None:
    found = await matching.match_advisor(ports, act, position.value(), service_id=service_id)
    return AdvisorMatch.of(found) if found else None


QUERIES = (advisor_match,)
