"""Journeys in the schema: making them, letting them run, trying them out, seeing what they did."""

from datetime import datetime
from typing import Annotated

import strawberry

from api.journeys.journey_inputs import (
    JourneyFillingInput,
    JourneyInput,
    JourneyPlanInput,
    StepMoveInput,
)
from api.kernel.enums import enum
from api.kernel.operations import field, mutation, query
from api.kernel.packing import Packed
from api.kernel.paging import After, Connection, First, connection
from api.kernel.version_reviews import VersionState
from domain.journeys import arranging, rehearsing, runs, shipped, speaking, steps
from domain.journeys import journeys as values
from domain.journeys.journeys import JourneyEntryKind
from domain.journeys.ports import JourneyMakingPorts
from domain.journeys.rehearsing import RehearsalPorts
from domain.journeys.runs import RunState, StepOutcome
from domain.journeys.shipped import SHIPPED, JourneyTemplate, filled_plan
from domain.journeys.speaking import SpeakingRules
from domain.journeys.steps import StepKind
from domain.kernel.paging import PageRequest
from domain.people.act import Act

enum(
    RunState,
    "Where a run stands.",
    name="JourneyRunState",
    WAITING="It waits for time or a fact.",
    ACTING="Something of it is due.",
    CALLING="It is being done.",
    DONE="It came to its end.",
    GOAL="What it was for happened.",
    STOPPED="It was ended before.",
)
enum(
    StepOutcome,
    "What became of a step.",
    name="JourneyStepOutcome",
    DONE="It was done.",
    FAILED="It could not be done.",
    UNKNOWN="It was cut short and nobody can tell, so it is not done again.",
    SKIPPED="It was left out.",
)
Id = Annotated[strawberry.ID, strawberry.argument(description="The journey.")]
Number = Annotated[int, strawberry.argument(description="The number of the version.")]
MemberId = Annotated[strawberry.ID, strawberry.argument(description="The member.")]
AudienceId = Annotated[strawberry.ID, strawberry.argument(description="The frozen audience.")]
Plan = Annotated[JourneyPlanInput, strawberry.argument(description="What the version says.")]


@strawberry.type(description="One step of a version.")
class JourneyStep(Packed[steps.JourneyStep]):
    value: strawberry.Private[steps.JourneyStep]
    key: str = strawberry.field(description="Its key.")
    kind: StepKind = strawberry.field(description="What it does.")
    then: str | None = strawberry.field(description="The step that comes next.")
    otherwise: str | None = strawberry.field(description="The next one otherwise.")
    text: str = strawberry.field(description="What the guide may say; else empty.")
    seconds: int = strawberry.field(description="How long it waits.")
    minute: int = strawberry.field(description="Until which minute of a day in China.")
    days: int = strawberry.field(description="So many days on, or for so many days.")
    tag: str | None = strawberry.field(description="The tag.")
    offer_id: strawberry.ID | None = strawberry.field(description="The coupon's offer.")
    segment_id: strawberry.ID | None = strawberry.field(description="The segment.")

    @strawberry.field(description="The message's template.")
    def template_id(self) -> strawberry.ID | None:
        return strawberry.ID(self.value.template) if self.value.template else None

    @strawberry.field(description="The kind of fact that it waits or asks for.")
    def fact(self) -> str | None:
        return self.value.fact.kind if self.value.fact else None

    @strawberry.field(description="The names of the arms.")
    def arms(self) -> list[str]:
        return [one.name for one in self.value.arms]


@strawberry.type(description="A version of a journey; it never changes.")
class JourneyVersion(Packed[values.JourneyVersion]):
    value: strawberry.Private[values.JourneyVersion]
    number: int = strawberry.field(description="From 1 on.")
    state: VersionState = strawberry.field(description="Where its review stands.")
    comment: str = strawberry.field(description="Why it was sent back; else empty.")
    made_at: datetime = strawberry.field(description="When it was written.")
    live_at: datetime | None = strawberry.field(description="When it went live; null if not.")

    @strawberry.field(description="By what members enter.")
    def entry(self) -> JourneyEntryKind:
        return self.value.plan.entry.kind

    @strawberry.field(description="The kind of fact by which members enter.")
    def entry_fact(self) -> str | None:
        fact = self.value.plan.entry.fact
        return fact.kind if fact else None

    @strawberry.field(description="Its steps, in order.")
    def steps(self) -> list[JourneyStep]:
        return [JourneyStep.of(one) for one in self.value.plan.steps]

    @strawberry.field(description="The kinds of facts that end a run anywhere.")
    def goals(self) -> list[str]:
        return [one.kind for one in self.value.plan.goals]


