"""Whose purchases in other channels are, once a name that came with them is somebody's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from domain.kernel.facts import Batch
from domain.kernel.ids import PersonId
from domain.kernel.ports import Ports
from domain.kernel.refusals import Conflict
from domain.kernel.versions import risen
from domain.members.channel_purchases import (
    Bought,
    ChannelPurchase,
    ChannelPurchases,
    matched,
    whose,
)
from domain.members.identities import Identities, IdentityId
from domain.members.member_facts import IDENTITY_CLAIMED
from domain.members.phones import PhoneKey
from domain.members.purchase_facts import of_purchase
from domain.network.directory import DirectorySource
from domain.people.accounts import Guides
from domain.people.act import Act

CLAIMED_FACTS = frozenset({IDENTITY_CLAIMED})
ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPurchasePorts(Ports):
    """Purchases in other channels, what names who made them, and who sold."""

    purchases: ChannelPurchases
    identities: Identities
    phones: PhoneKey
    guides: Guides
    directory: DirectorySource


async def follow_claims(ports: ChannelPurchasePorts, act: Act, batch: Batch) -> None:
    """Let purchases that wait for a name be those of whoever has come to have it."""
    for name in {IdentityId(fact.data["identity"]) for fact in batch.facts}:
        ids = await ports.purchases.waiting_for(name)
        if ids:
            found = await ports.purchases.by_ids(ids)
            await match_waiting(ports, act, list(found.values()))


async def match_waiting(
    ports: ChannelPurchasePorts, act: Act, purchases: Sequence[ChannelPurchase]
) -> None:
    """Give purchases that wait to whom their names belong by now; again, it changes nothing."""
    left = {one.id: one for one in purchases if one.waits_for}
    for _ in range(ATTEMPTS):
        matches = await matches_of(ports, act, [one.bought for one in left.values() if one.bought])
        missed = []
        for one in left.values():
            owner = matches.get(one.bought) if one.bought else None
            if owner is None:
                continue
            after = risen(matched(one, owner))
            try:
                await ports.purchases.match(after, of_purchase(one, after))
            except Conflict:
                missed.append(one.id)
        if not missed:
            return
        again = await ports.purchases.by_ids(missed)
        left = {key: one for key, one in again.items() if one.waits_for}
    raise Conflict("Others change these purchases just now; send them again.")


async def matches_of(
    ports: ChannelPurchasePorts, act: Act, bought: Collection[Bought]
) -> Mapping[Bought, PersonId]:
    """Of what was bought by somebody whom we know, whose it is."""
    names = {name for one in bought for name in one.names}
    known = await ports.identities.by_ids(names) if names else {}
    return {one: owner for one in bought if (owner := whose(one, known))}
