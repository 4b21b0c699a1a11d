"""Rewarding referrals: they follow the friend's first purchase, and the clock gives what is due.

What both are to have is written down first and given after that, each part once by an id that the
referral makes, so that it is given once, however often that is begun. A refund waits for nothing:
before it, nothing is given any more; after it, what was given is taken back.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from domain.audiences.trait_ports import Traits
from domain.kernel.apply_once import Ledger, Posting, State, apply_once, finish_open
from domain.kernel.days import beijing_day, month_of
from domain.kernel.each import each
from domain.kernel.facts import Batch, Fact
from domain.kernel.ids import PersonId
from domain.kernel.money import Fen
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.states import SYSTEM, Cause
from domain.people.accounts import Members
from domain.people.act import Act
from domain.people.limits import Tallies
from domain.promotions.bounds import open_bound, taking
from domain.promotions.claiming import CouponPorts, WantedCopy, brought, coming_by, take_back
from domain.promotions.coupons import MemberCoupon
from domain.promotions.offers import ClaimWay
from domain.promotions.referrals import (
    BURST,
    NEW_FOR,
    Doubt,
    Flag,
    Households,
    Referral,
    Referrals,
    ReferralState,
    Reward,
    bought,
    flagged,
    most_in_a_burst,
    refunded,
    reversed_after,
    rewarded,
    rewarding,
    sent,
    void,
)
from domain.wallets.earning import EARNING_FACTS, EARNS, GONE, TAKES_BACK, of_a_member
from domain.wallets.movements import MovementKind, WalletMovement
from domain.wallets.ports import WalletPorts
from domain.wallets.wallets import NO_EFFECT, Unit, wallet_id

REFERRAL_FACTS = EARNING_FACTS
REWARDED = "rewarded"
INVITER, FRIEND = "inviter", "friend"
MOST_AT_ONCE = 200
NO_REWARD = (
    "They are one person, have invited each other, or the friend had accepted another invitation."
)
WAITING = frozenset({ReferralState.BOUGHT, ReferralState.FLAGGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralPorts(Ports):
    """Referrals and who their members are, what both are given, and how many an inviter had."""

    referrals: Referrals
    members: Members
    traits: Traits
    households: Households
    wallets: WalletPorts
    coupons: CouponPorts
    months: Ledger[Posting]
    records: Records
    tallies: Tallies
    new_code: Callable[[], str]


async def follow_first_purchases(ports: ReferralPorts, act: Act, batch: Batch) -> None:
    """Let referrals follow what their friends pay, get, and are paid back, in whatever channel.

    A first purchase in another channel is heard when it is found to be the friend's: its goods have
    gone with the payment, and what was paid back of it by then is no part of it.
    """
    paid = [one for one in batch.facts if one.kind in EARNS and of_a_member(one)]
    buyers = sorted({PersonId(one.data["buyerId"]) for one in paid})
    accounts = await ports.members.by_ids(buyers)
    # Who was merged into a buyer may have accepted: then it is the friend who buys.
    theirs = {one: accounts[one].ids if one in accounts else (one,) for one in buyers}
    known = dict(await ports.referrals.by_ids({one for ids in theirs.values() for one in ids}))
    for fact in paid:
        friend = _first(known, theirs[PersonId(fact.data["buyerId"])])
        if friend is not None and _counts(friend, fact):
            after = bought(friend, fact.data["orderId"], _left(fact), _cause(fact))
            await ports.referrals.save(after, expected=friend.version)
            known[friend.id] = after
    later = [one for one in batch.facts if one.kind in GONE | TAKES_BACK]
    orders = dict(await ports.referrals.of_orders({one.data["orderId"] for one in later}))
    for fact in later:
        if referral := orders.get(fact.data["orderId"]):
            after = await _followed(ports, act, referral, fact)
            orders[referral.order_id] = after


async def _followed(ports: ReferralPorts, act: Act, referral: Referral, fact: Fact) -> Referral:
    """A referral after goods of its purchase were sent, or some of it was paid back."""
    if fact.kind in GONE:
        after = sent(referral, fact.at)
        if after != referral:
            await ports.referrals.save(after, expected=referral.version)
        return after
    left = _left(fact)
    if referral.state is ReferralState.REWARDING:
        referral = await deliver(ports, act, referral)
    if referral.state in WAITING and left < referral.paid:
        after = refunded(referral, left, _cause(fact))
        await ports.referrals.save(after, expected=referral.version)
        return after
    if referral.state is ReferralState.REWARDED and left < referral.terms.paid:
        for reward in referral.rewards:
            await _take_back(ports, act, referral, reward)
        after = reversed_after(referral, left, _cause(fact))
        await ports.referrals.save(after, expected=referral.version)
        return after
    return referral


async def tend_referrals(ports: ReferralPorts, act: Act) -> int:
    """Reward what is due, or have it looked at; tell of how many."""
    await finish_open(ports.months, act.at)
    due = await ports.referrals.due(act.at, MOST_AT_ONCE)
    return await each(due, partial(_tend, ports, act))


async def _tend(ports: ReferralPorts, act: Act, referral: Referral) -> None:
    if referral.state is ReferralState.BOUGHT:
        referral = await _judged(ports, act, referral)
    if referral.state is ReferralState.REWARDING:
        await deliver(ports, act, referral)


async def _judged(ports: ReferralPorts, act: Act, referral: Referral) -> Referral:
    """A referral that nothing comes back of: void, to be looked at, or to be rewarded."""
    payer = await ports.households.payer_of(referral.order_id)
    referral = replace(referral, payer=payer)
    rewards = await due_rewards(ports.members, ports.referrals, referral)
    if rewards is None:
        after = void(referral, act.cause(NO_REWARD))
    elif flags := await _doubts(ports, act, referral, rewards):
        after = flagged(referral, flags, act.cause())
    else:
        after = rewarding(referral, rewards, act.cause())
    await ports.referrals.save(after, expected=referral.version)
    return after


async def due_rewards(
    members: Members, referrals: Referrals, referral: Referral
) -> Sequence[Reward] | None:
    """What both are to have by the terms that were accepted.

    None where they are one person, have invited each other, or the friend had accepted another
    invitation before, as another member who was merged into them or they into that one.
    """
    inviter = await members.live(referral.inviter_id)
    friend = await members.live(referral.id)
    if inviter is None or friend is None or inviter.id == friend.id:
        return None
    known = await referrals.by_ids({*inviter.ids, *friend.ids})
    if any(known[one].inviter_id in friend.ids for one in inviter.ids if one in known):
        return None
    if (first := _first(known, friend.ids)) and first.id != referral.id:
        return None
    terms = referral.terms
    return [
        Reward(side=INVITER, member_id=inviter.id, points=terms.inviter.points),
        Reward(side=FRIEND, member_id=friend.id, points=terms.friend.points),
    ]


def _first(known: Mapping[PersonId, Referral], ids: Collection[PersonId]) -> Referral | None:
    """The first invitation that somebody has accepted, by any of their ids."""
    theirs = [known[one] for one in ids if one in known]
    return min(theirs, key=lambda one: (one.accepted_at, one.id), default=None)


async def _doubts(
    ports: ReferralPorts, act: Act, referral: Referral, rewards: Sequence[Reward]
) -> Sequence[Flag]:
    """Why somebody has to look at a referral first; what is beyond doubt counts as had."""
    inviter, friend = (one.member_id for one in rewards)
    found = [*await _looks(ports, referral, inviter, friend)]
    if not found and not await _within_cap(ports, act, referral, inviter):
        most = referral.terms.per_month
        found.append(Flag(doubt=Doubt.CAP, seen=f"{most} friends of the inviter's this month"))
    return found


async def _looks(
    ports: ReferralPorts, referral: Referral, inviter: PersonId, friend: PersonId
) -> Sequence[Flag]:
    found = []
    at, most = referral.accepted_at, referral.terms.an_hour
    theirs = await _ids_of(ports, friend)
    accounts = (await ports.members.by_ids(theirs)).values()
    joined_at = min((one.joined_at for one in accounts), default=at)
    if at - joined_at > NEW_FOR:
        joined = f"a member since {beijing_day(joined_at)}"
        found.append(Flag(doubt=Doubt.KNOWN, seen=joined))
    if shared := await ports.households.shared(await _ids_of(ports, inviter), theirs):
        found.append(Flag(doubt=Doubt.HOUSEHOLD, seen=shared))
    found += [*await _one_account(ports, referral, inviter), *await _one_device(ports, referral)]
    around = await ports.referrals.accepted_between(referral.inviter_id, at - BURST, at + BURST)
    if (together := most_in_a_burst(around, at)) > most:
        seen = f"{together} friends accepted within an hour, more than {most}"
        found.append(Flag(doubt=Doubt.BURST, seen=seen))
    return found


async def _ids_of(ports: ReferralPorts, id: PersonId) -> Sequence[PersonId]:
    """All ids of a member who leads to nobody."""
    member = await ports.members.live(id)
    return member.ids if member else (id,)


async def _one_account(
    ports: ReferralPorts, referral: Referral, inviter: PersonId
) -> Sequence[Flag]:
    """That the friend's purchase was paid by the inviter, or by who paid for others they invited.

    Whoever is judged first of those has nobody to be like yet.
    """
    if not referral.payer:
        return []
    known = await ports.members.live(inviter)
    if known is not None and known.openid == referral.payer:
        return [Flag(doubt=Doubt.PAYER, seen="the inviter's WeChat account paid the purchase")]
    if others := await ports.referrals.others_by(referral, "payer", referral.payer):
        seen = f"one WeChat account paid for {others + 1} friends of the inviter's"
        return [Flag(doubt=Doubt.PAYER, seen=seen)]
    return []


async def _one_device(ports: ReferralPorts, referral: Referral) -> Sequence[Flag]:
    if not referral.device:
        return []
    if await ports.referrals.invites_on(referral.inviter_id, referral.device):
        return [Flag(doubt=Doubt.DEVICE, seen="they accepted on a device of the inviter's")]
    if others := await ports.referrals.others_by(referral, "device", referral.device):
        seen = f"{others + 1} friends of the inviter's accepted on one device"
        return [Flag(doubt=Doubt.DEVICE, seen=seen)]
    return []


async def _within_cap(
    ports: ReferralPorts, act: Act, referral: Referral, inviter: PersonId
) -> bool:
    """Count one more friend of an inviter's month, each once; False where the month is full."""
    target = f"{inviter}:{month_of(act.at)}"
    await open_bound(ports.months, target, act.at, REWARDED)
    one_more = taking(
        f"referral:{referral.id}",
        target,
        act.at,
        {REWARDED: 1},
        {REWARDED: referral.terms.per_month},
    )
    [entry] = await apply_once(ports.months, [one_more])
    return entry.state is State.APPLIED


