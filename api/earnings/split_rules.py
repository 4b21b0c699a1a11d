"""The rule by which orders are split."""

import dataclasses
from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.kernel.enums import enum
from api.kernel.operations import mutation, query
from api.kernel.packing import Packed
from domain.earnings import ledger_desk
from domain.earnings import split_rules as rules
from domain.earnings.bookkeeping import BookkeepingPorts
from domain.earnings.split_rules import Overlap
from domain.kernel.money import Fen
from domain.network.stores import OwnerKind
from domain.people.act import Act

enum(
    Overlap,
    "What guides have where several have a claim.",
    name="CreditOverlap",
    ADD="Each has their rate.",
    GREATER="Whoever has the greatest rate has it alone; of equals the one who shared, then the "
    "one whose customer it is.",
    SPLIT="Each has an equal part of the greatest rate.",
)


@strawberry.type(description="What guides have of lines of a category, or in a kind of store.")
class GuideRates(Packed[rules.GuideRates]):
    category: str | None = strawberry.field(
        description="Any category on the way to the product's own; null for all."
    )
    owner_kind: OwnerKind | None = strawberry.field(
        description="Whose store sells it; null for both kinds."
    )
    share_permille: int = strawberry.field(description="For sharing, in thousandths of the line.")
    service_permille: int = strawberry.field(
        description="For whose customer the buyer is, in thousandths of the line."
    )
    serving_permille: int = strawberry.field(
        description="For who stands at the till, in thousandths of the line."
    )


@strawberry.input(description="What guides are to have of lines that differ from all others.")
class GuideRatesInput:
    share_permille: int = strawberry.field(description="For sharing, 0 to 300 thousandths.")
    service_permille: int = strawberry.field(
        description="For whose customer the buyer is, 0 to 300 thousandths."
    )
    serving_permille: int = strawberry.field(
        description="For who stands at the till, 0 to 300 thousandths.", default=0
    )
    category: str | None = strawberry.field(
        description="Any category on the way to the product's own; left out, all.", default=None
    )
    owner_kind: OwnerKind | None = strawberry.field(
        description="Whose store sells it; left out, both kinds.", default=None
    )

    def value(self) -> rules.GuideRates:
        """The rates."""
        return rules.GuideRates(**vars(self))


@strawberry.type(description="What guides have who earned much in the month.")
class GuideTier(Packed[rules.GuideTier]):
    value: strawberry.Private[rules.GuideTier]
    factor_permille: int = strawberry.field(description="Of their rates, in thousandths.")

    @strawberry.field(description="For who earned so much in the month by then, in fen.")
    def earned_from_fen(self) -> int:
        return self.value.earned_from


@strawberry.input(description="What guides are to have who earned much in the month.")
class GuideTierInput:
    earned_from_fen: int = strawberry.field(
        description="For who earned so much in the calendar month by then, in fen."
    )
    factor_permille: int = strawberry.field(
        description="Of their rates, 0 to 3,000 thousandths: 1,200 is a fifth more."
    )

    def value(self) -> rules.GuideTier:
        """The tier."""
        return rules.GuideTier(
            earned_from=Fen(self.earned_from_fen), factor_permille=self.factor_permille
        )


@strawberry.type(description="One version of the rule by which an order's money is split.")
class SplitRule(Packed[rules.SplitRule]):
    value: strawberry.Private[rules.SplitRule]
    version: int = strawberry.field(description="Counts up each time it is set; 0 is the first.")
    selling_permille: int = strawberry.field(
        description="What the owner of the selling store gets, in thousandths of what is left "
        "when the guides have theirs."
    )
    fulfilling_permille: int = strawberry.field(
        description="What the owners of the stores that send or hand over get, by the goods; the "
        "brand has the rest."
    )
    member_permille: int = strawberry.field(
        description="What the owner of the store gets at which the buyer became a member."
    )
    window_days: int = strawberry.field(description="How many days a visit through a link counts.")
    share_permille: int = strawberry.field(
        description="What the guide who shared it has of each line, in thousandths of it."
    )
    service_permille: int = strawberry.field(
        description="What the guide has whose customer the buyer is, in thousandths of each line."
    )
    serving_permille: int = strawberry.field(
        description="What the guide at the till has, in thousandths of each line."
    )
    exceptions: list[GuideRates] = strawberry.field(
        description="Other rates; the first that holds for a line counts."
    )
    tiers: list[GuideTier] = strawberry.field(
        description="What becomes of the rates of guides who earned much in the month; the last "
        "that one has reached counts."
    )
    overlap: Overlap = strawberry.field(
        description="What guides have of whom several have a claim."
    )

    payout_cap_permille: int = strawberry.field(
        description="What may be shared with franchisees of a payment at WeChat Pay, in "
        "thousandths."
    )
    payout_holdback_permille: int = strawberry.field(
        description="What is held back of each share for what may come back, in thousandths."
    )

    @strawberry.field(description="What guides have of one order at most; 0 for no limit.")
    def most_for_guides_fen(self) -> int:
        return self.value.most_for_guides

    @strawberry.field(
        description="From when on it counts for orders that are paid, until the next does."
    )
    def valid_from(self) -> datetime:
        return self.value.set_at


