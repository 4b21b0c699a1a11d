"""Segments: rules over members, who is in them and why."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.audiences.rules import MemberRuleInput, MemberRuleReason
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from domain.audiences import segmenting, trait_ports
from domain.audiences import segments as values
from domain.audiences.trait_ports import TraitPorts
from domain.kernel.ids import PersonId
from domain.kernel.paging import PageRequest
from domain.people.act import Act

SegmentId = Annotated[strawberry.ID, strawberry.argument(description="The segment's id.")]


@strawberry.type(description="A named rule over members.")
class Segment(Packed[values.Segment]):
    value: strawberry.Private[values.Segment]
    id: strawberry.ID = strawberry.field(description="The segment's id.")
    name: str = strawberry.field(description="What it is called.")
    version: int = strawberry.field(description="Counts up each time it is written.")

    @strawberry.field(description="Whether this version has been decided for everybody.")
    def is_built(self) -> bool:
        return self.value.built >= self.value.version


@strawberry.type(description="A member of a segment.")
class SegmentMember(Packed[PersonId]):
    value: strawberry.Private[PersonId]

    @strawberry.field(description="The member's id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(self.value)


@strawberry.type(description="About how many members a rule holds for.")
class SegmentSize(Packed[segmenting.SegmentSize]):
    members: int = strawberry.field(description="How many.")
    exact: bool = strawberry.field(
        description="Whether all were asked; else it was reckoned from 2,000 of them."
    )


@strawberry.type(description="The members who were in a segment at one moment.")
class Audience(Packed[trait_ports.FrozenAudience]):
    id: strawberry.ID = strawberry.field(description="The audience's id.")
    members: int = strawberry.field(description="How many.")
    frozen_at: datetime = strawberry.field(description="When.")


@strawberry.input(description="A segment as it is to be.")
class SegmentInput:
    name: str = strawberry.field(description="What it is called, 1 to 60 characters.")
    rule: MemberRuleInput = strawberry.field(description="Whom it holds for.")


@query("The segments, for head office.")
def segments(ports: TraitPorts, act: Act) -> list[Segment]:
    return [Segment.of(one) for one in segmenting.all_segments(ports, act)]


@query("About how many members a rule would hold for; for head office.")
async def segment_size(
    ports: TraitPorts,
    act: Act,
    rule: Annotated[MemberRuleInput, strawberry.argument(description="The rule.")],
) -> SegmentSize:
    return SegmentSize.of(await segmenting.size_of_rule(ports, act, rule.rule()))


@query("Who is in a segment, by id; for head office.")
async def segment_members(
    ports: TraitPorts, act: Act, id: SegmentId, first: First = 20, after: After = None
) -> Connection[SegmentMember]:
    request = PageRequest(first=first, after=after)
    page = await segmenting.members_of_segment(ports, act, id, request)
    return connection(page, lambda one: SegmentMember(value=one))


@query("Why a member is in a segment, or is not; for head office.")
async def segment_why(
    ports: TraitPorts,
    act: Act,
    id: SegmentId,
    member_id: Annotated[strawberry.ID, strawberry.argument(description="The member.")],
) -> MemberRuleReason:
    return MemberRuleReason.of(await segmenting.why_in_segment(ports, act, id, member_id))


@mutation("Write a segment, or another version of it; for head office.", segment="The segment.")
async def segment_save(
    ports: TraitPorts,
    act: Act,
    input: Annotated[SegmentInput, strawberry.argument(description="The segment.")],
    id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Its id; a new one if left out.")
    ] = None,
    expected_version: Annotated[
        int, strawberry.argument(description="The version that you loaded; 0 for a new one.")
    ] = 0,
) -> Segment:
    rule = input.rule.rule()
    return Segment.of(
        await segmenting.save_segment(ports, act, id, input.name, rule, expected=expected_version)
    )


@mutation(
    "Write down who is in a segment now, for a campaign; for head office.",
    audience="The audience.",
)
async def audience_freeze(ports: TraitPorts, act: Act, id: SegmentId) -> Audience:
    return Audience.of(await segmenting.freeze_audience(ports, act, id))


QUERIES = (segments, segment_size, segment_members, segment_why)
MUTATIONS = (segment_save, audience_freeze)
