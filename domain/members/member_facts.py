"""What is said of members: that somebody joined, what names them, that two turned out to be one."""

from collections.abc import Iterable, Iterator

from domain.kernel.facts import Fact, FactId, FactKind
from domain.kernel.ids import PersonId
from domain.members.identities import Identity
from domain.members.merges import Merge
from domain.people.accounts import Member

MEMBER_JOINED = FactKind("member.joined")
MEMBER_MERGED = FactKind("member.merged")
MEMBER_UNMERGED = FactKind("member.unmerged")
IDENTITY_CLAIMED = FactKind("identity.claimed")


def joined(member: Member) -> Fact:
    """That somebody is new to the brand."""
    return Fact(
        id=FactId(f"member:{member.id}:joined"),
        subject=f"member:{member.id}",
        kind=MEMBER_JOINED,
        at=member.joined_at,
        data={"member": member.id, "channel": member.channel, "store": member.store_id},
    )


def joined_as(member: Member, names: Iterable[Identity]) -> list[Fact]:
    """That somebody is new, and by what names; said of those that were claimed before they were."""
    return [joined(member), *map(claimed, names)]


def merged(merge: Merge) -> Fact:
    """That a member leads to another from here on; said of the one that does."""
    return Fact(
        id=FactId(f"member:{merge.loser}:merged:{merge.id}"),
        subject=f"member:{merge.loser}",
        kind=MEMBER_MERGED,
        at=merge.at,
        data=_of(merge),
    )


def unmerged(merge: Merge) -> Fact:
    """That they are two again."""
    assert merge.undone is not None, "said when it is undone"
    return Fact(
        id=FactId(f"member:{merge.loser}:unmerged:{merge.id}"),
        subject=f"member:{merge.loser}",
        kind=MEMBER_UNMERGED,
        at=merge.undone.at,
        data=_of(merge),
    )


def claimed(identity: Identity) -> Fact:
    """That a member is known by this from here on."""
    return Fact(
        id=FactId(f"identity:{identity.id}:{identity.version}"),
        subject=f"identity:{identity.id}",
        kind=IDENTITY_CLAIMED,
        at=identity.since,
        data={
            "identity": identity.id,
            "kind": identity.kind.value,
            "member": identity.member_id,
            "verified": identity.verified_at is not None,
        },
    )


def members_of(fact: Fact) -> Iterator[PersonId]:
    """The members whom a fact of members, of their friends or of visits by links is of."""
    for name in ("member", "person", "loser", "survivor"):
        if found := fact.data.get(name):
            yield PersonId(found)


def _of(merge: Merge) -> dict[str, str]:
    return {"merge": merge.id, "loser": merge.loser, "survivor": merge.survivor}
