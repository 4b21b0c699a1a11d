"""Looking up in the book of records who did what, and when."""

from dataclasses import dataclass

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Record, Records, Subject
from domain.people.act import Act
from domain.people.viewer import CONTENT_TEAM, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPorts(Ports):
    """The book of what was done."""

    records: Records


async def records_of(
    ports: RecordPorts, act: Act, subject: Subject, request: PageRequest
) -> Page[Record]:
    """What was done to one thing, the newest first; for the content team."""
    act.viewer.require(*CONTENT_TEAM)
    return await ports.records.of_subject(subject, request)


async def records_by(
    ports: RecordPorts, act: Act, person_id: PersonId, request: PageRequest
) -> Page[Record]:
    """What one person did, the newest first; for themselves and for head office."""
    if not act.viewer.id or act.viewer.id != person_id:
        act.viewer.require(Role.HEAD_OFFICE)
    return await ports.records.of_person(person_id, request)