@strawberry.type(description="A journey of members.")
class Journey(Packed[values.Journey]):
    value: strawberry.Private[values.Journey]
    id: strawberry.ID = strawberry.field(description="The journey's id.")
    name: str = strawberry.field(description="What it is called.")
    version: int = strawberry.field(description="Counts up with each change of it.")
    live: int | None = strawberry.field(
        description="The number of the version that who enters takes; null for none."
    )
    paused: bool = strawberry.field(description="Whether nobody enters and nothing is done.")
    ended: bool = strawberry.field(description="Whether it has ended for good.")
    versions: list[JourneyVersion] = strawberry.field(description="Its versions, the first first.")

    @field("How many members are in it now.")
    async def open_members(self, ports: JourneyMakingPorts, act: Act) -> int:
        return await arranging.members_in(ports, act, self.value.id)


@strawberry.type(description="What became of one step of a run.")
class JourneyStepRecord(Packed[runs.StepRecord]):
    step: str = strawberry.field(description="The step.")
    due_at: datetime = strawberry.field(description="When it was due.")
    at: datetime = strawberry.field(description="When it was done or left out.")
    outcome: StepOutcome = strawberry.field(description="What became of it.")
    why: str = strawberry.field(
        description="Why it was left out, such as NO_CONSENT, CAPPED or LATE; by which channel or "
        "guide it went."
    )


@strawberry.type(description="One way of a member through a journey.")
class JourneyRun(Packed[runs.Run]):
    id: strawberry.ID = strawberry.field(description="The run's id.")
    journey_id: strawberry.ID = strawberry.field(description="The journey.")
    number: int = strawberry.field(description="The version that it is on.")
    state: RunState = strawberry.field(description="Where it stands.")
    step: str = strawberry.field(description="The step that it is at, or ended at.")
    entered_at: datetime = strawberry.field(description="When it began.")
    due_at: datetime = strawberry.field(description="When time moves it on.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null while open.")
    why: str = strawberry.field(description="What ended it.")
    records: list[JourneyStepRecord] = strawberry.field(description="What became of its steps.")


@strawberry.type(description="Something of which nobody knows whether it was done for a member.")
class UnknownAction:
    member_id: strawberry.ID = strawberry.field(description="The member.")
    run_id: strawberry.ID = strawberry.field(description="The run.")
    step: str = strawberry.field(description="The step.")


@strawberry.type(description="What of a journey was cut short for one member.")
class UnknownActions:
    actions: list[UnknownAction] = strawberry.field(description="One by one.")


@strawberry.type(description="How often a step would be left out for a reason.")
class SkipReason:
    why: str = strawberry.field(description="The reason.")
    runs: int = strawberry.field(description="How often.")


@strawberry.type(description="What would become of one step.")
class RehearsedStep(Packed[rehearsing.RehearsedStep]):
    value: strawberry.Private[rehearsing.RehearsedStep]
    step: str = strawberry.field(description="The step.")
    done: int = strawberry.field(description="How often it would be done.")

    @strawberry.field(description="How often it would be left out, and why.")
    def skipped(self) -> list[SkipReason]:
        return [SkipReason(why=why, runs=n) for why, n in self.value.skipped.items()]


@strawberry.type(description="How many runs would end in a state.")
class RehearsedEnd:
    state: RunState = strawberry.field(description="The state.")
    runs: int = strawberry.field(description="How many.")


@strawberry.type(description="What would become of a version; nobody notices anything of it.")
class Rehearsal(Packed[rehearsing.Rehearsal]):
    value: strawberry.Private[rehearsing.Rehearsal]
    asked: int = strawberry.field(description="Of how many members it was asked; 4,096 at most.")
    entered: int = strawberry.field(description="How many runs would begin.")
    steps: list[RehearsedStep] = strawberry.field(description="Step by step.")

    @strawberry.field(description="How they would end.")
    def ends(self) -> list[RehearsedEnd]:
        found = self.value.ends.items()
        return [RehearsedEnd(state=RunState(state), runs=n) for state, n in found]


