"""Coupons that follow what becomes of a member: that they count as a guide's new friend."""

from collections.abc import Mapping
from dataclasses import replace

from domain.kernel.facts import Batch, FactKind
from domain.kernel.ids import PersonId
from domain.people.act import Act
from domain.promotions.claiming import CouponPorts, WantedCopy, brought, coming_by
from domain.promotions.offers import ClaimWay

# Said when a friend is judged, some days after they came; the fact has the `member`.
BROUGHT_BY: Mapping[FactKind, ClaimWay] = {FactKind("friend.valid"): ClaimWay.FRIEND}
MILESTONE_FACTS = frozenset(BROUGHT_BY)


async def follow_milestones(ports: CouponPorts, act: Act, batch: Batch) -> None:
    """Bring members the coupons that follow what became of them, each milestone once.

    It is the same copy for the same milestone, whoever's friend the member is by then and however
    often it is told.
    """
    for fact in batch.facts:
        way = BROUGHT_BY[fact.kind]
        for rule in coming_by(ports, replace(act, at=fact.at), way):
            wanted = WantedCopy(rule=rule, member_id=PersonId(fact.data["member"]), key=way.lower())
            await brought(ports, act, wanted, since=fact.at)
