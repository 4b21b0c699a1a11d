"""Hearing WeCom: each call is checked, kept and answered; what follows from it follows later."""

from domain.contact.contact_facts import heard
from domain.contact.inbox import Call, InboxPorts, told
from domain.people.act import Act


async def prove_address(ports: InboxPorts, act: Act, call: Call) -> str:
    """What WeCom wants to see before it tells this address anything."""
    return ports.callbacks.echo(call)


async def hear_wecom(ports: InboxPorts, act: Act, call: Call) -> None:
    """Keep what WeCom tells; told again, it is the same. Forbidden for what it has not signed."""
    event = ports.callbacks.event(call)
    if event.get("MsgType") == "event":
        kept = told(event, act.at)
        await ports.inbox.keep(kept, [heard(kept)])