async def deliver(ports: ReferralPorts, act: Act, referral: Referral) -> Referral:
    """Give both what was written down, each part once; a coupon that is gone is not given."""
    rewards = [await _given(ports, act, referral, one) for one in referral.rewards]
    after = rewarded(referral, rewards, act.cause())
    await ports.referrals.save(after, expected=referral.version)
    return after


async def _given(ports: ReferralPorts, act: Act, referral: Referral, reward: Reward) -> Reward:
    if reward.points:
        await apply_once(ports.wallets.ledger, [_grant(ports, act, referral, reward)])
    side = referral.terms.inviter if reward.side == INVITER else referral.terms.friend
    for rule in coming_by(ports.coupons, act, ClaimWay.REFERRAL):
        if rule.id == side.coupon:
            key = f"referral:{referral.id}"
            wanted = WantedCopy(rule=rule, member_id=reward.member_id, key=key)
            copy = await brought(ports.coupons, act, wanted, since=act.at)
            if isinstance(copy, MemberCoupon):
                return replace(reward, coupon=copy.id)
    return reward


def _grant(ports: ReferralPorts, act: Act, referral: Referral, reward: Reward) -> WalletMovement:
    rule = ports.wallets.rules.now()
    return WalletMovement(
        id=_grant_id(referral, reward),
        target=wallet_id(Unit.POINTS, reward.member_id),
        kind=MovementKind.GRANT,
        at=act.at,
        units=reward.points,
        month=month_of(act.at, rule.terms.months - 1),
        rule=rule.version,
        reason="referral",
    )


