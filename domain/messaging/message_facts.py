"""What is said of messages to members: what became of each."""

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.facts import Fact, FactId, kind_of
from domain.messaging.sends import MESSAGE, MessageSend, SendState

_SAID = {
    state: kind_of(MESSAGE.kind, state)
    for state in (SendState.SENT, SendState.FAILED, SendState.UNKNOWN, SendState.REFUSED)
}
MESSAGE_STEPS = frozenset(_SAID.values())


def facts_of_send(send: MessageSend, at: datetime) -> Sequence[Fact]:
    """That a message came to an end, such as `message.sent`; of other states nothing is said."""
    kind = _SAID.get(send.state)
    if kind is None:
        return ()
    fact = Fact(
        id=FactId(f"message:{send.id}:{send.version}"),
        subject=f"message:{send.id}",
        kind=kind,
        at=at,
        data={
            "message": send.id,
            "member": send.member_id,
            "template": send.template_id,
            "purpose": send.purpose.value,
            "channel": send.channel.value if send.channel else None,
            "guide": send.guide_id,
            "reasons": {channel: reason.value for channel, reason in send.reasons.items()},
            "code": send.code,
        },
    )
    return (fact,)
