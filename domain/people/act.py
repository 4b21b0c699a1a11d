"""An act: who asks for something, at what moment, and the source of ids for what comes of it."""

from dataclasses import dataclass
from datetime import datetime

from domain.kernel.ids import NewId, PersonId
from domain.kernel.records import Record, Subject, Values, changed_values
from domain.kernel.states import SYSTEM, Cause
from domain.people.viewer import Role, Viewer

# The service itself, by the clock: it may do what head office may.
SERVICE = Viewer(id=PersonId(SYSTEM), role=Role.HEAD_OFFICE, name=SYSTEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One request, or one turn of the clock; every use case takes it after its ports.

    `address` is where it comes from, as limits count it; None where none is known or counts.
    """

    viewer: Viewer
    at: datetime
    new_id: NewId
    address: str | None = None

    def cause(self, reason: str = "") -> Cause:
        """What a step through a state machine, done by this, remembers of it."""
        return Cause(actor=self.viewer.id, at=self.at, reason=reason)

    def record(self, action: str, subject: Subject, *, before: Values, after: Values) -> Record:
        """Record an action with only those values that it changed."""
        before, after = changed_values(before, after)
        return Record(
            id=self.new_id("record"),
            at=self.at,
            actor_id=self.viewer.id,
            actor_role=self.viewer.role,
            action=action,
            subject=subject,
            before=before,
            after=after,
        )


def by_the_clock(at: datetime, new_id: NewId) -> Act:
    """What the service does of its own accord at a moment."""
    return Act(viewer=SERVICE, at=at, new_id=new_id)
