"""Welcoming new friends: once, within the seconds that WeCom allows, with what fits their code."""

from datetime import UTC, datetime, timedelta
from functools import partial

from domain.contact.inbox import InboxId
from domain.contact.ports import ContactPorts
from domain.contact.ways import WayState, guide_state
from domain.contact.wecom import Welcome, Welcomed
from domain.kernel.each import each
from domain.kernel.facts import Batch, Fact
from domain.people.act import Act

# A welcome's code lapses; document/path/92137.
WITHIN = timedelta(seconds=20)
AT_ONCE = 16


async def welcome_friends(ports: ContactPorts, act: Act, batch: Batch) -> None:
    """Welcome those who were just added, side by side.

    A code works once at WeCom, so that trying again after an answer was lost sends nothing twice.
    """
    added = [fact for fact in batch.facts if fact.data["event"].get("WelcomeCode")]
    await each(added, partial(_welcome, ports), at_once=AT_ONCE)


async def _welcome(ports: ContactPorts, fact: Fact) -> None:
    inbox_id, event = InboxId(fact.data["inbox"]), fact.data["event"]
    if await ports.inbox.welcomed(inbox_id) is not None:
        return
    message = await _message(ports, event.get("State", ""))
    if message is None:
        return
    added_at = datetime.fromtimestamp(int(event["CreateTime"]), UTC)
    done = Welcomed.TOO_LATE
    if ports.clock() < added_at + WITHIN:
        done = await ports.wecom.welcome(event["WelcomeCode"], message)
    await ports.inbox.note_welcome(inbox_id, done)


async def _message(ports: ContactPorts, state: str) -> Welcome | None:
    """What fits the code by which somebody was added; the usual welcome where it has none.

    By a link to a guide's chat it is what fits the guide's code.
    """
    way = await ports.ways.by_id(WayState(state)) if state else None
    if state and way is None and (guide_id := await ports.visited.guide_of(state)):
        way = await ports.ways.by_id(guide_state(guide_id))
    return (way.welcome if way else None) or ports.rules.now().welcome
