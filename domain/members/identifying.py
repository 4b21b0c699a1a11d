"""Who somebody is, by what WeChat tells of them: signing in, and proving a number."""

from collections.abc import Sequence

from domain.kernel.ids import PersonId
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, NotFound
from domain.members import member_facts
from domain.members.conflicts import ConflictKind, MemberConflict, conflict_id
from domain.members.identities import (
    BLOCKED,
    FREE,
    Identities,
    Identity,
    IdentityId,
    IdentityKind,
    Naming,
    PhoneVerdict,
    Proof,
    Side,
    handed_over,
    judged,
    may_be_one,
    require_unblocked,
    taken,
)
from domain.members.merges import Evidence
from domain.members.merging import ATTEMPTS, MemberPorts, merge, release, side_of
from domain.members.phones import spelled
from domain.people.accounts import Member, Members
from domain.people.act import Act
from domain.people.sessions import SignedIn, start
from domain.people.sign_in import WechatUser


async def sign_in_by_wechat(ports: MemberPorts, act: Act, code: str) -> SignedIn:
    """Sign in the consumer whom WeChat names for this code; the first time, they join.

    Somebody who joined through another of the brand's apps is known by their unionid.
    """
    user = await ports.people.wechat.user(code)
    for _ in range(ATTEMPTS):
        try:
            member = await _by_wechat(ports, act, user)
        except Conflict:
            continue
        return await start(ports.people, act, member)
    raise _busy()


async def sign_in_by_phone(
    ports: MemberPorts, act: Act, phone_code: str, login_code: str
) -> SignedIn:
    """Sign in whoever proves a number through WeChat, with the WeChat account they have.

    Raises Conflict where somebody else has the number and is about; then people decide.
    """
    user = await ports.people.wechat.user(login_code)
    naming = phone_naming(ports, await ports.people.phones.number(phone_code), ["phoneCode"])
    for _ in range(ATTEMPTS):
        try:
            member = await _by_phone(ports, act, naming, user)
        except Disputed:
            raise
        except Conflict:
            continue
        return await start(ports.people, act, member)
    raise _busy()


async def set_phone(ports: MemberPorts, act: Act, phone_code: str) -> str:
    """Note the number that WeChat tells for this code as the viewer's; the number."""
    act.viewer.require("member.set_phone")
    said = await ports.people.phones.number(phone_code)
    number, naming = spelled(said), phone_naming(ports, said, ["phoneCode"])
    for _ in range(ATTEMPTS):
        prover = await side_of(ports, act, act.viewer.id)
        if prover is None:
            raise NotFound("You are no member any more; sign in again.")
        try:
            await _settle_phone(ports, act, naming, prover, ())
        except Disputed:
            raise
        except Conflict:
            continue
        return number
    raise _busy()


async def block(ports: MemberPorts, act: Act, naming: Naming, reason: str) -> None:
    """Put a number or an id on the block list: it names nobody, and nobody can claim it."""
    act.viewer.require("member.keep")
    await _put(ports, act, naming, BLOCKED, "memberIdentityBlock", reason)


async def unblock(ports: MemberPorts, act: Act, naming: Naming) -> None:
    """Take a number or an id off the block list; it is nobody's until somebody proves it."""
    act.viewer.require("member.keep")
    await _put(ports, act, naming, FREE, "memberIdentityUnblock", "")


def phone_naming(ports: MemberPorts, text: str, field: Sequence[str]) -> Naming:
    """A number as what it names somebody by."""
    phone = spelled(text, field=field)
    return Naming(
        kind=IdentityKind.PHONE,
        value=ports.phones.digest(phone),
        sealed=ports.phones.seal(phone),
    )


async def claim(
    ports: MemberPorts, act: Act, naming: Naming, member_id: PersonId, proof: Proof
) -> Identity:
    """Make an identity a member's; Conflict where it is another's or somebody was faster."""
    before = (await ports.identities.by_ids([naming.id])).get(naming.id)
    after = taken(before, naming, member_id, proof, act.at)
    if after != before:
        await ports.identities.save(
            after,
            expected=before.version if before else 0,
            facts=[member_facts.claimed(after)],
        )
    return after


class Disputed(Conflict):
    """Two prove one number, and both are about."""


async def _by_wechat(ports: MemberPorts, act: Act, user: WechatUser) -> Member:
    names = _names_of(ports, user)
    found = await ports.identities.by_ids([one.id for one in names])
    sides = await _sides(ports, act, [found[one.id] for one in names if one.id in found])
    if len(sides) > 1:
        return await _two_accounts(ports, act, user, sides)
    side = sides[0] if sides else None
    member_id = side.member_id if side else PersonId(act.new_id("member"))
    await _claim_wechat(ports, act, user, member_id, side)
    return await _account(ports, act, member_id, user.openid, nobody=side is None)