@strawberry.type(description="A journey that comes with the service, to be filled.")
class ShippedJourney(Packed[shipped.ShippedJourney]):
    key: JourneyTemplate = strawberry.field(description="Which one.")
    name: str = strawberry.field(description="What it is called.")
    messages: int = strawberry.field(description="How many messages it needs.")
    coupon: bool = strawberry.field(description="Whether it needs a coupon's offer.")
    categories: int = strawberry.field(description="How many categories it needs.")


@strawberry.type(description="When and how often members may be spoken to, over all journeys.")
class SpeakingRulesShown(Packed[speaking.SpeakingRules]):
    version: int = strawberry.field(description="Counts up each time they are set.")
    quiet_from: int = strawberry.field(
        description="From this minute of a day in China nothing is sent."
    )
    quiet_until: int = strawberry.field(description="Until this minute of the next day.")
    a_day: int = strawberry.field(description="So often at most a day for MARKETING.")
    a_week: int = strawberry.field(description="So often at most in seven days.")


@strawberry.input(description="When and how often members may be spoken to.")
class SpeakingRulesInput:
    quiet_from: int = strawberry.field(description="A minute of the day, in the evening.")
    quiet_until: int = strawberry.field(description="A minute of the day, in the morning.")
    a_day: int = strawberry.field(description="0 to 20.")
    a_week: int = strawberry.field(description="0 to 100.")
    expected_version: int = strawberry.field(description="The version that you loaded.")


@query("The journeys, the newest first; for head office.")
async def journeys(
    ports: JourneyMakingPorts, act: Act, first: First = 20, after: After = None
) -> Connection[Journey]:
    page = await arranging.all_journeys(ports, act, PageRequest(first=first, after=after))
    return connection(page, Journey.of)


@query("One journey; for head office.")
async def journey(ports: JourneyMakingPorts, act: Act, id: Id) -> Journey:
    return Journey.of(await arranging.see_journey(ports, act, id))


@query("What journeys did for a member, the last runs; for head office.")
async def journey_history(
    ports: JourneyMakingPorts, act: Act, member_id: MemberId
) -> list[JourneyRun]:
    found = await arranging.history_of(ports, act, member_id)
    return [JourneyRun.of(one) for one in found.runs]


@query("What of a journey was cut short and is not done again; for head office.")
async def journey_unknown(
    ports: JourneyMakingPorts, act: Act, id: Id, first: First = 20, after: After = None
) -> Connection[UnknownActions]:
    request = PageRequest(first=first, after=after)
    page = await arranging.unknown_actions(ports, act, id, request)
    return connection(page, _unknown)


@query("The journeys that come with the service, to be filled.")
def journey_templates(ports: JourneyMakingPorts, act: Act) -> list[ShippedJourney]:
    return [ShippedJourney.of(one) for one in SHIPPED.values()]


@query("When and how often members may be spoken to; for head office.")
def speaking_rules(ports: JourneyMakingPorts, act: Act) -> SpeakingRulesShown:
    return SpeakingRulesShown.of(arranging.speaking_rules(ports, act))


@query("What a version would do with a frozen audience that does nothing; for head office.")
async def journey_dry_run(
    ports: RehearsalPorts, act: Act, id: Id, number: Number, audience_id: AudienceId
) -> Rehearsal:
    return Rehearsal.of(await rehearsing.dry_run(ports, act, id, number, audience_id))


@query("What a version would have done by the facts of the last days; for head office.")
async def journey_simulate(
    ports: RehearsalPorts,
    act: Act,
    id: Id,
    number: Number,
    days: Annotated[int, strawberry.argument(description="1 to 14.")] = 7,
) -> Rehearsal:
    return Rehearsal.of(await rehearsing.simulate(ports, act, id, number, days))


@mutation("Write a journey, for somebody else to approve.", journey="It waits.")
async def journey_create(
    ports: JourneyMakingPorts,
    act: Act,
    input: Annotated[JourneyInput, strawberry.argument(description="The journey.")],
) -> Journey:
    made = await arranging.make_journey(ports, act, input.name, input.plan.value())
    return Journey.of(made)


@mutation("Write a journey that comes with the service, filled.", journey="It waits.")
async def journey_from_template(
    ports: JourneyMakingPorts,
    act: Act,
    template: Annotated[JourneyTemplate, strawberry.argument(description="Which one.")],
    filling: Annotated[JourneyFillingInput, strawberry.argument(description="What fills it.")],
    name: Annotated[
        str | None, strawberry.argument(description="What it is called; else as the template.")
    ] = None,
) -> Journey:
    plan = filled_plan(template, filling.value())
    made = await arranging.make_journey(
        ports, act, name or SHIPPED[template].name, plan, ["filling"]
    )
    return Journey.of(made)