async def _take_back(ports: ReferralPorts, act: Act, referral: Referral, reward: Reward) -> None:
    """Take points back, as a debt where they are spent, and a coupon that waits for its use."""
    entries = await ports.wallets.ledger.entries([_grant_id(referral, reward)])
    back = [
        replace(
            entry.movement,
            id=f"back:{entry.movement.id}",
            kind=MovementKind.CLAW_BACK,
            at=act.at,
            effect=NO_EFFECT,
        )
        for entry in entries.values()
    ]
    await apply_once(ports.wallets.ledger, back)
    if reward.coupon is not None:
        await take_back(ports.coupons, act, reward.coupon)


def _grant_id(referral: Referral, reward: Reward) -> str:
    return f"referral:{referral.id}:{reward.side}"


def _counts(friend: Referral, fact: Fact) -> bool:
    """Whether a purchase is the first one, or shows that there was one before they accepted."""
    known_late = friend.state in WAITING and fact.at < friend.accepted_at
    return friend.state is ReferralState.JOINED or known_late


def _left(fact: Fact) -> Fen:
    return Fen(fact.data["paidFen"] - fact.data["refundedFen"])


def _cause(fact: Fact) -> Cause:
    return Cause(actor=SYSTEM, at=fact.at, reason=fact.data["reason"])
