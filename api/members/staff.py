"""What staff see and decide of members, in the schema."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.members.me import Birthday, MemberIdentity
from domain.kernel.paging import PageRequest
from domain.members import conflicts, finding, merges, merging, settling
from domain.members.conflicts import ConflictKind, ConflictState, Settlement
from domain.members.merges import Evidence, MergeKind, MergeState
from domain.members.merging import MemberPorts
from domain.members.phones import masked
from domain.members.telling import KnownMember, TellingPorts
from domain.people.act import Act

enum(
    ConflictKind,
    "What two members both claim.",
    NUMBER="A phone number that both prove.",
    SAME_PERSON="Signs that the two are one person.",
)
enum(
    ConflictState,
    "Whether somebody still has to decide a conflict.",
    OPEN="Somebody has to decide it.",
    SETTLED="It is decided.",
)
enum(
    Settlement,
    "What was decided of a conflict.",
    name="ConflictSettlement",
    RELEASE="The number left whoever held it.",
    MERGE="The two became one member.",
    KEEP="All stayed as it was.",
)
enum(
    Evidence,
    "Why two members were taken for one, or a number moved.",
    name="MergeEvidence",
    WECHAT_PHONE="WeChat proved the number to be the other's.",
    UNIONID="WeChat's unionid names both.",
    SILENCE="WeChat proved the number to be another's, and its holder had not come for 90 days.",
    STAFF="Head office decided so.",
)
enum(
    MergeKind,
    "Whether two became one, or a number left one for another.",
    MERGE="Two became one.",
    RELEASE="A number left one for another.",
)
enum(
    MergeState,
    "How far a merge has got.",
    OPEN="It has begun and is finished soon.",
    DONE="It holds.",
    VOID="It came to nothing, as something else was done with one of them first.",
    UNDOING="It is being undone.",
    UNDONE="It was undone.",
)

MemberId = Annotated[strawberry.ID, strawberry.argument(description="A member's id.")]
Reason = Annotated[str, strawberry.argument(description="Why; at most 200 characters.")]


@strawberry.type(description="A member as head office sees them.")
class Member:
    id: strawberry.ID = strawberry.field(description="The member's id.")
    ids: list[strawberry.ID] = strawberry.field(
        description="All ids that lead to them, their own first."
    )
    phone: str | None = strawberry.field(description="Their number, masked: 138****8000.")
    member_code: str | None = strawberry.field(description="Their member code, if they have one.")
    channel: str = strawberry.field(description="Where they joined.")
    joined_at: datetime = strawberry.field(description="When they joined.")
    seen_at: datetime | None = strawberry.field(
        description="When they were about last, by the day; null if they never signed in."
    )
    name: str | None = strawberry.field(description="The name that they told.")
    birthday: Birthday | None = strawberry.field(description="Their birthday, if they told it.")
    identities: list[MemberIdentity] = strawberry.field(description="All that names them.")

    @classmethod
    def of(cls, known: KnownMember) -> "Member":
        """Pack what is known."""
        member, told = known.member, known.profile
        return cls(
            id=strawberry.ID(member.id),
            ids=[strawberry.ID(one) for one in known.ids],
            phone=masked(known.phone) if known.phone else None,
            member_code=known.code,
            channel=member.channel,
            joined_at=member.joined_at,
            seen_at=member.seen_at,
            name=told.name,
            birthday=Birthday.of(told.birthday) if told.birthday else None,
            identities=[MemberIdentity.of(one) for one in known.identities],
        )


@strawberry.type(description="Two members who claim the same, for people to decide.")
class MemberConflict:
    value: strawberry.Private[conflicts.MemberConflict]
    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: ConflictKind = strawberry.field(description="What they both claim.")
    state: ConflictState = strawberry.field(description="Whether it is decided.")
    decision: Settlement | None = strawberry.field(description="What was decided.")
    opened_at: datetime = strawberry.field(description="Since when it waits.")

    @classmethod
    def of(cls, conflict: conflicts.MemberConflict) -> "MemberConflict":
        """Pack a conflict."""
        return cls(
            value=conflict,
            id=strawberry.ID(conflict.id),
            kind=conflict.kind,
            state=conflict.state,
            decision=conflict.decision,
            opened_at=conflict.opened_at,
        )

    @field("Who has it.")
    async def holder(self, ports: TellingPorts, act: Act) -> Member | None:
        found = await settling.side_shown(ports, act, self.value.holder)
        return Member.of(found) if found else None

    @field("Who claims it; null for somebody who proved a number and is no member.")
    async def claimant(self, ports: TellingPorts, act: Act) -> Member | None:
        found = await settling.side_shown(ports, act, self.value.claimant)
        return Member.of(found) if found else None


@strawberry.type(description="Two members who were made one, or a number that left one.")
class MemberMerge(Packed[merges.Merge]):
    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: MergeKind = strawberry.field(description="What was done.")
    state: MergeState = strawberry.field(description="Whether it holds.")
    evidence: Evidence = strawberry.field(description="Why it was done.")
    loser: strawberry.ID = strawberry.field(description="Who leads to the other, or lost a number.")
    survivor: strawberry.ID = strawberry.field(description="Who goes on, or got the number.")
    at: datetime = strawberry.field(description="When it was done.")


@strawberry.input(description="Whose value of a field counts.")
class WinnerInput:
    field: str = strawberry.field(description="name, birthday or children.")
    member_id: strawberry.ID = strawberry.field(description="One of the two members.")


@query("What we know of a member; for head office.")
async def member(ports: TellingPorts, act: Act, id: MemberId) -> Member:
    return Member.of(await settling.looked_up(ports, act, id))


@query("Who has a number or a member code; null where nobody has. For head office.")
async def member_find(
    ports: TellingPorts,
    act: Act,
    phone: Annotated[
        str | None,
        strawberry.argument(description="A number, in any spelling. This, or memberCode."),
    ] = None,
    member_code: Annotated[
        str | None, strawberry.argument(description="A member code. This, or phone.")
    ] = None,
) -> Member | None:
    found = await finding.found_member(ports, act, phone=phone, member_code=member_code)
    return Member.of(found) if found else None


@query("What left a member or came to them, the newest first; for head office.")
async def member_merges(
    ports: MemberPorts, act: Act, id: MemberId, first: First = 20, after: After = None
) -> Connection[MemberMerge]:
    request = PageRequest(first=first, after=after)
    return connection(await settling.merges_of(ports, act, id, request), MemberMerge.of)


@query("Conflicts between members, the oldest first; for head office.")
async def member_conflicts(
    ports: MemberPorts,
    act: Act,
    state: Annotated[
        ConflictState, strawberry.argument(description="Whether they are decided.")
    ] = ConflictState.OPEN,
    first: First = 20,
    after: After = None,
) -> Connection[MemberConflict]:
    request = PageRequest(first=first, after=after)
    return connection(await settling.queue(ports, act, state, request), MemberConflict.of)


@mutation(
    "Decide a conflict: give what is claimed to the claimant, make the two one, or keep all as it "
    "is; for head office.",
    conflict="The conflict, decided.",
)
async def member_conflict_settle(
    ports: MemberPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The conflict's id.")],
    settlement: Annotated[Settlement, strawberry.argument(description="What is decided.")],
    reason: Reason,
) -> MemberConflict:
    return MemberConflict.of(await settling.settle(ports, act, id, settlement, reason))


@mutation("Make two members one, who are one person; for head office.", merge="What was done.")
async def member_merge(
    ports: MemberPorts,
    act: Act,
    loser_id: Annotated[
        strawberry.ID, strawberry.argument(description="Who leads to the other from here on.")
    ],
    survivor_id: Annotated[strawberry.ID, strawberry.argument(description="Who goes on.")],
    reason: Reason,
    winners: Annotated[
        list[WinnerInput] | None,
        strawberry.argument(description="Whose values count; of other fields the survivor's."),
    ] = None,
) -> MemberMerge:
    chosen = {one.field: one.member_id for one in winners or []}
    return MemberMerge.of(
        await settling.merge_two(ports, act, loser_id, survivor_id, winners=chosen, reason=reason)
    )


@mutation(
    "Undo a merge, or a number's release: each has again what they had; for head office.",
    merge="What was undone.",
)
async def member_unmerge(
    ports: MemberPorts,
    act: Act,
    id: Annotated[strawberry.ID, strawberry.argument(description="The merge's id.")],
    reason: Reason,
) -> MemberMerge:
    return MemberMerge.of(await merging.undo(ports, act, id, reason=reason))


@mutation(
    "Give up the viewer's number, which somebody else proves: it is theirs once they do so again.",
    had_one="Whether there was one.",
)
async def member_number_give_up(ports: MemberPorts, act: Act) -> bool:
    return await settling.give_up_number(ports, act)


QUERIES = (member, member_find, member_merges, member_conflicts)
MUTATIONS = (member_conflict_settle, member_merge, member_unmerge, member_number_give_up)
