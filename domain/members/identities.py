"""What names a member: a phone, WeChat's ids, a code of the brand, an id of another channel.

An identity is one document whose id is what it says, so that claiming it is an insert, and two who
claim it at once can't both have it. Whoever holds it is one live member: its own, or the one that
this was merged into.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType, Protocol

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.kernel.refusals import Conflict, Forbidden

IdentityId = NewType("IdentityId", str)

# Nobody's: the number was given up, and whoever proves it next may have it.
FREE = PersonId("")
# Nobody's ever: a shop's own number, a number for tests.
BLOCKED = PersonId("blocked")
# Operators give a cancelled number to somebody else after so long.
SILENCE = timedelta(days=90)


class IdentityKind(StrEnum):
    """What kind of thing names somebody."""

    PHONE = "PHONE"
    UNIONID = "UNIONID"
    OPENID = "OPENID"
    EXTERNAL_USER = "EXTERNAL_USER"
    MEMBER_CODE = "MEMBER_CODE"
    CHANNEL = "CHANNEL"


# A member has one of these at most; of the others as many as there are.
SINGLE = frozenset({IdentityKind.PHONE, IdentityKind.UNIONID, IdentityKind.MEMBER_CODE})
WECHAT = frozenset({IdentityKind.UNIONID, IdentityKind.OPENID})


class Proof(StrEnum):
    """Why we believe that an identity is somebody's: only WeChat's word verifies it."""

    WECHAT = "WECHAT"
    STAFF = "STAFF"
    FEED = "FEED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What somebody is named by; `sealed` is a phone number that only we can read again.

    `scope` is the app of an openid, the company of an external user, the channel of its own id.
    """

    kind: IdentityKind
    scope: str = ""
    value: str
    sealed: str | None = None

    @property
    def id(self) -> IdentityId:
        """What it says, as the database holds it unique."""
        return IdentityId(f"{self.kind.lower()}:{self.scope}:{self.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A naming and whose it is, since when and by what proof.

    `sole` is the same for all that one member may have but one of; no two have the same. What it
    named before `passed_at`, when it last left somebody, was somebody else.
    """

    id: IdentityId
    kind: IdentityKind
    scope: str
    member_id: PersonId
    proof: Proof
    since: datetime
    verified_at: datetime | None = None
    sealed: str | None = None
    sole: str | None = None
    passed_at: datetime | None = None
    version: int = 1

    @property
    def held(self) -> bool:
        """Whether it leads to a member."""
        return self.member_id not in (FREE, BLOCKED)


class Identities(Protocol):
    """All identities, each there for good once it was claimed."""

    async def by_ids(self, ids: Collection[IdentityId]) -> Mapping[IdentityId, Identity]:
        """Those of the ids that there are."""

    async def of_members(self, ids: Collection[PersonId]) -> Sequence[Identity]:
        """What names these members, by id."""

    async def save(self, identity: Identity, *, expected: int, facts: Sequence[Fact] = ()) -> None:
        """Write one over its expected version, 0 for none, and what it says in the same write.

        Conflict where it has another version, or where the member has another of a single kind.
        """

    async def claim_new(self, identities: Sequence[Identity]) -> Collection[IdentityId]:
        """Write many that nobody has claimed yet; answer those that somebody has meanwhile.

        They say nothing: whoever joins by them says so.
        """


def taken(
    before: Identity | None, naming: Naming, member_id: PersonId, proof: Proof, at: datetime
) -> Identity:
    """An identity as a member's; Conflict where it is another's, Forbidden where it is blocked."""
    verified_at = at if proof is Proof.WECHAT else None
    after = Identity(
        id=naming.id,
        kind=naming.kind,
        scope=naming.scope,
        member_id=member_id,
        proof=proof,
        since=at,
        verified_at=verified_at,
        sealed=naming.sealed,
        sole=sole_of(naming.kind, member_id),
    )
    if before is None:
        return after
    require_unblocked(before)
    if before.member_id == member_id:
        if before.verified_at or not verified_at:
            return before
        return replace(before, verified_at=verified_at, proof=proof, version=before.version + 1)
    if before.held:
        raise Conflict(f"This {naming.kind.lower()} is another member's.")
    return replace(after, passed_at=before.passed_at, version=before.version + 1)


def handed_over(identity: Identity, member_id: PersonId, proof: Proof, at: datetime) -> Identity:
    """An identity as another member's, or nobody's."""
    held = member_id not in (FREE, BLOCKED)
    return replace(
        identity,
        member_id=member_id,
        proof=proof,
        since=at,
        verified_at=at if held and proof is Proof.WECHAT else None,
        sole=sole_of(identity.kind, member_id) if held else None,
        passed_at=at if identity.held else identity.passed_at,
        version=identity.version + 1,
    )


def require_unblocked(identity: Identity | None) -> None:
    """Refuse what is on the block list."""
    if identity is not None and identity.member_id == BLOCKED:
        raise Forbidden("This number or id is a shop's or a test's own and names no member.")


def sole_of(kind: IdentityKind, member_id: PersonId) -> str | None:
    """What only one identity of a member has, if its kind is single."""
    return f"{member_id}:{kind.lower()}" if kind in SINGLE else None


class PhoneVerdict(StrEnum):
    """What to do where somebody proves, through WeChat, that a number is theirs."""

    TAKE = "TAKE"
    JOIN = "JOIN"
    MERGE = "MERGE"
    RELEASE = "RELEASE"
    DISPUTE = "DISPUTE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two who claim the same, as the rules look at them; `seen_at` is their last sign-in.

    Somebody whose joining a crash has cut short has no account: nothing is theirs but a name.
    """

    member_id: PersonId
    identities: tuple[Identity, ...]
    seen_at: datetime | None
    has_account: bool = True

    def one(self, kind: IdentityKind) -> Identity | None:
        """Their identity of a kind, if they have one."""
        return next((one for one in self.identities if one.kind is kind), None)

    @property
    def knows_wechat(self) -> bool:
        """Whether some WeChat account is theirs."""
        return any(one.kind in WECHAT for one in self.identities)

    def silent(self, now: datetime) -> bool:
        """Whether their number may have been given to somebody else meanwhile."""
        return self.seen_at is None or now - self.seen_at >= SILENCE


def judged(
    phone: IdentityId, holder: Side | None, prover: Side | None, now: datetime
) -> PhoneVerdict:
    """Who gets a number that somebody proves; `prover` is None for somebody who is new to us.

    A holder without any WeChat account was brought by a till or a file: the number is the proof
    that they are the one who proves it. A holder with a WeChat account is another person, unless it
    is the prover's own; they keep the number while they are about, and staff decide.
    """
    if holder is None or (prover is not None and holder.member_id == prover.member_id):
        return PhoneVerdict.TAKE
    if holder.knows_wechat:
        return PhoneVerdict.RELEASE if holder.silent(now) else PhoneVerdict.DISPUTE
    if prover is None:
        return PhoneVerdict.JOIN
    if not holder.has_account:
        return PhoneVerdict.RELEASE
    other = prover.one(IdentityKind.PHONE)
    if other is None or other.id == phone:
        return PhoneVerdict.MERGE
    held = holder.one(IdentityKind.PHONE)
    return PhoneVerdict.DISPUTE if held and held.verified_at else PhoneVerdict.RELEASE


def may_be_one(one: Side, other: Side) -> bool:
    """Whether nothing says that two are different people: a phone or a unionid of each own."""
    for kind in (IdentityKind.PHONE, IdentityKind.UNIONID):
        ours, theirs = one.one(kind), other.one(kind)
        if ours and theirs and ours.id != theirs.id and (ours.verified_at and theirs.verified_at):
            return False
    return True
