"""A visitor signs in and turns out to be a member: all that they did before stays theirs."""

from dataclasses import replace

from domain.mall.consumers.profiles import merged
from domain.mall.consumers.remembering import ConsumerPorts, change
from domain.members import identifying
from domain.people.act import Act
from domain.people.sessions import SignedIn
from domain.people.viewer import Role, Viewer


async def sign_in_by_wechat(ports: ConsumerPorts, act: Act, code: str) -> SignedIn:
    """Sign in the consumer whom WeChat names; what they did as a visitor is theirs from here on."""
    return await _recognised(
        ports, act, await identifying.sign_in_by_wechat(ports.members, act, code)
    )


async def sign_in_by_phone(
    ports: ConsumerPorts, act: Act, phone_code: str, login_code: str
) -> SignedIn:
    """Sign in whoever proves a phone number, in the same way."""
    signed_in = await identifying.sign_in_by_phone(ports.members, act, phone_code, login_code)
    return await _recognised(ports, act, signed_in)


async def _recognised(ports: ConsumerPorts, act: Act, signed_in: SignedIn) -> SignedIn:
    """Give the member who has signed in everything that they did as the visitor who asks.

    Somebody who was no known visitor before brings nothing along. Done again, it changes nothing,
    and what is given away is forgotten last, so that a crash in between loses nothing.
    """
    before, member = act.viewer, signed_in.viewer
    if before.role is Role.VISITOR and before.id:
        for hand_over in ports.belongings:
            await hand_over(before.id, member.id)
        await _merge(ports, act, before, member)
    return signed_in


async def _merge(ports: ConsumerPorts, act: Act, before: Viewer, member: Viewer) -> None:
    visitor = await ports.consumers.by_id(before.id)
    if visitor is not None:
        theirs = replace(act, viewer=member)
        await change(ports, theirs, lambda known: merged(known, visitor))
        await ports.consumers.forget(before.id)
