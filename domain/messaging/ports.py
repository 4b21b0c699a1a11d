"""What the use cases of messages are handed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.contact.bonds import Bonds
from domain.contact.rules import ContactRules
from domain.kernel.ports import Ports
from domain.kernel.records import Records
from domain.kernel.rule_versions import RuleVersions
from domain.kernel.wording import Wording
from domain.members.telling import TellingPorts
from domain.messaging.carriers import MessageCarrier
from domain.messaging.channels import MessageAllowances, MessageChannel
from domain.messaging.sends import MessageSends
from domain.messaging.templates import MessageTemplates


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagingPorts(Ports):
    """Messages to members; `carriers` are those that are connected.

    `by_guides` says whether WeCom is; `official_app` is the official account's id, if there is one.
    `filled` are the places that whoever sends a message by its id fills, of those sent by the
    service itself.
    """

    members: TellingPorts
    bonds: Bonds
    rules: RuleVersions[ContactRules]
    templates: MessageTemplates
    sends: MessageSends
    allowances: MessageAllowances
    carriers: Mapping[MessageChannel, MessageCarrier]
    by_guides: bool
    official_app: str | None
    filled: Mapping[str, frozenset[str]]
    records: Records
    wording: Wording
    clock: Callable[[], datetime]
