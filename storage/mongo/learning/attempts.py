"""Attempts at exams, how far people have come, and what came of exams, in MongoDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.kernel.facts import Fact
from domain.kernel.ids import PersonId
from domain.learning.attempts import (
    GRACE,
    Attempt,
    AttemptId,
    AttemptState,
    ExamReset,
    reset_id,
)
from domain.learning.maps import Enrolment
from domain.learning.results import ExamResult
from domain.people.roles import Role
from storage.mongo.kernel.database import EARLIEST, Database, DuplicateKeyError
from storage.mongo.kernel.documents import (
    IN_AT_MOST,
    all_of,
    find_by_ids,
    from_document,
    save_version,
    saying,
    to_document,
)


class MongoAttempts:
    """See `domain.learning.attempts.Attempts`."""

    def __init__(self, database: Database) -> None:
        self._attempts = database["exam_attempts"]
        self._resets = database["exam_resets"]

    async def by_id(self, id: AttemptId) -> Attempt | None:
        """One attempt."""
        found = await self._attempts.find_one({"_id": id})
        return from_document(Attempt, found) if found else None

    async def of_person(self, person_id: PersonId, exam_ids: Sequence[str]) -> Sequence[Attempt]:
        """A person's at some exams, the first first."""
        found = await self._attempts.find({"sitter.person_id": person_id}).to_list(None)
        wanted = set(exam_ids)
        some = [one for one in all_of(Attempt, found) if one.exam_id in wanted]
        return sorted(some, key=lambda one: (one.exam_id, one.n))

    async def of_exam(self, exam_id: str, region_id: str) -> Sequence[Attempt]:
        """Those at an exam of people who worked in a region, each person's first first."""
        wanted = {"exam_id": exam_id, "sitter.region_id": region_id}
        found = await self._attempts.find(wanted).to_list(None)
        return sorted(all_of(Attempt, found), key=lambda one: one.id)

    async def begin(self, attempt: Attempt) -> Attempt:
        """Keep a new one; where there is one of its id, that one stays and is answered."""
        try:
            await self._attempts.insert_one(saying(to_document(attempt), ()))
        except DuplicateKeyError:
            found = await self.by_id(attempt.id)
            assert found is not None, "attempts are never taken away"
            return found
        return attempt

    async def answer(
        self, id: AttemptId, question_id: str, options: Sequence[int], now: datetime
    ) -> Attempt | None:
        """Keep an answer while answers count, in the write; None where they do no more."""
        wanted = {"_id": id, "state": AttemptState.OPEN, "deadline": {"$gte": now - GRACE}}
        change = {"$set": {f"answers.{question_id}": list(options)}, "$inc": {"version": 1}}
        written = await self._attempts.update_one(wanted, change)
        return await self.by_id(id) if written.matched_count else None

    async def save(self, attempt: Attempt, *, expected: int, facts: Sequence[Fact]) -> None:
        """Write one over the expected version; else Conflict."""
        document = to_document(attempt)
        await save_version(self._attempts, document, expected=expected, facts=facts)

    async def due(self, now: datetime, most: int) -> Sequence[Attempt]:
        """Those whose time is over."""
        wanted = {"due_at": {"$gt": EARLIEST, "$lte": now}}
        found = await self._attempts.find(wanted).sort("due_at").limit(most).to_list(None)
        return all_of(Attempt, found)

    async def with_question(self, question_id: str, after: str, most: int) -> Sequence[Attempt]:
        """Those whose paper has a question, by id, after one."""
        wanted = {"questions": question_id, "_id": {"$gt": after}}
        found = await self._attempts.find(wanted).sort("_id").limit(most).to_list(None)
        return [from_document(Attempt, one) for one in found]

    async def passed_at(
        self, exam_id: str, *, store_id: str | None = None, region_id: str | None = None
    ) -> bool:
        """Whether the manager of a store, or of a region, has passed an exam."""
        place = ("store_id", store_id, Role.STORE_MANAGER)
        if store_id is None:
            place = ("region_id", region_id, Role.REGION_MANAGER)
        name, value, role = place
        wanted = {
            "exam_id": exam_id,
            "sitter.role": role,
            f"sitter.{name}": value,
            "passed": True,
        }
        return await self._attempts.find_one(wanted, {"_id": 1}) is not None

    async def holders(
        self, exam_ids: Sequence[str], person_ids: Sequence[str]
    ) -> Sequence[Attempt]:
        """Which attempts of these people passed any of these exams."""
        found = []
        for start in range(0, len(person_ids), IN_AT_MOST):
            some = {"$in": list(person_ids[start : start + IN_AT_MOST])}
            wanted = {"sitter.person_id": some, "passed": True}
            found += await self._attempts.find(wanted).to_list(None)
        wanted_exams = set(exam_ids)
        return [one for one in all_of(Attempt, found) if one.exam_id in wanted_exams]

    async def resets(self, person_id: PersonId, exam_ids: Sequence[str]) -> Mapping[str, ExamReset]:
        """How often a person may begin exams anew, by exam; those that never may are left out."""
        ids = {reset_id(one, person_id): one for one in exam_ids}
        found = await find_by_ids(self._resets, list(ids))
        return {ids[one["_id"]]: from_document(ExamReset, one) for one in found}

    async def save_reset(self, reset: ExamReset, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._resets, to_document(reset), expected=expected)


class MongoEnrolments:
    """See `domain.learning.maps.Enrolments`."""

    def __init__(self, database: Database) -> None:
        self._enrolments = database["enrolments"]

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, Enrolment]:
        """Those of these ids."""
        found = await find_by_ids(self._enrolments, ids)
        return {one["_id"]: from_document(Enrolment, one) for one in found}

    async def save(self, enrolment: Enrolment, *, expected: int) -> None:
        """Write one over the expected version, 0 for a new one; else Conflict."""
        await save_version(self._enrolments, to_document(enrolment), expected=expected)


class MongoExamResults:
    """See `domain.learning.results.ExamResults`."""

    def __init__(self, database: Database) -> None:
        self._results = database["exam_results"]

    async def of(self, exam_id: str) -> Sequence[ExamResult]:
        """Those of an exam, by store and topic; one round trip."""
        fields = {"store_id": 1, "topic": 1, "asked": 1, "right": 1}
        found = self._results.find({"list": exam_id}, fields).batch_size(20_000)
        rows = [
            ExamResult(
                store_id=one["store_id"],
                topic=one["topic"] or None,
                asked=one.get("asked", 0),
                right=one.get("right", 0),
            )
            for one in await found.to_list(None)
        ]
        return sorted(rows, key=lambda one: (one.store_id, one.topic or ""))
