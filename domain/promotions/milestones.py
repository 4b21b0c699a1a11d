"""Coupons that follow what becomes of a member: a guide's new friend, or one of a higher level."""

from collections.abc import Mapping
from dataclasses import replace

from domain.audiences.level_facts import LEVEL_GAINED
from domain.kernel.facts import Batch, FactKind
from domain.kernel.ids import PersonId
from domain.people.act import Act
from domain.promotions.claiming import CouponPorts, WantedCopy, brought, coming_by
from domain.promotions.offers import ClaimWay

# A friend counts once they are judged, some days after they came. Each fact has the `member`.
BROUGHT_BY: Mapping[FactKind, ClaimWay] = {
    FactKind("friend.valid"): ClaimWay.FRIEND,
    LEVEL_GAINED: ClaimWay.LEVEL,
}
MILESTONE_FACTS = frozenset(BROUGHT_BY)


async def follow_milestones(ports: CouponPorts, act: Act, batch: Batch) -> None:
    """Bring members the coupons that follow what became of them, each milestone once.

    It is the same copy for the same milestone, whosever friend the member is by then, however
    often they lose and reach a level, and however often it is told.
    """
    for fact in batch.facts:
        if fact.data["member"] is None:  # a friend whom nobody knows as a member
            continue
        way, level = BROUGHT_BY[fact.kind], fact.data.get("level")
        for rule in coming_by(ports, replace(act, at=fact.at), way):
            wanted = WantedCopy(
                rule=rule,
                member_id=PersonId(fact.data["member"]),
                key=f"level:{level}" if level else "friend",
            )
            if level is None or level in wanted.claiming.levels:
                await brought(ports, act, wanted, since=fact.at)
