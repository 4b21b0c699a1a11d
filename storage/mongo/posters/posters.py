"""Poster templates in MongoDB."""

from domain.kernel.paging import Page, PageRequest, page_of
from domain.posters.reviews import PosterTemplate, TemplateId
from domain.sharing.links import ShareKind
from storage.mongo.kernel.database import ASCENDING, Database
from storage.mongo.kernel.documents import from_document, save_version, to_document


class MongoPosterTemplates:
    """One document a template with all its versions; `usable` tells whether one is approved."""

    def __init__(self, database: Database) -> None:
        self._templates = database["poster_templates"]

    async def by_id(self, id: TemplateId) -> PosterTemplate | None:
        """One template."""
        found = await self._templates.find_one({"_id": id})
        return from_document(PosterTemplate, found) if found else None

    async def page(self, request: PageRequest) -> Page[PosterTemplate]:
        """The templates in the order of their ids; a brand has dozens, so all are read."""
        found = await self._templates.find({}).to_list(None)
        templates = sorted(
            (from_document(PosterTemplate, one) for one in found), key=lambda t: t.id
        )
        return page_of(templates, request)

    async def usable_for(self, kind: ShareKind) -> list[PosterTemplate]:
        """The templates with an approved version for this kind of thing, by id."""
        usable = {"kinds": kind, "usable": True}
        found = await self._templates.find(usable).sort("_id", ASCENDING).to_list(None)
        return [from_document(PosterTemplate, one) for one in found]

    async def save(self, template: PosterTemplate, *, expected: int) -> None:
        """Write version `expected + 1` over the expected one; Conflict if it has changed."""
        document = {**to_document(template), "usable": template.approved() is not None}
        await save_version(self._templates, document, expected=expected)
