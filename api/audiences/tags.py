"""Tags: the dictionary, and what is on a member."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.audiences.levels import MemberLevel
from api.audiences.rules import MemberRuleInput, MemberRuleReason
from api.kernel.enums import enum
from api.kernel.imports import ImportFile, ImportPayload, Mode, OnlyCheck, hand_in
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.members.me import Purpose
from domain.audiences import segmenting, segments, tagging, traits
from domain.audiences.segments import TagDimension
from domain.audiences.tag_files import TagFilePorts, import_tags
from domain.audiences.trait_ports import TraitPorts
from domain.audiences.traits import TagSource
from domain.kernel.imports import ImportPorts
from domain.kernel.moments import NEVER
from domain.people.act import Act

enum(
    TagDimension,
    "What a tag tells of.",
    BASIC="Who they are.",
    BEHAVIOUR="What they do.",
    PREFERENCE="What they like.",
    CHANNEL="What they come by.",
    INTEREST="What they care for.",
)
enum(
    TagSource,
    "Who or what put a tag on.",
    MANUAL="Somebody put it on by hand.",
    RULE="A rule put it on, and takes it off when it no longer holds.",
    IMPORT="A file brought it.",
)
MemberId = Annotated[strawberry.ID, strawberry.argument(description="The member.")]
CONSENT = (
    "What a member must allow for it to be put on, shown and asked for; withdrawn, it goes. Null "
    "where it tells nothing that needs leave."
)
TagCode = Annotated[strawberry.ID, strawberry.argument(description="The tag's code.")]


@strawberry.type(description="One word of the dictionary of tags.")
class Tag(Packed[segments.Tag]):
    value: strawberry.Private[segments.Tag]
    code: strawberry.ID = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="What it is called.")
    dimension: TagDimension = strawberry.field(description="What it tells of.")
    consent: Purpose | None = strawberry.field(description=CONSENT)
    version: int = strawberry.field(description="Counts up each time it is changed.")

    @strawberry.field(description="Whether a rule puts it on and off, and nobody else.")
    def automatic(self) -> bool:
        return self.value.rule is not None

    @strawberry.field(description="Whether this version has been decided for everybody.")
    def is_built(self) -> bool:
        return self.value.built >= self.value.version


@strawberry.type(description="A tag on a member.")
class MemberTag(Packed[traits.PutTag]):
    value: strawberry.Private[traits.PutTag]
    code: strawberry.ID = strawberry.field(description="The tag's code.")
    source: TagSource = strawberry.field(description="Who or what put it on.")
    by: str = strawberry.field(description="Who put it on by hand; empty where nobody did.")
    scope: str = strawberry.field(description="The store they belong to, or `brand`; may be empty.")
    at: datetime = strawberry.field(description="When.")

    @strawberry.field(description="Until before when it is on; null for no end.")
    def expires_at(self) -> datetime | None:
        return None if self.value.expires_at == NEVER else self.value.expires_at


@strawberry.type(description="A level that head office has given a member.")
class GivenLevel(Packed[traits.GivenLevel]):
    value: strawberry.Private[traits.GivenLevel]
    until: datetime = strawberry.field(description="Until before when.")
    at: datetime = strawberry.field(description="When it was given.")
    by: strawberry.ID = strawberry.field(description="By whom.")
    reason: str = strawberry.field(description="Why.")

    @field("The level.")
    def level(self, ports: TraitPorts, act: Act) -> MemberLevel:
        return MemberLevel.of(segmenting.level_rules(ports, act).level(self.value.level))


@strawberry.type(description="A member's level, tags and segments.")
class MemberTraits(Packed[traits.MemberTraits]):
    value: strawberry.Private[traits.MemberTraits]

    @field("Their level.")
    def level(self, ports: TraitPorts, act: Act) -> MemberLevel:
        return MemberLevel.of(segmenting.level_rules(ports, act).level(self.value.level))

    @strawberry.field(description="Until when they keep it whatever they spend; null for no end.")
    def level_until(self) -> datetime | None:
        return None if self.value.level_until == NEVER else self.value.level_until

    @strawberry.field(description="The level that they were given, if that holds; null for none.")
    def level_given(self) -> GivenLevel | None:
        return GivenLevel.of(self.value.given) if self.value.given else None

    @strawberry.field(description="Their tags, by code.")
    def tags(self) -> list[MemberTag]:
        return [MemberTag.of(one) for one in self.value.tags]

    @strawberry.field(description="The segments they are in, each with its version after an `@`.")
    def segments(self) -> list[str]:
        return list(self.value.segments)


@strawberry.type(description="A member's own level.")
class OwnLevel(Packed[traits.MemberTraits]):
    value: strawberry.Private[traits.MemberTraits]

    @field("The level.")
    def level(self, ports: TraitPorts, act: Act) -> MemberLevel:
        return MemberLevel.of(segmenting.level_rules(ports, act).level(self.value.level))

    @strawberry.field(description="Until when it is kept whatever is spent; null for no end.")
    def until(self) -> datetime | None:
        return None if self.value.level_until == NEVER else self.value.level_until


@strawberry.input(description="A tag as it is to be in the dictionary.")
class TagInput:
    code: strawberry.ID = strawberry.field(description="Its code, 1 to 40 characters.")
    name: str = strawberry.field(description="What it is called, 1 to 40 characters.")
    dimension: TagDimension = strawberry.field(description="What it tells of.")
    consent: Purpose | None = strawberry.field(description=CONSENT, default=None)
    rule: MemberRuleInput | None = strawberry.field(
        description="The rule that puts it on and off; it can't ask for tags.", default=None
    )

    def tag(self) -> segments.Tag:
        return segments.Tag(
            code=self.code,
            name=self.name,
            dimension=self.dimension,
            consent=self.consent,
            rule=self.rule.rule() if self.rule else None,
        )


@query("The dictionary of tags by dimension, for whoever works for the brand.")
def tags(ports: TraitPorts, act: Act) -> list[Tag]:
    return [Tag.of(one) for one in tagging.tags_of_dictionary(ports, act)]


@query("The viewer's level; for members.")
async def own_level(ports: TraitPorts, act: Act) -> OwnLevel:
    return OwnLevel.of(await tagging.own_traits(ports, act))


@query("A member's level, tags and segments; for head office and the guide whose customer it is.")
async def member_traits(ports: TraitPorts, act: Act, member_id: MemberId) -> MemberTraits:
    return MemberTraits.of(await tagging.traits_of_member(ports, act, member_id))


@query(
    "Why a rule puts a tag on a member, or does not; for head office and the guide whose customer "
    "it is."
)
async def member_tag_why(
    ports: TraitPorts, act: Act, member_id: MemberId, tag: TagCode
) -> MemberRuleReason:
    return MemberRuleReason.of(await tagging.why_tagged(ports, act, member_id, tag))


@mutation("Put tags into the dictionary, or change them; for head office.", tags="The tags.")
async def tags_define(
    ports: TraitPorts,
    act: Act,
    input: Annotated[list[TagInput], strawberry.argument(description="The tags.")],
) -> list[Tag]:
    wanted = [one.tag() for one in input]
    return [Tag.of(one) for one in await tagging.define_tags(ports, act, wanted)]


@mutation(
    "Put a tag on a member; for head office and the guide whose customer it is.",
    member="The member with it.",
)
async def member_tag(
    ports: TraitPorts,
    act: Act,
    member_id: MemberId,
    tag: TagCode,
    days: Annotated[
        int | None, strawberry.argument(description="For how many days; for good if left out.")
    ] = None,
) -> MemberTraits:
    return MemberTraits.of(await tagging.tag_member(ports, act, member_id, tag, days=days))


@mutation(
    "Take off a tag that a person or an import put on; for head office and the guide whose "
    "customer it is.",
    member="The member without it.",
)
async def member_untag(
    ports: TraitPorts, act: Act, member_id: MemberId, tag: TagCode
) -> MemberTraits:
    return MemberTraits.of(await tagging.untag_member(ports, act, member_id, tag))


QUERIES = (tags, own_level, member_traits, member_tag_why)


@mutation(
    "Put tags on members from a file with one row for each, which names the member by id, member "
    "code or number. Handed in again, it changes nothing."
)
async def member_tags_import(
    ports: TagFilePorts,
    imports: ImportPorts,
    act: Act,
    file: ImportFile,
    mode: Mode,
    only_check: OnlyCheck = False,
) -> ImportPayload:
    handed = await hand_in(file, mode, only_check, imports)
    return ImportPayload.of(await import_tags(ports, act, handed), handed)


MUTATIONS = (member_tags_import, tags_define, member_tag, member_untag)