@mutation("Write another version of a journey, for somebody else to approve.", journey="As it is.")
async def journey_revise(
    ports: JourneyMakingPorts,
    act: Act,
    id: Id,
    plan: Plan,
    expected_version: Annotated[
        int, strawberry.argument(description="The version of the journey that you loaded.")
    ],
) -> Journey:
    revised = await arranging.revise_journey(
        ports, act, id, plan.value(), expected=expected_version
    )
    return Journey.of(revised)


@mutation("Approve a version that somebody else wrote.", journey="As it is now.")
async def journey_approve(ports: JourneyMakingPorts, act: Act, id: Id, number: Number) -> Journey:
    return Journey.of(await arranging.approve_journey(ports, act, id, number))


@mutation("Send a version back.", journey="As it is now.")
async def journey_reject(
    ports: JourneyMakingPorts,
    act: Act,
    id: Id,
    number: Number,
    comment: Annotated[str, strawberry.argument(description="Why, in 1 to 300 characters.")],
) -> Journey:
    return Journey.of(await arranging.reject_journey(ports, act, id, number, comment))


@mutation(
    "Let an approved version live: who enters takes it. Those on the one before stay there, or go "
    "over where it is said which step stands for each of theirs.",
    journey="As it is now.",
)
async def journey_publish(
    ports: JourneyMakingPorts,
    act: Act,
    id: Id,
    number: Number,
    moves: Annotated[
        list[StepMoveInput] | None,
        strawberry.argument(description="All steps of the version before; none to let runs stay."),
    ] = None,
) -> Journey:
    mapped = {one.step: one.to for one in moves or ()}
    return Journey.of(await arranging.publish_journey(ports, act, id, number, mapped))


@mutation("Let nobody enter, and nothing be done, until it is resumed.", journey="As it is now.")
async def journey_pause(ports: JourneyMakingPorts, act: Act, id: Id) -> Journey:
    return Journey.of(await arranging.pause_journey(ports, act, id, paused=True))


@mutation("Let a paused journey go on.", journey="As it is now.")
async def journey_resume(ports: JourneyMakingPorts, act: Act, id: Id) -> Journey:
    return Journey.of(await arranging.pause_journey(ports, act, id, paused=False))


@mutation("End a journey for good; all who are in it stop.", journey="As it is now.")
async def journey_end(ports: JourneyMakingPorts, act: Act, id: Id) -> Journey:
    return Journey.of(await arranging.end_journey(ports, act, id))


@mutation("Bring the members of a frozen audience in, each once.", journey="As it is.")
async def journey_start(
    ports: JourneyMakingPorts, act: Act, id: Id, audience_id: AudienceId
) -> Journey:
    return Journey.of(await arranging.start_list(ports, act, id, audience_id))


@mutation("Set quiet hours and caps over all journeys.", rules="As they hold now.")
async def speaking_rules_set(
    ports: JourneyMakingPorts,
    act: Act,
    input: Annotated[SpeakingRulesInput, strawberry.argument(description="The rules.")],
) -> SpeakingRulesShown:
    rules = SpeakingRules(
        version=input.expected_version + 1,
        quiet_from=input.quiet_from,
        quiet_until=input.quiet_until,
        a_day=input.a_day,
        a_week=input.a_week,
    )
    return SpeakingRulesShown.of(await arranging.set_speaking_rules(ports, act, rules))


def _unknown(several: list[arranging.UnknownAction]) -> UnknownActions:
    return UnknownActions(
        actions=[
            UnknownAction(
                member_id=strawberry.ID(one.member_id),
                run_id=strawberry.ID(one.run.id),
                step=one.step,
            )
            for one in several
        ]
    )


QUERIES = (
    journeys,
    journey,
    journey_history,
    journey_unknown,
    journey_templates,
    speaking_rules,
    journey_dry_run,
    journey_simulate,
)
MUTATIONS = (
    journey_create,
    journey_from_template,
    journey_revise,
    journey_approve,
    journey_reject,
    journey_publish,
    journey_pause,
    journey_resume,
    journey_end,
    journey_start,
    speaking_rules_set,
)
