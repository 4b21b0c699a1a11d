"""Making journeys: written, approved by somebody else, let live, paused, ended; and seeing them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.journeys.entering import list_sweep
from domain.journeys.journeys import (
    Journey,
    JourneyEntryKind,
    JourneyId,
    JourneyPlan,
    JourneyVersion,
    checked_plan,
    read_name,
    reviewed,
    went_live,
    with_version,
)
from domain.journeys.ports import JourneyMakingPorts
from domain.journeys.rehearsing import journey_of
from domain.journeys.runs import MemberJourneys, Run, StepOutcome
from domain.journeys.speaking import SpeakingRules, checked_rules
from domain.journeys.steps import ACTIONS, StepKind
from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.records import Subject
from domain.kernel.refusals import Conflict, Invalid, NotFound, WrongState, refuse_all
from domain.kernel.version_reviews import VersionState
from domain.kernel.versions import risen
from domain.kernel.wording import sayable
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownAction:
    """Something of a journey of which nobody knows whether it was done for a member."""

    member_id: PersonId
    run: Run
    step: str


async def make_journey(
    ports: JourneyMakingPorts,
    act: Act,
    name: str,
    plan: JourneyPlan,
    where: Sequence[str] = ("input", "plan"),
) -> Journey:
    """Write a journey, for somebody else to approve; refusals say `where` its plan stands."""
    act.viewer.require("journey.make")
    plan = await _checked(ports, plan, where)
    journey = Journey(
        id=JourneyId(act.new_id("journey")),
        name=sayable(ports.wording, read_name(name), None, ["input", "name"]),
        made_at=act.at,
        versions=(JourneyVersion(number=1, plan=plan, author_id=act.viewer.id, made_at=act.at),),
    )
    await ports.running.journeys.save(journey, expected=0)
    return await _recorded(ports, act, "journeyCreate", None, journey)


async def revise_journey(
    ports: JourneyMakingPorts, act: Act, id: str, plan: JourneyPlan, *, expected: int
) -> Journey:
    """Write another version; it goes live once it is approved and head office says so."""
    act.viewer.require("journey.make")
    plan = await _checked(ports, plan, ["plan"])
    journey = await journey_of(ports.running, act, id)
    after = with_version(journey, plan, act.viewer.id, act.at)
    return await _saved(ports, act, "journeyRevise", journey, after, expected)


async def approve_journey(ports: JourneyMakingPorts, act: Act, id: str, number: int) -> Journey:
    """Approve a version that somebody else wrote."""
    act.viewer.require("journey.review")
    journey = await journey_of(ports.running, act, id)
    after = reviewed(journey, number, VersionState.APPROVED, act.cause())
    return await _saved(ports, act, "journeyApprove", journey, after)


async def reject_journey(
    ports: JourneyMakingPorts, act: Act, id: str, number: int, comment: str
) -> Journey:
    """Send a version back with the reason."""
    act.viewer.require("journey.review")
    journey = await journey_of(ports.running, act, id)
    after = reviewed(journey, number, VersionState.REJECTED, act.cause(comment))
    return await _saved(ports, act, "journeyReject", journey, after)


async def publish_journey(
    ports: JourneyMakingPorts, act: Act, id: str, number: int, moves: Mapping[str, str]
) -> Journey:
    """Let an approved version live; with a map, those on the one before go over to it."""
    act.viewer.require("journey.run")
    journey = await journey_of(ports.running, act, id)
    after = went_live(journey, number, moves, act.at)
    return await _saved(ports, act, "journeyPublish", journey, after)


async def pause_journey(ports: JourneyMakingPorts, act: Act, id: str, *, paused: bool) -> Journey:
    """Let nobody enter and nothing be done, or let it go on; again, it is as it is."""
    act.viewer.require("journey.run")
    journey = await journey_of(ports.running, act, id)
    if journey.paused == paused:
        return journey
    after = risen(replace(journey, paused=paused))
    return await _saved(ports, act, "journeyPause", journey, after)


async def end_journey(ports: JourneyMakingPorts, act: Act, id: str) -> Journey:
    """End a journey for good: all who are in it stop where they are."""
    act.viewer.require("journey.run")
    journey = await journey_of(ports.running, act, id)
    if journey.ended:
        return journey
    after = risen(replace(journey, ended=True))
    return await _saved(ports, act, "journeyEnd", journey, after)


async def start_list(ports: JourneyMakingPorts, act: Act, id: str, audience_id: str) -> Journey:
    """Bring the members of a frozen audience in, each once however often it is asked."""
    act.viewer.require("journey.run")
    journey = await journey_of(ports.running, act, id)
    version = journey.entrance
    if version is None or version.plan.entry.kind is not JourneyEntryKind.LIST:
        raise WrongState("Only a live journey that is entered by lists takes one.", field=["id"])
    audience = await ports.running.traits.audiences.by_id(audience_id)
    if audience is None or not audience.done:
        raise NotFound(f"There is no audience {audience_id}.", field=["audienceId"])
    sweep = list_sweep(journey.id, audience_id, act)
    if await ports.entering.sweeps.by_id(sweep.id) is None:
        try:
            await ports.entering.sweeps.save(sweep, expected=0)
        except Conflict:
            return journey  # its twin was faster
        await _recorded(ports, act, "journeyStart", None, journey)
    return journey


async def all_journeys(ports: JourneyMakingPorts, act: Act, request: PageRequest) -> Page[Journey]:
    """The journeys, the newest first."""
    act.viewer.require("journey.see")
    return await ports.running.journeys.page(request)


async def see_journey(ports: JourneyMakingPorts, act: Act, id: str) -> Journey:
    """One journey."""
    act.viewer.require("journey.see")
    return await journey_of(ports.running, act, id)


async def members_in(ports: JourneyMakingPorts, act: Act, id: str) -> int:
    """How many members are in a journey now."""
    act.viewer.require("journey.see")
    return await ports.running.members.open_in(JourneyId(id))


async def history_of(ports: JourneyMakingPorts, act: Act, member_id: str) -> MemberJourneys:
    """What journeys did for a member, by any id that leads to them; the last runs of each."""
    act.viewer.require("journey.see_members")
    person = PersonId(member_id)
    known = (await ports.running.members.by_ids([person])).get(person)
    if known and known.into:
        return await history_of(ports, act, known.into)
    return known or MemberJourneys(id=person)


async def unknown_actions(
    ports: JourneyMakingPorts, act: Act, id: str, request: PageRequest
) -> Page[list[UnknownAction]]:
    """What of a journey was cut short and is not done again, member by member."""
    act.viewer.require("journey.see_members")
    page = await ports.running.members.unknown_in(JourneyId(id), request)
    return page.map(
        lambda member: [
            UnknownAction(member_id=member.id, run=run, step=record.step)
            for run in member.runs
            if run.journey_id == id
            for record in run.records
            if record.outcome is StepOutcome.UNKNOWN
        ]
    )


async def set_speaking_rules(
    ports: JourneyMakingPorts, act: Act, rules: SpeakingRules
) -> SpeakingRules:
    """Let other quiet hours and caps hold from now on, over all journeys."""
    act.viewer.require("journey.run")
    rules = replace(checked_rules(rules), set_at=act.at, set_by=act.viewer.id)
    await ports.running.rules.add(rules)
    return rules


def speaking_rules(ports: JourneyMakingPorts, act: Act) -> SpeakingRules:
    """The quiet hours and caps that hold now."""
    act.viewer.require("journey.see")
    return ports.running.rules.now()


async def _checked(
    ports: JourneyMakingPorts, plan: JourneyPlan, where: Sequence[str]
) -> JourneyPlan:
    plan = checked_plan(plan, where)
    segments = ports.running.traits.book.rules().segments
    named = [([*where, "entry", "segmentId"], plan.entry.segment_id)]
    named += [
        ([*where, "steps", str(n), "segmentId"], one.segment_id) for n, one in enumerate(plan.steps)
    ]
    for at, segment in named:
        if segment is not None and segment not in segments:
            raise Invalid(f"There is no segment {segment}.", field=at)
    for n, step in enumerate(plan.steps):
        at = [*where, "steps", str(n)]
        if step.kind in ACTIONS:
            await ports.running.doors[step.kind].check(step, at)
        if step.kind is StepKind.TODO:
            refuse_all(ports.wording.refused(step.text, [*at, "text"]))
    return plan


async def _saved(
    ports: JourneyMakingPorts,
    act: Act,
    action: str,
    before: Journey,
    after: Journey,
    expected: int | None = None,
) -> Journey:
    version = before.version if expected is None else expected
    await ports.running.journeys.save(after, expected=version)
    return await _recorded(ports, act, action, before, after)


async def _recorded(
    ports: JourneyMakingPorts, act: Act, action: str, before: Journey | None, after: Journey
) -> Journey:
    subject = Subject(kind="journey", id=after.id)
    values = _values(before) if before else {}
    await ports.records.append(act.record(action, subject, before=values, after=_values(after)))
    return after


def _values(journey: Journey) -> dict[str, object]:
    return {
        "live": journey.live,
        "paused": journey.paused,
        "ended": journey.ended,
        "versions": [f"{one.number}:{one.state.value}" for one in journey.versions],
    }
