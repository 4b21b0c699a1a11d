"""Inviting: a member's own code, a friend who accepts it, and what head office says and decides."""

from dataclasses import replace

from domain.kernel.ids import PersonId
from domain.kernel.lines import read_line
from domain.kernel.paging import Page, PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, WrongState
from domain.kernel.sealing import digest_of
from domain.people.act import Act
from domain.people.guesses import count_guess
from domain.promotions.claiming import coming_by
from domain.promotions.offers import ClaimWay
from domain.promotions.referrals import (
    NEW_FOR,
    Referral,
    ReferralState,
    ReferralTerms,
    accepted,
    rewarding,
    void,
)
from domain.promotions.rewarding import NO_REWARD, ReferralPorts, deliver, due_rewards

LONGEST_COMMENT = 500
LONGEST_DEVICE = 200


async def referral_terms(ports: ReferralPorts, act: Act) -> ReferralTerms:
    """What both have of a referral now, for everybody."""
    act.viewer.require("referral_terms.see")
    return await ports.referrals.terms()


async def set_referral_terms(
    ports: ReferralPorts, act: Act, terms: ReferralTerms, *, expected: int
) -> ReferralTerms:
    """Let other terms hold for whoever accepts from now on."""
    act.viewer.require("referral_terms.set")
    known = {one.id for one in coming_by(ports.coupons, act, ClaimWay.REFERRAL)}
    for name, side in (("inviter", terms.inviter), ("friend", terms.friend)):
        if side.coupon is not None and side.coupon not in known:
            raise NotFound(
                f"No coupon {side.coupon} whose way is REFERRAL is let out now.",
                field=["input", name, "coupon"],
            )
        if not side.points and side.coupon is None:
            raise Invalid(
                "say what this side has: points, a coupon or both.", field=["input", name]
            )
    before = await ports.referrals.terms()
    after = replace(terms, version=expected + 1)
    await ports.referrals.set_terms(after, expected=expected)
    values = [{"terms": str(one)} for one in (before, after)]
    subject = Subject(kind="referral_terms", id=after.id)
    record = act.record("referralTermsSet", subject, before=values[0], after=values[1])
    await ports.records.append(record)
    return after


async def invitation_code(ports: ReferralPorts, act: Act, *, device: str | None) -> str:
    """The viewer's code, which stays theirs."""
    act.viewer.require("referral.invite")
    return await ports.referrals.code_of(act.viewer.id, ports.new_code(), _device(device))


async def own_referrals(ports: ReferralPorts, act: Act, request: PageRequest) -> Page[Referral]:
    """The referrals of whom the viewer has invited, the last accepted first."""
    act.viewer.require("referral.invite")
    return await ports.referrals.of_inviter(act.viewer.ids, request)


async def accept(ports: ReferralPorts, act: Act, code: str, *, device: str | None) -> Referral:
    """Accept an invitation as somebody new; the first one stays, and the same again is the same."""
    act.viewer.require("referral.accept")
    own_device = _device(device)
    guess = await count_guess(ports.tallies, act)
    inviter = await ports.referrals.inviter_of(code)
    if inviter is None:
        raise NotFound("There is no such invitation; ask who sent it for the code.", field=["code"])
    await ports.tallies.give_back(guess)
    viewer, own = act.viewer.id, act.viewer.ids
    sender = await ports.members.live(inviter)
    senders = sender.ids if sender else ()
    known = await ports.referrals.by_ids({*own, *senders})
    if accepted_before := [known[one] for one in own if one in known]:
        return _same(accepted_before[0], inviter)
    terms = await ports.referrals.terms()
    if not terms.version:
        raise NotFound("Nobody is invited just now.", field=["code"])
    if sender is None or not set(own).isdisjoint(senders):
        raise Forbidden("This invitation is your own; nobody invites themselves.", field=["code"])
    if any(known[one].inviter_id in own for one in senders if one in known):
        raise Forbidden(
            "You have invited who sent this; one of two invites the other.", field=["code"]
        )
    await _require_new(ports, act)
    new = accepted(viewer, inviter, terms, act.cause(), device=own_device)
    try:
        await ports.referrals.save(new, expected=0)
    except Conflict:
        return _same((await ports.referrals.by_ids({viewer}))[viewer], inviter)
    return new


async def waiting_referrals(
    ports: ReferralPorts, act: Act, state: ReferralState, request: PageRequest
) -> Page[Referral]:
    """The referrals in a state, the last accepted first, for head office."""
    act.viewer.require("referral.see")
    return await ports.referrals.in_state(state, request)


async def decide(
    ports: ReferralPorts, act: Act, id: str, *, reward: bool, comment: str
) -> Referral:
    """Reward a referral that was flagged, or don't, and say why."""
    act.viewer.require("referral.decide")
    cause = act.cause(read_line(comment, most=LONGEST_COMMENT, least=1, field=["comment"]))
    before = (await ports.referrals.by_ids({PersonId(id)})).get(PersonId(id))
    if before is None:
        raise NotFound("There is no referral of this id; look at those that wait.", field=["id"])
    if before.state is not ReferralState.FLAGGED:
        raise WrongState(f"This referral is {before.state}; only flagged ones wait for you.")
    rewards = await due_rewards(ports.members, ports.referrals, before) if reward else None
    if reward and rewards is None:
        raise WrongState(f"{NO_REWARD} Don't reward this.")
    after = rewarding(before, rewards, cause) if rewards else void(before, cause)
    await ports.referrals.save(after, expected=before.version)
    record = act.record(
        "referralDecide",
        Subject(kind="referral", id=id),
        before={"state": before.state.value},
        after={"state": after.state.value, "comment": cause.reason},
    )
    await ports.records.append(record)
    return await deliver(ports, act, after) if rewards else after


def _device(told: str | None) -> str:
    """What is kept of the id of a device; "" where none was told."""
    if told is None:
        return ""
    return digest_of(read_line(told, most=LONGEST_DEVICE, least=1, field=["device"]))


def _same(known: Referral, inviter: PersonId) -> Referral:
    if known.inviter_id != inviter:
        raise Conflict(
            "You have accepted another invitation; the first one counts.", field=["code"]
        )
    return known


async def _require_new(ports: ReferralPorts, act: Act) -> None:
    """Refuse whoever was a member, or a buyer, by any of their ids, without having been invited."""
    members = (await ports.members.by_ids(act.viewer.ids)).values()
    traits = (await ports.traits.by_ids({act.viewer.id})).get(act.viewer.id)
    spent = traits and (traits.last_paid_at or any(one.last_paid_at for one in traits.brought))
    old = any(act.at - one.joined_at > NEW_FOR for one in members)
    if not members or spent or old:
        raise Forbidden("Invitations are for who is new; you are a member already.", field=["code"])
