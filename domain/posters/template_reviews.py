"""Poster templates as head office keeps them: versions that never change, each reviewed."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NewType, Protocol

from domain.kernel.ids import PersonId
from domain.kernel.paging import Cursors, Page, PageRequest
from domain.kernel.refusals import Forbidden, Invalid, NotFound
from domain.kernel.states import Cause
from domain.kernel.version_reviews import VersionState, version_review
from domain.sharing.share_links import ShareKind

TemplateId = NewType("TemplateId", str)
Design = Any
"""A template's canvas and layers as JSON; `parse_template` tells whether it can be read."""

MAX_NAME = 60
MAX_COMMENT = 500

TEMPLATES = Cursors("poster templates", str)
"""The list of templates is in the order of their ids."""


TEMPLATE_REVIEW = version_review("template version")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateVersion:
    """One saved state of a template; a change of its design is a new one."""

    number: int
    design: Design
    author_id: PersonId
    made_at: datetime
    state: VersionState = VersionState.DRAFT
    submitted_by: PersonId | None = None
    reviewer_id: PersonId | None = None
    reviewed_at: datetime | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterTemplate:
    """A design with its history; `kinds` are the things whose posters it is for."""

    id: TemplateId
    name: str
    kinds: frozenset[ShareKind]
    versions: tuple[TemplateVersion, ...]
    version: int = 1

    def numbered(self, number: int) -> TemplateVersion:
        """One of its versions, or NotFound."""
        if not 1 <= number <= len(self.versions):
            raise NotFound(f"{self.name} has {len(self.versions)} versions; there is no {number}.")
        return self.versions[number - 1]

    def approved(self) -> TemplateVersion | None:
        """The newest version that may be used."""
        approved = (one for one in reversed(self.versions) if one.state is VersionState.APPROVED)
        return next(approved, None)


class PosterTemplates(Protocol):
    """The templates of the brand."""

    async def by_id(self, id: TemplateId) -> PosterTemplate | None:
        """One template."""

    async def page(self, request: PageRequest) -> Page[PosterTemplate]:
        """The templates in the order of their ids."""

    async def usable_for(self, kind: ShareKind) -> list[PosterTemplate]:
        """The templates with an approved version for this kind of thing, by id."""

    async def save(self, template: PosterTemplate, *, expected: int) -> None:
        """Write version `expected + 1` over the expected one; Conflict if it has changed."""


def begin(
    id: TemplateId, name: str, kinds: frozenset[ShareKind], design: Design, cause: Cause
) -> PosterTemplate:
    """A new template with its first version, a draft."""
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise Invalid(f"Name the template in 1 to {MAX_NAME} characters.", field=["input", "name"])
    if not kinds:
        raise Invalid("Say for which kinds of things it is.", field=["input", "kinds"])
    first = _draft(1, design, cause)
    return PosterTemplate(id=id, name=name.strip(), kinds=kinds, versions=(first,))


def revise(template: PosterTemplate, design: Design, cause: Cause) -> PosterTemplate:
    """A new draft; whatever is approved stays in use until the draft is."""
    draft = _draft(len(template.versions) + 1, design, cause)
    versions = (*template.versions, draft)
    return replace(template, versions=versions, version=template.version + 1)


def submit(template: PosterTemplate, number: int, cause: Cause) -> PosterTemplate:
    """Hand a draft in for review."""
    submitted_by = PersonId(cause.actor)
    return _moved(template, number, VersionState.IN_REVIEW, submitted_by=submitted_by)


def approve(template: PosterTemplate, number: int, cause: Cause) -> PosterTemplate:
    """Let a version out; nobody approves what they designed or handed in."""
    version = template.numbered(number)
    if cause.actor in (version.author_id, version.submitted_by):
        raise Forbidden(
            "Nobody approves a design of their own, or one that they submitted; ask a colleague "
            "to review it."
        )
    return _moved(template, number, VersionState.APPROVED, **_reviewed(cause))


def reject(template: PosterTemplate, number: int, cause: Cause) -> PosterTemplate:
    """Send a version back with the reason."""
    comment = cause.reason.strip()
    if not 0 < len(comment) <= MAX_COMMENT:
        raise Invalid(
            f"Say why in 1 to {MAX_COMMENT} characters, so that the designer can act on it.",
            field=["comment"],
        )
    return _moved(template, number, VersionState.REJECTED, comment=comment, **_reviewed(cause))


def withdraw(template: PosterTemplate, number: int) -> PosterTemplate:
    """Take an approved version out of use, and its posters with it."""
    return _moved(template, number, VersionState.WITHDRAWN)


def _draft(number: int, design: Design, cause: Cause) -> TemplateVersion:
    author = PersonId(cause.actor)
    return TemplateVersion(number=number, design=design, author_id=author, made_at=cause.at)


def _reviewed(cause: Cause) -> dict[str, Any]:
    return {"reviewer_id": PersonId(cause.actor), "reviewed_at": cause.at}


def _moved(
    template: PosterTemplate, number: int, to: VersionState, **changes: Any
) -> PosterTemplate:
    version = template.numbered(number)
    TEMPLATE_REVIEW.require(version.state, to)
    moved = replace(version, state=to, **changes)
    versions = (*template.versions[: number - 1], moved, *template.versions[number:])
    return replace(template, versions=versions, version=template.version + 1)
