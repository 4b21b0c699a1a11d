"""Journeys as they are written: who enters, the steps, and what ends a run."""

import strawberry

from api.kernel.enums import enum
from api.members.me import Purpose
from domain.audiences.segments import SegmentId
from domain.journeys.happenings import FactMatch
from domain.journeys.journeys import JourneyEntry, JourneyEntryKind, JourneyPlan, ReEntry
from domain.journeys.shipped import Filling, JourneyTemplate
from domain.journeys.steps import Arm, JourneyStep, StepKind
from domain.kernel.facts import FactKind
from domain.promotions.offers import OfferId

enum(
    JourneyEntryKind,
    "By what members enter.",
    FACT="Something happens to them.",
    SEGMENT="They are in a segment.",
    LIST="They are on a list that somebody starts.",
    BIRTHDAY="Their birthday is some days away.",
    CARD_END="The end of their level is some days away.",
)
enum(
    ReEntry,
    "Whether somebody enters again.",
    ONCE="Never.",
    AGAIN="While they are not in it.",
    REPLACE="At any time, in place of the run that is open.",
)
enum(
    StepKind,
    "What a step does.",
    name="JourneyStepKind",
    WAIT="Waits for seconds.",
    WAIT_CLOCK="Waits until a time of the day in China.",
    WAIT_FACT="Waits for something that the member does.",
    BRANCH="Goes on by a segment or a fact.",
    SPLIT="Goes on by chance.",
    MESSAGE="Sends the member a message.",
    COUPON="Gives the member a coupon.",
    TAG="Puts a tag on the member.",
    TODO="Asks the member's guide to do something.",
    STOP="Ends the run.",
)
enum(
    JourneyTemplate,
    "A journey that comes with the service.",
    UNPAID_ORDER="The morning after an order lapsed unpaid.",
    AFTER_PURCHASE="Care for what was bought of a category.",
    THREE_MESSAGES="Three messages two hours apart, until a purchase.",
    BIRTHDAY="A coupon three days before a birthday.",
    CARD_ENDS="30 days before a level ends.",
    RETURN_GIFT="A gift for new friends.",
    STORE_TO_ONLINE="A coupon after a purchase at a till.",
    RELATED_CATEGORY="A week after a purchase online, of a category that goes with it.",
)


@strawberry.input(description="Which facts are meant.")
class FactMatchInput:
    kind: str = strawberry.field(description="The kind of fact, such as order.paid.")
    labels: list[str] = strawberry.field(
        description="One of them it has, such as online, till, shop, category:羽绒服, "
        "product:10001, level:gold, service:s1; of none, any.",
        default_factory=list,
    )
    same: bool = strawberry.field(
        description="Only what is about the same order, booking or friend as the run.",
        default=False,
    )

    def value(self) -> FactMatch:
        return FactMatch(kind=FactKind(self.kind), labels=tuple(self.labels), same=self.same)


@strawberry.input(description="By what members enter, and whether they enter again.")
class JourneyEntryInput:
    kind: JourneyEntryKind = strawberry.field(description="By what.")
    fact: FactMatchInput | None = strawberry.field(description="The fact.", default=None)
    segment_id: strawberry.ID | None = strawberry.field(description="The segment.", default=None)
    days_before: int = strawberry.field(
        description="Of BIRTHDAY and CARD_END, so many days before; 0 to 60.", default=0
    )
    again: ReEntry = strawberry.field(description="Whether again.", default=ReEntry.ONCE)
    again_days: int = strawberry.field(
        description="So many days lie between two runs at least; 0 to 3,650.", default=0
    )
    group: str | None = strawberry.field(
        description="Whoever is in one journey of a group enters no other of it.", default=None
    )

    def value(self) -> JourneyEntry:
        return JourneyEntry(
            kind=self.kind,
            fact=self.fact.value() if self.fact else None,
            segment_id=SegmentId(str(self.segment_id)) if self.segment_id else None,
            days_before=self.days_before,
            again=self.again,
            again_days=self.again_days,
            group=self.group,
        )


@strawberry.input(description="One way of a split.")
class ArmInput:
    name: str = strawberry.field(description="Letters, digits, hyphens and underscores.")
    share: int = strawberry.field(description="Its share of 10,000.")
    to: str | None = strawberry.field(
        description="The step it leads to; none ends the run.", default=None
    )
    held_out: bool = strawberry.field(
        description="Whether it keeps its share, whatever is learnt.", default=False
    )

    def value(self) -> Arm:
        return Arm(name=self.name, share=self.share, to=self.to, held_out=self.held_out)


@strawberry.input(description="A value for a place of a message.")
class PlaceValueInput:
    name: str = strawberry.field(description="The place, such as store.")
    value: str = strawberry.field(description="What stands there.")


