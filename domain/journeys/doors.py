"""Doors: how what journeys do is done, each once under an id."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.audiences.tagging import leads_to, tag_member
from domain.audiences.trait_ports import TraitPorts
from domain.guiding.guide_todos import GuideTodo, GuideTodos, TodoId
from domain.journeys.ports import Effected, JourneyEffect
from domain.journeys.runs import StepOutcome
from domain.journeys.steps import JourneyStep
from domain.kernel.days import beijing_day
from domain.kernel.refusals import Conflict, Invalid
from domain.messaging.ports import MessagingPorts
from domain.messaging.sending import send
from domain.messaging.sends import SendId, SendState
from domain.messaging.templates import MessageTemplateId, places_of
from domain.people.accounts import GuideId
from domain.people.act import Act
from domain.promotions.claiming import CouponPorts, NotGiven, give_by_rule
from domain.promotions.offers import ClaimWay, OfferId

DONE = Effected(outcome=StepOutcome.DONE)


MESSAGE_OUTCOMES = {
    SendState.SENT: StepOutcome.DONE,
    # It goes with its guide's next task, or once the platform takes it; the message tells which.
    SendState.PLANNED: StepOutcome.DONE,
    SendState.ASKED: StepOutcome.DONE,
    SendState.BUSY: StepOutcome.DONE,
    SendState.FAILED: StepOutcome.FAILED,
    SendState.UNKNOWN: StepOutcome.UNKNOWN,
    SendState.REFUSED: StepOutcome.SKIPPED,
}


@dataclass(frozen=True, slots=True)
class MessageDoor:
    """Sends a message on the first channel that may have it."""

    ports: MessagingPorts

    async def do(self, act: Act, effect: JourneyEffect) -> Effected | None:
        """Send it; while nobody knows whether it went, it is asked again."""
        step, source_id = effect.step, SendId(f"journey:{effect.id}")
        if effect.again and not await self.ports.sends.by_ids([source_id]):
            return None
        sent = await send(
            self.ports,
            act,
            source_id,
            member_id=effect.member_id,
            template_id=step.template or "",
            values=step.values,
        )
        if sent.state is SendState.CARRYING:
            raise Conflict("It is being carried; what became of it is looked up.")
        reasons = " ".join(f"{channel}:{reason}" for channel, reason in sent.reasons.items())
        why = reasons if sent.state is SendState.REFUSED else sent.channel or ""
        return Effected(outcome=MESSAGE_OUTCOMES[sent.state], why=why)

    async def check(self, step: JourneyStep, at: Sequence[str]) -> None:
        """Refuse a template that is none, is for another purpose, or has a place without value."""
        found = await self.ports.templates.by_id(MessageTemplateId(step.template or ""))
        if found is None:
            raise Invalid(f"There is no message {step.template}.", field=[*at, "templateId"])
        if found.purpose is not step.purpose:
            raise Invalid(f"{found.name} is for {found.purpose}.", field=[*at, "purpose"])
        if lacking := places_of(found.content) - set(step.values):
            raise Invalid(
                f"{found.name} needs a value for {{{min(lacking)}}}.", field=[*at, "values"]
            )


@dataclass(frozen=True, slots=True)
class CouponDoor:
    """Gives a coupon whose way is JOURNEY."""

    ports: CouponPorts

    async def do(self, act: Act, effect: JourneyEffect) -> Effected:
        """Give it; whoever may have none is told why."""
        assert effect.step.offer_id is not None, "as it was checked"
        given = await give_by_rule(
            self.ports,
            act,
            effect.step.offer_id,
            effect.member_id,
            way=ClaimWay.JOURNEY,
            source=f"journey:{effect.id}",
            since=effect.at,
        )
        if isinstance(given, NotGiven):
            return Effected(outcome=StepOutcome.SKIPPED, why=given.value)
        return DONE

    async def check(self, step: JourneyStep, at: Sequence[str]) -> None:
        """Refuse what is no coupon of journeys."""
        history = self.ports.promotions.promotions().offers.get(OfferId(step.offer_id or ""))
        if history is None or not history.versions[-1].rule.claimed_by(ClaimWay.JOURNEY):
            raise Invalid(
                f"{step.offer_id} is no coupon that journeys give.", field=[*at, "offerId"]
            )


@dataclass(frozen=True, slots=True)
class TagDoor:
    """Puts a tag on; put on again, it is the same."""

    ports: TraitPorts

    async def do(self, act: Act, effect: JourneyEffect) -> Effected:
        """Put it on from when it was due."""
        assert effect.step.tag is not None, "as it was checked"
        person = await leads_to(self.ports.traits, effect.member_id)
        then = replace(act, at=effect.at)
        await tag_member(self.ports, then, person, effect.step.tag, days=effect.step.days or None)
        return DONE

    async def check(self, step: JourneyStep, at: Sequence[str]) -> None:
        """Refuse a tag that is none of the dictionary's, or that its own rule puts on."""
        found = self.ports.book.rules().tags.get(step.tag or "")
        if found is None or found.rule:
            raise Invalid(f"{step.tag} is no tag that is put on by hand.", field=[*at, "tag"])


@dataclass(frozen=True, slots=True)
class TodoDoor:
    """Asks the member's guide to say something, in their list of the day."""

    traits: TraitPorts
    todos: GuideTodos

    async def do(self, act: Act, effect: JourneyEffect) -> Effected | None:
        """Ask whoever's customer the member is; of nobody's, it is left out."""
        todo_id = TodoId(f"journey:{effect.id}")
        if effect.again and not await self.todos.is_asked(todo_id):
            return None
        guide = await self.traits.customers.guide_of(effect.member_id)
        if guide is None:
            return Effected(outcome=StepOutcome.SKIPPED, why="NO_GUIDE")
        todo = GuideTodo(
            id=todo_id,
            guide_id=GuideId(guide.guide_id),
            member_id=effect.member_id,
            day=beijing_day(act.at).isoformat(),
            words=effect.step.text,
            asked_at=act.at,
        )
        await self.todos.ask([todo])
        return Effected(outcome=StepOutcome.DONE, why=guide.guide_id)

    async def check(self, step: JourneyStep, at: Sequence[str]) -> None:
        """Any text will do."""
