"""What the seeding zone works with."""

from dataclasses import dataclass

from domain.content.bank import ContentPorts
from domain.content.seeding.content_check import ContentCheck
from domain.content.seeding.marks import PostMarks
from domain.kernel.apply_once import Ledger, Posting
from domain.kernel.ports import Ports
from domain.people.accounts import Members


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedingPorts(Ports):
    """The ports that consumers' part of the content bank needs."""

    bank: ContentPorts
    check: ContentCheck
    marks: PostMarks
    mark_counts: Ledger[Posting]
    members: Members