async def _two_accounts(
    ports: MemberPorts, act: Act, user: WechatUser, sides: Sequence[Side]
) -> Member:
    """The member behind an openid that is one's and a unionid that is another's: one person.

    The unionid's account stays, for it is what the brand's other apps know.
    """
    by_openid, by_unionid = sides
    if not by_openid.has_account:
        [openid] = by_openid.identities
        after = handed_over(openid, by_unionid.member_id, Proof.WECHAT, act.at)
        await ports.identities.save(after, expected=openid.version)
    elif may_be_one(by_openid, by_unionid):
        await merge(ports, act, by_openid.member_id, by_unionid.member_id, Evidence.UNIONID)
    else:
        unionid = by_unionid.one(IdentityKind.UNIONID)
        assert unionid is not None, "it was found by that"
        await dispute(
            ports, act, ConflictKind.SAME_PERSON, unionid.id, by_unionid, by_openid.member_id
        )
    return await _account(ports, act, by_unionid.member_id, user.openid)


async def _by_phone(ports: MemberPorts, act: Act, naming: Naming, user: WechatUser) -> Member:
    names = _names_of(ports, user)
    found = await ports.identities.by_ids([naming.id, *(one.id for one in names)])
    require_unblocked(found.get(naming.id))
    known = any(one.id in found and found[one.id].held for one in names)
    prover: Side | None = None
    if known:
        member = await _by_wechat(ports, act, user)
        prover = await side_of(ports, act, member.id)
    namings = tuple(one.id for one in names)
    member_id = await _settle_phone(ports, act, naming, prover, namings)
    await _claim_wechat(ports, act, user, member_id, await side_of(ports, act, member_id))
    return await _account(ports, act, member_id, user.openid)


async def _settle_phone(
    ports: MemberPorts,
    act: Act,
    naming: Naming,
    prover: Side | None,
    namings: tuple[IdentityId, ...],
) -> PersonId:
    """Do what follows from somebody's proof of a number; whose it is then."""
    held = (await ports.identities.by_ids([naming.id])).get(naming.id)
    require_unblocked(held)
    holder = await _side(ports, act, held) if held and held.held else None
    prover_id = prover.member_id if prover else None
    verdict = judged(naming.id, holder, prover, act.at)
    if holder is None or verdict is PhoneVerdict.TAKE:
        member_id = prover_id or PersonId(act.new_id("member"))
        await _take_number(ports, act, naming, prover, member_id)
        return member_id
    assert held is not None, "somebody holds it"
    if verdict is PhoneVerdict.JOIN:
        await claim(ports, act, naming, held.member_id, Proof.WECHAT)
        return holder.member_id
    if verdict is PhoneVerdict.MERGE:
        assert prover_id is not None, "two are merged"
        await merge(ports, act, holder.member_id, prover_id, Evidence.WECHAT_PHONE)
        await claim(ports, act, naming, held.member_id, Proof.WECHAT)
        return prover_id
    if verdict is PhoneVerdict.DISPUTE:
        await dispute(
            ports, act, ConflictKind.NUMBER, naming.id, holder, prover_id, namings=namings
        )
        raise Disputed(
            "Another member has this number and was here lately. They can give it up, or the "
            "brand decides; until then sign in with memberSignIn.",
            field=["phoneCode"],
        )
    member_id = prover_id or PersonId(act.new_id("member"))
    await _give_up_numbers(ports, act, prover, naming.id)
    evidence = Evidence.SILENCE if holder.knows_wechat else Evidence.WECHAT_PHONE
    await release(ports, act, held, member_id, evidence)
    return member_id


async def _take_number(
    ports: MemberPorts, act: Act, naming: Naming, prover: Side | None, member_id: PersonId
) -> None:
    """Make a number a member's that is nobody's, or theirs already."""
    own = prover.one(IdentityKind.PHONE) if prover else None
    if prover is not None and any(one.id == naming.id for one in prover.identities):
        own = next(one for one in prover.identities if one.id == naming.id)
        await claim(ports, act, naming, own.member_id, Proof.WECHAT)
        return
    await _give_up_numbers(ports, act, prover, naming.id)
    await claim(ports, act, naming, member_id, Proof.WECHAT)


