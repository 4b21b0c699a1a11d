"""What members bought in other channels: at tills, in other shops; each once, by its own number.

A purchase is one document, whose refunds lie in it, whichever of them is told first. It is nobody's
until one of the names that came with it is a member's; from then on it stays theirs, whoever has
the number later.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NewType, Protocol

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Conflict, Invalid, TooMany
from domain.members.identities import Identity, IdentityId, IdentityKind

PurchaseId = NewType("PurchaseId", str)

# Of what members bought anywhere, by the moment and the id of a purchase or an order.
OF_MEMBERS = Cursors("purchases of members", datetime, str)
MOST_REFUNDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """Units of one thing and what was paid for all of them, or is paid back; `sku` as told."""

    sku: str
    quantity: int
    paid: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What a channel tells of a purchase; `names` are those of who bought, the surest first."""

    at: datetime
    lines: tuple[PurchaseLine, ...]
    store_id: str | None = None
    guide_id: str | None = None
    names: tuple[IdentityId, ...] = ()

    @property
    def paid(self) -> Fen:
        """What was paid for all of it."""
        return Fen(sum(one.paid for one in self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRefund:
    """What a channel paid back of a purchase, under the refund's own number."""

    number: str
    at: datetime
    amount: Fen
    lines: tuple[PurchaseLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPurchase:
    """A purchase and what was paid back of it; `bought` is None while only refunds were told.

    `member_id` is whom a name of it belonged to when it was matched: what follows from the purchase
    is theirs, and goes with them to whom they lead. `waits_for` are the names by which it may yet
    be matched.
    """

    id: PurchaseId
    channel: str
    number: str
    at: datetime
    bought: Bought | None = None
    refunds: tuple[ChannelRefund, ...] = ()
    member_id: PersonId | None = None
    waits_for: tuple[IdentityId, ...] = ()
    version: int = 0

    @property
    def refunded(self) -> Fen:
        """What was paid back by now."""
        return Fen(sum(one.amount for one in self.refunds))


class ChannelPurchases(Protocol):
    """The purchases, each in one document."""

    async def by_ids(self, ids: Collection[PurchaseId]) -> Mapping[PurchaseId, ChannelPurchase]:
        """Those of the ids that there are."""

    async def waiting_for(self, name: IdentityId) -> Sequence[PurchaseId]:
        """Those that wait for whoever has a name."""

    async def save_all(
        self, changed: Sequence[ChannelPurchase], facts: Mapping[str, Sequence[Fact]]
    ) -> None:
        """Write them, each over the version before its own, and what they say in the same write.

        Raises Overtaken, once the others are written, if somebody else has written one meanwhile.
        """

    async def match(self, matched: ChannelPurchase, facts: Sequence[Fact]) -> None:
        """Write one that waits for nobody any more; Conflict if it was written meanwhile."""

    async def of_members(
        self, ids: Sequence[PersonId], request: PageRequest
    ) -> Page[ChannelPurchase]:
        """Those of members, the newest first."""


def purchase_id(channel: str, number: str) -> PurchaseId:
    """The id of a purchase: its channel and the channel's own number."""
    return PurchaseId(f"{channel}:{number}")


def nothing_yet(channel: str, number: str, at: datetime) -> ChannelPurchase:
    """A purchase of which nothing is known so far."""
    return ChannelPurchase(id=purchase_id(channel, number), channel=channel, number=number, at=at)


def with_purchase(
    before: ChannelPurchase, bought: Bought, owner: PersonId | None
) -> ChannelPurchase:
    """The purchase as it is told; told again, it is what it was.

    Conflict where it was told otherwise before: what changes later comes as a refund.
    """
    if before.bought is not None:
        if before.bought != bought:
            raise Conflict(
                f"{before.channel} {before.number} was told with other content before "
                f"({_difference(before.bought, bought)}); what comes back of it is told as a "
                "refund."
            )
        return before
    if before.refunded > bought.paid:
        raise Invalid(
            f"Refunds of {before.refunded} fen were told of {before.channel} {before.number}, more "
            f"than the {bought.paid} fen paid for it; put right what is wrong."
        )
    told = replace(before, at=bought.at, bought=bought, waits_for=bought.names)
    return matched(told, owner) if owner else told


def with_refund_told(before: ChannelPurchase, refund: ChannelRefund) -> ChannelPurchase:
    """The purchase after a refund; told again, it is what it was.

    Conflict where a refund of this number was told otherwise before.
    """
    known = next((one for one in before.refunds if one.number == refund.number), None)
    if known == refund:
        return before
    if known is not None:
        raise Conflict(
            f"Refund {refund.number} of {before.channel} {before.number} was told with other "
            f"content before ({_difference(known, refund)}); another one has a number of its own."
        )
    if len(before.refunds) >= MOST_REFUNDS:
        raise TooMany(f"A purchase has {MOST_REFUNDS} refunds at most.")
    after = replace(before, refunds=(*before.refunds, refund))
    if before.bought is not None and after.refunded > before.bought.paid:
        left = before.bought.paid - before.refunded
        raise Invalid(
            f"Of {before.channel} {before.number} {left} fen are left to be paid back, not "
            f"{refund.amount}."
        )
    return after


def matched(before: ChannelPurchase, owner: PersonId) -> ChannelPurchase:
    """The purchase as a member's."""
    return replace(before, member_id=owner, waits_for=())


def whose(bought: Bought, known: Mapping[IdentityId, Identity]) -> PersonId | None:
    """Whom the surest of the names belongs to; None where none of them is anybody's.

    Who got a number from somebody else did not buy what was bought before that.
    """
    for name in bought.names:
        identity = known.get(name)
        if identity is None or not identity.held:
            continue
        passed = identity.passed_at if identity.kind is IdentityKind.PHONE else None
        if passed is None or bought.at >= passed:
            return identity.member_id
    return None


def _difference(before: Bought | ChannelRefund, after: Bought | ChannelRefund) -> str:
    """In what they differ; names are not repeated, for they are whoever bought."""
    fields = ("at", "lines", "store_id", "guide_id", "names", "amount")
    return ", ".join(
        name.replace("_id", "")
        for name in fields
        if getattr(before, name, None) != getattr(after, name, None)
    )
