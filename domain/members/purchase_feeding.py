"""Purchases and refunds that tills and other shops tell of, again and again: each counts once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.kernel.codes import plain_id
from domain.kernel.facts import Fact
from domain.kernel.lines import read_line
from domain.kernel.moments import CLOCK_SKEW, read_moment
from domain.kernel.money import Fen
from domain.kernel.refusals import Conflict, Invalid, NotFound, Overtaken, Refusal, TooMany
from domain.kernel.versions import risen
from domain.kernel.within import Within
from domain.members.channel_purchases import (
    Bought,
    ChannelPurchase,
    ChannelRefund,
    PurchaseId,
    PurchaseLine,
    nothing_yet,
    purchase_id,
    with_purchase,
    with_refund_told,
)
from domain.members.feeding import LONGEST_VALUE, read_channel
from domain.members.identities import IdentityId, IdentityKind, Naming
from domain.members.phones import spelled
from domain.members.purchase_facts import of_purchase
from domain.members.purchase_matching import (
    ATTEMPTS,
    ChannelPurchasePorts,
    match_waiting,
    matches_of,
)
from domain.network.stores import StoreId
from domain.people.accounts import GuideId
from domain.people.act import Act

MOST_AT_ONCE = 500
MOST_LINES = 200
LONGEST_NUMBER = 64
QUANTITY = Within(0, 1_000_000)
PAID_FEN = Within(0, 2**31 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPurchase:
    """A purchase, or with a `refund_number` what was paid back of it, as a channel writes it.

    Who bought is told by any of the last three.
    """

    number: str
    at: datetime
    lines: tuple[PurchaseLine, ...]
    refund_number: str | None = None
    store_id: str | None = None
    guide_id: str | None = None
    phone: str | None = None
    member_code: str | None = None
    channel_member_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is told of one purchase, checked."""

    channel: str
    number: str
    what: Bought | ChannelRefund

    @property
    def id(self) -> PurchaseId:
        """The purchase's id."""
        return purchase_id(self.channel, self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPurchase:
    """What became of one that was told: whether it was new, whose it is, or why it is refused."""

    number: str
    refund_number: str | None
    is_new: bool = False
    is_matched: bool = False
    refusal: Refusal | None = None


async def feed_purchases(
    ports: ChannelPurchasePorts, act: Act, channel: str, told: Sequence[ToldPurchase]
) -> list[TakenPurchase]:
    """Take in purchases and refunds of a channel; told again they change nothing.

    A bad one costs itself. A refund may come before its purchase, and counts once that is told.
    """
    act.viewer.require("purchase.feed", channel=channel)
    if len(told) > MOST_AT_ONCE:
        raise TooMany(f"Send at most {MOST_AT_ONCE} at once.", field=["purchases"])
    name = read_channel(channel, ["channel"])
    guides = await known_guides(ports, act, told)
    taken: list[TakenPurchase] = [
        TakenPurchase(number=one.number, refund_number=one.refund_number) for one in told
    ]
    tellings: dict[int, Telling] = {}
    for place, one in enumerate(told):
        try:
            tellings[place] = read_telling(ports, act, name, one, guides)
        except Refusal as refusal:
            taken[place] = replace(taken[place], refusal=refusal)
    after = await _written(ports, act, tellings, taken)
    await match_waiting(ports, act, list(after.values()))
    return taken


async def _written(
    ports: ChannelPurchasePorts,
    act: Act,
    tellings: Mapping[int, Telling],
    taken: list[TakenPurchase],
) -> Mapping[PurchaseId, ChannelPurchase]:
    """Write what is told, and note in `taken` what became of each; the purchases as they are."""
    left, all_after = dict(tellings), dict[PurchaseId, ChannelPurchase]()
    for _ in range(ATTEMPTS):
        laid = await lay_over(ports, act, list(left.values()))
        for place, (is_new, refusal) in zip(left, laid.outcomes, strict=True):
            one = laid.after.get(left[place].id)
            is_matched = one is not None and one.member_id is not None
            taken[place] = replace(
                taken[place],
                is_new=is_new,
                is_matched=is_matched and refusal is None,
                refusal=refusal,
            )
        changed = laid.changed()
        all_after |= {**laid.before, **changed}
        try:
            await save_purchases(ports, act, laid.before, changed)
        except Overtaken as fault:
            left = {place: one for place, one in left.items() if one.id in fault.ids}
            continue
        return all_after
    raise Conflict("Others tell of these purchases just now; send them again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What is told laid over what is known; `outcomes` say if each is new, or why it is refused."""

    before: Mapping[PurchaseId, ChannelPurchase]
    after: Mapping[PurchaseId, ChannelPurchase]
    outcomes: Sequence[tuple[bool, Refusal | None]]

    def changed(self) -> dict[PurchaseId, ChannelPurchase]:
        """Those of which something is new, to be written over what they were."""
        return {key: risen(one) for key, one in self.after.items() if one != self.before.get(key)}


async def lay_over(ports: ChannelPurchasePorts, act: Act, tellings: Sequence[Telling]) -> Laid:
    """What purchases become by what is told of them, in its order; a bad one costs itself."""
    before = await ports.purchases.by_ids({one.id for one in tellings})
    matches = await matches_of(
        ports, act, {one.what for one in tellings if isinstance(one.what, Bought)}
    )
    after = dict(before)
    outcomes: list[tuple[bool, Refusal | None]] = []
    for one in tellings:
        found = after.get(one.id) or nothing_yet(one.channel, one.number, one.what.at)
        try:
            if isinstance(one.what, Bought):
                changed = with_purchase(found, one.what, matches.get(one.what))
            else:
                changed = with_refund_told(found, one.what)
        except Refusal as refusal:
            outcomes.append((False, refusal))
        else:
            outcomes.append((changed != found, None))
            after[one.id] = changed
    return Laid(before=before, after=after, outcomes=outcomes)


async def save_purchases(
    ports: ChannelPurchasePorts,
    act: Act,
    before: Mapping[PurchaseId, ChannelPurchase],
    changed: Mapping[PurchaseId, ChannelPurchase],
) -> None:
    """Write purchases over what they were, saying what is new; see `ChannelPurchases.save_all`."""
    facts: dict[str, Sequence[Fact]] = {
        key: of_purchase(before.get(key), one) for key, one in changed.items()
    }
    if changed:
        await ports.purchases.save_all(list(changed.values()), facts)


async def known_guides(
    ports: ChannelPurchasePorts, act: Act, told: Sequence[ToldPurchase]
) -> frozenset[str]:
    """Those of the guides named who are known."""
    ids = sorted({GuideId(plain_id(one.guide_id)) for one in told if one.guide_id})
    return frozenset(await ports.guides.by_ids(ids)) if ids else frozenset()


def read_telling(
    ports: ChannelPurchasePorts,
    act: Act,
    channel: str,
    told: ToldPurchase,
    guides: frozenset[str],
) -> Telling:
    """What a channel tells, checked; refused by the field that is wrong."""
    number = read_number(told.number)
    at = read_moment(told.at, ["at"])
    if at > act.at + CLOCK_SKEW:
        raise Invalid("this is still to come; look at the till's clock.", field=["at"])
    if not 1 <= len(told.lines) <= MOST_LINES:
        raise Invalid(f"write 1 to {MOST_LINES} lines.", field=["lines"])
    lines = tuple(_read_line_of(one) for one in told.lines)
    if told.refund_number is not None:
        refund = ChannelRefund(
            number=_line(told.refund_number, "refundNumber", LONGEST_NUMBER),
            at=at,
            amount=Fen(sum(one.paid for one in lines)),
            lines=lines,
        )
        if not refund.amount:
            raise Invalid("a refund pays something back.", field=["lines", "paidFen"])
        return Telling(channel=channel, number=number, what=refund)
    store_id = plain_id(told.store_id) if told.store_id else None
    if store_id and StoreId(store_id) not in ports.directory.directory().stores:
        raise NotFound(f"there is no store {store_id}; look its id up.", field=["storeId"])
    guide_id = plain_id(told.guide_id) if told.guide_id else None
    if guide_id and guide_id not in guides:
        raise NotFound(f"there is no guide {guide_id}; look the id up.", field=["guideId"])
    bought = Bought(
        at=at,
        lines=lines,
        store_id=store_id,
        guide_id=guide_id,
        names=_names(ports, channel, told),
    )
    return Telling(channel=channel, number=number, what=bought)


def read_number(text: str) -> str:
    """A channel's own number of a purchase, as it is kept."""
    return _line(text, "number", LONGEST_NUMBER)


def _names(ports: ChannelPurchasePorts, channel: str, told: ToldPurchase) -> tuple[IdentityId, ...]:
    """What names who bought, the surest first."""
    names: list[Naming] = []
    if told.channel_member_id:
        value = _value(told.channel_member_id, "channelMemberId")
        names.append(Naming(kind=IdentityKind.CHANNEL, scope=channel, value=value))
    if told.member_code:
        value = _value(told.member_code, "memberCode")
        names.append(Naming(kind=IdentityKind.MEMBER_CODE, value=value))
    if told.phone:
        value = ports.phones.digest(spelled(told.phone, field=["phone"]))
        names.append(Naming(kind=IdentityKind.PHONE, value=value))
    return tuple(one.id for one in names)


def _read_line_of(line: PurchaseLine) -> PurchaseLine:
    QUANTITY.read(line.quantity, ["lines", "quantity"])
    PAID_FEN.read(line.paid, ["lines", "paidFen"])
    return replace(line, sku=_line(line.sku, "sku", LONGEST_NUMBER))


def _value(text: str, name: str) -> str:
    return read_line(text, most=LONGEST_VALUE, least=1, field=[name])


def _line(text: str, name: str, most: int) -> str:
    return read_line(plain_id(text), most=most, least=1, field=[name])