async def _give_up_numbers(
    ports: MemberPorts, act: Act, side: Side | None, but: IdentityId
) -> None:
    """Let go of the number that somebody had before the one that they prove now."""
    for one in side.identities if side else ():
        mine = side is not None and one.member_id == side.member_id
        if mine and one.kind is IdentityKind.PHONE and one.id != but:
            after = handed_over(one, FREE, Proof.WECHAT, act.at)
            await ports.identities.save(after, expected=one.version)


async def dispute(
    ports: MemberPorts,
    act: Act,
    kind: ConflictKind,
    identity_id: IdentityId,
    holder: Side,
    claimant: PersonId | None,
    *,
    namings: tuple[IdentityId, ...] = (),
) -> None:
    """Put a conflict in the queue; the same one is there once."""
    sides = (holder.member_id, claimant or "".join(namings))
    await ports.conflicts.open(
        MemberConflict(
            id=conflict_id(kind, identity_id, *sides),
            kind=kind,
            identity_id=identity_id,
            holder=holder.member_id,
            claimant=claimant,
            namings=namings,
            opened_at=act.at,
        )
    )


async def _claim_wechat(
    ports: MemberPorts, act: Act, user: WechatUser, member_id: PersonId, side: Side | None
) -> None:
    """Make what WeChat tells of somebody theirs; a second unionid of one member is left alone."""
    own = {one.id for one in side.identities} if side else set()
    unionid = side.one(IdentityKind.UNIONID) if side else None
    for naming in _names_of(ports, user):
        other = naming.kind is IdentityKind.UNIONID and unionid and unionid.id != naming.id
        if naming.id not in own and not other:
            await claim(ports, act, naming, member_id, Proof.WECHAT)


async def join(members: Members, identities: Identities, member: Member, *, nobody: bool) -> None:
    """Keep a new member, and say so, with what names them.

    What has just been claimed for them has been said of itself; it is all if they were `nobody`.
    """
    names = () if nobody else await identities.of_members([member.id])
    await members.join(member, member_facts.joined_as(member, names))


async def _account(
    ports: MemberPorts, act: Act, member_id: PersonId, openid: str, *, nobody: bool = False
) -> Member:
    """The account of whom an identity names; where a crash kept it from being made, it is now."""
    member = await ports.people.members.live(member_id)
    if member is None:
        new = Member(id=member_id, joined_at=act.at, openid=openid, seen_at=act.at)
        await join(ports.people.members, ports.identities, new, nobody=nobody)
        member = await ports.people.members.live(member_id)
        assert member is not None, "it has just joined"
    if member.openid != openid:
        await ports.people.members.note_seen(member.id, act.at, openid)
    return member


async def _sides(ports: MemberPorts, act: Act, identities: Sequence[Identity]) -> list[Side]:
    """Whom identities lead to, each once, in their order."""
    found: dict[PersonId, Side] = {}
    for one in identities:
        require_unblocked(one)
        if one.held:
            side = await _side(ports, act, one)
            found.setdefault(side.member_id, side)
    return list(found.values())


async def _side(ports: MemberPorts, act: Act, identity: Identity) -> Side:
    """Whom an identity leads to."""
    return await side_of(ports, act, identity.member_id) or Side(
        member_id=identity.member_id, identities=(identity,), seen_at=None, has_account=False
    )


def _names_of(ports: MemberPorts, user: WechatUser) -> list[Naming]:
    openid = Naming(kind=IdentityKind.OPENID, scope=ports.app_id, value=user.openid)
    if user.unionid is None:
        return [openid]
    return [openid, Naming(kind=IdentityKind.UNIONID, value=user.unionid)]


async def _put(
    ports: MemberPorts, act: Act, naming: Naming, to: PersonId, action: str, reason: str
) -> None:
    before = (await ports.identities.by_ids([naming.id])).get(naming.id)
    if before is None and to == FREE:
        return
    if before is None:
        after = Identity(
            id=naming.id,
            kind=naming.kind,
            scope=naming.scope,
            member_id=to,
            proof=Proof.STAFF,
            since=act.at,
            sealed=naming.sealed,
        )
    elif before.member_id == to or (to == FREE and before.held):
        return
    else:
        after = handed_over(before, to, Proof.STAFF, act.at)
    await ports.identities.save(after, expected=before.version if before else 0)
    subject = Subject(kind="member_identity", id=naming.id)
    values = {"member": before.member_id if before else ""}
    await ports.records.append(
        act.record(action, subject, before=values, after={"member": to, "reason": reason})
    )


def _busy() -> Conflict:
    return Conflict("This person is signing in on many devices at once; try again in a moment.")
