"""Rules over what is known of members, as they are written and shown."""

import strawberry

from api.kernel.enums import enum
from api.kernel.packing import Packed
from domain.audiences import segment_rules
from domain.audiences.segment_rules import Rule, RuleKind

enum(
    RuleKind,
    "How a rule is made of others, or what it asks for.",
    name="MemberRuleKind",
    ALL="All of the rules in it hold.",
    ANY="One at least of the rules in it holds.",
    NONE="None of the rules in it holds.",
    TAG="The member has one of some tags.",
    LEVEL="The member is at one of some levels.",
    SPENT="What they spent in the twelve months up to this one, in fen.",
    ORDERS="How many orders they paid for in the twelve months up to this one.",
    DAYS_SINCE_PAID="How many days ago they last paid; whoever never did has no such number.",
    BONDED="They are a customer of one of some guides, or of a guide of one of some stores.",
    CHILD_AGE="A child of theirs is of one of some age bands; nobody's without consent to CHILD.",
    DAYS_TO_BIRTHDAY="In how many days their birthday is, 0 on the day; of who told one.",
)


@strawberry.input(
    description="A rule: of parts, or one question. At most 50 questions, at most 5 deep."
)
class MemberRuleInput:
    kind: RuleKind = strawberry.field(description="How it is made.")
    parts: "list[MemberRuleInput]" = strawberry.field(
        description="The rules that ALL, ANY and NONE are made of.", default_factory=list
    )
    values: list[str] = strawberry.field(
        description="The tags, levels, ids of guides and stores, or age bands, one of which is "
        "asked for.",
        default_factory=list,
    )
    low: int | None = strawberry.field(
        description="The lowest number for which it holds.", default=None
    )
    high: int | None = strawberry.field(
        description="The first number above it for which it does not hold.", default=None
    )

    def rule(self) -> Rule:
        return Rule(
            kind=self.kind,
            parts=tuple(part.rule() for part in self.parts),
            values=tuple(self.values),
            low=self.low,
            high=self.high,
        )


@strawberry.type(description="A rule, or a part of one, and whether it holds for a member.")
class MemberRuleReason(Packed[segment_rules.Reason]):
    value: strawberry.Private[segment_rules.Reason]
    holds: bool = strawberry.field(description="Whether it holds.")
    found: str = strawberry.field(
        description="Of a question: what was found, such as the number or the tags; may be empty."
    )

    @strawberry.field(description="How it is made.")
    def kind(self) -> RuleKind:
        return self.value.rule.kind

    @strawberry.field(description="The values, one of which is asked for.")
    def values(self) -> list[str]:
        return list(self.value.rule.values)

    @strawberry.field(description="The lowest number for which it holds; null for none.")
    def low(self) -> int | None:
        return self.value.rule.low

    @strawberry.field(description="The first number above for which it does not; null for none.")
    def high(self) -> int | None:
        return self.value.rule.high

    @strawberry.field(description="The reasons of its parts.")
    def parts(self) -> "list[MemberRuleReason]":
        return [MemberRuleReason.of(one) for one in self.value.parts]
