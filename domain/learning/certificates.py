"""Certificates: what an exam that is passed opens, for whoever asks for it before work.

It is held by who has passed an exam that gives it and is approved still, as long as that says.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.kernel.days import month_ends, month_of
from domain.kernel.ports import Ports
from domain.learning.attempts import Attempts
from domain.learning.exams import Exam
from domain.learning.learning_items import LearningItems
from domain.people.act import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatePorts(Ports):
    """The exams, and who has passed them."""

    exams: LearningItems[Exam]
    attempts: Attempts


async def who_passed(
    ports: CertificatePorts, act: Act, exam_ids: Sequence[str], person_ids: Sequence[str]
) -> frozenset[str]:
    """Who of some people has passed any of some exams."""
    found = await ports.attempts.holders(exam_ids, person_ids)
    return frozenset(one.sitter.person_id for one in found)


async def holders(
    ports: CertificatePorts, act: Act, certificate: str, person_ids: Sequence[str]
) -> frozenset[str]:
    """Who of some people holds a certificate now."""
    exams = {one.id: one for one in await ports.exams.approved([certificate])}
    if not exams or not person_ids:
        return frozenset()
    passed = await ports.attempts.holders(list(exams), person_ids)
    found: set[str] = set()
    for attempt in passed:
        months = exams[attempt.exam_id].work.months
        assert attempt.handed_in_at is not None, "what passed has ended"
        if months is None or act.at < month_ends(month_of(attempt.handed_in_at, months)):
            found.add(attempt.sitter.person_id)
    return frozenset(found)
