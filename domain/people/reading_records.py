"""Looking up in the book of records who did what, and when."""

from dataclasses import dataclass

from domain.kernel.ids import PersonId
from domain.kernel.paging import Page, PageRequest
from domain.kernel.ports import Ports
from domain.kernel.records import Record, Records, Subject
from domain.people.act import Act

# Who was let in and shut out, and where who is paid, is nothing that the content team looks up.
OF_PEOPLE = frozenset({"staff", "key", "payee", "guide_payee"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPorts(Ports):
    """The book of what was done."""

    records: Records


async def records_of(
    ports: RecordPorts, act: Act, subject: Subject, request: PageRequest
) -> Page[Record]:
    """What was done to one thing, the newest first; for the content team.

    What was done to accounts and keys, and to where who is paid, is for head office.
    """
    act.viewer.require("records.see_people" if subject.kind in OF_PEOPLE else "records.see")
    return await ports.records.of_subject(subject, request)


async def records_by(
    ports: RecordPorts, act: Act, person_id: PersonId, request: PageRequest
) -> Page[Record]:
    """What one person did, the newest first; for themselves and for head office."""
    act.viewer.require("records.see_by", person=person_id)
    return await ports.records.of_person(person_id, request)