@strawberry.input(description="One step; it leads to later ones alone.")
class JourneyStepInput:
    key: str = strawberry.field(description="Letters, digits, hyphens and underscores.")
    kind: StepKind = strawberry.field(description="What it does.")
    then: str | None = strawberry.field(
        description="The step that comes next; none ends the run.", default=None
    )
    otherwise: str | None = strawberry.field(
        description="The next one where no fact came, a branch does not hold, or what was to be "
        "done was not; an action without it goes on by `then`.",
        default=None,
    )
    seconds: int = strawberry.field(
        description="How long WAIT waits, or WAIT_FACT at most; up to 400 days.", default=0
    )
    minute: int = strawberry.field(
        description="Of WAIT_CLOCK, the minute of the day in China.", default=0
    )
    days: int = strawberry.field(
        description="Of WAIT_CLOCK so many days on; of TAG for so many days, 0 for good.",
        default=0,
    )
    fact: FactMatchInput | None = strawberry.field(
        description="What WAIT_FACT waits for, or BRANCH asks for.", default=None
    )
    at_entry: bool = strawberry.field(
        description="Whether BRANCH asks for labels of what began the run.", default=False
    )
    segment_id: strawberry.ID | None = strawberry.field(
        description="The segment that BRANCH asks for.", default=None
    )
    arms: list[ArmInput] = strawberry.field(
        description="The arms of SPLIT; their shares add up to 10,000.", default_factory=list
    )
    epoch_days: int = strawberry.field(
        description="Of SPLIT: the best arm has most of the next so many days; 0 to 90, 0 never.",
        default=0,
    )
    text: str = strawberry.field(description="Of TODO, what the guide may say.", default="")
    template_id: strawberry.ID | None = strawberry.field(
        description="Of MESSAGE, its template.", default=None
    )
    values: list[PlaceValueInput] = strawberry.field(
        description="Of MESSAGE, values for its places.", default_factory=list
    )
    purpose: Purpose = strawberry.field(
        description="Of MESSAGE and TODO, what the member must allow.", default=Purpose.MARKETING
    )
    offer_id: strawberry.ID | None = strawberry.field(
        description="Of COUPON, its offer, whose way is JOURNEY.", default=None
    )
    tag: str | None = strawberry.field(description="Of TAG, its code.", default=None)
    useful_seconds: int = strawberry.field(
        description="It is left out where it is late by more; 0 is never late.", default=0
    )

    def value(self) -> JourneyStep:
        return JourneyStep(
            key=self.key,
            kind=self.kind,
            then=self.then,
            otherwise=self.otherwise,
            seconds=self.seconds,
            minute=self.minute,
            days=self.days,
            fact=self.fact.value() if self.fact else None,
            at_entry=self.at_entry,
            segment_id=SegmentId(str(self.segment_id)) if self.segment_id else None,
            arms=tuple(one.value() for one in self.arms),
            epoch_days=self.epoch_days,
            text=self.text,
            template=str(self.template_id) if self.template_id else None,
            values={one.name: one.value for one in self.values},
            purpose=self.purpose,
            offer_id=OfferId(str(self.offer_id)) if self.offer_id else None,
            tag=self.tag,
            useful_s=self.useful_seconds,
        )


@strawberry.input(description="What a version of a journey says.")
class JourneyPlanInput:
    entry: JourneyEntryInput = strawberry.field(description="By what members enter.")
    steps: list[JourneyStepInput] = strawberry.field(description="The steps, in order; 1 to 60.")
    goals: list[FactMatchInput] = strawberry.field(
        description="What ends a run, wherever it is; 10 at most.", default_factory=list
    )

    def value(self) -> JourneyPlan:
        return JourneyPlan(
            entry=self.entry.value(),
            steps=tuple(one.value() for one in self.steps),
            goals=tuple(one.value() for one in self.goals),
        )


@strawberry.input(description="A journey as it is written.")
class JourneyInput:
    name: str = strawberry.field(description="1 to 60 characters.")
    plan: JourneyPlanInput = strawberry.field(description="What its first version says.")


@strawberry.input(description="Which step of the new version stands for one of the version before.")
class StepMoveInput:
    step: str = strawberry.field(description="The step of the version before.")
    to: str = strawberry.field(description="The step of the new version.")


@strawberry.input(description="What fills a template.")
class JourneyFillingInput:
    message_ids: list[strawberry.ID] = strawberry.field(
        description="The messages, in their order.", default_factory=list
    )
    offer_id: strawberry.ID | None = strawberry.field(
        description="The coupon's offer.", default=None
    )
    category: str | None = strawberry.field(
        description="The category that is bought.", default=None
    )
    related: str | None = strawberry.field(description="The related category.", default=None)

    def value(self) -> Filling:
        return Filling(
            messages=tuple(str(one) for one in self.message_ids),
            offer_id=OfferId(str(self.offer_id)) if self.offer_id else None,
            category=self.category,
            related=self.related,
        )