@strawberry.input(
    description="How orders are to be split that are paid from now on. What is left out stays as "
    "it is."
)
class SplitRuleInput:
    expected_version: int = strawberry.field(
        description="The version of the rule that you loaded, the newest."
    )
    selling_permille: int | None = strawberry.field(
        description="What the owner of the selling store gets, in thousandths.", default=None
    )
    fulfilling_permille: int | None = strawberry.field(
        description="What the owners of the fulfilling stores get, in thousandths; not more than "
        "1,000 together with the two others.",
        default=None,
    )
    member_permille: int | None = strawberry.field(
        description="What the owner gets whose member the buyer is, in thousandths.", default=None
    )
    window_days: int | None = strawberry.field(
        description="How many days a visit through a link counts, 1 to 60.", default=None
    )
    share_permille: int | None = strawberry.field(
        description="What the guide who shared it has, 0 to 300 thousandths.", default=None
    )
    service_permille: int | None = strawberry.field(
        description="What the guide has whose customer the buyer is, 0 to 300 thousandths; all "
        "guides together 300 at most.",
        default=None,
    )
    serving_permille: int | None = strawberry.field(
        description="What the guide at the till has of purchases there, 0 to 300 thousandths.",
        default=None,
    )
    exceptions: list[GuideRatesInput] | None = strawberry.field(
        description="All other rates, 50 at most; the first that holds for a line counts.",
        default=None,
    )
    tiers: list[GuideTierInput] | None = strawberry.field(
        description="All tiers, 10 at most, from the lowest to the highest.", default=None
    )
    overlap: Overlap | None = strawberry.field(
        description="What guides are to have of whom several have a claim.", default=None
    )
    payout_cap_permille: int | None = strawberry.field(
        description="What may be shared with franchisees of a payment at WeChat Pay, in "
        "thousandths; 300 unless it allows the merchant more.",
        default=None,
    )
    payout_holdback_permille: int | None = strawberry.field(
        description="What is to be held back of each share, in thousandths.", default=None
    )
    most_for_guides_fen: int | None = strawberry.field(
        description="What guides may have of one order, in fen; 0 for no limit.", default=None
    )

    def said(self) -> dict[str, Any]:
        """What is to be another than before."""
        said = {
            one.name: given
            for one in dataclasses.fields(self)
            if (given := getattr(self, one.name)) is not None
        }
        del said["expected_version"]
        if "exceptions" in said:
            said["exceptions"] = tuple(one.value() for one in said["exceptions"])
        if "tiers" in said:
            said["tiers"] = tuple(one.value() for one in said["tiers"])
        if "most_for_guides_fen" in said:
            said["most_for_guides"] = Fen(said.pop("most_for_guides_fen"))
        return said


@query("Every version of the rule by which orders are split, newest first; for finance too.")
async def split_rules(ports: BookkeepingPorts, act: Act) -> list[SplitRule]:
    return [SplitRule.of(one) for one in await ledger_desk.split_rules(ports, act)]


@mutation(
    "Set how orders are split that are paid from now on; those before keep their terms. For head "
    "office.",
    rule="The new version.",
)
async def split_rule_set(
    ports: BookkeepingPorts,
    act: Act,
    input: Annotated[SplitRuleInput, strawberry.argument(description="What is to hold.")],
) -> SplitRule:
    expected = input.expected_version
    return SplitRule.of(
        await ledger_desk.set_split_rule(ports, act, input.said(), expected=expected)
    )


QUERIES = (split_rules,)
MUTATIONS = (split_rule_set,)
